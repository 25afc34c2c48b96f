// SPDX-License-Identifier: Apache-2.0
/* courier.h - a transport for tests, which notes what it is asked and does as it is told. Every
 * wait ends after PATIENCE seconds, so a hang is a failed check. */
#ifndef COURIER_H
#define COURIER_H

#include "kit.h"

#include <prom/send.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define PATIENCE 10

typedef struct courier {
    atomic_int sends, finishes, failures, freed, freed_opts;
    atomic_bool made;
    atomic_bool inside;    /* a send is under way */
    atomic_bool overlap;   /* two at once */
    atomic_uint left_ms;   /* of the last send, at its begin */
    _Atomic double value;  /* of "x" in the last snapshot */
    atomic_int last_error; /* that failed() was told */
    prom_err says;         /* what a send answers */
    bool waits;            /* a send waits for the stop, or its time to be over */
    void (*meanwhile)(struct courier *c);
    prom_sender *sender; /* for meanwhile, as what follows */
    struct courier *other;
    bool signals_blocked;
    atomic_int child_status;
    char thread[16]; /* that made the last send */
    prom_registry *registry;
    prom_gauge *x;
} courier;

static inline double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static inline bool until_at_least(const atomic_int *what, int n)
{
    double begin = seconds();
    while (atomic_load(what) < n && seconds() - begin < PATIENCE)
        pause_ms(1);
    return atomic_load(what) >= n;
}

static inline bool until_true(const atomic_bool *what)
{
    double begin = seconds();
    while (!atomic_load(what) && seconds() - begin < PATIENCE)
        pause_ms(1);
    return atomic_load(what);
}

static inline prom_err courier_send(prom_delivery *d, const prom_snapshot *s, void *data)
{
    courier *c = data;
    double v = -1;
    if (atomic_exchange(&c->inside, true))
        c->overlap = true;
    c->left_ms = prom_delivery_left_ms(d);
    prom_snapshot_value(s, "x", NULL, &v);
    c->value = v;
    c->sends++;
#ifdef __linux__
    pthread_getname_np(pthread_self(), c->thread, sizeof c->thread);
#endif
    if (c->meanwhile && until_true(&c->made))
        c->meanwhile(c);
    prom_err e = c->says;
    if (c->waits) {
        struct pollfd stop = { .fd = prom_delivery_stop_fd(d), .events = POLLIN };
        poll(&stop, 1, (int)prom_delivery_left_ms(d));
        e = prom_fail(PROM_E_TIMEOUT, "the courier waited for nothing");
    }
    c->inside = false;
    return e == PROM_E_IO ? prom_fail(e, "the road is closed") : e;
}

static inline prom_err courier_finish(prom_delivery *d, void *data)
{
    courier *c = data;
    CHECK(prom_delivery_left_ms(d) > 0 || c->waits);
    c->finishes++;
    return PROM_OK;
}

static inline void courier_failed(void *data, prom_err e, const char *sentence)
{
    courier *c = data;
    c->failures++;
    c->last_error = (int)e;
    CHECK(*sentence != '\0');
}

static inline void courier_free(void *data)
{
    ((courier *)data)->freed++;
}

static inline void courier_free_opts(void *data)
{
    ((courier *)data)->freed_opts++;
}

static inline prom_transport courier_transport(courier *c)
{
    return (prom_transport){ .size = sizeof(prom_transport),
                             .name = "courier",
                             .send = courier_send,
                             .finish = courier_finish,
                             .data = c,
                             .free_data = courier_free };
}

static inline prom_err courier_new(courier *c, prom_sender_opts o)
{
    const prom_transport t = courier_transport(c);
    if (!c->registry) {
        c->registry = kit_registry(PROM_ORDER_CREATED);
        CHECK_OK(prom_gauge_new(c->registry, PROM_OPTS(.name = "x", .help = ""), &c->x));
    }
    o.size = sizeof o;
    o.failed = courier_failed;
    o.data = c;
    o.free_data = courier_free_opts;
    prom_err e = prom_sender_new(c->registry, &t, &o, &c->sender);
    c->made = true;
    return e;
}

/* A sender with these opts, made. */
#define COURIER(c, ...) CHECK_OK(courier_new((c), (prom_sender_opts){ __VA_ARGS__ }))

static inline void courier_end(courier *c)
{
    prom_unref(c->sender);
    prom_unref(c->x);
    prom_unref(c->registry);
    CHECK(!c->overlap);
}

#endif
