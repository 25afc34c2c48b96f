// SPDX-License-Identifier: Apache-2.0
#define _POSIX_C_SOURCE 200809L /* stpcpy */
#include "group.h"

#include "base/alloc.h"
#include "encode/proto_labels.h"
#include "transport/url.h"

#include <prom/vec.h>

#include <stdlib.h>
#include <string.h>

/* --- labels ------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const prom__group_label *)a)->name, ((const prom__group_label *)b)->name);
}

/* They obey the same rules as constant labels of a metric, so they are checked as such. */
static prom_err check_labels(const prom_label *labels)
{
    prom_desc *d = NULL;
    prom_err e = prom_desc_new(
        PROM_GAUGE, PROM_OPTS(.name = "grouping", .help = "", .const_labels = labels), &d);
    if (!e)
        e = prom_desc_error(d);
    prom_unref(d);
    return e;
}

static prom_err check_group(prom__group *g, const prom_push_opts *o)
{
    prom_label *all = prom__arena_alloc(&g->memory, (g->n + 1) * sizeof *all);
    if (!all)
        return prom__no_memory("a group");
    all[0] = (prom_label){ "job", o->job };
    for (size_t i = 1; i < g->n; i++)
        all[i] = o->grouping[i - 1];
    all[g->n] = (prom_label){ NULL, NULL };
    return check_labels(all);
}

static bool is_lossy(prom_escaping e)
{
    return e == PROM_UNDERSCORES || e == PROM_DOTS;
}

/* A legacy name that begins as if it was escaped, escaped: U__a becomes U___55___a. */
static char *put_marked(char *to, const char *name)
{
    to = stpcpy(to, "U___55_");
    for (const char *p = name + 1; *p; p++) {
        *to++ = *p;
        if (*p == '_')
            *to++ = '_';
    }
    *to = '\0';
    return to;
}

/* Names beyond ASCII only newer gateways understand, and want them in the form U__... here,
 * whichever way the metrics' own go. */
static prom_err name_in_path(prom__group *g, const char *name, const char **path)
{
    prom_escaping e = is_lossy(g->escaping) ? g->escaping : PROM_VALUES;
    size_t n = strlen(name);
    prom_str escaped = { NULL, 0 };
    bool marked = strncmp(name, "U__", 3) == 0 && prom__name_legacy(PROM__LABEL_NAME, name, n);
    if (e == PROM_VALUES && marked) {
        char *to = prom__arena_alloc(&g->memory, 2 * n + sizeof "U___55_");
        if (to)
            put_marked(to, name);
        *path = to;
    } else {
        prom_err bad =
            prom__proto_name(PROM__LABEL_NAME, e, (prom_str){ name, n }, &g->memory, &escaped);
        *path = bad ? NULL : prom__arena_copy(&g->memory, escaped.p, escaped.n);
    }
    return *path ? PROM_OK : prom__no_memory("a group");
}

static prom_err copy_label(prom__group *g, prom__group_label *l, const char *name,
                           const char *value)
{
    l->name = prom__arena_copy(&g->memory, name, strlen(name));
    l->value = prom__arena_copy(&g->memory, value, strlen(value));
    return l->name && l->value ? name_in_path(g, l->name, &l->path)
                               : prom__no_memory("a group");
}

static prom_err take_labels(prom__group *g, const prom_push_opts *o)
{
    g->n = 1;
    while (o->grouping && o->grouping[g->n - 1].name)
        g->n++;
    prom_err e = check_group(g, o);
    if (e)
        return e;
    g->labels = prom__arena_alloc(&g->memory, g->n * sizeof *g->labels);
    if (!g->labels)
        return prom__no_memory("a group");
    e = copy_label(g, &g->labels[0], "job", o->job);
    for (size_t i = 1; i < g->n && !e; i++)
        e = copy_label(g, &g->labels[i], o->grouping[i - 1].name, o->grouping[i - 1].value);
    if (!e)
        qsort(g->labels + 1, g->n - 1, sizeof *g->labels, by_name);
    return e;
}

/* --- the URL ------------------------------------------------------------ */

static bool is_plain(const char *v)
{
    size_t n = strspn(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~-");
    return n && !v[n] && strcmp(v, ".") != 0 && strcmp(v, "..") != 0;
}

/* RFC 4648, 5, without padding. */
static char *put_base64(char *to, const char *v)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = strlen(v);
    for (size_t i = 0; i < n; i += 3) {
        unsigned three = 0, bytes = n - i < 3 ? (unsigned)(n - i) : 3;
        for (unsigned k = 0; k < 3; k++)
            three = three << 8 | (k < bytes ? (unsigned char)v[i + k] : 0);
        for (unsigned k = 0; k <= bytes; k++)
            *to++ = digit[three >> (18 - 6 * k) & 63];
    }
    return to;
}

static char *put_label(char *to, const prom__group_label *l)
{
    *to++ = '/';
    to = stpcpy(to, l->path);
    if (is_plain(l->value)) {
        *to++ = '/';
        return stpcpy(to, l->value);
    }
    to = stpcpy(to, "@base64/");
    if (!*l->value)
        *to++ = '='; /* nothing at all would be cleaned away */
    return put_base64(to, l->value);
}

