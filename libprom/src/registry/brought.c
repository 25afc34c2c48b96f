// SPDX-License-Identifier: Apache-2.0
#include "brought.h"

#include "base/alloc.h"

#include <string.h>

static prom_err make_room(prom__brought *b)
{
    if ((b->names.n + PROM__CLAIM_NAMES) * 2 <= b->names.size)
        return PROM_OK;
    size_t size = b->names.size ? 2 * b->names.size : 64;
    prom__names larger = { NULL, 0, size };
    larger.entry = prom__arena_alloc(&b->snapshot->arena, size * sizeof *larger.entry);
    if (!larger.entry)
        return prom__no_memory("a gather");
    memset(larger.entry, 0, size * sizeof *larger.entry);
    prom__names_move(&b->names, &larger);
    b->names = larger;
    return PROM_OK;
}

static prom__known known_of(const prom__family *f)
{
    return (prom__known){ f->pub.type, f->pub.name, f->pub.name,
                          f->pub.help, f->pub.unit, f->shape };
}

static bool fits(prom__brought *b, const prom__family *f, const prom__claim_set *s)
{
    prom__known k = known_of(f);
    bool ok = true;
    for (size_t i = 0; i < b->n_rolls && ok; i++)
        ok = prom__roll_admits(b->roll[i], &k, s, b->said);
    for (size_t i = 0; i < s->n && ok; i++) {
        const prom__family *other = prom__names_find(&b->names, &s->name[i]);
        if (!other)
            continue;
        prom__known there = known_of(other);
        ok = prom__known_joins(&there, &k, b->said);
    }
    return ok;
}

static void put_names(prom__brought *b, const prom__claim_set *s, prom__family *f)
{
    for (size_t i = 0; i < s->n; i++)
        if (!prom__names_find(&b->names, &s->name[i]))
            prom__names_put(&b->names, &s->name[i], f);
}

/* Takes back what families from `first` on have put. */
static void remove_names(prom__brought *b, const prom__claim_set *sets, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sets[i].n; k++) {
            const prom__claim_name *name = &sets[i].name[k];
            if (prom__names_find(&b->names, name) == b->snapshot->families[first + i])
                prom__names_remove(&b->names, name);
        }
}

prom_err prom__brought_check(prom__brought *b, size_t first, const char *who, const char *from)
{
    prom_snapshot *s = b->snapshot;
    size_t n = s->n_families - first;
    prom__claim_set *sets = prom__arena_alloc(&s->arena, (n + 1) * sizeof *sets);
    if (!sets)
        return prom__no_memory("a gather");
    for (size_t i = 0; i < n; i++) {
        prom__family *f = s->families[first + i];
        size_t size = prom__claim_set_size(f->pub.type, f->pub.name);
        char *text = prom__arena_alloc(&s->arena, size);
        prom_err e = text ? make_room(b) : prom__no_memory("a gather");
        if (e)
            return e;
        prom__claim_set_write(&sets[i], f->pub.type, f->pub.name, text);
        if (!fits(b, f, &sets[i])) {
            remove_names(b, sets, first, i);
            s->n_families = first;
            return prom__snapshot_add_error(s, "%s%s%s", who, *who ? ": " : "", b->said);
        }
        f->from = from;
        put_names(b, &sets[i], f);
    }
    return PROM_OK;
}
