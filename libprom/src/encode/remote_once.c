// SPDX-License-Identifier: Apache-2.0
#include "remote_once.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "model/name.h"

enum { FIRST_SLOTS = 1024 };

/* --- whether it could be -------------------------------------------------- */

static bool is_of_sender(const prom__remote_labels *l, prom_str name)
{
    for (const prom_label *s = l->sender; s && s->name; s++)
        if (strlen(s->name) == name.n && memcmp(s->name, name.p, name.n) == 0)
            return true;
    return false;
}

static bool is_odd(const prom__shape *shape, const prom__remote_labels *l)
{
    if (!shape->legacy && l->escaping != PROM_ALLOW_UTF8)
        return true;
    for (size_t i = 0; l->sender && i < shape->n; i++)
        if (is_of_sender(l, shape->label[i].name))
            return true;
    return false;
}

static bool may_meet(const prom__family *f, const prom__remote_labels *l)
{
    const char *name = f->pub.name;
    const prom__shape *shape = f->pub.n_metrics ? f->points[0].shape : NULL;
    if (l->escaping != PROM_ALLOW_UTF8 &&
        !prom__name_legacy(PROM__METRIC_NAME, name, strlen(name)))
        return true;
    for (size_t i = 1; i < f->pub.n_metrics; i++)
        if (f->points[i].shape != shape)
            return true;
    return shape && is_odd(shape, l);
}

bool prom__remote_may_meet(const prom_snapshot *s, const prom__remote_labels *l)
{
    for (size_t i = 0; s && i < s->n_families; i++)
        if (may_meet(s->families[i], l))
            return true;
    return false;
}

/* --- what was written ------------------------------------------------------ */

static uint64_t hash(const prom__remote_labels *l, int64_t time_ms, uint64_t seed)
{
    uint64_t h = prom__hash_mix(prom__hash_key() ^ seed, (uint64_t)time_ms | 1);
    for (size_t i = 0; i < l->n; i++) {
        const prom__remote_label *x = &l->label[i];
        if (!x->value.n)
            continue;
        h = prom__hash_add(h, x->name.p, x->name.n);
        h = prom__hash_add(h, x->value.p, x->value.n);
    }
    return prom__hash_add(h, (const char *)&time_ms, sizeof time_ms);
}

/* Where it is, or would be. */
static prom__remote_print *find(prom__remote_print *slot, size_t n_slots, prom__remote_print x)
{
    size_t i = (size_t)x.a & (n_slots - 1);
    while (slot[i].b && (slot[i].a != x.a || slot[i].b != x.b))
        i = (i + 1) & (n_slots - 1);
    return &slot[i];
}

static bool grow(prom__remote_once *o)
{
    size_t n = o->n_slots ? prom__size_times(o->n_slots, 2) : FIRST_SLOTS;
    prom__remote_print *slot = prom__alloc_zero(prom__size_times(n, sizeof *slot));
    if (!slot)
        return false;
    for (size_t i = 0; i < o->n_slots; i++)
        if (o->slot[i].b)
            *find(slot, n, o->slot[i]) = o->slot[i];
    prom__free(o->slot);
    o->slot = slot;
    o->n_slots = n;
    return true;
}

prom_err prom__remote_once_add(prom__remote_once *o, const prom__remote_labels *l,
                               int64_t time_ms, bool *first)
{
    const prom__remote_print x = { hash(l, time_ms, 0), hash(l, time_ms, UINT64_MAX) | 1 };
    if (o->n * 2 >= o->n_slots && !grow(o))
        return prom__no_memory("a request");
    prom__remote_print *slot = find(o->slot, o->n_slots, x);
    *first = !slot->b;
    if (*first) {
        *slot = x;
        o->n++;
    }
    return PROM_OK;
}

void prom__remote_once_free(prom__remote_once *o)
{
    prom__free(o->slot);
    *o = (prom__remote_once){ .n = 0 };
}
