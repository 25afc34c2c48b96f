// SPDX-License-Identifier: Apache-2.0
#include "reader.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "model/name.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- errors ------------------------------------------------------------- */

prom_err prom__reader_fail(const prom__reader *r, const char *at, const char *fmt, ...)
{
    char said[400];
    size_t line = 1, column = 1;
    for (const char *p = r->text; p < at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else {
            column += ((unsigned char)*p & 0xC0) != 0x80; /* where a character begins */
        }
    }
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(said, sizeof said, fmt, args);
    va_end(args);
    size_t shown = n < 0 ? 0 : prom__utf8_cut(said, (size_t)n, sizeof said - 1);
    return prom_fail(PROM_E_SYNTAX, "line %zu, column %zu: %.*s", line, column, (int)shown,
                     said);
}

prom_err prom__reader_check_utf8(const prom__reader *r)
{
    if (prom__utf8_valid(r->text, (size_t)(r->end - r->text)))
        return PROM_OK;
    const char *p = r->text;
    for (size_t n; p < r->end; p += n) {
        n = prom__utf8_length(p);
        if ((size_t)(r->end - p) < n || !prom__utf8_valid(p, n))
            break;
    }
    return prom__reader_fail(r, p, "the text is not valid UTF-8");
}

/* --- words and names ---------------------------------------------------- */

static prom_str since(const prom__reader *r, const char *from)
{
    return (prom_str){ from, (size_t)(r->at - from) };
}

prom_str prom__reader_word(prom__reader *r)
{
    const char *p = r->at, *from = p;
    while (p < r->end && *p != ' ' && *p != '\t' && *p != '\n')
        p++;
    r->at = p;
    return since(r, from);
}

prom_str prom__reader_name(prom__reader *r, bool colons)
{
    const char *p = r->at, *from = p;
    prom__name_kind kind = colons ? PROM__METRIC_NAME : PROM__LABEL_NAME;
    while (p < r->end && prom__name_legal(kind, *p, p == from))
        p++;
    r->at = p;
    return since(r, from);
}

/* --- strings with escapes ----------------------------------------------- */

static prom_err bad_escape(const prom__reader *r, const char *backslash, const char *what)
{
    return prom__reader_fail(r, backslash, "the %s has a backslash before neither \\, \" nor n",
                             what);
}

static prom_err unescape(prom__reader *r, const char *from, const char *what, prom_str *out)
{
    char *copy = prom__arena_alloc(r->arena, (size_t)(r->at - from));
    if (!copy)
        return prom__no_memory("a parsed text");
    size_t n = 0;
    for (const char *p = from; p < r->at; p++) {
        char c = *p, next = p + 1 < r->at ? p[1] : '\0';
        if (c == '\\' && (next == '\\' || next == '"' || next == 'n')) {
            c = next == 'n' ? '\n' : next;
            p++;
        } else if (c == '\\' && !r->strict) {
            return bad_escape(r, p, what);
        }
        copy[n++] = c;
    }
    *out = (prom_str){ copy, n };
    return PROM_OK;
}

prom_err prom__reader_quoted(prom__reader *r, const char *what, prom_str *out)
{
    const char *quote = r->at, *from = quote + 1, *p = from;
    bool escapes = false;
    for (; p < r->end && *p != '"' && *p != '\n'; p++)
        if (*p == '\\') {
            escapes = true;
            if (p + 1 < r->end && p[1] != '\n')
                p++;
        }
    r->at = p;
    if (!prom__reader_is(r, '"'))
        return prom__reader_fail(r, quote, "the %s has no closing quote in its line", what);
    *out = since(r, from);
    prom_err e = escapes ? unescape(r, from, what, out) : PROM_OK;
    r->at++;
    return e;
}

prom_err prom__reader_line(prom__reader *r, const char *what, prom_str *out)
{
    const char *from = r->at, *end = memchr(from, '\n', (size_t)(r->end - from));
    r->at = end ? end : r->end;
    *out = since(r, from);
    return memchr(from, '\\', out->n) ? unescape(r, from, what, out) : PROM_OK;
}

