// SPDX-License-Identifier: Apache-2.0
/* build_snapshot.c - a whole snapshot inside another one: its points are copied, what they
 * refer to is not. */
#include "base/alloc.h"
#include "base/object.h"
#include "builder.h"

#include <string.h>

static prom_err add_family(prom_builder *b, const prom__family *from)
{
    prom__family *f;
    size_t n = from->pub.n_metrics;
    prom_err e = prom__snapshot_add_family(b->snapshot, &from->pub, &f);
    if (!e)
        e = prom__family_reserve(b->snapshot, f, n);
    if (e)
        return e;
    if (n)
        memcpy(f->points, from->points, n * sizeof *f->points);
    f->pub.n_metrics = n;
    f->shape = from->shape;
    if (!f->shape && n)
        f->shape = f->points[0].shape; /* a metric's: the same for all of its series */
    return PROM_OK;
}

/* Its families share nothing that this gather writes, so another gather may read it meanwhile.
 */
prom_err prom_build_snapshot(prom_builder *b, prom_snapshot *s)
{
    prom_err e = prom__builder_check_open(b);
    if (!e && !s)
        e = prom_fail(PROM_E_INVAL, "there is no snapshot to build");
    for (size_t i = 0; !e && i < s->n_families; i++)
        e = prom__builder_check_new(b, s->families[i]->pub.name);
    if (!e)
        e = prom__snapshot_hold(b->snapshot, prom_unref, s);
    if (e)
        return e;
    prom_ref(s);
    size_t before = b->snapshot->n_families;
    for (size_t i = 0; !e && i < s->n_families; i++)
        e = add_family(b, s->families[i]);
    if (e)
        b->snapshot->n_families = before;
    return e;
}
