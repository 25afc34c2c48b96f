// SPDX-License-Identifier: Apache-2.0
/* handle.c - many threads ask one handler at once. Where answers have no age, none is older
 * than its request; where they may have one, none is older than that. No more are in flight
 * than may be, and every body is whole. */
#define _GNU_SOURCE /* nanosleep */
#include "harness.h"

#include <prom/handle.h>

#include <string.h>

enum { MOST = 3, AGE_MS = 5 };

typedef struct shared {
    prom_registry *r;
    prom_counter *hits;
    prom_vec *rooms;
    atomic_ullong done; /* additions that have returned */
    prom_handler *fresh, *aged;
    atomic_int held; /* responses of `aged` that are in flight */
} shared;

typedef struct body {
    char *p;
    size_t n;
} body;

static body read_body(const prom_http_response *a)
{
    body b = { NULL, 0 };
    for (size_t i = 0; i < prom_http_response_pieces(a); i++)
        b.n += prom_http_response_piece(a, i).n;
    b.p = calloc(1, b.n + 1);
    char *at = b.p;
    for (size_t i = 0; i < prom_http_response_pieces(a); i++) {
        prom_str x = prom_http_response_piece(a, i);
        memcpy(at, x.p, x.n);
        at += x.n;
    }
    return b;
}

/* The value of the counter in a whole exposition; -1: there is none. */
static double value_in(const body *b)
{
    const char *at = strstr(b->p, "\nhits_total ");
    return at && b->n && b->p[b->n - 1] == '\n' ? strtod(at + 12, NULL) : -1;
}

static const prom_label accepts[][3] = {
    { { NULL, NULL } },
    { { "Accept", "application/openmetrics-text" }, { NULL, NULL } },
    { { "Accept-Encoding", "gzip" }, { "X-Prometheus-Scrape-Timeout-Seconds", "30" } },
};

static prom_http_response *ask(stress_thread *t, prom_handler *h, uint64_t kind)
{
    static const char *const targets[] = { "/metrics", "/metrics?name[]=hits" };
    prom_http_response *a = NULL;
    EXPECT_OK(prom_http_handle(h,
                               PROM_HTTP_REQUEST(.method = "GET",
                                                 .target = targets[stress_random(t, 2)],
                                                 .headers = accepts[kind]),
                               &a));
    return a;
}

static void scrape_fresh(stress_thread *t)
{
    shared *x = t->shared;
    for (; !stress_over; t->rounds++) {
        uint64_t kind = stress_random(t, 3);
        prom_counter_inc(x->hits);
        unsigned long long least = atomic_fetch_add(&x->done, 1) + 1;
        prom_http_response *a = ask(t, x->fresh, kind);
        EXPECT(prom_http_response_status(a) == 200, "status %u", prom_http_response_status(a));
        body b = read_body(a);
        if (kind != 2)
            EXPECT(value_in(&b) >= (double)least, "%g, after %llu", value_in(&b), least);
        free(b.p);
        prom_unref(a);
    }
}

static double now_ms(void)
{
    struct timespec s;
    clock_gettime(CLOCK_MONOTONIC, &s);
    return (double)s.tv_sec * 1e3 + (double)s.tv_nsec / 1e6;
}

static void check_aged(const prom_http_response *a, unsigned long long least, bool coded)
{
    body b = read_body(a);
    if (!coded)
        EXPECT(value_in(&b) >= (double)least, "%g, after %llu", value_in(&b), least);
    free(b.p);
}

/* Remembers what was done once, and holds it against an answer that is asked for later than an
 * answer may be old. */
static void scrape_aged(stress_thread *t)
{
    shared *x = t->shared;
    unsigned long long before = 0;
    double since = now_ms();
    for (; !stress_over; t->rounds++) {
        uint64_t kind = stress_random(t, 3);
        bool due = now_ms() - since > AGE_MS;
        prom_http_response *a = ask(t, x->aged, kind);
        unsigned status = prom_http_response_status(a);
        EXPECT(status == 200 || status == 503, "status %u", status);
        if (status == 200) {
            int held = ++x->held;
            EXPECT(held <= MOST, "%d in flight", held);
            check_aged(a, due ? before : 0, kind == 2);
            if (stress_random(t, 4) == 0)
                stress_sleep(0.0005);
            x->held--;
        }
        if (due) {
            before = atomic_load(&x->done);
            since = now_ms();
        }
        prom_unref(a);
    }
}

/* Series come and go under the gathers. */
static void change(stress_thread *t)
{
    shared *x = t->shared;
    for (; !stress_over; t->rounds++) {
        char room[20];
        prom_gauge *g = NULL;
        snprintf(room, sizeof room, "%u", (unsigned)stress_random(t, 3000));
        if (stress_random(t, 2)) {
            EXPECT_OK(prom_gauge_with(x->rooms, PROM_VALUES(room), &g));
            prom_unref(g);
        } else {
            prom_vec_remove(x->rooms, PROM_VALUES(room));
        }
        stress_sleep(0.0001);
    }
}

static void test_handle(void)
{
    static shared x;
    static const stress_role roles[] = { { "fresh scrapes", scrape_fresh, 3 },
                                         { "aged scrapes", scrape_aged, 6 },
                                         { "changes", change, 1 } };
    CHECK_OK(prom_registry_new(NULL, &x.r));
    CHECK_OK(prom_counter_new(x.r, PROM_OPTS(.name = "hits_total", .help = "h"), &x.hits));
    CHECK_OK(prom_vec_new(x.r, PROM_GAUGE,
                          PROM_OPTS(.name = "rooms", .help = "", .labels = PROM_LABELS("n")),
                          &x.rooms));
    for (int i = 0; i < 3000; i++) { /* so that a body has several blocks */
        char room[20];
        prom_gauge *g = NULL;
        snprintf(room, sizeof room, "%d", i);
        CHECK_OK(prom_gauge_with(x.rooms, PROM_VALUES(room), &g));
        prom_unref(g);
    }
    prom_http_opts o = { .size = sizeof o, .metrics = x.r };
    CHECK_OK(prom_handler_new(x.r, &o, &x.fresh));
    o.max_age_ms = AGE_MS;
    o.max_in_flight = MOST;
    CHECK_OK(prom_handler_new(x.r, &o, &x.aged));
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    prom_unref(x.fresh);
    prom_unref(x.aged);
    prom_unref(x.hits);
    prom_unref(x.rooms);
    prom_unref(x.r);
}

TESTS(ROW(test_handle))
