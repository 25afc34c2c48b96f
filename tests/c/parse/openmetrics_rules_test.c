// SPDX-License-Identifier: Apache-2.0
/* openmetrics_rules_test.c - lines that are right, but not what the type or the place allows.
 */
#include "openmetrics.h"

#define COUNTER   "# TYPE c counter\n"
#define GAUGES    "# TYPE g gaugehistogram\n"
#define HISTOGRAM "# TYPE h histogram\n"
#define INFO      "# TYPE a info\n"
#define STATES    "# TYPE a stateset\n"
#define SUMMARY   "# TYPE s summary\n"

static void test_repeated_and_late_metadata(void)
{
    CHECK_REFUSED("# HELP a \n"
                  "# HELP a \n",
                  "line 2, column 1: 'a' has a second HELP line");
    CHECK_REFUSED("# HELP a x\n"
                  "# TYPE a gauge\n"
                  "# HELP a x\n",
                  "line 3, column 1: 'a' has a second HELP line");
    CHECK_REFUSED("# TYPE a gauge\n"
                  "# TYPE a gauge\n",
                  "line 2, column 1: 'a' has a second TYPE line");
    CHECK_REFUSED("# UNIT a_s s\n"
                  "# UNIT a_s s\n",
                  "line 2, column 1: 'a_s' has a second UNIT line");
    CHECK_REFUSED("# HELP a x\n"
                  "a 1\n"
                  "# TYPE a gauge\n",
                  "line 3, column 8: 'a' is described behind its samples");
    CHECK_REFUSED("# TYPE a gauge\n"
                  "a 1\n"
                  "# HELP a x\n",
                  "line 3, column 8: 'a' is described behind its samples");
    CHECK_REFUSED("# TYPE a_s gauge\n"
                  "a_s 1\n"
                  "# UNIT a_s s\n",
                  "line 3, column 8: 'a_s' is described behind its samples");
    CHECK_REFUSED("a 1\n"
                  "# TYPE a gauge\n",
                  "line 2, column 8: 'a' is described behind its samples");
}

static void test_clashing_names(void)
{
    CHECK_REFUSED(
        "# TYPE a gauge\n"
        "a 1\n"
        "# TYPE b gauge\n"
        "b 1\n"
        "# TYPE a gauge\n",
        "line 5, column 8: 'a' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(
        "a 1\n"
        "b 1\n"
        "a 1\n",
        "line 3, column 1: 'a' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(COUNTER "c 1\n",
                  "line 2, column 1: 'c' is a counter, whose samples have suffixes");
    CHECK_REFUSED(
        "# TYPE c info\n"
        "# TYPE d gauge\n"
        "# TYPE c counter\n",
        "line 3, column 8: 'c' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(
        "# TYPE c_created gauge\n"
        "# TYPE c counter\n",
        "line 2, column 8: 'c_created' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(
        COUNTER "# TYPE c_total gauge\n",
        "line 2, column 8: 'c_total' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(
        COUNTER "c_total 1\n"
                "# TYPE d gauge\n"
                "c_total 2\n",
        "line 4, column 1: 'c_total' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(
        "# TYPE h_bucket gauge\n"
        "# TYPE h histogram\n",
        "line 2, column 8: 'h_bucket' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(
        HISTOGRAM "# TYPE h_count gauge\n",
        "line 2, column 8: 'h_count' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(
        GAUGES "# TYPE g_gsum gauge\n",
        "line 2, column 8: 'g_gsum' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(SUMMARY "# TYPE s_sum counter\n"
                          "# TYPE s_sum gauge\n",
                  "line 3, column 1: 's_sum' has a second TYPE line");
    CHECK_REFUSED(
        "# TYPE i info\n"
        "# TYPE i_info gauge\n",
        "line 2, column 8: 'i_info' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(HISTOGRAM "h 1\n",
                  "line 2, column 1: 'h' is a histogram, whose samples have suffixes");
    CHECK_REFUSED("# TYPE i info\n"
                  "i 1\n",
                  "line 2, column 1: 'i' is an info, whose samples have suffixes");
}

