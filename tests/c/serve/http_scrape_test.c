// SPDX-License-Identifier: Apache-2.0
/* What is negotiated, shared, limited and sent in blocks. */
#define _GNU_SOURCE /* sockets */
#include "client.h"
#include "encode/compress.h"
#include "kit.h"

#include <prom/collect.h>

#include <pthread.h>
#include <stdatomic.h>

/* --- formats ------------------------------------------------------------ */

#define OM "application/openmetrics-text"

static void check_type(const char *headers, const prom_encoder *want, prom_escaping escaping)
{
    char line[200];
    snprintf(line, sizeof line, "Content-Type: %s; escaping=%s", want->content_type,
             prom_escaping_name(escaping));
    answer a = ask(port, "GET /metrics", headers);
    CHECK_INT(a.status, 200);
    if (!CHECK(head_has(&a, line)))
        fprintf(stderr, "    for %s    want %s\n    got %s", headers, line, a.head);
    CHECK(head_has(&a, "Vary: Accept, Accept-Encoding"));
    forget(&a);
}

static void test_scrape_formats(void)
{
    if (SERVE(.port = 0)) {
        check_type("", &prom_text, PROM_UNDERSCORES);
        check_type("Accept: */*\r\n", &prom_text, PROM_UNDERSCORES);
        check_type("Accept: text/plain;version=1.0.0;escaping=values\r\n", &prom_text_1,
                   PROM_VALUES);
        check_type("ACCEPT: " OM ";version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.1\r\n",
                   &prom_openmetrics, PROM_ALLOW_UTF8);
        check_type("Accept: " OM ";version=0.0.1\r\n", &prom_openmetrics_0, PROM_UNDERSCORES);
        check_type("Accept: application/vnd.google.protobuf;encoding=delimited;"
                   "proto=io.prometheus.client.MetricFamily\r\n",
                   &prom_protobuf, PROM_UNDERSCORES);
        check_type("Accept: " OM ";version=2.0.0\r\n", &prom_text, PROM_UNDERSCORES);
        /* several fields are one */
        check_type("Accept: text/plain;q=0.1\r\nX: y\r\naccept: " OM "\r\n", &prom_openmetrics,
                   PROM_UNDERSCORES);
        check_type("Accept: " OM ";q=0.1\r\nAccept: a/b\r\nAccept: text/plain\r\n", &prom_text,
                   PROM_UNDERSCORES);
        check_type("Accept: \r\nAccept: " OM "\r\n", &prom_openmetrics, PROM_UNDERSCORES);
        check_type("Accept: \xff\"\r\n", &prom_text, PROM_UNDERSCORES);
        answer a = ask(port, "GET /metrics", "Accept: " OM "\r\n");
        CHECK(a.body && strstr(a.body, "hits_total 3.0\n") && strstr(a.body, "\n# EOF\n"));
        forget(&a);
    }
    end();
}

static void test_scrape_offer_of_choice(void)
{
    const prom_encoder *offer[] = { &prom_text, &prom_openmetrics_2, NULL };
    if (SERVE(.offer = offer)) {
        offer[0] = offer[1] = NULL; /* it was copied */
        check_type("Accept: " OM ";version=2.0.0\r\n", &prom_openmetrics_2, PROM_UNDERSCORES);
        check_type("Accept: " OM ";version=1.0.0\r\n", &prom_text, PROM_UNDERSCORES);
    }
    end();
    if (SERVE(.encoder = &prom_openmetrics)) {
        check_type("", &prom_openmetrics, PROM_UNDERSCORES);
        check_type("Accept: text/plain\r\n", &prom_openmetrics, PROM_UNDERSCORES);
        check_type("Accept: " OM ";escaping=dots\r\n", &prom_openmetrics, PROM_DOTS);
    }
    end();
}

