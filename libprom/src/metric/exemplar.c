// SPDX-License-Identifier: Apache-2.0
#include "exemplar.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "histogram.h"

#include <assert.h>
#include <stdlib.h>

/* The list says what lies in the slots of a native histogram: n_listed of them by value, then
 * those that are free, so each stands there once. It is its writer's alone, who gives way to
 * another; readers look only at slots. */
typedef struct prom__exemplar_table {
    prom__record head;
    uint32_t n_classic, n_native; /* slots */
    _Atomic uint32_t epoch;       /* how often they were cleared: others do not show */
    _Atomic uint32_t writer;      /* of the list: the number of forks and one; 0: nobody */
    uint32_t n_listed, list_epoch;
    _Atomic uint64_t slot[]; /* offsets of cells; 0: none yet. Then n_native entries */
} prom__exemplar_table;

static_assert(sizeof(prom__exemplar_table) == 32, "the record is a format");

static prom__exemplar_entry *list_of(prom__exemplar_table *t)
{
    return (prom__exemplar_entry *)(void *)(t->slot + t->n_classic + t->n_native);
}

/* --- the table ---------------------------------------------------------- */

static size_t count_classic(const prom__desc *d)
{
    if (d->type != PROM_HISTOGRAM)
        return 1;
    return d->native.on && !d->n_bounds ? 0 : d->n_bounds + 1;
}

static size_t count_native(const prom__desc *d)
{
    return d->native.on && d->opts.native_max_exemplars > 0
               ? (size_t)d->opts.native_max_exemplars
               : 0;
}

static int64_t ttl_of(const prom__desc *d)
{
    double seconds = d->opts.native_exemplar_ttl;
    return seconds < 0 ? -1 : (int64_t)(seconds * 1e9);
}

static prom__exemplar_table *table_of(const prom__store *store, const prom__series *s)
{
    uint64_t offset = atomic_load_explicit(&s->exemplars, memory_order_acquire);
    return offset ? (prom__exemplar_table *)(void *)prom__store_at(store, offset * 16) : NULL;
}

static void begin_list(prom__exemplar_table *t)
{
    t->n_listed = 0;
    for (uint32_t i = 0; i < t->n_native; i++)
        list_of(t)[i].slot = i;
}

/* NULL: no memory. */
static prom__exemplar_table *make_table(prom__store *store, prom__series *s,
                                        const prom__desc *d)
{
    size_t classic = count_classic(d), native = count_native(d);
    size_t bytes = sizeof(prom__exemplar_table) + (classic + native) * sizeof(uint64_t) +
                   native * sizeof(prom__exemplar_entry);
    uint64_t offset;
    prom__exemplar_table *t = (prom__exemplar_table *)(void *)prom__store_alloc(
        store, bytes, PROM__RECORD_EXEMPLARS, &offset);
    if (!t)
        return NULL;
    t->n_classic = (uint32_t)classic;
    t->n_native = (uint32_t)native;
    begin_list(t);
    uint32_t none = 0;
    bool fits = offset / 16 <= UINT32_MAX;
    if (fits &&
        atomic_compare_exchange_strong_explicit(&s->exemplars, &none, (uint32_t)(offset / 16),
                                                memory_order_acq_rel, memory_order_acquire))
        return t;
    prom__lock();
    prom__store_free(store, &t->head);
    prom__unlock();
    return fits ? table_of(store, s) : NULL;
}

void prom__exemplars_clear(const prom__store *store, prom__series *s)
{
    prom__exemplar_table *t = table_of(store, s);
    if (t)
        atomic_fetch_add_explicit(&t->epoch, 1, memory_order_acq_rel);
}

void prom__exemplars_release(prom__store *store, prom__series *s)
{
    prom__exemplar_table *t = table_of(store, s);
    if (!t)
        return;
    for (size_t i = 0; i < (size_t)t->n_classic + t->n_native; i++)
        prom__exemplar_free(store, atomic_load_explicit(&t->slot[i], memory_order_relaxed));
    prom__store_free(store, &t->head);
    atomic_store_explicit(&s->exemplars, 0, memory_order_relaxed);
}

/* --- the list ----------------------------------------------------------- */

static uint32_t epoch_of(const prom__exemplar_table *t)
{
    return atomic_load_explicit(&t->epoch, memory_order_acquire);
}

/* None of another epoch counts. */
static void follow_epoch(prom__exemplar_table *t, uint32_t epoch)
{
    if (t->list_epoch != epoch)
        t->n_listed = 0;
    t->list_epoch = epoch;
}

