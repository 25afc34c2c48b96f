// SPDX-License-Identifier: Apache-2.0
#include "desc.h"

#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "bounds.h"
#include "name.h"
#include "states.h"
#include "summary_opts.h"
#include "type.h"

#include <string.h>

static const double default_buckets[] = { .005, .01, .025, .05, .1, .25,
                                          .5,   1,   2.5,  5,   10, INFINITY };

prom_err prom__opts_copy(const prom_opts *theirs, prom_opts *ours)
{
    if (!theirs)
        return prom_fail(PROM_E_INVAL, "a metric needs a description");
    if (theirs->size < offsetof(prom_opts, help))
        return prom_fail(PROM_E_INVAL, "prom_opts.size is not set: use PROM_OPTS");
    *ours = (prom_opts){ 0 };
    memcpy(ours, theirs, theirs->size < sizeof *ours ? theirs->size : sizeof *ours);
    ours->size = sizeof *ours;
    return PROM_OK;
}

const prom_str *prom__marks_new(prom__arena *a, const double *v, size_t n)
{
    prom_str *marks = prom__arena_alloc(a, n * sizeof *marks);
    for (size_t i = 0; marks && i < n; i++) {
        char text[PROM__NUMBER_MAX];
        size_t length = prom__number_double(text, v[i]);
        marks[i] = (prom_str){ prom__arena_copy(a, text, length), length };
        if (!marks[i].p)
            return NULL;
    }
    return marks;
}

/* --- names -------------------------------------------------------------- */

static bool ends_with(const char *s, size_t n, const char *suffix, size_t k)
{
    return n > k && memcmp(s + n - k, suffix, k) == 0;
}

/* namespace_subsystem_name, without the parts that are empty. */
static prom_err join_name(prom__desc *d, bool legacy_only)
{
    const char *name = d->opts.name;
    if (!name || !*name)
        return prom__name_check_metric(name, legacy_only);
    const char *part[] = { d->opts.namespace_ ? d->opts.namespace_ : "",
                           d->opts.subsystem ? d->opts.subsystem : "", name };
    size_t length[3], room = 1;
    for (size_t i = 0; i < 3; i++)
        room += (length[i] = strlen(part[i])) + 1;
    char *joined = prom__arena_alloc(&d->memory, room), *at = joined;
    if (!joined)
        return prom__no_memory("a name");
    for (size_t i = 0; i < 3; i++) {
        if (!length[i])
            continue;
        memcpy(at, part[i], length[i]);
        at += length[i];
        *at++ = i < 2 ? '_' : '\0';
    }
    d->given = d->opts.name = joined;
    d->opts.namespace_ = d->opts.subsystem = NULL;
    return prom__name_check_metric(joined, legacy_only);
}

/* name[_unit][_total], each part only where it is missing; an info has [_info]. */
static prom_err complete_name(prom__desc *d, bool legacy_only)
{
    const char *name = d->opts.name, *unit = d->opts.unit ? d->opts.unit : "";
    size_t base = prom__type_base(d->type, name);
    size_t u = strlen(unit);
    if (u && ends_with(name, base, unit, u) && name[base - u - 1] == '_')
        u = 0;
    const char *own = prom__type_own_suffix(d->type);
    char *full = prom__arena_alloc(&d->memory, base + 1 + u + strlen(own) + 1);
    if (!full)
        return prom__no_memory("a name");
    memcpy(full, name, base);
    size_t n = base;
    if (u) {
        full[n++] = '_';
        memcpy(full + n, unit, u);
        n += u;
    }
    strcpy(full + n, own);
    d->opts.name = full;
    return prom__name_check_metric(full, legacy_only); /* the unit is part of it now */
}

static prom_err copy_string(prom__desc *d, const char **s, const char *what)
{
    if (!*s)
        return PROM_OK;
    if (!prom__utf8_valid(*s, strlen(*s)))
        return prom_fail(PROM_E_INVAL, "'%s': the %s is not valid UTF-8", d->given, what);
    *s = prom__arena_copy(&d->memory, *s, strlen(*s));
    return *s ? PROM_OK : prom__no_memory("a description");
}

