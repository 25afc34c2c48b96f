// SPDX-License-Identifier: Apache-2.0
/* instrument_test.c - what an exchange leaves behind: labels, counts, exemplars; and what it
 * does not, when it fails or is described badly. */
#include "counting.h"
#include "kit.h"

#include <prom/instrument.h>
#include <prom/vec.h>

#define METRICS(r, out, ...) \
    prom_http_metrics_new((r), PROM_HTTP_METRICS_OPTS(__VA_ARGS__), (out))
#define END(x, ...) prom_http_end(&(x), PROM_HTTP_OUTCOME(__VA_ARGS__))

static prom_registry *registry(void)
{
    return kit_registry(PROM_ORDER_CREATED);
}

static void once(prom_http_metrics *m, const char *method, int status)
{
    prom_http_exchange x = prom_http_begin(m, method);
    CHECK_OK(END(x, .status = status));
}

static double requests(prom_registry *r, const char *code, const char *method)
{
    return kit_value(r, "http_requests_total",
                     PROM_EXEMPLAR({ "code", code }, { "method", method }));
}

static double in_flight(prom_registry *r)
{
    return kit_value(r, "http_requests_in_flight", NULL);
}

/* --- families ----------------------------------------------------------------- */

static const char server_text[] =
    "# HELP http_requests_in_flight HTTP requests that are being served.\n"
    "# TYPE http_requests_in_flight gauge\n"
    "http_requests_in_flight 0\n"
    "# HELP http_requests_total HTTP requests that were served.\n"
    "# TYPE http_requests_total counter\n"
    "http_requests_total{code=\"200\",method=\"get\"} 1\n"
    "# HELP http_request_duration_seconds Time it took to serve HTTP requests.\n"
    "# TYPE http_request_duration_seconds histogram\n"
    "http_request_duration_seconds_bucket{code=\"200\",method=\"get\",le=\"3600\"} 1\n"
    "http_request_duration_seconds_bucket{code=\"200\",method=\"get\",le=\"+Inf\"} 1\n"
    "http_request_duration_seconds_sum{code=\"200\",method=\"get\"} TIME\n"
    "http_request_duration_seconds_count{code=\"200\",method=\"get\"} 1\n"
    "# HELP http_request_size_bytes Sizes of HTTP requests.\n"
    "# TYPE http_request_size_bytes histogram\n"
    "http_request_size_bytes_bucket{code=\"200\",method=\"get\",le=\"10\"} 1\n"
    "http_request_size_bytes_bucket{code=\"200\",method=\"get\",le=\"+Inf\"} 1\n"
    "http_request_size_bytes_sum{code=\"200\",method=\"get\"} 10\n"
    "http_request_size_bytes_count{code=\"200\",method=\"get\"} 1\n"
    "# HELP http_response_size_bytes Sizes of HTTP responses.\n"
    "# TYPE http_response_size_bytes histogram\n"
    "http_response_size_bytes_bucket{code=\"200\",method=\"get\",le=\"10\"} 0\n"
    "http_response_size_bytes_bucket{code=\"200\",method=\"get\",le=\"+Inf\"} 1\n"
    "http_response_size_bytes_sum{code=\"200\",method=\"get\"} 11\n"
    "http_response_size_bytes_count{code=\"200\",method=\"get\"} 1\n"
    "# HELP http_time_to_first_byte_seconds Time until the first byte of an HTTP response was "
    "sent.\n"
    "# TYPE http_time_to_first_byte_seconds histogram\n"
    "http_time_to_first_byte_seconds_bucket{code=\"202\",method=\"get\",le=\"3600\"} 1\n"
    "http_time_to_first_byte_seconds_bucket{code=\"202\",method=\"get\",le=\"+Inf\"} 1\n"
    "http_time_to_first_byte_seconds_sum{code=\"202\",method=\"get\"} TIME\n"
    "http_time_to_first_byte_seconds_count{code=\"202\",method=\"get\"} 1\n";

/* What was measured reads TIME. */
static char *timeless(char *text)
{
    char *out = malloc(2 * strlen(text) + 1), *at = out;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        bool timed = strstr(line, "_seconds_sum") != NULL;
        at += sprintf(at, "%.*s%s\n", timed ? (int)(strchr(line, ' ') + 1 - line) : 9999, line,
                      timed ? "TIME" : "");
    }
    free(text);
    return out;
}

