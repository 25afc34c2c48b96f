// SPDX-License-Identifier: Apache-2.0
/* graphite_lines_test.c - samples as lines: client_golang's paths, and the cases of which it
 * makes lines that carbon takes for others. */
#include "base/bytes.h"
#include "encode/out.h"
#include "kit.h"

#include <prom/graphite.h>

static char *lines_of(const prom_snapshot *s, const prom_graphite_opts *o)
{
    prom__bytes b = { NULL, 0, 0 };
    const prom_writer w = prom__bytes_writer(&b);
    CHECK_OK(prom_graphite_encode(s, o, 1700000000, &w));
    CHECK(prom__bytes_add(&b, "", 1));
    return b.p;
}

static void check_lines(prom_err (*build)(prom_builder *b, void *data), void *data,
                        const prom_graphite_opts *o, const char *want, int line)
{
    prom_snapshot *s = kit_built(build, data);
    char *got = lines_of(s, o);
    check_str(got, want, __FILE__, line, "the lines");
    prom_free(got);
    prom_unref(s);
}
#define CHECK_LINES(build, data, o, want) check_lines((build), (data), (o), (want), __LINE__)
#define TAGS                              PROM_GRAPHITE_OPTS(.tags = true)

/* --- types ----------------------------------------------------------------------- */

static prom_err build_types(prom_builder *b, void *data)
{
    (void)data;
    prom_bucket buckets[] = { { 0.5, 1 }, { 2, 3 } };
    prom_quantile quantiles[] = { { 0.5, 1.5 }, { 0.99, (double)NAN } };
    prom_state states[] = { { { "on", 2 }, true }, { { "off", 3 }, false } };
    prom_native_bucket positive[] = { { 0, { 2 } } };
    prom_label_str info = { { "version", 7 }, { "1.2", 3 } };
    CHECK_OK(prom_build_family(
        b, PROM_COUNTER,
        PROM_OPTS(.name = "requests_total", .labels = PROM_LABELS("method", "code"))));
    CHECK_OK(prom_build_value(b, PROM_VALUES("GET", "200"), 1e6));
    CHECK_OK(prom_build_timestamp(b, 1500000000999));
    CHECK_OK(prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "level")));
    CHECK_OK(prom_build_value(b, NULL, -0.25));
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM,
                               PROM_OPTS(.name = "h", .labels = PROM_LABELS("path"))));
    CHECK_OK(prom_build_histogram(b, PROM_VALUES("/a"), 2.5, 4, buckets, 2));
    CHECK_OK(
        prom_build_family(b, PROM_SUMMARY, PROM_OPTS(.name = "s", .labels = PROM_LABELS("r"))));
    CHECK_OK(prom_build_summary(b, PROM_VALUES("x"), 1, 2, quantiles, 2));
    CHECK_OK(prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "st")));
    CHECK_OK(prom_build_stateset(b, NULL, states, 2));
    CHECK_OK(prom_build_family(b, PROM_INFO, PROM_OPTS(.name = "build_info")));
    CHECK_OK(prom_build_info(b, NULL, &info, 1));
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "n")));
    CHECK_OK(prom_build_native(b, NULL, 1.5, 2,
                               PROM_NATIVE(.schema = 0, .positive = positive, .n_positive = 1),
                               NULL, 0));
    return PROM_OK;
}

