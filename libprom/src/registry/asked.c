// SPDX-License-Identifier: Apache-2.0
#include "asked.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "model/name.h"
#include "model/type.h"

#include <string.h>

static void destroy(void *self)
{
    prom__asked *a = self;
    prom__arena_free(&a->memory);
    prom__free(a);
}

static const prom__class asked_class = { .name = "asked", .destroy = destroy };

static bool add_name(prom__asked *a, const char *name)
{
    size_t n = strlen(name);
    char *text = prom__arena_alloc(&a->memory, n + 1);
    if (!text)
        return false;
    prom__claim_name *x = &a->name[a->n++];
    x->p = text;
    x->n = prom__name_escape(PROM__METRIC_NAME, PROM_UNDERSCORES, name, n, text);
    x->hash = prom__hash_add(prom__hash_key(), x->p, x->n);
    return true;
}

prom_err prom__asked_new(const prom_gather_opts *theirs, prom__asked **out)
{
    prom_gather_opts o = { .size = sizeof o };
    if (theirs->size < offsetof(prom_gather_opts, names))
        return prom_fail(PROM_E_INVAL,
                         "prom_gather_opts.size is not set: use PROM_GATHER_OPTS");
    memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    size_t n = 0;
    while (o.names && o.names[n])
        n++;
    prom__asked *a = prom__alloc_zero(sizeof *a);
    if (!a)
        return prom__no_memory("a gather");
    prom__object_init(&a->object, &asked_class);
    a->memory.next_size = 256;
    a->all = !o.names;
    a->cancelled = o.cancelled;
    a->data = o.data;
    a->timeout_ms = o.timeout_ms;
    a->deadline =
        o.timeout_ms ? prom__clock_steady() + (uint64_t)o.timeout_ms * 1000000 : UINT64_MAX;
    a->name = prom__arena_alloc(&a->memory, (n + 1) * sizeof *a->name);
    bool ok = a->name != NULL;
    for (size_t i = 0; i < n && ok; i++)
        ok = add_name(a, o.names[i]);
    if (!ok) {
        prom_unref(a);
        return prom__no_memory("a gather");
    }
    *out = a;
    return PROM_OK;
}

bool prom__asked_for(const prom__asked *a, const prom__claim_set *s)
{
    bool found = !a || a->all;
    for (size_t i = 0; !found && i < a->n; i++)
        for (size_t k = 0; k < s->n && !found; k++)
            found = a->name[i].hash == s->name[k].hash && a->name[i].n == s->name[k].n &&
                    memcmp(a->name[i].p, s->name[k].p, a->name[i].n) == 0;
    return found;
}

bool prom__asked_for_name(const prom__asked *a, const char *name)
{
    enum { LONGEST = 200 };
    char text[PROM__CLAIM_NAMES * (LONGEST + 10)];
    if (!a || a->all)
        return true;
    if (strlen(name) > LONGEST)
        return true; /* it is looked at again when it is built */
    bool found = false;
    for (int t = 0; t < PROM__TYPES && !found; t++) {
        prom__claim_set s;
        prom__claim_set_write(&s, (prom_type)t, name, text);
        found = prom__asked_for(a, &s);
    }
    return found;
}

bool prom__asked_late(const prom__asked *a)
{
    if (!a)
        return false;
    return a->over || (a->deadline != UINT64_MAX && prom__clock_steady() >= a->deadline);
}

bool prom__asked_cancelled(const prom__asked *a)
{
    return a && a->cancelled && a->cancelled(a->data);
}