/* Whatever is asked for, HEAD has the header of GET. */
static void test_scrape_head(void)
{
    static const char *const headers[] = { "", "Accept: " OM "\r\n",
                                           "Accept-Encoding: gzip\r\n",
                                           "Accept: " OM "\r\nAccept-Encoding: zstd\r\n" };
    if (SERVE(.port = 0))
        for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
            answer get = ask(port, "GET /metrics", headers[i]);
            answer head = ask(port, "HEAD /metrics", headers[i]);
            char *a = strstr(get.head, "Vary:"), *b = strstr(head.head, "Vary:");
            CHECK(a && b);
            if (a && b)
                CHECK_STR(b, a);
            CHECK_INT(content_length(&head), content_length(&get));
            forget(&get);
            forget(&head);
        }
    end();
}

static void test_scrape_options(void)
{
    if (SERVE(.port = 0)) {
        int fd = dial(port);
        CHECK(request(fd, "OPTIONS /metrics", "") && request(fd, "GET /metrics", ""));
        answer a = { 0 };
        CHECK(hear_head(fd, &a));
        CHECK_INT(a.status, 204);
        CHECK(head_has(&a, "Allow: GET, HEAD, OPTIONS"));
        CHECK(!strstr(a.head, "\r\nContent-Type"));
        a = hear(fd, true);
        CHECK_INT(a.status, 200);
        forget(&a);
        close(fd);
        a = ask(port, "OPTIONS /nothing", "");
        CHECK_INT(a.status, 404);
        forget(&a);
    }
    end();
}

static void test_scrape_zstd(void)
{
    if (SERVE(.port = 0)) {
        bool built = prom__coding_is_built(PROM_ZSTD);
        answer a = ask(port, "GET /metrics", "Accept-Encoding: zstd, gzip;q=0.5\r\n");
        CHECK_INT(a.status, 200);
        CHECK(head_has(&a, "Content-Encoding: zstd") == built);
        CHECK(!built || (a.n > 4 && memcmp(a.body, "\x28\xb5\x2f\xfd", 4) == 0));
        forget(&a);
    }
    end();
}

/* --- names -------------------------------------------------------------- */

static int collected;

static prom_err describe(prom_builder *b, void *data)
{
    (void)data;
    return prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "disk", .help = ""));
}

static prom_err collect(prom_builder *b, void *data)
{
    prom_err e = describe(b, data);
    collected++;
    return e ? e : prom_build_value(b, NULL, 1);
}

static void check_names(const char *query, bool hits, bool disk)
{
    char first[300];
    int before = collected;
    snprintf(first, sizeof first, "GET /metrics%s", query);
    answer a = ask(port, first, "");
    CHECK_INT(a.status, 200);
    bool ok = CHECK(a.body && !strstr(a.body, "\nhits_total 3\n") == !hits) &&
              CHECK(a.body && !strstr(a.body, "\ndisk 1\n") == !disk) &&
              CHECK_INT(collected - before, disk); /* what is not asked for is not collected */
    if (!ok)
        fprintf(stderr, "    for %s\n", query);
    forget(&a);
}

static void test_scrape_names(void)
{
    if (SERVE(.port = 0)) {
        prom_collector *c = NULL;
        prom_collector_opts o = {
            .size = sizeof o, .name = "disk", .collect = collect, .describe = describe
        };
        CHECK_OK(prom_collector_new(registry, &o, &c));
        check_names("", true, true);
        check_names("?name[]=hits_total", true, false);
        check_names("?name%5B%5D=d%69sk", false, true);
        check_names("?name[]=disk&x=y&name[]=hits_total", true, true);
        check_names("?name[]=nobody", false, false);
        check_names("?name[]=", false, false);
        check_names("?name[]", true, true); /* no name at all */
        check_names("?name=disk&names[]=disk&=&&", true, true);
        prom_unref(c);
    }
    end();
}

/* --- sharing ------------------------------------------------------------ */

enum { PATTERN = 61 }; /* no divisor of a block */

static size_t size_of_body; /* what the encoder writes */
static int encodings;

static bool heedless; /* of the writer's errors */

