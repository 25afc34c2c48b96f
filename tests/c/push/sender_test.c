// SPDX-License-Identifier: Apache-2.0
/* Senders: what is sent when, by whom, and what is told of it. */
#define _GNU_SOURCE /* pthread_getname_np */
#include "courier.h"

#include <prom/collect.h>

/* --- one send -------------------------------------------------------------- */

static void test_send_now(void)
{
    courier c = { 0 };
    COURIER(&c, .timeout_ms = 60000);
    prom_gauge_set(c.x, 7);
    CHECK_OK(prom_send(c.sender));
    CHECK_DBL(c.value, 7);
    CHECK(c.left_ms > 50000 && c.left_ms <= 60000);
    prom_gauge_set(c.x, 8);
    CHECK_OK(prom_send(c.sender));
    CHECK_DBL(c.value, 8);
    prom_sender_stats st = { .size = sizeof st };
    CHECK_OK(prom_sender_stats_read(c.sender, &st));
    CHECK_INT(st.sent, 2);
    CHECK_INT(st.failed, 0);
    CHECK(st.last_success_ns > 1600000000000000000);
    CHECK_STR(st.sentence, "");
    courier_end(&c);
    CHECK_INT(c.sends, 2); /* no last one was asked for */
    CHECK_INT(c.finishes, 1);
    CHECK_INT(c.freed, 1);
    CHECK_INT(c.freed_opts, 1);
}

static void test_send_fails(void)
{
    courier c = { .says = PROM_E_IO };
    COURIER(&c, .last = false);
    CHECK_SAYS(prom_send(c.sender), PROM_E_IO, "the road is closed");
    CHECK_INT(c.failures, 0); /* the caller knows */
    prom_sender_stats st = { .size = sizeof st };
    CHECK_OK(prom_sender_stats_read(c.sender, &st));
    CHECK_INT(st.sent, 0);
    CHECK_INT(st.failed, 1);
    CHECK_INT(st.last_success_ns, 0);
    CHECK_ERR(st.last_error, PROM_E_IO);
    CHECK_STR(st.sentence, "the road is closed");
    c.says = PROM_OK;
    CHECK_OK(prom_send(c.sender));
    CHECK_OK(prom_sender_stats_read(c.sender, &st));
    CHECK_INT(st.sent, 1);
    CHECK_STR(st.sentence, "the road is closed");
    courier_end(&c);
}

static void test_send_has_run_out_of_time(void)
{
    courier c = { .waits = true };
    COURIER(&c, .timeout_ms = 20);
    CHECK_SAYS(prom_send(c.sender), PROM_E_TIMEOUT, "the courier waited for nothing");
    courier_end(&c);
}

static prom_err collect_too_long(prom_builder *b, void *data)
{
    (void)b, (void)data;
    pause_ms(60);
    return PROM_OK;
}

static void test_gather_heeds_the_time(void)
{
    courier c = { 0 };
    prom_collector *slow = NULL;
    COURIER(&c, .timeout_ms = 30);
    CHECK_OK(prom_collector_new(
        c.registry, PROM_COLLECTOR_OPTS(.name = "slow", .collect = collect_too_long), &slow));
    CHECK_SAYS(prom_send(c.sender), PROM_E_TIMEOUT, "sender 'courier' has run out of time");
    CHECK_INT(c.sends, 0);
    prom_unref(slow);
    courier_end(&c);
}

/* --- errors of collectors, names ----------------------------------------------- */

static prom_err collect_nothing(prom_builder *b, void *data)
{
    (void)b, (void)data;
    return prom_fail(PROM_E_IO, "sensor is off");
}

