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

/* --- registries ---------------------------------------------------------------------- */

typedef struct wide {
    prom_registry *r;
    prom_vec *v;
    size_t n;
    const bench_values *values;
} wide;

static void fill(const wide *w)
{
    prom_type type = prom_vec_type(w->v);
    for (size_t i = 0; i < w->n; i++) {
        bench_labels l = bench_labels_of(i);
        const char *const *values = PROM_VALUES(l.code, l.method, l.path);
        if (type == PROM_COUNTER) {
            prom_counter *c;
            must(prom_counter_with(w->v, values, &c));
            must(prom_counter_add(c, (double)i));
            prom_unref(c);
        } else {
            prom_histogram *h;
            must(prom_histogram_with(w->v, values, &h));
            for (size_t k = 0; k < 20; k++)
                prom_histogram_observe(h, w->values->v[(20 * i + k) & w->values->mask]);
            prom_unref(h);
        }
    }
}

static wide wide_new(prom_type type, size_t n, double native_factor, const bench_values *values)
{
    wide w = { .n = n, .values = values };
    const prom_opts *o = PROM_OPTS(.name = type == PROM_COUNTER ? "c_total" : "h", .help = "h",
                                   .native_factor = native_factor,
                                   .labels = PROM_LABELS("code", "method", "path"));
    must(prom_registry_new(NULL, &w.r));
    must(prom_vec_new(w.r, type, o, &w.v));
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
 * peers leave out. Returns the length of the body as sent. */
static size_t scrape(prom_registry *r, const prom_encoder *e, prom_coding coding)
{
    size_t n = 0;
    const prom_writer to = { discard, &n };
    prom_compressor *z;
    must(prom_compressor_new(coding, 0, &to, &z));
    const prom_writer w = prom_compressor_writer(z);
    prom_snapshot *s;
    must(prom_gather(r, &s));
    must(prom_encode(e, PROM_ENCODE_OPTS(.no_created = true), s, &w));
    prom_unref(s);
    must(prom_compressor_finish(z));
    prom_unref(z);
    return n;
}

/* Every value changes between two scrapes. */
static double scrape_ms(wide *w, const prom_encoder *e, prom_coding coding)
{
    size_t rounds = w->n >= 1000000 ? 3 : 9;
    double figures[9];
    scrape(w->r, e, coding);
    for (size_t i = 0; i < rounds; i++) {
        fill(w);
        uint64_t start = bench_ns();
        size_t n = scrape(w->r, e, coding);
        figures[i] = (double)(bench_ns() - start) / 1e6;
        if (n < w->n / 2)
            bench_fail("the body is too short");
    }
    wide_end(w);
    return bench_median(figures, rounds);
}

static double scrape_bytes(wide *w, const prom_encoder *e)
{
    scrape(w->r, e, PROM_IDENTITY);
    fill(w);
    allocated = 0;
    scrape(w->r, e, PROM_IDENTITY);
    double figure = (double)allocated;
    wide_end(w);
    return figure;
}

/* --- rows ---------------------------------------------------------------------------- */

#define COUNTERS(n) wide w = wide_new(PROM_COUNTER, n, 0, values)

static double openmetrics_ms(const bench_values *values)
{
    COUNTERS(BENCH_SERIES);
    return scrape_ms(&w, &prom_openmetrics, PROM_IDENTITY);
}

static double protobuf_ms(const bench_values *values)
{
    COUNTERS(BENCH_SERIES);
    return scrape_ms(&w, &prom_protobuf, PROM_IDENTITY);
}

static double gzip_ms(const bench_values *values)
{
    COUNTERS(BENCH_SERIES);
    return scrape_ms(&w, &prom_text, PROM_GZIP);
}

static double few_ms(const bench_values *values)
{
    COUNTERS(1000);
    return scrape_ms(&w, &prom_text, PROM_IDENTITY);
}

static double many_ms(const bench_values *values)
{
    COUNTERS(1000000);
    return scrape_ms(&w, &prom_text, PROM_IDENTITY);
}

static double classic_ms(const bench_values *values)
{
    wide w = wide_new(PROM_HISTOGRAM, BENCH_MIXED, 0, values);
    return scrape_ms(&w, &prom_protobuf, PROM_IDENTITY);
}

static double native_ms(const bench_values *values)
{
    wide w = wide_new(PROM_HISTOGRAM, BENCH_MIXED, 1.1, values);
    return scrape_ms(&w, &prom_protobuf, PROM_IDENTITY);
}

static double text_bytes(const bench_values *values)
{
    COUNTERS(BENCH_SERIES);
    return scrape_bytes(&w, &prom_text);
}

static double openmetrics_bytes(const bench_values *values)
{
    COUNTERS(BENCH_SERIES);
    return scrape_bytes(&w, &prom_openmetrics);
}

static double protobuf_bytes(const bench_values *values)
{
    COUNTERS(BENCH_SERIES);
    return scrape_bytes(&w, &prom_protobuf);
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
    const bench_values *values = NULL;
    COUNTERS(BENCH_SERIES);
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

static double parse_mb_s(const char *name, const char *content_type)
{
    const char *folder = getenv("BENCH_WORK");
    FILE *f = folder ? fopen(path_in(folder, name), "rb") : NULL;
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
        must(prom_parse(content_type, body, n, &s));
        figures[i] = (double)n * 1e3 / (double)(bench_ns() - start);
        if (prom_snapshot_at(s, 0)->n_metrics != BENCH_SERIES)
            bench_fail("not all series were read");
        prom_unref(s);
    }
    free(body);
    return bench_median(figures, 9);
}

static double parse_text(const bench_values *values)
{
    (void)values;
    return parse_mb_s("text", prom_text.content_type);
}

static double parse_openmetrics(const bench_values *values)
{
    (void)values;
    return parse_mb_s("openmetrics", prom_openmetrics.content_type);
}

static double parse_protobuf(const bench_values *values)
{
    (void)values;
    return parse_mb_s("protobuf", prom_protobuf.content_type);
}

static const struct {
    const char *name, *unit;
    double (*run)(const bench_values *values);
} rows[] = {
    { "OpenMetrics of 100,000 counters", "ms", openmetrics_ms },
    { "protobuf of 100,000 counters", "ms", protobuf_ms },
    { "text of 100,000 counters through gzip", "ms", gzip_ms },
    { "text of 1,000 counters", "ms", few_ms },
    { "text of 1,000,000 counters", "ms", many_ms },
    { "protobuf of 10,000 histograms, 11 bounds", "ms", classic_ms },
    { "protobuf of 10,000 native histograms", "ms", native_ms },
    { "allocated by a scrape of 100,000 counters, text", "B", text_bytes },
    { "allocated by a scrape of 100,000 counters, OpenMetrics", "B", openmetrics_bytes },
    { "allocated by a scrape of 100,000 counters, protobuf", "B", protobuf_bytes },
    { "read text", "MB/s", parse_text },
    { "read OpenMetrics", "MB/s", parse_openmetrics },
    { "read protobuf", "MB/s", parse_protobuf },
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
            bench_report(rows[i].name, BENCH_WHO, rows[i].run(&values), rows[i].unit);
    free(values.v);
    return 0;
}