static prom_err take_names(prom__desc *d, bool legacy_only)
{
    prom_err e = join_name(d, legacy_only);
    if (e)
        return e;
    if (!d->opts.help)
        return prom_fail(PROM_E_INVAL, "'%s' has no help text (\"\" will do)", d->given);
    e = copy_string(d, &d->opts.help, "help text");
    if (!e && d->opts.unit && !*d->opts.unit)
        d->opts.unit = NULL;
    if (!e && d->opts.unit && (d->type == PROM_INFO || d->type == PROM_STATESET))
        e = prom_fail(PROM_E_INVAL, "'%s': %s has no unit", d->given,
                      d->type == PROM_INFO ? "an info" : "a state set");
    if (!e)
        e = copy_string(d, &d->opts.unit, "unit");
    if (!e)
        e = complete_name(d, legacy_only);
    return e;
}

/* --- labels ------------------------------------------------------------- */

static prom_err copy_label_names(prom__desc *d, size_t n)
{
    const char **names = prom__arena_alloc(&d->memory, (n + 1) * sizeof *names);
    if (!names)
        return prom__no_memory("labels");
    for (size_t i = 0; i < n; i++)
        if (!(names[i] =
                  prom__arena_copy(&d->memory, d->opts.labels[i], strlen(d->opts.labels[i]))))
            return prom__no_memory("labels");
    names[n] = NULL;
    d->opts.labels = names;
    return PROM_OK;
}

static prom_err copy_constants(prom__desc *d)
{
    size_t n = 0;
    while (d->opts.const_labels && d->opts.const_labels[n].name)
        n++;
    prom_label *copy = prom__arena_alloc(&d->memory, (n + 1) * sizeof *copy);
    if (!copy)
        return prom__no_memory("labels");
    for (size_t i = 0; i < n; i++) {
        const prom_label *from = &d->opts.const_labels[i];
        copy[i].name = prom__arena_copy(&d->memory, from->name, strlen(from->name));
        copy[i].value = prom__arena_copy(&d->memory, from->value, strlen(from->value));
        if (!copy[i].name || !copy[i].value)
            return prom__no_memory("labels");
    }
    copy[n] = (prom_label){ NULL, NULL };
    d->opts.const_labels = copy;
    return PROM_OK;
}

static prom_err take_labels(prom__desc *d, bool legacy_only)
{
    size_t n = 0;
    while (d->opts.labels && d->opts.labels[n])
        n++;
    prom_str *names = prom__arena_alloc(&d->memory, (n + 1) * sizeof *names);
    if (!names)
        return prom__no_memory("labels");
    for (size_t i = 0; i < n; i++)
        names[i] = (prom_str){ d->opts.labels[i], strlen(d->opts.labels[i]) };
    prom__shape_opts o = { .metric = d->given,
                           .type = d->type,
                           .names = names,
                           .n_names = n,
                           .constants = d->opts.const_labels,
                           .legacy_only = legacy_only };
    prom_err e = prom__shape_new(&o, &d->memory, &d->shape);
    if (!e)
        e = copy_label_names(d, n);
    if (!e)
        e = copy_constants(d);
    if (!e)
        e = prom__constraints_take(&d->opts, d->given, n, &d->memory, &d->constraints);
    return e;
}

/* --- options of a type --------------------------------------------------- */

static prom_err take_buckets(prom__desc *d)
{
    static const double none[] = { INFINITY };
    const double *b = d->opts.buckets ? d->opts.buckets : d->native.on ? none : default_buckets;
    size_t n = 0;
    for (; b[n] != INFINITY; n++) {
        if (isnan(b[n]))
            return prom_fail(PROM_E_INVAL, "'%s': a bucket's bound is NaN", d->given);
        if (n && b[n] <= b[n - 1])
            return prom_fail(PROM_E_INVAL, "'%s': buckets must ascend, but %s follows %s",
                             d->given, prom__number_said(b[n]).text,
                             prom__number_said(b[n - 1]).text);
        if (n == 10000)
            return prom_fail(PROM_E_INVAL,
                             "'%s': more than 10000 buckets, or no INFINITY at their end",
                             d->given);
    }
    double *copy = prom__arena_alloc(&d->memory, (n + 4) * sizeof *copy);
    if (!copy)
        return prom__no_memory("buckets");
    memcpy(copy, b, n * sizeof *copy);
    for (size_t i = n; i < n + 4; i++)
        copy[i] = INFINITY; /* one ends the array, the others let it be read by fours */
    d->opts.buckets = copy;
    d->n_bounds = n;
    d->marks = prom__marks_new(&d->memory, copy, n + 1);
    return d->marks ? PROM_OK : prom__no_memory("buckets");
}

