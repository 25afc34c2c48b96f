// SPDX-License-Identifier: Apache-2.0
/* builder.c - the functions that collectors build with, in any order, with good and bad
 * arguments. The text that comes of it must be well-formed; and if only the calls that
 * succeeded are made again, the same text must come: a call that fails changes nothing.
 *
 * Input: one call after the other, a byte for the function and bytes for its arguments. */
#include "grammar.h"

#include <prom/encode.h>

#include <math.h>

enum { MOST_CALLS = 1000 };

typedef struct script {
    const uint8_t *data;
    size_t n, at;
    uint8_t *kept; /* the calls that succeeded, one after the other; as large as data */
    size_t n_kept, calls, failed;
} script;

static unsigned next(script *x)
{
    return x->at < x->n ? x->data[x->at++] : 0;
}

static double next_double(script *x)
{
    static const double values[] = {
        0, 1, -1, 0.5, 0.99, 1e9, INFINITY, -INFINITY, (double)NAN
    };
    return values[next(x) % (sizeof values / sizeof *values)];
}

/* Names that clash, are reserved, need escaping, are wrong. */
static const char *next_word(script *x)
{
    static const char *const words[] = {
        "a", "b",    "a_count",  "a_total", "a.count",   "le", "quantile", "__x",
        "",  "\xff", "\xc3\xa4", "x\"\\\n", "info_info", "0",  "a_sum",    NULL,
    };
    return words[next(x) % (sizeof words / sizeof *words)];
}

static const char *next_string(script *x)
{
    const char *s = next_word(x);
    return s ? s : "c";
}

static prom_str next_str(script *x)
{
    const char *s = next_string(x);
    return (prom_str){ s, strlen(s) };
}

/* --- calls -------------------------------------------------------------- */

static prom_err call_family(prom_builder *b, script *x)
{
    const char *labels[4] = { NULL };
    prom_label constants[3] = { { NULL, NULL } };
    prom_type t = (prom_type)(next(x) % (PROM_GAUGE_HISTOGRAM + 2)); /* one is no type */
    prom_opts o = { .size = sizeof o, .name = next_word(x), .help = next_word(x) };
    o.unit = next(x) % 2 ? next_word(x) : NULL;
    for (unsigned i = 0, n = next(x) % 4; i < n; i++)
        labels[i] = next_string(x);
    for (unsigned i = 0, n = next(x) % 3; i < n; i++) {
        constants[i].name = next_string(x);
        constants[i].value = next_word(x);
    }
    o.labels = labels;
    o.const_labels = constants;
    return prom_build_family(b, t, &o);
}

static prom_err call_values(prom_builder *b, script *x)
{
    prom_str values[4];
    size_t n = next(x) % 4;
    for (size_t i = 0; i < n; i++)
        values[i] = next_str(x);
    return prom_build_values(b, values, n);
}

static prom_err call_labels(prom_builder *b, script *x)
{
    prom_label_str labels[4];
    size_t n = next(x) % 4;
    for (size_t i = 0; i < n; i++) {
        labels[i].name = next_str(x);
        labels[i].value = next_str(x);
    }
    return prom_build_labels(b, labels, n);
}

/* The label values of a metric; NULL if the array is NULL. */
typedef struct own_values {
    const char *at[5];
    const char *const *p;
} own_values;

static void next_values(script *x, own_values *v)
{
    unsigned n = next(x) % 5;
    *v = (own_values){ .p = n == 4 ? NULL : v->at };
    for (unsigned i = 0; i < n && n < 4; i++)
        v->at[i] = next_string(x);
}

static prom_err call_value(prom_builder *b, script *x)
{
    own_values v;
    next_values(x, &v);
    return prom_build_value(b, v.p, next_double(x));
}

static prom_err call_histogram(prom_builder *b, script *x)
{
    own_values v;
    prom_bucket buckets[4];
    size_t n = next(x) % 4;
    next_values(x, &v);
    for (size_t i = 0; i < n; i++)
        buckets[i] = (prom_bucket){ next_double(x), next(x) % 8 };
    double sum = next_double(x);
    return prom_build_histogram(b, v.p, sum, next(x) % 8, buckets, n);
}

static prom_err call_summary(prom_builder *b, script *x)
{
    own_values v;
    prom_quantile quantiles[4];
    size_t n = next(x) % 4;
    next_values(x, &v);
    for (size_t i = 0; i < n; i++) {
        double q = next_double(x);
        quantiles[i] = (prom_quantile){ q, next_double(x) };
    }
    double sum = next_double(x);
    return prom_build_summary(b, v.p, sum, next(x), quantiles, n);
}

static prom_err call_timestamp(prom_builder *b, script *x)
{
    static const int64_t times[] = { 0, 1, -1, INT64_MAX, INT64_MIN };
    return prom_build_timestamp(b, times[next(x) % 5]);
}

static prom_err build(prom_builder *b, void *data)
{
    static prom_err (*const calls[])(prom_builder * b, script * x) = {
        call_family,    call_values,  call_labels,    call_value,
        call_histogram, call_summary, call_timestamp, call_value,
    };
    script *x = data;
    while (x->at < x->n && x->calls < MOST_CALLS) {
        size_t from = x->at;
        unsigned which = next(x) % 8;
        prom_err e = calls[which](b, x);
        REQUIRE(!e || *prom_error(e), "no sentence");
        if (!e)
            memcpy(x->kept + x->n_kept, x->data + from, x->at - from);
        x->n_kept += e ? 0 : x->at - from;
        x->failed += e != PROM_OK;
        x->calls++;
    }
    return PROM_OK;
}

/* --- running it --------------------------------------------------------- */

static char *run(script *x, prom_order order, size_t *n)
{
    prom_registry *r;
    prom_collector *c;
    char *text = NULL;
    prom_registry_opts ro = { .size = sizeof ro, .order = order };
    prom_collector_opts co = { .size = sizeof co, .name = "c", .collect = build, .data = x };
    REQUIRE(!prom_registry_new(&ro, &r) && !prom_collector_new(r, &co, &c), "no registry");
    REQUIRE(!prom_expose(r, &prom_text, &text, n), "no exposition");
    prom_unref(c);
    prom_unref(r);
    return text;
}

static void check_grammar(char *text, size_t n)
{
    grammar_line l;
    bool typed = false;
    for (char *at = text; grammar_next(&at, text + n, &l);) {
        typed |= l.kind == GRAMMAR_TYPE;
        REQUIRE(typed || l.kind != GRAMMAR_SAMPLE, "a sample before its type");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    prom_order order = n && data[0] & 0x80 ? PROM_ORDER_CREATED : PROM_ORDER_SORTED;
    size_t length, again_length;
    script first = { .data = data, .n = n, .kept = malloc(n ? n : 1) };
    char *text = run(&first, order, &length);
    script second = { .data = first.kept, .n = first.n_kept, .kept = malloc(n ? n : 1) };
    char *again = run(&second, order, &again_length);
    REQUIRE(second.failed == 0, "%zu of %zu calls fail without those that failed before",
            second.failed, second.calls);
    REQUIRE(length == again_length && memcmp(text, again, length) == 0,
            "calls that failed have changed\n%s---\n%s", again, text);
    check_grammar(text, length);
    prom_free(text);
    prom_free(again);
    free(first.kept);
    free(second.kept);
    return 0;
}