static void test_types(void)
{
    CHECK_LINES(build_types, NULL, NULL,
                "requests_total.code.200.method.GET 1e+06 1500000000\n"
                "level -0.25 1700000000\n"
                "h_bucket.le.0_5.path._a 1 1700000000\n"
                "h_bucket.le.2.path._a 3 1700000000\n"
                "h_bucket.le._Inf.path._a 4 1700000000\n"
                "h_sum.path._a 2.5 1700000000\n"
                "h_count.path._a 4 1700000000\n"
                "s.quantile.0_5.r.x 1.5 1700000000\n"
                "s_sum.r.x 1 1700000000\n"
                "s_count.r.x 2 1700000000\n"
                "st.st.on 1 1700000000\n"
                "st.st.off 0 1700000000\n"
                "build_info.version.1_2 1 1700000000\n"
                "n_bucket.le._Inf 2 1700000000\n"
                "n_sum 1.5 1700000000\n"
                "n_count 2 1700000000\n");
    CHECK_LINES(build_types, NULL, PROM_GRAPHITE_OPTS(.tags = true, .prefix = "a.b-c:d_1"),
                "a.b-c:d_1.requests_total;code=200;method=GET 1e+06 1500000000\n"
                "a.b-c:d_1.level -0.25 1700000000\n"
                "a.b-c:d_1.h_bucket;le=0.5;path=/a 1 1700000000\n"
                "a.b-c:d_1.h_bucket;le=2;path=/a 3 1700000000\n"
                "a.b-c:d_1.h_bucket;le=+Inf;path=/a 4 1700000000\n"
                "a.b-c:d_1.h_sum;path=/a 2.5 1700000000\n"
                "a.b-c:d_1.h_count;path=/a 4 1700000000\n"
                "a.b-c:d_1.s;quantile=0.5;r=x 1.5 1700000000\n"
                "a.b-c:d_1.s_sum;r=x 1 1700000000\n"
                "a.b-c:d_1.s_count;r=x 2 1700000000\n"
                "a.b-c:d_1.st;st=on 1 1700000000\n"
                "a.b-c:d_1.st;st=off 0 1700000000\n"
                "a.b-c:d_1.build_info;version=1.2 1 1700000000\n"
                "a.b-c:d_1.n_bucket;le=+Inf 2 1700000000\n"
                "a.b-c:d_1.n_sum 1.5 1700000000\n"
                "a.b-c:d_1.n_count 2 1700000000\n");
}

/* --- values, times ------------------------------------------------------------------- */

static prom_err build_numbers(prom_builder *b, void *data)
{
    (void)data;
    const double values[] = { 0,           1e-7,     0x1p63,   1.7976931348623157e308,
                              (double)NAN, INFINITY, -INFINITY };
    CHECK_OK(
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g", .labels = PROM_LABELS("i"))));
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        CHECK_OK(
            prom_build_value(b, PROM_VALUES((char[]){ (char)('0' + i), '\0' }), values[i]));
    const int64_t times[] = { 0, 999, -1, -1000, 4294967295999, 4294967296000, INT64_MAX };
    CHECK_OK(
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "t", .labels = PROM_LABELS("i"))));
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        CHECK_OK(prom_build_value(b, PROM_VALUES((char[]){ (char)('0' + i), '\0' }), 1));
        CHECK_OK(prom_build_timestamp(b, times[i]));
    }
    return PROM_OK;
}

/* carbon takes -1 for now, and has no times outside 32 bits. */
static void test_numbers(void)
{
    CHECK_LINES(build_numbers, NULL, NULL,
                "g.i.0 0 1700000000\n"
                "g.i.1 1e-07 1700000000\n"
                "g.i.2 9.223372036854776e+18 1700000000\n"
                "g.i.3 1.7976931348623157e+308 1700000000\n"
                "t.i.0 1 0\n"
                "t.i.1 1 0\n"
                "t.i.2 1 0\n"
                "t.i.4 1 4294967295\n");
}

/* --- labels ----------------------------------------------------------------------- */

typedef struct one {
    const char *name;
    prom_label_str labels[40];
    size_t n;
} one;

static prom_err build_one(prom_builder *b, void *data)
{
    const one *x = data;
    CHECK_OK(prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = x->name)));
    CHECK_OK(prom_build_labels(b, x->labels, x->n));
    return prom_build_value(b, NULL, 1);
}

#define STR(s)             \
    {                      \
        (s), sizeof(s) - 1 \
    }

