// SPDX-License-Identifier: Apache-2.0
#include "builder.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "desc.h"
#include "name.h"

#include <string.h>

void prom__builder_open(prom_builder *b, prom_snapshot *s, prom_order order)
{
    *b = (prom_builder){
        .snapshot = s, .first_family = s->n_families, .order = order, .open = true
    };
}

void prom__builder_close(prom_builder *b, bool keep)
{
    if (!keep)
        b->snapshot->n_families = b->first_family;
    b->open = false;
    b->family = NULL;
    b->last = NULL;
}

static prom_err check_open(const prom_builder *b)
{
    return b->open ? PROM_OK
                   : prom_fail(PROM_E_CLOSED, "the builder is used after its callback");
}

/* --- families ----------------------------------------------------------- */

static prom_err copy_text(prom_builder *b, const prom_opts *o, const char *from,
                          const char **to)
{
    if (from && !prom__utf8_valid(from, strlen(from)))
        return prom_fail(PROM_E_INVAL, "'%s': the %s is not valid UTF-8", o->name,
                         from == o->help ? "help text" : "unit");
    *to = from ? prom__arena_copy(&b->snapshot->arena, from, strlen(from)) : NULL;
    return from && !*to ? prom__no_memory("a family") : PROM_OK;
}

static prom_err family_shape(prom_builder *b, prom_type t, const prom_opts *o,
                             const prom__shape **out)
{
    size_t n = 0;
    while (o->labels && o->labels[n])
        n++;
    prom_str *names = prom__arena_alloc(&b->snapshot->arena, (n + 1) * sizeof *names);
    if (!names)
        return prom__no_memory("a family");
    for (size_t i = 0; i < n; i++)
        names[i] = (prom_str){ o->labels[i], strlen(o->labels[i]) };
    prom__shape_opts s = {
        .metric = o->name, .type = t, .names = names, .n_names = n, .constants = o->const_labels
    };
    return prom__shape_new(&s, &b->snapshot->arena, out);
}

static prom_err check_new(const prom_builder *b, const char *name)
{
    for (size_t i = b->first_family; i < b->snapshot->n_families; i++)
        if (strcmp(b->snapshot->families[i]->pub.name, name) == 0)
            return prom_fail(PROM_E_EXISTS, "family '%s' was built already", name);
    return PROM_OK;
}

prom_err prom_build_family(prom_builder *b, prom_type t, const prom_opts *opts)
{
    prom_opts o;
    const prom__shape *shape;
    prom__family *family;
    prom_err e = check_open(b);
    if (!e && !prom_type_name(t))
        e = prom_fail(PROM_E_TYPE, "%d is not a metric type", (int)t);
    if (!e)
        e = prom__opts_copy(opts, &o);
    if (!e)
        e = prom__name_check_metric(o.name, false);
    if (!e)
        e = check_new(b, o.name);
    if (!e)
        e = family_shape(b, t, &o, &shape);
    prom_family pub = { .type = t };
    if (!e)
        e = copy_text(b, &o, o.name, &pub.name);
    if (!e)
        e = copy_text(b, &o, o.help, &pub.help);
    if (!e)
        e = copy_text(b, &o, o.unit, &pub.unit);
    if (!e)
        e = prom__snapshot_add_family(b->snapshot, &pub, &family);
    if (e)
        return e; /* metrics still go to the family before */
    family->shape = shape;
    b->family = family;
    b->family_shape = shape;
    b->last = NULL;
    b->next.values = NULL;
    return PROM_OK;
}

/* --- labels ------------------------------------------------------------- */

static prom_err check_family(const prom_builder *b)
{
    prom_err e = check_open(b);
    if (!e && !b->family)
        e = prom_fail(PROM_E_INVAL, "a metric is built before its family");
    return e;
}

static prom_err wrong_count(const prom_builder *b, size_t want, size_t got)
{
    return prom_fail(PROM_E_LABELS, "'%s' takes %zu label value%s, not %zu",
                     b->family->pub.name, want, want == 1 ? "" : "s", got);
}

static prom_str *copy_values(prom_builder *b, size_t n)
{
    return prom__arena_alloc(&b->snapshot->arena, (n + 1) * sizeof(prom_str));
}

/* When they are said, so that a metric does not fail for them later. */
static prom_err check_labels(const prom_builder *b, const prom__shape *shape,
                             const prom_str *values, prom__built_labels *out)
{
    prom__built_labels l = { .shape = shape, .values = values };
    prom_err e = prom__series_plan_make(shape, b->family->pub.name, values, 0, &l.plan);
    if (!e)
        *out = l;
    return e;
}