/* false: somebody else is at it. One whom a fork left behind is not: but the list may be half
 * changed, so it begins anew. */
static bool take_list(prom__exemplar_table *t)
{
    uint32_t mine = prom__lock_forks() + 1;
    uint32_t whose = atomic_load_explicit(&t->writer, memory_order_relaxed);
    if (whose == mine ||
        !atomic_compare_exchange_strong_explicit(&t->writer, &whose, mine, memory_order_acquire,
                                                 memory_order_relaxed))
        return false;
    if (whose) {
        begin_list(t);
        atomic_fetch_add_explicit(&t->epoch, 1, memory_order_acq_rel);
    }
    follow_epoch(t, epoch_of(t));
    return true;
}

static void leave_list(prom__exemplar_table *t)
{
    atomic_store_explicit(&t->writer, 0, memory_order_release);
}

/* Takes the list and finds the entry whose slot to write to: a free one, or the victim. */
static void find_entry(prom__exemplar_table *t, double v, int64_t now, int64_t ttl,
                       prom__exemplar_write *w)
{
    if (!t->n_native || v != v || !take_list(t))
        return;
    const prom__exemplar_entry *list = list_of(t);
    w->entry = t->n_listed;
    if (t->n_listed == t->n_native)
        w->entry = prom__exemplar_victim(list, t->n_listed, v, now, ttl);
    w->native = &t->slot[t->n_classic + list[w->entry].slot];
}

/* Moves the entry that was found to where its new value belongs. */
static void enter_list(prom__exemplar_table *t, size_t entry, double v, int64_t now)
{
    prom__exemplar_entry *list = list_of(t), new = { v, now, list[entry].slot };
    size_t n = t->n_listed, at;
    if (entry < n) {
        at = n - 1;
        memmove(list + entry, list + entry + 1, (at - entry) * sizeof *list);
    } else {
        at = n;
        memmove(list + at + 1, list + at, (entry - at) * sizeof *list);
    }
    t->n_listed = (uint32_t)(at + 1);
    for (; at && list[at - 1].value > v; at--)
        list[at] = list[at - 1];
    list[at] = new;
}

/* --- updates ------------------------------------------------------------ */

static prom_err check_labels(const prom__desc *d, const prom_label *labels)
{
    prom_label_str copy[PROM__EXEMPLAR_MOST + 1]; /* so many have too many characters */
    size_t n = 0;
    for (; n <= PROM__EXEMPLAR_MOST && labels[n].name; n++) {
        prom_str name = { labels[n].name, strlen(labels[n].name) };
        if (!labels[n].value)
            return prom_fail(PROM_E_LABELS, "'%s': label '%.*s' of an exemplar has no value",
                             d->given, (int)prom__utf8_cut(name.p, name.n, 200), name.p);
        copy[n] = (prom_label_str){ name, { labels[n].value, strlen(labels[n].value) } };
    }
    return prom__exemplar_check(d->given, copy, n);
}

prom_err prom__exemplar_begin(prom__child *c, double v, size_t bucket, const prom_label *labels,
                              int64_t now, prom__exemplar_write *w)
{
    const prom__desc *d = c->vec->desc;
    prom_err e = check_labels(d, labels);
    if (e)
        return e;
    prom__exemplar_pack(labels, &w->text);
    w->store = c->vec->store;
    w->classic = w->native = NULL;
    w->value = v;
    w->now = now;
    w->table = table_of(w->store, c->series);
    if (!w->table)
        w->table = make_table(w->store, c->series, d);
    if (!w->table)
        return prom__no_memory("an exemplar");
    if (bucket < w->table->n_classic)
        w->classic = &w->table->slot[bucket];
    if (w->classic && !prom__exemplar_room(w->store, w->classic, w->text.n_words))
        return prom__no_memory("an exemplar");
    find_entry(w->table, v, now, ttl_of(d), w);
    if (w->native && !prom__exemplar_room(w->store, w->native, w->text.n_words)) {
        leave_list(w->table);
        return prom__no_memory("an exemplar");
    }
    return PROM_OK;
}

void prom__exemplar_end(prom__exemplar_write *w)
{
    prom__exemplar_table *t = w->table;
    uint32_t epoch = epoch_of(t); /* the update may have been a reset */
    if (w->classic)
        prom__exemplar_put(w->store, w->classic, epoch, w->value, w->now, &w->text);
    if (!w->native)
        return;
    follow_epoch(t, epoch);
    prom__exemplar_put(w->store, w->native, epoch, w->value, w->now, &w->text);
    enter_list(t, w->entry, w->value, w->now);
    leave_list(t);
}

