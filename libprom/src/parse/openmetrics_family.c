// SPDX-License-Identifier: Apache-2.0
/* openmetrics_family.c - one family after the other: its metadata, its name and those it takes
 * beside it, and which samples are its own. */
#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "model/type.h"
#include "openmetrics.h"

/* --- samples ------------------------------------------------------------ */

static const struct {
    prom_type type;
    prom__om_role role;
    const char *suffix;
} samples[] = {
    { PROM_UNKNOWN, PROM__OM_VALUE, "" },
    { PROM_GAUGE, PROM__OM_VALUE, "" },
    { PROM_COUNTER, PROM__OM_VALUE, "_total" },
    { PROM_COUNTER, PROM__OM_CREATED, "_created" },
    { PROM_HISTOGRAM, PROM__OM_BUCKET, "_bucket" },
    { PROM_HISTOGRAM, PROM__OM_SUM, "_sum" },
    { PROM_HISTOGRAM, PROM__OM_COUNT, "_count" },
    { PROM_HISTOGRAM, PROM__OM_CREATED, "_created" },
    { PROM_GAUGE_HISTOGRAM, PROM__OM_BUCKET, "_bucket" },
    { PROM_GAUGE_HISTOGRAM, PROM__OM_SUM, "_gsum" },
    { PROM_GAUGE_HISTOGRAM, PROM__OM_COUNT, "_gcount" },
    { PROM_SUMMARY, PROM__OM_QUANTILE, "" },
    { PROM_SUMMARY, PROM__OM_SUM, "_sum" },
    { PROM_SUMMARY, PROM__OM_COUNT, "_count" },
    { PROM_SUMMARY, PROM__OM_CREATED, "_created" },
    { PROM_INFO, PROM__OM_VALUE, "_info" },
    { PROM_STATESET, PROM__OM_STATE, "" },
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static bool is_own(const prom__om_family *f, prom_str name, prom__om_role *role)
{
    if (!f->at || name.n < f->name.n || memcmp(name.p, f->name.p, f->name.n) != 0)
        return false;
    prom_str suffix = { name.p + f->name.n, name.n - f->name.n };
    for (size_t i = 0; i < SAMPLES; i++)
        if (samples[i].type == f->type && prom__om_is(suffix, samples[i].suffix)) {
            *role = samples[i].role;
            return true;
        }
    return false;
}

/* --- names that are taken ------------------------------------------------ */

typedef struct taken {
    prom__parsed_node node; /* first */
    prom_str name;
} taken;

static prom_err take_name(prom__om *o, const char *suffix)
{
    const prom__om_family *f = &o->family;
    size_t n = strlen(suffix);
    taken *t = prom__arena_alloc(o->r.arena, sizeof *t);
    char *name = prom__arena_alloc(o->r.arena, f->name.n + n);
    if (!t || !name)
        return prom__no_memory("a parsed text");
    memcpy(name, f->name.p, f->name.n);
    memcpy(name + f->name.n, suffix, n);
    t->name = (prom_str){ name, f->name.n + n };
    t->node.hash = prom__hash_add(prom__hash_key(), t->name.p, t->name.n);
    for (prom__parsed_node *x = prom__parsed_find(&o->names, t->node.hash); x; x = x->next)
        if (x->hash == t->node.hash && prom__om_same(((taken *)(void *)x)->name, t->name))
            return prom__reader_fail(
                &o->r, f->at, "'%.*s' is taken by a family before, or by one of its samples",
                PROM__OM_SHOWN(t->name));
    return prom__parsed_add(&o->names, o->r.arena, &t->node);
}

static prom_err take_names(prom__om *o)
{
    prom_err e = take_name(o, "");
    for (const char *const *s = prom__type_suffixes(o->family.type); *s && !e; s++)
        e = take_name(o, *s);
    return e;
}

/* --- families ----------------------------------------------------------- */

static prom_err check_unit(const prom__om *o)
{
    const prom__om_family *f = &o->family;
    prom_str unit = f->unit;
    if (!unit.n)
        return PROM_OK;
    if (f->type == PROM_INFO || f->type == PROM_STATESET)
        return prom__reader_fail(&o->r, f->unit_at, "'%.*s' is %s %s, which has no unit",
                                 PROM__OM_SHOWN(f->name), prom__type_article(f->type),
                                 prom_type_name(f->type));
    size_t n = f->name.n - unit.n;
    if (f->name.n < unit.n + 2 || f->name.p[n - 1] != '_' ||
        memcmp(f->name.p + n, unit.p, unit.n) != 0)
        return prom__reader_fail(&o->r, f->unit_at, "'%.*s' does not end in '_%.*s', its unit",
                                 PROM__OM_SHOWN(f->name), PROM__OM_SHOWN(unit));
    return PROM_OK;
}

/* As the builder takes it, ended by NUL. */
static prom_err c_string(const prom__om *o, const char *at, const char *what, prom_str s,
                         const char *suffix, const char **out)
{
    size_t n = strlen(suffix);
    char *copy = prom__arena_alloc(o->r.arena, s.n + n + 1);
    if (memchr(s.p, '\0', s.n))
        return prom__reader_fail(&o->r, at, "%s has a NUL in it", what);
    if (!copy)
        return prom__no_memory("a parsed text");
    memcpy(copy, s.p, s.n);
    memcpy(copy + s.n, suffix, n + 1);
    *out = copy;
    return PROM_OK;
}

/* Each family has a builder of its own: one would compare its name with all before it. */
static prom_err open_builder(prom__om *o, const prom_opts *opts)
{
    prom__builder_open(&o->builder, o->snapshot, PROM_ORDER_SORTED);
    o->builder.foreign = true;
    prom_err e = prom_build_family(&o->builder, o->family.type, opts);
    if (!e || e == PROM_E_NOMEM)
        return e;
    return prom__reader_fail(&o->r, o->family.at, "%s", prom_error(e));
}

static prom_err open_family(prom__om *o)
{
    prom__om_family *f = &o->family;
    prom_opts opts = { .size = sizeof opts };
    prom_err e = check_unit(o);
    if (!e)
        e = take_names(o);
    if (!e)
        e = c_string(o, f->at, "a metric's name", f->name, prom__type_own_suffix(f->type),
                     &opts.name);
    if (!e && f->help.n)
        e = c_string(o, f->help_at, "a help text", f->help, "", &opts.help);
    if (!e && f->unit.n)
        e = c_string(o, f->unit_at, "a unit", f->unit, "", &opts.unit);
    if (!e)
        e = open_builder(o, &opts);
    f->open = !e;
    return e;
}

prom_err prom__om_family_end(prom__om *o)
{
    prom__om_family *f = &o->family;
    if (!f->at)
        return PROM_OK;
    prom_err e = f->open ? prom__om_metric_end(o) : open_family(o);
    if (!e)
        prom__builder_close(&o->builder, true);
    f->at = NULL;
    return e;
}

static prom_err new_family(prom__om *o, const char *at, prom_str name)
{
    prom_err e = prom__om_family_end(o);
    if (!e)
        o->family =
            (prom__om_family){ .at = at,
                               .name = name,
                               .type = PROM_UNKNOWN,
                               .hash = prom__hash_add(prom__hash_key(), name.p, name.n) };
    return e;
}

prom_err prom__om_describe(prom__om *o, const char *at, prom_str name)
{
    const prom__om_family *f = &o->family;
    if (!f->at || !prom__om_same(f->name, name))
        return new_family(o, at, name);
    if (f->open)
        return prom__reader_fail(&o->r, at, "'%.*s' is described behind its samples",
                                 PROM__OM_SHOWN(name));
    return PROM_OK;
}

prom_err prom__om_family_of(prom__om *o, const prom__om_sample *s, prom__om_role *role)
{
    prom__om_family *f = &o->family;
    if (is_own(f, s->name, role))
        return f->open ? PROM_OK : open_family(o);
    if (f->at && prom__om_same(f->name, s->name))
        return prom__reader_fail(&o->r, s->at, "'%.*s' is %s %s, whose samples have suffixes",
                                 PROM__OM_SHOWN(f->name), prom__type_article(f->type),
                                 prom_type_name(f->type));
    *role = PROM__OM_VALUE;
    prom_err e = new_family(o, s->at, s->name);
    return e ? e : open_family(o);
}
