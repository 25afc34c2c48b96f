// SPDX-License-Identifier: Apache-2.0
/* build_values.c - metrics of every type but histograms. */
#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "builder.h"
#include "desc.h"
#include "states.h"

#include <string.h>

/* --- single values ------------------------------------------------------- */

/* One state of a set, which its labels name. */
static const prom__stateset_value *lone_state(prom_builder *b, double v)
{
    prom__stateset_value *s = prom__arena_alloc(&b->snapshot->arena, sizeof *s);
    if (s)
        *s = (prom__stateset_value){ .value = v };
    return s;
}

prom_err prom_build_value(prom_builder *b, const char *const *values, double v)
{
    prom_type t = prom__builder_type(b);
    bool composite = t == PROM_HISTOGRAM || t == PROM_GAUGE_HISTOGRAM || t == PROM_SUMMARY;
    prom__built_labels l;
    prom__built_metric m;
    prom_err e = prom__builder_check_type(b, !composite, "single value");
    if (!e)
        e = prom__builder_take(b, values, &l);
    if (!e)
        e = prom__builder_add(b, &l, &m);
    if (e)
        return e;
    if (t != PROM_STATESET)
        m.point->value.number = v;
    else if (!(m.point->value.stateset = lone_state(b, v)))
        return prom__no_memory("a state");
    prom__builder_commit(b, &m);
    return PROM_OK;
}

/* --- summaries ----------------------------------------------------------- */

static prom_err check_quantiles(const prom_builder *b, const prom_quantile *q, size_t n)
{
    prom_err e = prom__builder_check_array(b, q, n, "quantiles");
    for (size_t i = 0; i < n && !e; i++) {
        if (!(q[i].quantile >= 0 && q[i].quantile <= 1))
            return prom_fail(PROM_E_INVAL, "'%s': quantile %s is not between 0 and 1",
                             prom__builder_name(b), prom__number_said(q[i].quantile).text);
        if (i && !(q[i].quantile > q[i - 1].quantile))
            return prom_fail(PROM_E_INVAL, "'%s': quantiles must ascend, but %s follows %s",
                             prom__builder_name(b), prom__number_said(q[i].quantile).text,
                             prom__number_said(q[i - 1].quantile).text);
    }
    return e;
}

static prom__summary_value *copy_quantiles(prom_builder *b, const prom_quantile *q, size_t n)
{
    prom__arena *a = &b->snapshot->arena;
    prom__summary_value *s = prom__arena_alloc(a, sizeof *s);
    double *values = prom__arena_alloc(a, (n + 1) * sizeof *values);
    double *quantiles = prom__arena_alloc(a, (n + 1) * sizeof *quantiles);
    if (!s || !values || !quantiles)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        values[i] = q[i].value;
        quantiles[i] = q[i].quantile;
    }
    *s = (prom__summary_value){ .n = n, .values = values, .quantiles = quantiles };
    s->marks = prom__marks_new(a, quantiles, n);
    return s->marks ? s : NULL;
}

prom_err prom_build_summary(prom_builder *b, const char *const *values, double sum,
                            uint64_t count, const prom_quantile *quantiles, size_t n)
{
    prom__built_labels l;
    prom__built_metric m;
    prom_err e =
        prom__builder_check_type(b, prom__builder_type(b) == PROM_SUMMARY, "quantiles");
    if (!e)
        e = check_quantiles(b, quantiles, n);
    if (!e)
        e = prom__builder_take(b, values, &l);
    if (!e)
        e = prom__builder_add(b, &l, &m);
    if (e)
        return e;
    prom__summary_value *s = copy_quantiles(b, quantiles, n);
    if (!s)
        return prom__no_memory("a summary");
    s->sum = sum;
    s->count = count;
    m.point->value.summary = s;
    prom__builder_commit(b, &m);
    return PROM_OK;
}

/* --- infos --------------------------------------------------------------- */

/* The labels of the metric as if they all varied, then what the info says. */
static prom_err join_info(prom_builder *b, const prom__built_labels *own,
                          const prom_label_str *info, size_t n, prom__built_labels *out)
{
    prom__arena *a = &b->snapshot->arena;
    size_t k = own->shape->n, all = k + n;
    prom_str *names = prom__arena_alloc(a, (all + 1) * sizeof *names);
    prom_str *values = prom__arena_alloc(a, (all + 1) * sizeof *values);
    if (!names || !values)
        return prom__no_memory("labels");
    for (size_t i = 0; i < k; i++) {
        const prom__shape_label *l = &own->shape->label[i];
        names[i] = l->name;
        if (!l->constant.p) {
            values[i] = own->values[l->value];
            continue;
        }
        char *plain = prom__arena_alloc(a, l->constant.n + 1);
        if (!plain)
            return prom__no_memory("labels");
        values[i] = (prom_str){ plain, prom__unescape(l->constant.p, l->constant.n, plain) };
    }
    for (size_t i = 0; i < n; i++) {
        names[k + i] = info[i].name;
        values[k + i] = info[i].value;
    }
    const prom__shape *shape;
    prom__shape_opts o = { .metric = prom__builder_name(b),
                           .type = PROM_INFO,
                           .names = names,
                           .n_names = all,
                           .keep_order = b->order == PROM_ORDER_CREATED };
    prom_err e = prom__shape_new(&o, a, &shape);
    return e ? e : prom__builder_check_labels(b, shape, values, out);
}

