// SPDX-License-Identifier: Apache-2.0
/* bench.c - one round of the benchmarks with libprom. Usage: bench VALUES [row ...]
 * Built twice, against the shared and the static library; BENCH_WHO says which. */
#include "wide.h"

#include <prom/encode.h>

#define OBJECTIVES PROM_OBJECTIVES({ 0.5, 0.05 }, { 0.9, 0.01 }, { 0.99, 0.001 })

static void counter_inc_op(void *object, const bench_values *b, size_t n)
{
    (void)b;
    for (size_t i = 0; i < n; i++)
        prom_counter_inc(object);
}

static double counter_inc(const bench_values *values)
{
    prom_counter *c;
    must(prom_counter_new(NULL, PROM_OPTS(.name = "c_total", .help = "h"), &c));
    double figure = bench_per_op(counter_inc_op, c, values);
    prom_unref(c);
    return figure;
}

static void gauge_set_op(void *object, const bench_values *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        prom_gauge_set(object, b->v[i & b->mask]);
}

static double gauge_set(const bench_values *values)
{
    prom_gauge *g;
    must(prom_gauge_new(NULL, PROM_OPTS(.name = "g", .help = "h"), &g));
    double figure = bench_per_op(gauge_set_op, g, values);
    prom_unref(g);
    return figure;
}

static void histogram_observe_op(void *object, const bench_values *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        prom_histogram_observe(object, b->v[i & b->mask]);
}

static double histogram_observe(const bench_values *values)
{
    prom_histogram *h;
    must(prom_histogram_new(NULL, PROM_OPTS(.name = "h", .help = "h"), &h));
    double figure = bench_per_op(histogram_observe_op, h, values);
    prom_unref(h);
    return figure;
}

static double native_observe(const bench_values *values)
{
    prom_histogram *h;
    const prom_opts *o = PROM_OPTS(.name = "h", .help = "h", .native_factor = 1.1,
                                   .native_max_buckets = PROM_NO_LIMIT);
    must(prom_histogram_new(NULL, o, &h));
    double figure = bench_per_op(histogram_observe_op, h, values);
    prom_unref(h);
    return figure;
}

static void summary_observe_op(void *object, const bench_values *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        prom_summary_observe(object, b->v[i & b->mask]);
}

static double summary_observe(const bench_values *values)
{
    prom_summary *s;
    must(prom_summary_new(NULL, PROM_OPTS(.name = "s", .help = "h", .objectives = OBJECTIVES),
                          &s));
    double figure = bench_per_op(summary_observe_op, s, values);
    prom_unref(s);
    return figure;
}

typedef struct lookup {
    prom_vec *vec;
    const char *(*pairs)[2];
} lookup;

static void lookup_inc_op(void *object, const bench_values *b, size_t n)
{
    lookup *l = object;
    for (size_t i = 0; i < n; i++) {
        const char **p = l->pairs[i & b->mask];
        prom_counter *c;
        must(prom_counter_with(l->vec, PROM_VALUES(p[0], p[1]), &c));
        prom_counter_inc(c);
        prom_unref(c);
    }
}

static double lookup_inc(const bench_values *values)
{
    lookup l = { NULL, malloc((values->mask + 1) * sizeof *l.pairs) };
    if (l.pairs == NULL)
        bench_fail("out of memory");
    for (size_t i = 0; i <= values->mask; i++) {
        size_t k = (size_t)(values->v[i] * 1e6) % BENCH_PAIRS;
        l.pairs[i][0] = bench_methods[k / 8];
        l.pairs[i][1] = bench_codes[k % 8];
    }
    const prom_opts *o =
        PROM_OPTS(.name = "c_total", .help = "h", .labels = PROM_LABELS("method", "code"));
    must(prom_vec_new(NULL, PROM_COUNTER, o, &l.vec));
    double figure = bench_per_op(lookup_inc_op, &l, values);
    prom_unref(l.vec);
    free(l.pairs);
    return figure;
}

static double scrape_ms(prom_registry *r)
{
    char *text;
    size_t n;
    uint64_t start = bench_ns();
    must(prom_expose(r, &prom_text, &text, &n));
    double figure = (double)(bench_ns() - start) / 1e6;
    bench_check_lines(text, n);
    prom_free(text);
    return figure;
}

static prom_registry *wide_registry(prom_vec **v)
{
    prom_registry *r;
    must(prom_registry_new(NULL, &r));
    *v = wide_vec(r, PROM_COUNTER, "c_total");
    return r;
}

static double first_text_ms(const bench_values *values)
{
    (void)values;
    prom_vec *v;
    prom_registry *r = wide_registry(&v);
    wide_fill(v, BENCH_SERIES);
    double figure = scrape_ms(r);
    prom_unref(v);
    prom_unref(r);
    return figure;
}

/* Every value changes between two scrapes. */
static double text_ms(const bench_values *values)
{
    (void)values;
    prom_vec *v;
    prom_registry *r = wide_registry(&v);
    wide_fill(v, BENCH_SERIES);
    scrape_ms(r);
    double figures[9];
    for (size_t i = 0; i < 9; i++) {
        wide_fill(v, BENCH_SERIES);
        figures[i] = scrape_ms(r);
    }
    prom_unref(v);
    prom_unref(r);
    return bench_median(figures, 9);
}

