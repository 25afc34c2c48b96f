// SPDX-License-Identifier: Apache-2.0
/* native_test.c - what native histograms observe and show: golden vectors of client_golang, and
 * what none of them has. */
#include "base/clock.h"
#include "base/tally.h"
#include "kit.h"
#include "metric/vec.h"

#include <errno.h>
#include <float.h>
#include <jansson.h>

static prom_registry *r;

static prom_histogram *make(const prom_opts *o)
{
    prom_histogram *h = NULL;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_histogram_new(r, o, &h));
    return h;
}

static void drop(prom_histogram *h)
{
    prom_unref(h);
    prom_unref(r);
}

/* The value of the registry's only metric; lives as long as the snapshot. */
static const prom__histogram_value *read(prom_snapshot **s)
{
    CHECK_OK(prom_gather(r, s));
    return ((const prom__family *)(const void *)prom_snapshot_at(*s, 0))
        ->points[0]
        .value.histogram;
}

static int64_t created_of(prom_histogram *h)
{
    return ((prom__child *)(void *)h)->series->created;
}

/* --- buckets as text: "schema 3 zero 1 | -5:2 0:1 | 7:1", negative ones first ---------- */

static char *put_side(char *at, const prom_native_bucket *b, size_t n)
{
    at += sprintf(at, " |");
    for (size_t i = 0; i < n && i < 40; i++)
        at += sprintf(at, " %d:%llu", b[i].index, (unsigned long long)b[i].n.count);
    return at;
}

static const char *form(void)
{
    static char text[2000];
    prom_snapshot *s;
    const prom__histogram_value *v = read(&s);
    const prom_native *n = v->native;
    char *at = text;
    if (!CHECK(n != NULL))
        return "";
    at += sprintf(at, "schema %d zero %llu", n->schema, (unsigned long long)n->zero_count);
    at = put_side(at, n->negative, n->n_negative);
    put_side(at, n->positive, n->n_positive);
    uint64_t sum = n->zero_count;
    for (size_t i = 0; i < n->n_negative; i++)
        sum += n->negative[i].n.count;
    for (size_t i = 0; i < n->n_positive; i++)
        sum += n->positive[i].n.count;
    CHECK(isnan(v->sum) ? sum <= v->count : sum == v->count);
    prom_unref(s);
    return text;
}

/* --- golden vectors ------------------------------------------------------------- */

static json_t *golden(const char *name)
{
    char path[512];
    json_error_t e;
    snprintf(path, sizeof path, "%s/%s", TESTS_GOLDEN, name);
    json_t *j = json_load_file(path, 0, &e);
    if (!CHECK(j != NULL))
        fprintf(stderr, "    %s: %s\n", path, e.text);
    return j;
}

static double number(json_t *o, const char *key)
{
    json_t *j = json_object_get(o, key);
    return json_is_string(j) ? strtod(json_string_value(j), NULL) : json_number_value(j);
}

static void check_side(const prom_native *n, bool negative, json_t *spans, json_t *deltas)
{
    prom__native_span got[64];
    int64_t got_deltas[256];
    size_t n_spans = prom__native_spans(n, negative, NULL), i;
    size_t n_deltas = prom__native_deltas(n, negative, NULL);
    json_t *j;
    CHECK_INT(n_spans, json_array_size(spans));
    CHECK_INT(n_deltas, json_array_size(deltas));
    if (n_spans != json_array_size(spans) || n_deltas != json_array_size(deltas) ||
        !CHECK(n_spans <= 64 && n_deltas <= 256))
        return;
    prom__native_spans(n, negative, got);
    prom__native_deltas(n, negative, got_deltas);
    json_array_foreach(spans, i, j)
    {
        CHECK_INT(got[i].offset, json_integer_value(json_array_get(j, 0)));
        CHECK_INT(got[i].length, json_integer_value(json_array_get(j, 1)));
    }
    json_array_foreach(deltas, i, j) CHECK_INT(got_deltas[i], json_integer_value(j));
}

