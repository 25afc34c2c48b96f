// SPDX-License-Identifier: Apache-2.0
/* protobuf_test.c - what the vectors do not show: blocks, large labels, escapes in constant
 * labels, all schemes, custom buckets, exemplars at the ends. */
#include "base/bytes.h"
#include "encode/out.h"
#include "encode/wire.h"
#include "hex.h"
#include "kit.h"

#include <prom/parse.h>

/* --- the wire -------------------------------------------------------------- */

static void test_sizes_of_varints(void)
{
    for (unsigned bit = 0; bit < 64; bit++)
        for (int step = -1; step <= 1; step++) {
            uint64_t v = (UINT64_C(1) << bit) + (uint64_t)step;
            char bytes[10];
            CHECK_INT(prom__varint_write(bytes, v) - bytes, prom__varint_size(v));
        }
    CHECK_INT(prom__varint_size(UINT64_MAX), 10);
    CHECK_INT(prom__zigzag(0), 0);
    CHECK_INT(prom__zigzag(-1), 1);
    CHECK_INT(prom__zigzag(INT64_MAX), UINT64_MAX - 1);
    CHECK(prom__zigzag(INT64_MIN) == UINT64_MAX);
}

static void test_times(void)
{
    static const int64_t times[] = { 0,           1,
                                     -1,          999999999,
                                     1000000000,  -999999999,
                                     -1000000000, 1520879607789000000,
                                     INT64_MAX,   INT64_MIN + 1 };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        prom__wire w = { .begin = NULL };
        prom__wire_time(&w, times[i]);
        CHECK_INT(prom__wire_size(&w), prom__wire_time_size(times[i]));
        CHECK(!w.failed);
        prom__wire_free(&w);
    }
    /* A nanosecond before 1970: second -1, and 999999999 forward. */
    prom__wire w = { .begin = NULL };
    prom__wire_time(&w, -1);
    CHECK(prom__wire_size(&w) == 17 &&
          memcmp(w.at, "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x10\xff\x93\xeb\xdc\x03",
                 17) == 0);
    prom__wire_free(&w);
}

static void test_borrowed_memory_does_not_grow(void)
{
    char bytes[4] = "";
    prom__wire w = { .begin = bytes, .at = bytes + 4, .end = bytes + 4, .borrowed = true };
    prom__wire_raw(&w, "abc", 3);
    CHECK(!w.failed);
    prom__wire_raw(&w, "de", 2);
    CHECK(w.failed);
    prom__wire_raw(&w, "f", 1);
    CHECK(w.failed && !memcmp(bytes + 1, "abc", 3));
}

/* --- whole snapshots --------------------------------------------------------- */

static prom_snapshot *built(prom_err (*collect)(prom_builder *b, void *data))
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    prom_snapshot *s = NULL;
    CHECK_OK(prom_collector_new(r, PROM_COLLECTOR_OPTS(.name = "c", .collect = collect), &c));
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    prom_unref(c);
    prom_unref(r);
    return s;
}

static char *text_of(const prom_encoder *e, const prom_snapshot *s, prom_escaping escaping)
{
    char *text = NULL, *copy;
    size_t n = 0;
    prom_encode_opts o = { .size = sizeof o, .escaping = escaping };
    CHECK_OK(prom_encode_string_with(e, &o, s, &text, &n));
    copy = calloc(1, n + 1);
    memcpy(copy, text, n);
    prom_free(text);
    return copy;
}

/* What our bytes say, read back: all names of the escaped ones are ASCII. */
static void check_reads(const prom_snapshot *s, prom_escaping escaping, const char *want)
{
    char *bytes = NULL;
    size_t n = 0;
    prom_snapshot *again = NULL;
    prom_encode_opts o = { .size = sizeof o, .escaping = escaping };
    CHECK_OK(prom_encode_string_with(&prom_protobuf, &o, s, &bytes, &n));
    if (CHECK_OK(prom_parse_protobuf(bytes, n, &again))) {
        char *text = text_of(&prom_text_1, again, PROM_ALLOW_UTF8);
        CHECK_STR(text, want);
        free(text);
    } else {
        fprintf(stderr, "    %s\n", prom_error(PROM_E_SYNTAX));
    }
    prom_unref(again);
    prom_free(bytes);
}

static prom_err odd_names(prom_builder *b, void *data)
{
    (void)data;
    prom_state states[] = { { { "o\"n", 3 }, true }, { { "off", 3 }, false } };
    prom_err e = prom_build_family(
        b, PROM_COUNTER,
        PROM_OPTS(.name = "a.b", .help = "H\\\n", .labels = PROM_LABELS("l l", "m"),
                  .const_labels = PROM_CONST_LABELS({ "a.c", "\"\\\n" }, { "z", "" })));
    if (!e)
        e = prom_build_value(b, PROM_VALUES("x\\y", ""), 1);
    if (!e)
        e = prom_build_value(b, PROM_VALUES("plain", "p"), 2);
    if (!e)
        e = prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "s:s"));
    return e ? e : prom_build_stateset(b, NULL, states, 2);
}

