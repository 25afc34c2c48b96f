// SPDX-License-Identifier: Apache-2.0
#include "remote_labels.h"

#include "base/alloc.h"
#include "proto_labels.h"

static const prom_str metric_name = { "__name__", 8 };
static const prom_str nothing = { "", 0 };

prom_err prom__remote_labels_check(const prom_label *labels)
{
    prom__arena arena = { 0 };
    const prom__shape *shape;
    prom_err e = prom__shape_new(&(prom__shape_opts){ .metric = "remote write",
                                                      .type = PROM_GAUGE,
                                                      .constants = labels },
                                 &arena, &shape);
    prom__arena_free(&arena);
    return e;
}

static prom_err no_memory(void)
{
    return prom__no_memory("a request");
}

/* --- names, which are the same for all series of a shape ------------------ */

static int compare_names(const prom__remote_label *a, const prom__remote_label *b)
{
    size_t n = a->name.n < b->name.n ? a->name.n : b->name.n;
    int c = n ? memcmp(a->name.p, b->name.p, n) : 0;
    return c ? c : (a->name.n > b->name.n) - (a->name.n < b->name.n);
}

static prom_err add_label(prom__remote_labels *l, prom_str name, prom__label_source source,
                          prom_str value, size_t own)
{
    prom__remote_label x = { .value = value, .other = nothing, .source = source, .own = own };
    prom_err e = prom__proto_name(PROM__LABEL_NAME, l->escaping, name, &l->names, &x.name);
    size_t k = l->n;
    if (e)
        return e;
    for (; k && compare_names(&l->label[k - 1], &x) > 0; k--)
        ;
    if (k && compare_names(&l->label[k - 1], &x) == 0) { /* added in the order of sources */
        if (source == PROM__LABEL_SENDER)
            l->label[k - 1].other = value;
        return PROM_OK;
    }
    memmove(l->label + k + 1, l->label + k, (l->n - k) * sizeof x);
    l->label[k] = x;
    l->n++;
    return PROM_OK;
}

static prom_err make_room(prom__remote_labels *l, size_t n)
{
    if (n <= l->cap)
        return PROM_OK;
    prom__remote_label *label = prom__realloc(l->label, prom__size_times(n, sizeof *label));
    if (label)
        l->label = label;
    prom_str *own = label ? prom__realloc(l->own, prom__size_times(n, sizeof *own)) : NULL;
    if (own)
        l->own = own;
    uint32_t *ref = own ? prom__realloc(l->ref, prom__size_times(n, 2 * sizeof *ref)) : NULL;
    if (!ref)
        return no_memory();
    l->ref = ref;
    l->cap = n;
    return PROM_OK;
}

static prom_err take_shape(prom__remote_labels *l, const prom__shape *shape)
{
    size_t n_sender = 0;
    while (l->sender && l->sender[n_sender].name)
        n_sender++;
    l->shape = NULL;
    l->n = 0;
    prom__arena_reset(&l->names);
    prom_err e = make_room(l, shape->n + n_sender + 2);
    if (!e)
        e = add_label(l, metric_name, PROM__LABEL_METRIC, nothing, 0);
    if (!e && l->extra.n)
        e = add_label(l, l->extra, PROM__LABEL_EXTRA, nothing, 0);
    for (size_t i = 0; i < shape->n && !e; i++)
        e = add_label(l, shape->label[i].name, PROM__LABEL_OWN, nothing, i);
    for (size_t i = 0; i < n_sender && !e; i++) {
        const prom_label *s = &l->sender[i];
        e = add_label(l, (prom_str){ s->name, strlen(s->name) }, PROM__LABEL_SENDER,
                      (prom_str){ s->value, strlen(s->value) }, 0);
    }
    if (!e)
        l->shape = shape;
    return e;
}

prom_err prom__remote_labels_family(prom__remote_labels *l, const prom_family *f,
                                    prom_str extra)
{
    prom_str name;
    prom__arena_reset(&l->family);
    prom_err e = prom__proto_name(PROM__METRIC_NAME, l->escaping,
                                  (prom_str){ f->name, strlen(f->name) }, &l->family, &name);
    if (e)
        return e;
    l->metric.n = 0;
    if (!prom__bytes_add(&l->metric, name.p, name.n))
        return no_memory();
    l->metric_n = name.n;
    l->extra = extra;
    l->shape = NULL;
    return PROM_OK;
}

/* --- values ------------------------------------------------------------- */

static prom_err plain(prom__arena *a, prom_str value, prom_str *out)
{
    *out = value;
    if (!value.n || !memchr(value.p, '\\', value.n))
        return PROM_OK;
    char *p = prom__arena_alloc(a, value.n);
    if (!p)
        return no_memory();
    *out = (prom_str){ p, prom__unescape(value.p, value.n, p) };
    return PROM_OK;
}

prom_err prom__remote_labels_series(prom__remote_labels *l, const prom__point *p)
{
    prom_err e = l->shape == p->shape ? PROM_OK : take_shape(l, p->shape);
    prom__label_cursor c = { p->shape, p->series, 0, 0, 0 };
    prom_str name, value;
    prom__arena_reset(&l->values);
    for (size_t i = 0; !e && prom__label_next(&c, &name, &value); i++)
        e = plain(&l->values, value, &l->own[i]);
    for (size_t i = 0; !e && i < l->n; i++)
        if (l->label[i].source == PROM__LABEL_OWN) {
            prom__remote_label *x = &l->label[i];
            x->value = l->own[x->own].n ? l->own[x->own] : x->other;
        }
    return e;
}

prom_err prom__remote_labels_line(prom__remote_labels *l, prom_str suffix, prom_str extra)
{
    l->metric.n = l->metric_n;
    if (suffix.n && !prom__bytes_add(&l->metric, suffix.p, suffix.n))
        return no_memory();
    for (size_t i = 0; i < l->n; i++) {
        prom__remote_label *x = &l->label[i];
        if (x->source == PROM__LABEL_METRIC)
            x->value = (prom_str){ l->metric.p, l->metric.n };
        else if (x->source == PROM__LABEL_EXTRA)
            x->value = extra.n ? extra : x->other;
    }
    return PROM_OK;
}

/* --- as the protocols want them ------------------------------------------- */

void prom__remote_labels_put(const prom__remote_labels *l, prom__wire *w)
{
    for (size_t i = l->n; i-- > 0;)
        if (l->label[i].value.n)
            prom__proto_pair_put(w, l->label[i].name, l->label[i].value);
}

bool prom__remote_labels_refs(prom__remote_labels *l, prom__symbols *s, size_t *n)
{
    size_t k = 0;
    for (size_t i = 0; i < l->n; i++) {
        const prom__remote_label *x = &l->label[i];
        if (!x->value.n)
            continue;
        if (!prom__symbols_ref(s, x->name, &l->ref[k]) ||
            !prom__symbols_ref(s, x->value, &l->ref[k + 1]))
            return false;
        k += 2;
    }
    *n = k;
    return true;
}

void prom__remote_labels_free(prom__remote_labels *l)
{
    prom__bytes_free(&l->metric);
    prom__arena_free(&l->family);
    prom__arena_free(&l->names);
    prom__arena_free(&l->values);
    prom__free(l->label);
    prom__free(l->own);
    prom__free(l->ref);
}
