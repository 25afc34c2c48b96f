// SPDX-License-Identifier: Apache-2.0
#include "family.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(prom__family_record) == 120, "the record is a format");

static size_t put(char *to, size_t at, const char *s)
{
    size_t n = strlen(s) + 1;
    if (to)
        memcpy(to + at, s, n);
    return at + n;
}

/* Writes the strings, or only counts their bytes where `to` is NULL. */
static size_t put_strings(char *to, const prom__desc *d)
{
    size_t n = put(to, 0, d->opts.name);
    n = put(to, n, d->opts.help);
    n = put(to, n, d->opts.unit ? d->opts.unit : "");
    for (const char *const *l = d->opts.labels; *l; l++)
        n = put(to, n, *l);
    for (const prom_label *l = d->opts.const_labels; l->name; l++) {
        n = put(to, n, l->name);
        n = put(to, n, l->value);
    }
    for (size_t i = 0; i < d->n_states; i++)
        n = put(to, n, d->opts.states[i]);
    n = put(to, n, d->opts.overflow);
    return n;
}

static void write_native(prom__family_record *r, const prom_opts *o)
{
    r->native_factor = o->native_factor;
    r->native_zero_threshold = o->native_zero_threshold;
    r->native_max_buckets = o->native_max_buckets;
    r->native_min_reset = o->native_min_reset;
    r->native_max_zero_threshold = o->native_max_zero_threshold;
    r->native_max_exemplars = o->native_max_exemplars;
    r->native_exemplar_ttl = o->native_exemplar_ttl;
}

static void read_native(const prom__family_record *r, prom_opts *o)
{
    o->native_factor = r->native_factor;
    o->native_zero_threshold = r->native_zero_threshold;
    o->native_max_buckets = r->native_max_buckets;
    o->native_min_reset = r->native_min_reset;
    o->native_max_zero_threshold = r->native_max_zero_threshold;
    o->native_max_exemplars = r->native_max_exemplars;
    o->native_exemplar_ttl = r->native_exemplar_ttl;
}

prom_err prom__family_write(prom__store *store, const prom__desc *d, uint64_t *offset)
{
    size_t numbers = d->n_bounds + 2 * d->n_objectives;
    size_t n = sizeof(prom__family_record) + numbers * 8 + put_strings(NULL, d);
    prom__family_record *r =
        (prom__family_record *)(void *)prom__store_alloc(store, n, PROM__RECORD_FAMILY, offset);
    if (!r)
        return prom__no_memory("a family");
    r->type = d->type;
    r->nan = d->opts.nan;
    r->n_labels = (uint32_t)d->shape->n_values;
    r->n_constants = (uint32_t)(d->shape->n - d->shape->n_values);
    r->n_bounds = (uint32_t)d->n_bounds;
    r->n_objectives = (uint32_t)d->n_objectives;
    r->n_states = (uint32_t)d->n_states;
    r->age_buckets = d->opts.age_buckets;
    r->max_series = d->opts.max_series;
    r->ttl = d->opts.ttl;
    r->max_age = d->opts.max_age;
    r->accuracy = d->opts.accuracy;
    write_native(r, &d->opts);
    if (d->n_bounds)
        memcpy(r->numbers, d->opts.buckets, d->n_bounds * 8);
    if (d->n_objectives)
        memcpy(r->numbers + d->n_bounds, d->opts.objectives, d->n_objectives * 16);
    put_strings((char *)(r->numbers + numbers), d);
    return PROM_OK;
}

static const char *next(const char **at)
{
    const char *s = *at;
    *at += strlen(s) + 1;
    return s;
}

prom_err prom__family_read(const prom__family_record *r, prom__desc **out)
{
    size_t n_numbers = r->n_bounds + 2 * (size_t)r->n_objectives;
    const char *at = (const char *)(r->numbers + n_numbers);
    prom_opts o = { .size = sizeof o,
                    .nan = (prom_nan)r->nan,
                    .max_series = r->max_series,
                    .ttl = r->ttl,
                    .max_age = r->max_age,
                    .age_buckets = r->age_buckets,
                    .accuracy = r->accuracy };
    const char **labels = prom__alloc_zero((r->n_labels + 1) * sizeof *labels);
    prom_label *constants = prom__alloc_zero((r->n_constants + 1) * sizeof *constants);
    double *bounds = prom__alloc_zero((r->n_bounds + 1) * sizeof *bounds);
    prom_objective *objectives = prom__alloc_zero((r->n_objectives + 1) * sizeof *objectives);
    const char **states = prom__alloc_zero((r->n_states + 1) * sizeof *states);
    prom_err e = PROM_OK;
    read_native(r, &o);
    if (!labels || !constants || !bounds || !objectives || !states) {
        e = prom__no_memory("a family");
    } else {
        o.name = next(&at);
        o.help = next(&at);
        o.unit = next(&at);
        for (size_t i = 0; i < r->n_labels; i++)
            labels[i] = next(&at);
        for (size_t i = 0; i < r->n_constants; i++) {
            constants[i].name = next(&at);
            constants[i].value = next(&at);
        }
        for (size_t i = 0; i < r->n_states; i++)
            states[i] = next(&at);
        o.overflow = next(&at);
        memcpy(bounds, r->numbers, r->n_bounds * 8);
        bounds[r->n_bounds] = INFINITY;
        memcpy(objectives, r->numbers + r->n_bounds, r->n_objectives * 16);
        objectives[r->n_objectives].quantile = -1;
        o.labels = labels;
        o.const_labels = constants;
        o.buckets = bounds;
        o.objectives = objectives;
        o.states = states;
        e = prom__desc_new((prom_type)r->type, &o, false, out);
    }
    prom__free(labels);
    prom__free(constants);
    prom__free(bounds);
    prom__free(objectives);
    prom__free(states);
    return e;
}
