// SPDX-License-Identifier: Apache-2.0
#include "pairs.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* The points of a family in order. */
typedef struct points {
    const prom__point **item;
    size_t n, cap;
    bool distinct; /* no two of the same series */
} points;

typedef struct families {
    const prom__family **item;
    size_t n;
} families;

/* --- order -------------------------------------------------------------- */

static int compare_series(const prom__point *x, const prom__point *y)
{
    if (x->series == y->series)
        return 0;
    return prom__series_compare(x->series, x->shape, y->series, y->shape);
}

static int64_t timestamp(const prom__point *p)
{
    return p->more ? p->more->timestamp_ms : PROM_NO_TIME;
}

static int compare_points(const void *a, const void *b)
{
    const prom__point *x = *(const prom__point *const *)a, *y = *(const prom__point *const *)b;
    int c = compare_series(x, y);
    return c ? c : (timestamp(x) > timestamp(y)) - (timestamp(x) < timestamp(y));
}

static int compare_families(const void *a, const void *b)
{
    return strcmp((*(const prom__family *const *)a)->pub.name,
                  (*(const prom__family *const *)b)->pub.name);
}

static bool is_in_order(points *p)
{
    p->distinct = true;
    for (size_t i = 1; i < p->n; i++) {
        int c = compare_series(p->item[i - 1], p->item[i]);
        if (c > 0)
            return false;
        p->distinct = p->distinct && c;
    }
    return p->distinct; /* else their times decide, which qsort looks at */
}

static prom_err take_points(points *p, const prom__family *f)
{
    size_t n = f ? f->pub.n_metrics : 0;
    if (n > p->cap) {
        const prom__point **item = prom__realloc(p->item, prom__size_times(n, sizeof *item));
        if (!item)
            return prom__no_memory("two snapshots");
        p->item = item;
        p->cap = n;
    }
    for (size_t i = 0; i < n; i++)
        p->item[i] = &f->points[i];
    p->n = n;
    if (!is_in_order(p)) {
        qsort(p->item, n, sizeof *p->item, compare_points);
        is_in_order(p);
    }
    return PROM_OK;
}

static prom_err take_families(families *l, const prom_snapshot *s)
{
    *l = (families){ NULL, s ? s->n_families : 0 };
    if (!l->n)
        return PROM_OK;
    l->item = prom__alloc(prom__size_times(l->n, sizeof *l->item));
    if (!l->item)
        return prom__no_memory("two snapshots");
    bool sorted = true;
    for (size_t i = 0; i < l->n; i++) {
        l->item[i] = s->families[i];
        sorted = sorted && (!i || compare_families(&l->item[i - 1], &l->item[i]) < 0);
    }
    if (!sorted)
        qsort(l->item, l->n, sizeof *l->item, compare_families);
    return PROM_OK;
}

/* --- side by side ------------------------------------------------------- */

static prom__run run_at(const prom__family *f, const points *p, size_t i)
{
    size_t n = 1;
    while (!p->distinct && i + n < p->n && compare_series(p->item[i], p->item[i + n]) == 0)
        n++;
    return (prom__run){ f, p->item + i, n };
}

static prom_err each_series(const prom__family *f, const points *now, const prom__family *g,
                            const points *before, prom__pair *each, void *data)
{
    prom_err e = PROM_OK;
    for (size_t i = 0, k = 0; !e && (i < now->n || k < before->n);) {
        int c = i == now->n      ? 1
                : k == before->n ? -1
                                 : compare_series(now->item[i], before->item[k]);
        prom__run x = { f, NULL, 0 }, y = { g, NULL, 0 };
        if (c <= 0)
            x = run_at(f, now, i);
        if (c >= 0)
            y = run_at(g, before, k);
        if (i + PROM__SERIES_AHEAD < now->n)
            prom__series_prefetch(now->item[i + PROM__SERIES_AHEAD]->series);
        i += x.n;
        k += y.n;
        e = each(data, &x, &y);
    }
    return e;
}

static prom_err each_family(const families *now, const families *before, points p[2],
                            prom__pair *each, void *data)
{
    prom_err e = PROM_OK;
    for (size_t i = 0, k = 0; !e && (i < now->n || k < before->n);) {
        int c = i == now->n      ? 1
                : k == before->n ? -1
                                 : compare_families(&now->item[i], &before->item[k]);
        const prom__family *f = c <= 0 ? now->item[i++] : NULL;
        const prom__family *g = c >= 0 ? before->item[k++] : NULL;
        e = take_points(&p[0], f);
        if (!e)
            e = take_points(&p[1], g);
        if (!e)
            e = each_series(f, &p[0], g, &p[1], each, data);
    }
    return e;
}

prom_err prom__pairs_each(const prom_snapshot *now, const prom_snapshot *before,
                          prom__pair *each, void *data)
{
    families f = { NULL, 0 }, g = { NULL, 0 };
    points p[2] = { { NULL, 0, 0, false }, { NULL, 0, 0, false } };
    prom_err e = take_families(&f, now);
    if (!e)
        e = take_families(&g, before);
    if (!e)
        e = each_family(&f, &g, p, each, data);
    prom__free(f.item);
    prom__free(g.item);
    prom__free(p[0].item);
    prom__free(p[1].item);
    return e;
}
