// SPDX-License-Identifier: Apache-2.0
/* view.c - families with some labels set, and what else a prom_vec * of a user may be. */
#include "base/alloc.h"
#include "key.h"

#include <string.h>

static void destroy(void *self)
{
    prom__view *view = self;
    prom_unref(view->of);
    prom__free(view);
}

const prom__class prom__view_class = { .name = "view", .destroy = destroy };

prom__reach prom__vec_reach(prom_vec *v)
{
    prom__reach at = { 0 };
    if (prom__vec_traits(v) & PROM__VEC_VIEW) {
        at.view = (const prom__view *)(void *)v;
        v = at.view->of;
    }
    if (prom__vec_traits(v) & PROM__VEC_FRESH) {
        prom__fresh *fresh = (prom__fresh *)(void *)v;
        at.vec = fresh->vec;
        at.children = &fresh->children;
    } else {
        at.vec = v;
        at.children = &v->children;
    }
    return at;
}

/* --- making ------------------------------------------------------------- */

/* What a view of these values has behind it: values, names and places of what is left, text. */
static size_t size_of(const prom_str *values, size_t n)
{
    size_t size = sizeof(prom__view) + n * sizeof *values;
    for (size_t i = 0; i < n; i++)
        size += prom__is_any(values[i]) ? sizeof(char *) + sizeof(size_t) : values[i].n;
    return size + sizeof(char *); /* the end of the names */
}

static void fill(prom__view *view, const prom_opts *family, const prom_str *from, size_t n)
{
    prom_str *values = (prom_str *)(void *)(view + 1);
    size_t *left = (size_t *)(void *)(values + n), k = 0;
    for (size_t i = 0; i < n; i++)
        k += prom__is_any(from[i]);
    const char **names = (const char **)(void *)(left + k);
    char *text = (char *)(names + k + 1);
    view->n_left = k;
    view->left = left;
    view->values = values;
    view->opts = *family;
    view->opts.labels = names;
    for (size_t i = 0; i < n; i++) {
        values[i] = from[i];
        if (prom__is_any(from[i])) {
            *left++ = i;
            *names++ = family->labels[i];
            continue;
        }
        if (from[i].n)
            memcpy(text, from[i].p, from[i].n);
        values[i].p = text;
        text += from[i].n;
    }
    *names = NULL;
}

/* Now, rather than when the first child is made. */
static prom_err check_values(const prom_vec *v, const prom_str *values)
{
    const char *const *labels = v->desc->opts.labels;
    for (size_t i = 0; i < v->shape->n_values; i++) {
        prom_str name = { labels[i], strlen(labels[i]) };
        prom_err e = prom__is_any(values[i])
                         ? PROM_OK
                         : prom__label_value_check(v->desc->given, name, values[i]);
        if (e)
            return e;
    }
    return PROM_OK;
}

prom_err prom_vec_curry(prom_vec *v, const prom_label_str *labels, size_t n, prom_vec **out)
{
    prom__key k;
    *out = NULL;
    prom_err e = prom__key_of_some(&k, v, labels, n);
    if (e)
        return e;
    const prom_vec *family = k.at.vec;
    prom__view *view = NULL;
    e = check_values(family, k.values);
    if (!e) {
        view = prom__alloc(size_of(k.values, family->shape->n_values));
        e = view ? PROM_OK : prom__no_memory("a view of a family");
    }
    if (!e) {
        prom__object_init(&view->object, &prom__view_class);
        atomic_init(&view->object.tag, PROM__VEC_VIEW);
        view->of = prom_ref(k.at.view ? k.at.view->of : v);
        fill(view, &family->desc->opts, k.values, family->shape->n_values);
        *out = (prom_vec *)(void *)view;
    }
    prom__key_free(&k);
    return e;
}
