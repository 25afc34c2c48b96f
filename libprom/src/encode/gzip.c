// SPDX-License-Identifier: Apache-2.0
/* gzip.c - by zlib. Level 1: on this text level 6 takes five times as long for a tenth less. */
#include "gzip.h"

#include "base/alloc.h"

#include <limits.h>
#include <zlib.h>

struct prom__gzip {
    z_stream stream;
    prom_writer to;
    unsigned char out[16384];
};

bool prom__gzip_compresses(void)
{
    return true;
}

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

prom_err prom__gzip_new(prom__gzip **out)
{
    enum { LEVEL = 1, WINDOW = 15, WITH_GZIP_HEADER = 16, MEMORY = 8 };
    *out = NULL;
    prom__gzip *z = prom__alloc_zero(sizeof *z);
    if (!z)
        return prom__no_memory("gzip");
    z->stream.zalloc = take;
    z->stream.zfree = give;
    int got = deflateInit2(&z->stream, LEVEL, Z_DEFLATED, WINDOW + WITH_GZIP_HEADER, MEMORY,
                           Z_DEFAULT_STRATEGY);
    if (got == Z_OK) {
        *out = z;
        return PROM_OK;
    }
    prom__free(z);
    return got == Z_MEM_ERROR
               ? prom__no_memory("gzip")
               : prom_fail(PROM_E_UNSUPPORTED, "zlib refuses to start (%d)", got);
}

void prom__gzip_free(prom__gzip *z)
{
    if (z)
        deflateEnd(&z->stream);
    prom__free(z);
}

/* Compresses the input set in the stream, and passes on what comes out. */
static prom_err deflate_some(prom__gzip *z, int flush)
{
    z_stream *s = &z->stream;
    do {
        s->next_out = z->out;
        s->avail_out = sizeof z->out;
        if (deflate(s, flush) == Z_STREAM_ERROR)
            return prom_fail(PROM_E_INVAL, "gzip stream was not begun");
        size_t n = sizeof z->out - s->avail_out;
        prom_err err = n ? z->to.write(z->to.data, (const char *)z->out, n) : PROM_OK;
        if (err)
            return err;
    } while (s->avail_out == 0);
    return PROM_OK;
}

static prom_err write_plain(void *data, const char *p, size_t n)
{
    prom__gzip *z = data;
    prom_err err = PROM_OK;
    while (n && !err) {
        uInt some = n > UINT_MAX ? UINT_MAX : (uInt)n;
        z->stream.next_in = (Bytef *)(uintptr_t)p; /* zlib reads it; its type forgot const */
        z->stream.avail_in = some;
        err = deflate_some(z, Z_NO_FLUSH);
        p += some;
        n -= some;
    }
    return err;
}

prom_err prom__gzip_begin(prom__gzip *z, const prom_writer *to, prom_writer *from)
{
    if (deflateReset(&z->stream) != Z_OK)
        return prom_fail(PROM_E_INVAL, "gzip stream is broken");
    z->to = *to;
    *from = (prom_writer){ write_plain, z };
    return PROM_OK;
}

prom_err prom__gzip_end(prom__gzip *z)
{
    z->stream.next_in = NULL;
    z->stream.avail_in = 0;
    return deflate_some(z, Z_FINISH);
}
