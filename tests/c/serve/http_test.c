// SPDX-License-Identifier: Apache-2.0
/* What a server answers to requests that are as they should be, or nearly. */
#define _GNU_SOURCE /* sockets */
#include "client.h"
#include "encode/compress.h"

static void test_http_get(void)
{
    if (SERVE(.port = 0)) {
        answer a = ask(port, "GET /metrics", "");
        CHECK_INT(a.status, 200);
        CHECK_STR(a.body, "# HELP hits_total Pages served.\n"
                          "# TYPE hits_total counter\n"
                          "hits_total 3\n");
        char type[200];
        snprintf(type, sizeof type, "Content-Type: %s; escaping=underscores",
                 prom_text.content_type);
        CHECK(head_has(&a, type));
        CHECK(head_has(&a, "Vary: Accept, Accept-Encoding"));
        CHECK(head_has(&a, "X-Content-Type-Options: nosniff"));
        CHECK(!strstr(a.head, "Content-Encoding"));
        forget(&a);
    }
    end();
}

static void test_http_query_is_no_part_of_the_path(void)
{
    if (SERVE(.port = 0)) {
        answer a = ask(port, "GET /metrics?debug=1", "");
        CHECK_INT(a.status, 200);
        forget(&a);
    }
    end();
}

static void test_http_empty_registry(void)
{
    CHECK_OK(prom_registry_new(NULL, &registry));
    CHECK_OK(prom_http_start(registry, NULL, &http));
    answer a = ask(prom_http_port(http), "GET /metrics", "");
    CHECK_INT(a.status, 200);
    CHECK_INT(content_length(&a), 0);
    forget(&a);
    a = ask(prom_http_port(http), "GET /metrics", "Accept-Encoding: gzip\r\n");
    CHECK_INT(a.status, 200);
    forget(&a);
    end();
}

/* The header of HEAD is that of GET, but for the date. */
static void test_http_head(void)
{
    if (SERVE(.port = 0)) {
        answer get = ask(port, "GET /metrics", "");
        int fd = dial(port);
        CHECK(request(fd, "HEAD /metrics", "Connection: close\r\n"));
        answer head = hear(fd, false);
        CHECK_INT(head.status, 200);
        CHECK_INT(content_length(&head), get.n);
        CHECK(get.n > 0);
        char more;
        CHECK_INT(recv(fd, &more, 1, 0), 0); /* no body comes after it */
        close(fd);
        char *date = strstr(get.head, "Vary:");
        CHECK(date && strstr(head.head, "Vary: Accept, Accept-Encoding\r\nContent-Type:"));
        forget(&get);
        forget(&head);
    }
    end();
}

static void test_http_other_methods(void)
{
    static const char *const methods[] = { "POST", "PUT", "DELETE", "PATCH", "BREW" };
    if (SERVE(.port = 0)) {
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
            char first[40];
            snprintf(first, sizeof first, "%s /metrics", methods[i]);
            answer a = ask(port, first, "Content-Length: 0\r\n");
            CHECK_INT(a.status, 405);
            CHECK(head_has(&a, "Allow: GET, HEAD, OPTIONS"));
            forget(&a);
            snprintf(first, sizeof first, "%s /nothing", methods[i]);
            a = ask(port, first, "");
            CHECK_INT(a.status, 404);
            forget(&a);
        }
        CHECK(scrape_works(port));
    }
    end();
}

static void test_http_other_paths(void)
{
    static const char *const paths[] = { "/metric",     "/metrics/", "/metricss", "/page",
                                         "/../metrics", "//metrics", "/METRICS" };
    if (SERVE(.port = 0))
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            char first[40];
            snprintf(first, sizeof first, "GET %s", paths[i]);
            answer a = ask(port, first, "");
            CHECK_INT(a.status, 404);
            CHECK_STR(a.body, "Not found. The metrics are at /metrics\n");
            CHECK(!strstr(a.head, "\r\nAllow:"));
            forget(&a);
        }
    end();
}

static void test_http_path_of_choice(void)
{
    char path[] = "/internal/stats";
    if (SERVE(.path = path)) {
        path[1] = '?'; /* it was copied */
        answer a = ask(port, "GET /internal/stats", "");
        CHECK_INT(a.status, 200);
        forget(&a);
        a = ask(port, "GET /metrics", "");
        CHECK_INT(a.status, 404);
        forget(&a);
    }
    end();
}