static void test_order_of_times(void)
{
    CHECK_REFUSED("# TYPE a gauge\n"
                  "a 1 2\n"
                  "a 1 1\n",
                  "line 3, column 1: the times of this metric do not ascend");
    CHECK_REFUSED("a 0 -1\n"
                  "a 0 -2\n",
                  "line 2, column 1: the times of this metric do not ascend");
    CHECK_REFUSED("a 0 -1\n"
                  "a 0 -1.1\n",
                  "line 2, column 1: the times of this metric do not ascend");
    CHECK_REFUSED("a 0 1.1\n"
                  "a 0 1\n",
                  "line 2, column 1: the times of this metric do not ascend");
    CHECK_REFUSED(
        "a 0\n"
        "a 0 0\n",
        "line 2, column 1: some samples of this metric have a time, and some have none");
    CHECK_REFUSED(
        "a 0 0\n"
        "a 0\n",
        "line 2, column 1: some samples of this metric have a time, and some have none");
    CHECK_REFUSED("a 0 1\n"
                  "a 0 1\n",
                  "line 2, column 1: this sample of 'a' is there twice");
    CHECK_REFUSED("a 0\n"
                  "a 0\n",
                  "line 2, column 1: this sample of 'a' is there twice");
    CHECK_REFUSED("a 0 1.000000001\n"
                  "a 0 1.000000001\n",
                  "line 2, column 1: this sample of 'a' is there twice");
    CHECK_REFUSED(COUNTER "c_total 1 1\n"
                          "c_created 1 2\n",
                  "line 3, column 1: this counter 'c' has no _total");
    CHECK_REFUSED(
        COUNTER "c_created 1 2\n"
                "c_total 1\n",
        "line 3, column 1: some samples of this metric have a time, and some have none");
    CHECK_REFUSED(SUMMARY "s_sum 1 1\n"
                          "s_count 1 2\n"
                          "s_sum 1 1\n",
                  "line 4, column 1: the times of this metric do not ascend");
    CHECK_REFUSED(
        HISTOGRAM "h_bucket{le=\"+Inf\"} 1 1\n"
                  "h_sum 1 1\n"
                  "h_count 1\n",
        "line 4, column 1: some samples of this metric have a time, and some have none");
}

