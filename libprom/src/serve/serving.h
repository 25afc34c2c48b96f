// SPDX-License-Identifier: Apache-2.0
/* serving.h - one gather, and the answers that are made of it: each format and coding once,
 * whoever asks. Where answers may have an age, what was gathered lies on a shelf for a while,
 * and scrapes that overlap join.
 *
 * Any thread. What is under way belongs to the thread that began it; others wait for it, but
 * not in a forked child, where nobody goes on with it, and not the very thread, in a collector.
 * All that threads share is under the lock of base/lock.h. */
#ifndef PROM_SERVE_SERVING_H
#define PROM_SERVE_SERVING_H

#include "making.h"
#include "meter.h"

#include <prom/gather.h>

typedef struct prom__serving prom__serving;
typedef struct prom__product prom__product;

/* What servings of one handler have in common. */
typedef struct prom__servings {
    prom__maker maker;
    prom__meter *meter; /* borrowed */
    prom_on_error on_error;
    uint64_t max_age_ns; /* 0: no shelf */

    prom__serving *shelf; /* the latest first; under the lock */
} prom__servings;

void prom__servings_free(prom__servings *s); /* when nobody is at work with it */

/* Do bodies hold so much memory that a new product would only be told so (503)? */
bool prom__servings_exhausted(prom__servings *s);

/* All of it in one: gathers, encodes, or waits for others who do. NULL: no memory. */
prom__answer *prom__servings_answer(prom__servings *s, const prom__ask *q);

/* --- the same in steps -------------------------------------------------- */

/* One from the shelf that is young enough, or a new one, which the caller is to gather (*mine).
 * NULL: no memory. End it with prom_unref. */
prom__serving *prom__serving_open(prom__servings *s, const prom__ask *q, bool *mine);

void prom__serving_gather(prom__serving *x);

/* Ran into the timeout of who asked: it is no answer for those who have more time. */
bool prom__serving_late(const prom__serving *x, const prom__ask *q);

/* What all get who ask for anything of it, with one reference; NULL: there are products. */
prom__answer *prom__serving_failure(const prom__serving *x);

/* What q asks for of it, which the caller is to make if *mine. Lives as long as the serving.
 * NULL: no memory. */
prom__product *prom__product_open(prom__serving *x, const prom__ask *q, bool *mine);

/* About a block of it; false: it is done. */
bool prom__product_step(prom__product *p);

/* Once it is done, with one reference. NULL: no memory. */
prom__answer *prom__product_answer(const prom__product *p);

#endif
