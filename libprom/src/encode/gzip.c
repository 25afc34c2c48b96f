// SPDX-License-Identifier: Apache-2.0
/* gzip.c - by zlib. Level 1 is the usual one: on this text level 6 takes five times as long for
 * a tenth less. */
#include "base/alloc.h"
#include "compress.h"

#include <limits.h>
#include <zlib.h>

typedef struct gzip {
    z_stream stream;
    unsigned char out[PROM__COMPRESS_BLOCK];
} gzip;

static voidpf take(voidpf data, uInt n, uInt size)
{
    (void)data;
    return prom__alloc(prom__size_times(n, size));
}

static void give(voidpf data, voidpf p)
{
    (void)data;
    prom__free(p);
}

static prom_err make(int level, void **state)
{
    enum { WINDOW = 15, WITH_GZIP_HEADER = 16, MEMORY = 8 };
    gzip *z = prom__alloc_zero(sizeof *z);
    if (!z)
        return prom__no_memory("gzip");
    z->stream.zalloc = take;
    z->stream.zfree = give;
    int got = deflateInit2(&z->stream, level, Z_DEFLATED, WINDOW + WITH_GZIP_HEADER, MEMORY,
                           Z_DEFAULT_STRATEGY);
    if (got == Z_OK) {
        *state = z;
        return PROM_OK;
    }
    prom__free(z);
    return got == Z_MEM_ERROR
               ? prom__no_memory("gzip")
               : prom_fail(PROM_E_UNSUPPORTED, "zlib refuses to start (%d)", got);
}

static void drop(void *state)
{
    gzip *z = state;
    deflateEnd(&z->stream);
    prom__free(z);
}

static prom_err reset(void *state)
{
    gzip *z = state;
    return deflateReset(&z->stream) == Z_OK
               ? PROM_OK
               : prom_fail(PROM_E_INVAL, "the gzip stream is broken");
}

/* Compresses the input set in the stream, and passes on what comes out. */
static prom_err deflate_some(gzip *z, int flush, const prom_writer *to)
{
    z_stream *s = &z->stream;
    do {
        s->next_out = z->out;
        s->avail_out = sizeof z->out;
        if (deflate(s, flush) == Z_STREAM_ERROR)
            return prom_fail(PROM_E_INVAL, "the gzip stream is broken");
        size_t n = sizeof z->out - s->avail_out;
        prom_err err = n ? to->write(to->data, (const char *)z->out, n) : PROM_OK;
        if (err)
            return err;
    } while (s->avail_out == 0);
    return PROM_OK;
}

static prom_err run(void *state, const char *p, size_t n, bool last, const prom_writer *to)
{
    gzip *z = state;
    prom_err err = PROM_OK;
    while (n && !err) {
        uInt some = n > UINT_MAX ? UINT_MAX : (uInt)n;
        z->stream.next_in = (Bytef *)(uintptr_t)p; /* zlib reads it; its type forgot const */
        z->stream.avail_in = some;
        err = deflate_some(z, Z_NO_FLUSH, to);
        p += some;
        n -= some;
    }
    return err || !last ? err : deflate_some(z, Z_FINISH, to);
}

const prom__coder *prom__coder_gzip(void)
{
    static const prom__coder coder = { 9, make, drop, reset, run };
    return &coder;
}
