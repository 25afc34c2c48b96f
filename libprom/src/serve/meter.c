// SPDX-License-Identifier: Apache-2.0
#include "meter.h"

#include "base/lock.h"

#include <stdio.h>

static const unsigned codes[PROM__METER_CODES] = { 200, 500, 503 };
static const char *const causes[PROM__CAUSES] = { "gathering", "encoding" };

/* Names and help texts are promhttp's. */
// clang-format off
static const char *const code_label[] = { "code", NULL }, *const cause_label[] = { "cause", NULL };
static const prom_opts
    requests = { .size = sizeof requests, .name = "promhttp_metric_handler_requests_total",
        .help = "Total number of scrapes by HTTP status code.", .labels = code_label },
    errors = { .size = sizeof errors, .name = "promhttp_metric_handler_errors_total",
        .help = "Total number of internal errors encountered by the promhttp metric handler.",
        .labels = cause_label },
    in_flight = { .size = sizeof in_flight,
        .name = "promhttp_metric_handler_requests_in_flight",
        .help = "Current number of scrapes being served." };
// clang-format on

/* --- the metrics -------------------------------------------------------- */

static prom_err make_children(prom__meter *m)
{
    char code[16];
    prom_err e = PROM_OK;
    for (size_t i = 0; i < PROM__METER_CODES && !e; i++) {
        snprintf(code, sizeof code, "%u", codes[i]);
        e = prom_counter_with(m->requests, PROM_VALUES(code), &m->by_code[i]);
    }
    for (size_t i = 0; i < PROM__CAUSES && !e; i++)
        e = prom_counter_with(m->errors, PROM_VALUES(causes[i]), &m->by_cause[i]);
    return e;
}

static bool has(prom_registry *r, const char *name)
{
    prom_vec *there = NULL;
    bool found = prom_registry_find(r, name, &there) == PROM_OK;
    prom_unref(there);
    return found;
}

static prom_err make_metrics(prom__meter *m, prom_registry *r)
{
    bool had_requests = has(r, requests.name), had_errors = has(r, errors.name);
    prom_err e = prom_vec_new(r, PROM_COUNTER, &requests, &m->requests);
    if (!e)
        e = prom_vec_new(r, PROM_COUNTER, &errors, &m->errors);
    if (!e)
        e = make_children(m);
    if (!e)
        e = prom_gauge_new(r, &in_flight, &m->in_flight);
    if (e && m->requests && !had_requests)
        prom_registry_remove(r, m->requests);
    if (e && m->errors && !had_errors)
        prom_registry_remove(r, m->errors);
    return e;
}

prom_err prom__meter_init(prom__meter *m, prom_registry *r, unsigned most)
{
    *m = (prom__meter){ .most = most };
    prom_err e = r ? make_metrics(m, r) : PROM_OK;
    if (e)
        prom__meter_free(m);
    return e;
}

void prom__meter_free(prom__meter *m)
{
    for (size_t i = 0; i < PROM__METER_CODES; i++)
        prom_unref(m->by_code[i]);
    for (size_t i = 0; i < PROM__CAUSES; i++)
        prom_unref(m->by_cause[i]);
    prom_unref(m->in_flight);
    prom_unref(m->requests);
    prom_unref(m->errors);
    *m = (prom__meter){ .most = 0 };
}

void prom__meter_answered(prom__meter *m, unsigned status)
{
    for (size_t i = 0; i < PROM__METER_CODES; i++)
        if (codes[i] == status && m->by_code[i])
            prom_counter_inc(m->by_code[i]);
}

void prom__meter_failed(prom__meter *m, prom__cause why)
{
    if (m->by_cause[why])
        prom_counter_inc(m->by_cause[why]);
}

/* --- in flight ---------------------------------------------------------- */

/* What was in flight in a parent process never ends here. */
bool prom__meter_enter(prom__meter *m, prom__ticket *t)
{
    prom__lock();
    if (m->forks != prom__lock_forks())
        m->now = 0;
    m->forks = prom__lock_forks();
    *t = (prom__ticket){ !m->most || m->now < m->most, m->forks };
    m->now += t->held;
    prom__unlock();
    if (t->held && m->in_flight)
        prom_gauge_add(m->in_flight, 1);
    return t->held;
}

void prom__meter_leave(prom__meter *m, prom__ticket *t)
{
    if (!t->held)
        return;
    t->held = false;
    prom__lock();
    if (m->forks == t->forks)
        m->now--;
    prom__unlock();
    if (m->in_flight)
        prom_gauge_add(m->in_flight, -1);
}
