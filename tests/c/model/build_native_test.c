// SPDX-License-Identifier: Apache-2.0
#include "building.h"

#define BAD(native, sum, count, sentence)                                                   \
    CHECK_SAYS(prom_build_native(b, NULL, (sum), (count), (native), NULL, 0), PROM_E_INVAL, \
               "'h': " sentence)

#define SIDE(...)                                            \
    .positive = (const prom_native_bucket[]){ __VA_ARGS__ }, \
    .n_positive =                                            \
        sizeof((const prom_native_bucket[]){ __VA_ARGS__ }) / sizeof(prom_native_bucket)
#define OTHER_SIDE(...)                                      \
    .negative = (const prom_native_bucket[]){ __VA_ARGS__ }, \
    .n_negative =                                            \
        sizeof((const prom_native_bucket[]){ __VA_ARGS__ }) / sizeof(prom_native_bucket)
#define CUSTOM(...)                                                           \
    .schema = PROM_CUSTOM_BUCKETS, .custom = (const double[]){ __VA_ARGS__ }, \
    .n_custom = sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double)
#define WEIGHTS .is_float = true

/* Formats without native histograms show the classic part, of which +Inf is always there. */
static void test_native_in_text(void)
{
    begin(PROM_ORDER_CREATED);
    CHECK_OK(family(PROM_HISTOGRAM, "h", PROM_LABELS("x")));
    CHECK_OK(prom_build_native(b, PROM_VALUES("1"), -4, 5,
                               PROM_NATIVE(.schema = -4, .zero_count = 2,
                                           SIDE({ -67, { 1 } }, { 65, { 1 } }),
                                           OTHER_SIDE({ 0, { 1 } })),
                               NULL, 0));
    CHECK_OK(
        prom_build_native(b, PROM_VALUES("2"), 4, 2,
                          PROM_NATIVE(.schema = 8, SIDE({ -274944, { 1 } }, { 262145, { 1 } })),
                          (prom_bucket[]){ { 1, 1 } }, 1));
    CHECK_OK(prom_build_native(b, PROM_VALUES("3"), 4, 3,
                               PROM_NATIVE(CUSTOM(-1, 5), SIDE({ 0, { 1 } }, { 2, { 2 } })),
                               NULL, 0));
    CHECK_OK(
        prom_build_native(b, PROM_VALUES("4"), 4, 0,
                          PROM_NATIVE(WEIGHTS, .weight = 0.3,
                                      SIDE({ 0, { .weight = 0.1 } }, { 2, { .weight = 0.2 } })),
                          NULL, 0));
    CHECK_OK(family(PROM_GAUGE_HISTOGRAM, "gh", NULL));
    CHECK_OK(prom_build_native(b, NULL, -7.5, 0,
                               PROM_NATIVE(WEIGHTS, .weight = -1, .zero_weight = -2,
                                           OTHER_SIDE({ 0, { .weight = 1 } })),
                               NULL, 0));
    end("# HELP h h\n# TYPE h histogram\n"
        "h_bucket{x=\"1\",le=\"+Inf\"} 5\nh_sum{x=\"1\"} -4\nh_count{x=\"1\"} 5\n"
        "h_bucket{x=\"2\",le=\"1\"} 1\n"
        "h_bucket{x=\"2\",le=\"+Inf\"} 2\nh_sum{x=\"2\"} 4\nh_count{x=\"2\"} 2\n"
        "h_bucket{x=\"3\",le=\"-1\"} 1\nh_bucket{x=\"3\",le=\"5\"} 1\n"
        "h_bucket{x=\"3\",le=\"+Inf\"} 3\nh_sum{x=\"3\"} 4\nh_count{x=\"3\"} 3\n"
        "h_bucket{x=\"4\",le=\"+Inf\"} 0.3\nh_sum{x=\"4\"} 4\nh_count{x=\"4\"} 0.3\n"
        "# HELP gh h\n# TYPE gh histogram\n"
        "gh_bucket{le=\"+Inf\"} -1\ngh_sum -7.5\ngh_count -1\n");
}