static void check_label(prom_str name, prom_str value, const char *path, const char *tag,
                        int line)
{
    one x = { "m", { { name, value } }, 1 };
    char want[512];
    snprintf(want, sizeof want, "m%s 1 1700000000\n", path);
    check_lines(build_one, &x, NULL, want, line);
    snprintf(want, sizeof want, "m%s 1 1700000000\n", tag);
    check_lines(build_one, &x, TAGS, want, line);
}
#define CHECK_LABEL(name, value, path, tag) \
    check_label((prom_str)STR(name), (prom_str)STR(value), (path), (tag), __LINE__)

static void test_labels(void)
{
    CHECK_LABEL("l", "v", ".l.v", ";l=v");
    CHECK_LABEL("l", "", "", ""); /* is no label */
    CHECK_LABEL("l", "a_b__c", ".l.a_b_c", ";l=a_b__c");
    CHECK_LABEL("l", "*(*:_-a.b", ".l._:_-a_b", ";l=*(*:_-a.b");
    CHECK_LABEL("l", "a b", ".l.a.b", ";l=a_b");
    CHECK_LABEL("l", "  a   b  ", ".l.a.b", ";l=__a___b__");
    CHECK_LABEL("l", " ", ".l._", ";l=_");
    CHECK_LABEL("l", "_ _", ".l._._", ";l=___");
    CHECK_LABEL("l", "../../etc", ".l._etc", ";l=../../etc");
    CHECK_LABEL("l", "a;b=c\nd\te", ".l.a_b_c_d_e", ";l=a_b=c_d_e");
    CHECK_LABEL("l", "~~x", ".l._x", ";l=_~x");
    CHECK_LABEL("l", "{\"a\":\"b\"}", ".l._a_:_b_", ";l=_\"a\":\"b\"}");
    CHECK_LABEL("l", "a\0b\x7F\x1F", ".l.a_b_", ";l=a_b__");
    CHECK_LABEL("l", "Z\xC3\xBCrich \xE2\x98\x95", ".l.Z_rich._",
                ";l=Z\xC3\xBCrich_\xE2\x98\x95");
    CHECK_LABEL("l", "a\xC2\x85z\xC2\xA0z\xE1\x9A\x80z\xE2\x80\x83z\xE2\x80\xA8z\xE3\x80\x80",
                ".l.a_z_z_z_z_z_", ";l=a_z_z_z_z_z_");
    CHECK_LABEL("l", "\xF0\x9F\x98\x80", ".l._", ";l=\xF0\x9F\x98\x80");
    CHECK_LABEL("a!b^c=d;e", "v", ".a_b_c_d_e.v", ";a_b_c_d_e=v");
    CHECK_LABEL("a b", "v", ".a.b.v", ";a_b=v");
    /* The tag `name` would take the metric's name away. */
    CHECK_LABEL("name", "v", ".name.v", ";exported_name=v");
    CHECK_LABEL("name2", "v", ".name2.v", ";name2=v");
}

static void test_metric_names(void)
{
    one x = { "a.b c__d_", { { STR("l"), STR("v") } }, 1 };
    CHECK_LINES(build_one, &x, NULL, "a_b.c_d_.l.v 1 1700000000\n");
    CHECK_LINES(build_one, &x, TAGS, "a_b.c_d_;l=v 1 1700000000\n");
    x = (one){ "\xE2\x98\x95", { { STR("l"), STR("") } }, 1 };
    CHECK_LINES(build_one, &x, NULL, "_ 1 1700000000\n");
}

static prom_err build_suffix(prom_builder *b, void *data)
{
    (void)data;
    CHECK_OK(prom_build_family(b, PROM_SUMMARY, PROM_OPTS(.name = "a_")));
    return prom_build_summary(b, NULL, 1, 2, NULL, 0);
}

/* As if name and suffix had been made legal together. */
static void test_suffixes(void)
{
    CHECK_LINES(build_suffix, NULL, NULL, "a_sum 1 1700000000\na_count 2 1700000000\n");
}