static void check_state(prom_histogram *h, int64_t made, json_t *want, const char *id, size_t i)
{
    int before = check_failures;
    prom_snapshot *s;
    const prom__histogram_value *v = read(&s);
    if (CHECK(v->native != NULL)) {
        CHECK_DBL((double)v->count, number(want, "count"));
        CHECK_DBL(v->sum, number(want, "sum"));
        CHECK_INT(v->native->schema, number(want, "schema"));
        CHECK_DBL(v->native->zero_threshold, number(want, "zero_threshold"));
        CHECK_DBL((double)v->native->zero_count, number(want, "zero_count"));
        check_side(v->native, true, json_object_get(want, "negative_spans"),
                   json_object_get(want, "negative_deltas"));
        check_side(v->native, false, json_object_get(want, "positive_spans"),
                   json_object_get(want, "positive_deltas"));
    }
    prom_unref(s);
    CHECK_DBL(floor((double)(created_of(h) - made) / 1e9), number(want, "created_offset_s"));
    if (check_failures != before)
        fprintf(stderr, "    in %s, observation %zu\n", id, i);
}

static prom_histogram *make_as(json_t *config)
{
    double threshold = number(config, "zero_threshold");
    unsigned max = (unsigned)number(config, "max_buckets");
    return make(PROM_OPTS(.name = "h", .help = "",
                          .native_factor = number(config, "bucket_factor"),
                          .native_zero_threshold = threshold > 0 ? threshold : -1,
                          .native_max_buckets = max ? max : PROM_NO_LIMIT,
                          .native_min_reset = number(config, "min_reset_seconds"),
                          .native_max_zero_threshold = number(config, "max_zero_threshold"),
                          .nan = PROM_NAN_COUNT));
}

static void pass(uint64_t start, json_t *o, const char *key)
{
    prom__clock_unix_shift = start + (uint64_t)(number(o, key) * 1e9);
}

static void test_native_limits_as_golden(void)
{
    json_t *j = golden("native_limits.json"), *v, *o;
    size_t i, k, n = 0;
    json_array_foreach(json_object_get(j, "vectors"), i, v)
    {
        const char *id = json_string_value(json_object_get(v, "id"));
        json_t *each = json_object_get(v, "after_each");
        /* client_golang makes one step an observation; we go on until the limit is met. */
        json_t *repeated = json_object_get(v, "final_if_repeated_until_within_limit");
        uint64_t start = prom__clock_unix_shift;
        prom_histogram *h = make_as(json_object_get(v, "config"));
        int64_t made = created_of(h);
        json_array_foreach(json_object_get(v, "observations"), k, o)
        {
            pass(start, o, "at_s");
            prom_histogram_observe(h, number(o, "value"));
            if (!repeated)
                check_state(h, made, json_array_get(each, k), id, k);
        }
        pass(start, v, "read_at_s");
        check_state(h, made, repeated ? repeated : json_object_get(v, "final"), id, k);
        drop(h);
        n++;
    }
    CHECK_INT(n, 25);
    json_decref(j);
}

/* Through a histogram: zeros and NaN, which have no index, too. */
static void test_native_places_values_as_golden(void)
{
    json_t *j = golden("native_index.json"), *v;
    size_t i;
    json_array_foreach(json_object_get(j, "vectors"), i, v)
    {
        const char *side = json_string_value(json_object_get(v, "side"));
        int schema = (int)number(v, "schema"), index = (int)number(v, "index");
        char want[80];
        prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "",
                                           .native_factor = exp2(exp2(-schema)) * (1 + 1e-9),
                                           .native_zero_threshold = -1, .nan = PROM_NAN_COUNT));
        prom_histogram_observe(h, number(v, "value"));
        if (strcmp(side, "zero") == 0)
            snprintf(want, sizeof want, "schema %d zero 1 | |", schema);
        else if (strcmp(side, "none") == 0)
            snprintf(want, sizeof want, "schema %d zero 0 | |", schema);
        else
            snprintf(want, sizeof want, "schema %d zero 0 |%s %d:1%s", schema,
                     strcmp(side, "negative") == 0 ? "" : " |", index,
                     strcmp(side, "negative") == 0 ? " |" : "");
        CHECK_STR(form(), want);
        CHECK_DBL(kit_value(r, "h_count", NULL), 1);
        drop(h);
    }
    CHECK(i > 200);
    json_decref(j);
}

/* --- special values -------------------------------------------------------------- */

