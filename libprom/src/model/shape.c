// SPDX-License-Identifier: Apache-2.0
#include "shape.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "name.h"

#include <string.h>

/* Is c one of eight bytes? By the old trick of looking for a zero byte. */
static inline bool among(uint64_t eight, char c)
{
    const uint64_t ones = UINT64_MAX / 255;
    uint64_t x = eight ^ ones * (unsigned char)c;
    return (x - ones) & ~x & ones << 7;
}

size_t prom__escaped_length(const char *p, size_t n)
{
    size_t length = n, i = 0;
    while (i < n) {
        size_t end = n;
        uint64_t eight;
        if (n - i >= sizeof eight) {
            end = i + sizeof eight;
            memcpy(&eight, p + i, sizeof eight);
            if (!among(eight, '\\') && !among(eight, '"') && !among(eight, '\n'))
                i = end;
        }
        for (; i < end; i++)
            length += (p[i] == '\\') | (p[i] == '"') | (p[i] == '\n');
    }
    return length;
}

char *prom__escape(const char *p, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (c == '\\' || c == '"' || c == '\n') {
            *out++ = '\\';
            c = c == '\n' ? 'n' : c;
        }
        *out++ = c;
    }
    return out;
}

size_t prom__unescape(const char *p, size_t n, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (c == '\\' && i + 1 < n) {
            c = p[++i];
            c = c == 'n' ? '\n' : c;
        }
        out[length++] = c;
    }
    return length;
}

static int compare(prom_str a, prom_str b)
{
    int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Insertion sort: label sets are small and mostly in order. */
static void sort_by_name(prom__shape *s)
{
    for (size_t i = 1; i < s->n; i++) {
        prom__shape_label x = s->label[i];
        size_t k = i;
        for (; k && compare(s->label[k - 1].name, x.name) > 0; k--)
            s->label[k] = s->label[k - 1];
        s->label[k] = x;
    }
}

/* In the escaping of older formats, where a.b and a_b would become one. NULL: no memory. */
static const prom_str *names_as_shown(const prom__shape *s, prom__arena *a)
{
    prom_str *names = prom__arena_alloc(a, (s->n + 1) * sizeof *names);
    for (size_t i = 0; names && i < s->n; i++) {
        names[i] = s->label[i].name;
        if (s->legacy)
            continue;
        char *escaped = prom__arena_alloc(a, names[i].n);
        if (!escaped)
            return NULL;
        names[i].n = prom__name_escape(PROM__LABEL_NAME, PROM_UNDERSCORES, names[i].p,
                                       names[i].n, escaped);
        names[i].p = escaped;
    }
    return names;
}

static prom_err check_duplicates(const prom__shape *s, prom__arena *a, const char *metric)
{
    const prom_str *names = names_as_shown(s, a);
    if (!names)
        return prom__no_memory("labels");
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < i; k++) {
            prom_str x = s->label[k].name, y = s->label[i].name;
            if (compare(names[i], names[k]) != 0)
                continue;
            if (compare(x, y) == 0)
                return prom_fail(PROM_E_NAME, "'%s' has label '%.*s' twice", metric,
                                 (int)prom__utf8_cut(y.p, y.n, 200), y.p);
            return prom_fail(PROM_E_NAME, "'%s': labels '%.*s' and '%.*s' would be one in text",
                             metric, (int)prom__utf8_cut(x.p, x.n, 200), x.p,
                             (int)prom__utf8_cut(y.p, y.n, 200), y.p);
        }
    return PROM_OK;
}

static bool add_copy(prom__shape *s, prom__arena *a, prom_str name, prom_str constant)
{
    prom__shape_label *l = &s->label[s->n];
    const char *copy = prom__arena_copy(a, name.p, name.n);
    *l = (prom__shape_label){ { copy, name.n }, constant, 0, 0 };
    s->legacy = s->legacy && prom__name_legacy(PROM__LABEL_NAME, name.p, name.n);
    s->n++;
    return copy != NULL;
}

prom_err prom__label_value_check(const char *metric, prom_str label, prom_str value)
{
    if (prom__utf8_valid(value.p, value.n))
        return PROM_OK;
    return prom_fail(PROM_E_LABELS, "'%s': the value of label '%.*s' is not valid UTF-8",
                     metric, (int)prom__utf8_cut(label.p, label.n, 200), label.p);
}

static prom_err check_constant(const prom__shape_opts *o, const prom_label *c)
{
    if (!c->value)
        return prom_fail(PROM_E_LABELS, "'%s': constant label '%s' has no value", o->metric,
                         c->name);
    return prom__label_value_check(o->metric, (prom_str){ c->name, strlen(c->name) },
                                   (prom_str){ c->value, strlen(c->value) });
}

/* In the order of client_golang: the first that is wrong is named. */
static prom_err check_labels(const prom__shape_opts *o)
{
    prom_err e = PROM_OK;
    for (const prom_label *c = o->constants; c && c->name && !e; c++)
        e = prom__name_check_label(o->metric, o->type, (prom_str){ c->name, strlen(c->name) },
                                   o->legacy_only);
    for (const prom_label *c = o->constants; c && c->name && !e; c++)
        e = check_constant(o, c);
    for (size_t i = 0; i < o->n_names && !e; i++)
        e = o->foreign
                ? prom__name_check_foreign_label(o->metric, o->type, o->names[i])
                : prom__name_check_label(o->metric, o->type, o->names[i], o->legacy_only);
    return e;
}

