// SPDX-License-Identifier: Apache-2.0
#include "out.h"

#include "base/alloc.h"

prom_err prom__out_open(prom__out *o, const prom_writer *w)
{
    char *block = prom__alloc(PROM__OUT_BLOCK);
    if (!block)
        return prom__no_memory("an exposition");
    *o = (prom__out){ w, PROM_OK, block, block + PROM__OUT_BLOCK, block, 0 };
    return PROM_OK;
}

static void flush(prom__out *o)
{
    size_t n = (size_t)(o->at - o->block);
    o->blocks += n > 0;
    if (n && !o->error)
        o->error = o->writer->write(o->writer->data, o->block, n);
    o->at = o->block;
    if (o->error)
        o->end = o->block; /* so that every put comes to the slow path, and ends there */
}

prom_err prom__out_close(prom__out *o)
{
    flush(o);
    prom__free(o->block);
    return o->error;
}

char *prom__out_make_room(prom__out *o, size_t n)
{
    flush(o);
    return (size_t)(o->end - o->at) >= n ? o->at : NULL;
}

void prom__out_long(prom__out *o, const char *p, size_t n)
{
    flush(o);
    for (; n > PROM__OUT_BLOCK && !o->error; p += PROM__OUT_BLOCK, n -= PROM__OUT_BLOCK)
        o->error = o->writer->write(o->writer->data, p, PROM__OUT_BLOCK);
    if (o->error) {
        o->end = o->block;
        return;
    }
    memcpy(o->at, p, n);
    o->at += n;
}

static prom_err add(void *data, const char *p, size_t n)
{
    return prom__bytes_add(data, p, n) ? PROM_OK : prom__no_memory("an exposition");
}

prom_writer prom__bytes_writer(prom__bytes *b)
{
    return (prom_writer){ add, b };
}
