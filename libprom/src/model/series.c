// SPDX-License-Identifier: Apache-2.0
#include "series.h"

#include "base/utf8.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static_assert(sizeof(prom__series) == 32,
              "the record is a format: shared backings will map it");

prom_err prom__series_too_long(const char *metric)
{
    return prom_fail(PROM_E_LABELS, "'%s': the label values are too long", metric);
}

prom_err prom__series_plan_make(const prom__shape *shape, const char *metric,
                                const prom_str *values, size_t n_cells, prom__series_plan *plan)
{
    size_t text = 0, escapes = 0;
    for (size_t i = 0; i < shape->n; i++) {
        const prom__shape_label *l = &shape->label[i];
        prom_str v = l->constant.p ? l->constant : values[l->value];
        size_t length = v.n;
        if (v.n > PROM__LONGEST_TEXT - text) /* before it is read */
            return prom__series_too_long(metric);
        if (!l->constant.p) {
            prom_err e = prom__label_value_check(metric, l->name, v);
            if (e)
                return e;
            length = prom__escaped_length(v.p, v.n);
        }
        escapes += length - v.n;
        text += length + l->name.n + 3 + (i > 0);
        if (text > PROM__LONGEST_TEXT)
            return prom__series_too_long(metric);
    }
    plan->text_length = text;
    plan->escapes = escapes > 0;
    plan->bytes = sizeof(prom__series) + n_cells * 8 + shape->n_values * 4 + text;
    return PROM_OK;
}

static char *write_value(char *p, prom_str v, bool escapes)
{
    if (escapes)
        return prom__escape(v.p, v.n, p);
    if (v.n)
        memcpy(p, v.p, v.n);
    return p + v.n;
}

void prom__series_write(prom__series *s, const prom__shape *shape, const prom_str *values,
                        size_t n_cells, const prom__series_plan *plan)
{
    s->head.escapes = plan->escapes;
    s->text_length = (uint32_t)plan->text_length;
    s->n_cells = (uint16_t)n_cells;
    s->n_values = (uint16_t)shape->n_values;
    uint32_t *length = (uint32_t *)(void *)(s->cells + n_cells);
    char *p = (char *)(length + shape->n_values);
    for (size_t i = 0; i < shape->n; i++) {
        const prom__shape_label *l = &shape->label[i];
        if (i)
            *p++ = ',';
        memcpy(p, l->name.p, l->name.n);
        p += l->name.n;
        *p++ = '=';
        *p++ = '"';
        char *value = p;
        if (l->constant.p) {
            memcpy(p, l->constant.p, l->constant.n);
            p += l->constant.n;
        } else {
            p = write_value(p, values[l->value], plan->escapes);
            *length++ = (uint32_t)(p - value);
        }
        *p++ = '"';
    }
}

static bool escaped_equal(prom_str escaped, prom_str plain)
{
    size_t k = 0;
    for (size_t i = 0; i < escaped.n; i++, k++) {
        char c = escaped.p[i];
        if (c == '\\') {
            c = escaped.p[++i];
            c = c == 'n' ? '\n' : c;
        }
        if (k == plain.n || plain.p[k] != c)
            return false;
    }
    return k == plain.n;
}

/* Most values are shorter than a call of memcmp is worth. */
static inline bool same_bytes(const char *p, const char *q, size_t n)
{
    uint64_t a, b, c, d;
    if (n > 16)
        return memcmp(p, q, n) == 0;
    if (n >= 8) {
        memcpy(&a, p, 8), memcpy(&b, q, 8);
        memcpy(&c, p + n - 8, 8), memcpy(&d, q + n - 8, 8);
        return ((a ^ b) | (c ^ d)) == 0;
    }
    uint32_t x, y, z, w;
    if (n >= 4) {
        memcpy(&x, p, 4), memcpy(&y, q, 4);
        memcpy(&z, p + n - 4, 4), memcpy(&w, q + n - 4, 4);
        return ((x ^ y) | (z ^ w)) == 0;
    }
    return !n || (p[0] == q[0] && p[n >> 1] == q[n >> 1] && p[n - 1] == q[n - 1]);
}

/* The text of a value of this series against a value as users give it. */
static inline bool same_value(const prom__series *s, const char *p, size_t n, prom_str v)
{
    return s->head.escapes ? escaped_equal((prom_str){ p, n }, v)
                           : n == v.n && same_bytes(p, v.p, n);
}

bool prom__series_equal(const prom__series *s, const prom__shape *shape, const prom_str *values)
{
    const uint32_t *length = prom__series_lengths(s);
    const char *p = (const char *)(length + s->n_values);
    for (size_t i = 0; i < shape->n; i++) {
        const prom__shape_label *l = &shape->label[i];
        if (l->constant.p)
            continue;
        prom_str v = values[l->value];
        size_t n = *length++;
        p += l->gap;
        if (!same_value(s, p, n, v))
            return false;
        p += n;
    }
    return true;
}

bool prom__series_match(const prom__series *s, const prom__shape *shape, const prom_str *values)
{
    const uint32_t *length = prom__series_lengths(s);
    const char *p = (const char *)(length + s->n_values);
    for (size_t i = 0; i < shape->n; i++) {
        const prom__shape_label *l = &shape->label[i];
        if (l->constant.p)
            continue;
        size_t n = *length++;
        p += l->gap;
        prom_str v = values[l->value];
        if (!prom__is_any(v) && !same_value(s, p, n, v))
            return false;
        p += n;
    }
    return true;
}

