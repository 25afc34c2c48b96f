// SPDX-License-Identifier: Apache-2.0
#include "entry.h"

#include "base/alloc.h"
#include "collector.h"

#include <string.h>

/* --- life --------------------------------------------------------------- */

static void free_claim(prom__later *l)
{
    prom__free(l); /* the first member */
}

static void free_entry(prom__later *l)
{
    prom__entry *e = (prom__entry *)(void *)l;
    for (size_t i = 0; i < e->n; i++)
        prom__free(e->member[i].claim);
    prom_unref(e->object);
    prom_unref(e->description);
    prom_unref(e->wrap);
    prom__arena_free(&e->memory);
    prom__free(e);
}

void prom__entry_free(prom__entry *e)
{
    if (e)
        free_entry(&e->later);
}

static prom__claim *claim_new(const prom__known *k)
{
    prom__claim *c = prom__alloc_zero(sizeof *c + prom__claim_set_size(k->type, k->name));
    if (c)
        prom__claim_set_write(&c->set, k->type, k->name, c->text);
    return c;
}

static prom__entry *make(size_t n)
{
    prom__entry *e = prom__alloc_zero(sizeof *e + n * sizeof *e->member);
    if (e) {
        e->refs = 1;
        e->memory.next_size = 256;
    }
    return e;
}

/* One family more of those there is room for. */
static prom_err add_member(prom__entry *e, const prom__known *k, const prom__desc *d)
{
    prom__member *m = &e->member[e->n];
    *m = (prom__member){ .known = *k, .entry = e, .desc = e->foreign ? NULL : d };
    prom_err bad = e->foreign ? prom__wrap_known(e->wrap, &e->memory, &m->known) : PROM_OK;
    if (bad)
        return bad;
    m->claim = claim_new(&m->known);
    e->n += m->claim != NULL;
    return m->claim ? PROM_OK : prom__no_memory("a metric's name");
}

prom_err prom__entry_of_desc(const prom__desc *d, prom__entry **out)
{
    prom__known k = prom__known_of(d);
    prom__entry *e = make(1);
    prom_err bad = e ? add_member(e, &k, d) : prom__no_memory("a metric's name");
    if (bad)
        prom__entry_free(e);
    else
        *out = e;
    return bad;
}

prom_err prom__entry_new(const prom__entry_opts *o, prom__entry **out)
{
    const prom__desc *d = prom__is_vec(o->object) ? ((prom_vec *)o->object)->desc : NULL;
    size_t n = o->description ? o->description->n : 0;
    prom__entry *e = make(d ? 1 : n);
    if (!e)
        return prom__no_memory("a registration");
    e->object = prom_ref(o->object);
    e->description = prom_ref(o->description);
    e->wrap = prom_ref(o->wrap);
    e->foreign = o->foreign;
    prom__known k = { .type = PROM_UNKNOWN };
    if (d)
        k = prom__known_of(d);
    prom_err bad = d ? add_member(e, &k, d) : PROM_OK;
    for (size_t i = 0; i < n && !bad; i++)
        bad = add_member(e, &o->description->known[i], NULL);
    if (bad)
        prom__entry_free(e);
    else
        *out = e;
    return bad;
}

/* --- claims ------------------------------------------------------------- */

static prom_err clash(const prom__known *k, const prom__claim_name *name, const prom__claim *c)
{
    const prom__known *other = &c->members->known;
    return prom_fail(PROM_E_EXISTS, "'%s' clashes with %s '%s': both may be exposed as '%.*s'",
                     k->given, prom_type_name(other->type), other->given, (int)name->n,
                     name->p);
}

/* May both be there, of one name? *existing: the other is a vec just like this one. */
static prom_err compare(const prom__member *there, const prom__member *m, prom_vec **existing)
{
    void *object = there->entry->object;
    bool vecs = there->desc && m->desc, apart;
    prom_err e = vecs ? prom__desc_compare(there->desc, m->desc, &apart)
                      : prom__known_compare(&there->known, &m->known, &apart);
    if (e || apart)
        return e;
    if (vecs)
        *existing = object;
    else if (prom__is_collector(object))
        return prom_fail(PROM_E_EXISTS, "'%s' is described already by collector '%s'",
                         m->known.given, prom__collector_name(object));
    else
        return prom_fail(PROM_E_EXISTS, "'%s' is registered already", m->known.given);
    return PROM_OK;
}

/* The claim that the family belongs to, NULL if its names are free, or an error if they are
 * not. */
static prom_err look_up(const prom__names *names, const prom__member *m, prom__claim **claim,
                        prom_vec **existing)
{
    const prom__claim_set *s = &m->claim->set;
    *claim = NULL;
    for (size_t i = 0; i < s->n; i++) {
        prom__claim *c = prom__names_find(names, &s->name[i]);
        if (c && strcmp(c->members->known.name, m->known.name) != 0)
            return clash(&m->known, &s->name[i], c);
        if (c)
            *claim = c;
    }
    prom_err e = PROM_OK;
    for (const prom__member *x = *claim ? (*claim)->members : NULL; x && !e; x = x->next)
        e = compare(x, m, existing);
    return e;
}

static void join(prom__names *names, prom__member *m, prom__claim *claim)
{
    prom__claim *own = m->claim;
    if (claim) {
        prom__unlock_then(&own->later, free_claim);
        m->claim = claim;
    } else {
        for (size_t i = 0; i < own->set.n; i++)
            prom__names_put(names, &own->set.name[i], own);
    }
    m->next = m->claim->members;
    m->claim->members = m;
}

static void leave(prom__names *names, prom__member *m)
{
    prom__claim *c = m->claim;
    prom__member **at = &c->members;
    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    m->claim = NULL;
    if (c->members)
        return;
    for (size_t i = 0; i < c->set.n; i++)
        prom__names_remove(names, &c->set.name[i]);
    prom__unlock_then(&c->later, free_claim);
}

prom_err prom__entry_match(const prom__names *names, const prom__entry *e, prom_vec **existing)
{
    prom__claim *claim;
    prom_err bad = PROM_OK;
    *existing = NULL;
    for (size_t i = 0; i < e->n && !bad; i++)
        bad = look_up(names, &e->member[i], &claim, existing);
    return bad;
}

prom_err prom__entry_claim(prom__names *names, prom__entry *e, prom_vec **existing)
{
    *existing = NULL;
    for (size_t i = 0; i < e->n; i++) {
        prom__claim *claim;
        prom_err bad = look_up(names, &e->member[i], &claim, existing);
        if (!bad && !*existing) {
            join(names, &e->member[i], claim);
            continue;
        }
        while (i-- > 0)
            leave(names, &e->member[i]);
        return bad;
    }
    return PROM_OK;
}

prom__entry *prom__entry_ref(prom__entry *e)
{
    e->refs++;
    return e;
}

void prom__entry_unref(prom__entry *e)
{
    if (--e->refs == 0)
        prom__unlock_then(&e->later, free_entry);
}

void prom__entry_drop(prom__names *names, prom__entry *e)
{
    for (size_t i = 0; i < e->n; i++)
        leave(names, &e->member[i]);
    prom__entry_unref(e);
}
