// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/native.h"

#include <float.h>
#include <jansson.h>

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

static double number_of(json_t *j)
{
    return strtod(json_string_value(j), NULL);
}

static int int_of(json_t *o, const char *key)
{
    return (int)json_integer_value(json_object_get(o, key));
}

/* --- indices and bounds ---------------------------------------------------- */

static void test_native_index_as_golden(void)
{
    json_t *j = golden("native_index.json"), *v;
    size_t i, n = 0;
    json_array_foreach(json_object_get(j, "vectors"), i, v)
    {
        double value = number_of(json_object_get(v, "value"));
        if (value == 0 || isnan(value)) /* see metric/native_test.c */
            continue;
        bool negative = strcmp(json_string_value(json_object_get(v, "side")), "negative") == 0;
        CHECK_INT(value < 0, negative);
        if (!CHECK_INT(prom__native_index(value, (unsigned)(8 - int_of(v, "schema"))),
                       int_of(v, "index")))
            fprintf(stderr, "    %.17g in schema %d\n", value, int_of(v, "schema"));
        n++;
    }
    CHECK_INT(n, 220);
    json_decref(j);
}

static void test_native_upper_as_golden(void)
{
    json_t *j = golden("native_bounds.json"), *v;
    size_t i, n = 0;
    json_array_foreach(json_object_get(j, "bounds"), i, v)
    {
        if (!CHECK_DBL(prom__native_upper(int_of(v, "schema"), int_of(v, "index")),
                       number_of(json_object_get(v, "upper_bound"))))
            fprintf(stderr, "    %d in schema %d\n", int_of(v, "index"), int_of(v, "schema"));
        n++;
    }
    CHECK(n > 30);
    json_decref(j);
}

static void test_native_schema_as_golden(void)
{
    json_t *j = golden("native_bounds.json"), *v;
    size_t i, n = 0;
    json_array_foreach(json_object_get(j, "factors"), i, v)
    {
        double factor = number_of(json_object_get(v, "factor"));
        if (!CHECK_INT(prom__native_schema(factor), int_of(v, "schema")))
            fprintf(stderr, "    factor %.17g\n", factor);
        n++;
    }
    CHECK(n > 20);
    CHECK_INT(prom__native_schema(nextafter(1, 2)), 8);
    CHECK_INT(prom__native_schema(DBL_MAX), -4);
    CHECK_INT(prom__native_schema(nextafter(2, 1)), 1);
    json_decref(j);
}

/* The table is in there as the bounds of the buckets from 1/2 to 1, bit for bit. */
static void test_native_bounds_are_the_golden_table(void)
{
    json_t *j = golden("native_bound_table.json"), *bounds = json_object_get(j, "bounds"), *b;
    size_t i, n = 0;
    for (int schema = 1; schema <= 8; schema++) {
        const char key[] = { (char)('0' + schema), '\0' };
        int size = 1 << schema;
        json_array_foreach(json_object_get(bounds, key), i, b)
        {
            double want = number_of(b);
            CHECK_DBL(prom__native_upper(schema, (int)i - size), want);
            CHECK_INT(prom__native_index(want, (unsigned)(8 - schema)), (int)i - size);
            n++;
        }
    }
    CHECK_INT(n, 510);
    json_decref(j);
}

/* upper(i - 1) < v <= upper(i), whatever the schema; on a bound, and just beside it. */
static void check_place(double v)
{
    for (int schema = -4; schema <= 8; schema++) {
        int32_t i = prom__native_index(v, (unsigned)(8 - schema));
        if (!CHECK(prom__native_upper(schema, i - 1) < fabs(v) &&
                   fabs(v) <= prom__native_upper(schema, i)))
            fprintf(stderr, "    %.17g is not in %d of schema %d\n", v, i, schema);
    }
}

static void test_native_index_lies_between_its_bounds(void)
{
    uint64_t state = 5;
    for (int i = 0; i < 20000; i++) {
        double v = ldexp(1 + kit_unit(&state), (int)(kit_random(&state) % 2044) - 1022);
        check_place(i % 2 ? v : -v);
    }
    for (int i = -20000; i < 20000; i++) {
        double bound = prom__native_upper(8, i);
        check_place(bound);
        check_place(nextafter(bound, 0));
        check_place(-nextafter(bound, INFINITY));
    }
    check_place(DBL_MAX);
    check_place(DBL_MIN);
    check_place(0x1p-128);
}

/* From the smallest subnormal on, indices ascend with the values, and the largest of a schema
 * is that of the infinities. */
