// SPDX-License-Identifier: Apache-2.0
#include "compress.h"

#include "base/alloc.h"
#include "base/object.h"

struct prom_compressor {
    prom__object object;
    const prom__coder *coder; /* NULL: identity */
    void *state;
    prom_writer to;
    bool finished;
    prom_err error; /* the first of this stream; nothing is written after it */
};

static const prom__coder *coder_of(prom_coding c)
{
    return c == PROM_GZIP ? prom__coder_gzip() : c == PROM_ZSTD ? prom__coder_zstd() : NULL;
}

bool prom__coding_is_built(prom_coding c)
{
    return c == PROM_IDENTITY || coder_of(c) != NULL;
}

static void destroy(void *self)
{
    prom_compressor *z = self;
    if (z->coder)
        z->coder->drop(z->state);
    prom__free(z);
}

static prom_err check(prom_coding c, int level)
{
    const char *name = prom_coding_name(c);
    const prom__coder *coder = coder_of(c);
    if (!name)
        return prom_fail(PROM_E_INVAL, "%d is not a content coding", (int)c);
    if (!prom__coding_is_built(c))
        return prom_fail(PROM_E_UNSUPPORTED, "this build of libprom has no %s", name);
    if (coder && (level < 0 || level > coder->most))
        return prom_fail(PROM_E_INVAL, "%s has no level %d, only 1 to %d", name, level,
                         coder->most);
    return PROM_OK;
}

prom_err prom_compressor_new(prom_coding c, int level, const prom_writer *to,
                             prom_compressor **out)
{
    static const prom__class class = { .name = "compressor", .destroy = destroy };
    *out = NULL;
    prom_err err = check(c, level);
    if (!err && !to)
        err = prom_fail(PROM_E_INVAL, "there is nothing to compress to");
    if (err)
        return err;
    prom_compressor *z = prom__alloc_zero(sizeof *z);
    if (!z)
        return prom__no_memory("a compressor");
    prom__object_init(&z->object, &class);
    z->to = *to;
    const prom__coder *coder = coder_of(c);
    err = coder ? coder->make(level ? level : 1, &z->state) : PROM_OK;
    if (err) {
        prom__free(z);
        return err;
    }
    z->coder = coder;
    *out = z;
    return PROM_OK;
}

prom_err prom__compressor_begin(prom_compressor *z, const prom_writer *to)
{
    z->to = *to;
    z->finished = false;
    z->error = z->coder ? z->coder->reset(z->state) : PROM_OK;
    return z->error;
}

static prom_err run(prom_compressor *z, const char *p, size_t n, bool last)
{
    if (!z)
        return prom_fail(PROM_E_INVAL, "there is no compressor");
    if (z->finished)
        return prom_fail(PROM_E_CLOSED, "the compressor is finished");
    if (!z->error && z->coder)
        z->error = z->coder->run(z->state, p, n, last, &z->to);
    else if (!z->error && n)
        z->error = z->to.write(z->to.data, p, n);
    return z->error;
}

static prom_err write(void *data, const char *p, size_t n)
{
    return run(data, p, n, false);
}

prom_writer prom_compressor_writer(prom_compressor *z)
{
    return (prom_writer){ write, z };
}

prom_err prom_compressor_finish(prom_compressor *z)
{
    prom_err err = run(z, NULL, 0, true);
    if (z)
        z->finished = true;
    return err;
}
