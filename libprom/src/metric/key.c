// SPDX-License-Identifier: Apache-2.0
#include "key.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

static prom_err begin(prom__key *k, prom_vec *v)
{
    k->values = NULL;
    k->room.more = (prom__arena){ NULL, 512 };
    k->room.used = 0;
    if (!v)
        return prom_fail(PROM_E_INVAL, "there is no family for these label values");
    k->at = prom__vec_reach(v);
    return PROM_OK;
}

void prom__key_free(prom__key *k)
{
    if (k->room.more.block)
        prom__arena_free(&k->room.more);
}

/* All values, those that the view has set, and any for the others. */
static prom_str *start(prom__key *k)
{
    size_t n = k->at.vec->shape->n_values;
    prom_str *values =
        n <= PROM__KEY_FEW ? k->few : prom__arena_alloc(&k->room.more, n * sizeof *values);
    for (size_t i = 0; values && i < n; i++)
        values[i] = k->at.view ? k->at.view->values[i] : PROM__ANY;
    return values;
}

/* What the view has set went through its constraint when it was set. */
static prom_err finish(prom__key *k, prom_str *values)
{
    const prom_vec *v = k->at.vec;
    const prom__constraint *c = v->desc->constraints;
    k->values = values;
    for (size_t i = 0; c && i < v->shape->n_values; i++) {
        bool is_set = k->at.view && !prom__is_any(k->at.view->values[i]);
        if (is_set || prom__is_any(values[i]))
            continue;
        prom_err e = prom__constraint_apply(&c[i], v->desc->given, v->desc->opts.labels[i],
                                            &k->room, &values[i]);
        if (e)
            return e;
    }
    return PROM_OK;
}

static prom_err ended(prom__key *k, prom_err e)
{
    if (e)
        prom__key_free(k);
    return e;
}

/* --- by position -------------------------------------------------------- */

/* Names the labels, if they are few enough for a sentence. */
static prom_err wrong_count(const prom_vec *v, const char *given, size_t want, size_t n)
{
    const char *const *labels = prom_vec_opts(v)->labels;
    char names[300] = "";
    size_t at = 0;
    for (size_t i = 0; i < want && want <= 8 && at < sizeof names - 1; i++) {
        int k = snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : " (", labels[i]);
        at += k > 0 ? (size_t)k : 0;
    }
    names[prom__utf8_cut(names, strlen(names), sizeof names - 1)] = '\0';
    return prom_fail(PROM_E_LABELS, "'%s' takes %zu label value%s%s%s, not %zu", given, want,
                     want == 1 ? "" : "s", names, *names ? ")" : "", n);
}

static prom_err take_values(prom__key *k, prom_vec *v, const prom_str *values, size_t n)
{
    const prom__view *view = k->at.view;
    const prom_vec *family = k->at.vec;
    size_t want = view ? view->n_left : family->shape->n_values;
    if (n != want)
        return wrong_count(v, family->desc->given, want, n);
    if (!view && !family->desc->constraints) {
        k->values = values;
        return PROM_OK;
    }
    prom_str *all = start(k);
    if (!all)
        return prom__no_memory("label values");
    for (size_t i = 0; i < n; i++)
        all[view ? view->left[i] : i] = values[i];
    return finish(k, all);
}

prom_err prom__key_of_values(prom__key *k, prom_vec *v, const prom_str *values, size_t n)
{
    prom_err e = begin(k, v);
    return ended(k, e ? e : take_values(k, v, values, n));
}

/* --- by name ------------------------------------------------------------ */

static size_t place_of(const prom_vec *family, prom_str name)
{
    const char *const *labels = family->desc->opts.labels;
    for (size_t i = 0; i < family->shape->n_values; i++)
        if (strlen(labels[i]) == name.n && memcmp(labels[i], name.p, name.n) == 0)
            return i;
    return SIZE_MAX;
}

static prom_err take_label(prom__key *k, prom_str *values, prom_label_str label)
{
    const char *given = k->at.vec->desc->given;
    size_t place = place_of(k->at.vec, label.name);
    if (place == SIZE_MAX)
        return prom_fail(PROM_E_LABELS, "'%s' has no label '%.*s'", given,
                         (int)prom__utf8_cut(label.name.p, label.name.n, 200), label.name.p);
    const char *name = k->at.vec->desc->opts.labels[place];
    if (k->at.view && !prom__is_any(k->at.view->values[place]))
        return prom_fail(PROM_E_LABELS, "'%s': label '%s' is set already", given, name);
    if (!prom__is_any(values[place]))
        return prom_fail(PROM_E_LABELS, "'%s': label '%s' is given twice", given, name);
    values[place] = label.value;
    return PROM_OK;
}

static prom_err take_labels(prom__key *k, const prom_label_str *labels, size_t n, bool all)
{
    const prom_vec *family = k->at.vec;
    prom_str *values = start(k);
    if (!values)
        return prom__no_memory("label values");
    if (n && !labels)
        return prom_fail(PROM_E_LABELS,
                         "'%s': there are to be %zu labels, but their array is NULL",
                         family->desc->given, n);
    for (size_t i = 0; i < n; i++) {
        prom_err e = take_label(k, values, labels[i]);
        if (e)
            return e;
    }
    for (size_t i = 0; all && i < family->shape->n_values; i++)
        if (prom__is_any(values[i]))
            return prom_fail(PROM_E_LABELS, "'%s': label '%s' is missing", family->desc->given,
                             family->desc->opts.labels[i]);
    return finish(k, values);
}

prom_err prom__key_of_labels(prom__key *k, prom_vec *v, const prom_label_str *labels, size_t n)
{
    prom_err e = begin(k, v);
    return ended(k, e ? e : take_labels(k, labels, n, true));
}

prom_err prom__key_of_some(prom__key *k, prom_vec *v, const prom_label_str *labels, size_t n)
{
    prom_err e = begin(k, v);
    return ended(k, e ? e : take_labels(k, labels, n, false));
}