/* 2,500 series of each type that is updated, with some observations in each. */
static void mixed_fill(prom_vec *const *v)
{
    for (size_t i = 0; i < BENCH_MIXED / 4; i++) {
        bench_labels l = bench_labels_of(i);
        const char *const *values = PROM_VALUES(l.code, l.method, l.path);
        prom_counter *c;
        prom_gauge *g;
        prom_histogram *h;
        prom_summary *s;
        must(prom_counter_with(v[0], values, &c));
        must(prom_gauge_with(v[1], values, &g));
        must(prom_histogram_with(v[2], values, &h));
        must(prom_summary_with(v[3], values, &s));
        prom_counter_inc(c);
        prom_gauge_set(g, (double)i);
        for (int k = 1; k <= 10; k++) {
            prom_histogram_observe(h, 0.1 * k);
            prom_summary_observe(s, 0.1 * k);
        }
        prom_unref(c), prom_unref(g), prom_unref(h), prom_unref(s);
    }
}

static void gather_op(void *object, const bench_values *b, size_t n)
{
    (void)b;
    for (size_t i = 0; i < n; i++) {
        prom_snapshot *s;
        must(prom_gather(object, &s));
        prom_unref(s);
    }
}

static double mixed_ms(const bench_values *values)
{
    prom_registry *r;
    prom_vec *v[4];
    must(prom_registry_new(NULL, &r));
    v[0] = wide_vec(r, PROM_COUNTER, "c_total");
    v[1] = wide_vec(r, PROM_GAUGE, "g");
    v[2] = wide_vec(r, PROM_HISTOGRAM, "h");
    const prom_opts *o = PROM_OPTS(.name = "s", .help = "h", .objectives = OBJECTIVES,
                                   .labels = PROM_LABELS("code", "method", "path"));
    must(prom_vec_new(r, PROM_SUMMARY, o, &v[3]));
    mixed_fill(v);
    double figure = bench_per_op(gather_op, r, values) / 1e6;
    for (size_t i = 0; i < 4; i++)
        prom_unref(v[i]);
    prom_unref(r);
    return figure;
}

static double counter_bytes(const bench_values *values)
{
    (void)values;
    prom_vec *v = wide_vec(NULL, PROM_COUNTER, "c_total");
    double before = bench_heap();
    wide_fill(v, BENCH_SERIES);
    double figure = bench_per_series(bench_heap() - before);
    prom_unref(v);
    return figure;
}

static double scraped_bytes(const bench_values *values)
{
    (void)values;
    prom_vec *v;
    prom_registry *r = wide_registry(&v);
    double before = bench_heap();
    wide_fill(v, BENCH_SERIES);
    for (size_t i = 0; i < 3; i++)
        scrape_ms(r);
    double figure = bench_per_series(bench_heap() - before);
    prom_unref(v);
    prom_unref(r);
    return figure;
}

static double histogram_bytes(const bench_values *values)
{
    (void)values;
    prom_vec *v = wide_vec(NULL, PROM_HISTOGRAM, "h");
    double before = bench_heap();
    for (size_t i = 0; i < BENCH_SERIES; i++) {
        bench_labels l = bench_labels_of(i);
        prom_histogram *h;
        must(prom_histogram_with(v, PROM_VALUES(l.code, l.method, l.path), &h));
        prom_histogram_observe(h, (double)i);
        prom_unref(h);
    }
    double figure = bench_per_series(bench_heap() - before);
    prom_unref(v);
    return figure;
}

static double native_bytes(const bench_values *values)
{
    prom_vec *v;
    const prom_opts *o = PROM_OPTS(.name = "h", .help = "h", .native_factor = 1.1,
                                   .labels = PROM_LABELS("code", "method", "path"));
    must(prom_vec_new(NULL, PROM_HISTOGRAM, o, &v));
    double before = bench_heap();
    for (size_t i = 0; i < BENCH_SERIES; i++) {
        bench_labels l = bench_labels_of(i);
        prom_histogram *h;
        must(prom_histogram_with(v, PROM_VALUES(l.code, l.method, l.path), &h));
        for (size_t k = 0; k < 20; k++)
            prom_histogram_observe(h, values->v[(20 * i + k) & values->mask]);
        prom_unref(h);
    }
    double figure = bench_per_series(bench_heap() - before);
    prom_unref(v);
    return figure;
}

static const struct {
    const char *name, *unit;
    double (*run)(const bench_values *values);
} rows[] = {
    { "counter inc", "ns", counter_inc },
    { "gauge set", "ns", gauge_set },
    { "histogram observe, 11 bounds", "ns", histogram_observe },
    { "native histogram observe, factor 1.1", "ns", native_observe },
    { "summary observe, 3 objectives", "ns", summary_observe },
    { "look-up of 2 labels and inc", "ns", lookup_inc },
    { "text of 100,000 counters, 3 labels", "ms", text_ms },
    { "first text of 100,000 counters, 3 labels", "ms", first_text_ms },
    { "gather of 10,000 mixed series, 3 labels", "ms", mixed_ms },
    { "memory of a counter series, 3 labels", "B", counter_bytes },
    { "memory of a counter series after scrapes", "B", scraped_bytes },
    { "memory of a histogram series, 11 bounds", "B", histogram_bytes },
    { "memory of a native series, 20 observations", "B", native_bytes },
};

int main(int argc, char **argv)
{
    if (argc < 2)
        bench_fail("usage: bench VALUES [row ...]");
    bench_values values = bench_read(argv[1]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bench_wanted(argc, argv, rows[i].name))
            bench_report(rows[i].name, BENCH_WHO, rows[i].run(&values), rows[i].unit);
    free(values.v);
    return 0;
}
