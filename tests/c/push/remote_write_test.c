// SPDX-License-Identifier: Apache-2.0
/* remote_write_test.c - the sender, with receivers that behave, misbehave and are not there. */
#define _POSIX_C_SOURCE 200809L
#include "base/clock.h"
#include "receiver.h"
#include "remote_dump.h"
#include "unsnappy.h"

#include <prom/api.h>

#include <sys/wait.h>

#define WRITTEN_204 \
    RECEIVER_SAYS("204 No Content", "X-Prometheus-Remote-Write-Samples-Written: 1\r\n", "")

typedef struct writer {
    receiver *at;
    prom_registry *r;
    prom_vec *v; /* gauges with a label l */
    prom_sender *s;
    char url[64];
} writer;

static void set(writer *w, const char *l, double value)
{
    prom_gauge *g;
    CHECK_OK(prom_gauge_with(w->v, PROM_VALUES(l), &g));
    prom_gauge_set(g, value);
    prom_unref(g);
}

static const prom_client_opts quick = {
    .size = sizeof quick, .retries = 2, .backoff_ms = 1, .max_backoff_ms = 2
};
static const prom_client_opts once = { .size = sizeof once, .retries = PROM_NO_RETRIES };

/* The opts without URL and client. */
static writer *writer_new(const char *const *script, const prom_remote_write_opts *given,
                          const prom_client_opts *client, const prom_sender_opts *so)
{
    writer *w = calloc(1, sizeof *w);
    prom_remote_write_opts o = *given;
    w->at = receiver_start(script);
    w->r = kit_registry(PROM_ORDER_CREATED);
    CHECK_OK(prom_vec_new(w->r, PROM_GAUGE,
                          PROM_OPTS(.name = "g", .help = "Help.", .labels = PROM_LABELS("l")),
                          &w->v));
    snprintf(w->url, sizeof w->url, "http://127.0.0.1:%u/write", w->at->port);
    o.url = w->url;
    o.client = client;
    CHECK_OK(prom_remote_write_new(w->r, &o, so, &w->s));
    set(w, "a", 1);
    return w;
}

static void writer_free(writer *w)
{
    prom_unref(w->s);
    prom_unref(w->v);
    prom_unref(w->r);
    receiver_stop(w->at);
    free(w);
}

/* Times are those of the clock; what matters is which sample is later. */
static void hide_times(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        *to++ = *p;
        if (*p == '@')
            while (p[1] >= '0' && p[1] <= '9')
                p++;
    }
    *to = '\0';
}

static long long time_in(const char *text)
{
    const char *at = strchr(text, '@');
    return CHECK(at) ? atoll(at + 1) : 0;
}

/* For free(). */
static char *body_of(const receiver_request *q)
{
    char value[100];
    size_t n;
    char *plain = unsnappy(q->body, q->n, &n);
    if (!CHECK(plain))
        return calloc(1, 1);
    receiver_header(q, "X-Prometheus-Remote-Write-Version", value, sizeof value);
    char *text = remote_text(plain, n, strcmp(value, "2.0.0") == 0 ? 2 : 1);
    free(plain);
    return text;
}

static void check_request(writer *w, size_t i, const char *want, const char *file, int line)
{
    if (!check_report(i < receiver_count(w->at), file, line, "that many requests came"))
        return;
    char *text = body_of(&w->at->request[i]);
    hide_times(text);
    check_str(text, want, file, line, "the request");
    free(text);
}
#define CHECK_REQUEST(w, i, want) check_request((w), (i), (want), __FILE__, __LINE__)

static void check_header(writer *w, size_t i, const char *name, const char *want,
                         const char *file, int line)
{
    char value[200];
    if (check_report(i < receiver_count(w->at), file, line, "that many requests came"))
        check_str(receiver_header(&w->at->request[i], name, value, sizeof value), want, file,
                  line, name);
}
#define CHECK_HEADER(w, i, name, want) \
    check_header((w), (i), (name), (want), __FILE__, __LINE__)

static bool same_bodies(writer *w, size_t i, size_t k)
{
    const receiver_request *a = &w->at->request[i], *b = &w->at->request[k];
    return receiver_count(w->at) > (i > k ? i : k) && a->n == b->n &&
           memcmp(a->body, b->body, a->n) == 0;
}