prom_err prom_build_info(prom_builder *b, const char *const *values, const prom_label_str *info,
                         size_t n)
{
    prom__built_labels own, l;
    prom__built_metric m;
    prom_err e = prom__builder_check_type(b, prom__builder_type(b) == PROM_INFO, "info");
    if (!e)
        e = prom__builder_check_array(b, info, n, "labels");
    if (!e)
        e = prom__builder_take(b, values, &own);
    if (!e)
        e = join_info(b, &own, info, n, &l);
    if (!e)
        e = prom__builder_add(b, &l, &m);
    if (e)
        return e;
    m.point->value.number = 1;
    prom__builder_commit(b, &m);
    return PROM_OK;
}

/* --- state sets ---------------------------------------------------------- */

static prom_err check_state(const prom_builder *b, const prom_state *states, size_t i)
{
    prom_str name = states[i].name;
    if (!name.n)
        return prom_fail(PROM_E_INVAL, "'%s': a state has an empty name",
                         prom__builder_name(b));
    if (!prom__utf8_valid(name.p, name.n))
        return prom_fail(PROM_E_INVAL, "'%s': a state's name is not valid UTF-8",
                         prom__builder_name(b));
    for (size_t k = 0; k < i; k++)
        if (states[k].name.n == name.n && !memcmp(states[k].name.p, name.p, name.n))
            return prom_fail(PROM_E_INVAL, "'%s': state '%.*s' is given twice",
                             prom__builder_name(b), (int)prom__utf8_cut(name.p, name.n, 200),
                             name.p);
    return PROM_OK;
}

static prom_err check_states(const prom_builder *b, const prom_state *states, size_t n)
{
    if (!n || n > PROM__MOST_STATES)
        return prom_fail(PROM_E_INVAL, "'%s': a state set has between 1 and %d states, not %zu",
                         prom__builder_name(b), PROM__MOST_STATES, n);
    prom_err e = prom__builder_check_array(b, states, n, "states");
    for (size_t i = 0; i < n && !e; i++)
        e = check_state(b, states, i);
    return e;
}

static const prom__stateset_value *copy_states(prom_builder *b, const prom_state *states,
                                               size_t n)
{
    prom__arena *a = &b->snapshot->arena;
    prom__stateset_value *s = prom__arena_alloc(a, sizeof *s);
    prom_str *names = prom__arena_alloc(a, n * sizeof *names);
    size_t words = (n + 63) / 64;
    uint64_t *bits = prom__arena_alloc(a, words * sizeof *bits);
    if (!s || !names || !bits)
        return NULL;
    memset(bits, 0, words * sizeof *bits);
    for (size_t i = 0; i < n; i++) {
        prom_str name = states[i].name;
        size_t length = prom__escaped_length(name.p, name.n);
        char *escaped = prom__arena_alloc(a, length);
        if (!escaped)
            return NULL;
        prom__escape(name.p, name.n, escaped);
        names[i] = (prom_str){ escaped, length };
        bits[i / 64] |= (uint64_t)states[i].on << i % 64;
    }
    *s = (prom__stateset_value){ .n = n, .names = names, .bits = bits };
    return s;
}

prom_err prom_build_stateset(prom_builder *b, const char *const *values,
                             const prom_state *states, size_t n)
{
    prom__built_labels l;
    prom__built_metric m;
    prom_err e = prom__builder_check_type(b, prom__builder_type(b) == PROM_STATESET, "states");
    if (!e)
        e = check_states(b, states, n);
    if (!e)
        e = prom__builder_take(b, values, &l);
    if (!e)
        e = prom__states_check_labels(prom__builder_name(b), l.shape, &b->snapshot->arena);
    if (!e)
        e = prom__builder_add(b, &l, &m);
    if (e)
        return e;
    if (!(m.point->value.stateset = copy_states(b, states, n)))
        return prom__no_memory("a state set");
    prom__builder_commit(b, &m);
    return PROM_OK;
}
