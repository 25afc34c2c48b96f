// SPDX-License-Identifier: Apache-2.0
/* openmetrics_point.c - metrics, and the points in time of each: what belongs together, whether
 * it is whole, and what it makes. */
#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "openmetrics.h"

#include <math.h>
#include <stdlib.h>

/* --- metrics ------------------------------------------------------------- */

/* Takes the mark out of the labels. */
static void strip(prom__om_sample *s, const prom__om_mark *m)
{
    if (!m->is)
        return;
    s->n_labels--;
    memmove(s->labels + m->i, s->labels + m->i + 1, (s->n_labels - m->i) * sizeof *s->labels);
}

static bool same_labels(const prom__om_metric *m, const prom__om_sample *s)
{
    if (m->n != s->n_labels)
        return false;
    for (size_t i = m->n; i-- > 0;) /* the last ones differ more often */
        if (!prom__om_same(m->labels[i].value, s->labels[i].value) ||
            !prom__om_same(m->labels[i].name, s->labels[i].name))
            return false;
    return true;
}

static uint64_t hash_labels(const prom__om *o, const prom__om_sample *s)
{
    uint64_t h = o->family.hash;
    for (size_t i = 0; i < s->n_labels; i++) {
        h = prom__hash_add(h, s->labels[i].name.p, s->labels[i].name.n);
        h = prom__hash_add(h, s->labels[i].value.p, s->labels[i].value.n);
    }
    return h;
}

static prom_err check_new(const prom__om *o, const prom__om_sample *s, uint64_t hash,
                          int64_t info_ms)
{
    for (prom__parsed_node *x = prom__parsed_find(&o->metrics, hash); x; x = x->next) {
        const prom__om_metric *m = (prom__om_metric *)(void *)x;
        if (x->hash != hash || m->family != o->family.at || m->info_ms != info_ms ||
            !same_labels(m, s))
            continue;
        return o->family.type == PROM_INFO
                   ? prom__om_twice(o, s)
                   : prom__reader_fail(
                         &o->r, s->at,
                         "the samples of this metric '%.*s' do not stand together",
                         PROM__OM_SHOWN(o->family.name));
    }
    return PROM_OK;
}

static prom_err new_metric(prom__om *o, const prom__om_sample *s)
{
    bool info = o->family.type == PROM_INFO;
    int64_t info_ms = PROM_NO_TIME;
    if (info && s->timed && !prom__instant_ms(s->time, &info_ms))
        return prom__reader_fail(&o->r, s->at, "the time of this sample is too far away");
    uint64_t hash = hash_labels(o, s);
    if (info)
        hash = prom__hash_add(hash, (const char *)&info_ms, sizeof info_ms);
    prom_err e = check_new(o, s, hash, info_ms);
    if (!e)
        e = prom__om_metric_end(o);
    if (e)
        return e;
    prom__om_metric *m =
        prom__arena_alloc(o->r.arena, sizeof *m + s->n_labels * sizeof *m->labels);
    if (!m)
        return prom__no_memory("a parsed text");
    *m = (prom__om_metric){ { NULL, hash },
                            .family = o->family.at,
                            .at = s->at,
                            .info_ms = info_ms,
                            .n = s->n_labels };
    if (m->n)
        memcpy(m->labels, s->labels, m->n * sizeof *m->labels);
    o->metric = m;
    o->timing = o->built = false;
    return prom__parsed_add(&o->metrics, o->r.arena, &m->node);
}

/* --- points -------------------------------------------------------------- */

static void new_point(prom__om *o)
{
    prom__om_point *p = &o->point;
    p->at = NULL;
    p->has_value = p->has_sum = p->has_count = p->has_created = false;
    p->n = p->n_exemplars = 0;
}

static prom_err build_value(prom__om *o)
{
    prom_builder *b = &o->builder;
    const prom__om_point *p = &o->point;
    switch (o->family.type) {
    case PROM_HISTOGRAM:
    case PROM_GAUGE_HISTOGRAM:
        return prom_build_histogram(b, NULL, p->has_sum ? p->sum : (double)NAN,
                                    p->buckets[p->n - 1].count, p->buckets, p->n);
    case PROM_SUMMARY:
        return prom_build_summary(b, NULL, p->has_sum ? p->sum : (double)NAN,
                                  p->has_count ? p->count : 0, p->quantiles, p->n);
    case PROM_STATESET:
        return prom_build_stateset(b, NULL, p->states, p->n);
    case PROM_UNKNOWN:
    case PROM_COUNTER:
    case PROM_GAUGE:
    case PROM_INFO:
        break;
    }
    return prom_build_value(b, NULL, p->value);
}