static void test_names_and_values_that_need_escapes(void)
{
    prom_snapshot *s = built(odd_names);
    check_reads(s, PROM_ALLOW_UTF8,
                "# HELP \"a.b\" H\\\\\\n\n# TYPE \"a.b\" counter\n"
                "{\"a.b\",\"a.c\"=\"\\\"\\\\\\n\",\"l l\"=\"plain\",m=\"p\",z=\"\"} 2\n"
                "{\"a.b\",\"a.c\"=\"\\\"\\\\\\n\",\"l l\"=\"x\\\\y\",m=\"\",z=\"\"} 1\n"
                "# TYPE s:s gauge\n"
                "s:s{\"s:s\"=\"o\\\"n\"} 1\ns:s{\"s:s\"=\"off\"} 0\n");
    check_reads(s, PROM_DOTS,
                "# HELP a_dot_b H\\\\\\n\n# TYPE a_dot_b counter\n"
                "a_dot_b{a_dot_c=\"\\\"\\\\\\n\",l__l=\"plain\",m=\"p\",z=\"\"} 2\n"
                "a_dot_b{a_dot_c=\"\\\"\\\\\\n\",l__l=\"x\\\\y\",m=\"\",z=\"\"} 1\n"
                "# TYPE s:s gauge\ns:s{s__s=\"o\\\"n\"} 1\ns:s{s__s=\"off\"} 0\n");
    check_reads(s, PROM_VALUES,
                "# HELP U__a_2e_b H\\\\\\n\n# TYPE U__a_2e_b counter\n"
                "U__a_2e_b{U__a_2e_c=\"\\\"\\\\\\n\",U__l_20_l=\"plain\",m=\"p\",z=\"\"} 2\n"
                "U__a_2e_b{U__a_2e_c=\"\\\"\\\\\\n\",U__l_20_l=\"x\\\\y\",m=\"\",z=\"\"} 1\n"
                "# TYPE s:s gauge\ns:s{U__s_3a_s=\"o\\\"n\"} 1\ns:s{U__s_3a_s=\"off\"} 0\n");
    prom_unref(s);
}

static prom_err custom(prom_builder *b, void *data)
{
    (void)data;
    static const double bounds[] = { 1, 2, 5 };
    prom_native_bucket counts[] = { { 0, { 1 } }, { 2, { 2 } }, { 3, { 4 } } };
    prom_native_bucket weights[] = { { 1, { .weight = 0.5 } } };
    prom_err e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "counts"));
    if (!e)
        e = prom_build_native(b, NULL, 9, 7,
                              PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .positive = counts,
                                          .n_positive = 3, .custom = bounds, .n_custom = 3),
                              NULL, 0);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "weights"));
    return e ? e
             : prom_build_native(b, NULL, 9, 0,
                                 PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .is_float = true,
                                             .weight = 0.5, .positive = weights,
                                             .n_positive = 1, .custom = bounds, .n_custom = 3),
                                 NULL, 0);
}

/* There is no field for their bounds: Prometheus reads them from classic buckets. */
static void test_custom_buckets_are_classic(void)
{
    prom_snapshot *s = built(custom);
    char *text = text_of(&prom_protobuf_text, s, PROM_UNDERSCORES);
    CHECK_STR(
        text,
        "name: \"counts\"\ntype: HISTOGRAM\nmetric {\n  histogram {\n    sample_count: 7\n"
        "    sample_sum: 9\n"
        "    bucket {\n      cumulative_count: 1\n      upper_bound: 1\n    }\n"
        "    bucket {\n      cumulative_count: 1\n      upper_bound: 2\n    }\n"
        "    bucket {\n      cumulative_count: 3\n      upper_bound: 5\n    }\n  }\n}\n\n"
        "name: \"weights\"\ntype: HISTOGRAM\nmetric {\n  histogram {\n    sample_sum: 9\n"
        "    bucket {\n      upper_bound: 1\n    }\n"
        "    bucket {\n      upper_bound: 2\n      cumulative_count_float: 0.5\n    }\n"
        "    bucket {\n      upper_bound: 5\n      cumulative_count_float: 0.5\n    }\n"
        "    sample_count_float: 0.5\n  }\n}\n\n");
    free(text);
    prom_unref(s);
}

static prom_err exemplars(prom_builder *b, void *data)
{
    (void)data;
    prom_bucket buckets[] = { { -1, 1 }, { 0, 1 }, { 1, 3 } };
    static const double values[] = { -7, 1, 2 }; /* in the first, the third, that of +Inf */
    prom_err e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "h"));
    if (!e)
        e = prom_build_histogram(b, NULL, NAN, 4, buckets, 3);
    for (int i = 0; i < 3 && !e; i++)
        e = prom_build_exemplar(b, &(prom_exemplar){ NULL, 0, values[i], PROM_NO_TIME });
    return e;
}