static void try_error(prom_on_error ours, prom_on_error transports, bool anything, bool sent)
{
    courier c = { .registry = kit_registry(PROM_ORDER_CREATED) };
    prom_collector *bad = NULL;
    prom_transport t = courier_transport(&c);
    t.on_error = transports;
    CHECK_OK(prom_collector_new(
        c.registry, PROM_COLLECTOR_OPTS(.name = "bad", .collect = collect_nothing), &bad));
    if (anything)
        CHECK_OK(prom_gauge_new(c.registry, PROM_OPTS(.name = "x", .help = ""), &c.x));
    CHECK_OK(prom_sender_new(c.registry, &t, PROM_SENDER_OPTS(.on_error = ours), &c.sender));
    prom_err e = prom_send(c.sender);
    CHECK_INT(c.sends, sent);
    if (sent)
        CHECK_OK(e);
    else if (CHECK_ERR(e, PROM_E_CALLBACK))
        CHECK(strstr(prom_error(e), "'courier'") && strstr(prom_error(e), "sensor is off"));
    prom_unref(bad);
    courier_end(&c);
}

static void test_errors_of_collectors(void)
{
    const prom_on_error NONE = PROM_ON_ERROR_DEFAULT, FAIL = PROM_ON_ERROR_FAIL,
                        ON = PROM_ON_ERROR_CONTINUE;
    try_error(NONE, NONE, true, true);
    try_error(NONE, FAIL, true, false);
    try_error(NONE, ON, true, true);
    try_error(FAIL, ON, true, false);
    try_error(ON, FAIL, true, true);
    try_error(ON, ON, false, false); /* there is nothing else */
}

static void test_only_these_names(void)
{
    courier c = { 0 };
    char name[] = "y";
    const char *names[] = { name, NULL };
    COURIER(&c, .names = names);
    name[0] = 'x'; /* copied */
    names[0] = NULL;
    CHECK_OK(prom_send(c.sender));
    CHECK_DBL(c.value, -1);
    courier_end(&c);
    c = (courier){ 0 };
    names[0] = name;
    COURIER(&c, .names = names);
    prom_gauge_set(c.x, 3);
    CHECK_OK(prom_send(c.sender));
    CHECK_DBL(c.value, 3);
    courier_end(&c);
}

/* --- what the library says of itself ------------------------------------------------ */

static void test_sends_are_counted(void)
{
    courier c = { 0 };
    prom_registry *r = kit_registry(PROM_ORDER_CREATED);
    prom_collector *self = NULL;
    const prom_label *of = PROM_CONST_LABELS({ "transport", "courier" });
    COURIER(&c, .interval_ms = 0);
    CHECK_OK(prom_self_collector_new(r, &self));
    CHECK_OK(prom_send(c.sender));
    double all = kit_value(r, "libprom_sends_total", of);
    double bad = kit_value(r, "libprom_send_failures_total", of);
    c.says = PROM_E_IO;
    CHECK_ERR(prom_send(c.sender), PROM_E_IO);
    CHECK_DBL(kit_value(r, "libprom_sends_total", of), all + 1);
    CHECK_DBL(kit_value(r, "libprom_send_failures_total", of), bad + 1);
    prom_unref(self);
    prom_unref(r);
    courier_end(&c);
}

/* --- bad input ------------------------------------------------------------------ */