static prom_err build_point(prom__om *o, int64_t ms)
{
    prom_builder *b = &o->builder;
    const prom__om_point *p = &o->point;
    prom_err e = prom_build_labels(b, o->metric->labels, o->metric->n);
    if (!e)
        e = build_value(o);
    if (!e && ms != PROM_NO_TIME)
        e = prom_build_timestamp(b, ms);
    if (!e && p->has_created)
        e = prom_build_created(b, p->created_ns);
    for (size_t i = 0; i < p->n_exemplars && !e; i++)
        e = o->family.type == PROM_COUNTER ? prom_build_exemplar(b, &p->exemplars[i])
                                           : prom_build_bucket_exemplar(b, &p->exemplars[i]);
    if (!e || e == PROM_E_NOMEM)
        return e;
    return prom__reader_fail(&o->r, p->at, "%s", prom_error(e));
}

static prom_err incomplete(const prom__om *o, const char *what)
{
    return prom__reader_fail(&o->r, o->point.at, "this %s '%.*s' has %s",
                             prom_type_name(o->family.type), PROM__OM_SHOWN(o->family.name),
                             what);
}

static prom_err check_histogram(const prom__om *o)
{
    const prom__om_point *p = &o->point;
    bool gauge = o->family.type == PROM_GAUGE_HISTOGRAM;
    if (!p->n || p->buckets[p->n - 1].upper < (double)INFINITY)
        return incomplete(o, "no +Inf bucket");
    if (p->has_sum && !p->has_count)
        return incomplete(o, gauge ? "a _gsum, but no _gcount" : "a _sum, but no _count");
    if (p->has_count && !p->has_sum)
        return incomplete(o, gauge ? "a _gcount, but no _gsum" : "a _count, but no _sum");
    if (p->has_count && p->count != p->buckets[p->n - 1].count)
        return incomplete(o, "a +Inf bucket that differs from its count");
    return PROM_OK;
}

static int compare_quantiles(const void *a, const void *b)
{
    double x = ((const prom_quantile *)a)->quantile, y = ((const prom_quantile *)b)->quantile;
    return (x > y) - (x < y);
}

static prom_err check_summary(prom__om *o)
{
    prom__om_point *p = &o->point;
    if (p->n > 1)
        qsort(p->quantiles, p->n, sizeof *p->quantiles, compare_quantiles);
    for (size_t i = 1; i < p->n; i++)
        if (!(p->quantiles[i].quantile > p->quantiles[i - 1].quantile))
            return incomplete(o, "a quantile twice");
    return PROM_OK;
}

static prom_err check_point(prom__om *o)
{
    switch (o->family.type) {
    case PROM_HISTOGRAM:
    case PROM_GAUGE_HISTOGRAM:
        return check_histogram(o);
    case PROM_SUMMARY:
        return check_summary(o);
    case PROM_COUNTER:
        return o->point.has_value ? PROM_OK : incomplete(o, "no _total");
    case PROM_STATESET:
    case PROM_UNKNOWN:
    case PROM_GAUGE:
    case PROM_INFO:
        break;
    }
    return PROM_OK;
}

/* Points within one millisecond are one in a snapshot: the first. */
static prom_err end_point(prom__om *o)
{
    int64_t ms = PROM_NO_TIME;
    if (!o->point.at)
        return PROM_OK;
    if (o->timing && o->timed && !prom__instant_ms(o->time, &ms))
        return prom__reader_fail(&o->r, o->point.at, "the time of this sample is too far away");
    prom_err e = check_point(o);
    if (!e && !(o->built && o->built_ms == ms))
        e = build_point(o, ms);
    o->built = true;
    o->built_ms = ms;
    new_point(o);
    return e;
}

prom_err prom__om_metric_end(prom__om *o)
{
    prom_err e = o->metric ? end_point(o) : PROM_OK;
    o->metric = NULL;
    return e;
}

/* A _created without a time belongs to whichever point is under way. */
static prom_err check_time(prom__om *o, const prom__om_sample *s, prom__om_role role)
{
    if (role == PROM__OM_CREATED && !s->timed)
        return PROM_OK;
    if (!o->timing) {
        o->timing = true;
        o->timed = s->timed;
        o->time = s->time;
        return PROM_OK;
    }
    if (o->timed != s->timed)
        return prom__reader_fail(&o->r, s->at,
                                 "some samples of this metric have a time, and some have none");
    int later = s->timed ? prom__instant_compare(s->time, o->time) : 0;
    if (later < 0)
        return prom__reader_fail(&o->r, s->at, "the times of this metric do not ascend");
    prom_err e = later ? end_point(o) : PROM_OK;
    o->time = s->time;
    return e;
}

prom_err prom__om_take(prom__om *o, prom__om_sample *s, prom__om_role role)
{
    prom__om_mark m;
    prom_err e = prom__om_find_mark(o, s, role, &m);
    if (e)
        return e;
    strip(s, &m);
    if (!o->metric || o->family.type == PROM_INFO || !same_labels(o->metric, s))
        e = new_metric(o, s);
    if (!e)
        e = check_time(o, s, role);
    return e ? e : prom__om_say(o, s, role, &m);
}
