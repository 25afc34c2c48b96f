// SPDX-License-Identifier: Apache-2.0
/* graphite_lines.c - samples as lines of Graphite's plaintext protocol.
 *
 * Paths are client_golang's, but for empty parts, which carbon makes odd folders of. Tags are
 * what Graphite's documentation allows, and what carbon reads as one word. */
#include "base/alloc.h"
#include "base/number.h"
#include "base/utf8.h"
#include "encode/out.h"
#include "graphite.h"

#include <stdlib.h>

enum {
    LONGEST = 16384, /* of a line: carbon drops a longer one, and what came with it */
    FEW = 32         /* labels without an allocation */
};

typedef struct lines {
    prom__out out;
    prom__bytes line;
    const char *prefix;
    bool tags;
    int64_t now_s;
    bool failed; /* for lack of memory */
} lines;

static void put(lines *l, const char *p, size_t n)
{
    if (!prom__bytes_add(&l->line, p, n))
        l->failed = true;
}

static void put_char(lines *l, char c)
{
    put(l, &c, 1);
}

/* --- paths ---------------------------------------------------------------- */

static bool is_legal(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == ':' || c == '-';
}

/* One or more parts of a path, of which none is empty: a blank begins another, all else that is
 * not legal is an underscore, of which one follows no other. */
static void put_path(lines *l, prom_str s)
{
    bool dot = false;
    char last = '\0';
    for (size_t i = 0; i < s.n; i += prom__utf8_length(s.p + i)) {
        char c = is_legal(s.p[i]) ? s.p[i] : '_';
        if (s.p[i] == ' ') {
            dot = last != '\0';
            continue;
        }
        if (dot)
            put_char(l, '.');
        if (dot || c != '_' || last != '_')
            put_char(l, c);
        last = c;
        dot = false;
    }
    if (last == '\0')
        put_char(l, '_'); /* nothing but blanks */
}

/* --- tags ----------------------------------------------------------------- */

/* What Python takes for blanks, beyond ASCII: carbon splits lines there. */
static bool is_blank(uint32_t c)
{
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

/* With blanks, control characters and the forbidden ones as underscores. */
static void put_tag(lines *l, prom_str s, const char *forbidden)
{
    for (size_t i = 0, n; i < s.n; i += n) {
        n = prom__utf8_length(s.p + i);
        unsigned char c = (unsigned char)s.p[i];
        bool bad = c <= ' ' || c == 0x7F || (c < 0x80 && strchr(forbidden, c)) ||
                   (n > 1 && is_blank(prom__utf8_character(s.p + i)));
        if (bad)
            put_char(l, '_');
        else
            put(l, s.p + i, n);
    }
}

/* A brace would make carbon take what ends in "} for another format; a tilde may not be first.
 */
static void put_tag_value(lines *l, prom_str s)
{
    if (s.p[0] == '~') {
        put_char(l, '_');
        s.p++;
        s.n--;
    }
    put_tag(l, s, ";{");
}

/* --- labels --------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const prom_label_str *x = a, *y = b;
    size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
    int c = memcmp(x->name.p, y->name.p, n);
    return c ? c : (x->name.n > y->name.n) - (x->name.n < y->name.n);
}

/* Those that are not empty, for an empty label is none. The tag `name` is the metric's. */
static size_t choose(const lines *l, const prom_sample *s, prom_label_str *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_labels; i++) {
        prom_label_str x = s->labels[i];
        if (!x.value.n)
            continue;
        if (l->tags && x.name.n == 4 && memcmp(x.name.p, "name", 4) == 0)
            x.name = (prom_str){ "exported_name", 13 };
        out[n++] = x;
    }
    qsort(out, n, sizeof *out, compare);
    return n;
}

static void put_label(lines *l, const prom_label_str *x)
{
    if (l->tags) {
        put_char(l, ';');
        put_tag(l, x->name, ";!^=");
        put_char(l, '=');
        put_tag_value(l, x->value);
    } else {
        put_char(l, '.');
        put_path(l, x->name);
        put_char(l, '.');
        put_path(l, x->value);
    }
}

