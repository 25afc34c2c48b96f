// SPDX-License-Identifier: Apache-2.0
#include "registry.h"

#include "base/alloc.h"
#include "collector.h"
#include "model/name.h"
#include "model/type.h"

#include <stdlib.h>
#include <string.h>

/* --- parts that are let go of under the lock and freed after it ---------- */

static void free_roll(prom__later *l)
{
    prom__roll *roll = (prom__roll *)(void *)l;
    for (size_t i = 0; i < roll->n; i++)
        prom_unref(roll->object[i]);
    prom__free(roll);
}

static void drop_roll(prom__roll *roll)
{
    if (roll && --roll->refs == 0)
        prom__unlock_then(&roll->later, free_roll);
}

/* Something has changed: the next gather makes a new roll. */
static void outdate(prom_registry *r)
{
    drop_roll(r->roll);
    r->roll = NULL;
    r->changes++;
}

/* --- life --------------------------------------------------------------- */

static void take_out(prom_registry *r, size_t i)
{
    prom__entry_drop(&r->names, r->entry[i]);
    memmove(r->entry + i, r->entry + i + 1, (--r->n - i) * sizeof *r->entry);
    outdate(r);
}

void prom_registry_clear(prom_registry *r)
{
    if (!r)
        return;
    prom__lock();
    while (r->n)
        take_out(r, r->n - 1);
    outdate(r); /* an empty one has a roll too */
    prom__unlock();
}

static void destroy(void *self)
{
    prom_registry *r = self;
    prom_registry_clear(r);
    if (r->spare)
        prom__spare_close(r->spare);
    prom_unref(r->spare);
    prom_unref(r->store);
    prom__free(r->names.entry);
    prom__free(r->entry);
    prom__free(r);
}

static const prom__class registry_class = { .name = "registry", .destroy = destroy };

prom_err prom_registry_new(const prom_registry_opts *theirs, prom_registry **out)
{
    prom_registry_opts o = { .size = sizeof o };
    *out = NULL;
    if (theirs)
        memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    if (o.order != PROM_ORDER_SORTED && o.order != PROM_ORDER_CREATED)
        return prom_fail(PROM_E_INVAL, "a registry's order is neither sorted nor created");
    prom_registry *r = prom__alloc_zero(sizeof *r);
    if (!r)
        return prom__no_memory("a registry");
    prom__object_init(&r->object, &registry_class);
    r->order = o.order;
    r->legacy_names = o.legacy_names;
    r->max_series = o.max_series;
    prom_err e = prom__vec_store_new(&r->store);
    if (!e)
        e = prom__spare_new(&r->spare);
    if (e) {
        prom_unref(r);
        return e;
    }
    *out = r;
    return PROM_OK;
}

/* --- room for one more --------------------------------------------------- */

/* For one entry of so many families. With the lock held; let go while memory is allocated. */
static bool make_room(prom_registry *r, size_t families)
{
    while (r->n == r->cap || (r->names.n + families * PROM__CLAIM_NAMES) * 2 > r->names.size) {
        size_t cap = r->n == r->cap ? 2 * r->cap + 8 : 0;
        size_t size = cap ? 0 : r->names.size ? 2 * r->names.size : 64;
        prom__unlock();
        void *fresh =
            prom__alloc_zero(cap ? cap * sizeof *r->entry : size * sizeof *r->names.entry);
        prom__lock();
        if (!fresh)
            return false;
        void *spent = fresh; /* if somebody was faster */
        if (cap > r->cap) {
            if (r->n)
                memcpy(fresh, r->entry, r->n * sizeof *r->entry);
            spent = r->entry;
            r->entry = fresh;
            r->cap = cap;
        } else if (size > r->names.size) {
            prom__names larger = { fresh, 0, size };
            prom__names_move(&r->names, &larger);
            spent = r->names.entry;
            r->names = larger;
        }
        prom__unlock();
        prom__free(spent);
        prom__lock();
    }
    return true;
}

/* --- adding ------------------------------------------------------------- */

static void put_in(prom_registry *r, prom__entry *e)
{
    r->entry[r->n++] = e;
    outdate(r);
}

