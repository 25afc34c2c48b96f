// SPDX-License-Identifier: Apache-2.0
/* json_test.c - the documented form word for word, strings that need escapes, and every golden
 * vector read by somebody else's reader and compared with what went in. */
#include "kit.h"
#include "vectors.h"

#include <prom/model.h>

static prom_err build_document(prom_builder *b, void *data)
{
    prom_label_str trace = { { "trace_id", 8 }, { "a\"b", 3 } };
    prom_bucket buckets[] = { { 0.5, 1 }, { 2, 18446744073709551614u } };
    prom_quantile quantiles[] = { { 0.5, 1.5 }, { 0.9, (double)NAN } };
    prom_state states[] = { { { "on", 2 }, true }, { { "off", 3 }, false } };
    prom_native_bucket positive[] = { { -1, { 2 } }, { 3, { 1 } } }, heavy = { 0, { 0 } };
    double bounds[] = { 1, 2.5 };
    (void)data;
    heavy.n.weight = 0.5;
    CHECK_OK(prom_build_family(b, PROM_COUNTER,
                               PROM_OPTS(.name = "c.x_total", .help = "He\nlp", .unit = "x",
                                         .labels = PROM_LABELS("l"))));
    CHECK_OK(prom_build_value(b, PROM_VALUES("v"), 1e6));
    CHECK_OK(prom_build_timestamp(b, -1500));
    CHECK_OK(prom_build_created(b, 1520430000123456789));
    CHECK_OK(prom_build_exemplar(b, &(prom_exemplar){ &trace, 1, 0.5, 1500000000 }));
    CHECK_OK(
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g", .labels = PROM_LABELS("l"))));
    CHECK_OK(prom_build_value(b, PROM_VALUES(""), -INFINITY));
    CHECK_OK(prom_build_value(b, PROM_VALUES("2"), INFINITY));
    CHECK_OK(prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "nothing")));
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "h")));
    CHECK_OK(prom_build_histogram(b, NULL, 2.5, 18446744073709551615u, buckets, 2));
    CHECK_OK(prom_build_family(b, PROM_SUMMARY, PROM_OPTS(.name = "s")));
    CHECK_OK(prom_build_summary(b, NULL, 1, 2, quantiles, 2));
    CHECK_OK(prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "st")));
    CHECK_OK(prom_build_stateset(b, NULL, states, 2));
    CHECK_OK(prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "n")));
    CHECK_OK(
        prom_build_native(b, NULL, 0.5, 7,
                          PROM_NATIVE(.schema = -4, .zero_threshold = 1e-9, .zero_count = 4,
                                      .positive = positive, .n_positive = 2),
                          NULL, 0));
    CHECK_OK(prom_build_exemplar(b, &(prom_exemplar){ NULL, 0, 3, PROM_NO_TIME }));
    CHECK_OK(prom_build_family(b, PROM_GAUGE_HISTOGRAM, PROM_OPTS(.name = "w")));
    CHECK_OK(prom_build_native(b, NULL, 0.5, 0,
                               PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .is_float = true,
                                           .weight = 0.5, .positive = &heavy, .n_positive = 1,
                                           .custom = bounds, .n_custom = 2),
                               NULL, 0));
    return PROM_OK;
}

