// SPDX-License-Identifier: Apache-2.0
#include "snapshot.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "type.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct prom__hold {
    struct prom__hold *next;
    void (*release)(void *data);
    void *data;
} prom__hold;

/* --- life --------------------------------------------------------------- */

static void free_snapshot(prom_snapshot *s)
{
    if (!s)
        return;
    prom__arena_free(&s->arena);
    prom__free(s);
}

static void destroy_spare(void *self)
{
    prom__spare *s = self;
    free_snapshot(atomic_load_explicit(&s->snapshot, memory_order_acquire));
    prom__free(s);
}

static const prom__class spare_class = { .name = "spare", .destroy = destroy_spare };

prom_err prom__spare_new(prom__spare **out)
{
    prom__spare *s = prom__alloc_zero(sizeof *s);
    if (!s)
        return prom__no_memory("a registry");
    prom__object_init(&s->object, &spare_class);
    *out = s;
    return PROM_OK;
}

void prom__spare_close(prom__spare *s)
{
    atomic_store(&s->closed, true);
    free_snapshot(atomic_exchange(&s->snapshot, NULL));
}

/* Puts it in before looking whether the spare was closed: whichever of this and
 * prom__spare_close comes second frees it. */
static void keep(prom__spare *spare, prom_snapshot *s)
{
    free_snapshot(atomic_exchange(&spare->snapshot, s));
    if (atomic_load(&spare->closed))
        free_snapshot(atomic_exchange(&spare->snapshot, NULL));
    prom_unref(spare);
}

static void free_kept(prom_snapshot *s)
{
    prom__kept *k = atomic_load_explicit(&s->kept, memory_order_acquire);
    while (k) {
        prom__kept *next = k->next;
        k->free(k);
        k = next;
    }
}

static void destroy(void *self)
{
    prom_snapshot *s = self;
    free_kept(s);
    for (prom__hold *h = s->holds; h; h = h->next)
        h->release(h->data);
    prom__spare *spare = s->spare;
    if (!spare) {
        free_snapshot(s);
        return;
    }
    prom__arena_reset(&s->arena);
    keep(spare, s);
}

static const prom__class snapshot_class = { .name = "snapshot", .destroy = destroy };

prom_err prom__snapshot_new(prom__spare *spare, prom_snapshot **out)
{
    prom_snapshot *s = spare ? atomic_exchange(&spare->snapshot, NULL) : NULL;
    prom__arena arena = s ? s->arena : (prom__arena){ 0 };
    if (!s)
        s = prom__alloc(sizeof *s);
    if (!s)
        return prom__no_memory("a snapshot");
    *s = (prom_snapshot){ .arena = arena, .spare = prom_ref(spare) };
    prom__object_init(&s->object, &snapshot_class);
    *out = s;
    return PROM_OK;
}

/* --- writing ------------------------------------------------------------ */

prom_err prom__snapshot_hold(prom_snapshot *s, void (*release)(void *data), void *data)
{
    prom__hold *h = prom__arena_alloc(&s->arena, sizeof *h);
    if (!h)
        return prom__no_memory("a snapshot");
    *h = (prom__hold){ s->holds, release, data };
    s->holds = h;
    return PROM_OK;
}

void prom__snapshot_keep(prom_snapshot *s, prom__kept *k)
{
    k->next = atomic_load_explicit(&s->kept, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&s->kept, &k->next, k, memory_order_release,
                                                  memory_order_relaxed))
        ;
}

prom_err prom__snapshot_add_error(prom_snapshot *s, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    size_t length = n < 0 ? 0 : prom__utf8_cut(text, (size_t)n, sizeof text - 1);
    const char **errors =
        prom__arena_grow(&s->arena, s->errors, s->n_errors, &s->cap_errors, sizeof *errors);
    const char *copy = prom__arena_copy(&s->arena, text, length);
    if (!errors || !copy)
        return prom__no_memory("a snapshot");
    s->errors = errors;
    s->errors[s->n_errors++] = copy;
    return PROM_OK;
}

prom_err prom__snapshot_add_family(prom_snapshot *s, const prom_family *pub, prom__family **out)
{
    prom__family **list =
        prom__arena_grow(&s->arena, s->families, s->n_families, &s->cap_families, sizeof *list);
    prom__family *f = prom__arena_alloc(&s->arena, sizeof *f);
    if (!list || !f)
        return prom__no_memory("a snapshot");
    *f = (prom__family){ .pub = *pub, .place = s->n_families, .snapshot = s };
    f->pub.n_metrics = 0;
    s->families = list;
    s->families[s->n_families++] = f;
    *out = f;
    return PROM_OK;
}

prom_err prom__family_reserve(prom_snapshot *s, prom__family *f, size_t n)
{
    size_t have = f->pub.n_metrics;
    if (f->cap - have >= n)
        return PROM_OK;
    size_t cap = have + n < f->cap * 2 ? f->cap * 2 : have + n;
    prom__point *p = prom__arena_alloc(&s->arena, prom__size_times(cap, sizeof *p));
    if (!p)
        return prom__no_memory("a snapshot");
    if (have)
        memcpy(p, f->points, have * sizeof *p);
    f->points = p;
    f->cap = cap;
    return PROM_OK;
}

