// SPDX-License-Identifier: Apache-2.0
#include "builder.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "described.h"
#include "name.h"
#include "type.h"

#include <string.h>

void prom__builder_open(prom_builder *b, prom_snapshot *s, prom_order order)
{
    *b = (prom_builder){
        .snapshot = s, .first_family = s->n_families, .order = order, .open = true
    };
}

void prom__builder_close(prom_builder *b, bool keep)
{
    if (!keep)
        b->snapshot->n_families = b->first_family;
    b->open = false;
    b->family = NULL;
    b->last = (prom__built_metric){ .point = NULL };
}

bool prom_build_wants(const prom_builder *b, const char *name)
{
    if (!b || !b->open || !name)
        return false;
    return !b->scope.wants || b->scope.wants(b->scope.data, name);
}

bool prom_build_stopped(const prom_builder *b)
{
    return !b || !b->open || (b->scope.stopped && b->scope.stopped(b->scope.data));
}

prom_err prom__builder_check_open(const prom_builder *b)
{
    if (!b)
        return prom_fail(PROM_E_INVAL, "there is no builder");
    return b->open ? PROM_OK
                   : prom_fail(PROM_E_CLOSED, "the builder is used after its callback");
}

prom_type prom__builder_type(const prom_builder *b)
{
    return b && b->family ? b->family->pub.type : PROM_UNKNOWN;
}

const char *prom__builder_name(const prom_builder *b)
{
    return b->family->pub.name;
}

prom_err prom__builder_check_family(const prom_builder *b)
{
    prom_err e = prom__builder_check_open(b);
    if (!e && !b->family)
        e = prom_fail(PROM_E_INVAL, "a metric is built before its family");
    return e;
}

prom_err prom__builder_check_type(const prom_builder *b, bool fits, const char *what)
{
    prom_err e = prom__builder_check_family(b);
    if (!e && !fits)
        e = prom_fail(PROM_E_TYPE, "'%s' is %s %s and takes no %s", prom__builder_name(b),
                      prom__type_article(prom__builder_type(b)),
                      prom_type_name(prom__builder_type(b)), what);
    return e;
}

prom_err prom__builder_check_array(const prom_builder *b, const void *array, size_t n,
                                   const char *what)
{
    if (array || !n)
        return PROM_OK;
    return prom_fail(PROM_E_INVAL, "'%s': there are to be %zu %s, but their array is NULL",
                     prom__builder_name(b), n, what);
}

/* --- families ----------------------------------------------------------- */

static prom_err copy_text(prom_builder *b, const prom_opts *o, const char *from,
                          const char **to)
{
    if (from && !prom__utf8_valid(from, strlen(from)))
        return prom_fail(PROM_E_INVAL, "'%s': the %s is not valid UTF-8", o->name,
                         from == o->help ? "help text" : "unit");
    *to = from ? prom__arena_copy(&b->snapshot->arena, from, strlen(from)) : NULL;
    return from && !*to ? prom__no_memory("a family") : PROM_OK;
}

static prom_err family_shape(prom_builder *b, prom_type t, const prom_opts *o,
                             const prom__shape **out)
{
    size_t n = 0;
    while (o->labels && o->labels[n])
        n++;
    prom_str *names = prom__arena_alloc(&b->snapshot->arena, (n + 1) * sizeof *names);
    if (!names)
        return prom__no_memory("a family");
    for (size_t i = 0; i < n; i++)
        names[i] = (prom_str){ o->labels[i], strlen(o->labels[i]) };
    prom__shape_opts s = {
        .metric = o->name, .type = t, .names = names, .n_names = n, .constants = o->const_labels
    };
    return prom__shape_new(&s, &b->snapshot->arena, out);
}

prom_err prom__builder_check_new(const prom_builder *b, const char *name)
{
    for (size_t i = b->first_family; i < b->snapshot->n_families; i++)
        if (strcmp(b->snapshot->families[i]->pub.name, name) == 0)
            return prom_fail(PROM_E_EXISTS, "family '%s' was built already", name);
    return PROM_OK;
}

prom_err prom_build_family(prom_builder *b, prom_type t, const prom_opts *opts)
{
    prom_opts o;
    const prom__shape *shape;
    prom__family *family;
    prom_err e = prom__builder_check_open(b);
    if (!e && !prom_type_name(t))
        e = prom_fail(PROM_E_TYPE, "%d is not a metric type", (int)t);
    if (!e)
        e = prom__opts_copy(opts, &o);
    if (!e)
        e = prom__name_check_metric(o.name, false);
    if (!e)
        e = prom__builder_check_new(b, o.name);
    if (!e)
        e = family_shape(b, t, &o, &shape);
    prom_family pub = { .type = t };
    if (!e)
        e = copy_text(b, &o, o.name, &pub.name);
    if (!e)
        e = copy_text(b, &o, o.help, &pub.help);
    if (!e)
        e = copy_text(b, &o, o.unit, &pub.unit);
    if (!e)
        e = prom__snapshot_add_family(b->snapshot, &pub, &family);
    if (e)
        return e; /* metrics still go to the family before */
    family->shape = shape;
    b->family = family;
    b->family_shape = shape;
    b->said_shape = NULL;
    b->last = (prom__built_metric){ .point = NULL };
    b->next.values = NULL;
    return PROM_OK;
}

prom_err prom_build_desc(prom_builder *b, const prom_desc *d)
{
    prom_err e = prom__builder_check_open(b);
    if (!e)
        e = prom_desc_error(d);
    return e ? e : prom_build_family(b, d->type, &d->valid->opts);
}