#define V1          PROM_REMOTE_WRITE_OPTS(.version = 1)
#define V2          PROM_REMOTE_WRITE_OPTS(.version = 2)
#define SCRIPT(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* --- all is well ---------------------------------------------------------- */

static void test_what_1_0_sends(void)
{
    static const prom_label labels[] = { { "job", "test" }, { NULL, NULL } };
    const char *const headers[] = { "X-Scope: a", NULL };
    const prom_client_opts client = { .size = sizeof client, .headers = headers };
    writer *w = writer_new(SCRIPT(RECEIVER_204), PROM_REMOTE_WRITE_OPTS(.labels = labels),
                           &client, NULL);
    CHECK_OK(prom_send(w->s));
    CHECK_REQUEST(w, 0, "g{job=\"test\",l=\"a\"} 1@\n");
    CHECK(strncmp(w->at->request[0].head, "POST /write HTTP/1.1\r\n", 22) == 0);
    CHECK_HEADER(w, 0, "Content-Type", "application/x-protobuf");
    CHECK_HEADER(w, 0, "Content-Encoding", "snappy");
    CHECK_HEADER(w, 0, "X-Prometheus-Remote-Write-Version", "0.1.0");
    CHECK_HEADER(w, 0, "User-Agent", "libprom/" PROM_VERSION);
    CHECK_HEADER(w, 0, "X-Scope", "a");
    CHECK_HEADER(w, 0, "Retry-Attempt", "");
    writer_free(w);
}

static void test_what_2_0_sends(void)
{
    writer *w = writer_new(SCRIPT(WRITTEN_204), V2, NULL, NULL);
    CHECK_OK(prom_send(w->s));
    CHECK_OK(prom_send(w->s));
    CHECK_INT(receiver_count(w->at), 2);
    CHECK_REQUEST(w, 1, "g{l=\"a\"} 1@ type=2 help=\"Help.\"\n");
    CHECK_HEADER(w, 0, "Content-Type",
                 "application/x-protobuf;proto=io.prometheus.write.v2.Request");
    CHECK_HEADER(w, 0, "X-Prometheus-Remote-Write-Version", "2.0.0");
    writer_free(w);
}

static void test_times_ascend_whatever_the_clock_does(void)
{
    writer *w = writer_new(SCRIPT(RECEIVER_204), V1, NULL, NULL);
    long long last = 0;
    for (int i = 0; i < 4; i++) {
        prom__clock_unix_shift = i < 2 ? 0 : -(uint64_t)i * 3600000000000u;
        CHECK_OK(prom_send(w->s));
        char *text = body_of(&w->at->request[i]);
        CHECK(time_in(text) > last);
        last = time_in(text);
        free(text);
    }
    prom__clock_unix_shift = 0;
    CHECK(last * 1000000 - prom__clock_unix() < 1000000000);
    writer_free(w);
}

static void test_many_samples_in_several_requests(void)
{
    writer *w =
        writer_new(SCRIPT(RECEIVER_204), PROM_REMOTE_WRITE_OPTS(.max_samples = 2), NULL, NULL);
    set(w, "b", 2);
    set(w, "c", 3);
    CHECK_OK(prom_send(w->s));
    CHECK_INT(receiver_count(w->at), 2);
    CHECK_REQUEST(w, 0, "g{l=\"a\"} 1@\ng{l=\"b\"} 2@\n");
    CHECK_REQUEST(w, 1, "g{l=\"c\"} 3@\n");
    writer_free(w);
}

/* One sample with a time of its own; -1: none. */
static prom_err collect_old(prom_builder *b, void *data)
{
    const int64_t *ms = data;
    if (*ms < 0)
        return PROM_OK;
    prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "old"));
    prom_build_value(b, NULL, (double)*ms);
    return prom_build_timestamp(b, *ms);
}

/* Whatever the times do, one that was sent comes no second time, and none comes before it. */
static void send_old(int64_t *ms, writer *w)
{
    static const int64_t times[] = { 1000, 500, 600, 1000, -1, 1000, 1001 };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        *ms = times[i];
        CHECK_OK(prom_send(w->s));
    }
}