/* --- sealing ------------------------------------------------------------ */

static int compare_families(const void *a, const void *b)
{
    const prom__family *x = *(prom__family *const *)a, *y = *(prom__family *const *)b;
    int c = strcmp(x->pub.name, y->pub.name);
    return c ? c : (x->place > y->place) - (x->place < y->place);
}

static int64_t timestamp(const prom__point *p)
{
    return p->more ? p->more->timestamp_ms : INT64_MIN;
}

static int compare_points(const void *a, const void *b)
{
    const prom__point *x = a, *y = b;
    int c = prom__series_compare(x->series, x->shape, y->series, y->shape);
    return c ? c : (timestamp(x) > timestamp(y)) - (timestamp(x) < timestamp(y));
}

/* And none is there twice. */
static bool in_order(const prom__family *f)
{
    for (size_t i = 1; i < f->pub.n_metrics; i++)
        if (compare_points(&f->points[i - 1], &f->points[i]) >= 0)
            return false;
    return true;
}

prom_err prom__family_settle(prom_snapshot *s, prom__family *f, bool keep_order,
                             const prom__point **twice)
{
    size_t n = f->pub.n_metrics;
    prom__point *sorted = f->points;
    *twice = NULL;
    if (in_order(f)) {
        f->settled = true;
        return PROM_OK;
    }
    if (keep_order && n > 1) {
        if (!(sorted = prom__arena_alloc(&s->arena, n * sizeof *sorted)))
            return prom__no_memory("a snapshot");
        memcpy(sorted, f->points, n * sizeof *sorted);
    }
    if (n > 1)
        qsort(sorted, n, sizeof *sorted, compare_points);
    for (size_t i = 1; i < n && !*twice; i++)
        if (compare_points(&sorted[i - 1], &sorted[i]) == 0)
            *twice = &sorted[i];
    f->settled = !*twice;
    return PROM_OK;
}

void prom__point_say(const prom__point *p, char *out)
{
    prom_str text = prom__series_text(p->series);
    if (text.n)
        snprintf(out, PROM__POINT_SAID, "{%.*s}",
                 (int)prom__utf8_cut(text.p, text.n, PROM__POINT_SAID - 3), text.p);
    else
        snprintf(out, PROM__POINT_SAID, "its metric");
}

/* Points of registered metrics are never twice there, but a collector's may be what is there
 * already: then the collector's family is dropped. */
static prom_err drop_collectors(prom_snapshot *s, prom__family *into, const prom__family *f,
                                const prom__point *twice)
{
    char said[PROM__POINT_SAID];
    const char *whose = f->from ? f->from : into->from;
    prom__point_say(twice, said);
    if (!f->from) {
        into->points = f->points;
        into->pub.n_metrics = into->cap = f->pub.n_metrics;
        into->settled = f->settled;
        into->from = NULL;
    }
    return prom__snapshot_add_error(s, "%s: family '%s' was dropped: %s is there already",
                                    whose, f->pub.name, said);
}

static prom_err join_collectors(prom_snapshot *s, prom__family *into, const prom__family *f,
                                bool keep_order)
{
    size_t n = into->pub.n_metrics, m = f->pub.n_metrics;
    const prom__point *twice;
    prom__family both = *into;
    both.cap = both.pub.n_metrics = n + m;
    both.points = prom__arena_alloc(&s->arena, prom__size_times(n + m, sizeof *both.points));
    if (!both.points)
        return prom__no_memory("a snapshot");
    if (n)
        memcpy(both.points, into->points, n * sizeof *both.points);
    memcpy(both.points + n, f->points, m * sizeof *both.points);
    prom_err e = prom__family_settle(s, &both, keep_order, &twice);
    if (e)
        return e;
    if (twice)
        return drop_collectors(s, into, f, twice);
    *into = both;
    return PROM_OK;
}

/* Of two series with the same labels the first stays. */
static prom_err join_series(prom_snapshot *s, prom__family *into, const prom__family *f,
                            bool keep_order)
{
    size_t n = into->pub.n_metrics, m = f->pub.n_metrics, dropped = 0;
    prom__point *both = prom__arena_alloc(&s->arena, prom__size_times(n + m, sizeof *both));
    prom__point *sorted = prom__arena_alloc(&s->arena, prom__size_times(n + 1, sizeof *sorted));
    char said[PROM__POINT_SAID] = "";
    const prom__point *twice;
    if (!both || !sorted)
        return prom__no_memory("a snapshot");
    if (n) {
        memcpy(both, into->points, n * sizeof *both);
        memcpy(sorted, into->points, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, compare_points);
    }
    for (size_t i = 0; i < m; i++) {
        const prom__point *p = &f->points[i];
        if (!bsearch(p, sorted, n, sizeof *sorted, compare_points))
            both[n + i - dropped] = *p;
        else if (!dropped++)
            prom__point_say(p, said);
    }
    into->points = both;
    into->pub.n_metrics = into->cap = n + m - dropped;
    prom_err e = prom__family_settle(s, into, keep_order, &twice);
    if (e || !dropped)
        return e;
    return prom__snapshot_add_error(s,
                                    "%s: family '%s': %zu series dropped: %s is there already",
                                    f->from ? f->from : into->from, f->pub.name, dropped, said);
}

