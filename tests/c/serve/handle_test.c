// SPDX-License-Identifier: Apache-2.0
/* What a handler answers, without a server; in every build. */
#define _GNU_SOURCE /* sockets, of the client that is not used here */
#include "asked.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

static prom_handler *handler;

#define HANDLE(...)            \
    CHECK_OK(prom_handler_new( \
        registry, &(prom_http_opts){ .size = sizeof(prom_http_opts), __VA_ARGS__ }, &handler))

static void end_handler(void)
{
    prom_unref(handler);
    handler = NULL;
}

static answer get(const char *headers)
{
    return ask_handler(handler, "GET /metrics", headers);
}

static void check_get(const char *headers, int status, const char *part)
{
    const asked x = { "GET /metrics", headers, status, NULL, part };
    answer a = get(headers);
    check_answer(&x, &a);
    forget(&a);
}

/* --- all cases ---------------------------------------------------------- */

static void test_handle_all(void)
{
    make_registries();
    const prom_http_route routes[] = { { "/more", more }, { NULL, NULL } };
    if (HANDLE(.routes = routes))
        for (size_t i = 0; i < ALL_ASKED; i++) {
            answer a = ask_handler(handler, all_asked[i].first, all_asked[i].headers);
            check_answer(&all_asked[i], &a);
            if (strncmp(all_asked[i].first, "HEAD", 4) != 0 && a.status != 204)
                CHECK_INT(content_length(&a), a.n);
            CHECK((content_length(&a) < 0) == (a.status == 204));
            CHECK((strstr(a.head, "\r\nRetry-After:") != NULL) == (a.status == 503));
            forget(&a);
        }
    end_handler();
    end_registries();
}

/* --- opts --------------------------------------------------------------- */

static prom_err make_handler(const prom_http_opts *o)
{
    prom_err err = prom_handler_new(registry, o, &handler);
    CHECK((handler != NULL) == (err == PROM_OK));
    return err;
}

#define MAKE(...) make_handler(&(prom_http_opts){ .size = sizeof(prom_http_opts), __VA_ARGS__ })

static void test_handle_bad_opts(void)
{
    make_registries();
    const prom_http_route no_registry[] = { { "/a", NULL }, { NULL, NULL } },
                          no_path[] = { { NULL, more }, { NULL, NULL } },
                          relative[] = { { "a", more }, { NULL, NULL } },
                          twice[] = { { "/a", more }, { "/a", registry }, { NULL, NULL } },
                          same[] = { { "/metrics", more }, { NULL, NULL } };
    CHECK_SAYS(MAKE(.path = "stats"), PROM_E_INVAL,
               "HTTP handler: path 'stats' does not begin with '/'");
    CHECK_SAYS(MAKE(.path = ""), PROM_E_INVAL, "HTTP handler: path '' does not begin with '/'");
    CHECK_SAYS(MAKE(.path = "/a?b"), PROM_E_INVAL,
               "HTTP handler: path '/a?b' has a character that no path has");
    CHECK_ERR(MAKE(.path = "/a b"), PROM_E_INVAL);
    CHECK_ERR(MAKE(.path = "/a#"), PROM_E_INVAL);
    CHECK_SAYS(MAKE(.routes = no_registry), PROM_E_INVAL,
               "HTTP handler: a route has no registry");
    CHECK_SAYS(MAKE(.routes = no_path), PROM_E_INVAL, "HTTP handler: a route has no path");
    CHECK_ERR(MAKE(.routes = relative), PROM_E_INVAL);
    CHECK_SAYS(MAKE(.routes = twice), PROM_E_INVAL, "HTTP handler: path '/a' is there twice");
    CHECK_ERR(MAKE(.routes = same), PROM_E_INVAL);
    CHECK_ERR(MAKE(.on_error = (prom_on_error)7), PROM_E_INVAL);
    CHECK_ERR(make_handler(&(prom_http_opts){ .size = 0 }), PROM_E_INVAL);
    CHECK_ERR(prom_handler_new(NULL, NULL, &handler), PROM_E_INVAL);
    /* those of sockets are not read */
    CHECK_OK(MAKE(.address = "no such address", .max_connections = 1u << 30));
    end_handler();
    CHECK_OK(make_handler(NULL));
    check_get("", 200, HITS);
    end_handler();
    end_registries();
}

