// SPDX-License-Identifier: Apache-2.0
/* tree.c - registries in registries. Each knows the entries by which others hold it, so that
 * what changes in it reaches their rolls; an entry goes before the registry it holds, so these
 * need not be counted. A registry may be reached in several ways: each walk passes it once. */
#include "registry.h"
#include "roll.h"

static uint64_t walks; /* guarded by the lock */

static void outdate(prom_registry *r, bool inner)
{
    prom__roll_unref(r->roll);
    r->roll = NULL;
    r->changes++;
    if (!inner)
        return;
    prom__roll_unref(r->inner_roll);
    r->inner_roll = NULL;
    r->inner_changes++;
}

static void change(prom_registry *r, bool inner)
{
    if (r->visited == walks)
        return;
    r->visited = walks;
    outdate(r, inner);
    for (const prom__entry *e = r->holders; e; e = e->next_holder)
        change(e->home, true);
    for (prom_registry *w = r->wraps; w; w = w->next_wrap)
        change(w, inner);
}

void prom__registry_changed(prom_registry *r, bool inner)
{
    walks++;
    change(r, inner);
}

void prom__registry_link(prom_registry *r, prom__entry *e)
{
    prom_registry *inner = e->object;
    e->home = r;
    e->next_holder = inner->holders;
    inner->holders = e;
    r->n_inner++;
}

void prom__registry_unlink(prom_registry *r, prom__entry *e)
{
    prom_registry *inner = e->object;
    prom__entry **at = &inner->holders;
    while (*at != e)
        at = &(*at)->next_holder;
    *at = e->next_holder;
    r->n_inner--;
}

/* Upwards from r: there are few that hold it, but many entries in it. What is in a wrapped one
 * is in its base. */
static bool look_up(prom_registry *r, const prom_registry *inner)
{
    if (r == inner)
        return true;
    if (r->visited == walks)
        return false;
    r->visited = walks;
    for (const prom__entry *e = r->holders; e; e = e->next_holder)
        if (look_up(e->home, inner))
            return true;
    for (prom_registry *w = r->wraps; w; w = w->next_wrap)
        if (look_up(w, inner))
            return true;
    return false;
}

bool prom__registry_within(prom_registry *r, prom_registry *inner)
{
    walks++;
    return look_up(prom__registry_base(r), prom__registry_base(inner));
}