prom_err prom_build_values(prom_builder *b, const prom_str *values, size_t n)
{
    prom_err e = check_family(b);
    if (e)
        return e;
    if (n != b->family_shape->n_values)
        return wrong_count(b, b->family_shape->n_values, n);
    prom_str *copy = copy_values(b, n);
    for (size_t i = 0; copy && i < n; i++) {
        copy[i].n = values[i].n;
        if (!(copy[i].p = prom__arena_copy(&b->snapshot->arena, values[i].p, values[i].n)))
            copy = NULL;
    }
    if (!copy)
        return prom__no_memory("labels");
    return check_labels(b, b->family_shape, copy, &b->next);
}

prom_err prom_build_labels(prom_builder *b, const prom_label_str *labels, size_t n)
{
    prom_err e = check_family(b);
    if (e)
        return e;
    prom__arena *a = &b->snapshot->arena;
    prom_str *names = copy_values(b, n), *values = copy_values(b, n);
    if (!names || !values)
        return prom__no_memory("labels");
    for (size_t i = 0; i < n; i++) {
        names[i] = labels[i].name;
        values[i].n = labels[i].value.n;
        if (!(values[i].p = prom__arena_copy(a, labels[i].value.p, labels[i].value.n)))
            return prom__no_memory("labels");
    }
    prom__shape_opts s = { .metric = b->family->pub.name,
                           .type = b->family->pub.type,
                           .names = names,
                           .n_names = n,
                           .keep_order = b->order == PROM_ORDER_CREATED };
    const prom__shape *shape;
    e = prom__shape_new(&s, a, &shape);
    return e ? e : check_labels(b, shape, values, &b->next);
}

/* The labels of a metric that is being added: those said before, or the call's own. */
static prom_err take_values(prom_builder *b, const char *const *values, prom__built_labels *out)
{
    if (b->next.values && values)
        return prom_fail(PROM_E_LABELS, "'%s': label values are given twice",
                         b->family->pub.name);
    if (b->next.values) {
        *out = b->next;
        return PROM_OK;
    }
    size_t n = 0;
    while (values && values[n])
        n++;
    if (n != b->family_shape->n_values)
        return wrong_count(b, b->family_shape->n_values, n);
    prom_str *strs = copy_values(b, n);
    if (!strs)
        return prom__no_memory("labels");
    for (size_t i = 0; i < n; i++)
        strs[i] = (prom_str){ values[i], strlen(values[i]) };
    return check_labels(b, b->family_shape, strs, out);
}

/* --- metrics ------------------------------------------------------------ */

static prom_err add_point(prom_builder *b, const char *const *values, prom__point **out)
{
    prom__built_labels l;
    prom_err e = take_values(b, values, &l);
    if (!e)
        e = prom__family_reserve(b->snapshot, b->family, 1);
    if (e)
        return e;
    prom__series *s = prom__arena_alloc(&b->snapshot->arena, l.plan.bytes);
    if (!s)
        return prom__no_memory("a metric");
    memset(s, 0, sizeof *s);
    prom__series_write(s, l.shape, l.values, 0, &l.plan);
    prom__point *p = &b->family->points[b->family->pub.n_metrics];
    *p = (prom__point){ .series = s, .shape = l.shape };
    *out = p;
    return PROM_OK;
}

/* The point counts only once its value is whole; until then its labels stay said. */
static void commit(prom_builder *b, prom__point *p)
{
    b->next.values = NULL;
    b->family->pub.n_metrics++;
    b->last = p;
}

static prom_err check_type(const prom_builder *b, bool fits, const char *what)
{
    prom_err e = check_family(b);
    if (!e && !fits)
        e = prom_fail(PROM_E_TYPE, "'%s' is a %s and takes no %s", b->family->pub.name,
                      prom_type_name(b->family->pub.type), what);
    return e;
}

static prom_type type_of(const prom_builder *b)
{
    return b->family ? b->family->pub.type : PROM_UNKNOWN;
}

prom_err prom_build_value(prom_builder *b, const char *const *values, double v)
{
    prom_type t = type_of(b);
    bool composite = t == PROM_HISTOGRAM || t == PROM_GAUGE_HISTOGRAM || t == PROM_SUMMARY;
    prom__point *p;
    prom_err e = check_type(b, !composite, "single value");
    if (!e)
        e = add_point(b, values, &p);
    if (e)
        return e;
    p->value.number = v;
    commit(b, p);
    return PROM_OK;
}

