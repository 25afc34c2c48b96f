// SPDX-License-Identifier: Apache-2.0
/* walk.c - over the table of a vec, in steps.
 *
 * A removal by somebody else, between two steps, may move a child from a slot that is still to
 * come to one that is past: then the walk begins anew, in steps twice as long, so that it comes
 * to an end however busy others are. */
#include "vec.h"

static void from_the_start(prom__walk *w)
{
    w->table = atomic_load_explicit(&w->set->table, memory_order_relaxed);
    w->removals = w->set->removals;
    w->next = 0;
}

prom__walk prom__walk_begin(prom__children *set)
{
    prom__walk w = { .set = set, .at_once = PROM__STORE_AT_ONCE, .left = PROM__STORE_AT_ONCE };
    from_the_start(&w);
    return w;
}

static void pause(prom__walk *w)
{
    prom__lock_pause();
    prom__vec_settle(w->set->vec);
    if (w->removals != w->set->removals ||
        w->table != atomic_load_explicit(&w->set->table, memory_order_relaxed)) {
        from_the_start(w);
        w->at_once *= 2;
        w->again = true;
    }
    w->left = w->at_once;
}

prom__child *prom__walk_next(prom__walk *w)
{
    while (w->next <= w->table->mask) {
        if (!w->left) {
            pause(w);
            continue;
        }
        w->left--;
        prom__child *c = atomic_load_explicit(&w->table->slot[w->next++], memory_order_relaxed);
        if (c)
            return c;
    }
    return NULL;
}

void prom__walk_unlink(prom__walk *w)
{
    prom__children_unlink(w->set, --w->next); /* which may move another child into this slot */
    w->removals = w->set->removals;
}
