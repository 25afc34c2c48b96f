// SPDX-License-Identifier: Apache-2.0
#include "constraint.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "shape.h"

#include <stdlib.h>
#include <string.h>

static int compare(prom_str a, prom_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int compare_elements(const void *a, const void *b)
{
    return compare(*(const prom_str *)a, *(const prom_str *)b);
}

/* --- taking ------------------------------------------------------------- */

/* Both as the user sees it again in prom_vec_opts and as look-ups use it. */
static prom_err copy_list(prom_constraint *theirs, const char *metric, prom__arena *a,
                          prom__constraint *ours)
{
    prom_str label = { theirs->label, strlen(theirs->label) };
    const char *otherwise = theirs->otherwise ? theirs->otherwise : "other";
    size_t n = 0;
    while (theirs->allowed[n])
        n++;
    prom_str *sorted = prom__arena_alloc(a, (n + 1) * sizeof *sorted);
    const char **copy = prom__arena_alloc(a, (n + 1) * sizeof *copy);
    if (!sorted || !copy)
        return prom__no_memory("a constraint");
    for (size_t i = 0; i <= n; i++) {
        const char *from = i < n ? theirs->allowed[i] : otherwise;
        size_t length = strlen(from);
        prom_err e = prom__label_value_check(metric, label, (prom_str){ from, length });
        if (e)
            return e;
        copy[i] = prom__arena_copy(a, from, length);
        if (!copy[i])
            return prom__no_memory("a constraint");
        sorted[i] = (prom_str){ copy[i], length };
    }
    ours->otherwise = sorted[n];
    theirs->otherwise = copy[n];
    copy[n] = NULL;
    theirs->allowed = copy;
    qsort(sorted, n, sizeof *sorted, compare_elements);
    ours->allowed = sorted;
    ours->n_allowed = n;
    return PROM_OK;
}

static size_t place_of(const char *const *labels, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(labels[i], name) == 0)
            return i;
    return SIZE_MAX;
}

static prom_err take_one(prom_constraint *c, const char *metric, const char *const *labels,
                         size_t n_labels, prom__arena *a, prom__constraint *all)
{
    size_t place = place_of(labels, n_labels, c->label);
    if (place == SIZE_MAX)
        return prom_fail(PROM_E_LABELS, "'%s' has no label '%.*s' that could be constrained",
                         metric, (int)prom__utf8_cut(c->label, strlen(c->label), 200),
                         c->label);
    prom__constraint *ours = &all[place];
    if (ours->allowed || ours->apply)
        return prom_fail(PROM_E_LABELS, "'%s': label '%s' is constrained twice", metric,
                         c->label);
    if (!c->allowed == !c->apply)
        return prom_fail(PROM_E_INVAL,
                         "'%s': the constraint of label '%s' needs either a list or a function",
                         metric, c->label);
    c->label = labels[place];
    if (c->allowed)
        return copy_list(c, metric, a, ours);
    c->otherwise = NULL; /* it is the list's */
    ours->apply = c->apply;
    ours->data = c->data;
    return PROM_OK;
}

prom_err prom__constraints_take(prom_opts *o, const char *metric, size_t n_labels,
                                prom__arena *a, const prom__constraint **out)
{
    size_t n = 0;
    *out = NULL;
    while (o->constraints && o->constraints[n].label)
        n++;
    if (!n) {
        o->constraints = NULL;
        return PROM_OK;
    }
    prom_constraint *copy = prom__arena_alloc(a, (n + 1) * sizeof *copy);
    prom__constraint *all = prom__arena_alloc(a, (n_labels + 1) * sizeof *all);
    if (!copy || !all)
        return prom__no_memory("a constraint");
    memcpy(copy, o->constraints, n * sizeof *copy);
    copy[n] = (prom_constraint){ 0 };
    memset(all, 0, (n_labels + 1) * sizeof *all);
    for (size_t i = 0; i < n; i++) {
        prom_err e = take_one(&copy[i], metric, o->labels, n_labels, a, all);
        if (e)
            return e;
    }
    o->constraints = copy;
    *out = all;
    return PROM_OK;
}

static bool same(const prom__constraint *a, const prom__constraint *b)
{
    if (!a->allowed != !b->allowed || a->n_allowed != b->n_allowed || a->apply != b->apply ||
        a->data != b->data || compare(a->otherwise, b->otherwise) != 0)
        return false;
    for (size_t i = 0; i < a->n_allowed; i++)
        if (compare(a->allowed[i], b->allowed[i]) != 0)
            return false;
    return true;
}

bool prom__constraints_same(const prom__constraint *a, const prom__constraint *b, size_t n)
{
    bool all = !a == !b;
    for (size_t i = 0; a && all && i < n; i++)
        all = same(&a[i], &b[i]);
    return all;
}

/* --- applying ----------------------------------------------------------- */

static prom_err call(const prom__constraint *c, const char *metric, const char *label,
                     prom__constraint_room *room, prom_str *value)
{
    enum { ROUNDS = 8 };
    char *out = room->few + room->used;
    size_t cap = sizeof room->few - room->used;
    size_t n = c->apply(c->data, *value, out, cap);
    if (n <= cap)
        room->used += n;
    for (int i = 0; n > cap && i < ROUNDS; i++) {
        cap = n;
        out = prom__arena_alloc(&room->more, cap);
        if (!out)
            return prom__no_memory("a label value");
        n = c->apply(c->data, *value, out, cap);
    }
    if (n > cap)
        return prom_fail(
            PROM_E_LABELS,
            "'%s': the constraint of label '%s' asks for more room again and again", metric,
            label);
    *value = (prom_str){ out, n };
    return PROM_OK;
}

prom_err prom__constraint_apply(const prom__constraint *c, const char *metric,
                                const char *label, prom__constraint_room *room, prom_str *value)
{
    if (c->apply)
        return call(c, metric, label, room, value);
    if (c->allowed &&
        !bsearch(value, c->allowed, c->n_allowed, sizeof *value, compare_elements))
        *value = c->otherwise;
    return PROM_OK;
}
