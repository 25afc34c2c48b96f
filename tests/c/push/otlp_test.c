// SPDX-License-Identifier: Apache-2.0
/* otlp_test.c - the sender of OTLP, with receivers that behave, misbehave and are not there. */
#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"
#include "encode/compress.h"
#include "otlp_dump.h"
#include "receiver.h"

#include <prom/otlp.h>

#define SCRIPT(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define PROTOBUF    "Content-Type: application/x-protobuf\r\n"
#define OK_200      RECEIVER_SAYS("200 OK", PROTOBUF, "")

typedef struct pusher {
    receiver *at;
    prom_registry *r;
    prom_gauge *g;
    prom_sender *s;
    char url[64];
} pusher;

static const prom_client_opts quick = {
    .size = sizeof quick, .retries = 2, .backoff_ms = 1, .max_backoff_ms = 2
};
static const prom_client_opts once = { .size = sizeof once, .retries = PROM_NO_RETRIES };
static const prom_label demo[] = { { "service.name", "demo" }, { NULL, NULL } };

/* The opts without URL and client. */
static pusher *pusher_new(const char *const *script, const prom_otlp_opts *given,
                          const prom_client_opts *client)
{
    pusher *p = calloc(1, sizeof *p);
    prom_otlp_opts o = *given;
    p->at = receiver_start(script);
    p->r = kit_registry(PROM_ORDER_CREATED);
    CHECK_OK(prom_gauge_new(p->r, PROM_OPTS(.name = "g", .help = "Help."), &p->g));
    snprintf(p->url, sizeof p->url, "http://127.0.0.1:%u/v1/metrics", p->at->port);
    o.url = p->url;
    o.client = client;
    CHECK_OK(prom_otlp_new(p->r, &o, NULL, &p->s));
    return p;
}

static void pusher_free(pusher *p)
{
    prom_unref(p->s);
    prom_unref(p->g);
    prom_unref(p->r);
    receiver_stop(p->at);
    free(p);
}

/* The sentence begins with the URL and goes on so. */
static void check_error(pusher *p, prom_err e, prom_err code, const char *rest,
                        const char *file, int line)
{
    char want[500];
    snprintf(want, sizeof want, "'%s'%s", p->url, rest);
    check_str(prom_err_name(e), prom_err_name(code), file, line, "the error");
    check_str(prom_error(e), want, file, line, "its sentence");
}
#define CHECK_REFUSED(p, rest) \
    check_error((p), prom_send((p)->s), PROM_E_IO, (rest), __FILE__, __LINE__)

static void check_header(pusher *p, size_t i, const char *name, const char *want)
{
    char value[200];
    if (CHECK(i < receiver_count(p->at)))
        CHECK_STR(receiver_header(&p->at->request[i], name, value, sizeof value), want);
}

/* --- all is well ---------------------------------------------------------- */

/* The time of the first point, or 0. */
static long long time_in(const char *text)
{
    const char *at = strstr(text, " time=");
    return CHECK(at) ? atoll(at + 6) : 0;
}

static void test_what_is_sent(void)
{
    const char *const headers[] = { "X-Scope: a", NULL };
    const prom_client_opts client = { .size = sizeof client, .headers = headers };
    pusher *p = pusher_new(SCRIPT(OK_200), PROM_OTLP_OPTS(.resource = demo), &client);
    CHECK_OK(prom_send(p->s));
    CHECK_INT(receiver_count(p->at), 1);
    const receiver_request *q = &p->at->request[0];
    CHECK(strncmp(q->head, "POST /v1/metrics HTTP/1.1\r\n", 27) == 0);
    check_header(p, 0, "Content-Type", "application/x-protobuf");
    check_header(p, 0, "Content-Encoding", "");
    check_header(p, 0, "X-Scope", "a");
    char *text = otlp_text(q->body, q->n, otlp_request);
    CHECK(strstr(text, "service.name=\"demo\"") != NULL);
    CHECK(strstr(text, "name=g description=Help. gauge{ point{ time=") != NULL);
    CHECK(llabs(time_in(text) - prom__clock_unix()) < 60 * 1000000000LL);
    free(text);
    pusher_free(p);
}

