// SPDX-License-Identifier: Apache-2.0
/* The URL of a group, by the golden vectors and beyond, and what may not be pushed into it. */
#include "kit.h"
#include "push/group.h"

#include <prom/push.h>

#include <jansson.h>

/* --- the URL ------------------------------------------------------------------- */

static void check_url(const prom_push_opts *o, const char *want)
{
    char *url = NULL;
    if (CHECK_OK(prom_push_url(o, &url)))
        CHECK_STR(url, want);
    prom_free(url);
}

#define URL(want, ...) check_url(PROM_PUSH_OPTS(__VA_ARGS__), (want))

static void check_vector(const json_t *v)
{
    prom_label grouping[8] = { { NULL, NULL } };
    json_t *pairs = json_object_get(v, "grouping"), *pair;
    size_t k;
    json_array_foreach(pairs, k, pair)
    {
        grouping[k].name = json_string_value(json_array_get(pair, 0));
        grouping[k].value = json_string_value(json_array_get(pair, 1));
    }
    URL(json_string_value(json_object_get(v, "expect_url")),
        .url = json_string_value(json_object_get(v, "base")),
        .job = json_string_value(json_object_get(v, "job")), .grouping = grouping);
}

static void test_golden(void)
{
    json_t *file = json_load_file(TESTS_GOLDEN "/pushgateway_url.json", 0, NULL), *v;
    json_t *vectors = json_object_get(file, "vectors");
    size_t i;
    json_array_foreach(vectors, i, v) check_vector(v);
    CHECK_INT(json_array_size(vectors), 11);
    json_decref(file);
}

static void test_bases(void)
{
    URL("http://h/metrics/job/j", .url = "h", .job = "j");
    URL("https://u:p@h/x/y/metrics/job/j", .url = "https://u:p@h/x/y/", .job = "j");
    URL("http://h//metrics/job/j", .url = "h//", .job = "j");
    URL("HTTP://[::1]:9091/metrics/job/j", .url = "HTTP://[::1]:9091", .job = "j");
}

static void test_labels_are_sorted(void)
{
    URL("http://h/metrics/job/j/a/1/b/2/zz/3", .url = "h", .job = "j",
        .grouping = PROM_CONST_LABELS({ "zz", "3" }, { "a", "1" }, { "b", "2" }));
}

static void test_values(void)
{
    URL("http://h/metrics/job/aZ09._~-", .url = "h", .job = "aZ09._~-");
    URL("http://h/metrics/job/...", .url = "h", .job = "...");
    URL("http://h/metrics/job@base64/YQpi", .url = "h", .job = "a\nb");
    URL("http://h/metrics/job/j/a@base64/AQ/b@base64/AQI/c@base64/AQID", .url = "h", .job = "j",
        .grouping =
            PROM_CONST_LABELS({ "a", "\x01" }, { "b", "\x01\x02" }, { "c", "\x01\x02\x03" }));
}

/* A name beyond ASCII goes as the escaping says, and as newer gateways want it in a path. */
static void test_utf8_names(void)
{
    const prom_label *g = PROM_CONST_LABELS({ "a.b_c", "1" });
    const prom_label *marked = PROM_CONST_LABELS({ "U__x_", "1" });
    URL("http://h/metrics/job/j/a_b_c/1", .url = "h", .job = "j", .grouping = g);
    URL("http://h/metrics/job/j/a_dot_b__c/1", .url = "h", .job = "j", .grouping = g,
        .escaping = PROM_DOTS);
    URL("http://h/metrics/job/j/U__a_2e_b__c/1", .url = "h", .job = "j", .grouping = g,
        .escaping = PROM_VALUES);
    URL("http://h/metrics/job/j/U__a_2e_b__c/1", .url = "h", .job = "j", .grouping = g,
        .escaping = PROM_ALLOW_UTF8);
    URL("http://h/metrics/job/j/U__U____x_e9_/1", .url = "h", .job = "j",
        .grouping = PROM_CONST_LABELS({ "U__x\xc3\xa9", "1" }), .escaping = PROM_VALUES);
    URL("http://h/metrics/job/j/U__x_/1", .url = "h", .job = "j", .grouping = marked);
    URL("http://h/metrics/job/j/U___55_____x__/1", .url = "h", .job = "j", .grouping = marked,
        .escaping = PROM_ALLOW_UTF8);
}

