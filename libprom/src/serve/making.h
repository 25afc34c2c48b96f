// SPDX-License-Identifier: Apache-2.0
/* making.h - from a snapshot to the answer in one format and coding: encoded, limited and
 * compressed into a body, in steps. */
#ifndef PROM_SERVE_MAKING_H
#define PROM_SERVE_MAKING_H

#include "answer.h"
#include "ask.h"

enum { PROM__CODINGS = PROM_ZSTD + 1 };

/* What answers are made with. Any thread. */
typedef struct prom__maker {
    prom__blocks *blocks;                        /* one reference */
    size_t max_body_bytes;                       /* 0: no limit */
    prom_compressor *compressors[PROM__CODINGS]; /* spare ones, under the lock of base/lock.h */
} prom__maker;

prom_err prom__maker_init(prom__maker *m, size_t max_body_bytes);
void prom__maker_free(prom__maker *m);

/* Used by one thread at a time. */
typedef struct prom__making prom__making;

/* NULL: no memory. Borrows q only during the call. */
prom__making *prom__making_new(prom__maker *m, const prom__ask *q, prom_snapshot *of);

/* About a block of it. false: that was the last. */
bool prom__making_step(prom__making *x);

/* Ends it, wherever it is. The answer, with one reference: the body, or 500 and the error that
 * *err is. NULL: no memory even for that. */
prom__answer *prom__making_end(prom__making *x, prom_err *err);

#endif