static void test_handle_bad_requests(void)
{
    prom_http_response *r = (prom_http_response *)&r;
    make_registry();
    if (HANDLE(.port = 0)) {
        CHECK_ERR(prom_http_handle(NULL, PROM_HTTP_REQUEST(.method = "GET"), &r), PROM_E_INVAL);
        CHECK(r == NULL);
        CHECK_ERR(prom_http_handle(handler, NULL, &r), PROM_E_INVAL);
        CHECK_ERR(prom_http_handle(handler, &(prom_http_request){ .size = 0 }, &r),
                  PROM_E_INVAL);
        CHECK_OK(prom_http_handle(handler, PROM_HTTP_REQUEST(.target = NULL), &r));
        CHECK_INT(prom_http_response_status(r), 404);
        prom_unref(r);
        /* NULL values, and an older caller that knows no headers */
        const prom_label odd[] = { { "Accept", NULL }, { "accept", "a/b" }, { NULL, NULL } };
        CHECK_OK(prom_http_handle(
            handler, PROM_HTTP_REQUEST(.method = "GET", .target = "/metrics", .headers = odd),
            &r));
        CHECK_INT(prom_http_response_status(r), 200);
        prom_unref(r);
        const prom_http_request old = { offsetof(prom_http_request, headers), "GET", "/metrics",
                                        (const prom_label *)&old };
        CHECK_OK(prom_http_handle(handler, &old, &r));
        CHECK_INT(prom_http_response_status(r), 200);
        prom_unref(r);
    }
    CHECK_INT(prom_http_response_status(NULL), 0);
    CHECK(prom_http_response_headers(NULL)->name == NULL);
    CHECK_INT(prom_http_response_pieces(NULL), 0);
    CHECK_INT(prom_http_response_piece(NULL, 0).n, 0);
    end_handler();
    end();
}

/* Of what the caller gives only the registries stay. */
static void test_handle_copies(void)
{
    char path[] = "/stats", second[] = "/more", title[] = "The <title>";
    const prom_encoder *offer[] = { &prom_json, NULL };
    make_registries();
    prom_http_route routes[] = { { second, more }, { NULL, NULL } };
    if (HANDLE(.path = path, .routes = routes, .title = title, .offer = offer)) {
        path[1] = second[1] = title[0] = 'x';
        routes[0].registry = NULL;
        offer[0] = NULL;
        prom_unref(more);
        more = NULL;
        prom_unref(registry);
        registry = NULL;
        answer a = ask_handler(handler, "GET /stats", "");
        CHECK(a.status == 200 && strstr(a.body, "\"hits_total\""));
        forget(&a);
        a = ask_handler(handler, "GET /more", "");
        CHECK(a.status == 200 && strstr(a.body, "\"rooms\""));
        forget(&a);
        a = ask_handler(handler, "GET /", "");
        CHECK(a.status == 200 && strstr(a.body, "The \\u003ctitle") &&
              strstr(a.body, "/stats"));
        CHECK(strstr(a.head, "\r\nContent-Security-Policy: default-src 'none'"));
        forget(&a);
    }
    end_handler();
    end_registries();
}

static void test_handle_no_page(void)
{
    make_registry();
    if (HANDLE(.no_page = true)) {
        answer a = ask_handler(handler, "GET /", "");
        CHECK_INT(a.status, 404);
        CHECK_STR(a.body, "Not found. The metrics are at /metrics\n");
        forget(&a);
    }
    end_handler();
    if (HANDLE(.path = "/")) { /* the metrics go before the page */
        answer a = ask_handler(handler, "GET /?name[]=hits", "");
        CHECK(a.status == 200 && strstr(a.body, HITS));
        forget(&a);
    }
    end_handler();
    end();
}

static void test_handle_codings(void)
{
    make_registry();
    static const char gzip[] = "Accept-Encoding: gzip\r\n";
    if (HANDLE(.port = 0)) {
        answer a = get(gzip);
        bool built = head_has(&a, "Content-Encoding: gzip");
        CHECK(a.status == 200 && (!built || memcmp(a.body, "\x1f\x8b", 2) == 0));
        forget(&a);
        for (int i = 0; i < 3; i++) { /* the compressor is used again */
            answer b = get(gzip), c = ask_handler(handler, "HEAD /metrics", gzip);
            CHECK(b.status == 200 && content_length(&c) == content_length(&b));
            forget(&b);
            forget(&c);
        }
    }
    end_handler();
    if (HANDLE(.no_compression = true))
        check_get(gzip, 200, HITS);
    end_handler();
    end();
}

