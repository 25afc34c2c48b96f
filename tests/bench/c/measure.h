// SPDX-License-Identifier: Apache-2.0
/* measure.h - what the C and C++ benchmarks share: the clock, the values, the labels, the
 * lines they print. See README.md. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_SERIES    100000
#define BENCH_MIXED     10000
#define BENCH_PAIRS     40  /* 5 methods, 8 codes */
#define BENCH_FEW_BATCH 100 /* scrapes of 1,000 series that are timed together */

static const char *const bench_methods[] = { "GET", "PUT", "POST", "HEAD", "DELETE" };
static const char *const bench_codes[] = { "200", "201", "204", "301",
                                           "400", "404", "500", "503" };

typedef struct bench_values {
    double *v;
    size_t mask; /* the number of values, a power of two, less one */
} bench_values;

/* One operation n times over; `object` is what the row works on. */
typedef void bench_op(void *object, const bench_values *values, size_t n);

__attribute__((noreturn)) static inline void bench_fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline uint64_t bench_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Nanoseconds of processor time, so that what other programs take meanwhile is not counted. */
static inline uint64_t bench_ns(void)
{
    return bench_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static inline bench_values bench_read(const char *path)
{
    bench_values b = { NULL, 0 };
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0)
        bench_fail("cannot read the values");
    size_t n = (size_t)ftell(f) / sizeof(double);
    if (n == 0 || (n & (n - 1)) != 0)
        bench_fail("the number of values is not a power of two");
    rewind(f);
    b.v = (double *)malloc(n * sizeof(double));
    b.mask = n - 1;
    if (b.v == NULL || fread(b.v, sizeof(double), n, f) != n)
        bench_fail("cannot read the values");
    fclose(f);
    return b;
}

static inline int bench_ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline double bench_median(double *figures, size_t n)
{
    qsort(figures, n, sizeof(double), bench_ascending);
    return figures[n / 2];
}

/* Nanoseconds of one operation: the median of 9 batches of at least 20 ms. */
static inline double bench_per_op(bench_op *op, void *object, const bench_values *values)
{
    double figures[9];
    size_t n = 1;
    for (;;) {
        uint64_t start = bench_ns();
        op(object, values, n);
        if (bench_ns() - start >= 20000000u)
            break;
        n *= 2;
    }
    for (size_t i = 0; i < 9; i++) {
        uint64_t start = bench_ns();
        op(object, values, n);
        figures[i] = (double)(bench_ns() - start) / (double)n;
    }
    return bench_median(figures, 9);
}

/* Bytes that malloc has given out, mapped blocks included. */
static inline double bench_heap(void)
{
    struct mallinfo2 m = mallinfo2();
    return (double)m.uordblks + (double)m.hblkhd;
}

/* The labels of series i: code, method, path. */
typedef struct bench_labels {
    const char *code, *method;
    char path[32];
} bench_labels;

static inline bench_labels bench_labels_of(size_t i)
{
    bench_labels l;
    l.method = bench_methods[i % 5];
    l.code = bench_codes[i / 5 % 8];
    snprintf(l.path, sizeof l.path, "/items/%05zu", i / BENCH_PAIRS);
    return l;
}

/* `grown` for BENCH_SERIES series, without their label text, per series. */
static inline double bench_per_series(double grown)
{
    for (size_t i = 0; i < BENCH_SERIES; i++) {
        bench_labels l = bench_labels_of(i);
        grown -= (double)(strlen("code=\"\",method=\"\",path=\"\"") + strlen(l.code) +
                          strlen(l.method) + strlen(l.path));
    }
    return grown / BENCH_SERIES;
}

static inline void bench_check_lines(const char *text, size_t n)
{
    size_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    if (lines != BENCH_SERIES + 2)
        bench_fail("the text has another number of lines than series");
}

/* True if the command line asks for this row: it names it, or none. */
static inline int bench_wanted(int argc, char **argv, const char *row)
{
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], row) == 0)
            return 1;
    return argc == 2;
}

static inline void bench_report(const char *row, const char *who, double value,
                                const char *unit)
{
    printf("{\"row\": \"%s\", \"who\": \"%s\", \"value\": %.4f, \"unit\": \"%s\"}\n", row, who,
           value, unit);
    fflush(stdout);
}

#endif
