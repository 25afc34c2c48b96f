// SPDX-License-Identifier: Apache-2.0
/* with.c - typed doors to look-up, and label values as C strings. */
#include "base/alloc.h"
#include "model/type.h"
#include "vec.h"

#include <string.h>

/* Most metrics have few labels; more of them cost an allocation. */
enum { FEW = 16 };

typedef struct values {
    prom_str few[FEW], *p;
    size_t n;
} values;

static prom_err take_values(values *v, const char *const *strings)
{
    v->n = 0;
    while (strings && strings[v->n])
        v->n++;
    v->p = v->n <= FEW ? v->few : prom__alloc(v->n * sizeof *v->p);
    if (!v->p)
        return prom__no_memory("label values");
    for (size_t i = 0; i < v->n; i++)
        v->p[i] = (prom_str){ strings[i], strlen(strings[i]) };
    return PROM_OK;
}

static void drop_values(values *v)
{
    if (v->p != v->few)
        prom__free(v->p);
}

static prom_err with(prom_vec *v, prom_type t, const char *const *strings, void **out)
{
    values x;
    *out = NULL;
    const prom_vec *family = prom__vec_behind(v);
    if (family && family->desc->type != t)
        return prom_fail(PROM_E_TYPE, "'%s' is %s %s, not %s %s", family->desc->given,
                         prom__type_article(family->desc->type),
                         prom_type_name(family->desc->type), prom__type_article(t),
                         prom_type_name(t));
    prom_err e = take_values(&x, strings);
    if (e)
        return e;
    e = prom_vec_with(v, x.p, x.n, out);
    drop_values(&x);
    return e;
}

// clang-format off
#define WITH(type, TYPE, handle)                                                          \
    prom_err prom_##type##_with(prom_vec *v, const char *const *strings, prom_##handle **out) \
    {                                                                                     \
        void *child;                                                                      \
        prom_err e = with(v, PROM_##TYPE, strings, &child);                               \
        *out = child;                                                                     \
        return e;                                                                         \
    }

WITH(counter, COUNTER, counter)
WITH(gauge, GAUGE, gauge)
WITH(histogram, HISTOGRAM, histogram)
WITH(summary, SUMMARY, summary)
WITH(info, INFO, info)
WITH(stateset, STATESET, stateset)
WITH(unknown, UNKNOWN, gauge)
// clang-format on

prom_err prom_vec_remove(prom_vec *v, const char *const *strings)
{
    values x;
    prom_err e = take_values(&x, strings);
    if (e)
        return e;
    e = prom_vec_remove_str(v, x.p, x.n);
    drop_values(&x);
    return e;
}
