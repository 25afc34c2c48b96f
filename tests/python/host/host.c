// SPDX-License-Identifier: Apache-2.0
/* host.c - what a program in C does with a registry that Python has too. Python's tests call
 * it with the table and the registry that it finds in the capsules. Empty strings stand for
 * labels that are not there. */
#include <prom/api.h>

prom_err host_define(const prom_api *api, prom_registry *r, prom_type type, const char *name,
                     const char *label, const char *other);
prom_err host_add(const prom_api *api, prom_registry *r, const char *name, const char *value,
                  const char *other, double amount);
prom_err host_remove(const prom_api *api, prom_registry *r, const char *name, const char *value,
                     const char *other);
prom_err host_clear(const prom_api *api, prom_registry *r, const char *name);

/* Ends an array of two at the first empty one. */
static const char *const *list(const char *out[3], const char *one, const char *other)
{
    out[0] = *one ? one : NULL;
    out[1] = *other ? other : NULL;
    out[2] = NULL;
    return out;
}

/* In seconds, with a description for each type; it belongs to the registry alone. */
prom_err host_define(const prom_api *api, prom_registry *r, prom_type type, const char *name,
                     const char *label, const char *other)
{
    const char *labels[3];
    prom_opts o = PROM_OPTS_INIT;
    prom_vec *vec;
    prom_err err;

    o.name = name;
    o.help = "By C.";
    o.unit = "seconds";
    o.labels = list(labels, label, other);
    if (type == PROM_HISTOGRAM)
        o.buckets = PROM_BUCKETS(1, 2);
    if (type == PROM_SUMMARY)
        o.objectives = PROM_OBJECTIVES({ 0.5, 0.1 });
    err = api->vec_new(r, type, &o, &vec);
    api->unref(vec);
    return err;
}

prom_err host_add(const prom_api *api, prom_registry *r, const char *name, const char *value,
                  const char *other, double amount)
{
    const char *values[3];
    prom_vec *vec;
    prom_counter *c = NULL;
    prom_err err = api->registry_find(r, name, &vec);

    if (!err)
        err = api->counter_with(vec, list(values, value, other), &c);
    if (!err)
        err = api->counter_add(c, amount);
    api->unref(c);
    api->unref(vec);
    return err;
}

prom_err host_remove(const prom_api *api, prom_registry *r, const char *name, const char *value,
                     const char *other)
{
    const char *values[3];
    prom_vec *vec;
    prom_err err = api->registry_find(r, name, &vec);

    if (!err)
        err = api->vec_remove(vec, list(values, value, other));
    api->unref(vec);
    return err;
}

prom_err host_clear(const prom_api *api, prom_registry *r, const char *name)
{
    prom_vec *vec;
    prom_err err = api->registry_find(r, name, &vec);

    if (!err)
        err = api->vec_clear(vec);
    api->unref(vec);
    return err;
}
