// SPDX-License-Identifier: Apache-2.0
/* flat.h - what the formats of one line a sample share: names in the four schemes, label text,
 * the beginning of a line. Each of them writes its own metadata and ends of lines.
 *
 * Label text was escaped when the series was made, so where all names are of the ASCII grammar
 * a line's beginning is three copies. */
#ifndef PROM_ENCODE_FLAT_H
#define PROM_ENCODE_FLAT_H

#include "base/number.h"
#include "form.h"
#include "model/snapshot.h"

typedef struct prom__flat {
    prom__out out; /* first */
    prom_escaping escaping;
    prom_str name; /* of the family as it stands in a line, before the suffix */
    bool quoted;   /* it stands in quotes as the first thing in the braces */
    size_t most;   /* bytes of a line that can be written in one go; 0: none, names are odd */
    const prom__point *point;
    prom__bytes name_memory, label_memory;
} prom__flat;

/* Of a prom__form whose state begins with a prom__flat. */
void prom__flat_open(void *t, const prom_encode_opts *o);
void prom__flat_free(void *t);

/* Takes the name of the family whose lines follow. */
prom_err prom__flat_name(prom__flat *t, const prom_family *f);

static inline void prom__flat_put(prom__flat *t, const char *s)
{
    prom__out_put(&t->out, s, strlen(s));
}

/* `# TYPE x counter`, the name cut after n bytes. */
void prom__flat_metadata(prom__flat *t, const char *keyword, size_t n, const char *word);
/* `# HELP x ...`: backslash and line feed are escaped, and quotes if that is asked for. */
void prom__flat_help(prom__flat *t, size_t n, const char *help, bool quotes);

/* `name="value"`; the value is escaped already. */
prom_err prom__flat_label(prom__flat *t, prom_str name, prom_str value);
/* `{a="1",b="2"}`, values not escaped. */
prom_err prom__flat_labels(prom__flat *t, const prom_label_str *labels, size_t n);

/* Writes a line up to the blank before its value, and returns where that goes: room for so many
 * bytes, at most a few hundred. The caller then moves t->out.at. NULL: an error, also in
 * t->out.error. */
static inline char *prom__flat_head(prom__flat *t, const prom__line *l, size_t room);
char *prom__flat_long_head(prom__flat *t, const prom__line *l, size_t room);

/* Names and labels are short: in blocks of 16, the last of which overlaps the one before, they
 * are there before a call of memcpy has found out how long they are. */
static inline char *prom__flat_copy(char *at, const char *p, size_t n)
{
    if (n < 16) {
        for (size_t i = 0; i < n; i++)
            at[i] = p[i];
        return at + n;
    }
    for (size_t i = 0; i < n - 16; i += 16)
        memcpy(at + i, p + i, 16);
    memcpy(at + n - 16, p + n - 16, 16);
    return at + n;
}

static inline char *prom__flat_head(prom__flat *t, const prom__line *l, size_t room)
{
    const prom__point *p = t->point;
    prom_str labels = prom__series_text(p->series);
    size_t n =
        t->name.n + l->suffix_length + labels.n + l->extra.n + l->extra_value.n + 8 + room;
    if (n > t->most || !p->shape->legacy)
        return prom__flat_long_head(t, l, room);
    char *at = prom__out_room(&t->out, n);
    if (!at)
        return NULL;
    at = prom__flat_copy(at, t->name.p, t->name.n);
    at = prom__flat_copy(at, l->suffix, l->suffix_length);
    if (labels.n || l->extra.n) {
        *at++ = '{';
        at = prom__flat_copy(at, labels.p, labels.n);
        if (l->extra.n) {
            if (labels.n)
                *at++ = ',';
            at = prom__flat_copy(at, l->extra.p, l->extra.n);
            at = prom__flat_copy(at, "=\"", 2);
            at = prom__flat_copy(at, l->extra_value.p, l->extra_value.n);
            *at++ = '"';
        }
        *at++ = '}';
    }
    *at++ = ' ';
    return at;
}

#endif
