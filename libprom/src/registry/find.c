// SPDX-License-Identifier: Apache-2.0
/* find.c - finding one metric by its name, and listing all that is registered. */
#include "base/alloc.h"
#include "model/type.h"
#include "registry.h"

#include <string.h>

/* --- finding ------------------------------------------------------------ */

typedef enum match { NOT, BY_OTHER_NAME, EXACT } match;

/* `name` is what was asked for; a prefix that the registry adds may be left out. */
static match compare(const prom__known *k, const char *prefix, const char *name)
{
    size_t p = strlen(prefix), n = strlen(name);
    if (strcmp(name, k->name) == 0)
        return EXACT;
    if (strncmp(k->name, prefix, p) != 0)
        p = 0;
    size_t base = prom__type_base(k->type, k->name);
    bool other = strcmp(name, k->name + p) == 0 || strcmp(name, k->given) == 0 ||
                 (n == base && memcmp(name, k->name, n) == 0) ||
                 (base >= p && n == base - p && memcmp(name, k->name + p, n) == 0);
    return other ? BY_OTHER_NAME : NOT;
}

prom_err prom_registry_find(prom_registry *r, const char *name, prom_vec **out)
{
    *out = NULL;
    if (!r || !name)
        return prom_fail(PROM_E_INVAL, "a registry and a name are needed to find a metric");
    const prom_registry *base = prom__registry_base(r);
    const char *prefix = r->wrap ? r->wrap->prefix : "";
    prom_vec *found = NULL;
    match best = NOT;
    prom__lock();
    for (size_t i = 0; i < base->n && best != EXACT; i++) {
        const prom__entry *e = base->entry[i];
        if (!prom__is_vec(e->object) || !prom__registry_has(r, e))
            continue;
        match m = compare(&e->member[0].known, prefix, name);
        if (m > best) {
            best = m;
            found = e->object;
        }
    }
    prom_ref(found);
    prom__unlock();
    *out = found;
    return found ? PROM_OK : prom_fail(PROM_E_NOENT, "there is no metric '%s'", name);
}

/* --- listing ------------------------------------------------------------ */

/* With the lock held: takes references to at most `cap`, and says how many there are. */
static size_t list(prom_registry *r, prom__entry **out, size_t cap)
{
    const prom_registry *base = prom__registry_base(r);
    size_t n = 0;
    for (size_t i = 0; i < base->n; i++)
        if (prom__registry_has(r, base->entry[i]) && n++ < cap)
            out[n - 1] = prom__entry_ref(base->entry[i]);
    return n;
}

static void drop(prom__entry **list, size_t n)
{
    prom__lock();
    for (size_t i = 0; i < n; i++)
        prom__entry_unref(list[i]);
    prom__unlock();
    prom__free(list);
}

static prom_err list_all(prom_registry *r, prom__entry ***out, size_t *n)
{
    for (size_t cap = 0;; cap = *n) {
        *out = prom__alloc((cap + 1) * sizeof **out);
        if (!*out)
            return prom__no_memory("a list of what is registered");
        prom__lock();
        *n = list(r, *out, cap);
        prom__unlock();
        if (*n <= cap)
            return PROM_OK;
        drop(*out, cap); /* there are more than the last time */
    }
}

static prom_registered describe(const prom__entry *e)
{
    prom_registered x = { .kind = PROM_REGISTERED_REGISTRY, .name = "", .object = e->object };
    if (prom__is_collector(e->object)) {
        x.kind = PROM_REGISTERED_COLLECTOR;
        x.name = prom__collector_name(e->object);
    } else if (prom__is_vec(e->object)) {
        x.kind = PROM_REGISTERED_METRIC;
        x.name = e->member[0].known.name;
        x.type = e->member[0].known.type;
        x.opts = prom_vec_opts(e->object);
    }
    return x;
}

prom_err prom_registry_each(prom_registry *r,
                            prom_err (*each)(void *data, const prom_registered *x), void *data)
{
    prom__entry **all;
    size_t n = 0;
    if (!r || !each)
        return prom_fail(PROM_E_INVAL, "a registry and a function are needed to list metrics");
    prom_err e = list_all(r, &all, &n);
    if (e)
        return e;
    for (size_t i = 0; i < n && !e; i++) {
        prom_registered x = describe(all[i]);
        e = each(data, &x);
    }
    drop(all, n);
    return e;
}