static prom_err write_pattern(const prom_snapshot *s, const prom_encode_opts *o,
                              const prom_writer *w)
{
    (void)s, (void)o;
    char piece[PATTERN * 100];
    prom_err e = PROM_OK;
    for (size_t i = 0; i < sizeof piece; i++)
        piece[i] = (char)('!' + i % PATTERN);
    for (size_t n = 0; n < size_of_body && (!e || heedless); n += sizeof piece)
        e = w->write(w->data, piece,
                     size_of_body - n < sizeof piece ? size_of_body - n : sizeof piece);
    encodings++;
    return heedless ? PROM_OK : e;
}

static const prom_encoder pattern = { "pattern", "text/x-pattern", false, write_pattern };

static bool is_pattern(const answer *a)
{
    size_t wrong = 0;
    for (size_t i = 0; i < a->n; i++)
        wrong += a->body[i] != (char)('!' + i % PATTERN);
    return a->status == 200 && a->n == size_of_body && !wrong;
}

static prom_err count_gather(prom_builder *b, void *data)
{
    (void)b;
    ++*(int *)data;
    return PROM_OK;
}

/* Polled, so that all have asked before any is answered. */
static void test_scrape_overlapping_ones_share(void)
{
    static const struct {
        const char *first, *headers;
    } asked[] = {
        { "GET /metrics", "" },
        { "GET /metrics", "Accept-Encoding: gzip\r\n" },
        { "HEAD /metrics", "" },
        { "GET /metrics?name[]=a&name[]=b", "" },
        { "GET /metrics", "Accept-Encoding: x-gzip;q=0.5\r\n" },
        { "GET /metrics?name[]=a&name[]=b", "" },
        { "GET /metrics?x=y", "" },
        { "GET /metrics?name[]=a", "" },
    };
    enum { N = sizeof asked / sizeof *asked };
    int fds[N], gathers = 0, coded = prom__coding_is_built(PROM_GZIP);
    size_of_body = 200000;
    encodings = 0;
    if (SERVE(.encoder = &pattern, .polled = true)) {
        prom_collector *c = NULL;
        prom_collector_opts o = {
            .size = sizeof o, .name = "count", .collect = count_gather, .data = &gathers
        };
        CHECK_OK(prom_collector_new(registry, &o, &c));
        for (int i = 0; i < N; i++) {
            fds[i] = dial(port);
            CHECK(request(fds[i], asked[i].first, asked[i].headers));
        }
        for (int i = 0; i < 50; i++)
            CHECK_OK(prom_http_poll(http, 10));
        for (int i = 0; i < N; i++) {
            answer a = hear(fds[i], strncmp(asked[i].first, "HEAD", 4) != 0);
            CHECK_INT(a.status, 200);
            bool plain = !strstr(a.head, "Content-Encoding");
            CHECK(!a.n || !plain || is_pattern(&a));
            forget(&a);
            close(fds[i]);
        }
        CHECK_INT(gathers, 3); /* of all, of a and b, of a */
        CHECK_INT(encodings, 3 + coded);
        prom_unref(c);
    }
    end();
}

/* One after the other they do not: nobody gets what was gathered before it asked. */
static void test_scrape_answers_are_fresh(void)
{
    encodings = 0;
    size_of_body = 1000;
    if (SERVE(.encoder = &pattern))
        for (int i = 1; i <= 5; i++) {
            answer a = ask(port, "GET /metrics", "");
            CHECK(is_pattern(&a));
            CHECK_INT(encodings, i);
            forget(&a);
        }
    end();
}

/* --- large bodies ------------------------------------------------------- */

static void test_scrape_sizes_around_a_block(void)
{
    static const size_t sizes[] = {
        0, 1, 65535, 65536, 65537, 131071, 131072, 131073, 1000000
    };
    if (SERVE(.encoder = &pattern)) {
        int fd = dial(port);
        for (size_t i = 0; i < 2 * (sizeof sizes / sizeof *sizes); i++) {
            size_of_body = sizes[i / 2];
            CHECK(request(fd, "GET /metrics", ""));
            answer a = hear(fd, true);
            if (!CHECK(is_pattern(&a)))
                fprintf(stderr, "    of %zu bytes\n", size_of_body);
            forget(&a);
        }
        close(fd);
    }
    end();
}