prom_err prom_counter_add_exemplar(prom_counter *counter, double v, const prom_label *labels)
{
    prom__exemplar_write w;
    if (!counter || !labels || !(v >= 0))
        return prom_counter_add(counter, v);
    prom_err e = prom__exemplar_begin((prom__child *)(void *)counter, v, 0, labels,
                                      prom__clock_unix(), &w);
    if (e)
        return e;
    e = prom_counter_add(counter, v);
    prom__exemplar_end(&w);
    return e;
}

prom_err prom_histogram_observe_exemplar(prom_histogram *histogram, double v,
                                         const prom_label *labels)
{
    prom__child *h = (prom__child *)(void *)histogram;
    prom__exemplar_write w;
    if (!h)
        return prom_fail(PROM_E_INVAL, "there is no histogram to observe with");
    const prom_vec *vec = h->vec;
    bool dropped = v != v && vec->desc->opts.nan == PROM_NAN_DROP;
    prom_err e = PROM_OK;
    if (labels && dropped)
        e = check_labels(vec->desc, labels);
    else if (labels)
        e = prom__exemplar_begin(h, v, v != v ? vec->n_bounds : prom__histogram_bucket(vec, v),
                                 labels, prom__clock_unix(), &w);
    if (e)
        return e;
    prom_histogram_observe(histogram, v);
    if (labels && !dropped)
        prom__exemplar_end(&w);
    return PROM_OK;
}

/* --- reading ------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    const prom_exemplar *x = a, *y = b;
    int c = (x->value > y->value) - (x->value < y->value);
    return c ? c : (x->timestamp_ns > y->timestamp_ns) - (x->timestamp_ns < y->timestamp_ns);
}

static prom_err read_slots(const prom__source *source, const _Atomic uint64_t *slot, size_t n,
                           uint32_t epoch, prom__arena *a, prom__exemplars *out)
{
    size_t filled = 0;
    *out = (prom__exemplars){ 0, NULL };
    for (size_t i = 0; i < n; i++)
        filled += atomic_load_explicit(&slot[i], memory_order_relaxed) != 0;
    if (!filled)
        return PROM_OK;
    prom_exemplar *item = prom__arena_alloc(a, filled * sizeof *item);
    if (!item)
        return prom__no_memory("exemplars");
    for (size_t i = 0, k = 0; i < n && k < filled; i++) {
        if (!atomic_load_explicit(&slot[i], memory_order_relaxed))
            continue;
        prom_err e = prom__exemplar_get(source, &slot[i], epoch, a, &item[out->n]);
        if (e)
            return e;
        k++;
        out->n += item[out->n].labels != NULL;
    }
    out->item = item;
    return PROM_OK;
}

static prom_err read_table(const prom__source *source, const prom__exemplar_table *t,
                           uint32_t epoch, prom__arena *a, const prom__point_more **out)
{
    prom__exemplars classic, native;
    prom_err e = read_slots(source, t->slot, t->n_classic, epoch, a, &classic);
    if (!e)
        e = read_slots(source, t->slot + t->n_classic, t->n_native, epoch, a, &native);
    if (e || (!classic.n && !native.n))
        return e;
    if (native.n)
        qsort((prom_exemplar *)native.item, native.n, sizeof *native.item, by_value);
    prom__point_more *more = prom__arena_alloc(a, sizeof *more);
    if (!more)
        return prom__no_memory("exemplars");
    *more = (prom__point_more){ PROM_NO_TIME, classic, native };
    *out = more;
    return PROM_OK;
}

prom_err prom__exemplars_read(const prom__kind *kind, const prom__source *source,
                              const prom__series *s, prom__arena *a, prom__point *out)
{
    uint64_t offset = atomic_load_explicit(&s->exemplars, memory_order_acquire);
    const prom__exemplar_table *t =
        (const prom__exemplar_table *)(const void *)prom__source_at(source, offset * 16);
    uint32_t epoch = epoch_of(t);
    prom_err e = read_table(source, t, epoch, a, &out->more);
    if (!e)
        e = kind->read(source, s, a, out);
    if (epoch_of(t) != epoch)
        out->more = NULL; /* they were of before a reset, what was counted is not */
    return e;
}