static prom_err make_url(prom__group *g, const char *base)
{
    static const char scheme[] = "http://", path[] = "/metrics";
    prom_err e = prom__url_check(base);
    if (e)
        return e;
    size_t n = strlen(base), room = sizeof scheme + n + sizeof path;
    if (strcspn(base, "?#") < n)
        return prom_fail(PROM_E_INVAL, "the URL of a gateway has no query and no fragment");
    if (base[n - 1] == '/')
        n--;
    for (size_t i = 0; i < g->n; i++)
        room += strlen(g->labels[i].path) +
                sizeof "/@base64/=" + strlen(g->labels[i].value) / 3 * 4 + 4;
    char *to = g->url = prom__arena_alloc(&g->memory, room);
    if (!to)
        return prom__no_memory("a URL");
    if (!prom__url_has_scheme(base))
        to = stpcpy(to, scheme);
    memcpy(to, base, n);
    to = stpcpy(to + n, path);
    for (size_t i = 0; i < g->n; i++)
        to = put_label(to, &g->labels[i]);
    *to = '\0';
    return PROM_OK;
}

/* --- its life ------------------------------------------------------------ */

prom_err prom__group_init(prom__group *g, const prom_push_opts *o)
{
    *g = (prom__group){ .escaping = o->escaping };
    if (!o->job || !*o->job)
        return prom_fail(PROM_E_INVAL, "a job is needed to push");
    prom_err e = take_labels(g, o);
    if (!e)
        e = make_url(g, o->url);
    if (e)
        prom__group_free(g);
    return e;
}

void prom__group_free(prom__group *g)
{
    prom__arena_free(&g->memory);
}

prom_err prom_push_url(const prom_push_opts *theirs, char **out)
{
    prom_push_opts o;
    prom__group g;
    *out = NULL;
    prom_err e = prom__push_opts_read(theirs, &o);
    if (!e)
        e = prom__group_init(&g, &o);
    if (e)
        return e;
    size_t n = strlen(g.url) + 1;
    *out = prom__alloc(n);
    if (*out)
        memcpy(*out, g.url, n);
    else
        e = prom__no_memory("a URL");
    prom__group_free(&g);
    return e;
}

/* --- what may be pushed --------------------------------------------------- */

typedef struct check {
    const prom__group *group;
    prom__arena memory; /* for names that are escaped */
} check;

static bool is(prom_str a, const char *b)
{
    return strlen(b) == a.n && memcmp(a.p, b, a.n) == 0;
}

/* A pushed name as far as it tells names apart: in the lossy schemes a.b is a_b. */
static prom_err told_apart(check *c, prom__name_kind kind, prom_str name, prom_str *out)
{
    *out = name;
    if (!is_lossy(c->group->escaping))
        return PROM_OK;
    prom__arena_reset(&c->memory);
    return prom__proto_name(kind, c->group->escaping, name, &c->memory, out);
}

static prom_err check_label(check *c, const prom_family *f, prom_str name)
{
    prom_str as;
    prom_err e = told_apart(c, PROM__LABEL_NAME, name, &as);
    for (size_t i = 0; i < c->group->n && !e; i++) {
        const prom__group_label *l = &c->group->labels[i];
        if (is(as, is_lossy(c->group->escaping) ? l->path : l->name))
            e = prom_fail(PROM_E_LABELS, "'%s' has the label '%.*s', which is one of the group",
                          f->name, (int)name.n, name.p);
    }
    return e;
}

static prom_err check_metric(void *data, const prom_metric *m)
{
    check *c = data;
    prom_err e = PROM_OK;
    if (m->timestamp_ms != PROM_NO_TIME)
        return prom_fail(PROM_E_INVAL, "'%s' has a timestamp, which a gateway does not take",
                         m->family->name);
    for (size_t i = 0; i < m->n_labels && !e; i++)
        e = check_label(c, m->family, m->labels[i].name);
    return e;
}

/* Labels that metrics of a type get on the wire. */
static prom_err check_own_label(check *c, const prom_family *f)
{
    const char *own = f->type == PROM_HISTOGRAM || f->type == PROM_GAUGE_HISTOGRAM ? "le"
                      : f->type == PROM_SUMMARY                                    ? "quantile"
                      : f->type == PROM_STATESET                                   ? f->name
                                                                                   : NULL;
    return own ? check_label(c, f, (prom_str){ own, strlen(own) }) : PROM_OK;
}

static prom_err check_name(check *c, const prom_family *f)
{
    prom_str as;
    prom_err e = told_apart(c, PROM__METRIC_NAME, (prom_str){ f->name, strlen(f->name) }, &as);
    if (!e && (is(as, "push_time_seconds") || is(as, "push_failure_time_seconds")))
        e = prom_fail(PROM_E_NAME, "'%s' is a name that the gateway takes for its own",
                      f->name);
    return e;
}

prom_err prom__group_check(const prom__group *g, const prom_snapshot *s)
{
    check c = { .group = g };
    prom_err e = PROM_OK;
    for (size_t i = 0; i < prom_snapshot_size(s) && !e; i++) {
        const prom_family *f = prom_snapshot_at(s, i);
        e = check_name(&c, f);
        if (!e)
            e = check_own_label(&c, f);
        if (!e)
            e = prom_family_metrics(f, check_metric, &c);
    }
    prom__arena_free(&c.memory);
    return e;
}
