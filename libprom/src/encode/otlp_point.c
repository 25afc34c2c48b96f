// SPDX-License-Identifier: Apache-2.0
#include "otlp_point.h"

#include "base/alloc.h"

enum { POINT = 1 }; /* of all kinds' messages */
enum { NUMBER_VALUE = 4, NUMBER_EXEMPLAR, NUMBER_ATTRIBUTE = 7 };
enum { SUMMARY_QUANTILE = 6, SUMMARY_ATTRIBUTE };
enum { QUANTILE_QUANTILE = 1, QUANTILE_VALUE };
enum {
    EXEMPLAR_TIME = 2,
    EXEMPLAR_VALUE,
    EXEMPLAR_SPAN,
    EXEMPLAR_TRACE,
    EXEMPLAR_ATTRIBUTE = 7
};
enum { KEY = 1, VALUE };       /* of KeyValue */
enum { VALUE_STRING = 1 };     /* of AnyValue */
enum { TRACE = 16, SPAN = 8 }; /* bytes of their ids */

/* Weights are no counts, and no kind of histogram goes down. */
static prom__otlp_kind kind_of_histogram(const prom_native *x)
{
    if (x && x->is_float)
        return PROM__OTLP_NONE;
    return x && x->schema != PROM_CUSTOM_BUCKETS ? PROM__OTLP_EXPONENTIAL
                                                 : PROM__OTLP_HISTOGRAM;
}

prom__otlp_kind prom__otlp_kind_of(prom_type t, const prom__point *p)
{
    switch (t) {
    case PROM_COUNTER:
    case PROM_INFO:
    case PROM_STATESET:
        return PROM__OTLP_SUM;
    case PROM_HISTOGRAM:
        return kind_of_histogram(p->value.histogram->native);
    case PROM_SUMMARY:
        return PROM__OTLP_SUMMARY;
    case PROM_GAUGE_HISTOGRAM:
        return PROM__OTLP_NONE;
    case PROM_UNKNOWN:
    case PROM_GAUGE:
        break;
    }
    return PROM__OTLP_GAUGE;
}

/* --- parts ---------------------------------------------------------------- */

void prom__otlp_fixed64_put(prom__wire *w, unsigned field, uint64_t v)
{
    if (!v)
        return;
    prom__wire_bits64(w, v);
    prom__wire_tag(w, field, PROM__WIRE_FIXED64);
}

void prom__otlp_double_put(prom__wire *w, unsigned field, double v)
{
    prom__wire_fixed64(w, v);
    prom__wire_tag(w, field, PROM__WIRE_FIXED64);
}

void prom__otlp_attribute_put(prom__wire *w, unsigned field, prom_str name, prom_str value)
{
    size_t before = prom__wire_size(w);
    prom__wire_raw(w, value.p, value.n);
    prom__wire_close(w, VALUE_STRING, before);
    prom__wire_close(w, VALUE, before);
    prom__wire_bytes(w, KEY, name.p, name.n);
    prom__wire_close(w, field, before);
}

/* A label without a value is none. */
void prom__otlp_attributes_put(prom__wire *w, unsigned field, const prom_metric *m)
{
    for (size_t i = m->n_labels; i-- > 0;)
        if (m->labels[i].value.n)
            prom__otlp_attribute_put(w, field, m->labels[i].name, m->labels[i].value);
}

/* There are no times before 1970. */
static uint64_t time_of(const prom__otlp_point *x)
{
    int64_t ms = x->reader.metric.timestamp_ms;
    if (ms == PROM_NO_TIME)
        return x->now_ns > 0 ? (uint64_t)x->now_ns : 0;
    if (ms <= 0)
        return 0;
    return ms > INT64_MAX / 1000000 ? INT64_MAX : (uint64_t)ms * 1000000;
}

/* What began after its own time did not, so nobody knows when it began. */
void prom__otlp_times_put(const prom__otlp_point *x, prom__wire *w)
{
    int64_t created = x->reader.metric.created_ns;
    uint64_t time = time_of(x), start = created > 0 ? (uint64_t)created : 0;
    prom__otlp_fixed64_put(w, PROM__OTLP_TIME, time);
    prom__otlp_fixed64_put(w, PROM__OTLP_START, start <= time ? start : 0);
}

/* --- exemplars ------------------------------------------------------------ */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The n bytes that this label spells; not if it is another label, something else than hex, or
 * all zeros, which is no id. */
