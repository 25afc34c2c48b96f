// SPDX-License-Identifier: Apache-2.0
#include "wrap.h"

#include "base/alloc.h"
#include "base/utf8.h"

#include <string.h>

/* --- life --------------------------------------------------------------- */

static void destroy(void *self)
{
    prom__wrap *w = self;
    prom_unref(w->around);
    prom__arena_free(&w->memory);
    prom__free(w);
}

static const prom__class wrap_class = { .name = "wrap", .destroy = destroy };

static const prom_label none[] = { { NULL, NULL } };

static const char *concat(prom__arena *a, const char *x, const char *y)
{
    size_t n = strlen(x), m = strlen(y);
    char *both = prom__arena_alloc(a, n + m + 1);
    if (!both)
        return NULL;
    memcpy(both, x, n);
    memcpy(both + n, y, m + 1);
    return both;
}

static size_t count(const prom_label *l)
{
    size_t n = 0;
    while (l && l[n].name)
        n++;
    return n;
}

/* Borrowed strings. NULL: no memory. */
static prom_label *join(prom__arena *a, const prom_label *x, const prom_label *y)
{
    size_t n = count(x), m = count(y);
    prom_label *both = prom__arena_alloc(a, (n + m + 1) * sizeof *both);
    if (!both)
        return NULL;
    if (n)
        memcpy(both, x, n * sizeof *both);
    if (m)
        memcpy(both + n, y, m * sizeof *both);
    both[n + m] = none[0];
    return both;
}

static prom_err copy_strings(prom__arena *a, prom_label *l)
{
    for (; l->name; l++) {
        l->name = prom__arena_copy(a, l->name, strlen(l->name));
        l->value = prom__arena_copy(a, l->value, strlen(l->value));
        if (!l->name || !l->value)
            return prom__no_memory("labels");
    }
    return PROM_OK;
}

/* The labels alone, as if they were a metric's. */
static prom_err check_labels(prom__wrap *w, const prom_label *labels)
{
    const prom__shape *shape;
    prom__shape_opts o = { .metric = "wrapped registry", .constants = labels };
    for (const prom_label *l = w->around ? w->around->labels : none; l->name; l++)
        for (const prom_label *x = labels; x && x->name; x++)
            if (strcmp(l->name, x->name) == 0)
                return prom_fail(PROM_E_LABELS, "the wrapped registry has label '%s' already",
                                 l->name);
    return prom__shape_new(&o, &w->memory, &shape);
}

static prom_err fill(prom__wrap *w, const prom_wrap_opts *o)
{
    const char *prefix = o->prefix ? o->prefix : "";
    if (!prom__utf8_valid(prefix, strlen(prefix)))
        return prom_fail(PROM_E_NAME, "a wrapped registry's prefix is not valid UTF-8");
    prom_err e = check_labels(w, o->labels);
    if (e)
        return e;
    const prom__wrap *around = w->around;
    w->prefix = concat(&w->memory, around ? around->prefix : "", prefix);
    prom_label *labels = join(&w->memory, around ? around->labels : none, o->labels);
    w->labels = labels;
    return w->prefix && labels ? copy_strings(&w->memory, labels)
                               : prom__no_memory("a wrapped registry");
}

prom_err prom__wrap_new(prom__wrap *around, const prom_wrap_opts *theirs, prom__wrap **out)
{
    prom_wrap_opts o = { .size = sizeof o };
    if (theirs && theirs->size < offsetof(prom_wrap_opts, prefix))
        return prom_fail(PROM_E_INVAL, "prom_wrap_opts.size is not set: use PROM_WRAP_OPTS");
    if (theirs)
        memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    prom__wrap *w = prom__alloc_zero(sizeof *w);
    if (!w)
        return prom__no_memory("a wrapped registry");
    prom__object_init(&w->object, &wrap_class);
    w->memory.next_size = 256;
    w->around = prom_ref(around);
    prom_err e = fill(w, &o);
    if (e)
        prom_unref(w);
    else
        *out = w;
    return e;
}

bool prom__wrap_within(const prom__wrap *w, const prom__wrap *of)
{
    while (w && w != of)
        w = w->around;
    return w == of;
}