static void check_old(const char *const *script, const prom_remote_write_opts *o, size_t first)
{
    static int64_t ms;
    prom_collector *c;
    writer *w = writer_new(script, o, NULL, NULL);
    CHECK_OK(prom_vec_remove(w->v, PROM_VALUES("a")));
    CHECK_OK(prom_collector_new(
        w->r, PROM_COLLECTOR_OPTS(.name = "old", .collect = collect_old, .data = &ms), &c));
    send_old(&ms, w);
    CHECK_INT(receiver_count(w->at), first + 2);
    CHECK_REQUEST(w, first, "old{} 1000@\n");
    CHECK_REQUEST(w, first + 1, "old{} 1001@\n");
    prom_unref(c);
    writer_free(w);
}

static void test_own_times_ascend_too(void)
{
    check_old(SCRIPT(RECEIVER_204), V1, 0);
    check_old(
        SCRIPT(RECEIVER_SAYS("415 Unsupported", "Content-Length: 0\r\n", ""), RECEIVER_204), V2,
        1);
}

/* --- ends ----------------------------------------------------------------- */

static void test_series_end_and_at_last_all(void)
{
    writer *w = writer_new(SCRIPT(RECEIVER_204), V1, NULL, NULL);
    set(w, "b", 2);
    CHECK_OK(prom_send(w->s));
    CHECK_OK(prom_vec_remove(w->v, PROM_VALUES("a")));
    CHECK_OK(prom_send(w->s));
    CHECK_OK(prom_send(w->s));
    CHECK_OK(prom_sender_stop(w->s));
    CHECK_OK(prom_sender_stop(w->s));
    CHECK_INT(receiver_count(w->at), 4);
    CHECK_REQUEST(w, 1, "g{l=\"a\"} STALE@\ng{l=\"b\"} 2@\n");
    CHECK_REQUEST(w, 2, "g{l=\"b\"} 2@\n");
    CHECK_REQUEST(w, 3, "g{l=\"b\"} STALE@\n");
    CHECK_OK(prom_send(w->s)); /* begins anew */
    CHECK_REQUEST(w, 4, "g{l=\"b\"} 2@\n");
    writer_free(w);
}

static void test_the_last_send_comes_before_the_end(void)
{
    writer *w = writer_new(SCRIPT(RECEIVER_204), V1, NULL,
                           PROM_SENDER_OPTS(.interval_ms = 3600000, .last = true));
    CHECK_OK(prom_sender_stop(w->s));
    CHECK_INT(receiver_count(w->at), 2);
    CHECK_REQUEST(w, 0, "g{l=\"a\"} 1@\n");
    CHECK_REQUEST(w, 1, "g{l=\"a\"} STALE@\n");
    writer_free(w);
}

static void test_no_stale_markers(void)
{
    writer *w = writer_new(SCRIPT(RECEIVER_204),
                           PROM_REMOTE_WRITE_OPTS(.no_stale_markers = true), NULL, NULL);
    CHECK_OK(prom_send(w->s));
    CHECK_OK(prom_vec_remove(w->v, PROM_VALUES("a")));
    CHECK_OK(prom_send(w->s));
    CHECK_OK(prom_sender_stop(w->s));
    CHECK_INT(receiver_count(w->at), 1);
    writer_free(w);
}

/* --- answers -------------------------------------------------------------- */

static void test_500_then_200(void)
{
    writer *w =
        writer_new(SCRIPT(RECEIVER_500, RECEIVER_CLOSES, RECEIVER_204), V1, &quick, NULL);
    CHECK_OK(prom_send(w->s));
    CHECK_INT(receiver_count(w->at), 3);
    CHECK(same_bodies(w, 0, 1) && same_bodies(w, 0, 2));
    CHECK_HEADER(w, 0, "Retry-Attempt", "");
    CHECK_HEADER(w, 1, "Retry-Attempt", "1");
    CHECK_HEADER(w, 2, "Retry-Attempt", "2");
    writer_free(w);
}

