// SPDX-License-Identifier: Apache-2.0
/* nested.c - a tree of values, walked once for each gather, to families.
 *
 * The walk meets the values in the order of the tree, a builder wants them family by family: so
 * what a family shows is kept with the keys that are its label values until the walk is done.
 */
#include "base/alloc.h"
#include "base/bytes.h"

#include <prom/collect.h>

#include <string.h>

/* A family and where its values are: `labels` levels below the level that `path` names. */
typedef struct nested_family {
    prom_vec *described; /* of no registry: it has checked and copied the description */
    prom_type type;
    char *path;
    size_t levels, labels;
} nested_family;

typedef struct nested {
    prom_err (*walk)(prom_nested_visit *w, void *data);
    void *data;
    void (*free_data)(void *data);
    size_t n;
    nested_family family[];
} nested;

/* A value found; its keys lie in the text of all, one after the other. */
typedef struct found {
    size_t family, at;
    double value;
} found;

/* How many keys from the root down lead along a family's path. */
typedef struct follower {
    size_t levels;
    const char *rest; /* of the path, from there */
} follower;

struct prom_nested_visit {
    const nested *tree;
    prom__bytes keys;    /* of the levels entered */
    prom__bytes key_end; /* size_t each: where the key of a level ends in `keys` */
    size_t depth;
    bool failed;         /* for lack of memory, whether the walk minds or not */
    follower *followers; /* of each family */
    prom__bytes values;  /* of type found */
    prom__bytes text;    /* their keys, each a length and its bytes */
};

/* --- the walk ----------------------------------------------------------- */

static prom_err no_memory(prom_nested_visit *w)
{
    w->failed = true;
    return prom__no_memory("nested values");
}

static const size_t *key_ends(const prom_nested_visit *w)
{
    return (const size_t *)(const void *)w->key_end.p;
}

static prom_str key_at(const prom_nested_visit *w, size_t level)
{
    size_t begin = level ? key_ends(w)[level - 1] : 0;
    return (prom_str){ w->keys.p + begin, key_ends(w)[level] - begin };
}

static void follow(follower *f, prom_str key)
{
    size_t n = strcspn(f->rest, "/");
    if (!*f->rest || n != key.n || memcmp(f->rest, key.p, n) != 0)
        return;
    f->levels++;
    f->rest += n + (f->rest[n] == '/');
}

prom_err prom_nested_enter(prom_nested_visit *w, prom_str key)
{
    if (!w)
        return prom_fail(PROM_E_INVAL, "there is no walk under way");
    if (!prom__bytes_add(&w->keys, key.p, key.n))
        return no_memory(w);
    if (!prom__bytes_add(&w->key_end, (const char *)&w->keys.n, sizeof w->keys.n)) {
        w->keys.n -= key.n;
        return no_memory(w);
    }
    for (size_t i = 0; i < w->tree->n; i++)
        if (w->followers[i].levels == w->depth)
            follow(&w->followers[i], key);
    w->depth++;
    return PROM_OK;
}

/* Where the path goes on behind its first so many levels. */
static const char *rest_of(const char *path, size_t levels)
{
    for (; levels; levels--) {
        path += strcspn(path, "/");
        path += *path == '/';
    }
    return path;
}

prom_err prom_nested_leave(prom_nested_visit *w)
{
    if (!w || !w->depth)
        return prom_fail(PROM_E_INVAL, "a level of nested values is left that was not entered");
    w->depth--;
    w->keys.n = w->depth ? key_ends(w)[w->depth - 1] : 0;
    w->key_end.n -= sizeof w->keys.n;
    for (size_t i = 0; i < w->tree->n; i++)
        if (w->followers[i].levels > w->depth) {
            w->followers[i].levels = w->depth;
            w->followers[i].rest = rest_of(w->tree->family[i].path, w->depth);
        }
    return PROM_OK;
}

static prom_err keep(prom_nested_visit *w, size_t family, double v)
{
    found x = { family, w->text.n, v };
    bool ok = prom__bytes_add(&w->values, (const char *)&x, sizeof x);
    for (size_t i = w->tree->family[family].levels; i < w->depth && ok; i++) {
        prom_str key = key_at(w, i);
        ok = prom__bytes_add(&w->text, (const char *)&key.n, sizeof key.n) &&
             prom__bytes_add(&w->text, key.p, key.n);
    }
    return ok ? PROM_OK : no_memory(w);
}

prom_err prom_nested_number(prom_nested_visit *w, double v)
{
    if (!w)
        return prom_fail(PROM_E_INVAL, "there is no walk under way");
    prom_err e = PROM_OK;
    for (size_t i = 0; i < w->tree->n && !e; i++) {
        const nested_family *f = &w->tree->family[i];
        if (w->followers[i].levels == f->levels && w->depth == f->levels + f->labels)
            e = keep(w, i, v);
    }
    return e;
}

/* --- showing ------------------------------------------------------------ */

static prom_err show_value(prom_builder *b, const prom_nested_visit *w, const found *x,
                           prom_str *values)
{
    const char *p = w->text.n ? w->text.p + x->at : NULL; /* no labels, no text */
    size_t n = w->tree->family[x->family].labels;
    for (size_t i = 0; i < n; i++) {
        memcpy(&values[i].n, p, sizeof values[i].n);
        values[i].p = p + sizeof values[i].n;
        p = values[i].p + values[i].n;
    }
    prom_err e = n ? prom_build_values(b, values, n) : PROM_OK;
    return e ? e : prom_build_value(b, NULL, x->value);
}

