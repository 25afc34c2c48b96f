// SPDX-License-Identifier: Apache-2.0
/* info.c - cells: the record with what it says (0: nothing yet), and how often that was set.
 *
 * An info is set rarely and read once a scrape, so both take the lock: who reads sees all of
 * the old labels or all of the new ones, and a record that is replaced is free at once. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "vec.h"

enum { SAYS, SETS, CELLS };

/* Names and values as given: the length of each, then their bytes. */
typedef struct info_record {
    prom__record head;
    uint32_t n; /* labels */
    uint32_t bytes;
    uint32_t lengths[];
} info_record;

/* --- setting ------------------------------------------------------------ */

/* By making the shape that a scrape will make: it may say no. */
static prom_err check_names(const prom__desc *d, const prom_label *labels, size_t n)
{
    prom__arena a = { 0 };
    const prom__shape *family = d->shape, *shape;
    prom_str *names = prom__arena_alloc(&a, prom__size_times(family->n + n + 1, sizeof *names));
    prom_err e = names ? PROM_OK : prom__no_memory("an info");
    for (size_t i = 0; !e && i < family->n; i++)
        names[i] = family->label[i].name;
    for (size_t i = 0; !e && i < n; i++)
        names[family->n + i] = (prom_str){ labels[i].name, strlen(labels[i].name) };
    prom__shape_opts o = { .metric = d->given,
                           .type = PROM_INFO,
                           .names = names,
                           .n_names = family->n + n,
                           .legacy_only = d->legacy_only };
    if (!e)
        e = prom__shape_new(&o, &a, &shape);
    prom__arena_free(&a);
    /* A bad name of the family is PROM_E_NAME, but these are the labels of a call. */
    return e == PROM_E_NAME ? prom_fail(PROM_E_LABELS, "%s", prom_error(e)) : e;
}

static prom_err check_values(const prom__desc *d, const prom_label *labels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *name = labels[i].name, *value = labels[i].value;
        int k = (int)prom__utf8_cut(name, strlen(name), 200);
        if (!value)
            return prom_fail(PROM_E_LABELS, "'%s': label '%.*s' has no value", d->given, k,
                             name);
        if (!prom__utf8_valid(value, strlen(value)))
            return prom_fail(PROM_E_LABELS,
                             "'%s': the value of label '%.*s' is not valid UTF-8", d->given, k,
                             name);
    }
    return PROM_OK;
}

/* A scrape makes one record of all labels; where all is escaped, it is twice as long. */
static prom_err check_length(const prom__child *c, const prom_label *labels, size_t n)
{
    size_t left = PROM__LONGEST_TEXT - c->series->text_length;
    for (size_t i = 0; i < n; i++) {
        size_t name = strlen(labels[i].name) + 4;
        size_t value = labels[i].value ? strlen(labels[i].value) : 0;
        if (name > left || value > (left - name) / 2)
            return prom__series_too_long(c->vec->desc->given);
        left -= name + 2 * value;
    }
    return PROM_OK;
}

/* NULL: no memory. */
static info_record *new_record(prom__store *store, const prom_label *labels, size_t n,
                               uint64_t *offset)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += strlen(labels[i].name) + strlen(labels[i].value);
    info_record *r = (info_record *)(void *)prom__store_alloc(
        store, sizeof *r + 2 * n * sizeof *r->lengths + bytes, PROM__RECORD_LABELS, offset);
    if (!r)
        return NULL;
    r->n = (uint32_t)n;
    r->bytes = (uint32_t)bytes;
    char *p = (char *)(r->lengths + 2 * n);
    for (size_t i = 0; i < 2 * n; i++) {
        const char *from = i % 2 ? labels[i / 2].value : labels[i / 2].name;
        size_t length = strlen(from);
        r->lengths[i] = (uint32_t)length;
        memcpy(p, from, length);
        p += length;
    }
    return r;
}

/* With the lock held. */
static void say(prom__store *store, prom__series *s, uint64_t offset)
{
    uint64_t old = atomic_exchange_explicit(&s->cells[SAYS], offset, memory_order_relaxed);
    if (old)
        prom__store_free(store, prom__store_at(store, old));
}

prom_err prom_info_set(prom_info *info, const prom_label *labels)
{
    prom__child *c = (prom__child *)(void *)info;
    if (!c)
        return prom_fail(PROM_E_INVAL, "there is no info to set");
    size_t n = 0;
    while (labels && labels[n].name)
        n++;
    prom_err e = check_names(c->vec->desc, labels, n);
    if (!e)
        e = check_length(c, labels, n);
    if (!e)
        e = check_values(c->vec->desc, labels, n);
    if (e)
        return e;
    prom__store *store = c->vec->store;
    uint64_t offset = 0;
    if (n && !new_record(store, labels, n, &offset))
        return prom__no_memory("an info");
    prom__lock();
    say(store, c->series, offset);
    prom__unlock();
    atomic_fetch_add_explicit(&c->series->cells[SETS], 1, memory_order_relaxed);
    return PROM_OK;
}

