// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "vectors.h"

static void check_vector_text(const char *name, const char *want)
{
    json_t *v = vector_load(name);
    prom_snapshot *s = vector_snapshot(v);
    char *text = NULL;
    size_t n = 0;
    CHECK_OK(prom_encode_string(&prom_protobuf_text, s, &text, &n));
    CHECK_STR(text, want);
    CHECK_INT(n, strlen(want));
    prom_free(text);
    prom_unref(s);
    json_decref(v);
}

static void test_an_untyped_value_with_its_time(void)
{
    check_vector_text("15_timestamp_negative", "name: \"something_weird\"\n"
                                               "help: \"Before epoch.\"\n"
                                               "type: UNTYPED\n"
                                               "metric {\n"
                                               "  label {\n"
                                               "    name: \"problem\"\n"
                                               "    value: \"division by zero\"\n"
                                               "  }\n"
                                               "  untyped {\n"
                                               "    value: inf\n"
                                               "  }\n"
                                               "  timestamp_ms: -3982045\n"
                                               "}\n"
                                               "\n");
}

static void test_a_summary_and_a_histogram(void)
{
    check_vector_text("21_created_histogram_summary", "name: \"h_bytes\"\n"
                                                      "help: \"H.\"\n"
                                                      "type: HISTOGRAM\n"
                                                      "metric {\n"
                                                      "  label {\n"
                                                      "    name: \"p\"\n"
                                                      "    value: \"/\"\n"
                                                      "  }\n"
                                                      "  histogram {\n"
                                                      "    sample_count: 3\n"
                                                      "    sample_sum: 12\n"
                                                      "    bucket {\n"
                                                      "      cumulative_count: 1\n"
                                                      "      upper_bound: 1\n"
                                                      "    }\n"
                                                      "    bucket {\n"
                                                      "      cumulative_count: 3\n"
                                                      "      upper_bound: 8\n"
                                                      "    }\n"
                                                      "    created_timestamp {\n"
                                                      "      seconds: 1605281325\n"
                                                      "    }\n"
                                                      "  }\n"
                                                      "}\n"
                                                      "unit: \"bytes\"\n"
                                                      "\n"
                                                      "name: \"s_seconds\"\n"
                                                      "help: \"S.\"\n"
                                                      "type: SUMMARY\n"
                                                      "metric {\n"
                                                      "  summary {\n"
                                                      "    sample_count: 34\n"
                                                      "    sample_sum: 479.3\n"
                                                      "    quantile {\n"
                                                      "      quantile: 0.5\n"
                                                      "      value: 1.5\n"
                                                      "    }\n"
                                                      "    created_timestamp {\n"
                                                      "      seconds: 1605281325\n"
                                                      "      nanos: 500000000\n"
                                                      "    }\n"
                                                      "  }\n"
                                                      "}\n"
                                                      "unit: \"seconds\"\n"
                                                      "\n");
}

static void test_both_parts_of_a_histogram(void)
{
    check_vector_text("44_native_and_classic", "name: \"both_seconds\"\n"
                                               "help: \"Both.\"\n"
                                               "type: HISTOGRAM\n"
                                               "metric {\n"
                                               "  label {\n"
                                               "    name: \"m\"\n"
                                               "    value: \"GET\"\n"
                                               "  }\n"
                                               "  histogram {\n"
                                               "    sample_count: 34\n"
                                               "    sample_sum: 68.5\n"
                                               "    bucket {\n"
                                               "      cumulative_count: 3\n"
                                               "      upper_bound: 0.01\n"
                                               "      exemplar {\n"
                                               "        label {\n"
                                               "          name: \"trace_id\"\n"
                                               "          value: \"a1\"\n"
                                               "        }\n"
                                               "        value: 0.009\n"
                                               "        timestamp {\n"
                                               "          seconds: 1700000000\n"
                                               "          nanos: 5000000\n"
                                               "        }\n"
                                               "      }\n"
                                               "    }\n"
                                               "    bucket {\n"
                                               "      cumulative_count: 28\n"
                                               "      upper_bound: 1\n"
                                               "    }\n"
                                               "    bucket {\n"
                                               "      cumulative_count: 33\n"
                                               "      upper_bound: 10\n"
                                               "    }\n"
                                               "    zero_threshold: 0.0001\n"
                                               "    zero_count: 1\n"
                                               "    positive_span {\n"
                                               "      length: 2\n"
                                               "    }\n"
                                               "    positive_span {\n"
                                               "      offset: 3\n"
                                               "      length: 1\n"
                                               "    }\n"
                                               "    positive_delta: 8\n"
                                               "    positive_delta: 4\n"
                                               "    positive_delta: 1\n"
                                               "    exemplars {\n"
                                               "      label {\n"
                                               "        name: \"trace_id\"\n"
                                               "        value: \"a1\"\n"
                                               "      }\n"
                                               "      value: 0.009\n"
                                               "      timestamp {\n"
                                               "        seconds: 1700000000\n"
                                               "        nanos: 5000000\n"
                                               "      }\n"
                                               "    }\n"
                                               "    exemplars {\n"
                                               "      label {\n"
                                               "        name: \"trace_id\"\n"
                                               "        value: \"b2\"\n"
                                               "      }\n"
                                               "      value: 5.5\n"
                                               "      timestamp {\n"
                                               "        seconds: 1700000001\n"
                                               "      }\n"
                                               "    }\n"
                                               "  }\n"
                                               "}\n"
                                               "\n");
}