static void test_exemplars_stand_in_their_buckets(void)
{
    prom_snapshot *s = built(exemplars);
    char *text = text_of(&prom_protobuf_text, s, PROM_UNDERSCORES);
    CHECK_STR(text,
              "name: \"h\"\ntype: HISTOGRAM\nmetric {\n  histogram {\n    sample_count: 4\n"
              "    sample_sum: nan\n"
              "    bucket {\n      cumulative_count: 1\n      upper_bound: -1\n"
              "      exemplar {\n        value: -7\n      }\n    }\n"
              "    bucket {\n      cumulative_count: 1\n    }\n"
              "    bucket {\n      cumulative_count: 3\n      upper_bound: 1\n"
              "      exemplar {\n        value: 1\n      }\n    }\n"
              "    bucket {\n      cumulative_count: 4\n      upper_bound: inf\n"
              "      exemplar {\n        value: 2\n      }\n    }\n  }\n}\n\n");
    free(text);
    prom_unref(s);
}

/* --- zeros ----------------------------------------------------------------------- */

static prom_err zeros(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g"));
    if (!e)
        e = prom_build_value(b, NULL, 0);
    if (!e)
        e = prom_build_family(b, PROM_UNKNOWN, PROM_OPTS(.name = "u"));
    if (!e)
        e = prom_build_value(b, NULL, -0.0);
    if (!e)
        e = prom_build_family(b, PROM_UNKNOWN, PROM_OPTS(.name = "v"));
    if (!e)
        e = prom_build_value(b, NULL, 0);
    return e ? e : prom_build_timestamp(b, 1);
}

/* The decoder of Prometheus clears a gauge before it reads the next one, but not an untyped
 * value: where that is left out, it shows the one before. */
static void test_zero_is_said_of_untyped_values(void)
{
    prom_snapshot *s = built(zeros);
    char *got = NULL;
    size_t n = 0;
    CHECK_OK(prom_encode_string(&prom_protobuf, s, &got, &n));
    CHECK_HEX(got, n,
              "090a01671801"
              "22021200"
              "120a01751803"
              "220b2a09090000000000000000"
              "140a01761803"
              "220d2a090900000000000000003001");
    prom_free(got);
    prom_unref(s);
}

/* --- blocks -------------------------------------------------------------------- */

typedef struct blocks {
    prom__bytes all;
    size_t largest, n;
} blocks;

static prom_err take_block(void *data, const char *p, size_t n)
{
    blocks *b = data;
    b->n++;
    b->largest = n > b->largest ? n : b->largest;
    return prom__bytes_add(&b->all, p, n) ? PROM_OK : PROM_E_NOMEM;
}

enum { MANY = 20000, LARGE = PROM__OUT_BLOCK + 5 };

static prom_err much(prom_builder *b, void *data)
{
    static char large[LARGE + 1];
    (void)data;
    memset(large, 'x', LARGE);
    prom_err e =
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "many", .labels = PROM_LABELS("i")));
    for (int i = 0; i < MANY && !e; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", i);
        e = prom_build_value(b, PROM_VALUES(value), i % 3);
    }
    if (!e)
        e = prom_build_family(b, PROM_GAUGE,
                              PROM_OPTS(.name = "large", .labels = PROM_LABELS("l")));
    return e ? e : prom_build_value(b, PROM_VALUES(large), 1);
}

static void test_blocks_are_bounded(void)
{
    prom_snapshot *s = built(much), *again = NULL;
    blocks b = { .n = 0 };
    prom_writer w = { take_block, &b };
    CHECK_OK(prom_encode(&prom_protobuf, NULL, s, &w));
    CHECK(b.n > 5);
    CHECK_INT(b.largest, PROM__OUT_BLOCK); /* whatever the length of a label */
    CHECK_OK(prom_parse_protobuf(b.all.p, b.all.n, &again));
    char *want = text_of(&prom_text, s, PROM_UNDERSCORES);
    char *got = text_of(&prom_text, again, PROM_UNDERSCORES);
    CHECK(strcmp(got, want) == 0);
    free(want);
    free(got);
    prom__bytes_free(&b.all);
    prom_unref(again);
    prom_unref(s);
}

static prom_err refuse(void *data, const char *p, size_t n)
{
    (void)p, (void)n;
    ++*(int *)data;
    return prom_fail(PROM_E_IO, "the line is cut");
}

static void test_a_writer_that_fails_ends_it(void)
{
    prom_snapshot *s = built(much);
    int calls = 0;
    prom_writer w = { refuse, &calls };
    CHECK_SAYS(prom_encode(&prom_protobuf, NULL, s, &w), PROM_E_IO, "the line is cut");
    CHECK_INT(calls, 1);
    CHECK_ERR(prom_encode(&prom_protobuf_text, NULL, s, &w), PROM_E_IO);
    CHECK_INT(calls, 2);
    prom_unref(s);
}

TESTS(ROW(test_sizes_of_varints), ROW(test_times), ROW(test_borrowed_memory_does_not_grow),
      ROW(test_names_and_values_that_need_escapes), ROW(test_custom_buckets_are_classic),
      ROW(test_exemplars_stand_in_their_buckets), ROW(test_zero_is_said_of_untyped_values),
      ROW(test_blocks_are_bounded), ROW(test_a_writer_that_fails_ends_it))