/* --- reading ------------------------------------------------------------ */

static const info_record *record_of(const prom__source *source, const prom__series *s)
{
    uint64_t at = atomic_load_explicit(&s->cells[SAYS], memory_order_relaxed);
    return at ? (const info_record *)(const void *)prom__source_at(source, at) : NULL;
}

/* A copy of what it says at this moment; *out is NULL where that is nothing. The arena does not
 * allocate under the lock, so the memory comes first, and what is said may have grown since. */
static prom_err copy_record(const prom__source *source, const prom__series *s, prom__arena *a,
                            info_record **out)
{
    uint32_t room = 0;
    *out = NULL;
    for (;;) {
        prom__lock();
        const info_record *r = record_of(source, s);
        uint32_t size = r ? r->head.size : 0;
        if (size && size <= room)
            memcpy(*out, r, size);
        prom__unlock();
        if (size <= room) {
            *out = size ? *out : NULL;
            return PROM_OK;
        }
        *out = prom__arena_alloc(a, room = size);
        if (!*out)
            return prom__no_memory("an info");
    }
}

/* The family's labels, unescaped, and behind them those that the info says. */
static prom_err all_labels(const prom__desc *d, const prom__series *s, const info_record *r,
                           prom__arena *a, prom_str **names, prom_str **values)
{
    size_t n = d->shape->n + r->n, i = 0;
    *names = prom__arena_alloc(a, n * sizeof **names);
    *values = prom__arena_alloc(a, n * sizeof **values);
    char *plain = prom__arena_alloc(a, s->text_length + 1u);
    if (!*names || !*values || !plain)
        return prom__no_memory("an info");
    prom__label_cursor c = { d->shape, s, 0, 0, 0 };
    for (prom_str escaped; prom__label_next(&c, &(*names)[i], &escaped); i++) {
        size_t length = prom__unescape(escaped.p, escaped.n, plain);
        (*values)[i] = (prom_str){ plain, length };
        plain += length;
    }
    const char *p = (const char *)(r->lengths + 2 * (size_t)r->n);
    for (size_t k = 0; k < 2 * (size_t)r->n; k++) {
        prom_str x = { p, r->lengths[k] };
        p += x.n;
        if (k % 2)
            (*values)[i++] = x;
        else
            (*names)[i] = x;
    }
    return PROM_OK;
}

static size_t cells(const prom__desc *d)
{
    (void)d;
    return CELLS;
}

/* The point is a record of its own, with all labels, as a collector would build it. */
static prom_err read(const prom__source *source, const prom__series *s, prom__arena *a,
                     prom__point *out)
{
    const prom__desc *d = source->desc;
    info_record *r;
    prom_str *names, *values;
    const prom__shape *shape;
    prom__series_plan plan;
    out->value.number = 1;
    prom_err e = copy_record(source, s, a, &r);
    if (e || !r)
        return e;
    e = all_labels(d, s, r, a, &names, &values);
    prom__shape_opts o = { .metric = d->given,
                           .type = PROM_INFO,
                           .names = names,
                           .n_names = d->shape->n + r->n,
                           .keep_order = source->keep_order };
    if (!e)
        e = prom__shape_new(&o, a, &shape);
    if (!e)
        e = prom__series_plan_make(shape, d->given, values, 0, &plan);
    if (e)
        return e;
    prom__series *x = prom__arena_alloc(a, plan.bytes);
    if (!x)
        return prom__no_memory("an info");
    memset(x, 0, sizeof *x);
    prom__series_write(x, shape, values, 0, &plan);
    out->series = x;
    out->shape = shape;
    return PROM_OK;
}

static void release(prom__store *store, prom__series *s)
{
    say(store, s, 0);
}

static void reset(const prom__desc *d, prom__store *store, prom__series *s)
{
    (void)d;
    prom__lock();
    say(store, s, 0);
    prom__unlock();
}

static uint64_t pulse(const prom__desc *d, const prom__store *store, const prom__series *s)
{
    (void)d;
    (void)store;
    return atomic_load_explicit(&s->cells[SETS], memory_order_relaxed);
}

const prom__kind prom__info_kind = { cells, read, release, reset, pulse };
