// SPDX-License-Identifier: Apache-2.0
#include "registry.h"

#include "base/alloc.h"
#include "model/name.h"
#include "roll.h"

#include <string.h>

/* --- life --------------------------------------------------------------- */

static void take_out(prom_registry *base, size_t i)
{
    prom__entry *e = base->entry[i];
    if (prom__is_registry(e->object))
        prom__registry_unlink(base, e);
    prom__entry_drop(&base->names, e);
    memmove(base->entry + i, base->entry + i + 1, (--base->n - i) * sizeof *base->entry);
}

void prom_registry_clear(prom_registry *r)
{
    if (!r)
        return;
    prom_registry *base = prom__registry_base(r);
    prom__lock();
    for (size_t i = base->n; i-- > 0;)
        if (prom__registry_has(r, base->entry[i]))
            take_out(base, i);
    prom__registry_changed(base, true); /* also if it was empty: its rolls go */
    prom__unlock();
}

/* A wrapped one goes, and what was added through it stays. */
static void leave_base(prom_registry *r)
{
    prom__lock();
    prom_registry **at = &r->base->wraps;
    while (*at && *at != r)
        at = &(*at)->next_wrap;
    if (*at)
        *at = r->next_wrap;
    prom__roll_unref(r->roll);
    r->roll = NULL;
    prom__unlock();
}

static void destroy(void *self)
{
    prom_registry *r = self;
    if (r->base)
        leave_base(r);
    else
        prom_registry_clear(r);
    if (r->spare)
        prom__spare_close(r->spare);
    prom_unref(r->spare);
    prom_unref(r->store);
    prom_unref(r->wrap);
    prom_unref(r->base);
    prom__free(r->names.entry);
    prom__free(r->entry);
    prom__free(r);
}

static const prom__class registry_class = { .name = "registry", .destroy = destroy };

bool prom__is_registry(const void *object)
{
    return ((const prom__object *)object)->class == &registry_class;
}

static prom_registry *make(void)
{
    prom_registry *r = prom__alloc_zero(sizeof *r);
    if (!r)
        return NULL;
    prom__object_init(&r->object, &registry_class);
    if (prom__spare_new(&r->spare) == PROM_OK)
        return r;
    prom_unref(r);
    return NULL;
}

prom_err prom_registry_new(const prom_registry_opts *theirs, prom_registry **out)
{
    prom_registry_opts o = { .size = sizeof o };
    *out = NULL;
    if (theirs && theirs->size < offsetof(prom_registry_opts, order))
        return prom_fail(PROM_E_INVAL, "prom_registry_opts.size is not set");
    if (theirs)
        memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    if (o.order != PROM_ORDER_SORTED && o.order != PROM_ORDER_CREATED)
        return prom_fail(PROM_E_INVAL, "a registry's order is neither sorted nor created");
    prom_registry *r = make();
    if (!r || prom__vec_store_new(&r->store) != PROM_OK) {
        prom_unref(r);
        return prom__no_memory("a registry");
    }
    r->order = o.order;
    r->legacy_names = o.legacy_names;
    r->pedantic = o.pedantic;
    r->max_series = o.max_series;
    *out = r;
    return PROM_OK;
}

