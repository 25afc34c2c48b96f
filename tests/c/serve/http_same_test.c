// SPDX-License-Identifier: Apache-2.0
/* A server answers as a handler with the same opts does; and the new opts in rounds of scrapes.
 */
#define _GNU_SOURCE /* sockets */
#include "asked.h"

#include <prom/collect.h>

/* libmicrohttpd refuses by itself what is no request line. */
static bool is_for_server(const asked *x)
{
    return strncmp(x->first, "GET metrics", 11) != 0 && strcmp(x->first, "GET *") != 0 &&
           !strstr(x->first, "http://example.org?");
}

static answer ask_server(const asked *x)
{
    answer a = { 0 };
    int fd = dial(port);
    if (request(fd, x->first, x->headers) && x->status == 204)
        hear_head(fd, &a);
    else
        a = hear(fd, strncmp(x->first, "HEAD", 4) != 0);
    close(fd);
    return a;
}

/* All the handler says the server says too. */
static void check_same_head(const asked *x, const answer *server, const answer *handled)
{
    for (const char *line = strstr(handled->head, "\r\n") + 2, *end;
         (end = strstr(line, "\r\n")) && end > line; line = end + 2) {
        char one[250];
        snprintf(one, sizeof one, "%.*s", (int)(end - line), line);
        if (!CHECK(head_has(server, one)))
            fprintf(stderr, "    for %s: %s, but the server\n%s", x->first, one, server->head);
    }
}

static void test_same_answers(void)
{
    prom_handler *handler = NULL;
    make_registries();
    const prom_http_route routes[] = { { "/more", more }, { NULL, NULL } };
    const prom_http_opts o = { .size = sizeof o, .routes = routes };
    CHECK_OK(prom_handler_new(registry, &o, &handler));
    CHECK_OK(prom_http_start(registry, &o, &http));
    port = prom_http_port(http);
    for (const asked *x = all_asked; handler && http && x < all_asked + ALL_ASKED; x++) {
        if (!is_for_server(x))
            continue;
        answer handled = ask_handler(handler, x->first, x->headers), served = ask_server(x);
        check_answer(x, &served);
        check_same_head(x, &served, &handled);
        CHECK(served.n == handled.n &&
              (!served.n || memcmp(served.body, handled.body, served.n) == 0));
        forget(&handled);
        forget(&served);
    }
    prom_unref(handler);
    end_registries();
}

/* --- rounds --------------------------------------------------------------- */

typedef struct seen {
    int fd;
    answer a;
} seen;

/* All are asked before the server looks. */
static void ask_at_once(const asked *list, size_t n, seen *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i].fd = dial(port);
        CHECK(request(out[i].fd, list[i].first, list[i].headers));
    }
    for (int i = 0; i < 50; i++)
        CHECK_OK(prom_http_poll(http, 5));
    for (size_t i = 0; i < n; i++) {
        out[i].a = hear(out[i].fd, true);
        check_answer(&list[i], &out[i].a);
        forget(&out[i].a);
        close(out[i].fd);
    }
}

#define ASK_AT_ONCE(list) ask_at_once(list, sizeof list / sizeof *list, some)

static seen some[16];

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

static prom_err build_count(prom_builder *b, void *data, long ms)
{
    int *gathers = data;
    ++*gathers;
    pause_ms(ms);
    prom_err e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "gathers", .help = ""));
    return e ? e : prom_build_value(b, NULL, *gathers);
}

static prom_err count(prom_builder *b, void *data)
{
    return build_count(b, data, 0);
}

static prom_err count_slowly(prom_builder *b, void *data)
{
    return build_count(b, data, 60);
}

static void test_same_in_flight(void)
{
    static const asked list[] = {
        { "GET /metrics", "", 200, TEXT, HITS },
        { "GET /metrics", "", 200, TEXT, HITS },
        { "GET /metrics", "", 503, "Retry-After: 1",
          "Limit of concurrent requests reached (2), try again later.\n" },
        { "GET /", "", 200, NULL, "/metrics" },
    };
    if (SERVE(.polled = true, .max_in_flight = 2)) {
        ASK_AT_ONCE(list);
        ASK_AT_ONCE(list); /* they are given back */
    }
    end();
}

static void test_same_metrics(void)
{
    static const asked list[] = { { "GET /metrics", "", 200, TEXT, HITS },
                                  { "GET /metrics", "", 200, TEXT, HITS },
                                  { "GET /nothing", "", 404, NULL, NULL } };
    make_registry();
    prom_registry *own = kit_registry(PROM_ORDER_SORTED);
    prom_http_opts o = { .size = sizeof o, .polled = true, .metrics = own };
    if (CHECK_OK(prom_http_start(registry, &o, &http))) {
        port = prom_http_port(http);
        ASK_AT_ONCE(list);
        CHECK_HAS(own, "requests_total{code=\"200\"} 2\n");
        for (int i = 0; i < 20; i++)
            CHECK_OK(prom_http_poll(http, 5)); /* sees that the clients have closed */
        CHECK_HAS(own, "in_flight 0\n");
    }
    end();
    prom_unref(own);
}