static void test_native_special_values(void)
{
    prom_histogram *h =
        make(PROM_OPTS(.name = "h", .help = "", .native_factor = 2, .nan = PROM_NAN_COUNT));
    static const double values[] = { 0, -0.0, 0x1p-128, -0x1p-128, 5e-324, DBL_MAX, -DBL_MAX };
    for (size_t i = 0; i < 7; i++)
        prom_histogram_observe(h, values[i]);
    CHECK_STR(form(), "schema 0 zero 5 | 1024:1 | 1024:1");
    prom_histogram_observe(h, INFINITY);
    CHECK_DBL(kit_value(r, "h_sum", NULL), INFINITY);
    prom_histogram_observe(h, -INFINITY);
    CHECK(isnan(kit_value(r, "h_sum", NULL)));
    CHECK_STR(form(), "schema 0 zero 5 | 1024:1 1025:1 | 1024:1 1025:1");
    prom_histogram_observe(h, (double)NAN);
    prom_histogram_observe_n(h, (double)NAN, 9);
    CHECK_STR(form(), "schema 0 zero 5 | 1024:1 1025:1 | 1024:1 1025:1");
    CHECK_DBL(kit_value(r, "h_count", NULL), 19);
    drop(h);
}

static void test_native_drops_nan(void)
{
    prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 2));
    uint64_t before = prom__dropped_observations;
    prom_histogram_observe(h, (double)NAN);
    prom_histogram_observe_n(h, (double)NAN, 3);
    CHECK_DBL(kit_value(r, "h_count", NULL), 0);
    CHECK_DBL(kit_value(r, "h_sum", NULL), 0);
    CHECK_INT(prom__dropped_observations - before, 4);
    drop(h);
}

static void test_native_observes_several_at_once(void)
{
    static const double values[] = { 3, 3.5, -1 };
    prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 2));
    prom_histogram_observe_n(h, 3, 0);
    CHECK_STR(form(), "schema 0 zero 0 | |");
    prom_histogram_observe_n(h, 3, 1000);
    prom_histogram_observe_n(h, 0, 7);
    prom_histogram_observe_many(h, values, 3);
    CHECK_STR(form(), "schema 0 zero 7 | 0:1 | 2:1002");
    CHECK_DBL(kit_value(r, "h_sum", NULL), 3005.5);
    drop(h);
}

/* --- classic buckets beside ------------------------------------------------------- */

static void test_native_alone_in_text(void)
{
    prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 1.1));
    prom_histogram_observe(h, 1.5);
    CHECK_TEXT(r, "# HELP h \n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1.5\n"
                  "h_count 1\n");
    drop(h);
}

static void test_native_with_classic_buckets(void)
{
    double bounds[51];
    CHECK_OK(prom_buckets_linear(1, 1, 50, bounds)); /* searched, not compared with all */
    for (int many = 0; many < 2; many++) {
        prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 2,
                                           .buckets = many ? bounds : PROM_BUCKETS(1, 2),
                                           .nan = PROM_NAN_COUNT));
        prom_histogram_observe(h, 1);
        prom_histogram_observe(h, 1.5);
        prom_histogram_observe(h, 1000);
        prom_histogram_observe(h, INFINITY);
        prom_histogram_observe(h, -INFINITY);
        prom_histogram_observe(h, (double)NAN);
        CHECK_STR(form(), "schema 0 zero 0 | 1025:1 | 0:1 1:1 10:1 1025:1");
        CHECK_DBL(kit_value(r, "h_bucket", PROM_CONST_LABELS({ "le", "1" })), 2);
        CHECK_DBL(kit_value(r, "h_bucket", PROM_CONST_LABELS({ "le", "2" })), 3);
        CHECK_DBL(kit_value(r, "h_bucket", PROM_CONST_LABELS({ "le", "+Inf" })), 6);
        CHECK_DBL(kit_value(r, "h_count", NULL), 6);
        drop(h);
    }
}

/* The classic buckets go in a reset as well. */
static void test_native_reset_takes_classic_buckets(void)
{
    prom_histogram *h =
        make(PROM_OPTS(.name = "h", .help = "", .native_factor = 2, .buckets = PROM_BUCKETS(3),
                       .native_max_buckets = 2, .native_min_reset = 60));
    int64_t made = created_of(h);
    prom_histogram_observe(h, 1);
    prom_histogram_observe(h, 2);
    prom__clock_unix_shift += 61000000000u;
    prom_histogram_observe_n(h, 1000, 3);
    CHECK_STR(form(), "schema 0 zero 0 | | 10:3");
    CHECK_DBL(kit_value(r, "h_bucket", PROM_CONST_LABELS({ "le", "3" })), 0);
    CHECK_DBL(kit_value(r, "h_count", NULL), 3);
    CHECK_DBL(kit_value(r, "h_sum", NULL), 3000);
    CHECK(created_of(h) - made >= 61000000000);
    drop(h);
}