static void test_handle_start_time(void)
{
    make_registry();
    if (HANDLE(.port = 0)) {
        answer a = get("");
        const char *at = strstr(a.head, "\r\nProcess-Start-Time-Unix: ");
        long long start = at ? atoll(at + 27) : 0, now = (long long)time(NULL);
        CHECK(start > now - 3600 && start <= now + 1);
        forget(&a);
    }
    end_handler();
    end();
}

/* --- bodies -------------------------------------------------------------- */

static void add_rooms(int n)
{
    prom_vec *v = NULL;
    CHECK_OK(prom_vec_new(registry, PROM_GAUGE,
                          PROM_OPTS(.name = "big", .help = "h", .labels = PROM_LABELS("n")),
                          &v));
    for (int i = 0; v && i < n; i++) {
        char room[60];
        prom_gauge *g = NULL;
        snprintf(room, sizeof room, "the room with number %d", i);
        CHECK_OK(prom_gauge_with(v, PROM_VALUES(room), &g));
        prom_unref(g);
    }
    prom_unref(v);
}

static void test_handle_large(void)
{
    static const char *const types[] = { "text/plain", "application/openmetrics-text",
                                         "application/json" };
    static const prom_encoder *const encoders[] = { &prom_text, &prom_openmetrics, &prom_json };
    make_registry();
    add_rooms(20000);
    if (HANDLE(.port = 0))
        for (size_t i = 0; i < 3; i++) {
            char accept[60], *want = NULL;
            size_t n = 0;
            snprintf(accept, sizeof accept, "Accept: %s\r\n", types[i]);
            answer a = get(accept);
            CHECK_OK(prom_expose(registry, encoders[i], &want, &n));
            CHECK(a.status == 200 && a.n == n && n > 500000 && memcmp(a.body, want, n) == 0);
            prom_free(want);
            forget(&a);
        }
    end_handler();
    if (HANDLE(.max_body_bytes = 100000)) {
        check_get("", 500, "* the body is larger than max_body_bytes (100000)\n");
        check_get("Accept-Encoding: gzip\r\n", 500, "max_body_bytes");
    }
    end_handler();
    end();
}

/* A response outlives its handler and the registry. */
static void test_handle_response_lives(void)
{
    prom_http_response *r = NULL;
    make_registry();
    add_rooms(5000);
    if (HANDLE(.max_in_flight = 1))
        CHECK_OK(prom_http_handle(
            handler, PROM_HTTP_REQUEST(.method = "GET", .target = "/metrics"), &r));
    end_handler();
    end();
    if (CHECK(r != NULL)) {
        answer a = { 0 };
        asked_copy(r, &a);
        CHECK(a.status == 200 && a.n > 100000 && strstr(a.body, HITS));
        forget(&a);
    }
    prom_unref(r);
}

/* Hosts that hold responses and never send them. */
static void test_handle_too_many_bodies(void)
{
    enum { MOST = 30 };
    prom_http_response *r[MOST] = { NULL };
    int n = 0;
    make_registry();
    add_rooms(100000);
    if (HANDLE(.port = 0)) {
        for (unsigned status = 200; status == 200 && n < MOST; n++) {
            CHECK_OK(prom_http_handle(
                handler, PROM_HTTP_REQUEST(.method = "GET", .target = "/metrics"), &r[n]));
            status = prom_http_response_status(r[n]);
        }
        CHECK(n > 8 && n < MOST);
        CHECK_INT(prom_http_response_status(r[n - 1]), 503);
        for (int i = 0; i < n; i++)
            prom_unref(r[i]);
        check_get("", 200, HITS);
    }
    end_handler();
    end();
}

/* --- errors --------------------------------------------------------------- */

static prom_err fail(prom_builder *b, void *data)
{
    (void)b, (void)data;
    return prom_fail(PROM_E_IO, "the disk is off");
}

static void add_collector(const char *name, prom_err (*collect)(prom_builder *, void *),
                          void *data)
{
    prom_collector *c = NULL;
    prom_collector_opts o = {
        .size = sizeof o, .name = name, .collect = collect, .data = data
    };
    CHECK_OK(prom_collector_new(registry, &o, &c));
    prom_unref(c);
}

