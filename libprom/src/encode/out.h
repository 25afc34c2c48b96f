// SPDX-License-Identifier: Apache-2.0
/* out.h - where an encoder puts its bytes: a block that is handed to the writer when it is
 * full. */
#ifndef PROM_ENCODE_OUT_H
#define PROM_ENCODE_OUT_H

#include "base/bytes.h"

#include <prom/encode.h>

#include <string.h>

enum { PROM__OUT_BLOCK = 64 * 1024 };

typedef struct prom__out {
    const prom_writer *writer;
    prom_err error; /* the first; nothing is written after it */
    char *at, *end;
    char *block;
    size_t blocks; /* handed to the writer so far */
} prom__out;

prom_err prom__out_open(prom__out *o, const prom_writer *w);
prom_err prom__out_close(prom__out *o); /* hands over the rest; the first error */

/* For when the block has no room for n more bytes. Where they may go: NULL after an error. */
char *prom__out_make_room(prom__out *o, size_t n);
void prom__out_long(prom__out *o, const char *p, size_t n);

/* Room for n bytes, at most a block of them; the caller then moves o->at. */
static inline char *prom__out_room(prom__out *o, size_t n)
{
    return (size_t)(o->end - o->at) >= n ? o->at : prom__out_make_room(o, n);
}

static inline void prom__out_put(prom__out *o, const char *p, size_t n)
{
    if ((size_t)(o->end - o->at) < n) {
        prom__out_long(o, p, n);
        return;
    }
    memcpy(o->at, p, n);
    o->at += n;
}

/* A writer that appends to a buffer. */
prom_writer prom__bytes_writer(prom__bytes *b);

#endif
