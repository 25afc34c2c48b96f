// SPDX-License-Identifier: Apache-2.0
/* bytes.c - grows by half, so that appending is linear and little is wasted. */
#include "bytes.h"

#include "alloc.h"

#include <stdint.h>
#include <string.h>

char *prom__bytes_room(prom__bytes *b, size_t n)
{
    if (b->cap - b->n < n || !b->p) {
        if (n > SIZE_MAX / 2 - b->n)
            return NULL;
        size_t cap = b->cap + b->cap / 2;
        if (cap < b->n + n)
            cap = b->n + n;
        if (cap < 256)
            cap = 256;
        char *p = prom__realloc(b->p, cap);
        if (!p)
            return NULL;
        b->p = p;
        b->cap = cap;
    }
    return b->p + b->n;
}

bool prom__bytes_add(prom__bytes *b, const char *p, size_t n)
{
    char *to = prom__bytes_room(b, n);
    if (!to)
        return false;
    if (n)
        memcpy(to, p, n);
    b->n += n;
    return true;
}

void prom__bytes_free(prom__bytes *b)
{
    prom__free(b->p);
    *b = (prom__bytes){ 0 };
}