/* A body that comes with a GET means nothing, and the connection goes on. */
static void test_http_get_with_body(void)
{
    if (SERVE(.port = 0)) {
        int fd = dial(port);
        CHECK(request(fd, "GET /metrics", "Content-Length: 5\r\n") && say(fd, "hello"));
        CHECK(request(fd, "GET /metrics", ""));
        for (int i = 0; i < 2; i++) {
            answer a = hear(fd, true);
            CHECK_INT(a.status, 200);
            forget(&a);
        }
        close(fd);
    }
    end();
}

/* --- gzip --------------------------------------------------------------- */

static void check_coding(const char *headers, bool want)
{
    answer a = ask(port, "GET /metrics", headers);
    CHECK_INT(a.status, 200);
    want = want && prom__coding_is_built(PROM_GZIP);
    bool said = head_has(&a, "Content-Encoding: gzip");
    bool is = a.n > 2 && memcmp(a.body, "\x1f\x8b", 2) == 0;
    bool text = a.n > 2 && memcmp(a.body, "# HELP", 6) == 0;
    if (!CHECK(said == want && is == want && text == !want))
        fprintf(stderr, "    for %s", headers);
    forget(&a);
}

static void test_http_gzip(void)
{
    if (SERVE(.port = 0)) {
        check_coding("Accept-Encoding: gzip\r\n", true);
        check_coding("ACCEPT-ENCODING: GZIP\r\n", true);
        check_coding("Accept-Encoding: deflate\r\naccept-encoding: gzip;q=0.3\r\n", true);
        check_coding("Accept-Encoding: gzip;q=0\r\n", false);
        check_coding("Accept-Encoding: gzip\r\nAccept-Encoding: gzip;q=0\r\n", false);
        check_coding("Accept-Encoding: identity\r\n", false);
        check_coding("Accept-Encoding:\r\n", false);
        check_coding("X-Accept-Encoding: gzip\r\n", false);
        check_coding("Accept-Encodings: gzip\r\n", false);
    }
    end();
}

static void test_http_no_compression(void)
{
    if (SERVE(.no_compression = true))
        check_coding("Accept-Encoding: gzip\r\n", false);
    end();
}

/* --- connections -------------------------------------------------------- */

static void test_http_keep_alive(void)
{
    if (SERVE(.port = 0)) {
        int fd = dial(port);
        for (int i = 0; i < 50; i++) {
            CHECK(request(fd, i % 10 == 9 ? "GET /nothing" : "GET /metrics", ""));
            answer a = hear(fd, true);
            CHECK_INT(a.status, i % 10 == 9 ? 404 : 200);
            forget(&a);
        }
        CHECK(request(fd, "GET /metrics", "Connection: close\r\n"));
        answer a = hear(fd, true);
        CHECK_INT(a.status, 200);
        forget(&a);
        CHECK(sees_end(fd));
        close(fd);
    }
    end();
}

static void test_http_pipelining(void)
{
    if (SERVE(.port = 0)) {
        int fd = dial(port);
        CHECK(say(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
                      "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
                      "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
                      "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"));
        static const int status[] = { 200, 404, 200, 200 };
        for (int i = 0; i < 4; i++) {
            answer a = hear(fd, i != 2);
            CHECK_INT(a.status, status[i]);
            forget(&a);
        }
        close(fd);
    }
    end();
}

