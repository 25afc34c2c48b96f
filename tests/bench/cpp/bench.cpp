// SPDX-License-Identifier: Apache-2.0
/* bench.cpp - one round of the benchmarks with prometheus-cpp. Usage: bench VALUES [row ...] */
#include "../c/measure.h"

#include <chrono>
#include <functional>
#include <memory>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>
#include <prometheus/text_serializer.h>
#include <sstream>
#include <string>
#include <vector>
#include <zlib.h>

using namespace prometheus;

static const Histogram::BucketBoundaries bounds = { .005, .01, .025, .05, .1, .25,
                                                    .5,   1,   2.5,  5,   10 };

static double counter_inc(const bench_values *values)
{
    Counter c;
    return bench_per_op(
        [](void *object, const bench_values *, size_t n) {
            auto *counter = static_cast<Counter *>(object);
            for (size_t i = 0; i < n; i++)
                counter->Increment();
        },
        &c, values);
}

static double gauge_set(const bench_values *values)
{
    Gauge g;
    return bench_per_op(
        [](void *object, const bench_values *b, size_t n) {
            auto *gauge = static_cast<Gauge *>(object);
            for (size_t i = 0; i < n; i++)
                gauge->Set(b->v[i & b->mask]);
        },
        &g, values);
}

static double histogram_observe(const bench_values *values)
{
    Histogram h(bounds);
    return bench_per_op(
        [](void *object, const bench_values *b, size_t n) {
            auto *histogram = static_cast<Histogram *>(object);
            for (size_t i = 0; i < n; i++)
                histogram->Observe(b->v[i & b->mask]);
        },
        &h, values);
}

static double summary_observe(const bench_values *values)
{
    Summary s({ { 0.5, 0.05 }, { 0.9, 0.01 }, { 0.99, 0.001 } }, std::chrono::minutes(10), 5);
    return bench_per_op(
        [](void *object, const bench_values *b, size_t n) {
            auto *summary = static_cast<Summary *>(object);
            for (size_t i = 0; i < n; i++)
                summary->Observe(b->v[i & b->mask]);
        },
        &s, values);
}

struct lookup {
    Family<Counter> *family;
    std::vector<std::pair<const char *, const char *>> pairs;
};

static double lookup_inc(const bench_values *values)
{
    Registry r;
    lookup l = { &BuildCounter().Name("c_total").Help("h").Register(r), {} };
    for (size_t i = 0; i <= values->mask; i++) {
        size_t k = static_cast<size_t>(values->v[i] * 1e6) % BENCH_PAIRS;
        l.pairs.emplace_back(bench_methods[k / 8], bench_codes[k % 8]);
    }
    return bench_per_op(
        [](void *object, const bench_values *b, size_t n) {
            auto *look = static_cast<lookup *>(object);
            for (size_t i = 0; i < n; i++) {
                const auto &p = look->pairs[i & b->mask];
                look->family->Add({ { "method", p.first }, { "code", p.second } }).Increment();
            }
        },
        &l, values);
}

static Labels labels_of(size_t i)
{
    bench_labels l = bench_labels_of(i);
    return { { "code", l.code }, { "method", l.method }, { "path", l.path } };
}

static Family<Counter> &new_family(Registry &r)
{
    return BuildCounter().Name("c_total").Help("h").Register(r);
}

static void fill(Family<Counter> &family)
{
    for (size_t i = 0; i < BENCH_SERIES; i++)
        family.Add(labels_of(i)).Increment(static_cast<double>(i));
}

static double scrape_ms(Registry &r)
{
    uint64_t start = bench_ns();
    std::string text = TextSerializer().Serialize(r.Collect());
    double figure = static_cast<double>(bench_ns() - start) / 1e6;
    bench_check_lines(text.data(), text.size());
    return figure;
}

static double first_text_ms(const bench_values *)
{
    Registry r;
    fill(new_family(r));
    return scrape_ms(r);
}

static double text_ms(const bench_values *)
{
    Registry r;
    auto &family = new_family(r);
    fill(family);
    scrape_ms(r);
    double figures[3];
    for (double &figure : figures) {
        fill(family);
        figure = scrape_ms(r);
    }
    return bench_median(figures, 3);
}

/* --- formats ------------------------------------------------------------------------- */

/* A registry with one family of n series; fill changes every value. */
struct wide {
    Registry registry;
    size_t n;
    std::function<void()> fill;
};

static std::unique_ptr<wide> wide_counters(size_t n)
{
    auto w = std::make_unique<wide>();
    auto &family = new_family(w->registry);
    w->n = n;
    w->fill = [&family, n] {
        for (size_t i = 0; i < n; i++)
            family.Add(labels_of(i)).Increment(static_cast<double>(i));
    };
    w->fill();
    return w;
}

static std::unique_ptr<wide> wide_doubles(const bench_values *b)
{
    auto w = std::make_unique<wide>();
    auto &family = BuildGauge().Name("g").Help("h").Register(w->registry);
    w->n = BENCH_SERIES;
    w->fill = [&family, b, filled = size_t{ 0 }]() mutable {
        filled++;
        for (size_t i = 0; i < BENCH_SERIES; i++)
            family.Add(labels_of(i)).Set(b->v[(i + filled) & b->mask]);
    };
    w->fill();
    return w;
}

static std::unique_ptr<wide> wide_histograms(const bench_values *b)
{
    auto w = std::make_unique<wide>();
    auto &family = BuildHistogram().Name("h").Help("h").Register(w->registry);
    w->n = BENCH_MIXED;
    w->fill = [&family, b] {
        for (size_t i = 0; i < BENCH_MIXED; i++) {
            auto &h = family.Add(labels_of(i), bounds);
            for (size_t k = 0; k < 20; k++)
                h.Observe(b->v[(20 * i + k) & b->mask]);
        }
    };
    w->fill();
    return w;
}