static prom_err take_options_of_type(prom__desc *d)
{
    if (d->type != PROM_HISTOGRAM) {
        d->opts.buckets = NULL;
        d->opts.native_factor = 0;
    }
    prom_err e = prom__native_take(d->given, &d->opts, &d->native);
    if (!e && d->type == PROM_HISTOGRAM)
        e = take_buckets(d);
    if (!e)
        e = prom__summary_take(d);
    if (!e)
        e = prom__states_take(d);
    if (!e)
        e = prom__bounds_take(d);
    if (!e && d->opts.nan != PROM_NAN_DROP && d->opts.nan != PROM_NAN_COUNT)
        e = prom_fail(PROM_E_INVAL, "'%s': nan is neither drop nor count", d->given);
    return e;
}

/* --- the whole ---------------------------------------------------------- */

static void destroy(void *self)
{
    prom__desc *d = self;
    prom__arena memory = d->memory;
    prom__arena_free(&memory);
    prom__free(d);
}

static const prom__class desc_class = { .name = "desc", .destroy = destroy };

prom_err prom__desc_new(prom_type t, const prom_opts *o, bool legacy_only, prom__desc **out)
{
    prom__desc *d = prom__alloc_zero(sizeof *d);
    if (!d)
        return prom__no_memory("a description");
    prom__object_init(&d->object, &desc_class);
    d->memory.next_size = 512;
    d->type = t;
    d->legacy_only = legacy_only;
    prom_err e = prom__opts_copy(o, &d->opts);
    if (!e)
        e = take_names(d, legacy_only);
    if (!e)
        e = take_labels(d, legacy_only);
    if (!e)
        e = take_options_of_type(d);
    if (e) {
        prom_unref(d);
        return e;
    }
    *out = d;
    return PROM_OK;
}

static bool same_string(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_label_names(const prom__desc *a, const prom__desc *b)
{
    size_t n = a->shape->n_values;
    if (n != b->shape->n_values || a->shape->n != b->shape->n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(a->opts.labels[i], b->opts.labels[i]) != 0)
            return false;
    for (size_t i = 0; i < a->shape->n; i++) {
        prom_str x = a->shape->label[i].name, y = b->shape->label[i].name;
        if (x.n != y.n || memcmp(x.p, y.p, x.n) != 0)
            return false;
    }
    return true;
}

static bool same_constants(const prom__desc *a, const prom__desc *b)
{
    for (size_t i = 0; i < a->shape->n; i++) {
        prom_str x = a->shape->label[i].constant, y = b->shape->label[i].constant;
        if (x.n != y.n || (x.n && memcmp(x.p, y.p, x.n) != 0))
            return false;
    }
    return true;
}

static bool same_buckets(const prom__desc *a, const prom__desc *b)
{
    return a->n_bounds == b->n_bounds &&
           (!a->n_bounds ||
            !memcmp(a->opts.buckets, b->opts.buckets, a->n_bounds * sizeof(double)));
}

prom_err prom__desc_compare(const prom__desc *a, const prom__desc *b, bool *apart)
{
    const char *difference = NULL;
    *apart = false;
    if (a->type != b->type)
        return prom_fail(PROM_E_EXISTS, "'%s' is registered already as %s %s, not %s %s",
                         b->given, prom__type_article(a->type), prom_type_name(a->type),
                         prom__type_article(b->type), prom_type_name(b->type));
    if (!same_string(a->opts.help, b->opts.help))
        difference = "another help text";
    else if (!same_string(a->opts.unit, b->opts.unit))
        difference = "another unit";
    else if (!same_label_names(a, b))
        difference = "other labels";
    if (difference)
        return prom_fail(PROM_E_EXISTS, "'%s' is registered already with %s", b->given,
                         difference);
    if (!same_constants(a, b))
        *apart = true;
    else if (!prom__states_same(a, b))
        difference = "other states";
    else if (!same_buckets(a, b))
        difference = "other buckets";
    else if (!prom__bounds_same(a, b))
        difference = "another max_series, overflow or ttl";
    else if (!prom__constraints_same(a->constraints, b->constraints, a->shape->n_values))
        difference = "other constraints";
    else if (a->opts.nan != b->opts.nan || !prom__native_same(&a->opts, &b->opts) ||
             !prom__summary_same(a, b))
        difference = a->type == PROM_SUMMARY ? "other objectives or options" : "other options";
    return difference ? prom_fail(PROM_E_EXISTS, "'%s' is registered already with %s", b->given,
                                  difference)
                      : PROM_OK;
}