static void test_what_cannot_be_delivered_waits(void)
{
    const char *const bad[] = { RECEIVER_500, RECEIVER_CLOSES,
                                RECEIVER_SAYS("429 Too Many", "Retry-After: 0\r\n", ""),
                                "garbage\r\n\r\n", "HTTP/1.1 200" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        writer *w = writer_new(SCRIPT(bad[i]), V1, &once, NULL);
        CHECK_ERR(prom_send(w->s), PROM_E_IO);
        CHECK_INT(receiver_count(w->at), 1);
        set(w, "a", 2);
        receiver_follow(w->at, SCRIPT(RECEIVER_204));
        CHECK_OK(prom_send(w->s));
        CHECK_INT(receiver_count(w->at), 3);
        CHECK(same_bodies(w, 0, 1));
        CHECK_HEADER(w, 1, "Retry-Attempt", "1");
        CHECK_HEADER(w, 2, "Retry-Attempt", "");
        CHECK_REQUEST(w, 2, "g{l=\"a\"} 2@\n");
        writer_free(w);
    }
}

static void test_what_is_refused_is_dropped(void)
{
    char want[200];
    writer *w = writer_new(SCRIPT(RECEIVER_SAYS("400 Bad Request", "Content-Length: 18\r\n",
                                                "out of order sample"),
                                  RECEIVER_204),
                           V1, &quick, NULL);
    snprintf(want, sizeof want, "out of order");
    prom_err e = prom_send(w->s);
    CHECK_ERR(e, PROM_E_IO);
    CHECK(strstr(prom_error(e), want) != NULL);
    CHECK(strstr(prom_error(e), "400") != NULL);
    CHECK_INT(receiver_count(w->at), 1);
    CHECK_OK(prom_send(w->s));
    CHECK_INT(receiver_count(w->at), 2);
    CHECK(!same_bodies(w, 0, 1));
    writer_free(w);
}

/* The rest of a gather goes on after a request that was refused, not after one that waits. */
static void test_of_several_requests(void)
{
    const prom_remote_write_opts *o = PROM_REMOTE_WRITE_OPTS(.max_samples = 1);
    writer *w =
        writer_new(SCRIPT(RECEIVER_SAYS("400 Bad", "", ""), RECEIVER_204), o, &once, NULL);
    set(w, "b", 2);
    CHECK_ERR(prom_send(w->s), PROM_E_IO);
    CHECK_INT(receiver_count(w->at), 2);
    writer_free(w);
    w = writer_new(SCRIPT(RECEIVER_500, RECEIVER_204), o, &once, NULL);
    set(w, "b", 2);
    CHECK_ERR(prom_send(w->s), PROM_E_IO);
    CHECK_INT(receiver_count(w->at), 1);
    CHECK_OK(prom_send(w->s));
    CHECK_INT(receiver_count(w->at), 5);
    CHECK_REQUEST(w, 1, "g{l=\"a\"} 1@\n");
    CHECK_REQUEST(w, 2, "g{l=\"b\"} 2@\n");
    CHECK_REQUEST(w, 4, "g{l=\"b\"} 2@\n");
    writer_free(w);
}

static void test_redirects_are_errors(void)
{
    writer *w =
        writer_new(SCRIPT(RECEIVER_SAYS("302 Found", "Location: http://127.0.0.1:1/\r\n", "")),
                   V1, &quick, NULL);
    CHECK_ERR(prom_send(w->s), PROM_E_IO);
    CHECK_INT(receiver_count(w->at), 1);
    writer_free(w);
}

static void test_nobody_there(void)
{
    writer *w = writer_new(SCRIPT(RECEIVER_204), V1, &quick, NULL);
    receiver *gone = w->at;
    prom_sender *s;
    char url[64];
    unsigned port = gone->port;
    receiver_stop(gone);
    w->at = receiver_start(SCRIPT(RECEIVER_204));
    snprintf(url, sizeof url, "127.0.0.1:%u", port);
    CHECK_OK(prom_remote_write_new(w->r, PROM_REMOTE_WRITE_OPTS(.url = url, .client = &quick),
                                   NULL, &s));
    CHECK_ERR(prom_send(s), PROM_E_IO);
    prom_unref(s); /* its end cannot be told either */
    writer_free(w);
}

/* --- versions ------------------------------------------------------------- */

