// SPDX-License-Identifier: Apache-2.0
/* build_more.c - what is said about the metric just added: timestamp, created, exemplars. */
#include "base/alloc.h"
#include "builder.h"
#include "exemplar.h"

static prom_err check_metric(const prom_builder *b, const char *what)
{
    prom_err e = prom__builder_check_family(b);
    if (!e && !b->last.point)
        e = prom_fail(PROM_E_INVAL, "%s is given before a metric", what);
    return e;
}

static prom__point_more *more_of(prom_builder *b)
{
    prom__built_metric *m = &b->last;
    if (m->more)
        return m->more;
    m->more = prom__arena_alloc(&b->snapshot->arena, sizeof *m->more);
    if (m->more)
        *m->more = (prom__point_more){ .timestamp_ms = PROM_NO_TIME };
    m->point->more = m->more;
    return m->more;
}

prom_err prom_build_timestamp(prom_builder *b, int64_t unix_ms)
{
    prom_err e = check_metric(b, "a timestamp");
    if (e)
        return e;
    prom__point_more *more = more_of(b);
    if (!more)
        return prom__no_memory("a timestamp");
    more->timestamp_ms = unix_ms;
    return PROM_OK;
}

prom_err prom_build_created(prom_builder *b, int64_t unix_ns)
{
    prom_type t = prom__builder_type(b);
    prom_err e = check_metric(b, "a created time");
    if (!e)
        e = prom__builder_check_type(
            b, t == PROM_COUNTER || t == PROM_HISTOGRAM || t == PROM_SUMMARY, "created time");
    if (!e)
        atomic_store_explicit(&b->last.series->created, unix_ns, memory_order_relaxed);
    return e;
}

/* --- exemplars ----------------------------------------------------------- */

/* NaN is in the last one. A counter has but one. */
static size_t bucket_of(const prom__histogram_value *h, double v)
{
    size_t low = 0, high = h ? h->n : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v <= h->uppers[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static prom_err copy_exemplar(prom__arena *a, const prom_exemplar *e, prom_exemplar *copy)
{
    prom_label_str *labels = prom__arena_alloc(a, (e->n_labels + 1) * sizeof *labels);
    if (!labels)
        return prom__no_memory("an exemplar");
    for (size_t i = 0; i < e->n_labels; i++) {
        prom_str name = e->labels[i].name, value = e->labels[i].value;
        labels[i].name = (prom_str){ prom__arena_copy(a, name.p, name.n), name.n };
        labels[i].value = (prom_str){ prom__arena_copy(a, value.p, value.n), value.n };
        if (!labels[i].name.p || !labels[i].value.p)
            return prom__no_memory("an exemplar");
    }
    *copy = *e;
    copy->labels = labels;
    return PROM_OK;
}

static prom_err reserve(prom_builder *b, prom__built_exemplars *l)
{
    prom_exemplar *item =
        prom__arena_grow(&b->snapshot->arena, l->item, l->n, &l->cap, sizeof *item);
    if (!item)
        return prom__no_memory("an exemplar");
    l->item = item;
    return PROM_OK;
}

/* By value, NaN last; of equal ones the new one is behind. */
static void insert(prom__built_exemplars *l, const prom_exemplar *e)
{
    size_t i = l->n;
    while (i && !isnan(e->value) && !(l->item[i - 1].value <= e->value)) {
        l->item[i] = l->item[i - 1];
        i--;
    }
    l->item[i] = *e;
    l->n++;
}

/* In place of the one that this counter or bucket has. They are in the order of their buckets,
 * and most come in that order. */
static void replace(prom__built_exemplars *l, const prom__histogram_value *h,
                    const prom_exemplar *e)
{
    size_t i = l->n, bucket = bucket_of(h, e->value);
    while (i && bucket_of(h, l->item[i - 1].value) > bucket)
        i--;
    if (i && bucket_of(h, l->item[i - 1].value) == bucket)
        l->item[i - 1] = *e;
    else
        insert(l, e);
}

static prom_err check_exemplar(const prom_builder *b, const prom_exemplar *e)
{
    prom_type t = prom__builder_type(b);
    prom_err err = check_metric(b, "an exemplar");
    if (!err)
        err = prom__builder_check_type(
            b, t == PROM_COUNTER || t == PROM_HISTOGRAM || t == PROM_GAUGE_HISTOGRAM,
            "exemplar");
    if (!err && !e)
        err = prom_fail(PROM_E_INVAL, "there is no exemplar");
    if (!err)
        err = prom__builder_check_array(b, e->labels, e->n_labels, "labels");
    return err ? err : prom__exemplar_check(prom__builder_name(b), e->labels, e->n_labels);
}

static bool has_buckets(const prom__histogram_value *h)
{
    return !h->native || h->n || h->inf_said;
}

static prom_err build_exemplar(prom_builder *b, const prom_exemplar *e, bool classic,
                               bool native)
{
    prom__built_metric *m = &b->last;
    bool counter = prom__builder_type(b) == PROM_COUNTER;
    const prom__histogram_value *h = counter ? NULL : m->point->value.histogram;
    prom_exemplar copy;
    prom__point_more *more = more_of(b);
    if (!more)
        return prom__no_memory("an exemplar");
    prom_err err = copy_exemplar(&b->snapshot->arena, e, &copy);
    if (!err && classic)
        err = reserve(b, &m->exemplars);
    if (!err && native)
        err = reserve(b, &m->native_exemplars);
    if (err)
        return err;
    if (classic)
        replace(&m->exemplars, h, &copy);
    if (native)
        insert(&m->native_exemplars, &copy);
    more->exemplars = (prom__exemplars){ m->exemplars.n, m->exemplars.item };
    more->native_exemplars =
        (prom__exemplars){ m->native_exemplars.n, m->native_exemplars.item };
    return PROM_OK;
}

prom_err prom_build_exemplar(prom_builder *b, const prom_exemplar *e)
{
    prom_err err = check_exemplar(b, e);
    if (err)
        return err;
    bool counter = prom__builder_type(b) == PROM_COUNTER;
    const prom__histogram_value *h = counter ? NULL : b->last.point->value.histogram;
    return build_exemplar(b, e, !h || has_buckets(h), h && h->native);
}

/* Of one part of a histogram: the one it has. */
static prom_err check_part(const prom_builder *b, const prom_exemplar *e, bool native)
{
    prom_err err = check_exemplar(b, e);
    if (!err)
        err = prom__builder_check_type(b, prom__builder_type(b) != PROM_COUNTER,
                                       native ? "exemplar of a native part"
                                              : "exemplar of a bucket");
    if (err)
        return err;
    const prom__histogram_value *h = b->last.point->value.histogram;
    if (native ? h->native != NULL : has_buckets(h))
        return PROM_OK;
    return prom_fail(PROM_E_INVAL, "'%s': this histogram has no %s", prom__builder_name(b),
                     native ? "native part" : "classic buckets");
}

prom_err prom_build_bucket_exemplar(prom_builder *b, const prom_exemplar *e)
{
    prom_err err = check_part(b, e, false);
    return err ? err : build_exemplar(b, e, true, false);
}

prom_err prom_build_native_exemplar(prom_builder *b, const prom_exemplar *e)
{
    prom_err err = check_part(b, e, true);
    return err ? err : build_exemplar(b, e, false, true);
}