static void test_families_of_a_server(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    CHECK_OK(METRICS(r, &m, .buckets = PROM_BUCKETS(3600), .size_buckets = PROM_BUCKETS(10)));
    prom_http_exchange x = prom_http_begin(m, "GET");
    CHECK_DBL(in_flight(r), 1);
    CHECK_HAS_NOT(r, "http_requests_total{");
    prom_http_first_byte(&x, 202);
    prom_http_first_byte(&x, 500); /* only the first counts */
    CHECK_OK(END(x, .status = 200, .request_bytes = 10, .response_bytes = 11));
    char *text = timeless(kit_text(r));
    CHECK_STR(text, server_text);
    free(text);
    prom_unref(m);
    prom_unref(r);
}

static void test_families_of_a_client(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    CHECK_OK(METRICS(r, &m, .client = true, .namespace_ = "shop", .native = true,
                     .const_labels = PROM_CONST_LABELS({ "to", "bank" })));
    once(m, "POST", 201);
    prom_http_exchange x = prom_http_begin(m, "POST");
    CHECK_HAS(r, "\nshop_http_client_requests_in_flight{to=\"bank\"} 1\n");
    CHECK_HAS(r, "\nshop_http_client_requests_total{code=\"201\",method=\"post\",to=\"bank\"} "
                 "1\n");
    CHECK_HAS(r,
              "\nshop_http_client_request_duration_seconds_bucket{code=\"201\",method=\"post\","
              "to=\"bank\",le=\"0.005\"}");
    CHECK_HAS(r, "\nshop_http_client_request_size_bytes_bucket{code=\"201\",method=\"post\","
                 "to=\"bank\",le=\"1e+08\"} 1\n");
    char *json = NULL;
    CHECK_OK(prom_expose(r, &prom_json, &json, NULL));
    CHECK(strstr(json, "\"native\":{") != NULL);
    prom_free(json);
    prom_http_abandon(&x);
    prom_unref(m);
    prom_unref(r);
}

static void test_families_are_shared_or_refused(void)
{
    prom_registry *r = registry();
    prom_http_metrics *a, *b, *c;
    CHECK_OK(METRICS(r, &a, .no_code = true));
    CHECK_OK(METRICS(r, &b, .no_code = true));
    once(a, "GET", 0);
    once(b, "GET", 0);
    CHECK_DBL(kit_value(r, "http_requests_total", PROM_EXEMPLAR({ "method", "get" })), 2);
    CHECK_ERR(METRICS(r, &c, .no_code = false), PROM_E_EXISTS);
    CHECK(c == NULL);
    prom_unref(a);
    once(b, "GET", 0); /* what was shared was not taken out */
    CHECK_DBL(kit_value(r, "http_requests_total", PROM_EXEMPLAR({ "method", "get" })), 3);
    prom_unref(b);
    prom_unref(r);
}

/* Two servers in one registry. */
static void test_constant_labels_tell_servers_apart(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m[2];
    const char *const names[] = { "a", "b" };
    for (int i = 0; i < 2; i++)
        CHECK_OK(METRICS(r, &m[i], .no_code = true, .no_method = true,
                         .const_labels = PROM_CONST_LABELS({ "server", names[i] })));
    once(m[0], "GET", 0);
    once(m[1], "GET", 0);
    once(m[1], "GET", 0);
    for (int i = 0; i < 2; i++) {
        CHECK_DBL(kit_value(r, "http_requests_total", PROM_EXEMPLAR({ "server", names[i] })),
                  i + 1);
        prom_unref(m[i]);
    }
    prom_unref(r);
}

static void test_nothing_is_left_of_a_refused_one(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    prom_gauge *g;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "http_time_to_first_byte_seconds", .help = ""),
                            &g));
    CHECK_SAYS(METRICS(r, &m, .client = false), PROM_E_EXISTS, prom_error(PROM_E_EXISTS));
    CHECK(strstr(prom_error(PROM_E_EXISTS), "http_time_to_first_byte_seconds") != NULL);
    CHECK(m == NULL);
    CHECK_HAS_NOT(r, "http_requests");
    CHECK_OK(prom_registry_remove(r, g));
    CHECK_OK(METRICS(r, &m, .client = false));
    CHECK_HAS(r, "http_requests");
    prom_unref(m);
    prom_unref(g);
    prom_unref(r);
}