static void test_places_of_exemplars(void)
{
    CHECK_REFUSED(
        HISTOGRAM "h_sum 1 # {} 1\n",
        "line 2, column 9: 'h_sum' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED(
        HISTOGRAM "h_count 1 # {} 1\n",
        "line 2, column 11: 'h_count' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED(
        GAUGES "g_gsum 1 # {} 1\n",
        "line 2, column 10: 'g_gsum' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED(
        COUNTER "c_created 1 # {} 1\n",
        "line 2, column 13: 'c_created' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED(
        "# TYPE h_bucket gauge\n"
        "h_bucket{le=\"1\"} 1 # {} 1\n",
        "line 2, column 20: 'h_bucket' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED("# TYPE a gauge\n"
                  "a 1 # {} 1\n",
                  "line 2, column 5: 'a' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED("a 1 # {} 1\n",
                  "line 1, column 5: 'a' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED(
        INFO "a_info 1 # {} 1\n",
        "line 2, column 10: 'a_info' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED(STATES "a{a=\"x\"} 1 # {} 1\n",
                  "line 2, column 12: 'a' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED(SUMMARY "s{quantile=\"0.5\"} 1 # {} 1\n",
                  "line 2, column 21: 's' has an exemplar, but is neither counter nor bucket");
    CHECK_REFUSED(
        HISTOGRAM "h_bucket{le=\"1\"} 1 # {} 1.5\n",
        "line 2, column 20: 'h_bucket' has an exemplar of 1.5, which is not in its bucket");
    CHECK_REFUSED(
        HISTOGRAM "h_bucket{le=\"1\"} 1 # {} NaN\n",
        "line 2, column 20: 'h_bucket' has an exemplar of NaN, which is not in its bucket");
}

static void test_counters(void)
{
    CHECK_REFUSED(COUNTER "c_total NaN\n",
                  "line 2, column 9: 'c_total' is a counter, but no number");
    CHECK_REFUSED(COUNTER "c_total -1\n",
                  "line 2, column 9: 'c_total' is a counter, but negative");
    CHECK_REFUSED(COUNTER "c_created 1\n", "line 2, column 1: this counter 'c' has no _total");
    CHECK_REFUSED(COUNTER "c_created 1\n"
                          "# TYPE d gauge\n",
                  "line 2, column 1: this counter 'c' has no _total");
    CHECK_REFUSED(COUNTER "c_total 1\n"
                          "c_total 2\n",
                  "line 3, column 1: this sample of 'c_total' is there twice");
    CHECK_REFUSED(COUNTER "c_total 1\n"
                          "c_created 1\n"
                          "c_created 1\n",
                  "line 4, column 1: this sample of 'c_created' is there twice");
    CHECK_REFUSED(COUNTER "c_total{a=\"1\"} 1\n"
                          "c_total{a=\"2\"} 1\n"
                          "c_created{a=\"1\"} 1\n",
                  "line 4, column 1: the samples of this metric 'c' do not stand together");
    CHECK_REFUSED(COUNTER "c_total 1\n"
                          "c_created x\n",
                  "line 3, column 11: 'x' is not a number");
    CHECK_REFUSED(COUNTER "c_total 1\n"
                          "c_created NaN\n",
                  "line 3, column 11: 'NaN' is not a time, or too far away");
    CHECK_REFUSED(COUNTER "c_total 1\n"
                          "c_created 9223372037\n",
                  "line 3, column 11: '9223372037' is not a time, or too far away");
    CHECK_REFUSED(
        COUNTER "c_sum 1\n"
                "c_total 1\n",
        "line 3, column 1: 'c_total' is taken by a family before, or by one of its samples");
}

static void test_infos_and_states(void)
{
    CHECK_REFUSED(INFO "a_info 2\n",
                  "line 2, column 8: 'a_info' is an info, which is always 1");
    CHECK_REFUSED(INFO "a_info 0\n",
                  "line 2, column 8: 'a_info' is an info, which is always 1");
    CHECK_REFUSED(INFO "a_info NaN\n",
                  "line 2, column 8: 'a_info' is an info, which is always 1");
    CHECK_REFUSED(INFO "a_info{x=\"1\"} 1\n"
                       "a_info{x=\"1\"} 1\n",
                  "line 3, column 1: this sample of 'a_info' is there twice");
    CHECK_REFUSED(INFO "a_info{x=\"1\"} 1 1\n"
                       "a_info{x=\"2\"} 1 1\n"
                       "a_info{x=\"1\"} 1 1\n",
                  "line 4, column 1: this sample of 'a_info' is there twice");
    CHECK_REFUSED(STATES "a 0\n", "line 2, column 1: 'a' has no label 'a'");
    CHECK_REFUSED(STATES "a{b=\"x\"} 0\n", "line 2, column 1: 'a' has no label 'a'");
    CHECK_REFUSED(STATES "a{a=\"x\"} 2\n",
                  "line 2, column 10: 'a' is a state, which is 0 or 1");
    CHECK_REFUSED(STATES "a{a=\"x\"} 0.5\n",
                  "line 2, column 10: 'a' is a state, which is 0 or 1");
    CHECK_REFUSED(STATES "a{a=\"x\"} -1\n",
                  "line 2, column 10: 'a' is a state, which is 0 or 1");
    CHECK_REFUSED(STATES "a{a=\"x\"} NaN\n",
                  "line 2, column 10: 'a' is a state, which is 0 or 1");
    CHECK_REFUSED(STATES "a{a=\"x\"} 0\n"
                         "a{a=\"x\"} 1\n",
                  "line 2, column 1: 'a': state 'x' is given twice");
    CHECK_REFUSED(STATES "a{a=\"\"} 0\n", "line 2, column 1: 'a': a state has an empty name");
    CHECK_REFUSED(STATES "a{a=\"x\",b=\"1\"} 0\n"
                         "a{a=\"x\",b=\"2\"} 0\n"
                         "a{a=\"y\",b=\"1\"} 0\n",
                  "line 4, column 1: the samples of this metric 'a' do not stand together");
}

static void test_summaries(void)
{
    CHECK_REFUSED(SUMMARY "s 0\n", "line 2, column 1: 's' has no label 'quantile'");
    CHECK_REFUSED(SUMMARY "s{quantile=\"-1\"} 0\n",
                  "line 2, column 1: 's': quantile -1 is not between 0 and 1");
    CHECK_REFUSED(SUMMARY "s{quantile=\"1.01\"} 0\n",
                  "line 2, column 1: 's': quantile 1.01 is not between 0 and 1");
    CHECK_REFUSED(SUMMARY "s{quantile=\"x\"} 0\n",
                  "line 2, column 1: 's': label 'quantile' is 'x', no number");
    CHECK_REFUSED(SUMMARY "s{quantile=\"NaN\"} 0\n",
                  "line 2, column 1: 's': label 'quantile' is 'NaN', no number");
    CHECK_REFUSED(SUMMARY "s{quantile=\" 1\"} 0\n",
                  "line 2, column 1: 's': label 'quantile' is ' 1', no number");
    CHECK_REFUSED(SUMMARY "s{quantile=\"0.5\"} -1\n",
                  "line 2, column 19: 's': a quantile is negative");
    CHECK_REFUSED(SUMMARY "s{quantile=\"0.5\"} 1\n"
                          "s{quantile=\"0.50\"} 1\n",
                  "line 2, column 1: this summary 's' has a quantile twice");
    CHECK_REFUSED(SUMMARY "s_count NaN\n",
                  "line 2, column 9: 's_count' is a count, but no whole number");
    CHECK_REFUSED(SUMMARY "s_count -1\n",
                  "line 2, column 9: 's_count' is a count, but no whole number");
    CHECK_REFUSED(SUMMARY "s_count 0.5\n",
                  "line 2, column 9: 's_count' is a count, but no whole number");
    CHECK_REFUSED(SUMMARY "s_count 1e300\n",
                  "line 2, column 9: 's_count' is a count, but no whole number");
    CHECK_REFUSED(SUMMARY "s_count 18446744073709551616\n",
                  "line 2, column 9: 's_count' is a count, but no whole number");
    CHECK_REFUSED(SUMMARY "s_sum -1\n",
                  "line 2, column 7: 's_sum': the sum of a summary is negative");
    CHECK_REFUSED(SUMMARY "s_sum 1\n"
                          "s_sum 1\n",
                  "line 3, column 1: this sample of 's_sum' is there twice");
    CHECK_REFUSED(SUMMARY "s_count 1\n"
                          "s_count 1\n",
                  "line 3, column 1: this sample of 's_count' is there twice");
    CHECK_REFUSED(SUMMARY "s_sum{quantile=\"1\"} 1\n",
                  "line 2, column 1: 's': label 'quantile' is reserved in a summary");
    CHECK_REFUSED(SUMMARY "s_sum{a=\"1\"} 0\n"
                          "s_sum{a=\"2\"} 0\n"
                          "s_count{a=\"1\"} 0\n",
                  "line 4, column 1: the samples of this metric 's' do not stand together");
    CHECK_REFUSED(SUMMARY "s{quantile=\"0\"} 0\n"
                          "s_sum{a=\"1\"} 0\n"
                          "s{quantile=\"1\"} 0\n",
                  "line 4, column 1: the samples of this metric 's' do not stand together");
    CHECK_REFUSED(
        SUMMARY "s_bucket{le=\"+Inf\"} 1\n"
                "s_sum 1\n"
                "# TYPE s gauge\n",
        "line 3, column 1: 's_sum' is taken by a family before, or by one of its samples");
}

static void test_histograms(void)
{
    CHECK_REFUSED(HISTOGRAM "h_sum 1\n",
                  "line 2, column 1: this histogram 'h' has no +Inf bucket");
    CHECK_REFUSED(HISTOGRAM "h_count 1\n",
                  "line 2, column 1: this histogram 'h' has no +Inf bucket");
    CHECK_REFUSED(HISTOGRAM "h_bucket 0\n", "line 2, column 1: 'h_bucket' has no label 'le'");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"x\"} 0\n",
                  "line 2, column 1: 'h_bucket': label 'le' is 'x', no number");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"NaN\"} 0\n",
                  "line 2, column 1: 'h_bucket': label 'le' is 'NaN', no number");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"1\"} 0\n",
                  "line 2, column 1: this histogram 'h' has no +Inf bucket");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"+INF\"} 0\n",
                  "line 2, column 1: 'h_bucket': infinity is spelled +Inf, not '+INF'");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"Inf\"} 0\n",
                  "line 2, column 1: 'h_bucket': infinity is spelled +Inf, not 'Inf'");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"+Inf\"} NaN\n",
                  "line 2, column 21: 'h_bucket' is a count, but no whole number");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"+Inf\"} -1\n",
                  "line 2, column 21: 'h_bucket' is a count, but no whole number");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"+Inf\"} 0.5\n",
                  "line 2, column 21: 'h_bucket' is a count, but no whole number");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"+Inf\"} 0\n"
                            "h_sum 0\n",
                  "line 2, column 1: this histogram 'h' has a _sum, but no _count");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"+Inf\"} 0\n"
                            "h_count 0\n",
                  "line 2, column 1: this histogram 'h' has a _count, but no _sum");
    CHECK_REFUSED(HISTOGRAM "h_count 1\n"
                            "h_bucket{le=\"+Inf\"} 0\n",
                  "line 2, column 1: this histogram 'h' has a _count, but no _sum");
    CHECK_REFUSED(
        HISTOGRAM "h_bucket{le=\"+Inf\"} 0\n"
                  "h_count 1\n"
                  "h_sum 1\n",
        "line 2, column 1: this histogram 'h' has a +Inf bucket that differs from its count");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"2\"} 0\n"
                            "h_bucket{le=\"1\"} 0\n"
                            "h_bucket{le=\"+Inf\"} 0\n",
                  "line 3, column 1: 'h_bucket': buckets must ascend, but 1 follows 2");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"1\"} 0\n"
                            "h_bucket{le=\"1.0\"} 0\n"
                            "h_bucket{le=\"+Inf\"} 0\n",
                  "line 3, column 1: 'h_bucket': buckets must ascend, but 1 follows 1");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"+Inf\"} 1\n"
                            "h_bucket{le=\"+Inf\"} 1\n",
                  "line 3, column 1: 'h_bucket': buckets must ascend, but +Inf follows +Inf");
    CHECK_REFUSED(
        HISTOGRAM "h_bucket{le=\"1\"} 2\n"
                  "h_bucket{le=\"2\"} 1\n"
                  "h_bucket{le=\"+Inf\"} 2\n",
        "line 3, column 1: 'h_bucket': counts of buckets must not fall, as at bound 2");
    CHECK_REFUSED(HISTOGRAM "h_bucket{a=\"1\",le=\"1\"} 0\n"
                            "h_bucket{a=\"2\",le=\"+Inf\"} 0\n"
                            "h_bucket{a=\"1\",le=\"+Inf\"} 0\n",
                  "line 2, column 1: this histogram 'h' has no +Inf bucket");
    CHECK_REFUSED(HISTOGRAM "h_bucket{a=\"1\",le=\"+Inf\"} 0\n"
                            "h_bucket{a=\"2\",le=\"+Inf\"} 0\n"
                            "h_created{a=\"1\"} 0\n",
                  "line 4, column 1: the samples of this metric 'h' do not stand together");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"+Inf\"} 0\n"
                            "h_sum{le=\"+Inf\"} 0\n",
                  "line 3, column 1: this histogram 'h' has no +Inf bucket");
    CHECK_REFUSED(
        HISTOGRAM "h_bucket{le=\"+Inf\"} 0\n"
                  "h_gsum 0\n"
                  "h_count 1\n",
        "line 4, column 1: 'h_count' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(HISTOGRAM "h_bucket{le=\"+Inf\"} 0\n"
                            "h_sum 1\n"
                            "h_sum 1\n",
                  "line 4, column 1: this sample of 'h_sum' is there twice");
    CHECK_REFUSED(HISTOGRAM "h {count:1,sum:1,schema:0,zero_threshold:0,zero_count:1}\n",
                  "line 2, column 3: '{count:1,sum:1,schema:0,zero_threshold:0,zero_count:1}' "
                  "is not a number");
}

