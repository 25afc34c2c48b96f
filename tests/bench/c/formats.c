// SPDX-License-Identifier: Apache-2.0
/* formats.c - one round of what the wire formats cost with libprom: scrapes, what they
 * allocate, and reading back. Usage: formats VALUES [row ...], or formats --bodies FOLDER,
 * which writes the bodies that every parser is to read there; BENCH_WORK is that folder. */
#include "wide.h"

#include <prom/encode.h>
#include <prom/parse.h>

/* --- what is allocated --------------------------------------------------------------- */

/* What was asked for, all told; a block that grows counts anew, as in Go. */
static size_t allocated;

static void *count_alloc(void *data, size_t n)
{
    (void)data;
    allocated += n;
    return malloc(n);
}

static void *count_realloc(void *data, void *p, size_t n)
{
    (void)data;
    allocated += n;
    return realloc(p, n);
}

static void count_free(void *data, void *p)
{
    (void)data;
    free(p);
}

/* --- rows ---------------------------------------------------------------------------- */

typedef enum content { COUNTERS, DOUBLES, CLASSIC, NATIVE } content;

typedef struct bench_row {
    const char *name, *unit;
    double (*run)(const struct bench_row *row, const bench_values *values);
    const prom_encoder *encoder;
    size_t n; /* series */
    content content;
    prom_coding coding;
} bench_row;

/* --- registries ---------------------------------------------------------------------- */

typedef struct wide {
    prom_registry *r;
    prom_vec *v;
    content content;
    size_t n;
    size_t filled; /* how often */
    const bench_values *values;
} wide;

static double value_at(const wide *w, size_t i)
{
    return w->values->v[i & w->values->mask];
}

/* Every value changes. */
static void fill(wide *w)
{
    w->filled++;
    for (size_t i = 0; i < w->n; i++) {
        bench_labels l = bench_labels_of(i);
        const char *const *values = PROM_VALUES(l.code, l.method, l.path);
        if (w->content == COUNTERS) {
            prom_counter *c;
            must(prom_counter_with(w->v, values, &c));
            must(prom_counter_add(c, (double)i));
            prom_unref(c);
        } else if (w->content == DOUBLES) {
            prom_gauge *g;
            must(prom_gauge_with(w->v, values, &g));
            prom_gauge_set(g, value_at(w, i + w->filled));
            prom_unref(g);
        } else {
            prom_histogram *h;
            must(prom_histogram_with(w->v, values, &h));
            for (size_t k = 0; k < 20; k++)
                prom_histogram_observe(h, value_at(w, 20 * i + k));
            prom_unref(h);
        }
    }
}

static wide wide_new(content what, size_t n, const bench_values *values)
{
    static const prom_type types[] = { PROM_COUNTER, PROM_GAUGE, PROM_HISTOGRAM,
                                       PROM_HISTOGRAM };
    static const char *const names[] = { "c_total", "g", "h", "h" };
    wide w = { .content = what, .n = n, .values = values };
    const prom_opts *o =
        PROM_OPTS(.name = names[what], .help = "h", .native_factor = what == NATIVE ? 1.1 : 0,
                  .labels = PROM_LABELS("code", "method", "path"));
    must(prom_registry_new(NULL, &w.r));
    must(prom_vec_new(w.r, types[what], o, &w.v));
    fill(&w);
    return w;
}

static void wide_end(wide *w)
{
    prom_unref(w->v);
    prom_unref(w->r);
}

/* --- scrapes ------------------------------------------------------------------------- */

static prom_err discard(void *data, const char *p, size_t n)
{
    (void)p;
    *(size_t *)data += n;
    return PROM_OK;
}

/* In blocks, as the server has them, which are thrown away; without created times, which the
 * peers leave out. */
static void scrape(const wide *w, const bench_row *row)
{
    size_t n = 0;
    const prom_writer to = { discard, &n };
    prom_compressor *z;
    must(prom_compressor_new(row->coding, 0, &to, &z));
    const prom_writer writer = prom_compressor_writer(z);
    prom_snapshot *s;
    must(prom_gather(w->r, &s));
    must(prom_encode(row->encoder, PROM_ENCODE_OPTS(.no_created = true), s, &writer));
    prom_unref(s);
    must(prom_compressor_finish(z));
    prom_unref(z);
    if (n < w->n / 2)
        bench_fail("the body is too short");
}

/* The nanoseconds of one scrape; `batch` of them, because a small one is over too soon. */
static double scrape_ns(wide *w, const bench_row *row, size_t batch)
{
    uint64_t took = 0;
    for (size_t i = 0; i < batch; i++) {
        fill(w);
        uint64_t start = bench_ns();
        scrape(w, row);
        took += bench_ns() - start;
    }
    return (double)took / (double)batch;
}

static double median_ns(const bench_row *row, const bench_values *values)
{
    wide w = wide_new(row->content, row->n, values);
    size_t rounds = w.n >= 1000000 ? 3 : 9;
    double figures[9];
    scrape(&w, row);
    for (size_t i = 0; i < rounds; i++)
        figures[i] = scrape_ns(&w, row, w.n >= BENCH_MIXED ? 1 : BENCH_FEW_BATCH);
    wide_end(&w);
    return bench_median(figures, rounds);
}

static double ns_a_series(const bench_row *row, const bench_values *values)
{
    return median_ns(row, values) / (double)row->n;
}

static double ms(const bench_row *row, const bench_values *values)
{
    return median_ns(row, values) / 1e6;
}

static double bytes(const bench_row *row, const bench_values *values)
{
    wide w = wide_new(row->content, row->n, values);
    for (size_t i = 0; i < 2; i++) /* from then on it has the memory that it needs */
        scrape(&w, row);
    fill(&w);
    allocated = 0;
    scrape(&w, row);
    double figure = (double)allocated;
    wide_end(&w);
    return figure;
}