static void check_refused(const prom_push_opts *o, const char *code, const char *part)
{
    char *url = (char *)&url;
    prom_err e = prom_push_url(o, &url);
    CHECK_STR(prom_err_name(e), code);
    if (!CHECK(strstr(prom_error(e), part) != NULL))
        fprintf(stderr, "    got \"%s\"\n", prom_error(e));
    CHECK(url == NULL);
}

#define REFUSED(code, part, ...) check_refused(PROM_PUSH_OPTS(__VA_ARGS__), (code), (part))

static void test_bad_groups(void)
{
    prom_push_opts nothing = { .size = 0 };
    check_refused(&nothing, "PROM_E_INVAL", "prom_push_opts.size is not set");
    check_refused(NULL, "PROM_E_INVAL", "prom_push_opts.size is not set");
    REFUSED("PROM_E_INVAL", "a job is needed to push", .url = "h");
    REFUSED("PROM_E_INVAL", "a job is needed to push", .url = "h", .job = "");
    REFUSED("PROM_E_LABELS", "UTF-8", .url = "h", .job = "\xff");
    REFUSED("PROM_E_INVAL", "a URL is needed", .job = "j");
    REFUSED("PROM_E_INVAL", "neither http nor https", .url = "ftp://h", .job = "j");
    REFUSED("PROM_E_INVAL", "no query", .url = "h?x", .job = "j");
    REFUSED("PROM_E_INVAL", "no fragment", .url = "h/#x", .job = "j");
    REFUSED("PROM_E_INVAL", "blank or control", .url = "h/\r\nX: y", .job = "j");
}

static void test_bad_labels(void)
{
    REFUSED("PROM_E_NAME", "'grouping' has label 'job' twice", .url = "h", .job = "j",
            .grouping = PROM_CONST_LABELS({ "job", "k" }));
    REFUSED("PROM_E_NAME", "'a'", .url = "h", .job = "j",
            .grouping = PROM_CONST_LABELS({ "a", "1" }, { "a", "2" }));
    REFUSED("PROM_E_NAME", "a_b", .url = "h", .job = "j",
            .grouping = PROM_CONST_LABELS({ "a_b", "1" }, { "a.b", "2" }));
    REFUSED("PROM_E_NAME", "__a", .url = "h", .job = "j",
            .grouping = PROM_CONST_LABELS({ "__a", "1" }));
    REFUSED("PROM_E_NAME", "", .url = "h", .job = "j",
            .grouping = PROM_CONST_LABELS({ "", "1" }));
    REFUSED("PROM_E_LABELS", "UTF-8", .url = "h", .job = "j",
            .grouping = PROM_CONST_LABELS({ "a", "\xc3" }));
}

static void test_bad_forms(void)
{
    REFUSED("PROM_E_INVAL", "'openmetrics'", .url = "h", .job = "j",
            .encoder = &prom_openmetrics);
    REFUSED("PROM_E_INVAL", "'json'", .url = "h", .job = "j", .encoder = &prom_json);
    REFUSED("PROM_E_INVAL", "gzip", .url = "h", .job = "j", .coding = PROM_ZSTD);
    REFUSED("PROM_E_INVAL", "escaping", .url = "h", .job = "j", .escaping = (prom_escaping)9);
}

/* --- what may be pushed ----------------------------------------------------------- */

typedef struct offered {
    prom_type type;
    const char *name, *label;
    bool timed;
} offered;

static prom_err offer(prom_builder *b, void *data)
{
    const offered *x = data;
    const char *const labels[] = { x->label, NULL };
    const char *const *value = x->label ? PROM_VALUES("v") : NULL;
    prom_err e = prom_build_family(
        b, x->type, PROM_OPTS(.name = x->name, .help = "", .labels = x->label ? labels : NULL));
    if (!e)
        e = x->type == PROM_HISTOGRAM ? prom_build_histogram(b, value, 0, 0, NULL, 0)
            : x->type == PROM_SUMMARY ? prom_build_summary(b, value, 0, 0, NULL, 0)
            : x->type == PROM_STATESET
                ? prom_build_stateset(b, value, &(prom_state){ { "on", 2 }, true }, 1)
                : prom_build_value(b, value, 1);
    return e || !x->timed ? e : prom_build_timestamp(b, 1);
}

