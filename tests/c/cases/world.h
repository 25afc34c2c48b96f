// SPDX-License-Identifier: Apache-2.0
/* world.h - what a case has made so far. */
#ifndef CASES_WORLD_H
#define CASES_WORLD_H

#include "read.h"

#include <prom/vec.h>

enum { NAMES = 64 };

/* What a case has made, by name; "" is its registry. */
typedef struct thing {
    const char *name;
    void *object;
    prom_type type;
} thing;

typedef struct world {
    prom_registry *registry;
    thing things[NAMES];
    size_t n;
} world;

static thing *find(world *w, const char *name)
{
    static thing none;
    for (size_t i = w->n; name && i-- > 0;)
        if (strcmp(w->things[i].name, name) == 0)
            return &w->things[i];
    CHECK_STR(name, "the name of something made before");
    return &none;
}

static void keep(world *w, json_t *step, void *object, prom_type type)
{
    const char *name = text(step, "as");
    w->things[w->n++] = (thing){ name ? name : "", object, type };
}

static prom_registry *registry_of(world *w, json_t *step)
{
    const char *name = text(step, "in");
    return name ? find(w, name)->object : w->registry;
}

/* The series that a step is about: of a vec by its labels, or the thing itself. */
static prom_err series_of(world *w, json_t *step, void **child, prom_type *type)
{
    thing *t = find(w, text(step, "on"));
    json_t *labels = json_object_get(step, "labels");
    prom_str values[MOST];
    prom_label_str named[MOST];
    *type = t->type;
    if (json_is_object(labels))
        return prom_vec_with_labels(t->object, named, pairs_str(labels, named), child);
    return prom_vec_with(t->object, values, values_str(labels, values), child);
}

static prom_err update(world *w, json_t *s, prom_err (*f)(void *child, prom_type t, json_t *s))
{
    void *child = NULL;
    prom_type type;
    prom_err e = series_of(w, s, &child, &type);
    if (e)
        return e;
    e = f(child, type, s);
    prom_unref(child);
    return e;
}

#define UPDATE(name)                               \
    static prom_err do_##name(world *w, json_t *s) \
    {                                              \
        return update(w, s, name);                 \
    }
#endif
