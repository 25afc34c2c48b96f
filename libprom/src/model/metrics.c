// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#include "base/alloc.h"

/* The text of a label or state, not escaped. False: no memory. */
static bool plain(prom__arena *a, prom_str escaped, prom_str *out)
{
    char *p = prom__arena_alloc(a, escaped.n + 1);
    if (!p)
        return false;
    size_t n = prom__unescape(escaped.p, escaped.n, p);
    p[n] = '\0';
    *out = (prom_str){ p, n };
    return true;
}

static bool read_labels(prom__metric_reader *r, const prom__point *p)
{
    size_t n = p->shape->n;
    prom_label_str *labels = prom__arena_alloc(&r->memory, (n + 1) * sizeof *labels);
    if (!labels)
        return false;
    prom__label_cursor c = { p->shape, p->series, 0, 0, 0 };
    prom_str name, value;
    for (size_t i = 0; prom__label_next(&c, &name, &value); i++) {
        labels[i].name = name;
        if (!plain(&r->memory, value, &labels[i].value))
            return false;
    }
    r->metric.labels = labels;
    r->metric.n_labels = n;
    return true;
}

static bool read_histogram(prom__metric_reader *r, const prom__histogram_value *h)
{
    prom_bucket *buckets = prom__arena_alloc(&r->memory, (h->n + 1) * sizeof *buckets);
    if (!buckets)
        return false;
    for (size_t i = 0; i < h->n; i++)
        buckets[i] = (prom_bucket){ h->uppers[i], h->cumulative[i] };
    r->metric.sum = h->sum;
    r->metric.count = h->count;
    r->metric.buckets = buckets;
    r->metric.n_buckets = h->n;
    r->metric.native = h->native;
    return true;
}

static bool read_summary(prom__metric_reader *r, const prom__summary_value *s)
{
    prom_quantile *quantiles = prom__arena_alloc(&r->memory, (s->n + 1) * sizeof *quantiles);
    if (!quantiles)
        return false;
    for (size_t i = 0; i < s->n; i++)
        quantiles[i] = (prom_quantile){ s->quantiles[i], s->values[i] };
    r->metric.sum = s->sum;
    r->metric.count = s->count;
    r->metric.quantiles = quantiles;
    r->metric.n_quantiles = s->n;
    return true;
}

static bool read_states(prom__metric_reader *r, const prom__stateset_value *s)
{
    prom_state *states = prom__arena_alloc(&r->memory, (s->n + 1) * sizeof *states);
    if (!states)
        return false;
    for (size_t i = 0; i < s->n; i++) {
        if (!plain(&r->memory, s->names[i], &states[i].name))
            return false;
        states[i].on = s->bits[i / 64] >> i % 64 & 1;
    }
    r->metric.value = s->value;
    r->metric.states = states;
    r->metric.n_states = s->n;
    return true;
}

static bool read_value(prom__metric_reader *r, prom_type t, const prom__point *p)
{
    switch (t) {
    case PROM_HISTOGRAM:
    case PROM_GAUGE_HISTOGRAM:
        return read_histogram(r, p->value.histogram);
    case PROM_SUMMARY:
        return read_summary(r, p->value.summary);
    case PROM_STATESET:
        return read_states(r, p->value.stateset);
    case PROM_UNKNOWN:
    case PROM_COUNTER:
    case PROM_GAUGE:
    case PROM_INFO:
        break;
    }
    r->metric.value = p->value.number;
    return true;
}

static bool has_created(prom_type t)
{
    return t == PROM_COUNTER || t == PROM_HISTOGRAM || t == PROM_SUMMARY;
}

prom_err prom__metric_read(prom__metric_reader *r, const prom_family *f, const prom__point *p)
{
    prom__arena_reset(&r->memory);
    r->metric = (prom_metric){ .family = f, .timestamp_ms = PROM_NO_TIME };
    if (!read_labels(r, p) || !read_value(r, f->type, p))
        return prom__no_memory("a metric");
    if (has_created(f->type))
        r->metric.created_ns = atomic_load_explicit(&p->series->created, memory_order_relaxed);
    if (p->more) {
        r->metric.exemplars = p->more->exemplars.item;
        r->metric.n_exemplars = p->more->exemplars.n;
        r->metric.native_exemplars = p->more->native_exemplars.item;
        r->metric.n_native_exemplars = p->more->native_exemplars.n;
        r->metric.timestamp_ms = p->more->timestamp_ms;
    }
    return PROM_OK;
}

void prom__metric_reader_free(prom__metric_reader *r)
{
    prom__arena_free(&r->memory);
}

prom_err prom_family_metrics(const prom_family *family,
                             prom_err (*each)(void *data, const prom_metric *m), void *data)
{
    const prom__family *f = (const prom__family *)(const void *)family;
    prom__metric_reader r = { .memory = { .block = NULL } };
    prom_err e = PROM_OK;
    if (!f || !each)
        return prom_fail(PROM_E_INVAL, "a family and a function are needed to read metrics");
    for (size_t i = 0; i < f->pub.n_metrics && !e; i++) {
        e = prom__metric_read(&r, family, &f->points[i]);
        if (!e)
            e = each(data, &r.metric);
    }
    prom__metric_reader_free(&r);
    return e;
}