/* The client has said all it will say; it gets all its answers, and then the end. */
static void test_http_half_closed(void)
{
    if (SERVE(.port = 0))
        for (int n = 1; n <= 8; n++) {
            int fd = dial(port);
            char text[1024] = "";
            for (int i = 0; i < n; i++)
                strcat(text, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
            CHECK(say(fd, text));
            shutdown(fd, SHUT_WR);
            for (int i = 0; i < n; i++) {
                answer a = hear(fd, true);
                CHECK_INT(a.status, 200);
                forget(&a);
            }
            CHECK(sees_end(fd));
            close(fd);
        }
    end();
}

static void test_http_request_in_single_bytes(void)
{
    if (SERVE(.port = 0)) {
        int fd = dial(port);
        static const char text[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        for (size_t i = 0; i < sizeof text - 1; i++) {
            CHECK(say_bytes(fd, text + i, 1));
            pause_ms(1);
        }
        answer a = hear(fd, true);
        CHECK_INT(a.status, 200);
        forget(&a);
        close(fd);
    }
    end();
}

/* --- bodies and errors -------------------------------------------------- */

enum { BIG = 3000000 };

static prom_err write_big(const prom_snapshot *s, const prom_encode_opts *o,
                          const prom_writer *w)
{
    (void)o;
    (void)s;
    char piece[1000];
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < BIG / 1000; i++) {
        memset(piece, 'a' + i % 26, sizeof piece);
        prom_err err = w->write(w->data, piece, sizeof piece);
        if (err)
            return err;
    }
    return PROM_OK;
}

static const prom_encoder big = { "big", "text/x-big", false, write_big };

/* Larger than any socket's buffer, with an encoder of the user's. */
static void test_http_big_body(void)
{
    if (SERVE(.encoder = &big, .no_compression = true)) {
        answer a = ask(port, "GET /metrics", "");
        CHECK_INT(a.status, 200);
        CHECK_INT(a.n, BIG);
        CHECK(head_has(&a, "Content-Type: text/x-big"));
        size_t wrong = 0;
        for (size_t i = 0; i < a.n; i++)
            wrong += a.body[i] != (char)('a' + i / 1000 % 26);
        CHECK_INT(wrong, 0);
        forget(&a);
    }
    end();
}

static prom_err write_nothing(const prom_snapshot *s, const prom_encode_opts *o,
                              const prom_writer *w)
{
    (void)o;
    (void)s, (void)w;
    return prom_fail(PROM_E_CALLBACK, "the encoder has no ink");
}

static void test_http_encoder_fails(void)
{
    static const prom_encoder broken = { "broken", "text/plain", false, write_nothing };
    if (SERVE(.encoder = &broken)) {
        answer a = ask(port, "GET /metrics", "");
        CHECK_INT(a.status, 500);
        CHECK(a.body && strstr(a.body, "\n* the encoder has no ink\n"));
        forget(&a);
    }
    end();
}

static prom_err collect_nothing(prom_builder *b, void *data)
{
    (void)b;
    return prom_fail(PROM_E_IO, "%s is off", (const char *)data);
}

static void test_http_collectors_fail(void)
{
    char disk[] = "the disk", fan[] = "the fan";
    if (SERVE(.port = 0)) {
        prom_collector *c[2] = { NULL, NULL };
        prom_collector_opts o = { .size = sizeof o,
                                  .name = "disk",
                                  .collect = collect_nothing };
        o.data = disk;
        CHECK_OK(prom_collector_new(registry, &o, &c[0]));
        o.name = "fan";
        o.data = fan;
        CHECK_OK(prom_collector_new(registry, &o, &c[1]));
        answer a = ask(port, "GET /metrics", "Accept-Encoding: gzip\r\n");
        CHECK_INT(a.status, 500);
        CHECK(head_has(&a, "Content-Type: text/plain; charset=utf-8"));
        CHECK(a.body && strstr(a.body, "disk") && strstr(a.body, "the disk is off"));
        CHECK(a.body && strstr(a.body, "fan") && strstr(a.body, "the fan is off"));
        forget(&a);
        CHECK_OK(prom_registry_remove(registry, c[0]));
        CHECK_OK(prom_registry_remove(registry, c[1]));
        CHECK(scrape_works(port));
        prom_unref(c[0]);
        prom_unref(c[1]);
    }
    end();
}

TESTS(ROW(test_http_get), ROW(test_http_query_is_no_part_of_the_path),
      ROW(test_http_empty_registry), ROW(test_http_head), ROW(test_http_other_methods),
      ROW(test_http_other_paths), ROW(test_http_path_of_choice), ROW(test_http_get_with_body),
      ROW(test_http_gzip), ROW(test_http_no_compression), ROW(test_http_keep_alive),
      ROW(test_http_pipelining), ROW(test_http_half_closed),
      ROW(test_http_request_in_single_bytes), ROW(test_http_big_body),
      ROW(test_http_encoder_fails), ROW(test_http_collectors_fail))