/* One of another type comes where a name was given up and taken again during the gather; its
 * points must not be read as what they are not. */
static prom_err join(prom_snapshot *s, prom__family *into, prom__family *f, bool keep_order)
{
    if (f->pub.type != into->pub.type)
        return prom__snapshot_add_error(s, "%s '%s' was dropped: it was collected as %s %s too",
                                        prom_type_name(f->pub.type), f->pub.name,
                                        prom__type_article(into->pub.type),
                                        prom_type_name(into->pub.type));
    if (!f->pub.n_metrics)
        return PROM_OK; /* the points of `into` may be another snapshot's: see collector.c */
    if (f->by_series || into->by_series)
        return join_series(s, into, f, keep_order);
    if (f->from || into->from)
        return join_collectors(s, into, f, keep_order);
    prom_err e = prom__family_reserve(s, into, f->pub.n_metrics);
    if (e)
        return e;
    memcpy(into->points + into->pub.n_metrics, f->points, f->pub.n_metrics * sizeof *f->points);
    into->pub.n_metrics += f->pub.n_metrics;
    into->settled = false;
    return PROM_OK;
}

static prom_err join_neighbours(prom_snapshot *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_families; i++) {
        prom__family *f = s->families[i], *last = n ? s->families[n - 1] : NULL;
        if (last && strcmp(last->pub.name, f->pub.name) == 0) {
            prom_err e = join(s, last, f, false);
            if (e)
                return e;
        } else {
            s->families[n++] = f;
        }
    }
    s->n_families = n;
    return PROM_OK;
}

/* In the created order equal names need not be neighbours; there are few families then. */
static prom_err join_anywhere(prom_snapshot *s)
{
    prom__family **sorted = prom__arena_alloc(&s->arena, (s->n_families + 1) * sizeof *sorted);
    if (!sorted)
        return prom__no_memory("a snapshot");
    if (s->n_families)
        memcpy(sorted, s->families, s->n_families * sizeof *sorted);
    qsort(sorted, s->n_families, sizeof *sorted, compare_families);
    bool any = false;
    for (size_t i = 1; i < s->n_families && !any; i++)
        any = strcmp(sorted[i - 1]->pub.name, sorted[i]->pub.name) == 0;
    for (size_t i = 0; any && i < s->n_families; i++)
        for (size_t k = i + 1; k < s->n_families; k++)
            if (strcmp(s->families[i]->pub.name, s->families[k]->pub.name) == 0) {
                prom_err e = join(s, s->families[i], s->families[k], true);
                if (e)
                    return e;
                memmove(s->families + k, s->families + k + 1,
                        (s->n_families - k - 1) * sizeof *s->families);
                s->n_families--;
                k--;
            }
    return PROM_OK;
}

static prom_err settle(prom_snapshot *s, prom__family *f, bool keep_order, bool *dropped)
{
    const prom__point *twice;
    prom_err e = prom__family_settle(s, f, keep_order, &twice);
    if (e || !twice)
        return e;
    char said[PROM__POINT_SAID];
    prom__point_say(twice, said);
    *dropped = true; /* which of the two is right nobody can say */
    return prom__snapshot_add_error(s, "family '%s' was dropped: %s was collected twice",
                                    f->pub.name, said);
}

prom_err prom__snapshot_seal(prom_snapshot *s, prom_order order)
{
    prom_err e;
    if (order == PROM_ORDER_SORTED) {
        bool sorted = true;
        for (size_t i = 1; i < s->n_families && sorted; i++)
            sorted = strcmp(s->families[i - 1]->pub.name, s->families[i]->pub.name) < 0;
        if (!sorted)
            qsort(s->families, s->n_families, sizeof *s->families, compare_families);
        e = join_neighbours(s);
    } else {
        e = join_anywhere(s);
    }
    size_t kept = 0;
    for (size_t i = 0; !e && i < s->n_families; i++) {
        prom__family *f = s->families[i];
        bool dropped = false;
        if (!f->settled)
            e = settle(s, f, order == PROM_ORDER_CREATED, &dropped);
        if (!dropped)
            s->families[kept++] = f;
    }
    if (!e)
        s->n_families = kept;
    return e;
}

/* --- reading ------------------------------------------------------------ */

size_t prom_snapshot_size(const prom_snapshot *s)
{
    return s ? s->n_families : 0;
}

const prom_family *prom_snapshot_at(const prom_snapshot *s, size_t i)
{
    return s && i < s->n_families ? &s->families[i]->pub : NULL;
}

const char *prom_snapshot_error(const prom_snapshot *s, size_t i)
{
    return s && i < s->n_errors ? s->errors[i] : NULL;
}