/* As its server does it: the whole text, with these parameters, in steps of 32 KiB. */
static void zip(const std::string &text)
{
    z_stream z = {};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 9,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        bench_fail("zlib cannot begin");
    static std::vector<unsigned char> out(32768);
    z.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    int code;
    do {
        z.next_out = out.data();
        z.avail_out = static_cast<uInt>(out.size());
        code = deflate(&z, Z_FINISH);
    } while (code == Z_OK);
    deflateEnd(&z);
    if (code != Z_STREAM_END)
        bench_fail("zlib failed");
}

static void scrape(wide &w, bool zipped)
{
    std::string text = TextSerializer().Serialize(w.registry.Collect());
    if (text.size() < w.n / 2)
        bench_fail("the body is too short");
    if (zipped)
        zip(text);
}

/* Nanoseconds of a scrape. */
static double scrape_ns(std::unique_ptr<wide> w, bool zipped = false)
{
    size_t rounds = w->n >= 1000000 ? 1 : w->n >= BENCH_SERIES ? 3 : 9;
    size_t batch = w->n >= BENCH_MIXED ? 1 : BENCH_FEW_BATCH;
    double figures[9];
    if (rounds > 1)
        scrape(*w, zipped);
    for (size_t i = 0; i < rounds; i++) {
        uint64_t took = 0;
        for (size_t k = 0; k < batch; k++) {
            w->fill();
            uint64_t start = bench_ns();
            scrape(*w, zipped);
            took += bench_ns() - start;
        }
        figures[i] = static_cast<double>(took) / static_cast<double>(batch);
    }
    return bench_median(figures, rounds);
}

template <size_t n> static double series_ns(const bench_values *)
{
    return scrape_ns(wide_counters(n)) / n;
}

static double double_ns(const bench_values *b)
{
    return scrape_ns(wide_doubles(b)) / BENCH_SERIES;
}

static double zipped_ns(const bench_values *)
{
    return scrape_ns(wide_counters(BENCH_SERIES), true) / BENCH_SERIES;
}

static double histograms_ms(const bench_values *b)
{
    return scrape_ns(wide_histograms(b)) / 1e6;
}

extern "C" size_t bench_allocated; /* count.c */

template <size_t n> static double allocated_bytes(const bench_values *)
{
    auto w = wide_counters(n);
    scrape(*w, false);
    w->fill();
    size_t before = bench_allocated;
    scrape(*w, false);
    return static_cast<double>(bench_allocated - before);
}

/* --- memory -------------------------------------------------------------------------- */

static double counter_bytes(const bench_values *)
{
    Registry r;
    auto &family = new_family(r);
    double before = bench_heap();
    fill(family);
    return bench_per_series(bench_heap() - before);
}

static double scraped_bytes(const bench_values *)
{
    Registry r;
    auto &family = new_family(r);
    double before = bench_heap();
    fill(family);
    for (int i = 0; i < 3; i++)
        scrape_ms(r);
    return bench_per_series(bench_heap() - before);
}

static double histogram_bytes(const bench_values *)
{
    Registry r;
    auto &family = BuildHistogram().Name("h").Help("h").Register(r);
    double before = bench_heap();
    for (size_t i = 0; i < BENCH_SERIES; i++)
        family.Add(labels_of(i), bounds).Observe(static_cast<double>(i));
    return bench_per_series(bench_heap() - before);
}

static const struct {
    const char *name, *unit;
    double (*run)(const bench_values *values);
} rows[] = {
    { "counter inc", "ns", counter_inc },
    { "gauge set", "ns", gauge_set },
    { "histogram observe, 11 bounds", "ns", histogram_observe },
    { "summary observe, 3 objectives", "ns", summary_observe },
    { "look-up of 2 labels and inc", "ns", lookup_inc },
    { "text of 100,000 counters, 3 labels", "ms", text_ms },
    { "first text of 100,000 counters, 3 labels", "ms", first_text_ms },
    { "memory of a counter series, 3 labels", "B", counter_bytes },
    { "memory of a counter series after scrapes", "B", scraped_bytes },
    { "memory of a histogram series, 11 bounds", "B", histogram_bytes },
    { "text of 1,000 counters, a series", "ns", series_ns<1000> },
    { "text of 100,000 counters, a series", "ns", series_ns<BENCH_SERIES> },
    { "text of 1,000,000 counters, a series", "ns", series_ns<1000000> },
    { "text of 100,000 doubles, a series", "ns", double_ns },
    { "text of 100,000 counters through gzip, a series", "ns", zipped_ns },
    { "text of 10,000 histograms, 11 bounds", "ms", histograms_ms },
    { "allocated by a scrape of 1,000 counters, text", "B", allocated_bytes<1000> },
    { "allocated by a scrape of 100,000 counters, text", "B", allocated_bytes<BENCH_SERIES> },
    { "allocated by a scrape of 1,000,000 counters, text", "B", allocated_bytes<1000000> },
};

int main(int argc, char **argv)
{
    if (argc < 2)
        bench_fail("usage: bench VALUES [row ...]");
    bench_values values = bench_read(argv[1]);
    for (const auto &row : rows)
        if (bench_wanted(argc, argv, row.name))
            bench_report(row.name, "prometheus-cpp", row.run(&values), row.unit);
    free(values.v);
    return 0;
}
