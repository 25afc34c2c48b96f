// SPDX-License-Identifier: Apache-2.0
/* build_labels.c - the labels of a metric, and its place in the family. */
#include "base/alloc.h"
#include "builder.h"

#include <string.h>

static prom_err wrong_count(const prom_builder *b, size_t want, size_t got)
{
    return prom_fail(PROM_E_LABELS, "'%s' takes %zu label value%s, not %zu",
                     prom__builder_name(b), want, want == 1 ? "" : "s", got);
}

static prom_str *copy_values(prom_builder *b, size_t n)
{
    return prom__arena_alloc(&b->snapshot->arena, (n + 1) * sizeof(prom_str));
}

/* When they are said, so that a metric does not fail for them later. */
prom_err prom__builder_check_labels(const prom_builder *b, const prom__shape *shape,
                                    const prom_str *values, prom__built_labels *out)
{
    prom__built_labels l = { .shape = shape, .values = values };
    prom_err e = prom__series_plan_make(shape, prom__builder_name(b), values, 0, &l.plan);
    if (!e)
        *out = l;
    return e;
}

prom_err prom_build_values(prom_builder *b, const prom_str *values, size_t n)
{
    prom_err e = prom__builder_check_family(b);
    if (e)
        return e;
    if (n != b->family_shape->n_values)
        return wrong_count(b, b->family_shape->n_values, n);
    e = prom__builder_check_array(b, values, n, "label values");
    if (e)
        return e;
    prom_str *copy = copy_values(b, n);
    for (size_t i = 0; copy && i < n; i++) {
        copy[i].n = values[i].n;
        if (!(copy[i].p = prom__arena_copy(&b->snapshot->arena, values[i].p, values[i].n)))
            copy = NULL;
    }
    if (!copy)
        return prom__no_memory("labels");
    return prom__builder_check_labels(b, b->family_shape, copy, &b->next);
}

/* Their names are those of the last metric of this family, said in the same order. */
static bool said_before(const prom__shape *said, const prom_label_str *labels, size_t n)
{
    if (!said || said->n != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        prom_str a = said->label[i].name, b = labels[said->label[i].value].name;
        if (a.n != b.n || memcmp(a.p, b.p, a.n) != 0)
            return false;
    }
    return true;
}

static prom_err shape_of(prom_builder *b, const prom_label_str *labels, size_t n,
                         const prom__shape **out)
{
    if (said_before(b->said_shape, labels, n)) {
        *out = b->said_shape;
        return PROM_OK;
    }
    prom_str *names = copy_values(b, n);
    if (!names)
        return prom__no_memory("labels");
    for (size_t i = 0; i < n; i++)
        names[i] = labels[i].name;
    prom__shape_opts s = { .metric = prom__builder_name(b),
                           .type = b->family->pub.type,
                           .names = names,
                           .n_names = n,
                           .foreign = b->foreign,
                           .keep_order = b->order == PROM_ORDER_CREATED };
    prom_err e = prom__shape_new(&s, &b->snapshot->arena, out);
    if (!e)
        b->said_shape = *out;
    return e;
}

prom_err prom_build_labels(prom_builder *b, const prom_label_str *labels, size_t n)
{
    const prom__shape *shape;
    prom_err e = prom__builder_check_family(b);
    if (!e)
        e = prom__builder_check_array(b, labels, n, "labels");
    if (!e)
        e = shape_of(b, labels, n, &shape);
    if (e)
        return e;
    prom_str *values = copy_values(b, n);
    if (!values)
        return prom__no_memory("labels");
    for (size_t i = 0; i < n; i++) {
        prom_str v = labels[i].value;
        values[i].n = v.n;
        if (!(values[i].p = prom__arena_copy(&b->snapshot->arena, v.p, v.n)))
            return prom__no_memory("labels");
    }
    return prom__builder_check_labels(b, shape, values, &b->next);
}

prom_err prom__builder_take(prom_builder *b, const char *const *values, prom__built_labels *out)
{
    if (b->next.values && values)
        return prom_fail(PROM_E_LABELS, "'%s': label values are given twice",
                         prom__builder_name(b));
    if (b->next.values) {
        *out = b->next;
        return PROM_OK;
    }
    size_t n = 0;
    while (values && values[n])
        n++;
    if (n != b->family_shape->n_values)
        return wrong_count(b, b->family_shape->n_values, n);
    prom_str *strs = copy_values(b, n);
    if (!strs)
        return prom__no_memory("labels");
    for (size_t i = 0; i < n; i++)
        strs[i] = (prom_str){ values[i], strlen(values[i]) };
    return prom__builder_check_labels(b, b->family_shape, strs, out);
}

prom_err prom__builder_add(prom_builder *b, const prom__built_labels *l,
                           prom__built_metric *out)
{
    prom_err e = prom__family_reserve(b->snapshot, b->family, 1);
    if (e)
        return e;
    prom__series *s = prom__arena_alloc(&b->snapshot->arena, l->plan.bytes);
    if (!s)
        return prom__no_memory("a metric");
    memset(s, 0, sizeof *s);
    prom__series_write(s, l->shape, l->values, 0, &l->plan);
    prom__point *p = &b->family->points[b->family->pub.n_metrics];
    *p = (prom__point){ .series = s, .shape = l->shape };
    *out = (prom__built_metric){ .point = p, .series = s };
    return PROM_OK;
}

void prom__builder_commit(prom_builder *b, const prom__built_metric *m)
{
    b->next.values = NULL;
    b->family->pub.n_metrics++;
    b->last = *m;
}
