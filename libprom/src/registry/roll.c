// SPDX-License-Identifier: Apache-2.0
#include "roll.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- life --------------------------------------------------------------- */

static void free_roll(prom__later *l)
{
    prom__roll *roll = (prom__roll *)(void *)l;
    for (size_t i = 0; i < roll->n; i++) {
        prom_unref(roll->item[i].object);
        prom_unref(roll->item[i].description);
    }
    for (size_t i = 0; i < roll->n_paths; i++)
        prom_unref(roll->paths[i].wrap);
    prom__arena_free(&roll->memory);
    prom__free(roll);
}

void prom__roll_unref(prom__roll *roll)
{
    if (roll && --roll->refs == 0)
        prom__unlock_then(&roll->later, free_roll);
}

void prom__roll_drop(prom__roll *roll)
{
    prom__lock();
    prom__roll_unref(roll);
    prom__unlock();
}

/* --- what is registered -------------------------------------------------- */

/* Walked twice with the lock held: to count, then to fill. */
typedef struct walk {
    prom__roll *roll; /* NULL: only counting */
    bool only_inner;
    size_t items, paths;
} walk;

static void visit(walk *w, const prom_registry *r, const prom__path *outer, bool inner);

static const prom__path *visit_path(walk *w, const prom__entry *e, const prom__path *outer)
{
    size_t i = w->paths++;
    if (!w->roll)
        return outer;
    w->roll->paths[i] = (prom__path){ prom_ref(e->wrap), outer };
    w->roll->n_paths = w->paths;
    return &w->roll->paths[i];
}

static void visit_entry(walk *w, const prom__entry *e, const prom__path *outer, bool inner)
{
    const prom__path *path = e->foreign ? visit_path(w, e, outer) : outer;
    if (prom__is_registry(e->object)) {
        visit(w, e->object, path, true);
        return;
    }
    if (w->only_inner && !inner)
        return;
    size_t i = w->items++;
    if (!w->roll)
        return;
    w->roll->item[i] = (prom__item){ .object = prom_ref(e->object),
                                     .description = prom_ref(e->description),
                                     .path = path,
                                     .inner = inner };
    w->roll->n = w->items;
}

static void visit(walk *w, const prom_registry *r, const prom__path *outer, bool inner)
{
    const prom_registry *base = r->base ? r->base : r;
    for (size_t i = 0; i < base->n; i++)
        if (prom__wrap_within(base->entry[i]->wrap, r->wrap))
            visit_entry(w, base->entry[i], outer, inner);
}

/* false: no memory. *changes: of the moment at which it was filled. */
static bool fill(prom_registry *r, bool inner, prom__roll *roll, uint64_t *changes)
{
    for (;;) {
        walk count = { NULL, inner, 0, 0 }, now = count, w = { roll, inner, 0, 0 };
        prom__lock();
        visit(&count, r, NULL, false);
        prom__unlock();
        roll->item = prom__arena_alloc(&roll->memory, (count.items + 1) * sizeof *roll->item);
        roll->sorted =
            prom__arena_alloc(&roll->memory, (count.items + 1) * sizeof(prom__item *));
        roll->paths = prom__arena_alloc(&roll->memory, (count.paths + 1) * sizeof *roll->paths);
        if (!roll->item || !roll->sorted || !roll->paths)
            return false;
        prom__lock();
        visit(&now, r, NULL, false);
        bool fits = now.items <= count.items && now.paths <= count.paths;
        if (fits)
            visit(&w, r, NULL, false);
        *changes = inner ? r->inner_changes : r->changes;
        prom__unlock();
        if (fits)
            return true;
    }
}

/* --- what is known of it ------------------------------------------------- */

static size_t count_known(const prom__item *i)
{
    return prom__is_vec(i->object) ? 1 : i->description ? i->description->n : 0;
}