static void test_same_max_age(void)
{
    static const asked list[] = {
        { "GET /metrics", "", 200, TEXT, "\ngathers 1\n" },
        { "GET /metrics", "Accept: application/json\r\n", 200, NULL, "\"value\":1" },
        { "GET /metrics?name[]=gathers", "", 200, TEXT, "gathers " },
    };
    int gathers = 0;
    if (SERVE(.polled = true, .max_age_ms = 3600000)) {
        add_collector("count", count, &gathers);
        ASK_AT_ONCE(list);
        ASK_AT_ONCE(list);
        CHECK_INT(gathers, 2);
    }
    end();
}

/* Whoever has more time than the most hurried one gets another gather, if that was late. */
static void test_same_timeouts(void)
{
#define TIMEOUT "X-Prometheus-Scrape-Timeout-Seconds: "
    static const asked list[] = {
        { "GET /metrics", "", 200, TEXT, "\nlate_total 0\n" },
        { "GET /metrics", TIMEOUT "0.02\r\n", 503, NULL, "Exceeded configured timeout" },
        { "GET /metrics", TIMEOUT "100\r\n", 200, TEXT, "\nlate_total 0\n" },
        { "GET /metrics", TIMEOUT "0.02\r\n", 503, NULL, "Exceeded configured timeout" },
        { "GET /metrics", TIMEOUT "0.03\r\n", 503, NULL, "Exceeded configured timeout" },
    };
    static const asked patient[] = { { "GET /metrics", "", 200, TEXT, NULL },
                                     { "GET /metrics", TIMEOUT "99\r\n", 200, TEXT, NULL } };
    int gathers = 0;
    prom_counter *late = NULL;
    prom_registry_opts ro = { .size = sizeof ro, .order = PROM_ORDER_CREATED };
    prom_http_opts o = { .size = sizeof o, .polled = true };
    CHECK_OK(prom_registry_new(&ro, &registry));
    add_collector("slow", count_slowly, &gathers);
    CHECK_OK(prom_counter_new(registry, PROM_OPTS(.name = "late_total", .help = ""), &late));
    prom_unref(late);
    if (CHECK_OK(prom_http_start(registry, &o, &http))) {
        port = prom_http_port(http);
        ASK_AT_ONCE(list);
        CHECK_INT(gathers, 3); /* for 0.02, for 0.03, for both who are patient */
        ASK_AT_ONCE(patient);
        CHECK_INT(gathers, 4); /* in time for the one, and so for both */
    }
    end();
}

static prom_err fail(prom_builder *b, void *data)
{
    (void)b, (void)data;
    return prom_fail(PROM_E_IO, "the disk is off");
}

static void test_same_on_error(void)
{
    static const asked list[] = { { "GET /metrics", "", 200, TEXT, HITS } };
    if (SERVE(.polled = true, .on_error = PROM_ON_ERROR_CONTINUE)) {
        add_collector("disk", fail, NULL);
        ASK_AT_ONCE(list);
    }
    end();
}

static void test_same_bad_opts(void)
{
    make_registries();
    const prom_http_route twice[] = { { "/metrics", more }, { NULL, NULL } };
    prom_http_opts o = { .size = sizeof o, .routes = twice };
    CHECK_SAYS(prom_http_start(registry, &o, &http), PROM_E_INVAL,
               "HTTP server: path '/metrics' is there twice");
    CHECK(http == NULL);
    o = (prom_http_opts){ .size = sizeof o, .metrics = more };
    prom_summary *s = NULL;
    CHECK_OK(prom_summary_new(
        more, PROM_OPTS(.name = "promhttp_metric_handler_errors_total", .help = ""), &s));
    CHECK_ERR(prom_http_start(registry, &o, &http), PROM_E_EXISTS);
    prom_unref(s);
    end_registries();
}

/* A server that is stopped in the middle of a large answer's making. */
static void test_same_stopped_while_making(void)
{
    prom_vec *v = NULL;
    if (SERVE(.polled = true)) {
        CHECK_OK(prom_vec_new(registry, PROM_GAUGE,
                              PROM_OPTS(.name = "big", .help = "h", .labels = PROM_LABELS("n")),
                              &v));
        for (int i = 0; v && i < 50000; i++) {
            char room[20];
            prom_gauge *g = NULL;
            snprintf(room, sizeof room, "%d", i);
            CHECK_OK(prom_gauge_with(v, PROM_VALUES(room), &g));
            prom_unref(g);
        }
        int fds[3] = { dial(port), dial(port), dial(port) };
        CHECK(request(fds[0], "GET /metrics", "") &&
              request(fds[1], "GET /metrics", "Accept-Encoding: gzip\r\n") &&
              request(fds[2], "GET /metrics?name[]=big", ""));
        for (int i = 0; i < 4; i++)
            CHECK_OK(prom_http_poll_for(http, 5, 1));
        prom_http_stop(http);
        for (int i = 0; i < 3; i++) {
            CHECK(sees_end(fds[i]));
            close(fds[i]);
        }
        prom_unref(v);
    }
    end();
}

TESTS(ROW(test_same_answers), ROW(test_same_in_flight), ROW(test_same_metrics),
      ROW(test_same_max_age), ROW(test_same_timeouts), ROW(test_same_on_error),
      ROW(test_same_bad_opts), ROW(test_same_stopped_while_making))