static prom_err checked(offered x, prom_escaping escaping, const prom_label *grouping)
{
    prom_push_opts o;
    prom__group g;
    CHECK_OK(prom__push_opts_read(
        PROM_PUSH_OPTS(.url = "h", .job = "j", .grouping = grouping, .escaping = escaping),
        &o));
    CHECK_OK(prom__group_init(&g, &o));
    prom_snapshot *s = kit_built(offer, &x);
    prom_err e = prom__group_check(&g, s);
    prom_unref(s);
    prom__group_free(&g);
    return e;
}

static void test_conflicts(void)
{
    const prom_label *zone = PROM_CONST_LABELS({ "zone", "a" });
    CHECK_OK(checked((offered){ PROM_GAUGE, "x", "a", false }, PROM_UNDERSCORES, zone));
    CHECK_OK(checked((offered){ PROM_GAUGE, "zone", NULL, false }, PROM_UNDERSCORES, zone));
    CHECK_SAYS(checked((offered){ PROM_GAUGE, "x", "job", false }, PROM_UNDERSCORES, NULL),
               PROM_E_LABELS, "'x' has the label 'job', which is one of the group");
    CHECK_SAYS(checked((offered){ PROM_GAUGE, "x", "zone", false }, PROM_UNDERSCORES, zone),
               PROM_E_LABELS, "'x' has the label 'zone', which is one of the group");
    CHECK_SAYS(checked((offered){ PROM_GAUGE, "x", NULL, true }, PROM_UNDERSCORES, NULL),
               PROM_E_INVAL, "'x' has a timestamp, which a gateway does not take");
}

/* Labels that only stand on the wire. */
static void test_conflicts_of_types(void)
{
    const prom_label *g = PROM_CONST_LABELS({ "le", "1" }, { "quantile", "2" }, { "x", "3" });
    CHECK_OK(checked((offered){ PROM_GAUGE, "x", "a", false }, PROM_UNDERSCORES, g));
    CHECK_ERR(checked((offered){ PROM_HISTOGRAM, "x", NULL, false }, PROM_UNDERSCORES, g),
              PROM_E_LABELS);
    CHECK_ERR(checked((offered){ PROM_SUMMARY, "x", NULL, false }, PROM_UNDERSCORES, g),
              PROM_E_LABELS);
    CHECK_ERR(checked((offered){ PROM_STATESET, "x", NULL, false }, PROM_UNDERSCORES, g),
              PROM_E_LABELS);
    CHECK_OK(checked((offered){ PROM_STATESET, "y", NULL, false }, PROM_UNDERSCORES, g));
}

/* What is one name where it arrives is one name. */
static void test_conflicts_of_escaped_names(void)
{
    const prom_label *g = PROM_CONST_LABELS({ "a.b", "1" });
    const offered same = { PROM_GAUGE, "x", "a.b", false };
    const offered alike = { PROM_GAUGE, "x", "a_b", false };
    for (int e = PROM_UNDERSCORES; e <= PROM_ALLOW_UTF8; e++)
        CHECK_ERR(checked(same, (prom_escaping)e, g), PROM_E_LABELS);
    CHECK_ERR(checked(alike, PROM_UNDERSCORES, g), PROM_E_LABELS);
    CHECK_OK(checked(alike, PROM_DOTS, g));
    CHECK_OK(checked(alike, PROM_VALUES, g));
    CHECK_OK(checked(alike, PROM_ALLOW_UTF8, g));
}

static void test_names_of_the_gateway(void)
{
    static const char *const bad[] = { "push_time_seconds", "push_failure_time_seconds",
                                       "push.time.seconds" };
    for (size_t i = 0; i < 3; i++)
        CHECK_ERR(checked((offered){ PROM_GAUGE, bad[i], NULL, false }, PROM_UNDERSCORES, NULL),
                  PROM_E_NAME);
    CHECK_OK(checked((offered){ PROM_GAUGE, bad[2], NULL, false }, PROM_ALLOW_UTF8, NULL));
    CHECK_OK(
        checked((offered){ PROM_GAUGE, "push_time", NULL, false }, PROM_UNDERSCORES, NULL));
}

TESTS(ROW(test_golden), ROW(test_bases), ROW(test_labels_are_sorted), ROW(test_values),
      ROW(test_utf8_names), ROW(test_bad_groups), ROW(test_bad_labels), ROW(test_bad_forms),
      ROW(test_conflicts), ROW(test_conflicts_of_types), ROW(test_conflicts_of_escaped_names),
      ROW(test_names_of_the_gateway))