/* With the lock held. */
static bool has_collector(const prom_registry *r, const void *collector)
{
    if (!prom__is_collector(collector))
        return false;
    for (size_t i = 0; i < r->n; i++) {
        const void *object = r->entry[i]->object;
        if (prom__is_collector(object) && prom__collector_same(object, collector))
            return true;
    }
    return false;
}

/* Takes the entry over, and frees it if it was not registered. *existing: a reference to a vec
 * just like it, in its place. */
static prom_err add_entry(prom_registry *r, prom__entry *entry, prom_vec **existing)
{
    *existing = NULL;
    prom__lock();
    prom_err e = make_room(r, entry->n) ? PROM_OK : prom__no_memory("a registry");
    if (!e && has_collector(r, entry->object))
        e = prom_fail(PROM_E_EXISTS, "collector '%s' is registered already",
                      prom__collector_name(entry->object));
    if (!e)
        e = prom__entry_claim(&r->names, entry, existing);
    bool added = !e && !*existing;
    if (added)
        put_in(r, entry);
    prom_ref(*existing);
    prom__unlock();
    if (!added)
        prom__entry_free(entry);
    return e;
}

prom_err prom__registry_match(prom_registry *r, const prom__desc *d, prom_vec **existing)
{
    prom__entry *entry;
    *existing = NULL;
    prom_err e = prom__entry_of_desc(d, &entry);
    if (e)
        return e;
    prom__lock();
    e = prom__entry_match(&r->names, entry, existing);
    prom_ref(*existing);
    prom__unlock();
    prom__entry_free(entry);
    return e;
}

prom_err prom__registry_add_vec(prom_registry *r, prom_vec *v, prom_vec **existing)
{
    prom__entry *entry;
    *existing = NULL;
    prom_err e = prom__entry_of_vec(v, &entry);
    if (!e)
        e = add_entry(r, entry, existing);
    return e;
}

prom_err prom__registry_add_collector(prom_registry *r, prom_collector *c)
{
    prom__description *d;
    prom__entry *entry;
    prom_vec *existing;
    prom_err e = prom__collector_describe(c, &d);
    if (e)
        return e;
    e = prom__entry_of(c, d, &entry);
    if (e)
        prom_unref(d);
    else
        e = add_entry(r, entry, &existing);
    return e;
}

static size_t place_of(const prom_registry *r, const void *object)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->entry[i]->object == object)
            return i;
    return SIZE_MAX;
}

/* What the registry holds for what the user has: a metric without labels stands for its vec. */
static prom_err registrable(const prom_registry *r, void *object, void **out)
{
    *out = object;
    if (!r)
        return prom_fail(PROM_E_INVAL, "there is no registry");
    if (object && (prom__is_vec(object) || prom__is_collector(object)))
        return PROM_OK;
    if (object && ((prom__object *)object)->class == &prom__only_child_class) {
        *out = ((prom__child *)object)->vec;
        return PROM_OK;
    }
    if (object && prom__is_child(object))
        return prom_fail(PROM_E_TYPE, "one series of '%s' is not registered, but its family is",
                         ((prom__child *)object)->vec->desc->given);
    if (object && prom__is_stand_in(object))
        return prom_fail(PROM_E_TYPE,
                         "a view or fresh vec of '%s' is not registered, but it is",
                         prom__vec_behind(object)->desc->given);
    return prom_fail(PROM_E_TYPE, "only metrics and collectors can be registered");
}

prom_err prom__registry_check_names(const prom_registry *r, const prom__desc *d)
{
    prom_err e = prom__name_check_metric(d->opts.name, r->legacy_names);
    for (size_t i = 0; i < d->shape->n && !e; i++)
        e = prom__name_check_label(d->given, d->type, d->shape->label[i].name, r->legacy_names);
    return e;
}

prom_err prom_registry_add(prom_registry *r, void *object)
{
    prom_vec *existing = NULL;
    prom_err e = registrable(r, object, &object);
    if (e)
        return e;
    if (prom__is_collector(object))
        return prom__registry_add_collector(r, object);
    e = prom__registry_check_names(r, ((prom_vec *)object)->desc);
    if (!e)
        e = prom__registry_add_vec(r, object, &existing);
    if (!e && existing)
        e = prom_fail(PROM_E_EXISTS, "'%s' is registered already", existing->desc->given);
    prom_unref(existing);
    return e;
}

