// SPDX-License-Identifier: Apache-2.0
/* each.c - the children of a family, one after the other as a gather shows them. */
#include "base/alloc.h"
#include "vec.h"

#include <string.h>

typedef struct iteration {
    prom__reach at;
    prom_err (*each)(void *data, void *child, const prom_label_str *labels, size_t n);
    void *data;
    size_t n_labels;
    prom_label_str *labels; /* those that the user sees */
    prom_str *values;       /* of all labels of the family that vary */
    prom__arena memory, text;
} iteration;

/* In the order of the family's labels, without escapes. */
static prom_err read_values(iteration *it, const prom__series *s)
{
    prom__label_cursor c = { it->at.vec->shape, s, 0, 0, 0 };
    prom_str name, value;
    prom__arena_reset(&it->text);
    while (prom__label_next(&c, &name, &value)) {
        const prom__shape_label *label = &c.shape->label[c.i - 1];
        if (label->constant.p)
            continue;
        if (s->head.escapes) {
            char *plain = prom__arena_alloc(&it->text, value.n);
            if (!plain)
                return prom__no_memory("label values");
            value = (prom_str){ plain, prom__unescape(value.p, value.n, plain) };
        }
        it->values[label->value] = value;
    }
    return PROM_OK;
}

/* The child is looked up, for a record does not know it; one that is gone is passed over. */
static prom_err visit(iteration *it, const prom__series *s)
{
    const prom__view *view = it->at.view;
    if (atomic_load_explicit(&s->head.removed, memory_order_relaxed) ||
        (view && !prom__series_match(s, it->at.vec->shape, view->values)))
        return PROM_OK;
    prom_err e = read_values(it, s);
    if (e)
        return e;
    prom__child *child = prom__children_see(it->at.children, it->values);
    if (!child)
        return PROM_OK;
    for (size_t i = 0; i < it->n_labels; i++)
        it->labels[i].value = it->values[view ? view->left[i] : i];
    if (child->series == s)
        e = it->each(it->data, child, it->labels, it->n_labels);
    prom_unref(child);
    return e;
}

static prom_err visit_all(iteration *it)
{
    prom__list *l;
    size_t n;
    prom_err e = prom__children_view(it->at.children, &l, &n);
    if (e)
        return e;
    for (size_t i = 0; i < n && !e; i++)
        e = visit(it, l->item[i]);
    prom__lock();
    prom__list_unref(l);
    prom__unlock();
    return e;
}

static prom_err prepare(iteration *it, const char *const *names)
{
    while (names[it->n_labels])
        it->n_labels++;
    size_t n_values = it->at.vec->shape->n_values;
    it->labels = prom__arena_alloc(&it->memory, it->n_labels * sizeof *it->labels);
    it->values = prom__arena_alloc(&it->memory, n_values * sizeof *it->values);
    if (!it->labels || !it->values)
        return prom__no_memory("labels");
    for (size_t i = 0; i < it->n_labels; i++)
        it->labels[i].name = (prom_str){ names[i], strlen(names[i]) };
    return PROM_OK;
}

prom_err prom_vec_each(prom_vec *v,
                       prom_err (*each)(void *data, void *child, const prom_label_str *labels,
                                        size_t n),
                       void *data)
{
    if (!v || !each)
        return prom_fail(PROM_E_INVAL, "a family and a function are needed to see its series");
    iteration it = { .at = prom__vec_reach(v), .each = each, .data = data };
    prom__store *store = it.at.vec->store;
    it.memory.next_size = it.text.next_size = 512;
    prom_ref(v); /* each() may let go of it */
    prom__store_pin *pin = prom__alloc(sizeof *pin);
    prom_err e = pin ? prepare(&it, prom_vec_opts(v)->labels) : prom__no_memory("a walk");
    if (!e) {
        prom__store_pin_add(store, pin);
        e = visit_all(&it);
        prom__store_pin_drop(store, pin);
    }
    prom__free(pin);
    prom__arena_free(&it.memory);
    prom__arena_free(&it.text);
    prom_unref(v);
    return e;
}
