// SPDX-License-Identifier: Apache-2.0
/* pace.h - how long a poll with a budget begins new work. At least one piece of each kind is
 * done in a poll, so that however small the budget and however much there is to send, all get
 * on. */
#ifndef PROM_SERVE_PACE_H
#define PROM_SERVE_PACE_H

#include "base/clock.h"

#include <stdbool.h>

typedef struct prom__pace {
    uint64_t until; /* of prom__clock_steady; UINT64_MAX: no end */
    bool sent, made, met;
} prom__pace;

static inline bool prom__pace_allows(const prom__pace *p, bool *one)
{
    bool may = !*one || p->until == UINT64_MAX || prom__clock_steady() < p->until;
    *one = true;
    return may;
}

/* May a block of an answer be sent; a step of an answer be made; a message of a handshake be
 * worked on? */
static inline bool prom__pace_send(prom__pace *p)
{
    return prom__pace_allows(p, &p->sent);
}

static inline bool prom__pace_make(prom__pace *p)
{
    return prom__pace_allows(p, &p->made);
}

static inline bool prom__pace_meet(prom__pace *p)
{
    return prom__pace_allows(p, &p->met);
}

#endif