static void test_gauge_histograms(void)
{
    CHECK_REFUSED(GAUGES "g_gsum 1\n",
                  "line 2, column 1: this gaugehistogram 'g' has no +Inf bucket");
    CHECK_REFUSED(GAUGES "g_gcount 1\n",
                  "line 2, column 1: this gaugehistogram 'g' has no +Inf bucket");
    CHECK_REFUSED(GAUGES "g_bucket 0\n", "line 2, column 1: 'g_bucket' has no label 'le'");
    CHECK_REFUSED(GAUGES "g_bucket{le=\"+Inf\"} NaN\n",
                  "line 2, column 21: 'g_bucket' is a count, but no whole number");
    CHECK_REFUSED(GAUGES "g_bucket{le=\"+Inf\"} -1\n",
                  "line 2, column 21: 'g_bucket' is a count, but no whole number");
    CHECK_REFUSED(GAUGES "g_bucket{le=\"+Inf\"} 0.5\n",
                  "line 2, column 21: 'g_bucket' is a count, but no whole number");
    CHECK_REFUSED(GAUGES "g_bucket{le=\"+Inf\"} 0\n"
                         "g_gsum 0\n",
                  "line 2, column 1: this gaugehistogram 'g' has a _gsum, but no _gcount");
    CHECK_REFUSED(GAUGES "g_bucket{le=\"+Inf\"} 0\n"
                         "g_gcount 0\n",
                  "line 2, column 1: this gaugehistogram 'g' has a _gcount, but no _gsum");
    CHECK_REFUSED(GAUGES "g_bucket{le=\"+Inf\"} 1\n"
                         "g_gcount 2\n"
                         "g_gsum 1\n",
                  "line 2, column 1: this gaugehistogram 'g' has a +Inf bucket that differs "
                  "from its count");
    CHECK_REFUSED(
        GAUGES "g_bucket{le=\"+Inf\"} 1\n"
               "g_sum 1\n",
        "line 3, column 1: 'g_sum' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(
        GAUGES "g_bucket{le=\"+Inf\"} 1\n"
               "g_created 1\n"
               "g_gsum 1\n",
        "line 4, column 1: 'g_gsum' is taken by a family before, or by one of its samples");
    CHECK_REFUSED(GAUGES "g_gsum{a=\"1\"} 0\n"
                         "g_gsum{a=\"2\"} 0\n"
                         "g_gcount{a=\"1\"} 0\n",
                  "line 2, column 1: this gaugehistogram 'g' has no +Inf bucket");
}

TESTS(ROW(test_repeated_and_late_metadata), ROW(test_clashing_names), ROW(test_order_of_times),
      ROW(test_places_of_exemplars), ROW(test_counters), ROW(test_infos_and_states),
      ROW(test_summaries), ROW(test_histograms), ROW(test_gauge_histograms))