static void test_handle_on_error(void)
{
    make_registry();
    add_collector("disk", fail, NULL);
    if (HANDLE(.port = 0))
        check_get("", 500,
                  "An error occurred while gathering metrics:\n\n"
                  "* collector 'disk': the disk is off\n");
    end_handler();
    if (HANDLE(.on_error = PROM_ON_ERROR_FAIL))
        check_get("", 500, "the disk is off");
    end_handler();
    if (HANDLE(.on_error = PROM_ON_ERROR_CONTINUE)) {
        check_get("", 200, HITS);
        answer a = ask_handler(handler, "GET /metrics?name[]=nothing", "");
        CHECK_INT(a.status, 500); /* what the others gave is nothing */
        forget(&a);
    }
    end_handler();
    end();
}

/* Longer than the scrape may take. */
static prom_err dawdle(prom_builder *b, void *data)
{
    int *gathers = data;
    ++*gathers;
    pause_ms(60);
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "a", .help = ""));
    return e ? e : prom_build_value(b, NULL, 1);
}

static void add_late(int *gathers)
{
    prom_registry_opts o = { .size = sizeof o, .order = PROM_ORDER_CREATED };
    CHECK_OK(prom_registry_new(&o, &registry));
    add_collector("slow", dawdle, gathers);
    prom_counter *late = NULL;
    CHECK_OK(prom_counter_new(registry, PROM_OPTS(.name = "late_total", .help = ""), &late));
    prom_unref(late);
}

#define TIMEOUT "X-Prometheus-Scrape-Timeout-Seconds: "

static void test_handle_timeout(void)
{
    int gathers = 0;
    add_late(&gathers);
    if (HANDLE(.scrape_timeout_ms = 20)) {
        check_get("", 503, "Exceeded configured timeout of 0.02s.\n");
        check_get(TIMEOUT "10\r\n", 503, "0.02s");
        check_get(TIMEOUT "0.01\r\n", 503, "0.009s"); /* less a twentieth */
    }
    end_handler();
    if (HANDLE(.port = 0)) {
        check_get(TIMEOUT "0.04\r\n", 503, "0.038s");
        check_get(TIMEOUT "0.00001\r\n", 503, "0.001s");
        check_get(TIMEOUT "100\r\n", 200, "late_total");
        check_get("", 200, "late_total");
    }
    end_handler();
    if (HANDLE(.scrape_timeout_ms = 20, .on_error = PROM_ON_ERROR_CONTINUE)) {
        answer a = get("");
        CHECK(a.status == 200 && strstr(a.body, "\na 1\n") && !strstr(a.body, "late_total"));
        forget(&a);
    }
    end_handler();
    end();
}

/* --- the age of answers ------------------------------------------------- */

static prom_err count(prom_builder *b, void *data)
{
    int *gathers = data;
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "gathers", .help = ""));
    return e ? e : prom_build_value(b, NULL, ++*gathers);
}

static void test_handle_max_age(void)
{
    int gathers = 0;
    make_registry();
    add_collector("count", count, &gathers);
    if (HANDLE(.port = 0)) {
        check_get("", 200, "\ngathers 1\n");
        check_get("", 200, "\ngathers 2\n");
    }
    end_handler();
    gathers = 0;
    if (HANDLE(.max_age_ms = 3600000)) {
        check_get("", 200, "\ngathers 1\n");
        check_get("", 200, "\ngathers 1\n");
        check_get("Accept: application/openmetrics-text\r\n", 200, "\ngathers 1.0\n");
        check_get(TIMEOUT "5\r\n", 200, "\ngathers 1\n");
        answer a = ask_handler(handler, "GET /metrics?name[]=gathers", "");
        CHECK(a.body && strstr(a.body, "\ngathers 2\n"));
        forget(&a);
        a = ask_handler(handler, "GET /metrics?name[]=gathers&name[]=x", "");
        CHECK(a.body && strstr(a.body, "\ngathers 3\n"));
        forget(&a);
        a = ask_handler(handler, "GET /metrics?x&name[]=gathers", "");
        CHECK(a.body && strstr(a.body, "\ngathers 2\n"));
        forget(&a);
        for (int i = 0; i < 100; i++) { /* ever other names push the oldest off the shelf */
            char first[60];
            snprintf(first, sizeof first, "GET /metrics?name[]=gathers&name[]=y%d", i);
            a = ask_handler(handler, first, "");
            CHECK_INT(a.status, 200);
            forget(&a);
        }
        check_get("", 200, "\ngathers 104\n");
    }
    end_handler();
    gathers = 0;
    if (HANDLE(.max_age_ms = 1)) {
        check_get("", 200, "\ngathers 1\n");
        pause_ms(3);
        check_get("", 200, "\ngathers 2\n");
    }
    end_handler();
    end();
}