/* --- labels ------------------------------------------------------------------- */

static void test_methods(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    const char *const usual[] = { "GET",     "PUT",    "HEAD",  "POST",  "DELETE", "CONNECT",
                                  "OPTIONS", "NOTIFY", "TRACE", "PATCH", "PURGE" };
    CHECK_OK(METRICS(r, &m, .extra_methods = PROM_VALUES("Purge", "GET", "BEFEHL\xC3\x9C")));
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        char small[16] = "";
        for (size_t j = 0; usual[i][j]; j++)
            small[j] = (char)(usual[i][j] | 0x20);
        once(m, usual[i], 200);
        once(m, small, 200);
        CHECK_DBL(requests(r, "200", small), 2);
    }
    const char *const strange[] = { "Get", "gET", "", "GE", "GETS", "\xFF", "unknown", NULL };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        once(m, strange[i], 200);
    CHECK_DBL(requests(r, "200", "unknown"), sizeof strange / sizeof *strange);
    once(m, "BEFEHL\xC3\x9C", 200);
    CHECK_DBL(requests(r, "200", "befehl\xC3\x9C"), 1);
    prom_unref(m);
    CHECK_SAYS(METRICS(r, &m, .extra_methods = PROM_VALUES("")), PROM_E_LABELS,
               "an extra method is empty");
    CHECK_SAYS(METRICS(r, &m, .extra_methods = PROM_VALUES("\xFF")), PROM_E_LABELS,
               "an extra method is not UTF-8");
    prom_unref(r);
}

static void test_codes(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    CHECK_OK(METRICS(r, &m, .client = false));
    for (int code = 100; code < 600; code++)
        once(m, "GET", code);
    for (int code = 100; code < 600; code++) {
        char text[8];
        snprintf(text, sizeof text, "%d", code);
        CHECK_DBL(requests(r, text, "get"), 1);
    }
    once(m, "GET", 0);
    CHECK_DBL(requests(r, "200", "get"), 2);
    const int strange[] = { 99, 600, -1, 1, 1000, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++)
        once(m, "GET", strange[i]);
    CHECK_DBL(requests(r, "unknown", "get"), sizeof strange / sizeof *strange);
    prom_unref(m);
    prom_unref(r);
}

static void test_labels_left_out(void)
{
    for (int i = 0; i < 4; i++) {
        prom_registry *r = registry();
        prom_http_metrics *m;
        prom_label labels[3] = { { NULL, NULL } };
        size_t n = 0;
        CHECK_OK(METRICS(r, &m, .no_code = i & 1, .no_method = i & 2));
        once(m, "PUT", 404);
        once(m, i & 2 ? "GET" : "PUT", i & 1 ? 200 : 404);
        if (!(i & 1))
            labels[n++] = (prom_label){ "code", "404" };
        if (!(i & 2))
            labels[n++] = (prom_label){ "method", "put" };
        CHECK_DBL(kit_value(r, "http_requests_total", labels), 2);
        CHECK_DBL(kit_value(r, "http_request_size_bytes_count", labels), 2);
        prom_unref(m);
        prom_unref(r);
    }
}

static void test_further_labels(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    prom_http_exchange x;
    CHECK_OK(METRICS(r, &m, .labels = PROM_LABELS("path", "host"), .no_method = true));
    for (int i = 0; i < 2; i++) {
        x = prom_http_begin(m, "GET");
        CHECK_OK(END(x, .labels = PROM_VALUES("/", "a\"b")));
    }
    CHECK_DBL(kit_value(r, "http_requests_total",
                        PROM_EXEMPLAR({ "code", "200" }, { "path", "/" }, { "host", "a\"b" })),
              2);
    x = prom_http_begin(m, "GET");
    CHECK_ERR(END(x, .labels = PROM_VALUES("/")), PROM_E_LABELS);
    x = prom_http_begin(m, "GET");
    CHECK_ERR(END(x, .labels = PROM_VALUES("/", "\xFF")), PROM_E_LABELS);
    x = prom_http_begin(m, "GET");
    CHECK_ERR(prom_http_end(&x, NULL), PROM_E_LABELS);
    CHECK_DBL(in_flight(r), 0);
    CHECK_DBL(kit_value(r, "http_requests_total",
                        PROM_EXEMPLAR({ "code", "200" }, { "path", "/" }, { "host", "a\"b" })),
              2);
    prom_unref(m);
    CHECK_ERR(METRICS(r, &m, .labels = PROM_LABELS("code")), PROM_E_NAME);
    CHECK_ERR(METRICS(r, &m, .client = true, .labels = PROM_LABELS("le")), PROM_E_NAME);
    CHECK_HAS_NOT(r, "http_client");
    prom_unref(r);
}

