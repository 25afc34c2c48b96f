// SPDX-License-Identifier: Apache-2.0
/* preset.c - children for all combinations of label values. */
#include "base/alloc.h"
#include "key.h"

#include <string.h>

enum { MOST = 1000000 };

typedef struct combinations {
    prom_label_str *labels; /* the one at hand */
    size_t *place, *n;      /* of its values, and how many there are */
    size_t n_labels, total;
    prom__child **made; /* with a reference each */
    size_t n_made;
    prom__arena memory;
} combinations;

static prom_err count(combinations *c, prom_vec *v, const prom_label_values *labels)
{
    const char *given = prom__vec_behind(v)->desc->given;
    c->total = 1;
    for (size_t i = 0; i < c->n_labels; i++) {
        if (!labels[i].name || !labels[i].values)
            return prom_fail(PROM_E_INVAL, "'%s': a label has no name or no list of values",
                             given);
        c->labels[i].name = (prom_str){ labels[i].name, strlen(labels[i].name) };
        c->labels[i].value = (prom_str){ "", 0 };
        c->place[i] = c->n[i] = 0;
        while (labels[i].values[c->n[i]])
            c->n[i]++;
        c->total *= c->n[i];
        if (c->total > MOST)
            return prom_fail(PROM_E_INVAL,
                             "'%s': there are more than %d combinations of values", given,
                             MOST);
    }
    return PROM_OK;
}

static void choose(combinations *c, const prom_label_values *labels)
{
    for (size_t i = 0; i < c->n_labels; i++) {
        const char *value = labels[i].values[c->place[i]];
        c->labels[i].value = (prom_str){ value, strlen(value) };
    }
}

/* The last label's values change fastest. */
static void advance(combinations *c)
{
    for (size_t i = c->n_labels; i-- > 0;) {
        if (++c->place[i] < c->n[i])
            return;
        c->place[i] = 0;
    }
}

static prom_err make(combinations *c, prom_vec *v)
{
    prom__key k;
    void *child = NULL;
    bool made = false;
    prom_err e = prom__key_of_labels(&k, v, c->labels, c->n_labels);
    if (e)
        return e;
    e = prom__children_with(k.at.children, k.values, &child, &made);
    prom__key_free(&k);
    if (made)
        c->made[c->n_made++] = child;
    else
        prom_unref(child);
    return e;
}

/* Takes back what was made, unless somebody has removed it already. */
static void undo(combinations *c, prom__children *set)
{
    prom__lock();
    prom__vec_settle(set->vec);
    for (size_t i = 0; i < c->n_made; i++) {
        size_t slot = prom__table_place(atomic_load_explicit(&set->table, memory_order_relaxed),
                                        c->made[i]);
        if (slot != SIZE_MAX)
            prom__children_unlink(set, slot);
        if ((i + 1) % PROM__STORE_AT_ONCE == 0) {
            prom__lock_pause();
            prom__vec_settle(set->vec);
        }
    }
    prom__unlock();
    prom__children_sweep_if_worth(set);
}

static prom_err make_all(combinations *c, prom_vec *v, const prom_label_values *labels)
{
    prom_err e = PROM_OK;
    if (!c->total) { /* the names are checked all the same */
        prom__key k;
        e = prom__key_of_labels(&k, v, c->labels, c->n_labels);
        if (!e)
            prom__key_free(&k);
        return e;
    }
    c->made = prom__alloc(prom__size_times(c->total, sizeof *c->made));
    if (!c->made)
        return prom__no_memory("combinations of label values");
    for (size_t i = 0; i < c->total && !e; i++) {
        choose(c, labels);
        e = make(c, v);
        advance(c);
    }
    if (e)
        undo(c, prom__vec_reach(v).children);
    for (size_t i = 0; i < c->n_made; i++)
        prom_unref(c->made[i]);
    prom__free(c->made);
    return e;
}

prom_err prom_vec_preset(prom_vec *v, const prom_label_values *labels, size_t n)
{
    if (!v)
        return prom_fail(PROM_E_INVAL, "there is no family for these label values");
    if (n && !labels)
        return prom_fail(PROM_E_LABELS,
                         "'%s': there are to be %zu labels, but their array is NULL",
                         prom__vec_behind(v)->desc->given, n);
    combinations c = { .n_labels = n, .memory = { NULL, 512 } };
    c.labels = prom__arena_alloc(&c.memory, prom__size_times(n, sizeof *c.labels));
    c.place = prom__arena_alloc(&c.memory, prom__size_times(n, sizeof *c.place));
    c.n = prom__arena_alloc(&c.memory, prom__size_times(n, sizeof *c.n));
    prom_err e = c.labels && c.place && c.n ? count(&c, v, labels)
                                            : prom__no_memory("combinations of label values");
    if (!e)
        e = make_all(&c, v, labels);
    prom__arena_free(&c.memory);
    return e;
}