static prom_err expect(prom__roll *roll, prom__item *i, const prom__known *k)
{
    prom__expected *x = &roll->expected[roll->n_expected];
    *x = (prom__expected){ .known = *k, .item = i, .number = roll->n_expected };
    prom_err e = PROM_OK;
    for (const prom__path *p = i->path; p && !e; p = p->outer)
        e = prom__wrap_known(p->wrap, &roll->memory, &x->known);
    if (e == PROM_E_LABELS || e == PROM_E_NAME) { /* a later wrap has a label of this one */
        i->clash = prom__arena_copy(&roll->memory, prom_error(e), strlen(prom_error(e)));
        e = i->clash ? PROM_OK : prom__no_memory("a gather");
    }
    size_t size = prom__claim_set_size(x->known.type, x->known.name);
    char *text = e ? NULL : prom__arena_alloc(&roll->memory, size);
    if (!text)
        return prom__no_memory("a gather");
    prom__claim_set_write(&x->set, x->known.type, x->known.name, text);
    roll->n_expected++;
    return PROM_OK;
}

static prom_err expect_all(prom__roll *roll)
{
    size_t n = 0;
    for (size_t i = 0; i < roll->n; i++)
        n += count_known(&roll->item[i]);
    prom_err e = PROM_OK;
    roll->expected = prom__arena_alloc(&roll->memory, (n + 1) * sizeof *roll->expected);
    if (!roll->expected)
        return prom__no_memory("a gather");
    for (size_t i = 0; i < roll->n && !e; i++) {
        prom__item *item = &roll->item[i];
        item->expected = &roll->expected[roll->n_expected];
        item->n = count_known(item);
        for (size_t k = 0; k < item->n && !e; k++) {
            prom__known known = item->description
                                    ? item->description->known[k]
                                    : prom__known_of(((prom_vec *)item->object)->desc);
            e = expect(roll, item, &known);
        }
    }
    return e;
}

/* --- names ---------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return !a || !b || strcmp(a, b) == 0;
}

bool prom__known_joins(const prom__known *there, const prom__known *k, char *said)
{
    bool same = strcmp(there->name, k->name) == 0 && there->type == k->type;
    bool help = same_text(there->help, k->help), unit = same_text(there->unit, k->unit);
    if (same && help && unit)
        return true;
    int n = (int)prom__utf8_cut(k->name, strlen(k->name), 150);
    int m = (int)prom__utf8_cut(there->name, strlen(there->name), 150);
    if (same)
        snprintf(said, PROM__ROLL_SAID, "%s '%.*s' is there with another %s",
                 prom_type_name(k->type), n, k->name, help ? "unit" : "help text");
    else
        snprintf(said, PROM__ROLL_SAID, "%s '%.*s' clashes with %s '%.*s'",
                 prom_type_name(k->type), n, k->name, prom_type_name(there->type), m,
                 there->name);
    return false;
}

bool prom__roll_admits(const prom__roll *roll, const prom__known *k, const prom__claim_set *s,
                       char *said)
{
    bool ok = true;
    for (size_t i = 0; i < s->n && ok; i++) {
        const prom__expected *x = prom__names_find(&roll->names, &s->name[i]);
        ok = !x || prom__known_joins(&x->known, k, said);
    }
    return ok;
}

static void take_names(prom__roll *roll, prom__expected *x)
{
    x->owner = x;
    for (size_t i = 0; i < x->set.n; i++) {
        prom__expected *owner = prom__names_find(&roll->names, &x->set.name[i]);
        if (owner) {
            x->owner = owner;
            x->next = owner->next;
            owner->next = x;
            return;
        }
    }
    for (size_t i = 0; i < x->set.n; i++)
        prom__names_put(&roll->names, &x->set.name[i], x);
}

/* Within one registry no two clash, but they may in several. The names of what is left out are
 * not taken. */
static prom_err check_item(prom__roll *roll, prom__item *i)
{
    char said[PROM__ROLL_SAID];
    for (size_t k = 0; k < i->n && !i->clash; k++) {
        const prom__expected *x = &i->expected[k];
        if (prom__roll_admits(roll, &x->known, &x->set, said))
            continue;
        i->clash = prom__arena_copy(&roll->memory, said, strlen(said));
        if (!i->clash)
            return prom__no_memory("a gather");
    }
    for (size_t k = 0; k < i->n && !i->clash; k++)
        take_names(roll, &i->expected[k]);
    return PROM_OK;
}