static void test_what_is_refused(void)
{
    courier c = { .registry = kit_registry(PROM_ORDER_CREATED) };
    const prom_transport good = courier_transport(&c);
    prom_transport t = good;
    prom_sender_opts o = { .size = 0 };
    prom_sender_stats st = { .size = 0 };
    CHECK_ERR(prom_sender_new(NULL, &good, NULL, &c.sender), PROM_E_INVAL);
    CHECK_ERR(prom_sender_new(c.registry, NULL, NULL, &c.sender), PROM_E_INVAL);
    t.size = 0;
    CHECK_ERR(prom_sender_new(c.registry, &t, NULL, &c.sender), PROM_E_INVAL);
    t = good, t.name = NULL;
    CHECK_ERR(prom_sender_new(c.registry, &t, NULL, &c.sender), PROM_E_NAME);
    t = good, t.name = "";
    CHECK_ERR(prom_sender_new(c.registry, &t, NULL, &c.sender), PROM_E_NAME);
    t = good, t.send = NULL;
    CHECK_SAYS(prom_sender_new(c.registry, &t, NULL, &c.sender), PROM_E_INVAL,
               "transport 'courier' has no send function");
    CHECK_ERR(prom_sender_new(c.registry, &good, &o, &c.sender), PROM_E_INVAL);
    CHECK(c.sender == NULL);
    CHECK_INT(c.freed, 0); /* what is not made leaves the data to the caller */
    CHECK_ERR(prom_send(NULL), PROM_E_INVAL);
    CHECK_ERR(prom_sender_start(NULL), PROM_E_INVAL);
    CHECK_ERR(prom_sender_stop(NULL), PROM_E_INVAL);
    CHECK_ERR(prom_sender_stats_read(NULL, &st), PROM_E_INVAL);
    CHECK_INT(prom_delivery_left_ms(NULL), 0);
    CHECK_INT(prom_delivery_stop_fd(NULL), -1);
    CHECK_OK(prom_sender_new(c.registry, &good, NULL, &c.sender));
    CHECK_ERR(prom_sender_stats_read(c.sender, &st), PROM_E_INVAL);
    CHECK_ERR(prom_sender_stats_read(c.sender, NULL), PROM_E_INVAL);
    CHECK_SAYS(prom_sender_start(c.sender), PROM_E_INVAL, "sender 'courier' has no interval");
    courier_end(&c);
    CHECK_INT(c.finishes, 0); /* nothing was sent, so there is nothing to end */
}

/* From a caller who knows less than we do. */
static void test_older_callers(void)
{
    courier c = { 0 };
    COURIER(&c, .interval_ms = 0);
    struct {
        prom_sender_stats st;
    } out = { .st = { .size = offsetof(prom_sender_stats, last_success_ns),
                      .last_success_ns = 77 } };
    CHECK_OK(prom_send(c.sender));
    CHECK_OK(prom_sender_stats_read(c.sender, &out.st));
    CHECK_INT(out.st.sent, 1);
    CHECK_INT(out.st.last_success_ns, 77);
    courier_end(&c);
}

/* --- the last one ------------------------------------------------------------------ */

static void test_the_last_one(void)
{
    courier c = { 0 };
    COURIER(&c, .last = true, .last_timeout_ms = 7000);
    prom_gauge_set(c.x, 5);
    CHECK_OK(prom_sender_stop(c.sender));
    CHECK_INT(c.sends, 1);
    CHECK_INT(c.finishes, 1);
    CHECK_DBL(c.value, 5);
    CHECK(c.left_ms > 5000 && c.left_ms <= 7000);
    CHECK_OK(prom_sender_stop(c.sender));
    CHECK_INT(c.sends, 1);
    CHECK_INT(c.finishes, 1);
    prom_gauge_set(c.x, 6);
    CHECK_OK(prom_send(c.sender)); /* what is sent after the end is ended again */
    courier_end(&c);
    CHECK_INT(c.sends, 3);
    CHECK_INT(c.finishes, 2);
}

static void test_the_last_one_fails(void)
{
    courier c = { .says = PROM_E_IO };
    COURIER(&c, .last = true);
    CHECK_SAYS(prom_sender_stop(c.sender), PROM_E_IO, "the road is closed");
    CHECK_INT(c.failures, 1);
    CHECK_ERR((prom_err)(int)c.last_error, PROM_E_IO);
    CHECK_INT(c.finishes, 1);
    courier_end(&c);
}

static prom_err fail_to_finish(prom_delivery *d, void *data)
{
    (void)d, (void)data;
    return prom_fail(PROM_E_IO, "no way back");
}

static void test_the_end_fails(void)
{
    courier c = { .registry = kit_registry(PROM_ORDER_CREATED) };
    prom_transport t = courier_transport(&c);
    prom_sender_stats st = { .size = sizeof st };
    t.finish = fail_to_finish;
    CHECK_OK(prom_sender_new(c.registry, &t, PROM_SENDER_OPTS(.last = true), &c.sender));
    CHECK_SAYS(prom_sender_stop(c.sender), PROM_E_IO, "no way back");
    CHECK_OK(prom_sender_stats_read(c.sender, &st));
    CHECK_INT(st.sent, 1);
    CHECK_INT(st.failed, 0);
    CHECK_STR(st.sentence, "no way back");
    courier_end(&c);
}

