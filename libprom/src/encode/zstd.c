// SPDX-License-Identifier: Apache-2.0
/* zstd.c - by libzstd. Its own memory is not from our allocator: to give it one is no part of
 * its stable interface. */
#include "base/alloc.h"
#include "compress.h"

#include <zstd.h>

typedef struct zstd {
    ZSTD_CCtx *context;
    char out[PROM__COMPRESS_BLOCK];
} zstd;

static void drop(void *state)
{
    zstd *z = state;
    ZSTD_freeCCtx(z->context);
    prom__free(z);
}

static prom_err make(int level, void **state)
{
    zstd *z = prom__alloc_zero(sizeof *z);
    if (!z)
        return prom__no_memory("zstd");
    z->context = ZSTD_createCCtx();
    if (z->context &&
        !ZSTD_isError(ZSTD_CCtx_setParameter(z->context, ZSTD_c_compressionLevel, level))) {
        *state = z;
        return PROM_OK;
    }
    drop(z);
    return prom__no_memory("zstd");
}

static prom_err fail(size_t code)
{
    return prom_fail(PROM_E_NOMEM, "zstd: %s", ZSTD_getErrorName(code));
}

static prom_err reset(void *state)
{
    zstd *z = state;
    size_t code = ZSTD_CCtx_reset(z->context, ZSTD_reset_session_only);
    return ZSTD_isError(code) ? fail(code) : PROM_OK;
}

static prom_err run(void *state, const char *p, size_t n, bool last, const prom_writer *to)
{
    zstd *z = state;
    ZSTD_inBuffer in = { p, n, 0 };
    bool more;
    do {
        ZSTD_outBuffer out = { z->out, sizeof z->out, 0 };
        size_t left =
            ZSTD_compressStream2(z->context, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return fail(left);
        prom_err err = out.pos ? to->write(to->data, z->out, out.pos) : PROM_OK;
        if (err)
            return err;
        more = last ? left != 0 : in.pos < in.size;
    } while (more);
    return PROM_OK;
}

const prom__coder *prom__coder_zstd(void)
{
    static const prom__coder coder = { 22, make, drop, reset, run };
    return &coder;
}