/* A gather is a look at it, too. */
static void test_native_pending_reset_comes_with_a_gather(void)
{
    prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 2,
                                       .native_max_buckets = 1, .native_min_reset = 60));
    int64_t made = created_of(h);
    prom__clock_unix_shift += 10000000000u;
    prom_histogram_observe(h, 1);
    prom_histogram_observe(h, 2);
    CHECK_STR(form(), "schema -4 zero 0 | | 0:1 1:1"); /* on two sides of 1 for ever */
    prom__clock_unix_shift += 49000000000u;
    CHECK_DBL(kit_value(r, "h_count", NULL), 2);
    prom__clock_unix_shift += 2000000000u;
    CHECK_STR(form(), "schema 0 zero 0 | |");
    CHECK_INT(created_of(h) - made, 60000000000);
    drop(h);
}

/* --- limits --------------------------------------------------------------------- */

static void test_native_halves_until_it_fits(void)
{
    prom_histogram *h = make(
        PROM_OPTS(.name = "h", .help = "", .native_factor = 1.001, .native_max_buckets = 8));
    for (int i = 0; i < 64; i++)
        prom_histogram_observe(h, exp2(i / 16.0));
    prom_snapshot *s;
    const prom__histogram_value *v = read(&s);
    CHECK(v->native->n_positive <= 8 && v->native->n_positive > 3);
    CHECK_INT(v->count, 64);
    int schema = v->native->schema;
    prom_unref(s);
    CHECK_INT(schema, 0);
    /* As if they had been counted so from the start. */
    prom_histogram *same = NULL;
    char first[2000];
    strcpy(first, form());
    prom_registry *mine = r;
    CHECK((same = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 2))) != NULL);
    for (int i = 0; i < 64; i++)
        prom_histogram_observe(same, exp2(i / 16.0));
    CHECK_STR(first, form());
    drop(same);
    r = mine;
    drop(h);
}

/* From the finest schema to the coarsest, one reset, and again: all blocks are used anew. */
static void test_native_of_all_doubles(void)
{
    prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 1.0001,
                                       .native_max_buckets = 2, .native_min_reset = 3600));
    for (int round = 0; round < 3; round++) {
        for (int e = -1070; e <= 1023; e++) {
            prom_histogram_observe(h, ldexp(1.3, e));
            prom_histogram_observe(h, -ldexp(1.3, e));
        }
        prom_snapshot *s;
        const prom__histogram_value *v = read(&s);
        CHECK_INT(v->count, 2 * 2094);
        CHECK_INT(v->native->schema, -4);
        uint64_t sum = v->native->zero_count;
        for (size_t i = 0; i < v->native->n_positive; i++)
            sum += 2 * v->native->positive[i].n.count;
        CHECK_INT(sum, v->count);
        CHECK_INT(v->native->n_negative, v->native->n_positive);
        prom_unref(s);
        prom__clock_unix_shift += 3601000000000u;
        CHECK_STR(form(), "schema 8 zero 0 | |");
    }
    drop(h);
}

static void test_native_without_limit(void)
{
    prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 1.0001,
                                       .native_max_buckets = PROM_NO_LIMIT));
    for (int i = 0; i < 5000; i++)
        prom_histogram_observe(h, exp2(i / 100.0));
    prom_snapshot *s;
    const prom__histogram_value *v = read(&s);
    CHECK_INT(v->native->n_positive, 5000);
    CHECK_INT(v->native->schema, 8);
    for (size_t i = 1; i < v->native->n_positive; i++)
        CHECK(v->native->positive[i - 1].index < v->native->positive[i].index);
    prom_unref(s);
    drop(h);
}

