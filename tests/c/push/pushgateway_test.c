// SPDX-License-Identifier: Apache-2.0
/* Pushes to a peer that plays the gateway; a real one is in tests/e2e. */
#define _GNU_SOURCE /* strndup, pipe */
#include "kit.h"
#include "peer.h"

#include <prom/parse.h>
#include <prom/push.h>

#include <sys/wait.h>

#define ACCEPTED "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

static prom_registry *one_gauge(double v)
{
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_new(r, PROM_OPTS(.name = "x", .help = "An x."), &g));
    prom_gauge_set(g, v);
    prom_unref(g);
    return r;
}

#define TEXT "# HELP x An x.\n# TYPE x gauge\nx "

static void test_the_three(void)
{
    peer p;
    prom_registry *r = one_gauge(1);
    PEER_START(&p, { .text = PEER_OK }, { .text = ACCEPTED }, { .text = ACCEPTED });
    prom_push_opts o = { .size = sizeof o, .url = p.url, .job = "j", .encoder = &prom_text };
    o.grouping = PROM_CONST_LABELS({ "zone", "a/b" });
    CHECK_OK(prom_push(r, &o));
    CHECK_OK(prom_push_add(r, &o));
    o.add = o.delete_at_end = true; /* which both say nothing about one push */
    CHECK_OK(prom_push(r, &o));
    CHECK_OK(prom_push_delete(&o));
    peer_stop(&p);
    PEER_CHECK_LINE(&p, 0, "PUT /metrics/job/j/zone@base64/YS9i HTTP/1.1");
    CHECK_STR(p.asked[0].body, TEXT "1\n");
    PEER_CHECK(&p, 0, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    PEER_CHECK(&p, 0, "Content-Encoding", NULL);
    PEER_CHECK_LINE(&p, 1, "POST /metrics/job/j/zone@base64/YS9i HTTP/1.1");
    CHECK_STR(p.asked[1].body, TEXT "1\n");
    PEER_CHECK_LINE(&p, 2, "PUT /metrics/job/j/zone@base64/YS9i HTTP/1.1");
    PEER_CHECK_LINE(&p, 3, "DELETE /metrics/job/j/zone@base64/YS9i HTTP/1.1");
    CHECK_INT(p.asked[3].n, 0);
    CHECK_INT(p.questions, 4);
    peer_free(&p);
    prom_unref(r);
}

/* Protobuf is the default, and what arrives can be read back. */
static void test_forms(void)
{
    peer p;
    prom_registry *r = one_gauge(7);
    prom_snapshot *s = NULL;
    double v = 0;
    PEER_START(&p, { .text = PEER_OK });
    prom_push_opts o = { .size = sizeof o, .url = p.url, .job = "j" };
    CHECK_OK(prom_push(r, &o));
    o.coding = PROM_GZIP;
    prom_err e = prom_push(r, &o);
    peer_stop(&p);
    PEER_CHECK(&p, 0, "Content-Type",
               "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
               "encoding=delimited");
    if (CHECK_OK(prom_parse(prom_protobuf.content_type, p.asked[0].body, p.asked[0].n, &s)))
        CHECK_OK(prom_snapshot_value(s, "x", NULL, &v));
    CHECK_DBL(v, 7);
    if (CHECK(e == PROM_OK || e == PROM_E_UNSUPPORTED) && !e) {
        PEER_CHECK(&p, 1, "Content-Encoding", "gzip");
        CHECK(p.asked[1].n > 10 && memcmp(p.asked[1].body, "\x1f\x8b", 2) == 0);
    }
    prom_unref(s);
    peer_free(&p);
    prom_unref(r);
}

static void test_an_empty_registry(void)
{
    peer p;
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    PEER_START(&p, { .text = PEER_OK });
    CHECK_OK(prom_push(r, PROM_PUSH_OPTS(.url = p.url, .job = "j")));
    peer_stop(&p);
    PEER_CHECK(&p, 0, "Content-Length", "0");
    peer_free(&p);
    prom_unref(r);
}

/* --- refused --------------------------------------------------------------------- */

static prom_err fail_to_collect(prom_builder *b, void *data)
{
    (void)b, (void)data;
    return prom_fail(PROM_E_IO, "sensor is off");
}

/* Before anything is sent. */
static void test_refused_here(void)
{
    peer p;
    prom_registry *r = one_gauge(1);
    prom_collector *c = NULL;
    prom_vec *v = NULL;
    PEER_START(&p, { .text = PEER_OK });
    prom_push_opts o = { .size = sizeof o, .url = p.url, .job = "j" };
    CHECK_OK(prom_collector_new(
        r, PROM_COLLECTOR_OPTS(.name = "bad", .collect = fail_to_collect), &c));
    CHECK_SAYS(prom_push(r, &o), PROM_E_CALLBACK,
               "nothing was sent by 'push': collector 'bad': sensor is off");
    CHECK_OK(prom_registry_remove(r, c));
    CHECK_OK(prom_vec_new(
        r, PROM_GAUGE, PROM_OPTS(.name = "y", .help = "", .labels = PROM_LABELS("job")), &v));
    prom_gauge *g = NULL;
    CHECK_OK(prom_gauge_with(v, PROM_VALUES("k"), &g));
    CHECK_SAYS(prom_push(r, &o), PROM_E_LABELS,
               "'y' has the label 'job', which is one of the group");
    CHECK_ERR(prom_push(NULL, &o), PROM_E_INVAL);
    CHECK_ERR(prom_push(r, NULL), PROM_E_INVAL);
    CHECK_ERR(prom_push_delete(NULL), PROM_E_INVAL);
    o.client = PROM_CLIENT_OPTS(.password = "x");
    CHECK_ERR(prom_push(r, &o), PROM_E_INVAL);
    peer_stop(&p);
    CHECK_INT(p.questions, 0);
    peer_free(&p);
    prom_unref(g), prom_unref(v), prom_unref(c), prom_unref(r);
}

/* By the gateway, in its own words. */
static void test_refused_there(void)
{
    peer p;
    char want[200];
    prom_registry *r = one_gauge(1);
    PEER_START(&p, { .text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 54\r\n\r\n"
                             "pushed metrics are invalid or inconsistent: because...\n" });
    snprintf(want, sizeof want,
             "'%s/metrics/job/j' answers with status 400: "
             "pushed metrics are invalid or inconsistent: because...",
             p.url);
    CHECK_SAYS(prom_push(r, PROM_PUSH_OPTS(.url = p.url, .job = "j")), PROM_E_IO, want);
    peer_stop(&p);
    CHECK_INT(p.questions, 1); /* and not again */
    peer_free(&p);
    prom_unref(r);
}

/* --- senders ------------------------------------------------------------------------ */

static bool was_asked(peer *p, int n)
{
    for (int i = 0; i < 10000 && p->questions < n; i++)
        poll(NULL, 0, 1);
    return p->questions >= n;
}

static void test_periodic(void)
{
    peer p;
    prom_registry *r = one_gauge(1);
    prom_sender *s = NULL;
    PEER_START(&p, { .text = PEER_OK });
    CHECK_OK(prom_push_new(
        r, PROM_PUSH_OPTS(.url = p.url, .job = "j", .add = true, .delete_at_end = true),
        PROM_SENDER_OPTS(.interval_ms = 5, .last = true), &s));
    CHECK(was_asked(&p, 2));
    CHECK_OK(prom_sender_stop(s));
    int n = p.questions;
    prom_unref(s);
    peer_stop(&p);
    CHECK_INT(p.questions, n);
    PEER_CHECK_LINE(&p, 0, "POST /metrics/job/j HTTP/1.1");
    if (CHECK(n <= PEER_KEPT)) {
        PEER_CHECK_LINE(&p, n - 2, "POST /metrics/job/j HTTP/1.1");
        PEER_CHECK_LINE(&p, n - 1, "DELETE /metrics/job/j HTTP/1.1");
    }
    CHECK(p.connections <= 2); /* a send that the stop breaks off takes its connection along */
    peer_free(&p);
    prom_unref(r);
}

static prom_err made(const prom_push_opts *o)
{
    prom_registry *r = one_gauge(1);
    prom_sender *s = (prom_sender *)&s;
    prom_err e = prom_push_new(r, o, NULL, &s);
    CHECK(!s);
    prom_unref(r);
    return e;
}

static void test_senders_that_are_not_made(void)
{
    CHECK_ERR(made(NULL), PROM_E_INVAL);
    CHECK_ERR(made(PROM_PUSH_OPTS(.url = "h")), PROM_E_INVAL);
    CHECK_ERR(made(PROM_PUSH_OPTS(.job = "j")), PROM_E_INVAL);
    CHECK_ERR(made(PROM_PUSH_OPTS(.url = "h", .job = "j",
                                  .client = PROM_CLIENT_OPTS(.cert_file = "c"))),
              PROM_E_INVAL);
    CHECK_ERR(made(PROM_PUSH_OPTS(.url = "h", .job = "j",
                                  .client = PROM_CLIENT_OPTS(.headers = PROM_VALUES(
                                                                 "Content-Type: x")))),
              PROM_E_INVAL);
}

/* A child pushes by itself; the parent's last push and its connection are the parent's. */
static void test_in_a_child(void)
{
    peer p;
    int status = -1;
    prom_registry *r = one_gauge(1);
    prom_sender *s = NULL;
    PEER_START(&p, { .text = PEER_OK }, { .text = PEER_OK, .close = true },
               { .text = PEER_OK });
    CHECK_OK(prom_push_new(r, PROM_PUSH_OPTS(.url = p.url, .job = "j", .encoder = &prom_text),
                           PROM_SENDER_OPTS(.last = true), &s));
    CHECK_OK(prom_send(s));
    CHECK_OK(prom_send(s));
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        prom_gauge *g = NULL;
        bool ok =
            !prom_gauge_new(r, PROM_OPTS(.name = "of_child", .help = ""), &g) && !prom_send(s);
        prom_unref(s);
        _exit(ok ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_INT(p.questions, 3);
    prom_unref(s);
    peer_stop(&p);
    CHECK(strstr(p.asked[2].body, "of_child"));
    CHECK_STR(p.asked[3].body, TEXT "1\n");
    CHECK_INT(p.questions, 4);
    peer_free(&p);
    prom_unref(r);
}

static void test_time_of_what_is_done_once(void)
{
    peer p;
    prom_registry *r = one_gauge(1);
    PEER_START(&p, { .text = "HTTP/1.1 200 OK\r\n", .hang = true });
    prom_push_opts o = { .size = sizeof o, .url = p.url, .job = "j", .timeout_ms = 20 };
    CHECK_ERR(prom_push(r, &o), PROM_E_TIMEOUT);
    CHECK_ERR(prom_push_add(r, &o), PROM_E_TIMEOUT);
    CHECK_ERR(prom_push_delete(&o), PROM_E_TIMEOUT);
    peer_stop(&p);
    peer_free(&p);
    prom_unref(r);
}

TESTS(ROW(test_the_three), ROW(test_time_of_what_is_done_once), ROW(test_forms),
      ROW(test_an_empty_registry), ROW(test_refused_here), ROW(test_refused_there),
      ROW(test_periodic), ROW(test_senders_that_are_not_made), ROW(test_in_a_child))
