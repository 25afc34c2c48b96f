// SPDX-License-Identifier: Apache-2.0
/* native_nth_test.c - native histograms with every n-th allocation failing while values
 * populate buckets: an observation is counted or dropped, and said to be dropped; limits that
 * could not be kept are kept later; nothing stays allocated. */
#include "base/tally.h"
#include "failing.h"

#include <prom/vec.h>

#include <math.h>

enum { VALUES = 400 };

static prom_vec *filled(prom_registry *r)
{
    prom_vec *v;
    prom_histogram *h;
    CHECK_OK(prom_vec_new(r, PROM_HISTOGRAM,
                          PROM_OPTS(.name = "h", .help = "", .labels = PROM_LABELS("x"),
                                    .native_factor = 1.01, .native_max_buckets = 10,
                                    .native_max_zero_threshold = 1e-10),
                          &v));
    CHECK_OK(prom_histogram_with(v, PROM_VALUES("tested"), &h));
    prom_unref(h);
    return v;
}

static void observe(prom_histogram *h)
{
    for (int i = 0; i < VALUES; i++)
        prom_histogram_observe(h, ldexp(i % 3 ? 1.3 : -1.3, i - VALUES / 2));
}

typedef struct seen {
    uint64_t count, buckets;
    size_t n_buckets;
    int schema;
} seen;

static prom_err look(void *data, const prom_metric *m)
{
    seen *s = data;
    const prom_native *n = m->native;
    *s = (seen){ m->count, n->zero_count, n->n_positive + n->n_negative, n->schema };
    for (size_t i = 0; i < n->n_positive; i++)
        s->buckets += n->positive[i].n.count;
    for (size_t i = 0; i < n->n_negative; i++)
        s->buckets += n->negative[i].n.count;
    return PROM_OK;
}

static void check_read(prom_histogram *h, uint64_t want)
{
    seen s = { .count = 0 };
    CHECK_OK(prom_child_read(h, look, &s));
    CHECK_INT(s.count, want);
    CHECK_INT(s.buckets, want);
}

/* false: it got through without the n-th allocation. */
static bool run_once(long n, failing_mode mode)
{
    prom_registry *r;
    prom_histogram *h;
    CHECK_OK(prom_registry_new(NULL, &r));
    prom_vec *v = filled(r);
    CHECK_OK(prom_histogram_with(v, PROM_VALUES("tested"), &h));
    uint64_t dropped = prom__dropped_observations;
    failing_arm(n, mode);
    observe(h);
    bool failed = failing_disarm() > 0;
    dropped = prom__dropped_observations - dropped;
    CHECK(failed || !dropped);
    check_read(h, VALUES - dropped);
    /* The limit is kept as soon as there is memory and another bucket. */
    prom_histogram_observe(h, INFINITY);
    prom_histogram_observe(h, -INFINITY);
    seen s;
    CHECK_OK(prom_child_read(h, look, &s));
    CHECK_INT(s.count, VALUES - dropped + 2);
    CHECK(s.schema == -4 || s.n_buckets <= 10);
    prom_unref(h);
    prom_unref(v);
    prom_unref(r);
    return failed;
}

static void test_native_observe_without_memory(void)
{
    for (int mode = TRANSIENT; mode <= PERSISTENT; mode++) {
        long live = live_blocks, n = 1;
        while (run_once(n, (failing_mode)mode)) {
            CHECK_INT(live_blocks, live);
            if (check_failures)
                return;
            n++;
        }
        CHECK(n > 20);
        CHECK_INT(live_blocks, live);
    }
}

static void test_native_read_without_memory(void)
{
    prom_registry *r;
    prom_histogram *h;
    CHECK_OK(prom_registry_new(NULL, &r));
    prom_vec *v = filled(r);
    CHECK_OK(prom_histogram_with(v, PROM_VALUES("tested"), &h));
    observe(h);
    long n = 1;
    for (bool failed = true; failed; n++) {
        seen s = { .count = 0 };
        failing_arm(n, PERSISTENT);
        prom_err e = prom_child_read(h, look, &s);
        failed = failing_disarm() > 0;
        if (failed)
            CHECK_ERR(e, PROM_E_NOMEM);
        else
            CHECK_OK(e);
        CHECK_INT(s.count, failed ? 0 : VALUES);
    }
    CHECK(n > 2);
    prom_unref(h);
    prom_unref(v);
    prom_unref(r);
}

int main(int argc, char **argv)
{
    static const check_row rows[] = { ROW(test_native_observe_without_memory),
                                      ROW(test_native_read_without_memory) };
    CHECK_OK(prom_set_allocator(&failing_allocator));
    return check_main(rows, sizeof rows / sizeof *rows, argc > 1 ? argv[1] : NULL);
}
