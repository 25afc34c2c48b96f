// SPDX-License-Identifier: Apache-2.0
/* store.c - the heap backing: segments from the allocator, free records in bins by size. */
#include "store.h"

#include "base/alloc.h"
#include "base/lock.h"

#include <assert.h>
#include <string.h>

/* A free record, with its link in what was its body. */
typedef struct prom__free_record {
    prom__record head;
    struct prom__free_record *next;
} prom__free_record;

/* --- all stores, for forks ----------------------------------------------- */

static prom__store *stores; /* guarded by the lock */
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Gathers of other threads were cut off in the middle: their pins would hold for ever. Pins of
 * finished snapshots stay, for any thread may have those. */
static void drop_pins_of_others(prom__store *s)
{
    prom__store_pin **at = &s->oldest_pin;
    s->newest_pin = NULL;
    s->releasing = false;
    while (*at) {
        prom__store_pin *pin = *at;
        if (pin->busy && !pthread_equal(pin->thread, pthread_self())) {
            *at = pin->next;
        } else {
            s->newest_pin = pin;
            at = &pin->next;
        }
    }
}

static void after_fork_in_child(void)
{
    prom__lock();
    for (prom__store *s = stores; s; s = s->next)
        drop_pins_of_others(s);
    prom__unlock();
}

