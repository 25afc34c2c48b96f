// SPDX-License-Identifier: Apache-2.0
#include "pedantic.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "model/name.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SAID = 700 };

static prom_err say(prom_snapshot *s, const char **wrong, const char *fmt, ...)
    PROM_PRINTF(3, 4);

static prom_err say(prom_snapshot *s, const char **wrong, const char *fmt, ...)
{
    char said[SAID];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(said, sizeof said, fmt, args);
    va_end(args);
    *wrong = prom__arena_copy(&s->arena, said,
                              prom__utf8_cut(said, n < 0 ? 0 : (size_t)n, sizeof said - 1));
    return *wrong ? PROM_OK : prom__no_memory("a gather");
}

/* No text is as good as an empty one. */
static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static const prom__known *find(const prom__item *item, const char *name)
{
    for (size_t i = 0; i < item->n; i++)
        if (strcmp(item->expected[i].known.name, name) == 0)
            return &item->expected[i].known;
    return NULL;
}

static bool has_label(const prom__known *k, prom_str name, prom_str value)
{
    for (size_t i = 0; i < k->shape->n; i++) {
        const prom__shape_label *l = &k->shape->label[i];
        if (l->name.n == name.n && memcmp(l->name.p, name.p, name.n) == 0)
            return !l->constant.p ||
                   (l->constant.n == value.n && memcmp(l->constant.p, value.p, value.n) == 0);
    }
    return false;
}

/* As many labels, and each is one that was described. What an info says are labels more. */
static bool same_labels(const prom__known *k, const prom__point *p)
{
    size_t n = 0;
    prom__label_cursor c = { p->shape, p->series, 0, 0, 0 };
    prom_str name, value;
    while (prom__label_next(&c, &name, &value))
        n += has_label(k, name, value);
    return n == k->shape->n && (n == p->shape->n || k->type == PROM_INFO);
}

static prom_err check(const prom__item *item, prom_snapshot *s, const prom__family *f,
                      const char **wrong)
{
    const prom__known *k = find(item, f->pub.name);
    char said[PROM__POINT_SAID];
    if (!k)
        return say(s, wrong, "family '%s' was not described", f->pub.name);
    if (k->type != f->pub.type)
        return say(s, wrong, "family '%s' was described as %s, not %s", f->pub.name,
                   prom_type_name(k->type), prom_type_name(f->pub.type));
    if (!same_text(k->help, f->pub.help) || !same_text(k->unit, f->pub.unit))
        return say(s, wrong, "family '%s' was described with another %s", f->pub.name,
                   same_text(k->help, f->pub.help) ? "unit" : "help text");
    for (size_t i = 0; i < f->pub.n_metrics; i++) {
        if (same_labels(k, &f->points[i]))
            continue;
        prom__point_say(&f->points[i], said);
        return say(s, wrong, "family '%s' was described with other labels than %s", f->pub.name,
                   said);
    }
    return PROM_OK;
}

prom_err prom__pedantic_check(const prom__item *item, prom_snapshot *s, size_t first,
                              const char **wrong)
{
    prom_err e = PROM_OK;
    *wrong = NULL;
    for (size_t i = first; i < s->n_families && !e && !*wrong; i++)
        e = check(item, s, s->families[i], wrong);
    return e;
}

/* --- names outside the ASCII grammar -------------------------------------- */

static prom_err check_shape(prom_snapshot *s, const prom__family *f, const prom__shape *shape,
                            const char **wrong)
{
    prom_err e = PROM_OK;
    for (size_t i = 0; !shape->legacy && i < shape->n && !e; i++) {
        prom_str name = shape->label[i].name;
        if (!*wrong && !prom__name_legacy(PROM__LABEL_NAME, name.p, name.n))
            e = say(s, wrong, "'%.200s': '%.*s' is not a label name of letters, digits and _",
                    f->pub.name, (int)prom__utf8_cut(name.p, name.n, 200), name.p);
    }
    return e;
}

prom_err prom__legacy_check(prom_snapshot *s, size_t first, const char **wrong)
{
    prom_err e = PROM_OK;
    *wrong = NULL;
    for (size_t i = first; i < s->n_families && !e && !*wrong; i++) {
        const prom__family *f = s->families[i];
        if (!prom__name_legacy(PROM__METRIC_NAME, f->pub.name, strlen(f->pub.name)))
            e = say(s, wrong,
                    "'%s' is not a metric name of letters, digits, _ and :", f->pub.name);
        for (size_t k = 0; k < f->pub.n_metrics && !e && !*wrong; k++)
            if (!k || f->points[k].shape != f->points[k - 1].shape)
                e = check_shape(s, f, f->points[k].shape, wrong);
    }
    return e;
}