static void test_native_limit_of_160_by_default(void)
{
    prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 1.0001));
    for (int i = 1; i <= 160; i++)
        prom_histogram_observe(h, exp2(i / 200.0));
    prom_snapshot *s;
    const prom__histogram_value *v = read(&s);
    CHECK_INT(v->native->schema, 8);
    CHECK_INT(v->native->n_positive, 160);
    prom_unref(s);
    prom_histogram_observe(h, -1);
    v = read(&s);
    CHECK_INT(v->native->schema, 7);
    CHECK_INT(v->count, 161);
    prom_unref(s);
    drop(h);
}

/* What lay within the widened zero bucket stays there when the resolution is halved, though a
 * coarser bucket would reach beyond it. */
static void test_native_zero_bucket_stays_wide(void)
{
    prom_histogram *h =
        make(PROM_OPTS(.name = "h", .help = "", .native_factor = 1.2, .native_max_buckets = 2,
                       .native_max_zero_threshold = 1.2));
    prom_histogram_observe(h, 1.15);
    prom_histogram_observe(h, 100);
    prom_histogram_observe(h, 1000);
    CHECK_STR(form(), "schema 2 zero 1 | | 27:1 40:1");
    prom_histogram_observe(h, 1.3); /* the same coarser bucket as 1.15, but not zero */
    CHECK_STR(form(), "schema -3 zero 1 | | 1:2 2:1");
    drop(h);
}

/* --- rules ------------------------------------------------------------------------ */

static void test_native_child_reset(void)
{
    prom_histogram *h = make(PROM_OPTS(.name = "h", .help = "", .native_factor = 1.1,
                                       .native_max_buckets = 3, .buckets = PROM_BUCKETS(1)));
    for (int i = 0; i < 50; i++)
        prom_histogram_observe(h, i);
    CHECK_OK(prom_child_reset(h));
    CHECK_STR(form(), "schema 3 zero 0 | |");
    CHECK_DBL(kit_value(r, "h_count", NULL), 0);
    CHECK_DBL(kit_value(r, "h_sum", NULL), 0);
    prom_histogram_observe(h, 1);
    CHECK_STR(form(), "schema 3 zero 0 | | 0:1");
    CHECK_DBL(kit_value(r, "h_bucket", PROM_CONST_LABELS({ "le", "1" })), 1);
    drop(h);
}

static void test_native_leaves_errno_alone(void)
{
    prom_histogram *h =
        make(PROM_OPTS(.name = "h", .help = "", .native_factor = 1.1, .native_max_buckets = 4));
    errno = 4711;
    for (int i = 0; i < 100; i++)
        prom_histogram_observe(h, i);
    CHECK_INT(errno, 4711);
    drop(h);
}

/* Removed children give their pages back: others use them. */
static void test_native_pages_are_used_again(void)
{
    prom_vec *v;
    prom_histogram *h;
    r = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_vec_new(r, PROM_HISTOGRAM,
                          PROM_OPTS(.name = "h", .help = "", .labels = PROM_LABELS("x"),
                                    .native_factor = 1.1, .native_max_buckets = 20),
                          &v));
    uint64_t end = 0;
    for (int round = 0; round < 50; round++) {
        CHECK_OK(prom_histogram_with(v, PROM_VALUES("a"), &h));
        for (int i = 0; i < 300; i++)
            prom_histogram_observe(h, ldexp(i % 2 ? -1 : 1, i));
        CHECK_DBL(kit_value(r, "h_count", PROM_CONST_LABELS({ "x", "a" })), 300);
        prom_unref(h);
        CHECK_OK(prom_vec_remove(v, PROM_VALUES("a")));
        if (round == 10)
            end = v->store->end;
    }
    CHECK_INT(v->store->end, end);
    prom_unref(v);
    prom_unref(r);
}

TESTS(ROW(test_native_limits_as_golden), ROW(test_native_places_values_as_golden),
      ROW(test_native_special_values), ROW(test_native_drops_nan),
      ROW(test_native_observes_several_at_once), ROW(test_native_alone_in_text),
      ROW(test_native_with_classic_buckets), ROW(test_native_reset_takes_classic_buckets),
      ROW(test_native_pending_reset_comes_with_a_gather), ROW(test_native_halves_until_it_fits),
      ROW(test_native_of_all_doubles), ROW(test_native_without_limit),
      ROW(test_native_limit_of_160_by_default), ROW(test_native_zero_bucket_stays_wide),
      ROW(test_native_child_reset), ROW(test_native_leaves_errno_alone),
      ROW(test_native_pages_are_used_again))