/* More of them than are sorted without an allocation, in a registry that keeps their order. */
static void test_many_labels(void)
{
    static char names[40][4];
    one x = { "m", { { STR("l"), STR("v") } }, 40 };
    char want[1024] = "m", *at = want + 1;
    for (int i = 0; i < 40; i++) {
        snprintf(names[39 - i], sizeof names[0], "l%02d", i);
        at += sprintf(at, ";l%02d=v", i);
    }
    for (int i = 0; i < 40; i++)
        x.labels[i] = (prom_label_str){ { names[i], 3 }, STR("v") };
    strcpy(at, " 1 1700000000\n");
    CHECK_LINES(build_one, &x, TAGS, want);
}

/* carbon's limit: a longer line takes others with it. */
static void test_long_lines(void)
{
    static char value[20000], want[20000];
    static const int head = sizeof "m.l. 1 1700000000\n" - 1;
    memset(value, 'x', sizeof value);
    one x = { "m", { { STR("l"), { value, (size_t)(16384 - head) } } }, 1 };
    snprintf(want, sizeof want, "m.l.%.*s 1 1700000000\n", 16384 - head, value);
    CHECK_LINES(build_one, &x, NULL, want);
    x.labels[0].value.n++;
    CHECK_LINES(build_one, &x, NULL, "");
}

/* --- what is refused ---------------------------------------------------------------- */

static void test_prefixes(void)
{
    static const char *const bad[] = { ".",   ".a",  "a.",       "a..b", "a b", "a/b",
                                       "a;b", "a\n", "\xC3\xBC", "~a",   " " };
    one x = { "m", { { STR("l"), STR("") } }, 1 };
    prom_snapshot *s = kit_built(build_one, &x);
    prom__bytes b = { NULL, 0, 0 };
    const prom_writer w = prom__bytes_writer(&b);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_ERR(prom_graphite_encode(s, PROM_GRAPHITE_OPTS(.prefix = bad[i]), 1, &w),
                  PROM_E_INVAL);
    CHECK_INT(b.n, 0);
    CHECK_SAYS(prom_graphite_encode(s, PROM_GRAPHITE_OPTS(.prefix = "a b"), 1, &w),
               PROM_E_INVAL,
               "'a b' is no prefix of Graphite paths: letters, digits, '_', ':', '-', and "
               "single dots between them");
    prom_unref(s);
    CHECK_LINES(build_one, &x, PROM_GRAPHITE_OPTS(.prefix = ""), "m 1 1700000000\n");
}

static prom_err write_nothing(void *data, const char *p, size_t n)
{
    (void)data, (void)p, (void)n;
    return prom_fail(PROM_E_IO, "no more");
}

static void test_what_is_refused(void)
{
    one x = { "m", { { STR("l"), STR("") } }, 1 };
    prom_snapshot *s = kit_built(build_one, &x);
    const prom_writer none = { NULL, NULL }, bad = { write_nothing, NULL };
    CHECK_SAYS(prom_graphite_encode(s, &(prom_graphite_opts){ .tags = true }, 1, &bad),
               PROM_E_INVAL, "prom_graphite_opts.size is not set: use PROM_GRAPHITE_OPTS");
    CHECK_SAYS(prom_graphite_encode(NULL, NULL, 1, &bad), PROM_E_INVAL,
               "a snapshot and a writer are needed to encode");
    CHECK_ERR(prom_graphite_encode(s, NULL, 1, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_graphite_encode(s, NULL, 1, &none), PROM_E_INVAL);
    CHECK_SAYS(prom_graphite_encode(s, NULL, 1, &bad), PROM_E_IO, "no more");
    prom_unref(s);
}

TESTS(ROW(test_types), ROW(test_numbers), ROW(test_labels), ROW(test_metric_names),
      ROW(test_suffixes), ROW(test_many_labels), ROW(test_long_lines), ROW(test_prefixes),
      ROW(test_what_is_refused))
