// SPDX-License-Identifier: Apache-2.0
#include "known.h"

#include "base/alloc.h"
#include "model/type.h"

#include <string.h>

prom__known prom__known_of(const prom__desc *d)
{
    return (
        prom__known){ d->type, d->opts.name, d->given, d->opts.help, d->opts.unit, d->shape };
}

static bool same_text(const char *a, const char *b)
{
    return !a || !b || strcmp(a, b) == 0;
}

static bool same_str(prom_str a, prom_str b)
{
    return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

static bool same_names(const prom__shape *a, const prom__shape *b)
{
    bool same = a->n == b->n && a->n_values == b->n_values;
    for (size_t i = 0; i < a->n && same; i++)
        same = same_str(a->label[i].name, b->label[i].name) &&
               !a->label[i].constant.p == !b->label[i].constant.p;
    return same;
}

static bool same_constants(const prom__shape *a, const prom__shape *b)
{
    bool same = true;
    for (size_t i = 0; i < a->n && same; i++)
        same = same_str(a->label[i].constant, b->label[i].constant);
    return same;
}

prom_err prom__known_compare(const prom__known *a, const prom__known *b, bool *apart)
{
    const char *difference = NULL;
    *apart = false;
    if (a->type != b->type)
        return prom_fail(PROM_E_EXISTS, "'%s' is registered already as %s %s, not %s %s",
                         b->given, prom__type_article(a->type), prom_type_name(a->type),
                         prom__type_article(b->type), prom_type_name(b->type));
    if (!same_text(a->help, b->help))
        difference = "another help text";
    else if (!same_text(a->unit, b->unit))
        difference = "another unit";
    else if (!same_names(a->shape, b->shape))
        difference = "other labels";
    if (difference)
        return prom_fail(PROM_E_EXISTS, "'%s' is registered already with %s", b->given,
                         difference);
    *apart = !same_constants(a->shape, b->shape);
    return PROM_OK;
}

/* --- descriptions of collectors ------------------------------------------ */

static void destroy(void *self)
{
    prom__description *d = self;
    prom__arena_free(&d->memory);
    prom__free(d);
}

static const prom__class description_class = { .name = "description", .destroy = destroy };

static bool copy_text(prom__arena *a, const char *from, const char **to)
{
    *to = from ? prom__arena_copy(a, from, strlen(from)) : NULL;
    return !from || *to;
}

/* Families that were taken over from a snapshot have none. */
static const prom__shape no_labels = { .legacy = true };

static prom_err copy_known(prom__arena *a, const prom__family *f, prom__known *k)
{
    *k = (prom__known){ .type = f->pub.type };
    if (!copy_text(a, f->pub.name, &k->name) || !copy_text(a, f->pub.help, &k->help) ||
        !copy_text(a, f->pub.unit, &k->unit))
        return prom__no_memory("a description");
    k->given = k->name;
    return prom__shape_copy(f->shape ? f->shape : &no_labels, a, &k->shape);
}

prom_err prom__description_new(const prom_snapshot *s, prom__description **out)
{
    prom__description *d = prom__alloc_zero(sizeof *d);
    if (!d)
        return prom__no_memory("a description");
    prom__object_init(&d->object, &description_class);
    d->memory.next_size = 512;
    d->known = prom__arena_alloc(&d->memory, (s->n_families + 1) * sizeof *d->known);
    prom_err e = d->known ? PROM_OK : prom__no_memory("a description");
    for (; d->n < s->n_families && !e; d->n++)
        e = copy_known(&d->memory, s->families[d->n], &d->known[d->n]);
    if (e) {
        prom_unref(d);
        return e;
    }
    *out = d;
    return PROM_OK;
}
