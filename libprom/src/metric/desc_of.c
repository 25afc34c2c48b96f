// SPDX-License-Identifier: Apache-2.0
/* desc_of.c - from a metric back to its description. */
#include "model/described.h"
#include "vec.h"

prom_err prom_desc_of(void *object, prom_desc **out)
{
    *out = NULL;
    if (!object)
        return prom_fail(PROM_E_INVAL, "there is no metric to describe");
    if (prom__is_vec(object) || prom__is_stand_in(object))
        return prom__described(prom__vec_behind(object)->desc, out);
    if (prom__is_child(object))
        return prom__described(((prom__child *)object)->vec->desc, out);
    return prom_fail(PROM_E_TYPE, "a %s is no metric and has no description",
                     ((const prom__object *)object)->class->name);
}