static void watch_forks(void)
{
    prom__lock(); /* its own fork handlers come first, then it is free in ours */
    prom__unlock();
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

static void list_store(prom__store *s)
{
    pthread_once(&once, watch_forks);
    prom__lock();
    s->next = stores;
    s->at = &stores;
    if (stores)
        stores->at = &s->next;
    stores = s;
    prom__unlock();
}

static void destroy(void *self)
{
    prom__store *s = self;
    prom__lock();
    *s->at = s->next;
    if (s->next)
        s->next->at = s->at;
    prom__unlock();
    for (int i = 0; i < PROM__STORE_SEGMENTS; i++)
        prom__free(atomic_load_explicit(&s->segments[i], memory_order_relaxed));
    prom__free(s);
}

static const prom__class store_class = { .name = "store", .destroy = destroy };

prom_err prom__store_new(void (*release)(prom__store_waiting *w), prom__store **out)
{
    prom__store *s = prom__alloc_zero(sizeof *s);
    if (!s)
        return prom__no_memory("a store");
    prom__object_init(&s->object, &store_class);
    s->release = release;
    list_store(s);
    s->end = 16; /* so that 0 is no record's offset */
    *out = s;
    return PROM_OK;
}

/* Segment numbers are a small floating-point format of the offset: three bits of mantissa. */
prom__segment prom__store_segment(uint64_t offset)
{
    uint64_t steps = offset / PROM__STORE_STEP + 8;
    unsigned shift = 60u - (unsigned)__builtin_clzll(steps); /* steps >> shift is 8..15 */
    uint64_t mantissa = steps >> shift;
    prom__segment g = { 8 * shift + (unsigned)(mantissa - 8),
                        ((mantissa << shift) - 8) * PROM__STORE_STEP,
                        (uint64_t)PROM__STORE_STEP << shift };
    return g;
}

/* Sizes are multiples of 16, and from SMALL on of a sixteenth of their power of two: so there
 * are few, each has its bin, and whatever lies in a bin serves whoever looks there. */
enum { SMALL = 1024, SMALL_BINS = SMALL / 16, LARGEST = 1 << 30 };

static unsigned power_of(size_t size)
{
    return 63u - (unsigned)__builtin_clzll(size);
}

static size_t size_of(size_t n)
{
    size_t step = n < SMALL ? 16 : (size_t)1 << (power_of(n) - 4);
    return (n + step - 1) & ~(step - 1);
}

static unsigned bin_of(size_t size)
{
    if (size < SMALL)
        return (unsigned)(size / 16);
    unsigned power = power_of(size);
    return SMALL_BINS + (power - 10) * 16 + (unsigned)(size >> (power - 4)) - 16;
}

static_assert(PROM__STORE_BINS == SMALL_BINS + (30 - 10) * 16 + 1,
              "there is a bin for SMALL = 2^10 to LARGEST = 2^30");

/* A freed record serves again whole; at most a quarter of it may lie idle. */
static prom__record *take_freed(prom__store *s, size_t size)
{
    size_t limit = size + size / 4;
    unsigned last = limit < LARGEST ? bin_of(limit) : PROM__STORE_BINS - 1;
    for (unsigned bin = bin_of(size); bin <= last; bin++) {
        prom__free_record *r = s->bins[bin];
        if (r) {
            s->bins[bin] = r->next;
            return &r->head;
        }
    }
    return NULL;
}

/* From the first segment that has room; if that is missing, NULL, and nothing has moved: a
 * large record for which there is no memory must not spoil the store for small ones. */
static prom__record *take_new(prom__store *s, size_t size, prom__segment *missing)
{
    uint64_t at = s->end;
    prom__segment g = prom__store_segment(at);
    while (g.start + g.size - at < size) { /* the rest of a segment stays unused */
        at = g.start + g.size;
        g = prom__store_segment(at);
    }
    *missing = g;
    if (g.number >= PROM__STORE_SEGMENTS || !atomic_load(&s->segments[g.number]))
        return NULL;
    prom__record *r = prom__store_at(s, at);
    r->size = (uint32_t)size;
    s->end = at + size;
    return r;
}

static uint64_t offset_of(prom__store *s, const prom__record *r)
{
    const char *p = (const char *)r;
    for (unsigned i = 0; i < PROM__STORE_SEGMENTS; i++) {
        const char *base = atomic_load_explicit(&s->segments[i], memory_order_relaxed);
        uint64_t size = (uint64_t)PROM__STORE_STEP << i / 8;
        if (base && p >= base && p < base + size)
            return (((8 + (uint64_t)i % 8) << i / 8) - 8) * PROM__STORE_STEP +
                   (uint64_t)(p - base);
    }
    return 0;
}

prom__record *prom__store_alloc(prom__store *s, size_t n, prom__record_kind kind,
                                uint64_t *offset)
{
    if (n > LARGEST)
        return NULL;
    size_t size = size_of(n);
    for (;;) {
        prom__segment g;
        prom__lock();
        prom__record *r = take_freed(s, size);
        if (!r)
            r = take_new(s, size, &g);
        if (r) {
            if (offset)
                *offset = offset_of(s, r);
            memset(r + 1, 0, r->size - sizeof *r);
            *r = (prom__record){ .size = r->size, .kind = (uint8_t)kind };
        }
        prom__unlock();
        if (r)
            return r;
        char *segment = g.number < PROM__STORE_SEGMENTS ? prom__alloc_zero(g.size) : NULL;
        if (!segment)
            return NULL;
        char *none = NULL; /* somebody else may have been faster */
        if (!atomic_compare_exchange_strong(&s->segments[g.number], &none, segment))
            prom__free(segment);
    }
}

void prom__store_free(prom__store *s, prom__record *r)
{
    prom__free_record *f = (prom__free_record *)(void *)r;
    unsigned bin = bin_of(r->size);
    r->kind = PROM__RECORD_FREE;
    f->next = s->bins[bin];
    s->bins[bin] = f;
}

/* --- who may still read ------------------------------------------------- */

void prom__store_pin_add(prom__store *s, prom__store_pin *pin)
{
    prom__lock();
    *pin = (prom__store_pin){ NULL, s->clock++, true, pthread_self() };
    if (s->newest_pin)
        s->newest_pin->next = pin;
    else
        s->oldest_pin = pin;
    s->newest_pin = pin;
    prom__unlock();
}

void prom__store_pin_settle(prom__store_pin *pin)
{
    prom__lock();
    pin->busy = false;
    prom__unlock();
}

/* At most n of those whose wait is over; true if there are more. A few at a time, for the lock
 * is to be held only shortly. */
static bool release_some(prom__store *s, unsigned n)
{
    uint64_t oldest = s->oldest_pin ? s->oldest_pin->since : UINT64_MAX;
    while (s->oldest_waiting && s->oldest_waiting->since <= oldest) {
        if (!n--)
            return true;
        prom__store_waiting *w = s->oldest_waiting;
        s->oldest_waiting = w->next;
        if (!s->oldest_waiting)
            s->newest_waiting = NULL;
        s->release(w);
    }
    return false;
}

void prom__store_pin_drop(prom__store *s, prom__store_pin *pin)
{
    prom__lock();
    prom__store_pin *before = NULL;
    for (prom__store_pin *p = s->oldest_pin; p != pin; p = p->next)
        before = p;
    if (before)
        before->next = pin->next;
    else
        s->oldest_pin = pin->next;
    if (s->newest_pin == pin)
        s->newest_pin = before;
    if (!s->releasing) {
        s->releasing = true;
        while (release_some(s, PROM__STORE_AT_ONCE))
            prom__lock_pause();
        s->releasing = false;
    }
    prom__unlock();
}

void prom__store_wait(prom__store *s, prom__store_waiting *w)
{
    w->next = NULL;
    w->since = s->clock; /* pins before it are smaller, pins after it cannot see the record */
    if (s->newest_waiting)
        s->newest_waiting->next = w;
    else
        s->oldest_waiting = w;
    s->newest_waiting = w;
    release_some(s, 4); /* more than come in, so what has piled up gets less */
}

/* --- copies ------------------------------------------------------------- */

uint64_t prom__store_size(prom__store *s)
{
    prom__lock();
    prom__segment g = prom__store_segment(s->end);
    prom__unlock();
    return g.start + g.size;
}

void prom__store_copy(prom__store *s, char *to, uint64_t size)
{
    memset(to, 0, size);
    prom__lock();
    for (prom__segment g = prom__store_segment(0); g.start + g.size <= size;
         g = prom__store_segment(g.start + g.size)) {
        const char *from = atomic_load(&s->segments[g.number]);
        if (from)
            memcpy(to + g.start, from, g.size);
    }
    prom__unlock();
}
