// SPDX-License-Identifier: Apache-2.0
/* openmetrics_sample.c - one sample: what it may say, and how that joins the point under way.
 */
#include "base/alloc.h"
#include "base/number.h"
#include "base/number_parse.h"
#include "base/utf8.h"
#include "openmetrics.h"

#include <math.h>

static prom_err no_memory(void)
{
    return prom__no_memory("a parsed text");
}

prom_err prom__om_twice(const prom__om *o, const prom__om_sample *s)
{
    return prom__reader_fail(&o->r, s->at, "this sample of '%.*s' is there twice",
                             PROM__OM_SHOWN(s->name));
}

/* --- the label that a sample has beside its metric's ---------------------- */

static prom_err read_mark_number(const prom__om *o, const prom__om_sample *s,
                                 prom__om_role role, prom__om_mark *m)
{
    prom_str name = s->labels[m->i].name, text = m->text;
    if (!prom__number_parse(text.p, text.n, &m->number) || isnan(m->number))
        return prom__reader_fail(&o->r, s->at, "'%.*s': label '%.*s' is '%.*s', no number",
                                 PROM__OM_SHOWN(s->name), PROM__OM_SHOWN(name),
                                 PROM__OM_SHOWN(text));
    if (role == PROM__OM_QUANTILE && !(m->number >= 0 && m->number <= 1))
        return prom__reader_fail(&o->r, s->at, "'%.*s': quantile %.*s is not between 0 and 1",
                                 PROM__OM_SHOWN(s->name), PROM__OM_SHOWN(text));
    if (role == PROM__OM_BUCKET && m->number == INFINITY && !prom__om_is(text, "+Inf"))
        return prom__reader_fail(&o->r, s->at, "'%.*s': infinity is spelled +Inf, not '%.*s'",
                                 PROM__OM_SHOWN(s->name), PROM__OM_SHOWN(text));
    return PROM_OK;
}

prom_err prom__om_find_mark(const prom__om *o, const prom__om_sample *s, prom__om_role role,
                            prom__om_mark *m)
{
    static const prom_str le = { "le", 2 }, quantile = { "quantile", 8 };
    prom_str name = role == PROM__OM_BUCKET ? le : quantile;
    *m = (prom__om_mark){ .is = false };
    if (role == PROM__OM_STATE)
        name = o->family.name;
    else if (role != PROM__OM_BUCKET && role != PROM__OM_QUANTILE)
        return PROM_OK;
    while (m->i < s->n_labels && !prom__om_same(s->labels[m->i].name, name))
        m->i++;
    if (m->i == s->n_labels)
        return prom__reader_fail(&o->r, s->at, "'%.*s' has no label '%.*s'",
                                 PROM__OM_SHOWN(s->name), PROM__OM_SHOWN(name));
    m->is = true;
    m->text = s->labels[m->i].value;
    return role == PROM__OM_STATE ? PROM_OK : read_mark_number(o, s, role, m);
}

/* --- what it says -------------------------------------------------------- */

/* All digits of 64 bits, or a double that is whole: 17.0, 1e+06. */
static bool whole(const prom__om_sample *s, uint64_t *out)
{
    size_t i = s->number.p[0] == '+';
    for (*out = 0; i < s->number.n; i++) {
        char c = s->number.p[i];
        if (c < '0' || c > '9')
            break;
        if (__builtin_mul_overflow(*out, 10, out) ||
            __builtin_add_overflow(*out, (unsigned)(c - '0'), out))
            return false;
    }
    if (i == s->number.n)
        return true;
    double v = s->value;
    if (!(v >= 0 && v <= 0x1p64 && floor(v) >= v))
        return false;
    *out = v >= 0x1p64 ? UINT64_MAX : (uint64_t)v;
    return true;
}

static prom_err read_count(const prom__om *o, const prom__om_sample *s, uint64_t *out)
{
    if (whole(s, out))
        return PROM_OK;
    return prom__reader_fail(&o->r, s->number.p, "'%.*s' is a count, but no whole number",
                             PROM__OM_SHOWN(s->name));
}

static prom_err take_bucket(prom__om *o, const prom__om_sample *s, const prom__om_mark *m)
{
    prom__om_point *p = &o->point;
    prom_bucket x = { m->number, 0 };
    prom_err e = read_count(o, s, &x.count);
    if (e)
        return e;
    const prom_bucket *last = p->n ? &p->buckets[p->n - 1] : NULL;
    if (last && !(last->upper < x.upper))
        return prom__reader_fail(&o->r, s->at, "'%.*s': buckets must ascend, but %s follows %s",
                                 PROM__OM_SHOWN(s->name), prom__number_said(x.upper).text,
                                 prom__number_said(last->upper).text);
    if (last && last->count > x.count)
        return prom__reader_fail(&o->r, s->at,
                                 "'%.*s': counts of buckets must not fall, as at bound %s",
                                 PROM__OM_SHOWN(s->name), prom__number_said(x.upper).text);
    prom_bucket *all =
        prom__arena_grow(o->r.arena, p->buckets, p->n, &p->cap_buckets, sizeof *all);
    if (!all)
        return no_memory();
    p->buckets = all;
    all[p->n++] = x;
    return PROM_OK;
}