static void test_native_refuses_shapes(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_HISTOGRAM, "h", NULL));
    BAD(PROM_NATIVE(.schema = 9), 0, 0,
        "schema 9 is neither between -4 and 8 nor that of custom buckets");
    BAD(PROM_NATIVE(.schema = -5), 0, 0,
        "schema -5 is neither between -4 and 8 nor that of custom buckets");
    BAD(PROM_NATIVE(.zero_threshold = -0.5), 0, 0,
        "zero threshold -0.5 is negative or not finite");
    BAD(PROM_NATIVE(.zero_threshold = INFINITY), 0, 0,
        "zero threshold +Inf is negative or not finite");
    BAD(PROM_NATIVE(.zero_threshold = (double)NAN), 0, 0,
        "zero threshold NaN is negative or not finite");
    BAD(PROM_NATIVE(SIDE({ 3, { 1 } }, { 3, { 1 } })), 0, 2,
        "native buckets must ascend, but 3 follows 3");
    BAD(PROM_NATIVE(OTHER_SIDE({ 3, { 1 } }, { -1, { 1 } })), 0, 2,
        "native buckets must ascend, but -1 follows 3");
    BAD(PROM_NATIVE(.schema = 8, SIDE({ 262146, { 1 } })), 0, 1,
        "no value lies in native bucket 262146");
    BAD(PROM_NATIVE(.schema = 0, OTHER_SIDE({ -1075, { 1 } })), 0, 1,
        "no value lies in native bucket -1075");
    BAD(PROM_NATIVE(.schema = -4, SIDE({ INT32_MAX, { 1 } })), 0, 1,
        "no value lies in native bucket 2147483647");
    BAD(PROM_NATIVE(.schema = -4, SIDE({ -68, { 1 } })), 0, 1,
        "no value lies in native bucket -68");
    end("# HELP h h\n# TYPE h histogram\n");
}

static void test_native_refuses_custom_buckets(void)
{
    static const char positive_only[] = "'h': custom buckets are all on the positive side";
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_HISTOGRAM, "h", NULL));
    BAD(PROM_NATIVE(CUSTOM(1, 1)), 0, 0, "custom bounds must ascend, but 1 follows 1");
    BAD(PROM_NATIVE(CUSTOM(1, INFINITY)), 0, 0, "a custom bound is not finite");
    BAD(PROM_NATIVE(CUSTOM((double)NAN)), 0, 0, "a custom bound is not finite");
    BAD(PROM_NATIVE(CUSTOM(1), SIDE({ 2, { 1 } })), 0, 1, "no value lies in native bucket 2");
    BAD(PROM_NATIVE(CUSTOM(1), SIDE({ -1, { 1 } })), 0, 1, "no value lies in native bucket -1");
    prom_native many[] = { { CUSTOM(1), .zero_count = 1 },
                           { CUSTOM(1), .is_float = true, .zero_weight = 1 },
                           { CUSTOM(1), .zero_threshold = 1 },
                           { CUSTOM(1), OTHER_SIDE({ 0, { 1 } }) } };
    for (size_t i = 0; i < 4; i++) {
        many[i].size = sizeof many[i];
        CHECK_SAYS(prom_build_native(b, NULL, 0, 1, &many[i], NULL, 0), PROM_E_INVAL,
                   positive_only);
    }
    prom_native other = { .size = sizeof other, CUSTOM(1) };
    other.schema = 3;
    BAD(&other, 0, 0, "custom bounds are given with another schema");
    end("# HELP h h\n# TYPE h histogram\n");
}

