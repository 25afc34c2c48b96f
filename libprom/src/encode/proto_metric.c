// SPDX-License-Identifier: Apache-2.0
#include "proto_metric.h"

#include "base/alloc.h"

enum { METRIC_TIMESTAMP = 6 };
enum { COUNTER_VALUE = 1, COUNTER_EXEMPLAR, COUNTER_CREATED };
enum { SUMMARY_COUNT = 1, SUMMARY_SUM, SUMMARY_QUANTILE, SUMMARY_CREATED };
enum { QUANTILE_QUANTILE = 1, QUANTILE_VALUE };
enum { VALUE = 1 }; /* of Gauge and Untyped */

/* By enum of the type: in the family, and the field of the metric. */
static const struct {
    uint8_t family, field;
} types[] = {
    [PROM_UNKNOWN] = { PROM__PROTO_UNTYPED, 5 },
    [PROM_COUNTER] = { PROM__PROTO_COUNTER, 3 },
    [PROM_GAUGE] = { PROM__PROTO_GAUGE, 2 },
    [PROM_HISTOGRAM] = { PROM__PROTO_HISTOGRAM, 7 },
    [PROM_SUMMARY] = { PROM__PROTO_SUMMARY, 4 },
    [PROM_INFO] = { PROM__PROTO_GAUGE, 2 },
    [PROM_STATESET] = { PROM__PROTO_GAUGE, 2 },
    [PROM_GAUGE_HISTOGRAM] = { PROM__PROTO_GAUGE_HISTOGRAM, 7 },
};

unsigned prom__proto_type(prom_type t)
{
    return types[t].family;
}

prom_err prom__proto_metric_begin(prom__proto_metric *m, const prom_family *f, prom_str *name)
{
    prom_str plain = { f->name, strlen(f->name) };
    m->type = f->type;
    prom__arena_reset(&m->names);
    prom_err e =
        prom__proto_name(PROM__METRIC_NAME, m->labels.escaping, plain, &m->names, name);
    if (!e && f->type == PROM_STATESET)
        e = prom__proto_name(PROM__LABEL_NAME, m->labels.escaping, plain, &m->names, &m->state);
    return e;
}

void prom__proto_metric_free(prom__proto_metric *m)
{
    prom__proto_labels_free(&m->labels);
    prom__wire_free(&m->wire);
    prom__arena_free(&m->names);
    prom__arena_free(&m->memory);
}

/* --- plain ones --------------------------------------------------------- */

/* A zero need not be written, but Prometheus forgets to clear an untyped value before it reads
 * the next metric, and so would show the one before. */
static bool is_left_out(prom_type t, double v)
{
    return v == 0 && t != PROM_UNKNOWN;
}

static void put_number(prom__wire *w, prom_type t, double v)
{
    if (is_left_out(t, v))
        return;
    prom__wire_fixed64(w, v == 0 ? 0 : v); /* zero of either sign is 0 */
    prom__wire_tag(w, VALUE, PROM__WIRE_FIXED64);
}

static size_t value_size(prom_type t, double v, int64_t created)
{
    size_t size = is_left_out(t, v) ? 0 : 9;
    if (t == PROM_COUNTER && created)
        size += 2 + prom__wire_time_size(created);
    return size;
}

size_t prom__proto_plain_size(const prom__proto_metric *m, const prom__point *p,
                              int64_t created)
{
    return prom__proto_labels_size(&m->labels, p->series) + 2 +
           value_size(m->type, p->value.number, created);
}

void prom__proto_plain_put(const prom__proto_metric *m, const prom__point *p, int64_t created,
                           prom__wire *w)
{
    size_t before = prom__wire_size(w);
    if (m->type == PROM_COUNTER)
        prom__proto_created_put(w, COUNTER_CREATED, created);
    put_number(w, m->type, p->value.number);
    prom__wire_close(w, types[m->type].field, before);
    prom__proto_labels_put(&m->labels, p->series, w);
}

/* --- the others --------------------------------------------------------- */

static void put_counter(prom__wire *w, const prom__point *p, int64_t created)
{
    prom__proto_created_put(w, COUNTER_CREATED, created);
    if (p->more && p->more->exemplars.n)
        prom__proto_exemplar_put(w, COUNTER_EXEMPLAR, p->more->exemplars.item);
    prom__wire_double(w, COUNTER_VALUE, p->value.number);
}

static void put_summary(prom__wire *w, const prom__summary_value *s, int64_t created)
{
    prom__proto_created_put(w, SUMMARY_CREATED, created);
    for (size_t i = s->n; i-- > 0;) {
        size_t before = prom__wire_size(w);
        prom__wire_double(w, QUANTILE_VALUE, s->values[i]);
        prom__wire_double(w, QUANTILE_QUANTILE, s->quantiles[i]);
        prom__wire_close(w, SUMMARY_QUANTILE, before);
    }
    prom__wire_double(w, SUMMARY_SUM, s->sum);
    prom__wire_u64(w, SUMMARY_COUNT, s->count);
}

static double state_value(const prom__stateset_value *s, size_t i)
{
    return s->n ? (double)(s->bits[i / 64] >> i % 64 & 1) : s->value;
}

static void put_value(prom__proto_metric *m, const prom__point *p, size_t i, int64_t created)
{
    prom__wire *w = &m->wire;
    size_t before = prom__wire_size(w);
    switch (m->type) {
    case PROM_HISTOGRAM:
    case PROM_GAUGE_HISTOGRAM:
        prom__proto_histogram_put(w, p, created, &m->memory);
        break;
    case PROM_SUMMARY:
        put_summary(w, p->value.summary, created);
        break;
    case PROM_COUNTER:
        put_counter(w, p, created);
        break;
    case PROM_STATESET:
        prom__wire_double(w, VALUE, state_value(p->value.stateset, i));
        break;
    case PROM_UNKNOWN:
    case PROM_GAUGE:
    case PROM_INFO:
        put_number(w, m->type, p->value.number);
    }
    prom__wire_close(w, types[m->type].field, before);
}

/* The time stands between the values, by its number. */
static void put_timestamp(prom__proto_metric *m, const prom__point *p)
{
    if (p->more && p->more->timestamp_ms != PROM_NO_TIME)
        prom__wire_u64(&m->wire, METRIC_TIMESTAMP, (uint64_t)p->more->timestamp_ms);
}

prom_err prom__proto_metric_put(prom__proto_metric *m, const prom__point *p, size_t i,
                                int64_t created)
{
    prom_err e = prom__proto_labels_take(&m->labels, p->shape);
    if (e)
        return e;
    bool time_last = types[m->type].field < METRIC_TIMESTAMP;
    prom__arena_reset(&m->memory);
    prom__wire_clear(&m->wire);
    if (time_last)
        put_timestamp(m, p);
    put_value(m, p, i, created);
    if (!time_last)
        put_timestamp(m, p);
    if (m->type == PROM_STATESET && p->value.stateset->n)
        prom__proto_pair_put_escaped(&m->wire, m->state, p->value.stateset->names[i]);
    prom__proto_labels_put(&m->labels, p->series, &m->wire);
    return m->wire.failed ? prom__no_memory("an exposition") : PROM_OK;
}