static void put_labels(lines *l, const prom_sample *s)
{
    prom_label_str few[FEW],
        *chosen = s->n_labels <= FEW ? few : prom__alloc(s->n_labels * sizeof *chosen);
    if (!chosen) {
        l->failed = true;
        return;
    }
    size_t n = choose(l, s, chosen);
    for (size_t i = 0; i < n; i++)
        put_label(l, &chosen[i]);
    if (chosen != few)
        prom__free(chosen);
}

/* --- lines ---------------------------------------------------------------- */

static void put_suffix(lines *l, const char *suffix)
{
    bool again = *suffix == '_' && l->line.n && l->line.p[l->line.n - 1] == '_';
    put(l, suffix + again, strlen(suffix + again));
}

static void put_end(lines *l, double v, int64_t seconds)
{
    char number[2 * PROM__NUMBER_MAX + 3], *at = number;
    *at++ = ' ';
    at += prom__number_double(at, v);
    *at++ = ' ';
    at += prom__number_i64(at, seconds);
    *at++ = '\n';
    put(l, number, (size_t)(at - number));
}

static prom_err put_sample(void *data, const prom_sample *s)
{
    lines *l = data;
    int64_t seconds = s->timestamp_ms == PROM_NO_TIME ? l->now_s : s->timestamp_ms / 1000;
    if (s->value != s->value || s->value - s->value != 0) /* NaN, infinite */
        return PROM_OK;
    if (seconds < 0 || seconds > (int64_t)UINT32_MAX) /* whisper's times have 32 bits */
        return PROM_OK;
    l->line.n = 0;
    if (l->prefix) {
        put(l, l->prefix, strlen(l->prefix));
        put_char(l, '.');
    }
    put_path(l, (prom_str){ s->family->name, strlen(s->family->name) });
    put_suffix(l, s->suffix);
    put_labels(l, s);
    put_end(l, s->value, seconds);
    if (l->failed)
        return prom__no_memory("lines for Graphite");
    if (l->line.n <= LONGEST)
        prom__out_put(&l->out, l->line.p, l->line.n);
    return l->out.error;
}

/* --- the whole ------------------------------------------------------------ */

/* Parts that are legal and not empty. */
static bool is_path(const char *s)
{
    for (;; s++) {
        const char *part = s;
        while (is_legal(*s))
            s++;
        if (s == part)
            return false;
        if (*s != '.')
            return !*s;
    }
}

prom_err prom__graphite_opts(const prom_graphite_opts *theirs, prom_graphite_opts *ours)
{
    if (theirs && theirs->size < offsetof(prom_graphite_opts, address))
        return prom_fail(PROM_E_INVAL,
                         "prom_graphite_opts.size is not set: use PROM_GRAPHITE_OPTS");
    *ours = (prom_graphite_opts){ .size = 0 };
    if (theirs)
        memcpy(ours, theirs, theirs->size < sizeof *ours ? theirs->size : sizeof *ours);
    ours->size = sizeof *ours;
    if (ours->prefix && !*ours->prefix)
        ours->prefix = NULL;
    if (ours->prefix && !is_path(ours->prefix))
        return prom_fail(PROM_E_INVAL,
                         "'%s' is no prefix of Graphite paths: letters, digits, '_', ':', '-', "
                         "and single dots between them",
                         ours->prefix);
    return PROM_OK;
}

prom_err prom_graphite_encode(const prom_snapshot *s, const prom_graphite_opts *theirs,
                              int64_t now_s, const prom_writer *w)
{
    prom_graphite_opts o;
    prom_err e = prom__graphite_opts(theirs, &o);
    if (e)
        return e;
    if (!s || !w || !w->write)
        return prom_fail(PROM_E_INVAL, "a snapshot and a writer are needed to encode");
    lines l = { .prefix = o.prefix, .tags = o.tags, .now_s = now_s };
    e = prom__out_open(&l.out, w);
    if (e)
        return e;
    for (size_t i = 0; i < prom_snapshot_size(s) && !e; i++)
        e = prom_family_samples(prom_snapshot_at(s, i), put_sample, &l);
    prom_err written = prom__out_close(&l.out);
    prom__bytes_free(&l.line);
    return e ? e : written;
}