/* A gather that was too late for one is no answer for others. */
static void test_handle_max_age_and_timeout(void)
{
    int gathers = 0;
    add_late(&gathers);
    if (HANDLE(.max_age_ms = 3600000)) {
        check_get(TIMEOUT "0.02\r\n", 503, NULL);
        check_get("", 200, "late_total");
        CHECK_INT(gathers, 2);
        check_get(TIMEOUT "0.02\r\n", 200, "late_total"); /* it is there already */
        CHECK_INT(gathers, 2);
    }
    end_handler();
    end();
}

/* A collector that asks the very handler which is gathering from it. */
static prom_err ask_itself(prom_builder *b, void *data)
{
    int *depth = data;
    (void)b;
    if (++*depth < 3) {
        answer a = ask_handler(handler, "GET /metrics", "");
        CHECK(a.status == 500 && strstr(a.body, "mirror")); /* it is at work already */
        forget(&a);
    }
    return PROM_OK;
}

static void test_handle_asks_itself(void)
{
    int depth = 0;
    make_registry();
    add_collector("mirror", ask_itself, &depth);
    if (HANDLE(.max_age_ms = 3600000))
        check_get("", 200, HITS);
    end_handler();
    end();
}

/* --- metrics of its own -------------------------------------------------- */

#define REQUESTS "promhttp_metric_handler_requests_total{code="
#define ERRORS   "promhttp_metric_handler_errors_total{cause="
#define FLIGHT   "promhttp_metric_handler_requests_in_flight "

static void test_handle_metrics(void)
{
    make_registry();
    if (HANDLE(.metrics = registry, .max_in_flight = 1, .max_body_bytes = 10000)) {
        check_get("", 200,
                  REQUESTS "\"200\"} 0\n" REQUESTS "\"500\"} 0\n" REQUESTS "\"503\"} 0\n");
        check_get("", 200, ERRORS "\"encoding\"} 0\n" ERRORS "\"gathering\"} 0\n");
        check_get("", 200, "\n" FLIGHT "1\n");
        check_get("", 200, REQUESTS "\"200\"} 3\n");
        prom_http_response *held = NULL;
        CHECK_OK(prom_http_handle(
            handler, PROM_HTTP_REQUEST(.method = "GET", .target = "/metrics"), &held));
        check_get("", 503, "Limit of concurrent requests reached (1), try again later.\n");
        answer a = ask_handler(handler, "HEAD /metrics", "");
        CHECK(a.status == 503 && head_has(&a, "Retry-After: 1") && a.n == 0);
        forget(&a);
        a = ask_handler(handler, "GET /", ""); /* no scrape */
        CHECK_INT(a.status, 200);
        forget(&a);
        prom_unref(held);
        check_get("", 200, REQUESTS "\"503\"} 2\n");
        add_rooms(300);
        check_get("", 500, NULL);
        add_collector("disk", fail, NULL);
        check_get("", 500, NULL);
        CHECK_HAS(registry, REQUESTS "\"200\"} 6\n" REQUESTS "\"500\"} 2\n");
        CHECK_HAS(registry, ERRORS "\"encoding\"} 1\n" ERRORS "\"gathering\"} 1\n");
        CHECK_HAS(registry, "\n" FLIGHT "0\n");
    }
    end_handler();
    end();
}

static void test_handle_metrics_are_shared(void)
{
    make_registries();
    prom_handler *second = NULL;
    if (HANDLE(.metrics = more) &&
        CHECK_OK(prom_handler_new(
            registry, &(prom_http_opts){ .size = sizeof(prom_http_opts), .metrics = more },
            &second))) {
        check_get("", 200, NULL);
        answer a = ask_handler(second, "GET /metrics", "");
        forget(&a);
        CHECK_HAS(more, REQUESTS "\"200\"} 2\n");
    }
    prom_unref(second);
    end_handler();
    CHECK_HAS(more, REQUESTS "\"200\"} 2\n"); /* they stay */
    end_registries();
}

