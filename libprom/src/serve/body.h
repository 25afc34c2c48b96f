// SPDX-License-Identifier: Apache-2.0
/* body.h - what a scrape is written into: a list of blocks of one size, so that nothing large
 * is ever moved or asked for in one piece. Blocks are kept for the next scrape. */
#ifndef PROM_SERVE_BODY_H
#define PROM_SERVE_BODY_H

#include "base/object.h"
#include "pace.h"

#include <prom/encode.h>

enum { PROM__BODY_BLOCK = 64 * 1024 };

typedef struct prom__block prom__block;

/* Keeps as many spare blocks as the largest body so far had. Counted: each body holds it. */
typedef struct prom__blocks {
    prom__object object;
    prom__pace *pace; /* borrowed; how many of them are sent in a poll; NULL: all */

    /* Under the lock of base/lock.h. */
    prom__block *spare;
    size_t n_spare, most; /* blocks */
    size_t bodies, lent;  /* bodies not given back, and the blocks in them */
} prom__blocks;

prom_err prom__blocks_new(prom__blocks **out);

/* Are there so many bodies, and so much in them, that no more should be begun? Clients that ask
 * for much and read nothing pin a body each. */
bool prom__blocks_exhausted(prom__blocks *b);

/* Counted. Written by one thread, and then only read, by any. */
typedef struct prom__body {
    prom__object object;
    prom__blocks *home;
    prom__block **block; /* all full but the last */
    size_t n_blocks, room;
    size_t n; /* bytes */
} prom__body;

prom_err prom__body_new(prom__blocks *home, prom__body **out);

prom_writer prom__body_writer(prom__body *b); /* appends */

/* What follows after the first `at` bytes, in one piece: at most to the end of a block. */
prom_str prom__body_at(const prom__body *b, size_t at);

#endif
