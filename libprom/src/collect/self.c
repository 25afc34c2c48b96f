// SPDX-License-Identifier: Apache-2.0
/* self.c - what the library says of itself. */
#include "base/tally.h"
#include "row.h"

enum { DROPPED, TOO_LARGE, TLS_RELOADS, OVERFLOWED, EXPIRED, SENDS, SEND_FAILURES, FAMILIES };

// clang-format off
static const prom__row rows[FAMILIES] = {
    [DROPPED] = { PROM_COUNTER, "libprom_dropped_observations_total",
        "Observations of NaN, or for which there was no memory.", NULL },
    [TOO_LARGE] = { PROM_COUNTER, "libprom_http_bodies_too_large_total",
        "Bodies that HTTP servers did not send because they were over the limit.", NULL },
    [TLS_RELOADS] = { PROM_COUNTER, "libprom_http_tls_reload_failures_total",
        "Changes of certificates that HTTP servers could not read, so they kept the old.", NULL },
    [OVERFLOWED] = { PROM_COUNTER, "libprom_overflowed_series_total",
        "Look-ups of new label values that a limit of series gave the overflow series.",
        "family" },
    [EXPIRED] = { PROM_COUNTER, "libprom_expired_series_total",
        "Series that were removed because nobody used them for their time to live.",
        "family" },
    [SENDS] = { PROM_COUNTER, "libprom_sends_total",
        "Sends of senders, those that failed among them.", "transport" },
    [SEND_FAILURES] = { PROM_COUNTER, "libprom_send_failures_total",
        "Sends of senders that failed.", "transport" },
};
// clang-format on

static prom_err describe(prom_builder *b, void *data)
{
    (void)data;
    return prom__rows_describe(b, rows, FAMILIES);
}

static uint64_t read_count(const prom__tally *t, int which)
{
    const _Atomic uint64_t *const counts[FAMILIES] = { [OVERFLOWED] = &t->overflowed,
                                                       [EXPIRED] = &t->expired,
                                                       [SENDS] = &t->sends,
                                                       [SEND_FAILURES] = &t->send_failures };
    return atomic_load_explicit(counts[which], memory_order_relaxed);
}

/* A family is shown once there is something to say. */
static prom_err by_name(prom_builder *b, int which)
{
    bool open = false;
    prom_err e = PROM_OK;
    for (const prom__tally *t = prom__tally_first(); t && !e; t = t->next) {
        uint64_t n = read_count(t, which);
        if (!n)
            continue;
        if (!open)
            e = prom__row_open(b, &rows[which], NULL);
        open = true;
        if (!e)
            e = prom_build_value(b, PROM_VALUES(t->name), (double)n);
    }
    return e;
}

static prom_err total(prom_builder *b, int which, const _Atomic uint64_t *of)
{
    prom_err e = prom__row_open(b, &rows[which], NULL);
    uint64_t n = atomic_load_explicit(of, memory_order_relaxed);
    return e ? e : prom_build_value(b, NULL, (double)n);
}

static prom_err collect(prom_builder *b, void *data)
{
    (void)data;
    prom_err e = total(b, DROPPED, &prom__dropped_observations);
    if (!e)
        e = total(b, TOO_LARGE, &prom__bodies_too_large);
    if (!e)
        e = total(b, TLS_RELOADS, &prom__tls_reload_failures);
    for (int which = OVERFLOWED; which < FAMILIES && !e; which++)
        e = by_name(b, which);
    return e;
}

prom_err prom_self_collector_new(prom_registry *r, prom_collector **out)
{
    return prom_collector_new(
        r, PROM_COLLECTOR_OPTS(.name = "libprom", .collect = collect, .describe = describe),
        out);
}
