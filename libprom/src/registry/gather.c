// SPDX-License-Identifier: Apache-2.0
/* gather.c - one pass over all that is registered. No lock is held while collectors run. */
#include "base/alloc.h"
#include "base/utf8.h"
#include "collector.h"
#include "registry.h"

#include <stdio.h>
#include <string.h>

/* Families of collectors are not registered, so what they claim is looked at here: against
 * the registry, and against what other collectors brought in this gather. */
typedef struct gathering {
    prom_registry *registry;
    prom__gathering g;
    prom__names brought; /* names to the prom__family that has them; in the snapshot's arena */
    char clash[400];     /* what is wrong, if something is */
} gathering;

static prom_err make_room(gathering *x)
{
    if ((x->brought.n + PROM__CLAIM_NAMES) * 2 <= x->brought.size)
        return PROM_OK;
    size_t size = x->brought.size ? 2 * x->brought.size : 64;
    prom__names larger = { NULL, 0, size };
    larger.entry = prom__arena_alloc(&x->g.snapshot->arena, size * sizeof *larger.entry);
    if (!larger.entry)
        return prom__no_memory("a gather");
    memset(larger.entry, 0, size * sizeof *larger.entry);
    prom__names_move(&x->brought, &larger);
    x->brought = larger;
    return PROM_OK;
}

static bool same_help(const char *a, const char *b)
{
    return !a || !b || strcmp(a, b) == 0;
}

static bool may_join(gathering *x, const prom_family *f, prom_type type, const char *name,
                     const char *help)
{
    bool same_name = strcmp(name, f->name) == 0;
    if (same_name && type == f->type && same_help(help, f->help))
        return true;
    int n = (int)prom__utf8_cut(f->name, strlen(f->name), 150);
    int m = (int)prom__utf8_cut(name, strlen(name), 150);
    if (same_name && type == f->type)
        snprintf(x->clash, sizeof x->clash, "%s '%.*s' is there with another help text",
                 prom_type_name(type), n, f->name);
    else
        snprintf(x->clash, sizeof x->clash, "%s '%.*s' clashes with %s '%.*s'",
                 prom_type_name(f->type), n, f->name, prom_type_name(type), m, name);
    return false;
}

/* A family may join another of the same name, type and help; else no name may be shared. */
static bool fits(gathering *x, const prom_family *f, const prom__claim_set *s)
{
    bool ok = true;
    prom__lock();
    for (size_t i = 0; i < s->n && ok; i++) {
        const prom__claim *c = prom__names_find(&x->registry->names, &s->name[i]);
        const prom__known *k = c ? &c->members->known : NULL;
        ok = !k || may_join(x, f, k->type, k->name, k->help);
    }
    prom__unlock();
    for (size_t i = 0; i < s->n && ok; i++) {
        const prom__family *other = prom__names_find(&x->brought, &s->name[i]);
        ok = !other || may_join(x, f, other->pub.type, other->pub.name, other->pub.help);
    }
    return ok;
}

static void put_names(gathering *x, const prom__claim_set *s, prom__family *f)
{
    for (size_t i = 0; i < s->n; i++)
        if (!prom__names_find(&x->brought, &s->name[i]))
            prom__names_put(&x->brought, &s->name[i], f);
}

/* Takes back what families from `first` on have put. */
static void remove_names(gathering *x, const prom__claim_set *sets, size_t first, size_t n)
{
    prom_snapshot *s = x->g.snapshot;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sets[i].n; k++)
            if (prom__names_find(&x->brought, &sets[i].name[k]) == s->families[first + i])
                prom__names_remove(&x->brought, &sets[i].name[k]);
}

/* Of the families that a collector has just added, all stay or none. */
static prom_err check_brought(gathering *x, const prom_collector *c, size_t first)
{
    prom_snapshot *s = x->g.snapshot;
    size_t n = s->n_families - first;
    prom__claim_set *sets = prom__arena_alloc(&s->arena, (n + 1) * sizeof *sets);
    if (!sets)
        return prom__no_memory("a gather");
    for (size_t i = 0; i < n; i++) {
        prom__family *f = s->families[first + i];
        char *text =
            prom__arena_alloc(&s->arena, prom__claim_set_size(f->pub.type, f->pub.name));
        prom_err e = text ? make_room(x) : prom__no_memory("a gather");
        if (e)
            return e;
        prom__claim_set_write(&sets[i], f->pub.type, f->pub.name, text);
        if (!fits(x, &f->pub, &sets[i])) {
            remove_names(x, sets, first, i);
            s->n_families = first;
            return prom__snapshot_add_error(s, "collector '%s': %s", prom__collector_name(c),
                                            x->clash);
        }
        f->from = prom__collector_name(c);
        put_names(x, &sets[i], f);
    }
    return PROM_OK;
}

static prom_err collect(gathering *x, void *object)
{
    if (prom__is_vec(object))
        return prom__vec_collect(object, &x->g);
    size_t first = x->g.snapshot->n_families;
    prom_err e = prom__collector_run(object, x->g.snapshot, x->g.order);
    return e ? e : check_brought(x, object, first);
}

prom_err prom_gather(prom_registry *r, prom_snapshot **out)
{
    prom__roll *roll;
    *out = NULL;
    if (!r)
        return prom_fail(PROM_E_INVAL, "there is no registry to gather from");
    gathering x = { .registry = r, .g = { .order = r->order } };
    prom_err e = prom__registry_roll(r, &roll);
    if (e)
        return e;
    e = prom__snapshot_new(r->spare, &x.g.snapshot);
    for (size_t i = 0; i < roll->n && !e; i++)
        e = collect(&x, roll->object[i]);
    prom__vec_collected(&x.g);
    if (!e)
        e = prom__snapshot_seal(x.g.snapshot, r->order);
    prom__roll_drop(roll); /* the families name their collectors until here */
    if (e)
        prom_unref(x.g.snapshot);
    else
        *out = x.g.snapshot;
    return e;
}

static prom_err poll_one(void *object)
{
    if (prom__is_vec(object))
        return prom__vec_poll(object);
    bool mine = prom__is_collector(object) && prom__collector_mine(object);
    return mine ? prom__collector_poll(object) : PROM_OK;
}

prom_err prom_poll(prom_registry *r)
{
    prom__roll *roll;
    if (!r)
        return prom_fail(PROM_E_INVAL, "there is no registry to poll");
    prom_err first = prom__registry_roll(r, &roll);
    if (first)
        return first;
    char said[512] = "";
    for (size_t i = 0; i < roll->n; i++) {
        prom_err e = poll_one(roll->object[i]);
        if (e && !first) {
            first = e;
            snprintf(said, sizeof said, "%s", prom_error(e));
        }
    }
    prom__roll_drop(roll);
    return first ? prom_fail(first, "%s", said) : PROM_OK;
}