static prom_err check_all(prom__roll *roll)
{
    size_t n = 0, size = 16;
    for (size_t i = 0; i < roll->n_expected; i++)
        n += roll->expected[i].set.n;
    while (size / 2 <= n)
        size *= 2;
    roll->names = (prom__names){ NULL, 0, size };
    roll->names.entry =
        prom__arena_alloc(&roll->memory, prom__size_times(size, sizeof *roll->names.entry));
    if (!roll->names.entry)
        return prom__no_memory("a gather");
    memset(roll->names.entry, 0, size * sizeof *roll->names.entry);
    prom_err e = PROM_OK;
    for (size_t i = 0; i < roll->n && !e; i++)
        e = check_item(roll, &roll->item[i]);
    return e;
}

static prom_err exists(const prom__known *k, const prom__known *there,
                       const prom__claim_name *name)
{
    return prom_fail(PROM_E_EXISTS, "'%s' clashes with %s '%s': both may be exposed as '%.*s'",
                     k->given, prom_type_name(there->type), there->given, (int)name->n,
                     name->p);
}

prom_err prom__roll_check(const prom__roll *roll, const prom__known *k,
                          const prom__claim_set *s)
{
    const prom__expected *owner = NULL;
    for (size_t i = 0; i < s->n; i++) {
        const prom__expected *x = prom__names_find(&roll->names, &s->name[i]);
        if (x && strcmp(x->known.name, k->name) != 0)
            return exists(k, &x->known, &s->name[i]);
        if (x)
            owner = x;
    }
    prom_err e = PROM_OK;
    for (const prom__expected *x = owner; x && !e; x = x->next) {
        bool apart;
        e = prom__known_compare(&x->known, k, &apart);
        if (!e && !apart)
            e = prom_fail(PROM_E_EXISTS, "'%s' is registered already", k->given);
    }
    return e;
}

/* --- the whole ------------------------------------------------------------ */

static const char *sort_key(const prom__item *i)
{
    return prom__is_vec(i->object) ? i->expected->known.name : NULL;
}

static int by_name(const void *a, const void *b)
{
    const prom__item *i = *(prom__item *const *)a, *k = *(prom__item *const *)b;
    const char *x = sort_key(i), *y = sort_key(k);
    int c = x && y ? strcmp(x, y) : !x - !y; /* nobody knows what collectors will bring */
    return c ? c : (i > k) - (i < k);
}

static prom_err make(prom_registry *r, bool inner, prom__roll **out)
{
    uint64_t changes = 0;
    prom__roll *roll = prom__alloc_zero(sizeof *roll);
    if (!roll)
        return prom__no_memory("a gather");
    roll->refs = 1;
    roll->memory.next_size = 512;
    prom_err e = fill(r, inner, roll, &changes) ? PROM_OK : prom__no_memory("a gather");
    if (!e)
        e = expect_all(roll);
    if (!e)
        e = check_all(roll);
    if (e) {
        prom__roll_drop(roll);
        return e;
    }
    for (size_t i = 0; i < roll->n; i++)
        roll->sorted[i] = &roll->item[i];
    if (roll->n)
        qsort(roll->sorted, roll->n, sizeof(prom__item *), by_name);
    prom__lock();
    prom__roll **kept = inner ? &r->inner_roll : &r->roll;
    if (!*kept && (inner ? r->inner_changes : r->changes) == changes) {
        *kept = roll;
        roll->refs++;
    }
    prom__unlock();
    *out = roll;
    return PROM_OK;
}

static prom_err get(prom_registry *r, bool inner, prom__roll **out)
{
    prom__lock();
    prom__roll *roll = inner ? r->inner_roll : r->roll;
    if (roll)
        roll->refs++;
    prom__unlock();
    *out = roll;
    return roll ? PROM_OK : make(r, inner, out);
}

prom_err prom__registry_roll(prom_registry *r, prom__roll **out)
{
    return get(r, false, out);
}

prom_err prom__registry_inner_roll(prom_registry *base, prom__roll **out)
{
    return get(base, true, out);
}
