// SPDX-License-Identifier: Apache-2.0
/* alike.h - label values of the same hash, which differs from process to process: so they are
 * looked for when they are needed. */
#ifndef ALIKE_H
#define ALIKE_H

#include "base/hash.h"
#include "check.h"

#include <stdlib.h>

typedef struct alike {
    uint32_t tag; /* as vec.h makes it of a hash */
    char text[12];
} alike;

static int alike_by_tag(const void *a, const void *b)
{
    uint32_t x = ((const alike *)a)->tag, y = ((const alike *)b)->tag;
    return (x > y) - (x < y);
}

/* n values, of which 2i and 2i + 1 have the same hash; they need escapes. */
static inline void find_alike(char (*texts)[12], int n)
{
    enum { CANDIDATES = 500000 }; /* some thirty pairs are to be expected */
    alike *c = malloc(CANDIDATES * sizeof *c);
    int found = 0;
    for (int i = 0; i < CANDIDATES; i++) {
        int length = snprintf(c[i].text, sizeof c[i].text, "%d\"", i);
        uint64_t h = prom__hash_add(prom__hash_key(), c[i].text, (size_t)length);
        c[i].tag = (uint32_t)(h ^ h >> 32);
    }
    qsort(c, CANDIDATES, sizeof *c, alike_by_tag);
    for (int i = 1; i < CANDIDATES && found < n; i++)
        if (c[i].tag == c[i - 1].tag)
            for (int k = 1; k >= 0; k--)
                memcpy(texts[found++], c[i - k].text, sizeof *texts);
    free(c);
    CHECK_INT(found, n);
}

#endif
