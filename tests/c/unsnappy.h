// SPDX-License-Identifier: Apache-2.0
/* unsnappy.h - a block of Snappy read back, by the format's description alone: so tests need no
 * libsnappy, and do not believe it. */
#ifndef UNSNAPPY_H
#define UNSNAPPY_H

#include "check.h"

#include <stdlib.h>

static inline size_t unsnappy_number(const unsigned char *p, size_t n_bytes)
{
    size_t v = 0;
    for (size_t i = n_bytes; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

/* For free(); NULL: it is none. Framed streams are none. */
static inline char *unsnappy(const char *block, size_t length, size_t *n)
{
    const unsigned char *p = (const unsigned char *)block, *end = p + length;
    size_t size = 0, at = 0;
    for (unsigned shift = 0; p < end && shift < 35; shift += 7) {
        size |= (size_t)(*p & 0x7f) << shift;
        if (!(*p++ & 0x80))
            break;
    }
    char *out = size < (64u << 20) ? malloc(size + 1) : NULL;
    while (out && p < end) {
        unsigned kind = *p & 3, upper = *p >> 2;
        size_t count = upper + 1, offset = 0, extra = kind == 3 ? 4 : kind;
        p++;
        if (!kind && upper >= 60)
            extra = upper - 59;
        if ((size_t)(end - p) < extra)
            break;
        if (!kind && extra)
            count = unsnappy_number(p, extra) + 1;
        else if (kind == 1)
            count = (upper & 7) + 4, offset = (size_t)(upper >> 3) << 8 | *p;
        else if (kind)
            offset = unsnappy_number(p, extra);
        p += extra;
        if (count > size - at || (kind ? !offset || offset > at : count > (size_t)(end - p)))
            break;
        for (size_t i = 0; i < count; i++, at++)
            out[at] = kind ? out[at - offset] : (char)p[i];
        p += kind ? 0 : count;
    }
    *n = at;
    if (out && p == end && at == size)
        return out;
    free(out);
    return NULL;
}

#endif