static prom_err check_buckets(const prom_builder *b, uint64_t count, const prom_bucket *x,
                              size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = b->family->pub.name;
        if (isnan(x[i].upper))
            return prom_fail(PROM_E_INVAL, "'%s': a bucket's bound is NaN", name);
        if (i && !(x[i].upper > x[i - 1].upper))
            return prom_fail(PROM_E_INVAL, "'%s': buckets must ascend, but %s follows %s", name,
                             prom__number_said(x[i].upper).text,
                             prom__number_said(x[i - 1].upper).text);
        if (i && x[i].count < x[i - 1].count)
            return prom_fail(PROM_E_INVAL,
                             "'%s': counts of buckets must not fall, as at bound %s", name,
                             prom__number_said(x[i].upper).text);
        if (x[i].count > count)
            return prom_fail(PROM_E_INVAL, "'%s': bucket %s has a larger count than the whole",
                             name, prom__number_said(x[i].upper).text);
        if (x[i].upper == INFINITY && x[i].count != count)
            return prom_fail(PROM_E_INVAL, "'%s': the +Inf bucket differs from the count",
                             name);
    }
    return PROM_OK;
}

static prom__histogram_value *copy_histogram(prom_builder *b, const prom_bucket *x, size_t n)
{
    prom__arena *a = &b->snapshot->arena;
    prom__histogram_value *h = prom__arena_alloc(a, sizeof *h);
    double *uppers = prom__arena_alloc(a, (n + 1) * sizeof *uppers);
    uint64_t *cumulative = prom__arena_alloc(a, (n + 1) * sizeof *cumulative);
    if (!h || !uppers || !cumulative)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        uppers[i] = x[i].upper;
        cumulative[i] = x[i].count;
    }
    *h = (prom__histogram_value){ .n = n, .cumulative = cumulative };
    h->marks = prom__marks_new(a, uppers, n);
    return h->marks ? h : NULL;
}

prom_err prom_build_histogram(prom_builder *b, const char *const *values, double sum,
                              uint64_t count, const prom_bucket *buckets, size_t n)
{
    prom_type t = type_of(b);
    prom__point *p;
    prom_err e = check_type(b, t == PROM_HISTOGRAM || t == PROM_GAUGE_HISTOGRAM, "buckets");
    if (!e)
        e = check_buckets(b, count, buckets, n);
    if (!e)
        e = add_point(b, values, &p);
    if (e)
        return e;
    if (n && buckets[n - 1].upper == INFINITY)
        n--;
    prom__histogram_value *h = copy_histogram(b, buckets, n);
    if (!h)
        return prom__no_memory("a histogram");
    h->sum = sum;
    h->count = count;
    p->value.histogram = h;
    commit(b, p);
    return PROM_OK;
}

static prom_err check_quantiles(const prom_builder *b, const prom_quantile *q, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(q[i].quantile >= 0 && q[i].quantile <= 1))
            return prom_fail(PROM_E_INVAL, "'%s': quantile %s is not between 0 and 1",
                             b->family->pub.name, prom__number_said(q[i].quantile).text);
        if (i && !(q[i].quantile > q[i - 1].quantile))
            return prom_fail(PROM_E_INVAL, "'%s': quantiles must ascend, but %s follows %s",
                             b->family->pub.name, prom__number_said(q[i].quantile).text,
                             prom__number_said(q[i - 1].quantile).text);
    }
    return PROM_OK;
}

prom_err prom_build_summary(prom_builder *b, const char *const *values, double sum,
                            uint64_t count, const prom_quantile *quantiles, size_t n)
{
    prom__point *p;
    prom_err e = check_type(b, type_of(b) == PROM_SUMMARY, "quantiles");
    if (!e)
        e = check_quantiles(b, quantiles, n);
    if (!e)
        e = add_point(b, values, &p);
    if (e)
        return e;
    prom__arena *a = &b->snapshot->arena;
    prom__summary_value *s = prom__arena_alloc(a, sizeof *s);
    double *copy = prom__arena_alloc(a, 2 * (n + 1) * sizeof *copy);
    if (!s || !copy)
        return prom__no_memory("a summary");
    for (size_t i = 0; i < n; i++) {
        copy[i] = quantiles[i].value;
        copy[n + 1 + i] = quantiles[i].quantile;
    }
    *s = (prom__summary_value){ .sum = sum, .count = count, .n = n, .values = copy };
    if (!(s->marks = prom__marks_new(a, copy + n + 1, n)))
        return prom__no_memory("a summary");
    p->value.summary = s;
    commit(b, p);
    return PROM_OK;
}

prom_err prom_build_timestamp(prom_builder *b, int64_t unix_ms)
{
    prom_err e = check_family(b);
    if (!e && !b->last)
        e = prom_fail(PROM_E_INVAL, "a timestamp is given before a metric");
    if (e)
        return e;
    prom__point_more *more = prom__arena_alloc(&b->snapshot->arena, sizeof *more);
    if (!more)
        return prom__no_memory("a timestamp");
    more->timestamp_ms = unix_ms;
    b->last->more = more;
    return PROM_OK;
}