/* --- periodic ------------------------------------------------------------------------ */

static void test_again_and_again(void)
{
    courier c = { 0 };
    COURIER(&c, .interval_ms = 5);
    CHECK(until_at_least(&c.sends, 3));
    CHECK_OK(prom_sender_start(c.sender)); /* it runs already */
    CHECK_OK(prom_sender_stop(c.sender));
    CHECK_STR(c.thread, "prom-courier");
    int sends = c.sends;
    CHECK_INT(c.finishes, 1);
    pause_ms(30);
    CHECK_INT(c.sends, sends);
    CHECK_OK(prom_send(c.sender));
    CHECK_INT(c.sends, sends + 1);
    CHECK_OK(prom_sender_start(c.sender));
    CHECK(until_at_least(&c.sends, sends + 3));
    courier_end(&c);
    CHECK_INT(c.finishes, 2);
    CHECK_INT(c.freed, 1);
}

static void test_first_after_one_interval(void)
{
    courier c = { 0 };
    COURIER(&c, .interval_ms = 3600000, .last = true);
    pause_ms(20);
    CHECK_INT(c.sends, 0);
    courier_end(&c); /* at once, whatever the interval */
    CHECK_INT(c.sends, 1);
}

static void test_periodic_failures_are_told(void)
{
    courier c = { .says = PROM_E_IO };
    COURIER(&c, .interval_ms = 5);
    CHECK(until_at_least(&c.failures, 2));
    CHECK_ERR((prom_err)(int)c.last_error, PROM_E_IO);
    courier_end(&c);
}

static void test_stop_breaks_off(void)
{
    courier c = { .waits = true };
    double begin = seconds();
    COURIER(&c, .interval_ms = 5, .timeout_ms = 600000);
    CHECK(until_at_least(&c.sends, 1));
    CHECK_OK(prom_sender_stop(c.sender));
    CHECK(seconds() - begin < PATIENCE);
    CHECK_INT(c.failures, 1);
    CHECK_ERR((prom_err)(int)c.last_error, PROM_E_CANCELLED);
    courier_end(&c);
}

/* The stop is not meant for the last send, which has its own time. */
static void test_last_after_break_off(void)
{
    courier c = { .waits = true };
    COURIER(&c, .interval_ms = 5, .timeout_ms = 600000, .last = true, .last_timeout_ms = 20);
    CHECK(until_at_least(&c.sends, 1));
    CHECK_ERR(prom_sender_stop(c.sender), PROM_E_TIMEOUT);
    CHECK_INT(c.sends, 2);
    CHECK(c.left_ms > 0 && c.left_ms <= 20);
    c.waits = false;
    courier_end(&c);
}

static void *stop_when_inside(void *data)
{
    courier *c = data;
    until_true(&c->inside);
    CHECK_OK(prom_sender_stop(c->sender));
    return NULL;
}

/* A send on a thread of the user is broken off too. */
static void test_stop_breaks_off_what_others_send(void)
{
    courier c = { .waits = true };
    pthread_t other;
    COURIER(&c, .timeout_ms = 600000);
    CHECK_INT(pthread_create(&other, NULL, stop_when_inside, &c), 0);
    CHECK_SAYS(prom_send(c.sender), PROM_E_CANCELLED, "sender 'courier' was stopped meanwhile");
    pthread_join(other, NULL);
    courier_end(&c);
}

TESTS(ROW(test_send_now), ROW(test_send_fails), ROW(test_send_has_run_out_of_time),
      ROW(test_gather_heeds_the_time), ROW(test_errors_of_collectors),
      ROW(test_only_these_names), ROW(test_sends_are_counted), ROW(test_what_is_refused),
      ROW(test_older_callers), ROW(test_the_last_one), ROW(test_the_last_one_fails),
      ROW(test_the_end_fails), ROW(test_again_and_again), ROW(test_first_after_one_interval),
      ROW(test_periodic_failures_are_told), ROW(test_stop_breaks_off),
      ROW(test_last_after_break_off), ROW(test_stop_breaks_off_what_others_send))