/* Its body through "gzip -dc", as text for free(). */
static char *unpacked(const receiver_request *q)
{
    char path[] = "/tmp/otlp_test_XXXXXX", command[64], plain[2000];
    int fd = mkstemp(path);
    CHECK(fd >= 0 && write(fd, q->body, q->n) == (ssize_t)q->n);
    close(fd);
    snprintf(command, sizeof command, "gzip -dc < %s", path);
    FILE *pipe = popen(command, "r");
    size_t n = pipe ? fread(plain, 1, sizeof plain, pipe) : 0;
    CHECK(pipe && pclose(pipe) == 0);
    unlink(path);
    return otlp_text(plain, n, otlp_request);
}

static void test_gzip(void)
{
    if (!prom__coding_is_built(PROM_GZIP))
        return;
    pusher *p = pusher_new(SCRIPT(OK_200), PROM_OTLP_OPTS(.coding = PROM_GZIP), &once);
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(prom_send(p->s));
        check_header(p, i, "Content-Encoding", "gzip");
        char *text = unpacked(&p->at->request[i]);
        CHECK(strstr(text, "name=g description=Help.") != NULL);
        free(text);
    }
    pusher_free(p);
}

static void test_what_was_given_is_copied(void)
{
    char key[] = "service.name", value[] = "demo", scope[] = "mine", version[] = "7";
    const prom_label given[] = { { key, value }, { NULL, NULL } };
    pusher *p = pusher_new(
        SCRIPT(OK_200),
        PROM_OTLP_OPTS(.resource = given, .scope_name = scope, .scope_version = version),
        &once);
    *key = *value = *scope = *version = 'x';
    p->url[0] = 'x';
    CHECK_OK(prom_send(p->s));
    const receiver_request *q = &p->at->request[0];
    char *text = otlp_text(q->body, q->n, otlp_request);
    CHECK(strstr(text, "service.name=\"demo\"") != NULL);
    CHECK(strstr(text, "scope{ name=mine version=7 }") != NULL);
    free(text);
    pusher_free(p);
}

/* A receiver that counts in milliseconds refuses another value of the same one. */
static void test_times_ascend_whatever_the_clock_does(void)
{
    pusher *p = pusher_new(SCRIPT(OK_200), PROM_OTLP_OPTS(.coding = PROM_IDENTITY), &once);
    long long last = 0;
    for (int i = 0; i < 4; i++) {
        prom__clock_unix_shift = i < 2 ? 0 : -(uint64_t)i * 3600000000000u;
        CHECK_OK(prom_send(p->s));
        char *text = otlp_text(p->at->request[i].body, p->at->request[i].n, otlp_request);
        CHECK(time_in(text) / 1000000 > last / 1000000);
        last = time_in(text);
        free(text);
    }
    prom__clock_unix_shift = 0;
    pusher_free(p);
}

static void test_nothing_to_send(void)
{
    pusher *p = pusher_new(SCRIPT(OK_200), PROM_OTLP_OPTS(.resource = demo), &once);
    CHECK_OK(prom_registry_remove(p->r, p->g));
    CHECK_OK(prom_send(p->s));
    CHECK_INT(receiver_count(p->at), 0);
    pusher_free(p);
}

/* --- answers -------------------------------------------------------------- */

static void test_statuses_that_are_tried_again(void)
{
    const char *const again[] = { "429 Too Many", "502 Bad Gateway", "503 Busy", "504 Late" };
    for (size_t i = 0; i < sizeof again / sizeof *again; i++) {
        char answer[200];
        snprintf(answer, sizeof answer, RECEIVER_SAYS("%s", "Retry-After: 0\r\n", ""),
                 again[i]);
        pusher *p = pusher_new(SCRIPT(answer, RECEIVER_CLOSES, OK_200),
                               PROM_OTLP_OPTS(.resource = demo), &quick);
        CHECK_OK(prom_send(p->s));
        CHECK_INT(receiver_count(p->at), 3);
        const receiver_request *q = p->at->request;
        CHECK(q[0].n == q[2].n && memcmp(q[0].body, q[2].body, q[0].n) == 0);
        pusher_free(p);
    }
}

