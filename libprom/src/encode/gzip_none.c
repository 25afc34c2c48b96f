// SPDX-License-Identifier: Apache-2.0
/* gzip_none.c - where zlib is missing: identity. */
#include "base/alloc.h"
#include "gzip.h"

struct prom__gzip {
    prom_writer to;
};

bool prom__gzip_compresses(void)
{
    return false;
}

prom_err prom__gzip_new(prom__gzip **out)
{
    *out = prom__alloc_zero(sizeof **out);
    return *out ? PROM_OK : prom__no_memory("a writer");
}

void prom__gzip_free(prom__gzip *z)
{
    prom__free(z);
}

prom_err prom__gzip_begin(prom__gzip *z, const prom_writer *to, prom_writer *from)
{
    z->to = *to;
    *from = z->to;
    return PROM_OK;
}

prom_err prom__gzip_end(prom__gzip *z)
{
    (void)z;
    return PROM_OK;
}