/* --- making metrics ----------------------------------------------------- */

static prom_err check_opts(const prom__wrap *w, const prom_opts *o)
{
    const char *name = o->name ? o->name : "";
    for (const prom_label *l = w->labels; l->name; l++) {
        bool twice = false;
        for (const char *const *x = o->labels; x && *x; x++)
            twice |= strcmp(*x, l->name) == 0;
        for (const prom_label *x = o->const_labels; x && x->name; x++)
            twice |= strcmp(x->name, l->name) == 0;
        if (twice)
            return prom_fail(PROM_E_LABELS, "'%s%s' has label '%s' already", w->prefix, name,
                             l->name);
    }
    return PROM_OK;
}

prom_err prom__wrap_opts(const prom__wrap *w, prom__arena *a, const prom_opts *theirs,
                         prom_opts *ours)
{
    prom_err e = prom__opts_copy(theirs, ours);
    if (!e)
        e = check_opts(w, ours);
    if (e || !ours->name || !*ours->name)
        return e; /* a name is missing: it is said where the description is made */
    const char **first = ours->namespace_ && *ours->namespace_ ? &ours->namespace_
                         : ours->subsystem && *ours->subsystem ? &ours->subsystem
                                                               : &ours->name;
    *first = concat(a, w->prefix, *first);
    ours->const_labels = join(a, ours->const_labels, w->labels);
    return *first && ours->const_labels ? PROM_OK : prom__no_memory("a description");
}

/* --- what was made elsewhere -------------------------------------------- */

static prom_err wrap_shape(const prom__wrap *w, prom__arena *a, const char *metric, prom_type t,
                           const prom__shape *from, const prom__shape **to)
{
    prom__shape_more more = { metric, t, w->labels };
    *to = from;
    return w->labels[0].name ? prom__shape_with(from, &more, a, to) : PROM_OK;
}

prom_err prom__wrap_known(const prom__wrap *w, prom__arena *a, prom__known *k)
{
    const char *name = concat(a, w->prefix, k->name), *given = concat(a, w->prefix, k->given);
    if (!name || !given)
        return prom__no_memory("a name");
    const prom__shape *shape;
    prom_err e = wrap_shape(w, a, given, k->type, k->shape, &shape);
    if (e)
        return e;
    k->name = name;
    k->given = given;
    k->shape = shape;
    return PROM_OK;
}

/* The points may be another snapshot's, so they are not written to. */
static prom_err wrap_points(const prom__wrap *w, prom_snapshot *s, prom__family *f)
{
    size_t n = f->pub.n_metrics;
    const prom__shape *from = NULL, *to = NULL;
    prom__point *p = prom__arena_alloc(&s->arena, prom__size_times(n, sizeof *p));
    prom_err e = p ? PROM_OK : prom__no_memory("a snapshot");
    for (size_t i = 0; i < n && !e; i++) {
        p[i] = f->points[i];
        if (p[i].shape != from) {
            f->settled = f->settled && !from; /* with other labels the order may be another */
            from = p[i].shape;
            e = wrap_shape(w, &s->arena, f->pub.name, f->pub.type, from, &to);
        }
        if (e)
            break;
        p[i].shape = to;
        p[i].series = prom__series_with(p[i].series, from, to, &s->arena);
        if (!p[i].series)
            e = prom__no_memory("a snapshot");
    }
    f->points = p;
    f->cap = n;
    return e;
}

prom_err prom__wrap_families(const prom__wrap *w, prom_snapshot *s, size_t first)
{
    prom_err e = PROM_OK;
    for (size_t i = first; i < s->n_families && !e; i++) {
        prom__family *f = s->families[i];
        f->pub.name = concat(&s->arena, w->prefix, f->pub.name);
        if (!f->pub.name)
            return prom__no_memory("a snapshot");
        if (f->shape)
            e = wrap_shape(w, &s->arena, f->pub.name, f->pub.type, f->shape, &f->shape);
        if (!e && w->labels[0].name)
            e = wrap_points(w, s, f);
    }
    return e;
}
