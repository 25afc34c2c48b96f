// SPDX-License-Identifier: Apache-2.0
/* lint_test.c - the collectors we ship build what they describe, and name it well. */
#include "kit.h"

#include <prom/collect.h>
#include <prom/lint.h>
#include <prom/send.h>

static prom_err walk(prom_nested_visit *w, void *data)
{
    (void)data;
    prom_err e = prom_nested_enter(w, (prom_str){ "a", 1 });
    if (!e)
        e = prom_nested_number(w, 1);
    return e ? e : prom_nested_leave(w);
}

static void add(prom_err e, prom_collector *c)
{
    CHECK(!e || e == PROM_E_UNSUPPORTED);
    prom_unref(c);
}

static void add_all(prom_registry *r)
{
    prom_process_opts process = { .size = sizeof process, .extended = true };
    prom_nested_family family = { NULL, PROM_COUNTER,
                                  PROM_OPTS(.name = "tree_leaves_total", .help = "Leaves.",
                                            .labels = PROM_LABELS("key")) };
    prom_nested_opts nested = {
        .size = sizeof nested, .name = "tree", .walk = walk, .families = &family, .n = 1
    };
    prom_collector *c;
    prom_err e = prom_process_collector_with(r, &process, &c);
    add(e, c);
    e = prom_malloc_collector_new(r, &c);
    add(e, c);
    e = prom_build_info_collector_new(r, "game", NULL, &c);
    add(e, c);
    e = prom_self_collector_new(r, &c);
    add(e, c);
    e = prom_nested_collector_new(r, &nested, &c);
    add(e, c);
}

/* So that all families of the library's own collector are there. */
static void overflow(void)
{
    prom_vec *v;
    void *c;
    CHECK_OK(prom_vec_new(
        NULL, PROM_COUNTER,
        PROM_OPTS(.name = "x", .help = "", .labels = PROM_LABELS("l"), .max_series = 1), &v));
    for (int i = 0; i < 3; i++) {
        CHECK_OK(prom_vec_with(v, &(prom_str){ &"abc"[i], 1 }, 1, &c));
        prom_unref(c);
    }
    prom_unref(v);
}

static prom_err send_badly(prom_delivery *d, const prom_snapshot *s, void *data)
{
    (void)d, (void)s, (void)data;
    return prom_fail(PROM_E_IO, "no");
}

static void fail_to_send(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_sender *s;
    CHECK_OK(prom_sender_new(r, PROM_TRANSPORT(.name = "bad", .send = send_badly), NULL, &s));
    CHECK_ERR(prom_send(s), PROM_E_IO);
    prom_unref(s);
    prom_unref(r);
}

static prom_err complain(void *data, const prom_lint_problem *p)
{
    (void)data;
    CHECK_STR(p->text, p->metric); /* says both */
    return PROM_OK;
}

static void test_collectors_build_what_they_describe_and_name_it_well(void)
{
    prom_registry_opts o = { .size = sizeof o, .pedantic = true };
    prom_registry *r;
    prom_snapshot *s;
    overflow();
    fail_to_send();
    CHECK_OK(prom_registry_new(&o, &r));
    add_all(r);
    CHECK_OK(prom_gather(r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    CHECK(prom_snapshot_size(s) > 10);
    CHECK_OK(prom_lint(s, NULL, 0, complain, NULL));
    prom_unref(s), prom_unref(r);
}

static void test_collectors_are_found_by_name_before_they_run(void)
{
    prom_registry *r = kit_registry(PROM_ORDER_SORTED);
    prom_counter *c = (prom_counter *)r;
    add_all(r);
    CHECK_ERR(prom_counter_new(r, PROM_OPTS(.name = "process_cpu_seconds", .help = ""), &c),
              PROM_E_EXISTS);
    CHECK_ERR(prom_counter_new(r, PROM_OPTS(.name = "tree_leaves", .help = ""), &c),
              PROM_E_EXISTS);
    CHECK_ERR(prom_counter_new(r, PROM_OPTS(.name = "libprom_expired_series", .help = ""), &c),
              PROM_E_EXISTS);
    CHECK(!c);
    prom_unref(r);
}

TESTS(ROW(test_collectors_build_what_they_describe_and_name_it_well),
      ROW(test_collectors_are_found_by_name_before_they_run))