/* A name that means something else already; what was there stays, and nothing is added. */
static void test_handle_metrics_clash(void)
{
    static const char *const names[] = { "promhttp_metric_handler_requests_total",
                                         "promhttp_metric_handler_errors_total",
                                         "promhttp_metric_handler_requests_in_flight" };
    for (size_t i = 0; i < 3; i++) {
        make_registries();
        prom_summary *s = NULL;
        CHECK_OK(prom_summary_new(more, PROM_OPTS(.name = names[i], .help = "mine"), &s));
        char *before = kit_text(more);
        CHECK_ERR(MAKE(.metrics = more), PROM_E_EXISTS);
        CHECK_TEXT(more, before);
        free(before);
        prom_unref(s);
        end_registries();
    }
}

/* --- fork ----------------------------------------------------------------- */

static int child_status(pid_t child)
{
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_in_child(void)
{
    fflush(stderr);
    pid_t child = fork();
    if (child == 0) {
        int before = check_failures;
        alarm(PATIENCE);
        check_get("", 200, HITS);
        _exit(check_failures - before);
    }
    CHECK_INT(child_status(child), 0);
}

/* What is in flight in the parent never ends in the child, and does not count there. */
static void test_handle_fork_in_flight(void)
{
    make_registry();
    prom_http_response *held = NULL;
    if (HANDLE(.max_in_flight = 1)) {
        CHECK_OK(prom_http_handle(
            handler, PROM_HTTP_REQUEST(.method = "GET", .target = "/metrics"), &held));
        check_in_child();
        check_get("", 503, NULL);
        prom_unref(held);
        check_get("", 200, NULL);
    }
    end_handler();
    end();
}

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool inside, go_on;
    pid_t parent;
} gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false, 0 };

static prom_err wait_at_gate(prom_builder *b, void *data)
{
    (void)b, (void)data;
    if (getpid() != gate.parent)
        return PROM_OK;
    pthread_mutex_lock(&gate.lock);
    gate.inside = true;
    pthread_cond_broadcast(&gate.changed);
    while (!gate.go_on)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    return PROM_OK;
}

static void *get_once(void *data)
{
    answer *a = data;
    *a = get("");
    return NULL;
}

/* A gather is under way, which others would wait for: in the child nobody goes on with it. In
 * the parent a second one waits and gets the same. */
static void test_handle_fork_while_gathering(void)
{
    int gathers = 0;
    gate.parent = getpid();
    make_registry();
    add_collector("gate", wait_at_gate, NULL);
    add_collector("count", count, &gathers);
    if (HANDLE(.max_age_ms = 3600000)) {
        pthread_t t[2];
        answer a[2] = { { 0 }, { 0 } };
        CHECK(pthread_create(&t[0], NULL, get_once, &a[0]) == 0);
        pthread_mutex_lock(&gate.lock);
        while (!gate.inside)
            pthread_cond_wait(&gate.changed, &gate.lock);
        pthread_mutex_unlock(&gate.lock);
        check_in_child();
        CHECK(pthread_create(&t[1], NULL, get_once, &a[1]) == 0);
        pause_ms(20); /* so that it comes to wait, most often */
        pthread_mutex_lock(&gate.lock);
        gate.go_on = true;
        pthread_cond_broadcast(&gate.changed);
        pthread_mutex_unlock(&gate.lock);
        for (int i = 0; i < 2; i++) {
            pthread_join(t[i], NULL);
            CHECK(a[i].status == 200 && strstr(a[i].body, "\ngathers 1\n"));
            forget(&a[i]);
        }
        CHECK_INT(gathers, 1);
    }
    end_handler();
    end();
}

TESTS(ROW(test_handle_all), ROW(test_handle_bad_opts), ROW(test_handle_bad_requests),
      ROW(test_handle_copies), ROW(test_handle_no_page), ROW(test_handle_codings),
      ROW(test_handle_start_time), ROW(test_handle_large), ROW(test_handle_response_lives),
      ROW(test_handle_too_many_bodies), ROW(test_handle_on_error), ROW(test_handle_timeout),
      ROW(test_handle_max_age), ROW(test_handle_max_age_and_timeout),
      ROW(test_handle_asks_itself), ROW(test_handle_metrics),
      ROW(test_handle_metrics_are_shared), ROW(test_handle_metrics_clash),
      ROW(test_handle_fork_in_flight), ROW(test_handle_fork_while_gathering))
