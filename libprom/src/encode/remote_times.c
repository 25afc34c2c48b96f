// SPDX-License-Identifier: Apache-2.0
#include "remote_times.h"

#include "base/alloc.h"
#include "base/hash.h"

enum { FIRST_SLOTS = 64, HOUR_MS = 3600000 };

/* Of the names as they are, so it is the same in both versions; in any order. */
static prom__remote_print print_of(const prom_family *f, const prom__remote_labels *l)
{
    prom__remote_print x = { 0, 0 };
    uint64_t h = prom__hash_add(prom__hash_key(), f->name, strlen(f->name));
    for (size_t i = 0; i < l->shape->n; i++) {
        prom_str name = l->shape->label[i].name, value = l->own[i];
        if (!value.n)
            continue;
        uint64_t one = prom__hash_add(prom__hash_key(), name.p, name.n);
        one = prom__hash_add(one, value.p, value.n);
        x.a += one;
        x.b += prom__hash_mix(one ^ h, 0xe7037ed1a0b428dbu);
    }
    x.a = prom__hash_mix(x.a ^ h, 0xa0761d6478bd642fu);
    x.b = prom__hash_mix(x.b ^ h, 0xe7037ed1a0b428dbu) | 1;
    return x;
}

/* Where it is, or would be. */
static prom__remote_last *place(prom__remote_last *slot, size_t n_slots, prom__remote_print x)
{
    size_t i = (size_t)x.a & (n_slots - 1);
    while (slot[i].series.b && (slot[i].series.a != x.a || slot[i].series.b != x.b))
        i = (i + 1) & (n_slots - 1);
    return &slot[i];
}

/* Into a table that is twice as large as what is kept needs. */
static bool grow(prom__remote_times *t, int64_t gather_ms)
{
    size_t kept = 0, n_slots = FIRST_SLOTS;
    for (size_t i = 0; i < t->n_slots; i++)
        kept += t->slot[i].series.b && t->slot[i].gather_ms >= gather_ms - HOUR_MS;
    while (n_slots && n_slots < kept * 4)
        n_slots = prom__size_times(n_slots, 2);
    prom__remote_last *slot = prom__alloc_zero(prom__size_times(n_slots, sizeof *slot));
    if (!slot)
        return false;
    for (size_t i = 0; i < t->n_slots; i++) {
        const prom__remote_last *x = &t->slot[i];
        if (x->series.b && x->gather_ms >= gather_ms - HOUR_MS)
            *place(slot, n_slots, x->series) = *x;
    }
    prom__free(t->slot);
    *t = (prom__remote_times){ slot, kept, n_slots };
    return true;
}

prom__remote_last *prom__remote_times_find(prom__remote_times *t, const prom_family *f,
                                           const prom__remote_labels *l, int64_t gather_ms)
{
    if (!t->n)
        return NULL;
    prom__remote_last *x = place(t->slot, t->n_slots, print_of(f, l));
    if (!x->series.b)
        return NULL;
    if (x->gather_ms != gather_ms)
        x->before_ms = x->now_ms;
    x->gather_ms = gather_ms;
    return x;
}

prom_err prom__remote_times_add(prom__remote_times *t, const prom_family *f,
                                const prom__remote_labels *l, int64_t gather_ms,
                                prom__remote_last **out)
{
    *out = prom__remote_times_find(t, f, l, gather_ms);
    if (*out)
        return PROM_OK;
    if (t->n * 2 >= t->n_slots && !grow(t, gather_ms))
        return prom__no_memory("a request");
    prom__remote_print series = print_of(f, l);
    *out = place(t->slot, t->n_slots, series);
    **out = (prom__remote_last){ series, INT64_MIN, INT64_MIN, gather_ms };
    t->n++;
    return PROM_OK;
}

void prom__remote_times_free(prom__remote_times *t)
{
    prom__free(t->slot);
    *t = (prom__remote_times){ NULL, 0, 0 };
}