/* --- label sets --------------------------------------------------------- */

/* Where there are more, a short line would take long to check: see shape.c. */
enum { MOST_LABELS = 1000 };

static int compare_names(const void *a, const void *b)
{
    prom_str x = ((const prom_label_str *)a)->name, y = ((const prom_label_str *)b)->name;
    int c = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);
    return c ? c : (x.n > y.n) - (x.n < y.n);
}

static prom_err sort_labels(const prom__reader *r, const char *brace, prom__reader_labels *l)
{
    bool sorted = true;
    for (size_t i = 1; i < l->n && sorted; i++)
        sorted = compare_names(&l->item[i - 1], &l->item[i]) < 0;
    if (sorted || l->as_given)
        return PROM_OK;
    qsort(l->item, l->n, sizeof *l->item, compare_names);
    for (size_t i = 1; i < l->n; i++) {
        prom_str name = l->item[i].name;
        if (compare_names(&l->item[i - 1], &l->item[i]) == 0)
            return prom__reader_fail(r, brace, "label '%.*s' is there twice",
                                     (int)prom__utf8_cut(name.p, name.n, 200), name.p);
    }
    return PROM_OK;
}

static prom_err read_value(prom__reader *r, prom_str name, prom__reader_labels *l)
{
    prom_label_str *items = prom__arena_grow(r->arena, l->item, l->n, &l->cap, sizeof *l->item);
    if (!items)
        return prom__no_memory("a parsed text");
    l->item = items;
    r->at++;
    prom__reader_skip_blanks(r);
    if (!prom__reader_is(r, '"'))
        return prom__reader_fail(r, r->at, "the value of label '%.*s' has no quotes",
                                 (int)prom__utf8_cut(name.p, name.n, 200), name.p);
    if (l->n == MOST_LABELS)
        return prom__reader_fail(r, r->at, "more than %d labels", MOST_LABELS);
    items[l->n].name = name;
    return prom__reader_quoted(r, "label value", &items[l->n++].value);
}

/* name="value", or the quoted name of the metric where that may stand. */
static prom_err read_item(prom__reader *r, bool metric_allowed, prom__reader_labels *l)
{
    prom_str name;
    prom_err e = PROM_OK;
    const char *from = r->at;
    bool quoted = prom__reader_is(r, '"');
    if (quoted)
        e = prom__reader_quoted(r, "name", &name);
    else
        name = prom__reader_name(r, false);
    if (!e && !name.n)
        e = prom__reader_fail(r, from, "a label name is missing");
    if (e)
        return e;
    prom__reader_skip_blanks(r);
    if (prom__reader_is(r, '='))
        return read_value(r, name, l);
    if (!quoted || !metric_allowed)
        return prom__reader_fail(r, r->at, "label '%.*s' has no = and value",
                                 (int)prom__utf8_cut(name.p, name.n, 200), name.p);
    l->name = name;
    return PROM_OK;
}

prom_err prom__reader_labels_read(prom__reader *r, prom__reader_labels *l)
{
    const char *brace = r->at++;
    l->n = 0;
    l->name = (prom_str){ NULL, 0 };
    prom__reader_skip_blanks(r);
    for (bool first = true; !prom__reader_is(r, '}'); first = false) {
        prom_err e = read_item(r, first, l);
        if (e)
            return e;
        prom__reader_skip_blanks(r);
        if (prom__reader_is(r, '}'))
            break;
        if (!prom__reader_is(r, ','))
            return prom__reader_fail(r, r->at, "neither , nor } after a label");
        r->at++;
        if (r->strict && prom__reader_is(r, '}'))
            return prom__reader_fail(r, r->at, "a comma behind the last label");
        prom__reader_skip_blanks(r);
    }
    r->at++;
    return sort_labels(r, brace, l);
}