static void test_who_does_not_know_2_0_gets_1_0(void)
{
    const char *const answers[] = { RECEIVER_SAYS("415 Unsupported", "", ""), RECEIVER_204 };
    for (int i = 0; i < 2; i++) {
        writer *w = writer_new(SCRIPT(answers[i], RECEIVER_204), V2, &quick, NULL);
        CHECK_OK(prom_send(w->s));
        CHECK_INT(receiver_count(w->at), 2);
        CHECK_HEADER(w, 0, "X-Prometheus-Remote-Write-Version", "2.0.0");
        CHECK_HEADER(w, 1, "X-Prometheus-Remote-Write-Version", "0.1.0");
        CHECK_HEADER(w, 1, "Retry-Attempt", "");
        CHECK_REQUEST(w, 1, "g{l=\"a\"} 1@\n");
        char *first = body_of(&w->at->request[0]), *second = body_of(&w->at->request[1]);
        CHECK_INT(time_in(first), time_in(second));
        free(first);
        free(second);
        CHECK_OK(prom_send(w->s));
        CHECK_HEADER(w, 2, "X-Prometheus-Remote-Write-Version", "0.1.0");
        writer_free(w);
    }
}

static void test_415_to_1_0_is_an_error(void)
{
    writer *w = writer_new(SCRIPT(RECEIVER_SAYS("415 Unsupported", "", "")), V1, &quick, NULL);
    CHECK_ERR(prom_send(w->s), PROM_E_IO);
    CHECK_INT(receiver_count(w->at), 1);
    writer_free(w);
}

static void test_what_waited_in_2_0_is_lost_where_nobody_knows_it(void)
{
    char want[200];
    writer *w = writer_new(SCRIPT(RECEIVER_500), V2, &once, NULL);
    CHECK_ERR(prom_send(w->s), PROM_E_IO);
    receiver_follow(w->at, SCRIPT(RECEIVER_SAYS("415 Unsupported", "", ""), RECEIVER_204));
    snprintf(want, sizeof want,
             "'%s': 1 samples were dropped: they waited in remote write 2.0, which is not"
             " understood",
             w->url);
    CHECK_SAYS(prom_send(w->s), PROM_E_IO, want);
    CHECK_INT(receiver_count(w->at), 3);
    CHECK_HEADER(w, 2, "X-Prometheus-Remote-Write-Version", "0.1.0");
    CHECK_OK(prom_send(w->s));
    writer_free(w);
}

/* --- the queue ------------------------------------------------------------ */

static void test_the_queue_has_a_bound(void)
{
    prom_client_opts o = once;
    writer *w = writer_new(SCRIPT(RECEIVER_500), PROM_REMOTE_WRITE_OPTS(.max_queue_bytes = 400),
                           &o, NULL);
    prom_err e = PROM_OK;
    for (int i = 0; i < 20; i++) {
        set(w, "a", i);
        e = prom_send(w->s);
        CHECK_ERR(e, PROM_E_IO);
    }
    receiver_follow(w->at, SCRIPT(RECEIVER_204));
    size_t before = receiver_count(w->at);
    set(w, "a", 20);
    CHECK_OK(prom_send(w->s));
    size_t after = receiver_count(w->at);
    CHECK(after - before >= 3 && after - before <= 6);
    char want[64];
    for (size_t i = before; i < after; i++) { /* the newest, in order */
        snprintf(want, sizeof want, "g{l=\"a\"} %zu@\n", 20 - (after - 1 - i));
        CHECK_REQUEST(w, i, want);
    }
    writer_free(w);
}

static void test_what_the_queue_does_not_hold_is_told(void)
{
    char want[200];
    writer *w = writer_new(SCRIPT(RECEIVER_204), PROM_REMOTE_WRITE_OPTS(.max_queue_bytes = 1),
                           &once, NULL);
    snprintf(want, sizeof want, "'%s': 1 samples were dropped: more wait than max_queue_bytes",
             w->url);
    CHECK_SAYS(prom_send(w->s), PROM_E_IO, want);
    CHECK_INT(receiver_count(w->at), 0);
    writer_free(w);
}

/* --- a fork --------------------------------------------------------------- */

static void *send_once(void *sender)
{
    return (void *)(intptr_t)prom_send(sender);
}

/* Not a word of the request is left unread, nor answered before the end. */
static int accepted(int listener)
{
    int fd = accept(listener, NULL, NULL);
    receiver_request q;
    CHECK(fd >= 0 && receiver_read(fd, &q));
    receiver_forget(&q);
    return fd;
}

/* ThreadSanitizer lets a forked child have no threads. */
#if defined(__SANITIZE_THREAD__)
#define THREADS_IN_CHILD false
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREADS_IN_CHILD false
#endif
#endif
#ifndef THREADS_IN_CHILD
#define THREADS_IN_CHILD true
#endif