static bool take_id(const prom_label_str *l, const char *name, size_t n, char *id)
{
    bool some = false;
    if (l->value.n != 2 * n || l->name.n != strlen(name) ||
        memcmp(l->name.p, name, l->name.n) != 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(l->value.p[2 * i]), low = hex_digit(l->value.p[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        id[i] = (char)(high << 4 | low);
        some = some || id[i];
    }
    return some;
}

/* Without a time of its own it has that of the point, as in a scrape. */
static void put_exemplar(const prom__otlp_point *x, prom__wire *w, unsigned field,
                         const prom_exemplar *e)
{
    char trace[TRACE] = { 0 }, span[SPAN] = { 0 };
    size_t traces = 0, spans = 0, before = prom__wire_size(w);
    for (size_t i = e->n_labels; i-- > 0;) {
        const prom_label_str *l = &e->labels[i];
        if (take_id(l, "trace_id", TRACE, trace))
            traces = TRACE;
        else if (take_id(l, "span_id", SPAN, span))
            spans = SPAN;
        else
            prom__otlp_attribute_put(w, EXEMPLAR_ATTRIBUTE, l->name, l->value);
    }
    prom__wire_bytes(w, EXEMPLAR_TRACE, trace, traces);
    prom__wire_bytes(w, EXEMPLAR_SPAN, span, spans);
    prom__otlp_double_put(w, EXEMPLAR_VALUE, e->value);
    prom__otlp_fixed64_put(w, EXEMPLAR_TIME,
                           e->timestamp_ns > 0 ? (uint64_t)e->timestamp_ns : time_of(x));
    prom__wire_close(w, field, before);
}

void prom__otlp_exemplars_put(const prom__otlp_point *x, prom__wire *w, unsigned field,
                              const prom_exemplar *all, size_t n)
{
    while (n-- > 0)
        put_exemplar(x, w, field, &all[n]);
}

/* --- numbers, summaries --------------------------------------------------- */

/* state: NULL: none. */
static void put_number(prom__otlp_point *x, double v, const prom_state *state)
{
    prom__wire *w = &x->wire;
    const prom_metric *m = &x->reader.metric;
    size_t before = prom__wire_size(w);
    if (state)
        prom__otlp_attribute_put(w, NUMBER_ATTRIBUTE,
                                 (prom_str){ m->family->name, strlen(m->family->name) },
                                 state->name);
    prom__otlp_attributes_put(w, NUMBER_ATTRIBUTE, m);
    prom__otlp_exemplars_put(x, w, NUMBER_EXEMPLAR, m->exemplars, m->n_exemplars);
    prom__otlp_double_put(w, NUMBER_VALUE, v);
    prom__otlp_times_put(x, w);
    prom__wire_close(w, POINT, before);
}

static void put_states(prom__otlp_point *x)
{
    const prom_metric *m = &x->reader.metric;
    for (size_t i = m->n_states; i-- > 0;)
        put_number(x, m->states[i].on, &m->states[i]);
    if (!m->n_states)
        put_number(x, m->value, NULL);
}

static void put_summary(prom__otlp_point *x)
{
    prom__wire *w = &x->wire;
    const prom_metric *m = &x->reader.metric;
    size_t before = prom__wire_size(w);
    prom__otlp_attributes_put(w, SUMMARY_ATTRIBUTE, m);
    for (size_t i = m->n_quantiles; i-- > 0;) {
        size_t inner = prom__wire_size(w);
        prom__wire_double(w, QUANTILE_VALUE, m->quantiles[i].value);
        prom__wire_double(w, QUANTILE_QUANTILE, m->quantiles[i].quantile);
        prom__wire_close(w, SUMMARY_QUANTILE, inner);
    }
    prom__wire_double(w, PROM__OTLP_WHOLE_SUM, m->sum);
    prom__otlp_fixed64_put(w, PROM__OTLP_COUNT, m->count);
    prom__otlp_times_put(x, w);
    prom__wire_close(w, POINT, before);
}

/* --- the whole ------------------------------------------------------------ */

prom_err prom__otlp_point_put(prom__otlp_point *x, prom__otlp_kind kind, const prom_family *f,
                              const prom__point *p)
{
    size_t before = prom__wire_size(&x->wire);
    prom_err e = prom__metric_read(&x->reader, f, p);
    if (e)
        return e;
    switch (kind) {
    case PROM__OTLP_HISTOGRAM:
        e = prom__otlp_histogram_put(x);
        prom__wire_close(&x->wire, POINT, before);
        break;
    case PROM__OTLP_EXPONENTIAL:
        prom__otlp_exponential_put(x);
        prom__wire_close(&x->wire, POINT, before);
        break;
    case PROM__OTLP_SUMMARY:
        put_summary(x);
        break;
    case PROM__OTLP_GAUGE:
    case PROM__OTLP_SUM:
        if (f->type == PROM_STATESET)
            put_states(x);
        else
            put_number(x, x->reader.metric.value, NULL);
        break;
    case PROM__OTLP_NONE:
        break;
    }
    if (!e && x->wire.failed)
        e = prom__no_memory("a request");
    return e;
}
