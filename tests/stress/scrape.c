// SPDX-License-Identifier: Apache-2.0
/* scrape.c - many clients scrape one server at once. However much they share, nobody gets
 * values from before its request, and every body is whole. */
#define _GNU_SOURCE /* sockets */
#include "harness.h"
#include "serve/client.h"

#include <prom/prom.h>

typedef struct shared {
    prom_counter *hits;
    atomic_ullong done; /* additions that have returned */
} shared;

/* The value of the counter in a whole exposition; -1: there is none. */
static double value_in(const answer *a)
{
    const char *at = a->body ? strstr(a->body, "\nhits_total ") : NULL;
    return at && a->n && a->body[a->n - 1] == '\n' ? strtod(at + 12, NULL) : -1;
}

static void add_and_scrape(stress_thread *t)
{
    static const char *const firsts[] = { "GET /metrics", "GET /metrics?name[]=hits" };
    static const char *const headers[] = { "", "Accept: application/openmetrics-text\r\n",
                                           "Accept-Encoding: gzip\r\n" };
    shared *x = t->shared;
    int fd = -1;
    for (; !stress_over; t->rounds++) {
        uint64_t kind = stress_random(t, 3);
        fd = fd < 0 ? dial(port) : fd;
        prom_counter_inc(x->hits);
        unsigned long long least = atomic_fetch_add(&x->done, 1) + 1;
        EXPECT(request(fd, firsts[stress_random(t, 2)], headers[kind]), "not sent");
        answer a = hear(fd, true);
        EXPECT(a.status == 200, "status %d", a.status);
        if (kind != 2)
            EXPECT(value_in(&a) >= (double)least, "%g, after %llu", value_in(&a), least);
        if (a.status != 200 || stress_random(t, 20) == 0) {
            close(fd);
            fd = -1;
        }
        forget(&a);
    }
    if (fd >= 0)
        close(fd);
}

/* Asks and goes away, before the answer or in the middle of it. */
static void leave_early(stress_thread *t)
{
    for (; !stress_over; t->rounds++) {
        int fd = dial_with(port, 4096);
        char some[100];
        EXPECT(request(fd, "GET /metrics", ""), "not sent");
        if (stress_random(t, 2) && recv(fd, some, sizeof some, 0) < 0)
            EXPECT(errno == ECONNRESET, "errno %d", errno);
        close(fd);
        stress_sleep(0.001);
    }
}

static void test_scrape(void)
{
    static shared x;
    static const stress_role roles[] = { { "add and scrape", add_and_scrape, 6 },
                                         { "leave early", leave_early, 1 } };
    prom_vec *v = NULL;
    CHECK_OK(prom_registry_new(NULL, &registry));
    CHECK_OK(prom_counter_new(registry, PROM_OPTS(.name = "hits_total", .help = "h"), &x.hits));
    CHECK_OK(prom_vec_new(registry, PROM_GAUGE,
                          PROM_OPTS(.name = "rooms", .help = "", .labels = PROM_LABELS("n")),
                          &v));
    for (int i = 0; i < 4000; i++) { /* so that a body has several blocks */
        char room[40];
        prom_gauge *g = NULL;
        snprintf(room, sizeof room, "the room with number %d", i);
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(room), &g));
        prom_unref(g);
    }
    CHECK_OK(prom_http_start(registry, NULL, &http));
    port = prom_http_port(http);
    stress_run(roles, sizeof roles / sizeof *roles, &x, NULL);
    end();
    prom_unref(x.hits);
    prom_unref(v);
}

TESTS(ROW(test_scrape))