static const char document[] =
    "{\"families\":[\n"
    "{\"name\":\"c.x_total\",\"type\":\"counter\",\"help\":\"He\\nlp\",\"unit\":\"x\","
    "\"metrics\":["
    "{\"labels\":{\"l\":\"v\"},\"value\":1e+06,\"exemplars\":[{\"labels\":{\"trace_id\":"
    "\"a\\\"b\"},\"value\":0.5,\"timestamp\":1.5}],\"timestamp\":-1.5,"
    "\"created\":1520430000.123456789}]},\n"
    "{\"name\":\"g\",\"type\":\"gauge\",\"metrics\":[{\"labels\":{\"l\":\"\"},\"value\":"
    "\"-Inf\"},{\"labels\":{\"l\":\"2\"},\"value\":\"+Inf\"}]},\n"
    "{\"name\":\"nothing\",\"type\":\"gauge\",\"metrics\":[]},\n"
    "{\"name\":\"h\",\"type\":\"histogram\",\"metrics\":[{\"labels\":{},"
    "\"count\":18446744073709551615,\"sum\":2.5,\"buckets\":[[0.5,1],[2,18446744073709551614],"
    "[\"+Inf\",18446744073709551615]]}]},\n"
    "{\"name\":\"s\",\"type\":\"summary\",\"metrics\":[{\"labels\":{},\"count\":2,\"sum\":1,"
    "\"quantiles\":[[0.5,1.5],[0.9,\"NaN\"]]}]},\n"
    "{\"name\":\"st\",\"type\":\"stateset\",\"metrics\":[{\"labels\":{},\"states\":{\"on\":"
    "true,"
    "\"off\":false}}]},\n"
    "{\"name\":\"n\",\"type\":\"histogram\",\"metrics\":[{\"labels\":{},\"count\":7,\"sum\":0."
    "5,"
    "\"native\":{\"schema\":-4,\"zero_threshold\":1e-09,\"zero_count\":4,\"positive\":[[-1,2],"
    "[3,1]],\"negative\":[]},\"native_exemplars\":[{\"labels\":{},\"value\":3}]}]},\n"
    "{\"name\":\"w\",\"type\":\"gaugehistogram\",\"metrics\":[{\"labels\":{},\"count\":0.5,"
    "\"sum\":0.5,\"native\":{\"schema\":-53,\"zero_threshold\":0,\"zero_count\":0,\"positive\":"
    "[[0,0.5]],\"negative\":[],\"bounds\":[1,2.5]}}]}\n"
    "]}\n";

static void test_the_whole_form(void)
{
    prom_snapshot *s = kit_built(build_document, NULL);
    for (int e = PROM_UNDERSCORES; e <= PROM_ALLOW_UTF8; e++) {
        char *text = NULL;
        prom_encode_opts o = { .size = sizeof o, .escaping = (prom_escaping)e };
        CHECK_OK(prom_encode_string_with(&prom_json, &o, s, &text, NULL));
        CHECK_STR(text, document);
        prom_free(text);
    }
    prom_unref(s);
}

static void test_nothing(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    char *text = NULL;
    CHECK_OK(prom_expose(r, &prom_json, &text, NULL));
    CHECK_STR(text, "{\"families\":[\n]}\n");
    prom_free(text);
    prom_unref(r);
}

/* Every character up to U+20FF and some beyond, each between two others. */
static prom_err build_characters(prom_builder *b, void *data)
{
    prom_str *s = data;
    prom_label_str label = { { "l", 1 }, *s };
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "g"));
    if (!e)
        e = prom_build_labels(b, &label, 1);
    return e ? e : prom_build_value(b, NULL, 1);
}