static void test_weights(void)
{
    check_vector_text("47_native_float", "name: \"nat_float\"\n"
                                         "help: \"Float.\"\n"
                                         "type: HISTOGRAM\n"
                                         "metric {\n"
                                         "  histogram {\n"
                                         "    sample_sum: 10.25\n"
                                         "    sample_count_float: 5.5\n"
                                         "    schema: 1\n"
                                         "    zero_threshold: 0.5\n"
                                         "    zero_count_float: 0.5\n"
                                         "    negative_span {\n"
                                         "      offset: 3\n"
                                         "      length: 1\n"
                                         "    }\n"
                                         "    negative_count: 1.25\n"
                                         "    positive_span {\n"
                                         "      offset: 1\n"
                                         "      length: 2\n"
                                         "    }\n"
                                         "    positive_count: 1.5\n"
                                         "    positive_count: 2.25\n"
                                         "  }\n"
                                         "}\n"
                                         "\n");
}

static void test_a_state_set(void)
{
    check_vector_text("31_stateset_metric", "name: \"service_state\"\n"
                                            "help: \"State of the service.\"\n"
                                            "type: GAUGE\n"
                                            "metric {\n"
                                            "  label {\n"
                                            "    name: \"svc\"\n"
                                            "    value: \"db\"\n"
                                            "  }\n"
                                            "  label {\n"
                                            "    name: \"service_state\"\n"
                                            "    value: \"starting\"\n"
                                            "  }\n"
                                            "  gauge {\n"
                                            "  }\n"
                                            "}\n"
                                            "metric {\n"
                                            "  label {\n"
                                            "    name: \"svc\"\n"
                                            "    value: \"db\"\n"
                                            "  }\n"
                                            "  label {\n"
                                            "    name: \"service_state\"\n"
                                            "    value: \"running\"\n"
                                            "  }\n"
                                            "  gauge {\n"
                                            "    value: 1\n"
                                            "  }\n"
                                            "}\n"
                                            "metric {\n"
                                            "  label {\n"
                                            "    name: \"svc\"\n"
                                            "    value: \"db\"\n"
                                            "  }\n"
                                            "  label {\n"
                                            "    name: \"service_state\"\n"
                                            "    value: \"stopped\"\n"
                                            "  }\n"
                                            "  gauge {\n"
                                            "  }\n"
                                            "}\n"
                                            "\n");
}

static prom_err odd(prom_builder *b, void *data)
{
    (void)data;
    static const prom_str value = { "a\tb\r\n\"\\\1\177\0", 10 };
    prom_err e = prom_build_family(b, PROM_GAUGE,
                                   PROM_OPTS(.name = "a.b", .labels = PROM_VALUES("c d")));
    if (!e)
        e = prom_build_values(b, &value, 1);
    return e ? e : prom_build_value(b, NULL, -INFINITY);
}

static void test_control_characters_and_escaped_names(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c;
    char *text = NULL;
    CHECK_OK(prom_collector_new(r, PROM_COLLECTOR_OPTS(.name = "odd", .collect = odd), &c));
    CHECK_OK(prom_expose(r, &prom_protobuf_text, &text, NULL));
    CHECK_STR(text, "name: \"a_b\"\ntype: GAUGE\nmetric {\n  label {\n    name: \"c_d\"\n"
                    "    value: \"a\\tb\\r\\n\\\"\\\\\\x01\\x7f\\x00\"\n  }\n"
                    "  gauge {\n    value: -inf\n  }\n}\n\n");
    prom_free(text);
    prom_unref(c);
    prom_unref(r);
}

TESTS(ROW(test_an_untyped_value_with_its_time), ROW(test_a_summary_and_a_histogram),
      ROW(test_both_parts_of_a_histogram), ROW(test_weights), ROW(test_a_state_set),
      ROW(test_control_characters_and_escaped_names))
