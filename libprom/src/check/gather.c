// SPDX-License-Identifier: Apache-2.0
#include "gather.h"

#include "base/object.h"

#include <string.h>

static bool is_a(const void *object, const char *class)
{
    return object && strcmp(((const prom__object *)object)->class->name, class) == 0;
}

bool prom__object_is_series(const void *object)
{
    return is_a(object, "child") || is_a(object, "metric"); /* one without labels */
}

static prom_err gather_alone(void *object, prom_snapshot **out)
{
    prom_registry *r;
    const prom_registry_opts o = { .size = sizeof o, .pedantic = true };
    prom_err e = prom_registry_new(&o, &r);
    if (e)
        return e;
    e = prom_registry_add(r, object);
    if (!e)
        e = prom_gather(r, out);
    prom_unref(r);
    return e;
}

prom_err prom__gather_object(void *object, prom_snapshot **out)
{
    *out = NULL;
    if (!object)
        return prom_fail(PROM_E_INVAL, "there is no object to gather from");
    prom_err e =
        is_a(object, "registry") ? prom_gather(object, out) : gather_alone(object, out);
    if (e || !prom_snapshot_error(*out, 0))
        return e;
    e = prom_fail(PROM_E_CALLBACK, "%s", prom_snapshot_error(*out, 0));
    prom_unref(*out);
    *out = NULL;
    return e;
}

bool prom__family_counts(const prom_family *f, const char *const *names)
{
    for (size_t i = 0; names && names[i]; i++)
        if (strcmp(names[i], f->name) == 0)
            return f->n_metrics > 0;
    return !names && f->n_metrics > 0;
}
