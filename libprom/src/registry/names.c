// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include "base/hash.h"
#include "model/name.h"
#include "model/type.h"

#include <string.h>

size_t prom__claim_set_size(prom_type t, const char *name)
{
    size_t n = prom__type_base(t, name), total = n;
    for (const char *const *s = prom__type_suffixes(t); *s; s++)
        total += n + strlen(*s);
    return total;
}

void prom__claim_set_write(prom__claim_set *s, prom_type t, const char *name, char *text)
{
    size_t n = prom__name_escape(PROM__METRIC_NAME, PROM_UNDERSCORES, name,
                                 prom__type_base(t, name), text);
    const char *base = text;
    *s = (prom__claim_set){ .n = 1, .name = { { base, n, 0 } }, .text = text };
    text += n;
    for (const char *const *suffix = prom__type_suffixes(t); *suffix; suffix++) {
        size_t k = strlen(*suffix);
        memcpy(text, base, n);
        memcpy(text + n, *suffix, k);
        s->name[s->n++] = (prom__claim_name){ text, n + k, 0 };
        text += n + k;
    }
    for (size_t i = 0; i < s->n; i++)
        s->name[i].hash = prom__hash_add(prom__hash_key(), s->name[i].p, s->name[i].n);
}

static bool same(const prom__claim_name *a, const prom__claim_name *b)
{
    return a->hash == b->hash && a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

void *prom__names_find(const prom__names *t, const prom__claim_name *name)
{
    for (size_t i = 0; i < t->size; i++) {
        const prom__names_entry *e = &t->entry[(name->hash + i) & (t->size - 1)];
        if (!e->name.p)
            return NULL;
        if (same(&e->name, name))
            return e->owner;
    }
    return NULL;
}

void prom__names_put(prom__names *t, const prom__claim_name *name, void *owner)
{
    size_t i = name->hash & (t->size - 1);
    while (t->entry[i].name.p)
        i = (i + 1) & (t->size - 1);
    t->entry[i] = (prom__names_entry){ *name, owner };
    t->n++;
}

void prom__names_remove(prom__names *t, const prom__claim_name *name)
{
    size_t mask = t->size - 1, gap = name->hash & mask;
    while (t->entry[gap].name.p && !same(&t->entry[gap].name, name))
        gap = (gap + 1) & mask;
    if (!t->entry[gap].name.p)
        return;
    for (size_t i = (gap + 1) & mask; t->entry[i].name.p; i = (i + 1) & mask)
        if (((i - t->entry[i].name.hash) & mask) >= ((i - gap) & mask)) {
            t->entry[gap] = t->entry[i];
            gap = i;
        }
    t->entry[gap] = (prom__names_entry){ { NULL, 0, 0 }, NULL };
    t->n--;
}

void prom__names_move(const prom__names *from, prom__names *to)
{
    for (size_t i = 0; i < from->size; i++)
        if (from->entry[i].name.p)
            prom__names_put(to, &from->entry[i].name, from->entry[i].owner);
}
