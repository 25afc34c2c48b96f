// SPDX-License-Identifier: Apache-2.0
/* remote_stale.c - which lines of a series have ended: all, where it is gone; some, where a
 * metric of the same labels has other buckets, quantiles, states or another type. */
#include "base/alloc.h"
#include "remote_series.h"

#include <stdlib.h>

typedef struct lines {
    prom__remote_line *item;
    size_t n, cap;
    prom__remote *remote;
    const prom__family *family;
} lines;

/* --- which lines there are ----------------------------------------------- */

static prom_err add(lines *l, const prom__remote_line *line)
{
    prom__remote_line *item =
        prom__arena_grow(&l->remote->memory, l->item, l->n, &l->cap, sizeof *item);
    if (!item)
        return prom__no_memory("a request");
    l->item = item;
    l->item[l->n++] = *line;
    return PROM_OK;
}

static prom_err add_line(void *data, const prom__line *line)
{
    lines *l = data;
    prom__remote_line x = { .suffix = { line->suffix, line->suffix_length },
                            .name = line->extra,
                            .extra = { "", 0 } };
    prom_err e =
        line->extra.n ? prom__remote_extra(l->remote, l->family, line, &x.extra) : PROM_OK;
    return e ? e : add(l, &x);
}

static int compare_str(prom_str a, prom_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int compare(const void *a, const void *b)
{
    const prom__remote_line *x = a, *y = b;
    int c = (x->native > y->native) - (x->native < y->native);
    c = c ? c : compare_str(x->suffix, y->suffix);
    c = c ? c : compare_str(x->name, y->name);
    return c ? c : compare_str(x->extra, y->extra);
}

/* Of all points of a run, in order; with `timeless`, of those without a time of their own. */
static prom_err take_lines(lines *l, const prom__run *run, bool timeless)
{
    const prom__remote_line native = { .suffix = { "", 0 }, .native = true };
    prom_err e = PROM_OK;
    l->family = run->family;
    for (size_t i = 0; i < run->n && !e; i++) {
        const prom__point *p = run->point[i];
        if (timeless && prom__remote_has_own_time(p))
            continue;
        if (prom__remote_is_native(l->remote, run->family, p))
            e = add(l, &native);
        if (!e && prom__remote_is_classic(l->remote, run->family, p))
            e = prom__point_lines(run->family, p, PROM__OPENMETRICS, add_line, l);
    }
    if (l->n)
        qsort(l->item, l->n, sizeof *l->item, compare);
    return e;
}

/* --- whether they are the same, without looking at each -------------------- */

static bool same_marks(const prom_str *a, const prom_str *b, size_t n)
{
    for (size_t i = 0; a != b && i < n; i++)
        if (compare_str(a[i], b[i]) != 0)
            return false;
    return true;
}

static bool same_histograms(const prom__histogram_value *a, const prom__histogram_value *b)
{
    const prom_native *x = a->native, *y = b->native;
    if (a->n != b->n || !x != !y || a->inf_said != b->inf_said ||
        !same_marks(a->marks, b->marks, a->n))
        return false;
    if (!x || (x->schema != PROM_CUSTOM_BUCKETS && y->schema != PROM_CUSTOM_BUCKETS))
        return true;
    return x->schema == y->schema && x->n_custom == y->n_custom &&
           (!x->n_custom || memcmp(x->custom, y->custom, x->n_custom * sizeof *x->custom) == 0);
}

static bool same_lines(const prom__run *now, const prom__run *before)
{
    if (now->n != 1 || before->n != 1 || now->family->pub.type != before->family->pub.type)
        return false;
    const prom__point *p = now->point[0], *q = before->point[0];
    switch (now->family->pub.type) {
    case PROM_HISTOGRAM:
    case PROM_GAUGE_HISTOGRAM:
        return same_histograms(p->value.histogram, q->value.histogram);
    case PROM_SUMMARY:
        return p->value.summary->n == q->value.summary->n &&
               same_marks(p->value.summary->marks, q->value.summary->marks,
                          p->value.summary->n);
    case PROM_STATESET:
        return p->value.stateset->n == q->value.stateset->n &&
               same_marks(p->value.stateset->names, q->value.stateset->names,
                          p->value.stateset->n);
    case PROM_COUNTER:
    case PROM_GAUGE:
    case PROM_UNKNOWN:
    case PROM_INFO:
        break;
    }
    return true;
}

/* --- their ends ----------------------------------------------------------- */

static bool has(const lines *l, const prom__remote_line *x)
{
    return l->n && bsearch(x, l->item, l->n, sizeof *x, compare);
}

prom_err prom__remote_stale(prom__remote *r, const prom__run *before, const prom__run *now)
{
    lines old = { .remote = r }, new = { .remote = r };
    if (now->n && same_lines(now, before))
        return PROM_OK;
    prom__arena_reset(&r->memory);
    prom_err e = take_lines(&old, before, true);
    if (!e)
        e = take_lines(&new, now, false);
    if (!e && old.n)
        e = prom__remote_begin_end(r, before->family, before->point[0]);
    for (size_t i = 0; i < old.n && !e; i++)
        if (!(i && compare(&old.item[i - 1], &old.item[i]) == 0) && !has(&new, &old.item[i]))
            e = prom__remote_put_end(r, before->point[0], &old.item[i]);
    return e;
}