prom_err prom_registry_wrap(prom_registry *wrapped, const prom_wrap_opts *o,
                            prom_registry **out)
{
    *out = NULL;
    if (!wrapped)
        return prom_fail(PROM_E_INVAL, "there is no registry to wrap");
    prom_registry *r = make();
    if (!r)
        return prom__no_memory("a wrapped registry");
    prom_registry *base = prom__registry_base(wrapped);
    r->order = base->order;
    r->legacy_names = base->legacy_names;
    r->pedantic = base->pedantic;
    r->max_series = base->max_series;
    r->store = prom_ref(base->store);
    r->base = prom_ref(base);
    prom_err e = prom__wrap_new(wrapped->wrap, o, &r->wrap);
    if (e) {
        prom_unref(r);
        return e;
    }
    prom__lock();
    r->next_wrap = base->wraps;
    base->wraps = r;
    prom__unlock();
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

/* With the lock held: the entry of this thing that was added through this wrap. */
static size_t place_of(const prom_registry *base, const void *object, const prom__wrap *wrap)
{
    bool collector = prom__is_collector(object);
    for (size_t i = 0; i < base->n; i++) {
        const prom__entry *e = base->entry[i];
        bool same = e->object == object || (collector && prom__is_collector(e->object) &&
                                            prom__collector_same(e->object, object));
        if (same && e->wrap == wrap)
            return i;
    }
    return SIZE_MAX;
}

static prom_err is_there(const prom__entry *e)
{
    if (prom__is_registry(e->object))
        return prom_fail(PROM_E_EXISTS, "the registry is in this one already");
    return prom_fail(PROM_E_EXISTS, "collector '%s' is registered already",
                     prom__collector_name(e->object));
}

/* With the lock held and room made. */
static prom_err put_in(prom_registry *base, prom__entry *e, prom_vec **existing)
{
    bool vec = prom__is_vec(e->object), registry = prom__is_registry(e->object);
    if (!vec && place_of(base, e->object, e->wrap) != SIZE_MAX)
        return is_there(e);
    if (registry && prom__registry_within(base, e->object))
        return prom_fail(PROM_E_INVAL, "a registry cannot be in itself");
    prom_err bad = prom__entry_claim(&base->names, e, existing);
    if (bad || *existing)
        return bad;
    if (registry)
        prom__registry_link(base, e);
    base->entry[base->n++] = e;
    prom__registry_changed(base, registry);
    return PROM_OK;
}

static prom_err check_beside(const prom__entry *e, const prom__roll *all)
{
    prom_err bad = PROM_OK;
    for (size_t i = 0; i < e->n && !bad; i++)
        bad = prom__roll_check(all, &e->member[i].known, &e->member[i].claim->set);
    return bad;
}

/* All that is in the entry's registry. */
static prom_err check_inner(const prom__entry *e, const prom__roll *all)
{
    prom__roll *roll;
    prom_err bad = prom__registry_roll(e->object, &roll);
    if (bad)
        return bad;
    prom__arena memory = { .next_size = 512 };
    for (size_t i = 0; i < roll->n_expected && !bad; i++) {
        prom__known k = roll->expected[i].known;
        prom__claim_set set = roll->expected[i].set;
        if (e->foreign) {
            bad = prom__wrap_known(e->wrap, &memory, &k);
            char *text =
                bad ? NULL : prom__arena_alloc(&memory, prom__claim_set_size(k.type, k.name));
            if (!bad && !text)
                bad = prom__no_memory("a registration");
            if (!bad)
                prom__claim_set_write(&set, k.type, k.name, text);
        }
        if (!bad)
            bad = prom__roll_check(all, &k, &set);
    }
    prom__arena_free(&memory);
    prom__roll_drop(roll);
    return bad;
}

/* With the lock held: a number that is another one after changes that matter to the entry. */
static uint64_t changes(const prom_registry *base, const prom__entry *e)
{
    if (prom__is_registry(e->object))
        return base->changes + ((const prom_registry *)e->object)->changes;
    return base->inner_changes;
}

/* What the table of names does not know: families of registries inside, and of one that comes.
 * *seen: the changes before it looked. */
static prom_err check_others(prom_registry *base, const prom__entry *e, uint64_t *seen)
{
    prom__roll *roll;
    bool registry = prom__is_registry(e->object);
    prom__lock();
    bool alone = !base->n_inner && !registry;
    *seen = changes(base, e);
    prom__unlock();
    if (alone)
        return PROM_OK;
    prom_err bad =
        registry ? prom__registry_roll(base, &roll) : prom__registry_inner_roll(base, &roll);
    if (bad)
        return bad;
    bad = registry ? check_inner(e, roll) : check_beside(e, roll);
    prom__roll_drop(roll);
    return bad;
}

/* Takes the entry over, and frees it if it was not registered. *existing: a reference to a vec
 * just like it, in its place. */
static prom_err add_entry(prom_registry *base, prom__entry *entry, prom_vec **existing)
{
    enum { TRIES = 100 }; /* then what clashes is found by a gather */
    prom_err e = PROM_OK;
    bool checked = false;
    *existing = NULL;
    for (int i = 0; !checked && !e; i++) {
        uint64_t seen;
        e = check_others(base, entry, &seen);
        prom__lock();
        if (!e && !make_room(base, entry->n))
            e = prom__no_memory("a registry");
        checked = !e && (i == TRIES || changes(base, entry) == seen);
        if (checked)
            e = put_in(base, entry, existing);
        prom_ref(*existing);
        prom__unlock();
    }
    if (e || *existing)
        prom__entry_free(entry);
    return e;
}

prom_err prom__registry_match(prom_registry *r, const prom__desc *d, prom_vec **existing)
{
    prom_registry *base = prom__registry_base(r);
    prom__entry *entry;
    *existing = NULL;
    prom_err e = prom__entry_of_desc(d, &entry);
    if (e)
        return e;
    prom__lock();
    e = prom__entry_match(&base->names, entry, existing);
    prom_ref(*existing);
    prom__unlock();
    prom__entry_free(entry);
    return e;
}

prom_err prom__registry_check_names(const prom_registry *r, const prom__known *k)
{
    prom_err e = prom__name_check_metric(k->name, r->legacy_names);
    for (size_t i = 0; i < k->shape->n && !e; i++)
        e = prom__name_check_label(k->given, k->type, k->shape->label[i].name, r->legacy_names);
    return e;
}

/* What builders let be is not asked again: only for names outside the ASCII grammar. */
static prom_err check_described(const prom_registry *r, const prom__entry *entry)
{
    prom_err e = PROM_OK;
    for (size_t i = 0; r->legacy_names && i < entry->n && !e; i++) {
        const prom__known *k = &entry->member[i].known;
        e = k->shape->legacy ? prom__name_check_metric(k->name, true)
                             : prom__registry_check_names(r, k);
    }
    return e;
}

static prom_err add(prom_registry *r, const prom__entry_opts *o, prom_vec **existing)
{
    prom__entry *entry;
    *existing = NULL;
    prom_err e = prom__entry_new(o, &entry);
    if (e)
        return e;
    e = prom__is_vec(o->object) ? prom__registry_check_names(r, &entry->member[0].known)
                                : check_described(r, entry);
    if (e) {
        prom__entry_free(entry);
        return e;
    }
    return add_entry(prom__registry_base(r), entry, existing);
}

prom_err prom__registry_add_vec(prom_registry *r, prom_vec *v, prom_vec **existing)
{
    prom__entry_opts o = { .object = v, .wrap = r->wrap };
    return add(r, &o, existing);
}

prom_err prom__registry_add_collector(prom_registry *r, prom_collector *c)
{
    prom_vec *existing;
    prom__entry_opts o = { .object = c, .wrap = r->wrap, .foreign = r->wrap != NULL };
    prom_err e = prom__collector_describe(c, &o.description);
    if (!e)
        e = add(r, &o, &existing);
    prom_unref(o.description);
    return e;
}

/* What the registry holds for what the user has: a metric without labels stands for its vec. */
static prom_err registrable(const prom_registry *r, void *object, void **out)
{
    *out = object;
    if (!r)
        return prom_fail(PROM_E_INVAL, "there is no registry");
    if (object &&
        (prom__is_vec(object) || prom__is_collector(object) || prom__is_registry(object)))
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
    return prom_fail(PROM_E_TYPE, "only metrics, collectors and registries can be registered");
}

prom_err prom_registry_add(prom_registry *r, void *object)
{
    prom_vec *existing = NULL;
    prom_err e = registrable(r, object, &object);
    if (e)
        return e;
    if (prom__is_collector(object))
        return prom__registry_add_collector(r, object);
    prom__entry_opts o = { .object = object, .wrap = r->wrap, .foreign = r->wrap != NULL };
    if (prom__is_vec(object) && ((prom_vec *)object)->maker == r->wrap)
        o.foreign = false; /* it was made through this one and comes back */
    e = add(r, &o, &existing);
    if (!e && existing)
        e = prom_fail(PROM_E_EXISTS, "'%s' is registered already", existing->desc->given);
    prom_unref(existing);
    return e;
}

static prom_err not_there(const void *object)
{
    if (prom__is_registry(object))
        return prom_fail(PROM_E_NOENT, "the registry is not in this one");
    return prom_fail(PROM_E_NOENT, "%s '%s' is not registered here",
                     prom__is_vec(object) ? "metric" : "collector",
                     prom__is_vec(object) ? ((const prom_vec *)object)->desc->given
                                          : prom__collector_name(object));
}

prom_err prom_registry_remove(prom_registry *r, void *object)
{
    prom_err e = registrable(r, object, &object);
    if (e)
        return e;
    prom_registry *base = prom__registry_base(r);
    size_t at = SIZE_MAX;
    prom__lock();
    for (size_t i = 0; i < base->n && at == SIZE_MAX; i++)
        if (base->entry[i]->object == object && prom__registry_has(r, base->entry[i]))
            at = i;
    if (at != SIZE_MAX) {
        take_out(base, at);
        prom__registry_changed(base, prom__is_registry(object));
    }
    prom__unlock();
    return at != SIZE_MAX ? PROM_OK : not_there(object);
}
