// SPDX-License-Identifier: Apache-2.0
/* store.h - where records live.
 *
 * A store hands out records by address and by offset. Offsets are what records say of one
 * another, so that the same bytes can be read elsewhere: copied into a mapping, or, in the
 * backings to come (memfd, file), mapped by other processes. This file is the interface they
 * will share; store.c is the heap.
 *
 * Records are walked in the order of their offsets: each begins with its size, and memory not
 * yet handed out is zero up to the next multiple of PROM__STORE_STEP, where a walk goes on. */
#ifndef PROM_METRIC_STORE_H
#define PROM_METRIC_STORE_H

#include "base/object.h"
#include "model/series.h"

#include <pthread.h>

enum { PROM__STORE_STEP = 4096, PROM__STORE_SEGMENTS = 8 * 24, PROM__STORE_BINS = 385 };

/* Records that are handled in one hold of the lock, where there may be many. */
enum { PROM__STORE_AT_ONCE = 256 };

/* While it is busy, a pin is the affair of the thread that added it; in a forked child, where
 * that thread is not, nobody would drop it. */
typedef struct prom__store_pin {
    struct prom__store_pin *next;
    uint64_t since;
    bool busy;
    pthread_t thread;
} prom__store_pin;

/* Something that waits until nobody can read its record any more. */
typedef struct prom__store_waiting {
    struct prom__store_waiting *next;
    uint64_t since;
} prom__store_waiting;

typedef struct prom__store {
    prom__object object;
    void (*release)(prom__store_waiting *w); /* its wait is over; with the lock held */
    /* Eight segments of one step, eight of two, eight of four, ... so that the table is fixed
     * and can be read without a lock, and at most an eighth is reserved ahead. An entry is
     * written once, before any offset in it is handed out. */
    _Atomic(char *) segments[PROM__STORE_SEGMENTS];
    /* All else is guarded by the lock. */
    uint64_t end;                                     /* offset of the next new record */
    struct prom__free_record *bins[PROM__STORE_BINS]; /* of one size each */
    struct prom__store *next, **at;                   /* in the list of all stores */
    uint64_t clock;                                   /* counts pins */
    prom__store_pin *oldest_pin, *newest_pin;
    prom__store_waiting *oldest_waiting, *newest_waiting;
    bool releasing; /* some thread is at it, in steps; others need not join in */
} prom__store;

prom_err prom__store_new(void (*release)(prom__store_waiting *w), prom__store **out);

/* A zeroed record of at least n bytes with its head filled in. NULL: no memory. Takes the lock
 * for itself. */
prom__record *prom__store_alloc(prom__store *s, size_t n, prom__record_kind kind,
                                uint64_t *offset);
/* Nobody may read it any more. With the lock held. */
void prom__store_free(prom__store *s, prom__record *r);

/* Where the segment that holds this offset begins, how large it is, and its number. */
typedef struct prom__segment {
    unsigned number;
    uint64_t start, size;
} prom__segment;
prom__segment prom__store_segment(uint64_t offset);

static inline prom__record *prom__store_at(const prom__store *s, uint64_t offset)
{
    prom__segment g = prom__store_segment(offset);
    char *base = atomic_load_explicit(&s->segments[g.number], memory_order_acquire);
    return (prom__record *)(void *)(base + (offset - g.start));
}

/* A gather pins the store: what is freed from then on keeps its bytes until the snapshot goes.
 * A pin is busy until it is settled, for what the thread has in hand is whole then. These take
 * the lock. The memory of a pin must not be a thread's stack. */
void prom__store_pin_add(prom__store *s, prom__store_pin *pin);
void prom__store_pin_settle(prom__store_pin *pin);
void prom__store_pin_drop(prom__store *s, prom__store_pin *pin);

/* Calls release(w) when all pins of now are gone, perhaps at once. With the lock held. */
void prom__store_wait(prom__store *s, prom__store_waiting *w);

/* The bytes a copy takes, and the copy itself: records by offset, as image.h reads them. */
uint64_t prom__store_size(prom__store *s);
void prom__store_copy(prom__store *s, char *to, uint64_t size);

#endif