/* --- reading back -------------------------------------------------------------------- */

static const char *path_in(const char *folder, const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/body.%s", folder, name);
    return path;
}

static void write_bodies(const char *folder)
{
    static const prom_encoder *const formats[] = { &prom_text, &prom_openmetrics,
                                                   &prom_protobuf };
    wide w = wide_new(COUNTERS, BENCH_SERIES, NULL);
    prom_snapshot *s;
    must(prom_gather(w.r, &s));
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char *body;
        size_t n;
        must(prom_encode_string_with(formats[i], PROM_ENCODE_OPTS(.no_created = true), s, &body,
                                     &n));
        FILE *f = fopen(path_in(folder, formats[i]->name), "wb");
        if (f == NULL || fwrite(body, 1, n, f) != n || fclose(f) != 0)
            bench_fail("cannot write the bodies");
        prom_free(body);
    }
    prom_unref(s);
    wide_end(&w);
}

static double mb_s(const bench_row *row, const bench_values *values)
{
    (void)values;
    const char *folder = getenv("BENCH_WORK");
    FILE *f = folder ? fopen(path_in(folder, row->encoder->name), "rb") : NULL;
    if (f == NULL || fseek(f, 0, SEEK_END) != 0)
        bench_fail("cannot read the bodies");
    size_t n = (size_t)ftell(f);
    char *body = malloc(n);
    rewind(f);
    if (body == NULL || fread(body, 1, n, f) != n)
        bench_fail("cannot read the bodies");
    fclose(f);
    double figures[9];
    for (size_t i = 0; i < 9; i++) {
        prom_snapshot *s;
        uint64_t start = bench_ns();
        must(prom_parse(row->encoder->content_type, body, n, &s));
        figures[i] = (double)n * 1e3 / (double)(bench_ns() - start);
        if (prom_snapshot_at(s, 0)->n_metrics != row->n)
            bench_fail("not all series were read");
        prom_unref(s);
    }
    free(body);
    return bench_median(figures, 9);
}

/* --- all rows ------------------------------------------------------------------------ */

#define TEXTS(of, unit, run, ...)                                       \
    { "text of " of, unit, run, &prom_text, __VA_ARGS__ },              \
    {                                                                   \
        "OpenMetrics of " of, unit, run, &prom_openmetrics, __VA_ARGS__ \
    }
#define PROTOBUF(of, unit, run, ...)                              \
    {                                                             \
        "protobuf of " of, unit, run, &prom_protobuf, __VA_ARGS__ \
    }
#define ALL(...) TEXTS(__VA_ARGS__), PROTOBUF(__VA_ARGS__)

#define ALLOCATED_AS(size, format, ...)                                                \
    {                                                                                  \
        "allocated by a scrape of " size " counters, " format, "B", bytes, __VA_ARGS__ \
    }
#define ALLOCATED(size, ...)                                               \
    ALLOCATED_AS(size, "text", &prom_text, __VA_ARGS__),                   \
        ALLOCATED_AS(size, "OpenMetrics", &prom_openmetrics, __VA_ARGS__), \
        ALLOCATED_AS(size, "protobuf", &prom_protobuf, __VA_ARGS__)

static const bench_row rows[] = {
    ALL("1,000 counters, a series", "ns", ns_a_series, 1000, COUNTERS, PROM_IDENTITY),
    ALL("100,000 counters, a series", "ns", ns_a_series, BENCH_SERIES, COUNTERS, PROM_IDENTITY),
    ALL("1,000,000 counters, a series", "ns", ns_a_series, 1000000, COUNTERS, PROM_IDENTITY),
    TEXTS("100,000 doubles, a series", "ns", ns_a_series, BENCH_SERIES, DOUBLES, PROM_IDENTITY),
    ALL("100,000 counters through gzip, a series", "ns", ns_a_series, BENCH_SERIES, COUNTERS,
        PROM_GZIP),
    ALL("10,000 histograms, 11 bounds", "ms", ms, BENCH_MIXED, CLASSIC, PROM_IDENTITY),
    PROTOBUF("10,000 native histograms", "ms", ms, BENCH_MIXED, NATIVE, PROM_IDENTITY),
    ALLOCATED("1,000", 1000, COUNTERS, PROM_IDENTITY),
    ALLOCATED("100,000", BENCH_SERIES, COUNTERS, PROM_IDENTITY),
    ALLOCATED("1,000,000", 1000000, COUNTERS, PROM_IDENTITY),
    { "read text", "MB/s", mb_s, &prom_text, BENCH_SERIES, COUNTERS, PROM_IDENTITY },
    { "read OpenMetrics", "MB/s", mb_s, &prom_openmetrics, BENCH_SERIES, COUNTERS,
      PROM_IDENTITY },
    { "read protobuf", "MB/s", mb_s, &prom_protobuf, BENCH_SERIES, COUNTERS, PROM_IDENTITY },
};

int main(int argc, char **argv)
{
    static const prom_allocator counting = { sizeof counting, count_alloc, count_realloc,
                                             count_free, NULL };
    if (argc < 2)
        bench_fail("usage: formats VALUES [row ...] | --bodies FOLDER");
    must(prom_set_allocator(&counting));
    if (strcmp(argv[1], "--bodies") == 0) {
        write_bodies(argc > 2 ? argv[2] : ".");
        return 0;
    }
    bench_values values = bench_read(argv[1]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bench_wanted(argc, argv, rows[i].name))
            bench_report(rows[i].name, BENCH_WHO, rows[i].run(&rows[i], &values), rows[i].unit);
    free(values.v);
    return 0;
}