/* A child of a fork in the midst of a send finds a sender that works. */
static void test_a_fork_during_a_send(void)
{
    if (!THREADS_IN_CHILD)
        return;
    const char *const never[] = { RECEIVER_204, NULL };
    const prom_sender_opts so = { .size = sizeof so, .timeout_ms = 20000 };
    writer *w = writer_new(never, V1, &once, NULL);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof a;
    char url[64];
    pthread_t thread;
    void *result;
    int status = -1, listener = socket(AF_INET, SOCK_STREAM, 0);
    prom_sender *s;
    CHECK(bind(listener, (struct sockaddr *)&a, n) == 0 && listen(listener, 4) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&a, &n) == 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", ntohs(a.sin_port));
    CHECK_OK(prom_remote_write_new(w->r, PROM_REMOTE_WRITE_OPTS(.url = url, .client = &once),
                                   &so, &s));
    CHECK(pthread_create(&thread, NULL, send_once, s) == 0);
    int fd = accepted(listener);
    pid_t child = fork();
    if (child == 0) {
        pthread_create(&thread, NULL, send_once, s);
        fd = accepted(listener);
        receiver_answer(fd, RECEIVER_204);
        pthread_join(thread, &result);
        _exit(check_failures || result);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_INT(status, 0);
    receiver_answer(fd, RECEIVER_204);
    pthread_join(thread, &result);
    CHECK(!result);
    close(fd);
    close(listener);
    prom_unref(s);
    writer_free(w);
}

/* --- options -------------------------------------------------------------- */

static void test_options(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    const prom_label bad[] = { { "__x", "1" }, { NULL, NULL } };
    const char *const reserved[] = { "retry-attempt: 3", NULL };
    const prom_client_opts client = { .size = sizeof client, .headers = reserved };
    prom_sender *s = (prom_sender *)r;
    CHECK_SAYS(prom_remote_write_new(r, PROM_REMOTE_WRITE_OPTS(.url = NULL), NULL, &s),
               PROM_E_INVAL, "remote write needs a URL");
    CHECK(s == NULL);
    CHECK_SAYS(
        prom_remote_write_new(r, PROM_REMOTE_WRITE_OPTS(.url = "x", .version = 3), NULL, &s),
        PROM_E_INVAL, "remote write has no version 3, only 1 and 2");
    CHECK_SAYS(
        prom_remote_write_new(r, PROM_REMOTE_WRITE_OPTS(.url = "x", .labels = bad), NULL, &s),
        PROM_E_NAME, "'remote write': label '__x' begins with __, which is reserved");
    CHECK_ERR(prom_remote_write_new(r, PROM_REMOTE_WRITE_OPTS(.url = "x", .client = &client),
                                    NULL, &s),
              PROM_E_INVAL);
    CHECK_ERR(prom_remote_write_new(NULL, PROM_REMOTE_WRITE_OPTS(.url = "x"), NULL, &s),
              PROM_E_INVAL);
    CHECK_ERR(prom_remote_write_new(r, NULL, NULL, &s), PROM_E_INVAL);
    CHECK_ERR(prom_remote_write_new(r, &(prom_remote_write_opts){ .size = 0 }, NULL, &s),
              PROM_E_INVAL);
    prom_unref(r);
}

TESTS(ROW(test_what_1_0_sends), ROW(test_what_2_0_sends),
      ROW(test_times_ascend_whatever_the_clock_does), ROW(test_own_times_ascend_too),
      ROW(test_many_samples_in_several_requests), ROW(test_series_end_and_at_last_all),
      ROW(test_the_last_send_comes_before_the_end), ROW(test_no_stale_markers),
      ROW(test_500_then_200), ROW(test_what_cannot_be_delivered_waits),
      ROW(test_what_is_refused_is_dropped), ROW(test_of_several_requests),
      ROW(test_redirects_are_errors), ROW(test_nobody_there),
      ROW(test_who_does_not_know_2_0_gets_1_0), ROW(test_415_to_1_0_is_an_error),
      ROW(test_what_waited_in_2_0_is_lost_where_nobody_knows_it),
      ROW(test_the_queue_has_a_bound), ROW(test_what_the_queue_does_not_hold_is_told),
      ROW(test_a_fork_during_a_send), ROW(test_options))