static void test_statuses_that_are_not(void)
{
    const char *const final[] = { "400 Bad", "401 No", "404 What", "500 Oops", "501 Never" };
    for (size_t i = 0; i < sizeof final / sizeof *final; i++) {
        char answer[200], want[100];
        snprintf(answer, sizeof answer, RECEIVER_SAYS("%s", "", "it\nis so"), final[i]);
        snprintf(want, sizeof want, " answers with status %.3s: it is so", final[i]);
        pusher *p = pusher_new(SCRIPT(answer), PROM_OTLP_OPTS(.resource = demo), &quick);
        CHECK_REFUSED(p, want);
        CHECK_INT(receiver_count(p->at), 1);
        pusher_free(p);
    }
}

static void test_enough_tries(void)
{
    pusher *p = pusher_new(SCRIPT(RECEIVER_SAYS("503 Busy", "", "busy")),
                           PROM_OTLP_OPTS(.resource = demo), &quick);
    CHECK_REFUSED(p, " answers with status 503 (3 tries): busy");
    CHECK_INT(receiver_count(p->at), 3);
    receiver_follow(p->at, SCRIPT(OK_200));
    CHECK_OK(prom_send(p->s));
    pusher_free(p);
}

static void test_partial_success(void)
{
    pusher *p = pusher_new(
        SCRIPT(RECEIVER_SAYS("200 OK", PROTOBUF, "\x0a\x09\x08\x02\x12\x05t\no\xff\x01"),
               OK_200,
               RECEIVER_SAYS("200 OK", "content-type: Application/X-Protobuf; a=b\r\n",
                             "\x0a\x02\x08\x07"),
               RECEIVER_SAYS("200 OK", PROTOBUF, "\x0a\x06\x12\x04warn"),
               RECEIVER_SAYS("200 OK", PROTOBUF, "<html>")),
        PROM_OTLP_OPTS(.resource = demo), &quick);
    CHECK_REFUSED(p, " answers with status 200: 2 data points are rejected: t o?");
    CHECK_INT(receiver_count(p->at), 1); /* never again: the others were taken */
    CHECK_OK(prom_send(p->s));
    CHECK_REFUSED(p, " answers with status 200: 7 data points are rejected");
    CHECK_OK(prom_send(p->s));
    CHECK_OK(prom_send(p->s));
    pusher_free(p);
}

/* What is not said to be protobuf is not read as such. */
static void test_answers_in_something_else(void)
{
    pusher *p = pusher_new(
        SCRIPT(RECEIVER_SAYS("200 OK", "", "\x0a\x02\x08\x07"),
               RECEIVER_SAYS("200 OK", "Content-Type: application/x-protobuf-2\r\n",
                             "\x0a\x02\x08\x07"),
               RECEIVER_SAYS("200 OK", "Content-Type: application/json\r\n", "{}"),
               RECEIVER_SAYS("400 Bad", "Content-Type: text/plain\r\n", "\x12\x02no")),
        PROM_OTLP_OPTS(.resource = demo), &quick);
    for (int i = 0; i < 3; i++)
        CHECK_OK(prom_send(p->s));
    CHECK_REFUSED(p, " answers with status 400: no");
    pusher_free(p);
}

static void test_a_status_in_protobuf(void)
{
    pusher *p = pusher_new(SCRIPT(RECEIVER_SAYS("400 Bad", PROTOBUF, "\x08\x03\x12\x06unwell"),
                                  RECEIVER_SAYS("400 Bad", PROTOBUF, "\x08\x03")),
                           PROM_OTLP_OPTS(.resource = demo), &quick);
    CHECK_REFUSED(p, " answers with status 400: unwell");
    CHECK_REFUSED(p, " answers with status 400");
    pusher_free(p);
}

static void test_peers_that_are_none(void)
{
    const char *const bad[] = { RECEIVER_CLOSES, "garbage\r\n\r\n", "HTTP/1.1 200" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pusher *p = pusher_new(SCRIPT(bad[i]), PROM_OTLP_OPTS(.resource = demo), &once);
        CHECK_ERR(prom_send(p->s), PROM_E_IO);
        receiver_follow(p->at, SCRIPT(OK_200));
        CHECK_OK(prom_send(p->s));
        pusher_free(p);
    }
}

/* --- many points ---------------------------------------------------------- */

/* 60,000 of 130 bytes: two requests. */
static prom_err build_many(prom_builder *b, void *data)
{
    char value[100];
    memset(value, 'x', sizeof value);
    (void)data;
    CHECK_OK(
        prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "m", .labels = PROM_LABELS("l"))));
    for (int i = 0; i < 60000; i++) {
        snprintf(value + 80, 20, "%d", i);
        CHECK_OK(prom_build_value(b, PROM_VALUES(value), i));
    }
    return PROM_OK;
}

