// SPDX-License-Identifier: Apache-2.0
/* instrument.c - HTTP exchanges on many threads: children that are found by all at once for the
 * first time, removed under way, and counted to the last one. */
#define _POSIX_C_SOURCE 200809L /* pthread_barrier_t, nanosleep */
#include "harness.h"

#include <prom/instrument.h>
#include <prom/vec.h>

enum { WORKERS = 4, CODES = 40 };

typedef struct metrics {
    prom_registry *r;
    /* Of the second one children are removed; of the third each exchange has a label. */
    prom_http_metrics *kept, *removed, *labelled;
    _Atomic uint64_t ended, abandoned;
} metrics;

static const char *const methods[] = { "GET", "get", "POST", "Post", "PURGE", "" };

static void exchange(stress_thread *t, prom_http_metrics *m, const char *const *labels)
{
    metrics *shared = t->shared;
    prom_http_exchange x = prom_http_begin(m, methods[stress_random(t, 6)]);
    int code = 200 + (int)stress_random(t, CODES);
    if (stress_random(t, 2))
        prom_http_first_byte(&x, code);
    if (stress_random(t, 8) == 0) {
        prom_http_abandon(&x);
        shared->abandoned += m == shared->kept;
        return;
    }
    const prom_label *exemplar =
        stress_random(t, 4) ? NULL : PROM_EXEMPLAR({ "trace_id", "abc" });
    EXPECT_OK(prom_http_end(&x, PROM_HTTP_OUTCOME(.status = code, .request_bytes = 3,
                                                  .labels = labels, .exemplar = exemplar)));
    shared->ended += m == shared->kept;
}

static void serve(stress_thread *t)
{
    metrics *m = t->shared;
    for (; !stress_over; t->rounds++) {
        exchange(t, m->kept, NULL);
        exchange(t, m->removed, NULL);
        exchange(t, m->labelled, stress_random(t, 2) ? PROM_VALUES("a") : PROM_VALUES("b"));
    }
}

static void clear(stress_thread *t)
{
    metrics *m = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_vec *v = NULL;
        EXPECT_OK(prom_registry_find(m->r, "removed_http_requests_total", &v));
        EXPECT_OK(prom_vec_clear(v));
        prom_unref(v);
        EXPECT_OK(prom_registry_find(m->r, "removed_http_request_duration_seconds", &v));
        EXPECT_OK(prom_vec_clear(v));
        prom_unref(v);
        stress_sleep(0.001);
    }
}

static void scrape(stress_thread *t)
{
    metrics *m = t->shared;
    for (; !stress_over; t->rounds++) {
        prom_snapshot *s = NULL;
        EXPECT_OK(prom_gather(m->r, &s));
        prom_unref(s);
        stress_sleep(0.005);
    }
}

static prom_err add(void *data, const prom_sample *s)
{
    double *sum = data;
    if (strcmp(s->suffix, "_count") == 0 ||
        (s->family->type == PROM_COUNTER && *s->suffix == '\0'))
        *sum += s->value;
    return PROM_OK;
}

static double sum_of(prom_registry *r, const char *name)
{
    prom_snapshot *s = NULL;
    double sum = 0;
    CHECK_OK(prom_gather_with(r, PROM_GATHER_OPTS(.names = PROM_VALUES(name)), &s));
    for (size_t i = 0; i < prom_snapshot_size(s); i++)
        CHECK_OK(prom_family_samples(prom_snapshot_at(s, i), add, &sum));
    prom_unref(s);
    return sum;
}

static double gauge_of(prom_registry *r, const char *name)
{
    prom_snapshot *s = NULL;
    double v = -1;
    CHECK_OK(prom_gather(r, &s));
    CHECK_OK(prom_snapshot_value(s, name, NULL, &v));
    prom_unref(s);
    return v;
}

static void test_every_exchange_counts(void)
{
    metrics m = { .r = NULL };
    CHECK_OK(prom_registry_new(NULL, &m.r));
    CHECK_OK(prom_http_metrics_new(m.r, NULL, &m.kept));
    CHECK_OK(prom_http_metrics_new(
        m.r, PROM_HTTP_METRICS_OPTS(.namespace_ = "removed", .native = true), &m.removed));
    CHECK_OK(prom_http_metrics_new(
        m.r, PROM_HTTP_METRICS_OPTS(.client = true, .labels = PROM_LABELS("l")), &m.labelled));
    static const stress_role roles[] = { { "workers", serve, WORKERS },
                                         { "clearers", clear, 1 },
                                         { "scrapers", scrape, 1 } };
    stress_run(roles, 3, &m, NULL);
    CHECK_DBL(sum_of(m.r, "http_requests_total"), (double)m.ended);
    CHECK_DBL(sum_of(m.r, "http_request_duration_seconds"), (double)m.ended);
    CHECK_DBL(sum_of(m.r, "http_response_size_bytes"), (double)m.ended);
    CHECK_DBL(gauge_of(m.r, "http_requests_in_flight"), 0);
    CHECK_DBL(gauge_of(m.r, "removed_http_requests_in_flight"), 0);
    CHECK_DBL(gauge_of(m.r, "http_client_requests_in_flight"), 0);
    CHECK(m.abandoned > 0);
    prom_unref(m.kept);
    prom_unref(m.removed);
    prom_unref(m.labelled);
    prom_unref(m.r);
}

/* All threads meet the same method and code for the first time at once, again and again. */
typedef struct first {
    prom_http_metrics *m;
    pthread_barrier_t ready;
} first;

static void *meet(void *data)
{
    first *f = data;
    for (int code = 100; code < 600; code++) {
        pthread_barrier_wait(&f->ready);
        prom_http_exchange x = prom_http_begin(f->m, "GET");
        prom_http_first_byte(&x, code);
        EXPECT_OK(prom_http_end(&x, PROM_HTTP_OUTCOME(.status = code)));
    }
    return NULL;
}

static void test_first_ones_at_once(void)
{
    prom_registry *r;
    first f;
    pthread_t threads[WORKERS];
    CHECK_OK(prom_registry_new(NULL, &r));
    CHECK_OK(prom_http_metrics_new(r, NULL, &f.m));
    pthread_barrier_init(&f.ready, NULL, WORKERS);
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&threads[i], NULL, meet, &f);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&f.ready);
    CHECK_DBL(sum_of(r, "http_requests_total"), 500 * WORKERS);
    CHECK_DBL(sum_of(r, "http_time_to_first_byte_seconds"), 500 * WORKERS);
    CHECK_INT(stress_failures, 0);
    prom_unref(f.m);
    prom_unref(r);
}

TESTS(ROW(test_every_exchange_counts), ROW(test_first_ones_at_once))