static prom_err take_quantile(prom__om *o, const prom__om_sample *s, const prom__om_mark *m)
{
    prom__om_point *p = &o->point;
    if (s->value < 0)
        return prom__reader_fail(&o->r, s->number.p, "'%.*s': a quantile is negative",
                                 PROM__OM_SHOWN(s->name));
    prom_quantile *all =
        prom__arena_grow(o->r.arena, p->quantiles, p->n, &p->cap_quantiles, sizeof *all);
    if (!all)
        return no_memory();
    p->quantiles = all;
    all[p->n++] = (prom_quantile){ m->number, s->value };
    return PROM_OK;
}

static prom_err take_state(prom__om *o, const prom__om_sample *s, const prom__om_mark *m)
{
    prom__om_point *p = &o->point;
    bool on = s->value > 0;
    if (!(s->value >= 0 && s->value <= 1 && (!on || s->value >= 1)))
        return prom__reader_fail(&o->r, s->number.p, "'%.*s' is a state, which is 0 or 1",
                                 PROM__OM_SHOWN(s->name));
    prom_state *all =
        prom__arena_grow(o->r.arena, p->states, p->n, &p->cap_states, sizeof *all);
    if (!all)
        return no_memory();
    p->states = all;
    all[p->n++] = (prom_state){ m->text, on };
    return PROM_OK;
}

static prom_err take_value(prom__om *o, const prom__om_sample *s)
{
    prom__om_point *p = &o->point;
    if (p->has_value)
        return prom__om_twice(o, s);
    if (o->family.type == PROM_COUNTER && !(s->value >= 0))
        return prom__reader_fail(&o->r, s->number.p, "'%.*s' is a counter, but %s",
                                 PROM__OM_SHOWN(s->name),
                                 isnan(s->value) ? "no number" : "negative");
    if (o->family.type == PROM_INFO && !(s->value >= 1 && s->value <= 1))
        return prom__reader_fail(&o->r, s->number.p, "'%.*s' is an info, which is always 1",
                                 PROM__OM_SHOWN(s->name));
    p->value = s->value;
    p->has_value = true;
    return PROM_OK;
}

static prom_err take_sum(prom__om *o, const prom__om_sample *s)
{
    prom__om_point *p = &o->point;
    if (p->has_sum)
        return prom__om_twice(o, s);
    if (o->family.type == PROM_SUMMARY && s->value < 0)
        return prom__reader_fail(&o->r, s->number.p, "'%.*s': the sum of a summary is negative",
                                 PROM__OM_SHOWN(s->name));
    p->sum = s->value;
    p->has_sum = true;
    return PROM_OK;
}

static prom_err take_count(prom__om *o, const prom__om_sample *s)
{
    if (o->point.has_count)
        return prom__om_twice(o, s);
    o->point.has_count = true;
    return read_count(o, s, &o->point.count);
}

static prom_err take_created(prom__om *o, const prom__om_sample *s)
{
    prom__om_point *p = &o->point;
    prom__instant t;
    if (p->has_created)
        return prom__om_twice(o, s);
    if (!prom__instant_parse(s->number.p, s->number.n, &t) ||
        !prom__instant_ns(t, &p->created_ns))
        return prom__reader_fail(&o->r, s->number.p, "'%.*s' is not a time, or too far away",
                                 PROM__OM_SHOWN(s->number));
    p->has_created = true;
    return PROM_OK;
}

static prom_err take_exemplar(prom__om *o, const prom__om_sample *s, prom__om_role role,
                              const prom__om_mark *m)
{
    prom__om_point *p = &o->point;
    bool bucket = role == PROM__OM_BUCKET;
    if (!bucket && !(role == PROM__OM_VALUE && o->family.type == PROM_COUNTER))
        return prom__reader_fail(&o->r, s->exemplar_at,
                                 "'%.*s' has an exemplar, but is neither counter nor bucket",
                                 PROM__OM_SHOWN(s->name));
    if (bucket && m->number < (double)INFINITY && !(s->exemplar.value <= m->number))
        return prom__reader_fail(
            &o->r, s->exemplar_at, "'%.*s' has an exemplar of %s, which is not in its bucket",
            PROM__OM_SHOWN(s->name), prom__number_said(s->exemplar.value).text);
    prom_exemplar *all = prom__arena_grow(o->r.arena, p->exemplars, p->n_exemplars,
                                          &p->cap_exemplars, sizeof *all);
    if (!all)
        return no_memory();
    p->exemplars = all;
    all[p->n_exemplars++] = s->exemplar;
    return PROM_OK;
}

static prom_err take(prom__om *o, const prom__om_sample *s, prom__om_role role,
                     const prom__om_mark *m)
{
    switch (role) {
    case PROM__OM_VALUE:
        return take_value(o, s);
    case PROM__OM_CREATED:
        return take_created(o, s);
    case PROM__OM_BUCKET:
        return take_bucket(o, s, m);
    case PROM__OM_QUANTILE:
        return take_quantile(o, s, m);
    case PROM__OM_STATE:
        return take_state(o, s, m);
    case PROM__OM_SUM:
        return take_sum(o, s);
    case PROM__OM_COUNT:
        return take_count(o, s);
    }
    return PROM_OK;
}

prom_err prom__om_say(prom__om *o, const prom__om_sample *s, prom__om_role role,
                      const prom__om_mark *m)
{
    if (!o->point.at)
        o->point.at = s->at;
    prom_err e = take(o, s, role, m);
    return e || !s->exemplar_at ? e : take_exemplar(o, s, role, m);
}