/* More than are looked up without an allocation. */
static void test_many_labels(void)
{
    static const char *const many[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                        "k", "l", "m", "n", "o", "p", "q", "r", "s", NULL };
    prom_registry *r = registry();
    prom_http_metrics *m;
    CHECK_OK(METRICS(r, &m, .labels = many));
    prom_http_exchange x = prom_http_begin(m, "GET");
    CHECK_OK(END(x, .labels = many));
    CHECK_HAS(r, "{a=\"a\",b=\"b\",c=\"c\",code=\"200\",d=\"d\",");
    prom_unref(m);
    prom_unref(r);
}

static void test_labels_that_are_not_there(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    CHECK_OK(METRICS(r, &m, .client = false));
    for (int i = 0; i < 2; i++) {
        prom_http_exchange x = prom_http_begin(m, "GET");
        CHECK_ERR(END(x, .labels = PROM_VALUES("/")), PROM_E_LABELS);
        once(m, "GET", 200); /* whether it is known already or not */
        CHECK_DBL(requests(r, "200", "get"), i + 1);
    }
    prom_unref(m);
    prom_unref(r);
}

/* --- exchanges ---------------------------------------------------------------- */

static prom_err count_exemplars(void *data, const prom_metric *m)
{
    *(size_t *)data += m->n_exemplars + m->n_native_exemplars;
    return PROM_OK;
}

static size_t exemplars(prom_registry *r)
{
    prom_snapshot *s;
    size_t n = 0;
    CHECK_OK(prom_gather(r, &s));
    for (size_t i = 0; i < prom_snapshot_size(s); i++)
        CHECK_OK(prom_family_metrics(prom_snapshot_at(s, i), count_exemplars, &n));
    prom_unref(s);
    return n;
}

static void test_exemplars(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    CHECK_OK(METRICS(r, &m, .client = false));
    prom_http_exchange x = prom_http_begin(m, "GET");
    prom_http_first_byte(&x, 0);
    CHECK_ERR(END(x, .exemplar = PROM_EXEMPLAR({ "__bad", "1" })), PROM_E_LABELS);
    CHECK_DBL(requests(r, "200", "get"), 1);
    CHECK_DBL(kit_value(r, "http_time_to_first_byte_seconds_count",
                        PROM_EXEMPLAR({ "code", "200" }, { "method", "get" })),
              1);
    CHECK_INT(exemplars(r), 0);
    x = prom_http_begin(m, "GET");
    prom_http_first_byte(&x, 0);
    CHECK_OK(END(x, .exemplar = PROM_EXEMPLAR({ "trace_id", "abc" })));
    CHECK_DBL(requests(r, "200", "get"), 2);
    CHECK_INT(exemplars(r), 5);
    prom_unref(m);
    prom_unref(r);
}

static void test_what_is_not_recorded(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    CHECK_OK(METRICS(r, &m, .client = false));
    prom_http_exchange x = prom_http_begin(m, "GET");
    prom_http_first_byte(&x, 200);
    prom_http_abandon(&x);
    CHECK_DBL(in_flight(r), 0);
    CHECK_HAS_NOT(r, "{");
    /* Ended is ended. */
    prom_http_abandon(&x);
    prom_http_first_byte(&x, 200);
    CHECK_OK(END(x, .status = 200));
    CHECK_DBL(in_flight(r), 0);
    CHECK_HAS_NOT(r, "{");
    once(m, "GET", 200);
    CHECK_HAS_NOT(r, "first_byte_seconds_count"); /* there was none */
    x = prom_http_begin(m, "GET");
    CHECK_SAYS(prom_http_end(&x, &(prom_http_outcome){ .status = 200 }), PROM_E_INVAL,
               "prom_http_outcome.size is not set: use PROM_HTTP_OUTCOME");
    CHECK_DBL(in_flight(r), 0);
    CHECK_DBL(requests(r, "200", "get"), 1);
    prom_unref(m);
    prom_unref(r);
}

