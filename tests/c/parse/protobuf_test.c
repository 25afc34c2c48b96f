// SPDX-License-Identifier: Apache-2.0
/* protobuf_test.c - what prom_parse_protobuf refuses, with the byte; what it forgives. */
#include "hex.h"
#include "kit.h"

#include <prom/parse.h>

/* --- messages, written by hand ------------------------------------------- */

typedef struct bytes {
    char p[4096];
    size_t n;
} bytes;

static void add(bytes *b, const void *p, size_t n)
{
    if (!CHECK(b->n + n <= sizeof b->p))
        return;
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

static void add_varint(bytes *b, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        add(b, &(char){ (char)(v | 0x80) }, 1);
    add(b, &(char){ (char)v }, 1);
}

static void add_number(bytes *b, unsigned field, uint64_t v)
{
    add_varint(b, field << 3);
    add_varint(b, v);
}

static void add_double(bytes *b, unsigned field, double v)
{
    add_varint(b, field << 3 | 1);
    add(b, &v, sizeof v);
}

static void add_text(bytes *b, unsigned field, const char *s)
{
    add_varint(b, field << 3 | 2);
    add_varint(b, strlen(s));
    add(b, s, strlen(s));
}

static void add_message(bytes *b, unsigned field, const bytes *m)
{
    add_varint(b, field << 3 | 2);
    add_varint(b, m->n);
    add(b, m->p, m->n);
}

/* A family "x" of this MetricType whose one metric holds the value in this field. */
static bytes family_of(unsigned type, unsigned field, const bytes *value)
{
    bytes metric = { .n = 0 }, family = { .n = 0 }, all = { .n = 0 };
    add_message(&metric, field, value);
    add_text(&family, 1, "x");
    add_number(&family, 3, type);
    add_message(&family, 4, &metric);
    add_varint(&all, family.n);
    add(&all, family.p, family.n);
    return all;
}

enum { COUNTER, GAUGE, SUMMARY, UNTYPED, HISTOGRAM, GAUGE_HISTOGRAM };

static void check_says(const bytes *b, const char *sentence)
{
    prom_snapshot *s = (prom_snapshot *)(uintptr_t)b;
    CHECK_SAYS(prom_parse_protobuf(b->p, b->n, &s), PROM_E_SYNTAX, sentence);
    CHECK(s == NULL);
}

static void check_text(const bytes *b, const char *want)
{
    prom_snapshot *s = NULL;
    char *text = NULL;
    if (!CHECK_OK(prom_parse_protobuf(b->p, b->n, &s))) {
        fprintf(stderr, "    %s\n", prom_error(PROM_E_SYNTAX));
        return;
    }
    CHECK_OK(prom_encode_string(&prom_protobuf_text, s, &text, NULL));
    CHECK_STR(text, want);
    prom_free(text);
    prom_unref(s);
}

static void check_hex_says(const char *hex, const char *sentence)
{
    bytes b;
    char *p = hex_bytes(hex, &b.n);
    memcpy(b.p, p, b.n);
    free(p);
    check_says(&b, sentence);
}

/* --- the wire ------------------------------------------------------------- */

static void test_nothing_is_an_empty_snapshot(void)
{
    prom_snapshot *s;
    CHECK_OK(prom_parse_protobuf(NULL, 0, &s));
    CHECK_INT(prom_snapshot_size(s), 0);
    prom_unref(s);
    CHECK_ERR(prom_parse_protobuf(NULL, 1, &s), PROM_E_INVAL);
    CHECK(s == NULL);
}

static void test_broken_bytes(void)
{
    check_hex_says("80", "byte 0: the message ends within a number");
    check_hex_says("050a0178", "byte 0: the length is 5, but 3 bytes follow");
    check_hex_says("ffffffffffffffffff7f", "byte 0: this number has more than 64 bits");
    check_hex_says("ffffffffffffffffffff01", "byte 0: this number has more than 64 bits");
    check_hex_says("030a0578", "byte 2: the length is 5, but 1 bytes follow");
    check_hex_says("0200ff", "byte 1: 0 is not the number of a field");
    check_hex_says("010b", "byte 1: field 1 is of wire type 3, which nothing here has");
    check_hex_says("02"
                   "0901",
                   "byte 2: the message ends within a number");
    check_hex_says("020801", "byte 1: field 1 is of wire type 0, not 2");
    check_hex_says("00", "byte 1: this family has no name");
}

static void test_what_is_not_known_is_passed_over(void)
{
    bytes value = { .n = 0 };
    add_number(&value, 99, 5);
    add_text(&value, 98, "new");
    add_double(&value, 97, 1);
    add_varint(&value, 96 << 3 | 5);
    add(&value, "1234", 4);
    add_double(&value, 1, 2);
    bytes b = family_of(GAUGE, 2, &value);
    check_text(&b, "name: \"x\"\ntype: GAUGE\nmetric {\n  gauge {\n    value: 2\n  }\n}\n\n");
}

/* --- families, metrics ------------------------------------------------------ */

static void test_families(void)
{
    check_hex_says("030a0178030a0178", "byte 4: family 'x' is there twice");
    check_hex_says("050a01781809", "byte 1: the type of 'x' is 9, which is none");
    check_hex_says("040a020078", "byte 3: there is a NUL in this name, help text or unit");
    check_hex_says("060a01781201ff", "byte 1: 'x': the help text is not valid UTF-8");
    check_hex_says("030a01ff", "byte 1: a metric's name is not valid UTF-8");
}

static void test_metrics_and_their_values(void)
{
    bytes value = { .n = 0 }, metric = { .n = 0 }, family = { .n = 0 }, all = { .n = 0 };
    bytes b = family_of(COUNTER, 2, &value);
    check_says(&b, "byte 8: a metric of 'x' has no counter");
    add_message(&metric, 2, &value);
    add_message(&metric, 3, &value);
    add_text(&family, 1, "x");
    add_message(&family, 4, &metric);
    add_varint(&all, family.n);
    add(&all, family.p, family.n);
    check_says(&all, "byte 8: this metric has two values");
    family.n = metric.n = all.n = 0;
    add_message(&metric, 3, &value);
    add_text(&family, 1, "x");
    add_message(&family, 4, &metric);
    add_message(&family, 4, &metric);
    add_varint(&all, family.n);
    add(&all, family.p, family.n);
    check_says(&all, "byte 0: in 'x', its metric is there twice");
}

static void test_labels(void)
{
    bytes pair = { .n = 0 }, metric = { .n = 0 }, family = { .n = 0 }, all = { .n = 0 };
    add_text(&pair, 2, "v");
    add_message(&metric, 2, &(bytes){ .n = 0 });
    add_message(&metric, 1, &pair);
    add_text(&family, 1, "x");
    add_number(&family, 3, GAUGE);
    add_message(&family, 4, &metric);
    add_varint(&all, family.n);
    add(&all, family.p, family.n);
    check_says(&all, "byte 8: 'x' has a label with an empty name");
}

static void test_times(void)
{
    bytes time = { .n = 0 }, value = { .n = 0 };
    add_number(&time, 2, 1000000000);
    add_message(&value, 3, &time);
    bytes b = family_of(COUNTER, 3, &value);
    check_says(&b, "byte 10: 0 seconds and 1000000000 nanoseconds are no time");
    time.n = value.n = 0;
    add_number(&time, 1, (uint64_t)INT64_MIN);
    add_message(&value, 3, &time);
    b = family_of(COUNTER, 3, &value);
    check_says(&b, "byte 10: -9223372036854775808 seconds and 0 nanoseconds are no time");
}

/* --- histograms --------------------------------------------------------------- */

static void add_span(bytes *b, unsigned field, uint64_t zigzag, uint64_t length)
{
    bytes span = { .n = 0 };
    add_number(&span, 1, zigzag);
    add_number(&span, 2, length);
    add_message(b, field, &span);
}

static void test_spans_and_counts(void)
{
    bytes h = { .n = 0 };
    add_span(&h, 12, 0, 2);
    add_number(&h, 13, 2);
    bytes b = family_of(HISTOGRAM, 7, &h);
    check_says(&b, "byte 10: spans of 2 native buckets, but 1 counts");
    add_number(&h, 13, 3);
    b = family_of(HISTOGRAM, 7, &h);
    check_says(&b, "byte 10: the count of a native bucket is out of range");
    h.n = 0;
    add_span(&h, 12, 0, UINT32_MAX);
    b = family_of(HISTOGRAM, 7, &h);
    check_says(&b, "byte 10: spans of 4294967295 native buckets, but 0 counts");
    h.n = 0;
    add_span(&h, 12, UINT32_MAX - 1, 1);
    add_span(&h, 12, UINT32_MAX - 1, 1);
    add_number(&h, 13, 2);
    add_number(&h, 13, 0);
    b = family_of(HISTOGRAM, 7, &h);
    check_says(&b, "byte 10: no value lies in native bucket 4294967295");
    h.n = 0;
    add_span(&h, 12, 0, 1);
    add_number(&h, 13, 2);
    b = family_of(HISTOGRAM, 7, &h);
    check_says(&b, "byte 10: 'x': the native buckets hold more than the count");
    h.n = 0;
    add_span(&h, 12, 0, 1);
    add_number(&h, 13, 2);
    add_double(&h, 4, 1);
    b = family_of(HISTOGRAM, 7, &h);
    check_says(&b, "byte 10: a histogram has counts and weights");
    h.n = 0;
    add_number(&h, 5, 105); /* zigzag of -53 */
    add_span(&h, 12, 0, 0);
    b = family_of(HISTOGRAM, 7, &h);
    check_says(&b, "byte 10: -53 is not a schema");
}

/* Packed or not, empty buckets and those that are far apart: our own spans. */
static void test_spans_are_cut_anew(void)
{
    bytes h = { .n = 0 };
    add_number(&h, 1, 3);
    add_span(&h, 12, 2, 2); /* 1: 1, 2: 0 */
    add_span(&h, 12, 4, 2); /* 5: 0, 6: 2 */
    add_text(&h, 13, "\x02\x01");
    add_number(&h, 13, 0);
    add_number(&h, 13, 4);
    bytes b = family_of(HISTOGRAM, 7, &h);
    check_text(&b,
               "name: \"x\"\ntype: HISTOGRAM\nmetric {\n  histogram {\n    sample_count: 3\n"
               "    positive_span {\n      offset: 1\n      length: 1\n    }\n"
               "    positive_span {\n      offset: 4\n      length: 1\n    }\n"
               "    positive_delta: 1\n    positive_delta: 1\n  }\n}\n\n");
}

static void add_bucket(bytes *h, double upper, uint64_t count, double weight,
                       const bytes *exemplar)
{
    bytes bucket = { .n = 0 };
    add_number(&bucket, 1, count);
    add_double(&bucket, 2, upper);
    if (exemplar)
        add_message(&bucket, 3, exemplar);
    add_double(&bucket, 4, weight);
    add_message(h, 3, &bucket);
}

static void test_counts_as_doubles(void)
{
    bytes h = { .n = 0 };
    add_double(&h, 4, 3);
    add_bucket(&h, 1, 0, 2, NULL);
    bytes b = family_of(GAUGE_HISTOGRAM, 7, &h);
    check_text(&b, "name: \"x\"\ntype: GAUGE_HISTOGRAM\nmetric {\n  histogram {\n"
                   "    sample_count: 3\n    bucket {\n      cumulative_count: 2\n"
                   "      upper_bound: 1\n    }\n  }\n}\n\n");
    h.n = 0;
    add_double(&h, 4, 3);
    add_bucket(&h, 1, 0, 2.5, NULL);
    b = family_of(HISTOGRAM, 7, &h);
    check_says(&b, "byte 19: a count of 2.5 has no place among classic buckets");
}

static void test_exemplars_of_buckets(void)
{
    bytes h = { .n = 0 }, exemplar = { .n = 0 };
    add_number(&h, 1, 3);
    add_double(&exemplar, 2, 1.5);
    add_bucket(&h, 1, 1, 0, NULL);
    add_bucket(&h, 2, 2, 0, &exemplar);
    bytes b = family_of(HISTOGRAM, 7, &h);
    check_text(&b,
               "name: \"x\"\ntype: HISTOGRAM\nmetric {\n  histogram {\n    sample_count: 3\n"
               "    bucket {\n      cumulative_count: 1\n      upper_bound: 1\n    }\n"
               "    bucket {\n      cumulative_count: 2\n      upper_bound: 2\n"
               "      exemplar {\n        value: 1.5\n      }\n    }\n  }\n}\n\n");
    add_bucket(&h, 3, 2, 0, &exemplar);
    b = family_of(HISTOGRAM, 7, &h);
    check_says(&b, "byte 80: an exemplar of 1.5 does not lie in the bucket up to 3");
}

/* Without a time no reader takes it; of what is not native nobody asks for any. */
static void test_native_exemplars_need_times(void)
{
    bytes h = { .n = 0 }, timeless = { .n = 0 }, timed = { .n = 0 };
    add_double(&timeless, 2, 2);
    add_double(&timed, 2, 1);
    add_message(&timed, 3, &(bytes){ .n = 0 });
    add_message(&h, 16, &timeless);
    add_message(&h, 16, &timed);
    bytes b = family_of(HISTOGRAM, 7, &h);
    check_text(&b, "name: \"x\"\ntype: HISTOGRAM\nmetric {\n  histogram {\n  }\n}\n\n");
    add_span(&h, 12, 0, 0);
    b = family_of(HISTOGRAM, 7, &h);
    check_text(&b, "name: \"x\"\ntype: HISTOGRAM\nmetric {\n  histogram {\n"
                   "    positive_span {\n    }\n    exemplars {\n      value: 1\n"
                   "      timestamp {\n      }\n    }\n  }\n}\n\n");
}

static void test_summaries(void)
{
    bytes s = { .n = 0 }, q = { .n = 0 };
    add_double(&q, 1, 0.5);
    add_double(&q, 2, NAN);
    add_number(&s, 1, 7);
    add_message(&s, 3, &q);
    bytes b = family_of(SUMMARY, 4, &s);
    check_text(&b, "name: \"x\"\ntype: SUMMARY\nmetric {\n  summary {\n    sample_count: 7\n"
                   "    quantile {\n      quantile: 0.5\n      value: nan\n    }\n  }\n}\n\n");
    add_message(&s, 3, &q);
    b = family_of(SUMMARY, 4, &s);
    check_says(&b, "byte 10: 'x': quantiles must ascend, but 0.5 follows 0.5");
}

/* --- much ------------------------------------------------------------------- */

/* Ever smaller ones in one histogram, each of which a list in order would have to move. */
static void test_many_exemplars(void)
{
    enum { MANY = 100000 };
    size_t n = 0;
    char *p = malloc(MANY * 16 + 64), *h = malloc(MANY * 16), *at = h;
    memcpy(at, "\x62\x00", 2); /* an empty span */
    at += 2;
    for (int i = 0; i < MANY; i++) {
        double v = MANY - i;
        memcpy(at, "\x82\x01\x0b\x11", 4);
        memcpy(at + 4, &v, 8);
        memcpy(at + 12, "\x1a\x00", 2);
        at += 14;
    }
    bytes head = { .n = 0 };
    size_t size = (size_t)(at - h);
    add_text(&head, 1, "x");
    add_number(&head, 3, HISTOGRAM);
    bytes inner = { .n = 0 };
    add_varint(&inner, 7 << 3 | 2);
    add_varint(&inner, size);
    add_varint(&head, 4 << 3 | 2);
    add_varint(&head, inner.n + size);
    add(&head, inner.p, inner.n);
    bytes length = { .n = 0 };
    add_varint(&length, head.n + size);
    memcpy(p, length.p, n = length.n);
    memcpy(p + n, head.p, head.n);
    memcpy(p + n + head.n, h, size);
    n += head.n + size;
    prom_snapshot *s = NULL;
    char *again = NULL;
    size_t m = 0;
    CHECK_OK(prom_parse_protobuf(p, n, &s));
    CHECK_OK(prom_encode_string(&prom_protobuf, s, &again, &m));
    CHECK_INT(m, n);
    prom_free(again);
    prom_unref(s);
    free(p);
    free(h);
}

TESTS(ROW(test_nothing_is_an_empty_snapshot), ROW(test_broken_bytes),
      ROW(test_what_is_not_known_is_passed_over), ROW(test_families),
      ROW(test_metrics_and_their_values), ROW(test_labels), ROW(test_times),
      ROW(test_spans_and_counts), ROW(test_spans_are_cut_anew), ROW(test_counts_as_doubles),
      ROW(test_exemplars_of_buckets), ROW(test_native_exemplars_need_times),
      ROW(test_summaries), ROW(test_many_exemplars))