prom_err prom_registry_remove(prom_registry *r, void *object)
{
    prom_err e = registrable(r, object, &object);
    if (e)
        return e;
    prom__lock();
    size_t i = place_of(r, object);
    if (i != SIZE_MAX)
        take_out(r, i);
    prom__unlock();
    if (i != SIZE_MAX)
        return PROM_OK;
    return prom_fail(PROM_E_NOENT, "%s '%s' is not registered here",
                     prom__is_vec(object) ? "metric" : "collector",
                     prom__is_vec(object) ? ((prom_vec *)object)->desc->given
                                          : prom__collector_name(object));
}

prom_err prom_registry_find(prom_registry *r, const char *name, prom_vec **out)
{
    *out = NULL;
    if (!r || !name)
        return prom_fail(PROM_E_INVAL, "a registry and a name are needed to find a metric");
    size_t n = strlen(name);
    prom_vec *found = NULL;
    prom__lock();
    bool exact = false;
    for (size_t i = 0; i < r->n && !exact; i++) {
        if (!prom__is_vec(r->entry[i]->object))
            continue;
        prom_vec *v = r->entry[i]->object;
        const char *exposed = v->desc->opts.name;
        size_t base = prom__type_base(v->desc->type, exposed);
        exact = strcmp(name, exposed) == 0;
        bool close =
            strcmp(name, v->desc->given) == 0 || (n == base && memcmp(name, exposed, n) == 0);
        if (exact || (close && !found))
            found = v;
    }
    prom_ref(found);
    prom__unlock();
    *out = found;
    return found ? PROM_OK : prom_fail(PROM_E_NOENT, "there is no metric '%s'", name);
}

/* --- the roll ----------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const void *x = *(void *const *)a, *y = *(void *const *)b;
    bool x_vec = prom__is_vec(x), y_vec = prom__is_vec(y);
    if (!x_vec || !y_vec)
        return y_vec - x_vec; /* nobody knows what collectors will bring */
    return strcmp(((const prom_vec *)x)->desc->opts.name,
                  ((const prom_vec *)y)->desc->opts.name);
}

/* With the lock held: a copy of what is registered, if it fits. */
static bool fill_roll(const prom_registry *r, prom__roll *roll, size_t cap)
{
    if (r->n > cap)
        return false;
    for (size_t i = 0; i < r->n; i++)
        roll->object[i] = prom_ref(r->entry[i]->object);
    roll->n = r->n;
    return true;
}

/* It is sorted without the lock, and kept for the next gather if nothing has changed since. */
static bool make_roll(prom_registry *r, size_t cap, prom__roll **out)
{
    prom__roll *roll = prom__alloc_zero(sizeof *roll + cap * sizeof *roll->object);
    if (!roll)
        return false;
    roll->refs = 1;
    prom__lock();
    uint64_t changes = r->changes;
    bool filled = fill_roll(r, roll, cap);
    prom__unlock();
    if (!filled) {
        prom__free(roll);
        return true; /* more was registered meanwhile: again */
    }
    if (r->order == PROM_ORDER_SORTED)
        qsort(roll->object, roll->n, sizeof *roll->object, by_name);
    prom__lock();
    if (!r->roll && r->changes == changes) {
        r->roll = roll;
        roll->refs++;
    }
    prom__unlock();
    *out = roll;
    return true;
}

prom_err prom__registry_roll(prom_registry *r, prom__roll **out)
{
    for (*out = NULL; !*out;) {
        prom__lock();
        size_t n = r->n;
        prom__roll *roll = r->roll;
        if (roll)
            roll->refs++;
        prom__unlock();
        *out = roll;
        if (!roll && !make_roll(r, n, out))
            return prom__no_memory("a gather");
    }
    return PROM_OK;
}

void prom__roll_drop(prom__roll *roll)
{
    prom__lock();
    drop_roll(roll);
    prom__unlock();
}