static bool add_constant(prom__shape *s, prom__arena *a, const prom_label *c)
{
    size_t n = strlen(c->value), length = prom__escaped_length(c->value, n);
    char *escaped = prom__arena_alloc(a, length + 1);
    if (!escaped)
        return false;
    *prom__escape(c->value, n, escaped) = '\0';
    return add_copy(s, a, (prom_str){ c->name, strlen(c->name) },
                    (prom_str){ escaped, length });
}

static prom_err add_labels(prom__shape *s, prom__arena *a, const prom__shape_opts *o)
{
    for (size_t i = 0; i < o->n_names; i++) {
        if (!add_copy(s, a, o->names[i], (prom_str){ NULL, 0 }))
            return prom__no_memory("labels");
        s->label[s->n - 1].value = i;
    }
    for (const prom_label *c = o->constants; c && c->name; c++)
        if (!add_constant(s, a, c))
            return prom__no_memory("labels");
    return PROM_OK;
}

/* `name="` and what precedes it belong to a value's gap, and so do whole constant labels. */
static void measure_gaps(prom__shape *s)
{
    size_t gap = 0;
    for (size_t i = 0; i < s->n; i++) {
        prom__shape_label *l = &s->label[i];
        gap += l->name.n + 2 + (i > 0);
        if (l->constant.p) {
            gap += l->constant.n + 1;
        } else {
            l->gap = gap;
            gap = 1;
        }
    }
}

prom_err prom__shape_new(const prom__shape_opts *o, prom__arena *a, const prom__shape **out)
{
    size_t n = o->n_names;
    for (const prom_label *c = o->constants; c && c->name; c++)
        n++;
    if (n > 1000)
        return prom_fail(PROM_E_LABELS, "'%s' has more than 1000 labels", o->metric);
    prom_err e = check_labels(o);
    if (e)
        return e;
    prom__shape *s = prom__arena_alloc(a, sizeof *s + n * sizeof *s->label);
    if (!s)
        return prom__no_memory("labels");
    *s = (prom__shape){ .n = 0, .n_values = o->n_names, .legacy = true };
    e = add_labels(s, a, o);
    if (!e)
        e = check_duplicates(s, a, o->metric);
    if (e)
        return e;
    if (!o->keep_order)
        sort_by_name(s);
    measure_gaps(s);
    *out = s;
    return PROM_OK;
}

prom_err prom__shape_copy(const prom__shape *from, prom__arena *a, const prom__shape **out)
{
    size_t size = sizeof *from + from->n * sizeof *from->label;
    prom__shape *s = prom__arena_alloc(a, size);
    if (!s)
        return prom__no_memory("labels");
    memcpy(s, from, size);
    for (size_t i = 0; i < s->n; i++) {
        prom__shape_label *l = &s->label[i];
        l->name.p = prom__arena_copy(a, l->name.p, l->name.n);
        if (l->constant.p)
            l->constant.p = prom__arena_copy(a, l->constant.p, l->constant.n);
        if (!l->name.p || (from->label[i].constant.p && !l->constant.p))
            return prom__no_memory("labels");
    }
    *out = s;
    return PROM_OK;
}

/* --- with more ---------------------------------------------------------- */

static prom_err check_more(const prom__shape *s, const prom__shape_more *more)
{
    prom_err e = PROM_OK;
    for (const prom_label *c = more->constants; c->name && !e; c++) {
        prom_str name = { c->name, strlen(c->name) };
        e = prom__name_check_label(more->metric, more->type, name, false);
        for (size_t i = 0; i < s->n && !e; i++)
            if (compare(s->label[i].name, name) == 0)
                e = prom_fail(PROM_E_LABELS, "'%s' has label '%s' already", more->metric,
                              c->name);
    }
    return e;
}

prom_err prom__shape_with(const prom__shape *from, const prom__shape_more *more, prom__arena *a,
                          const prom__shape **out)
{
    prom_err e = check_more(from, more);
    if (e)
        return e;
    size_t n = from->n;
    for (const prom_label *c = more->constants; c->name; c++)
        n++;
    prom__shape *s = prom__arena_alloc(a, sizeof *s + n * sizeof *s->label);
    if (!s)
        return prom__no_memory("labels");
    memcpy(s, from, sizeof *s + from->n * sizeof *s->label);
    bool sorted = true;
    for (size_t i = 1; i < s->n && sorted; i++)
        sorted = compare(s->label[i - 1].name, s->label[i].name) < 0;
    for (const prom_label *c = more->constants; c->name; c++)
        if (!add_constant(s, a, c))
            return prom__no_memory("labels");
    e = check_duplicates(s, a, more->metric);
    if (e)
        return e;
    if (sorted)
        sort_by_name(s);
    measure_gaps(s);
    *out = s;
    return PROM_OK;
}