static void test_native_refuses_counts(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_HISTOGRAM, "h", NULL));
    const prom_native *three =
        PROM_NATIVE(.zero_count = 1, SIDE({ 0, { 1 } }), OTHER_SIDE({ 0, { 1 } }));
    BAD(three, 0, 2, "the native buckets hold more than the count");
    BAD(three, 0, 0, "the native buckets hold more than the count");
    BAD(three, 0, 4, "the native buckets hold less than the count");
    BAD(three, (double)NAN, 2, "the native buckets hold more than the count");
    /* a sum that goes beyond 64 bits is more, too */
    BAD(PROM_NATIVE(SIDE({ 0, { UINT64_MAX } }, { 1, { 3 } })), 0, 2,
        "the native buckets hold more than the count");
    CHECK_SAYS(prom_build_native(b, NULL, 0, 3, three, (prom_bucket[]){ { 1, 4 } }, 1),
               PROM_E_INVAL, "'h': bucket 1 has a larger count than the whole");
    CHECK_OK(prom_build_native(b, NULL, (double)NAN, 4, three, NULL, 0));
    end("# HELP h h\n# TYPE h histogram\n"
        "h_bucket{le=\"+Inf\"} 4\nh_sum NaN\nh_count 4\n");
}

static void test_native_refuses_weights(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_HISTOGRAM, "h", NULL));
    const prom_native *three =
        PROM_NATIVE(WEIGHTS, .weight = 3, .zero_weight = 1, SIDE({ 0, { .weight = 2.5 } }));
    BAD(three, 0, 0, "the native buckets weigh more than the whole");
    BAD(PROM_NATIVE(WEIGHTS, .weight = 3, .zero_weight = 2.999), 0, 0,
        "the native buckets weigh less than the whole");
    BAD(PROM_NATIVE(WEIGHTS, .weight = -1, .zero_weight = -1), 0, 0,
        "a weight is negative or not a number");
    BAD(PROM_NATIVE(WEIGHTS, .weight = 0,
                    SIDE({ 0, { .weight = -1 } }, { 1, { .weight = 1 } })),
        0, 0, "a weight is negative or not a number");
    BAD(PROM_NATIVE(WEIGHTS, .weight = (double)NAN), 0, 0,
        "a weight is negative or not a number");
    CHECK_SAYS(
        prom_build_native(b, NULL, 0, 0, PROM_NATIVE(WEIGHTS), (prom_bucket[]){ { 1, 0 } }, 1),
        PROM_E_INVAL, "'h': a histogram of weights has no classic buckets");
    CHECK_OK(prom_build_native(b, NULL, (double)NAN, 0,
                               PROM_NATIVE(WEIGHTS, .weight = 3, .zero_weight = 2), NULL, 0));
    end("# HELP h h\n# TYPE h histogram\n"
        "h_bucket{le=\"+Inf\"} 3\nh_sum NaN\nh_count 3\n");
}

static void test_native_refuses_calls(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_HISTOGRAM, "h", PROM_LABELS("x")));
    CHECK_SAYS(prom_build_native(b, PROM_VALUES("1"), 0, 0, NULL, NULL, 0), PROM_E_INVAL,
               "'h': there is no native part");
    CHECK_SAYS(
        prom_build_native(b, PROM_VALUES("1"), 0, 0, &(prom_native){ .schema = 1 }, NULL, 0),
        PROM_E_INVAL, "prom_native.size is not set: use PROM_NATIVE");
    CHECK_SAYS(prom_build_native(b, NULL, 0, 0, PROM_NATIVE(.schema = 1), NULL, 0),
               PROM_E_LABELS, "'h' takes 1 label value, not 0");
    /* an older caller's struct: what it does not have is 0 */
    prom_native old = { .size = offsetof(prom_native, custom), .n_custom = 99 };
    CHECK_OK(prom_build_native(b, PROM_VALUES("old"), 0, 0, &old, NULL, 0));
    CHECK_OK(family(PROM_SUMMARY, "s", NULL));
    CHECK_SAYS(prom_build_native(b, NULL, 0, 0, PROM_NATIVE(.schema = 1), NULL, 0), PROM_E_TYPE,
               "'s' is a summary and takes no native buckets");
    end("# HELP h h\n# TYPE h histogram\nh_bucket{x=\"old\",le=\"+Inf\"} 0\n"
        "h_sum{x=\"old\"} 0\nh_count{x=\"old\"} 0\n# HELP s h\n# TYPE s summary\n");
}

TESTS(ROW(test_native_in_text), ROW(test_native_refuses_shapes),
      ROW(test_native_refuses_custom_buckets), ROW(test_native_refuses_counts),
      ROW(test_native_refuses_weights), ROW(test_native_refuses_calls))