static void *poll_on(void *data)
{
    while (!atomic_load((atomic_bool *)data))
        if (prom_http_poll(http, 20))
            break;
    return NULL;
}

/* Two readers share a body of 50 MB: one takes all of it before the other takes a byte. */
static void test_scrape_fast_and_slow_reader_share(void)
{
    size_of_body = 50000000;
    encodings = 0;
    if (SERVE(.encoder = &pattern, .polled = true, .deadline_ms = 3600000)) {
        int slow = dial_with(port, 4096), fast = dial(port);
        CHECK(request(slow, "GET /metrics", "") && request(fast, "GET /metrics", ""));
        atomic_bool over = false;
        pthread_t poller;
        CHECK(pthread_create(&poller, NULL, poll_on, &over) == 0);
        answer a = hear(fast, true);
        CHECK(is_pattern(&a));
        forget(&a);
        char some[1000];
        CHECK(recv(slow, some, sizeof some, MSG_WAITALL | MSG_PEEK) == sizeof some);
        a = hear(slow, true);
        CHECK(is_pattern(&a));
        forget(&a);
        atomic_store(&over, true);
        pthread_join(poller, NULL);
        CHECK_INT(encodings, 1);
        close(slow);
        close(fast);
    }
    end();
}

/* --- the limit ---------------------------------------------------------- */

static void check_limited(const char *first, const char *headers, bool within)
{
    answer a = ask(port, first, headers);
    CHECK_INT(a.status, within ? 200 : 500);
    if (!within && a.n)
        CHECK_STR(a.body, "An error occurred while gathering metrics:\n\n"
                          "* the body is larger than max_body_bytes (50000)\n");
    forget(&a);
}

static void test_scrape_limit(void)
{
    prom_registry *self = kit_registry(PROM_ORDER_SORTED);
    prom_collector *c = NULL;
    CHECK_OK(prom_self_collector_new(self, &c));
    static const char name[] = "libprom_http_bodies_too_large_total";
    double before = kit_value(self, name, NULL);
    if (SERVE(.encoder = &pattern, .max_body_bytes = 50000)) {
        size_of_body = 50000;
        check_limited("GET /metrics", "", true);
        check_limited("GET /metrics", "Accept-Encoding: gzip\r\n", true);
        CHECK_DBL(kit_value(self, name, NULL), before);
        size_of_body = 50001;
        check_limited("GET /metrics", "", false);
        check_limited("HEAD /metrics", "", false);
        /* before compression: this would be some hundred bytes */
        check_limited("GET /metrics", "Accept-Encoding: gzip\r\n", false);
        CHECK_DBL(kit_value(self, name, NULL), before + 3);
        heedless = true;
        size_of_body = 200000; /* its first pieces would make half a page */
        check_limited("GET /metrics", "", false);
        check_limited("GET /metrics", "Accept-Encoding: gzip\r\n", false);
        heedless = false;
        CHECK_DBL(kit_value(self, name, NULL), before + 5);
        size_of_body = 1;
        check_limited("GET /metrics", "Accept-Encoding: gzip\r\n", true);
    }
    end();
    prom_unref(c);
    prom_unref(self);
}

TESTS(ROW(test_scrape_formats), ROW(test_scrape_offer_of_choice), ROW(test_scrape_head),
      ROW(test_scrape_options), ROW(test_scrape_zstd), ROW(test_scrape_names),
      ROW(test_scrape_overlapping_ones_share), ROW(test_scrape_answers_are_fresh),
      ROW(test_scrape_sizes_around_a_block), ROW(test_scrape_fast_and_slow_reader_share),
      ROW(test_scrape_limit))