static pusher *pusher_of_many(const char *const *script)
{
    pusher *p = pusher_new(script, PROM_OTLP_OPTS(.resource = demo), &once);
    const prom_collector_opts o = { .size = sizeof o, .name = "many", .collect = build_many };
    prom_collector *c;
    CHECK_OK(prom_collector_new(p->r, &o, &c));
    prom_unref(c);
    return p;
}

static void test_several_requests(void)
{
    pusher *p = pusher_of_many(SCRIPT(OK_200));
    size_t n = 0;
    CHECK_OK(prom_send(p->s));
    CHECK_INT(receiver_count(p->at), 2);
    for (size_t i = 0; i < 2; i++)
        n += p->at->request[i].n;
    CHECK(p->at->request[0].n > 4 << 20 && p->at->request[0].n < (4 << 20) + 1000);
    CHECK(n > 60000 * 100 && n < 8 << 20);
    pusher_free(p);
}

/* One that is refused does not keep the others back; where nobody takes any it ends. */
static void test_one_of_several_is_refused(void)
{
    pusher *p = pusher_of_many(SCRIPT(RECEIVER_SAYS("413 Long", "", "too long"), OK_200));
    CHECK_REFUSED(p, " answers with status 413: too long");
    CHECK_INT(receiver_count(p->at), 2);
    receiver_follow(p->at, SCRIPT(RECEIVER_SAYS("503 Busy", "", "busy"), OK_200));
    CHECK_REFUSED(p, " answers with status 503: busy");
    CHECK_INT(receiver_count(p->at), 3);
    receiver_follow(p->at, SCRIPT(RECEIVER_SAYS("401 No", "", "who?"), OK_200));
    CHECK_REFUSED(p, " answers with status 401: who?");
    CHECK_INT(receiver_count(p->at), 4);
    pusher_free(p);
}

/* --- opts ----------------------------------------------------------------- */

static void test_opts_that_are_none(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    prom_sender *s = (prom_sender *)r;
    CHECK_SAYS(prom_otlp_new(r, PROM_OTLP_OPTS(.coding = PROM_ZSTD), NULL, &s), PROM_E_INVAL,
               "OTLP is sent as it is or as gzip");
    CHECK(s == NULL);
    CHECK_ERR(prom_otlp_new(r, PROM_OTLP_OPTS(.url = ""), NULL, &s), PROM_E_INVAL);
    CHECK_ERR(prom_otlp_new(r, PROM_OTLP_OPTS(.url = "ftp://x"), NULL, &s), PROM_E_INVAL);
    CHECK_ERR(prom_otlp_new(r,
                            PROM_OTLP_OPTS(.resource = (const prom_label[]){ { "a", "1" },
                                                                             { "a", "2" },
                                                                             { NULL, NULL } }),
                            NULL, &s),
              PROM_E_LABELS);
    const char *const headers[] = { "Content-Encoding: br", NULL };
    CHECK_ERR(prom_otlp_new(r, PROM_OTLP_OPTS(.client = PROM_CLIENT_OPTS(.headers = headers)),
                            NULL, &s),
              PROM_E_INVAL);
    CHECK_ERR(prom_otlp_new(NULL, NULL, NULL, &s), PROM_E_INVAL);
    CHECK(s == NULL);
    CHECK_OK(prom_otlp_new(r, NULL, NULL, &s)); /* to localhost:4318, where nobody is asked */
    prom_unref(s);
    prom_unref(r);
}

TESTS(ROW(test_what_is_sent), ROW(test_gzip), ROW(test_what_was_given_is_copied),
      ROW(test_times_ascend_whatever_the_clock_does), ROW(test_nothing_to_send),
      ROW(test_statuses_that_are_tried_again), ROW(test_statuses_that_are_not),
      ROW(test_enough_tries), ROW(test_partial_success), ROW(test_answers_in_something_else),
      ROW(test_a_status_in_protobuf), ROW(test_peers_that_are_none), ROW(test_several_requests),
      ROW(test_one_of_several_is_refused), ROW(test_opts_that_are_none))