static void test_native_index_ascends(void)
{
    for (unsigned steps = 0; steps <= 12; steps++) {
        int32_t before = INT32_MIN;
        for (int e = -1074; e <= 1023; e++) {
            int32_t i = prom__native_index(ldexp(1, e), steps);
            CHECK(i >= before);
            if (e > -1074) {
                int32_t middle = prom__native_index(ldexp(1.5, e), steps);
                CHECK(middle >= i);
                i = middle;
            }
            before = i;
        }
        CHECK_INT(prom__native_index(DBL_MAX, steps), 1 << 18 >> steps);
        CHECK_INT(prom__native_index(INFINITY, steps), (1 << 18 >> steps) + 1);
        CHECK_INT(prom__native_index(-INFINITY, steps), (1 << 18 >> steps) + 1);
    }
    CHECK_INT(prom__native_index(5e-324, 0), -274944);
}

static void test_native_merging(void)
{
    static const int of_four[] = { -3, -2, -1, 0, 1, 2, 3, 4, 5 };
    static const int want[] = { -1, -1, 0, 0, 1, 1, 2, 2, 3 };
    for (size_t i = 0; i < 9; i++)
        CHECK_INT(prom__native_coarser(of_four[i], 1), want[i]);
    for (int32_t i = -3000; i < 3000; i++) {
        int32_t by_one = i;
        for (unsigned steps = 1; steps <= 12; steps++) {
            by_one = prom__native_coarser(by_one, 1);
            CHECK_INT(prom__native_coarser(i, steps), by_one);
        }
    }
    CHECK_INT(prom__native_coarser(262145, 12), 65);
}

/* --- spans ------------------------------------------------------------------- */

/* "offset:length offset:length | delta delta" of what stands on one side. */
static const char *form_of(const prom_native *h, bool negative)
{
    static char text[400];
    prom__native_span spans[16];
    int64_t deltas[64];
    size_t n = prom__native_spans(h, negative, NULL),
           m = prom__native_deltas(h, negative, NULL);
    char *at = text;
    if (!CHECK(n <= 16 && m <= 64))
        return "";
    CHECK_INT(prom__native_spans(h, negative, spans), n);
    CHECK_INT(prom__native_deltas(h, negative, deltas), m);
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%d:%u ", spans[i].offset, spans[i].length);
    at += sprintf(at, "|");
    for (size_t i = 0; i < m; i++)
        at += sprintf(at, " %lld", (long long)deltas[i]);
    return text;
}

static void test_native_spans_bridge_gaps_of_two(void)
{
    const prom_native_bucket b[] = { { -3, { 5 } }, { -2, { 1 } }, { 0, { 1 } },
                                     { 3, { 4 } },  { 7, { 2 } },  { 8, { 9 } } };
    const prom_native h = { .zero_threshold = 1, .positive = b, .n_positive = 6 };
    CHECK_STR(form_of(&h, false), "-3:7 3:2 | 5 -4 -1 1 -1 0 4 -2 7");
    CHECK_STR(form_of(&h, true), "|");
}

static void test_native_spans_of_one_bucket(void)
{
    const prom_native_bucket b[] = { { -274944, { 1 } }, { 262145, { UINT64_MAX } } };
    const prom_native h = { .negative = b, .n_negative = 1 };
    CHECK_STR(form_of(&h, true), "-274944:1 | 1");
    CHECK_STR(form_of(&h, false), "|");
    const prom_native both = { .negative = b, .n_negative = 2 };
    CHECK_STR(form_of(&both, true), "-274944:1 537088:1 | 1 -2");
}

static void test_native_spans_say_that_it_is_native(void)
{
    prom_native h = { .schema = 3 };
    CHECK_STR(form_of(&h, false), "0:0 |");
    CHECK_STR(form_of(&h, true), "|");
    h.zero_threshold = 0x1p-128;
    CHECK_STR(form_of(&h, false), "|");
    h.zero_threshold = 0;
    h.zero_count = 1;
    CHECK_STR(form_of(&h, false), "|");
}

TESTS(ROW(test_native_index_as_golden), ROW(test_native_upper_as_golden),
      ROW(test_native_schema_as_golden), ROW(test_native_bounds_are_the_golden_table),
      ROW(test_native_index_lies_between_its_bounds), ROW(test_native_index_ascends),
      ROW(test_native_merging), ROW(test_native_spans_bridge_gaps_of_two),
      ROW(test_native_spans_of_one_bucket), ROW(test_native_spans_say_that_it_is_native))
