// SPDX-License-Identifier: Apache-2.0
/* read.h - what a step says, as C values. Memory lasts until forget(). */
#ifndef CASES_READ_H
#define CASES_READ_H

#include "check.h"

#include <prom/model.h>
#include <prom/prom.h>

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

enum { MOST = 32 };

typedef struct grabbed {
    struct grabbed *next;
    max_align_t memory[];
} grabbed;

static grabbed *all_grabbed;

static void *grab(size_t n, size_t size)
{
    grabbed *g = calloc(1, sizeof *g + n * size);
    if (!g)
        abort();
    g->next = all_grabbed;
    all_grabbed = g;
    return g->memory;
}

static void forget(void)
{
    while (all_grabbed) {
        grabbed *next = all_grabbed->next;
        free(all_grabbed);
        all_grabbed = next;
    }
}

static const char *text(json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static double number(json_t *j)
{
    return json_is_string(j) ? strtod(json_string_value(j), NULL) : json_number_value(j);
}

static double number_at(json_t *o, const char *key, double otherwise)
{
    json_t *j = json_object_get(o, key);
    return j ? number(j) : otherwise;
}

/* A NULL-ended array that lives as long as the JSON, in memory of the test. */
static const char *const *strings(json_t *a)
{
    if (!a)
        return NULL;
    const char **s = grab(json_array_size(a) + 1, sizeof *s);
    for (size_t i = 0; i < json_array_size(a); i++)
        s[i] = json_string_value(json_array_get(a, i));
    return s;
}

static prom_label *pairs(json_t *o)
{
    if (!o)
        return NULL;
    prom_label *l = grab(json_object_size(o) + 1, sizeof *l);
    const char *key;
    json_t *value;
    size_t n = 0;
    json_object_foreach(o, key, value) l[n++] = (prom_label){ key, json_string_value(value) };
    return l;
}

static size_t pairs_str(json_t *o, prom_label_str *out)
{
    const char *key;
    json_t *value;
    size_t n = 0;
    json_object_foreach(o, key, value) out[n++] =
        (prom_label_str){ { key, strlen(key) },
                          { json_string_value(value), json_string_length(value) } };
    return n;
}

static size_t values_str(json_t *a, prom_str *out)
{
    for (size_t i = 0; i < json_array_size(a); i++) {
        json_t *v = json_array_get(a, i);
        out[i] = (prom_str){ json_string_value(v), json_string_length(v) };
    }
    return json_array_size(a);
}

static void check_text(prom_str got, json_t *want)
{
    bool same =
        got.n == json_string_length(want) && memcmp(got.p, json_string_value(want), got.n) == 0;
    if (!CHECK(same))
        fprintf(stderr, "    got \"%.*s\", want \"%s\"\n", (int)got.n, got.p,
                json_string_value(want));
}

static double *doubles(json_t *a, size_t room)
{
    double *d = grab(json_array_size(a) + room, sizeof *d);
    for (size_t i = 0; i < json_array_size(a); i++)
        d[i] = number(json_array_get(a, i));
    return d;
}

static prom_type type_of(const char *word)
{
    for (int t = PROM_UNKNOWN; word && t <= PROM_GAUGE_HISTOGRAM; t++)
        if (strcmp(prom_type_name((prom_type)t), word) == 0)
            return (prom_type)t;
    CHECK_STR(word, "a type word");
    return PROM_UNKNOWN;
}

static double *bounds(json_t *a)
{
    if (!a)
        return NULL;
    double *d = doubles(a, 1);
    d[json_array_size(a)] = INFINITY;
    return d;
}

static prom_objective *objectives(json_t *a)
{
    if (!a)
        return NULL;
    prom_objective *o = grab(json_array_size(a) + 1, sizeof *o);
    for (size_t i = 0; i < json_array_size(a); i++) {
        json_t *pair = json_array_get(a, i);
        o[i].quantile = number(json_array_get(pair, 0));
        o[i].error = number(json_array_get(pair, 1));
    }
    o[json_array_size(a)].quantile = -1;
    return o;
}

/* "allowed": { "method": ["GET"] }, "otherwise": "rest" */
static prom_constraint *constraints(json_t *o)
{
    json_t *allowed = json_object_get(o, "allowed"), *values;
    if (!allowed)
        return NULL;
    prom_constraint *c = grab(json_object_size(allowed) + 1, sizeof *c);
    const char *label;
    size_t n = 0;
    json_object_foreach(allowed, label, values) c[n++] = (prom_constraint){
        .label = label, .allowed = strings(values), .otherwise = text(o, "otherwise")
    };
    return c;
}

static prom_opts opts_of(json_t *o)
{
    json_t *nan = json_object_get(o, "nan");
    return (prom_opts){
        .size = sizeof(prom_opts),
        .name = text(o, "name"),
        .help = text(o, "help"),
        .unit = text(o, "unit"),
        .namespace_ = text(o, "namespace"),
        .subsystem = text(o, "subsystem"),
        .labels = strings(json_object_get(o, "labels")),
        .const_labels = pairs(json_object_get(o, "const_labels")),
        .buckets = bounds(json_object_get(o, "buckets")),
        .objectives = objectives(json_object_get(o, "objectives")),
        .max_age = number_at(o, "max_age", 0),
        .age_buckets = (unsigned)number_at(o, "age_buckets", 0),
        .nan = nan ? PROM_NAN_COUNT : PROM_NAN_DROP,
        .states = strings(json_object_get(o, "states")),
        .native_factor = number_at(o, "native_factor", 0),
        .native_zero_threshold = number_at(o, "native_zero_threshold", 0),
        .native_max_buckets = (unsigned)number_at(o, "native_max_buckets", 0),
        .native_max_zero_threshold = number_at(o, "native_max_zero_threshold", 0),
        .native_max_exemplars = (int)number_at(o, "native_max_exemplars", 0),
        .max_series = (unsigned)number_at(o, "max_series", 0),
        .overflow = text(o, "overflow"),
        .ttl = number_at(o, "ttl", 0),
        .constraints = constraints(o),
    };
}

/* Lines, each ended by a line feed; memory of the test. */
static char *lines(json_t *a)
{
    size_t n = 1, i;
    json_t *line;
    json_array_foreach(a, i, line) n += json_string_length(line) + 1;
    char *s = grab(n, 1), *at = s;
    json_array_foreach(a, i, line) at += sprintf(at, "%s\n", json_string_value(line));
    return s;
}

#endif