static prom_err open_family(prom_builder *b, const nested_family *f)
{
    return prom_build_family(b, f->type, prom_vec_opts(f->described));
}

static prom_err show(prom_builder *b, const prom_nested_visit *w)
{
    const found *x = (const found *)(const void *)w->values.p;
    size_t n = w->values.n / sizeof *x, most = 0;
    for (size_t i = 0; i < w->tree->n; i++)
        most = w->tree->family[i].labels > most ? w->tree->family[i].labels : most;
    prom_str *values = prom__alloc((most + 1) * sizeof *values);
    prom_err e = values ? PROM_OK : prom__no_memory("nested values");
    for (size_t f = 0; f < w->tree->n && !e; f++) {
        e = open_family(b, &w->tree->family[f]);
        for (size_t i = 0; i < n && !e; i++)
            if (x[i].family == f)
                e = show_value(b, w, &x[i], values);
    }
    prom__free(values);
    return e;
}

static prom_err collect(prom_builder *b, void *data)
{
    const nested *t = data;
    prom_nested_visit w = { .tree = t,
                            .followers = prom__alloc_zero((t->n + 1) * sizeof *w.followers) };
    if (!w.followers)
        return prom__no_memory("nested values");
    for (size_t i = 0; i < t->n; i++)
        w.followers[i].rest = t->family[i].path;
    prom_err e = t->walk(&w, t->data);
    if (!e && w.failed)
        e = no_memory(&w);
    if (!e && w.depth)
        e = prom_fail(PROM_E_INVAL, "the walk of nested values has not left all levels");
    if (!e)
        e = show(b, &w);
    prom__bytes_free(&w.keys);
    prom__bytes_free(&w.key_end);
    prom__bytes_free(&w.values);
    prom__bytes_free(&w.text);
    prom__free(w.followers);
    return e;
}

static prom_err describe(prom_builder *b, void *data)
{
    const nested *t = data;
    prom_err e = PROM_OK;
    for (size_t i = 0; i < t->n && !e; i++)
        e = open_family(b, &t->family[i]);
    return e;
}

/* --- making one --------------------------------------------------------- */

static void free_families(nested *t)
{
    for (size_t i = 0; i < t->n; i++) {
        prom_unref(t->family[i].described);
        prom__free(t->family[i].path);
    }
    prom__free(t);
}

static void free_nested(void *data)
{
    nested *t = data;
    if (t->free_data)
        t->free_data(t->data);
    free_families(t);
}

static prom_err take_family(nested_family *f, const prom_nested_family *from)
{
    const char *path = from->path ? from->path : "";
    if (from->type != PROM_COUNTER && from->type != PROM_GAUGE && from->type != PROM_UNKNOWN)
        return prom_fail(PROM_E_TYPE, "nested values are counters, gauges or unknown");
    if (*path && path[strlen(path) - 1] == '/') /* nothing would ever be found there */
        return prom_fail(PROM_E_INVAL, "the path '%s' of nested values ends in '/'", path);
    f->type = from->type;
    f->path = prom__alloc(strlen(path) + 1);
    if (!f->path)
        return prom__no_memory("nested values");
    strcpy(f->path, path);
    f->levels = *path != '\0';
    for (; *path; path++)
        f->levels += *path == '/';
    prom_err e = prom_vec_new(NULL, f->type == PROM_COUNTER ? PROM_COUNTER : PROM_GAUGE,
                              from->opts, &f->described);
    if (e)
        return e;
    for (const char *const *l = prom_vec_opts(f->described)->labels; *l; l++)
        f->labels++;
    return PROM_OK;
}

static prom_err make(const prom_nested_opts *o, nested **out)
{
    if (!o->walk)
        return prom_fail(PROM_E_INVAL, "collector '%s' has no walk function", o->name);
    if (!o->n || !o->families)
        return prom_fail(PROM_E_INVAL, "collector '%s' has no families", o->name);
    nested *t = prom__alloc_zero(sizeof *t + o->n * sizeof *t->family);
    if (!t)
        return prom__no_memory("nested values");
    *t = (nested){ o->walk, o->data, o->free_data, 0 };
    prom_err e = PROM_OK;
    for (; t->n < o->n && !e; t->n++)
        e = take_family(&t->family[t->n], &o->families[t->n]);
    if (e)
        free_families(t);
    else
        *out = t;
    return e;
}

prom_err prom_nested_collector_new(prom_registry *r, const prom_nested_opts *theirs,
                                   prom_collector **out)
{
    prom_nested_opts o = { .size = sizeof o };
    nested *t = NULL;
    *out = NULL;
    if (!theirs || theirs->size < offsetof(prom_nested_opts, walk))
        return prom_fail(PROM_E_INVAL, "prom_nested_opts.size is not set");
    memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    if (!o.name || !*o.name)
        return prom_fail(PROM_E_NAME, "a collector needs a name");
    prom_err e = make(&o, &t);
    if (e)
        return e;
    e = prom_collector_new(r,
                           PROM_COLLECTOR_OPTS(.name = o.name, .collect = collect,
                                               .describe = describe, .data = t,
                                               .free_data = free_nested, .bound = o.bound),
                           out);
    if (e)
        free_families(t); /* the walk's data is still the caller's */
    return e;
}