bool prom__label_next(prom__label_cursor *c, prom_str *name, prom_str *value)
{
    if (c->i == c->shape->n)
        return false;
    const prom__shape_label *l = &c->shape->label[c->i];
    prom_str text = prom__series_text(c->series);
    size_t at = c->at + l->name.n + 2;
    *name = l->name;
    value->p = text.p + at;
    value->n = l->constant.p ? l->constant.n : prom__series_lengths(c->series)[c->value++];
    c->at = at + value->n + 2;
    c->i++;
    return true;
}

static char *write_label(char *p, prom_str name, prom_str value)
{
    memcpy(p, name.p, name.n);
    p += name.n;
    *p++ = '=';
    *p++ = '"';
    memcpy(p, value.p, value.n);
    p += value.n;
    *p++ = '"';
    return p;
}

const prom__series *prom__series_with(const prom__series *s, const prom__shape *from,
                                      const prom__shape *to, prom__arena *a)
{
    size_t text = s->text_length;
    for (size_t i = 0; i < to->n; i++)
        if (to->label[i].constant.p)
            text += to->label[i].name.n + to->label[i].constant.n + 4; /* some are in `from` */
    prom__series *copy = prom__arena_alloc(a, sizeof *copy + s->n_values * 4u + text);
    if (!copy)
        return NULL;
    memset(copy, 0, sizeof *copy);
    copy->head.escapes = s->head.escapes;
    copy->n_values = s->n_values;
    atomic_init(&copy->created, atomic_load_explicit(&s->created, memory_order_relaxed));
    uint32_t *length = (uint32_t *)(void *)copy->cells;
    if (s->n_values)
        memcpy(length, prom__series_lengths(s), s->n_values * sizeof *length);
    char *begin = (char *)(length + s->n_values), *p = begin;
    prom__label_cursor c = { from, s, 0, 0, 0 };
    prom_str name = { NULL, 0 }, value = { NULL, 0 };
    bool more = prom__label_next(&c, &name, &value);
    for (size_t i = 0; i < to->n; i++) {
        const prom__shape_label *l = &to->label[i];
        if (i)
            *p++ = ',';
        bool old = more && l->name.n == name.n && memcmp(l->name.p, name.p, name.n) == 0;
        p = write_label(p, l->name, old ? value : l->constant);
        if (old)
            more = prom__label_next(&c, &name, &value);
    }
    copy->text_length = (uint32_t)(p - begin);
    return copy;
}

static unsigned char next_plain(prom_str s, size_t *i)
{
    unsigned char c = (unsigned char)s.p[(*i)++];
    if (c == '\\') {
        c = (unsigned char)s.p[(*i)++];
        c = c == 'n' ? '\n' : c;
    }
    return c;
}

static int compare_values(prom_str a, prom_str b, bool escapes)
{
    if (!escapes) {
        int c = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
        return c ? c : (a.n > b.n) - (a.n < b.n);
    }
    size_t i = 0, k = 0;
    while (i < a.n && k < b.n) {
        int x = next_plain(a, &i), y = next_plain(b, &k);
        if (x != y)
            return x - y;
    }
    return (i < a.n) - (k < b.n);
}

static int compare_same_shape(const prom__series *a, const prom__series *b,
                              const prom__shape *shape)
{
    const uint32_t *n = prom__series_lengths(a), *m = prom__series_lengths(b);
    const char *p = prom__series_text(a).p, *q = prom__series_text(b).p;
    for (size_t i = 0; i < shape->n; i++) {
        const prom__shape_label *l = &shape->label[i];
        if (l->constant.p)
            continue;
        prom_str x = { p + l->gap, *n++ }, y = { q + l->gap, *m++ };
        int c = compare_values(x, y, a->head.escapes || b->head.escapes);
        if (c)
            return c;
        p = x.p + x.n;
        q = y.p + y.n;
    }
    return 0;
}

/* Series of one name from different places: the names count too, after the values. */
static int compare_shapes(const prom__series *a, const prom__shape *a_shape,
                          const prom__series *b, const prom__shape *b_shape)
{
    if (a_shape->n != b_shape->n)
        return a_shape->n < b_shape->n ? -1 : 1;
    prom__label_cursor x = { a_shape, a, 0, 0, 0 }, y = { b_shape, b, 0, 0, 0 };
    prom_str x_name, y_name, x_value, y_value;
    int by_name = 0;
    while (prom__label_next(&x, &x_name, &x_value) && prom__label_next(&y, &y_name, &y_value)) {
        int c = compare_values(x_value, y_value, a->head.escapes || b->head.escapes);
        if (c)
            return c;
        if (!by_name)
            by_name = compare_values(x_name, y_name, false);
    }
    return by_name;
}

int prom__series_compare(const prom__series *a, const prom__shape *a_shape,
                         const prom__series *b, const prom__shape *b_shape)
{
    return a_shape == b_shape ? compare_same_shape(a, b, a_shape)
                              : compare_shapes(a, a_shape, b, b_shape);
}