static void test_nothing_to_measure_with(void)
{
    prom_http_exchange x = prom_http_begin(NULL, "GET");
    prom_http_metrics *m;
    prom_http_first_byte(&x, 200);
    CHECK_OK(END(x, .status = 200));
    prom_http_abandon(&x);
    prom_http_first_byte(NULL, 200);
    CHECK_OK(prom_http_end(NULL, NULL));
    prom_http_abandon(NULL);
    CHECK_SAYS(prom_http_metrics_new(NULL, &(prom_http_metrics_opts){ .client = true }, &m),
               PROM_E_INVAL,
               "prom_http_metrics_opts.size is not set: use PROM_HTTP_METRICS_OPTS");
    CHECK_OK(prom_http_metrics_new(NULL, NULL, &m)); /* measured, not shown */
    once(m, "GET", 200);
    prom_unref(m);
}

static void test_metrics_let_go_during_an_exchange(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    CHECK_OK(METRICS(r, &m, .client = false));
    prom_http_exchange x = prom_http_begin(m, "GET");
    prom_unref(m);
    CHECK_OK(END(x, .status = 204));
    CHECK_DBL(requests(r, "204", "get"), 1);
    prom_unref(r);
}

static void test_removed_series_come_again(void)
{
    prom_registry *r = registry();
    prom_http_metrics *m;
    prom_vec *v;
    CHECK_OK(METRICS(r, &m, .client = false));
    CHECK_OK(prom_registry_find(r, "http_requests_total", &v));
    for (int i = 0; i < 3; i++) {
        once(m, "GET", 200);
        once(m, "GET", 200);
        CHECK_DBL(requests(r, "200", "get"), 2);
        CHECK_OK(prom_vec_clear(v));
    }
    prom_unref(v);
    prom_unref(m);
    prom_unref(r);
}

/* --- memory ------------------------------------------------------------------- */

static void exchange(prom_http_metrics *m, const char *const *labels)
{
    prom_http_exchange x = prom_http_begin(m, "PUT");
    prom_http_first_byte(&x, 404);
    CHECK_OK(END(x, .status = 404, .request_bytes = 5000, .labels = labels));
}

static void test_no_allocation_once_seen(void)
{
    prom_registry *r = registry();
    prom_http_metrics *plain, *labelled;
    CHECK_OK(METRICS(r, &plain, .client = false));
    CHECK_OK(METRICS(r, &labelled, .client = true, .labels = PROM_LABELS("a", "b")));
    exchange(plain, NULL);
    exchange(labelled, PROM_VALUES("1", "2"));
    size_t before = counting_calls;
    for (int i = 0; i < 10; i++) {
        exchange(plain, NULL);
        exchange(labelled, PROM_VALUES("1", "2"));
    }
    CHECK_INT(counting_calls, before);
    prom_unref(plain);
    prom_unref(labelled);
    prom_unref(r);
}

static void test_nothing_stays_behind(void)
{
    size_t live = counting_live;
    prom_registry *r = registry();
    prom_http_metrics *m;
    CHECK_OK(METRICS(r, &m, .extra_methods = PROM_VALUES("X")));
    for (int code = 99; code < 605; code += 5)
        once(m, code % 2 ? "X" : "GET", code);
    prom_unref(m);
    prom_unref(r);
    CHECK_INT(counting_live, live);
}

TESTS_COUNTING(ROW(test_families_of_a_server), ROW(test_families_of_a_client),
               ROW(test_families_are_shared_or_refused),
               ROW(test_constant_labels_tell_servers_apart),
               ROW(test_nothing_is_left_of_a_refused_one), ROW(test_methods), ROW(test_codes),
               ROW(test_labels_left_out), ROW(test_further_labels), ROW(test_many_labels),
               ROW(test_labels_that_are_not_there), ROW(test_exemplars),
               ROW(test_what_is_not_recorded), ROW(test_nothing_to_measure_with),
               ROW(test_metrics_let_go_during_an_exchange), ROW(test_removed_series_come_again),
               ROW(test_no_allocation_once_seen), ROW(test_nothing_stays_behind))
