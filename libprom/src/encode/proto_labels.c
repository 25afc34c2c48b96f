// SPDX-License-Identifier: Apache-2.0
#include "proto_labels.h"

#include "base/alloc.h"

enum { PAIRS = 1, NAME = 1, VALUE = 2 };

prom_err prom__proto_name(prom__name_kind kind, prom_escaping e, prom_str name, prom__arena *a,
                          prom_str *out)
{
    *out = name;
    if (e == PROM_ALLOW_UTF8 || prom__name_legacy(kind, name.p, name.n))
        return PROM_OK;
    char *escaped = prom__arena_alloc(a, prom__name_escaped_most(e, name.n) + 1);
    if (!escaped)
        return prom__no_memory("an exposition");
    *out = (prom_str){ escaped, prom__name_escape(kind, e, name.p, name.n, escaped) };
    return PROM_OK;
}

/* --- sizes -------------------------------------------------------------- */

static inline size_t text_size(size_t n) /* with tag and length */
{
    return n ? 1 + prom__varint_size(n) + n : 0;
}

/* Of most pairs all three lengths are of one byte. */
enum { SHORT_PAIR = 120 };

static inline bool is_short(size_t name, size_t value)
{
    return value && name < SHORT_PAIR && value < SHORT_PAIR - name;
}

static inline size_t pair_size(size_t name, size_t value)
{
    if (is_short(name, value))
        return name + value + 6;
    return text_size(text_size(name) + text_size(value));
}

static size_t plain_length(const char *p, size_t n)
{
    size_t escapes = 0;
    for (size_t i = 0; i < n; i++)
        if (p[i] == '\\') {
            escapes++;
            i++;
        }
    return n - escapes;
}

static size_t size_with_escapes(const prom__proto_labels *l, const prom__series *s)
{
    prom__label_cursor c = { l->shape, s, 0, 0, 0 };
    prom_str name, value;
    size_t size = l->constants;
    for (size_t i = 0; prom__label_next(&c, &name, &value); i++)
        if (!l->label[i].constant.p)
            size += pair_size(l->label[i].name.n, plain_length(value.p, value.n));
    return size;
}

size_t prom__proto_labels_size(const prom__proto_labels *l, const prom__series *s)
{
    if (s->head.escapes)
        return size_with_escapes(l, s);
    const uint32_t *length = prom__series_lengths(s);
    size_t size = l->constants;
    for (size_t i = 0; i < l->shape->n; i++)
        if (!l->label[i].constant.p)
            size += pair_size(l->label[i].name.n, *length++);
    return size;
}

/* --- pairs -------------------------------------------------------------- */

static inline void put_name(prom__wire *w, prom_str name, size_t before)
{
    prom__wire_bytes(w, NAME, name.p, name.n);
    prom__wire_close(w, PAIRS, before);
}

/* Most names and values are shorter than a call of memcpy is worth. */
static inline char *copy(char *to, prom_str s)
{
    uint64_t a, b;
    uint32_t c, d;
    if (s.n >= 8 && s.n <= 16) {
        memcpy(&a, s.p, 8), memcpy(&b, s.p + s.n - 8, 8);
        memcpy(to, &a, 8), memcpy(to + s.n - 8, &b, 8);
    } else if (s.n >= 4 && s.n < 8) {
        memcpy(&c, s.p, 4), memcpy(&d, s.p + s.n - 4, 4);
        memcpy(to, &c, 4), memcpy(to + s.n - 4, &d, 4);
    } else if (s.n < 4) {
        for (size_t i = 0; i < s.n; i++)
            to[i] = s.p[i];
    } else {
        memcpy(to, s.p, s.n);
    }
    return to + s.n;
}

static inline void put_short(char *p, prom_str name, prom_str value)
{
    *p++ = PAIRS << 3 | PROM__WIRE_BYTES;
    *p++ = (char)(name.n + value.n + 4);
    *p++ = NAME << 3 | PROM__WIRE_BYTES;
    *p++ = (char)name.n;
    p = copy(p, name);
    *p++ = VALUE << 3 | PROM__WIRE_BYTES;
    *p++ = (char)value.n;
    copy(p, value);
}

void prom__proto_pair_put(prom__wire *w, prom_str name, prom_str value)
{
    size_t before = prom__wire_size(w);
    if (is_short(name.n, value.n)) {
        char *p = prom__wire_room(w, pair_size(name.n, value.n));
        if (p)
            put_short(p, name, value);
        return;
    }
    prom__wire_bytes(w, VALUE, value.p, value.n);
    put_name(w, name, before);
}

void prom__proto_pair_put_escaped(prom__wire *w, prom_str name, prom_str value)
{
    size_t before = prom__wire_size(w), n = plain_length(value.p, value.n);
    char *plain = n ? prom__wire_room(w, n) : NULL;
    if (plain) {
        prom__unescape(value.p, value.n, plain);
        prom__wire_varint(w, n);
        prom__wire_tag(w, VALUE, PROM__WIRE_BYTES);
    }
    put_name(w, name, before);
}

/* Where a value ends in the text the one before it is found from. */
void prom__proto_labels_put(const prom__proto_labels *l, const prom__series *s, prom__wire *w)
{
    const prom__shape *shape = l->shape;
    const uint32_t *length = prom__series_lengths(s) + s->n_values;
    prom_str text = prom__series_text(s);
    const char *p = text.p + text.n;
    for (size_t i = shape->n; i-- > 0;) {
        const prom__proto_label *label = &l->label[i];
        prom_str value = { NULL, label->constant.p ? shape->label[i].constant.n : *--length };
        value.p = p - 1 - value.n;
        p = value.p - 2 - shape->label[i].name.n - (i > 0);
        if (label->constant.p)
            prom__proto_pair_put(w, label->name, label->constant);
        else if (s->head.escapes)
            prom__proto_pair_put_escaped(w, label->name, value);
        else
            prom__proto_pair_put(w, label->name, value);
    }
}

/* --- shapes ------------------------------------------------------------- */

static prom_err take_label(prom__proto_labels *l, const prom__shape_label *from,
                           prom__proto_label *to)
{
    prom_err e =
        prom__proto_name(PROM__LABEL_NAME, l->escaping, from->name, &l->memory, &to->name);
    to->constant = (prom_str){ NULL, 0 };
    if (e || !from->constant.p)
        return e;
    char *plain = prom__arena_alloc(&l->memory, from->constant.n + 1);
    if (!plain)
        return prom__no_memory("an exposition");
    to->constant =
        (prom_str){ plain, prom__unescape(from->constant.p, from->constant.n, plain) };
    l->constants += pair_size(to->name.n, to->constant.n);
    return PROM_OK;
}

prom_err prom__proto_labels_take(prom__proto_labels *l, const prom__shape *shape)
{
    if (l->shape == shape)
        return PROM_OK;
    l->shape = NULL;
    l->constants = 0;
    prom__arena_reset(&l->memory);
    if (shape->n > l->cap) {
        prom__proto_label *label =
            prom__realloc(l->label, prom__size_times(shape->n, sizeof *label));
        if (!label)
            return prom__no_memory("an exposition");
        l->label = label;
        l->cap = shape->n;
    }
    prom_err e = PROM_OK;
    for (size_t i = 0; i < shape->n && !e; i++)
        e = take_label(l, &shape->label[i], &l->label[i]);
    if (!e)
        l->shape = shape;
    return e;
}

void prom__proto_labels_free(prom__proto_labels *l)
{
    prom__free(l->label);
    prom__arena_free(&l->memory);
}
