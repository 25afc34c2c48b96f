// SPDX-License-Identifier: Apache-2.0
#include "coding.h"

#include "clause.h"
#include "compress.h"

#include <string.h>

/* Of several mentions the least counts, so that a "no" is never overheard. */
static void mention(int *of, int q)
{
    if (*of < 0 || q < *of)
        *of = q;
}

/* A weight that breaks the grammar is 0: what cannot be read is not wanted. */
static void read_clause(prom__accept *a, prom_str clause)
{
    prom_str name = prom__clause_cut(&clause, ';');
    int q = 1000;
    while (clause.n) {
        prom_str value = prom__clause_cut(&clause, ';');
        if (prom__clause_is(prom__clause_cut(&value, '='), "q"))
            q = prom__clause_weight(prom__clause_cut(&value, ';'));
    }
    q = q < 0 ? 0 : q;
    if (prom__clause_is(name, "gzip") || prom__clause_is(name, "x-gzip"))
        mention(&a->gzip, q);
    else if (prom__clause_is(name, "zstd"))
        mention(&a->zstd, q);
    else if (prom__clause_is(name, "identity"))
        mention(&a->identity, q);
    else if (prom__clause_is(name, "*"))
        mention(&a->others, q);
}

void prom__accept_add(prom__accept *a, const char *field, size_t n)
{
    prom_str rest = { field, n };
    while (rest.n)
        read_clause(a, prom__clause_cut(&rest, ','));
}

prom_coding prom__accept_choose(const prom__accept *a, bool has_gzip, bool has_zstd)
{
    int gzip = a->gzip >= 0 ? a->gzip : a->others;
    int zstd = a->zstd >= 0 ? a->zstd : a->others;
    int most = a->identity >= 0 ? a->identity : a->others;
    prom_coding chosen = PROM_IDENTITY;
    /* "gzip;q=0.8, *;q=0.1": the star speaks of identity too, and less loudly. */
    most = most > 0 ? most : 0;
    if (has_gzip && gzip > most) {
        most = gzip;
        chosen = PROM_GZIP;
    }
    return has_zstd && zstd > most ? PROM_ZSTD : chosen;
}

prom_coding prom_negotiate_coding(const char *accept_encoding)
{
    prom__accept a = PROM__ACCEPT_INIT;
    if (accept_encoding)
        prom__accept_add(&a, accept_encoding, strlen(accept_encoding));
    return prom__accept_choose(&a, prom__coding_is_built(PROM_GZIP),
                               prom__coding_is_built(PROM_ZSTD));
}

const char *prom_coding_name(prom_coding c)
{
    static const char *const names[] = { "identity", "gzip", "zstd" };
    return (unsigned)c < sizeof names / sizeof *names ? names[c] : NULL;
}