static size_t write_character(char *at, unsigned c)
{
    if (c < 0x80) {
        at[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        at[0] = (char)(0xC0 | c >> 6);
        at[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    at[0] = (char)(0xE0 | c >> 12);
    at[1] = (char)(0x80 | (c >> 6 & 63));
    at[2] = (char)(0x80 | (c & 63));
    return 3;
}

static void test_every_character(void)
{
    static char all[4 * 0x2100];
    prom_str s = { all, 0 };
    for (unsigned c = 0; c < 0x2100; c++) {
        s.n += write_character(all + s.n, c);
        all[s.n++] = 'a';
    }
    prom_snapshot *snapshot = kit_built(build_characters, &s);
    char *text = NULL;
    size_t n = 0;
    CHECK_OK(prom_encode_string(&prom_json, snapshot, &text, &n));
    for (size_t i = 0; i < n; i++)
        CHECK((unsigned char)text[i] >= 0x20 || text[i] == '\n');
    CHECK(!strstr(text, "\xE2\x80\xA8") && !strstr(text, "\xE2\x80\xA9"));
    CHECK(strstr(text, "\xE2\x80\xA7") && strstr(text, "\xE2\x80\xAA"));
    CHECK(strstr(text, "\\u0000a\\u0001a") && strstr(text, "\\u001fa") &&
          strstr(text, "a\\na"));
    json_t *j = json_loadb(text, n, JSON_ALLOW_NUL, NULL),
           *value = json_object_get(
               json_object_get(
                   json_array_get(
                       json_object_get(json_array_get(json_object_get(j, "families"), 0),
                                       "metrics"),
                       0),
                   "labels"),
               "l");
    CHECK_INT(json_string_length(value), s.n);
    CHECK(value && memcmp(json_string_value(value), all, s.n) == 0);
    json_decref(j);
    prom_free(text);
    prom_unref(snapshot);
}

/* --- golden vectors ------------------------------------------------------ */

static void check_number(json_t *got, json_t *want)
{
    if (!want)
        return;
    double v =
        json_is_string(got) ? strtod(json_string_value(got), NULL) : json_number_value(got);
    CHECK_DBL(v, number_of(want));
}

static void check_labels(json_t *got, json_t *metric)
{
    size_t i, n = 0;
    json_t *pair;
    json_array_foreach(json_object_get(metric, "labels"), i, pair)
    {
        CHECK_STR(
            json_string_value(json_object_get(got, json_string_value(json_array_get(pair, 0)))),
            json_string_value(json_array_get(pair, 1)));
        n++;
    }
    n += json_array_size(json_object_get(metric, "info"));
    CHECK_INT(json_object_size(got), n);
}

static void check_metric(json_t *got, json_t *want)
{
    check_labels(json_object_get(got, "labels"), want);
    check_number(json_object_get(got, "value"), json_object_get(want, "value"));
    check_number(json_object_get(got, "sum"), json_object_get(want, "sum"));
    CHECK_INT(json_array_size(json_object_get(got, "quantiles")),
              json_array_size(json_object_get(want, "quantiles")));
    CHECK_INT(json_object_size(json_object_get(got, "states")),
              json_array_size(json_object_get(want, "states")));
    CHECK_INT(json_array_size(json_object_get(got, "native_exemplars")),
              json_array_size(json_object_get(want, "exemplars")));
    CHECK_INT(!json_object_get(got, "native"), !json_object_get(want, "native"));
    CHECK_INT(!json_object_get(got, "created"), !json_object_get(want, "created"));
    CHECK_INT(!json_object_get(got, "timestamp"), !json_object_get(want, "timestamp_ms"));
}

static void check_family(json_t *got, json_t *want)
{
    json_t *metric;
    size_t i;
    CHECK_STR(member_text(got, "name"), member_text(want, "name"));
    CHECK_STR(member_text(got, "type"), member_text(want, "type"));
    CHECK_STR(member_text(got, "help"), member_text(want, "help"));
    CHECK_STR(member_text(got, "unit"), member_text(want, "unit"));
    json_t *metrics = json_object_get(got, "metrics");
    CHECK_INT(json_array_size(metrics), json_array_size(json_object_get(want, "metrics")));
    json_array_foreach(json_object_get(want, "metrics"), i, metric)
    {
        check_metric(json_array_get(metrics, i), metric);
    }
}

static void test_golden_vectors(void)
{
    for (int i = 0; i < VECTORS; i++) {
        json_t *v = vector_load(vectors[i]), *families = json_object_get(v, "families"), *f;
        prom_snapshot *s = vector_snapshot(v);
        char *text = NULL;
        size_t n = 0, k;
        int before = check_failures;
        CHECK_OK(prom_encode_string(&prom_json, s, &text, &n));
        json_t *j = json_loadb(text, n, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
        json_t *got = json_object_get(j, "families");
        CHECK(got != NULL);
        CHECK_INT(json_array_size(got), json_array_size(families));
        json_array_foreach(families, k, f)
        {
            check_family(json_array_get(got, k), f);
        }
        if (check_failures != before)
            fprintf(stderr, "    in vector %s\n%s\n", vectors[i], text);
        json_decref(j);
        prom_free(text);
        prom_unref(s);
        json_decref(v);
    }
}

TESTS(ROW(test_the_whole_form), ROW(test_nothing), ROW(test_every_character),
      ROW(test_golden_vectors))
