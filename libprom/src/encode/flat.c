// SPDX-License-Identifier: Apache-2.0
/* flat.c - names and labels piece by piece: metadata, and lines that are longer than a block or
 * have names outside the ASCII grammar. Source: instrumenting/escaping_schemes and
 * exposition_formats of prometheus/docs. */
#include "flat.h"

#include "base/alloc.h"
#include "model/name.h"

void prom__flat_open(void *t, const prom_encode_opts *o)
{
    prom__flat *flat = t;
    flat->escaping = o->escaping;
}

void prom__flat_free(void *t)
{
    prom__flat *flat = t;
    prom__bytes_free(&flat->name_memory);
    prom__bytes_free(&flat->label_memory);
}

/* Notes the error where the head of a line looks for it. */
static prom_err no_memory(prom__flat *t)
{
    t->out.error = prom__no_memory("an exposition");
    return t->out.error;
}

/* --- names -------------------------------------------------------------- */

/* A name that is not of the ASCII grammar, as the scheme shows it; in PROM_ALLOW_UTF8 what
 * stands between the quotes. p is NULL: no memory. */
static prom_str shown(prom__flat *t, prom__bytes *memory, prom__name_kind kind, prom_str name)
{
    bool quoted = t->escaping == PROM_ALLOW_UTF8;
    memory->n = 0;
    char *p = prom__bytes_room(memory, quoted ? 2 * name.n
                                              : prom__name_escaped_most(t->escaping, name.n));
    if (!p)
        return (prom_str){ NULL, 0 };
    size_t n = quoted ? (size_t)(prom__escape(name.p, name.n, p) - p)
                      : prom__name_escape(kind, t->escaping, name.p, name.n, p);
    return (prom_str){ p, n };
}

/* The name of a state set is that of a label too, in which a colon is not allowed. */
static bool is_plain_label(const prom_family *f, prom_str name)
{
    return f->type != PROM_STATESET || prom__name_legacy(PROM__LABEL_NAME, name.p, name.n);
}

prom_err prom__flat_name(prom__flat *t, const prom_family *f)
{
    t->name = (prom_str){ f->name, strlen(f->name) };
    bool legacy = prom__name_legacy(PROM__METRIC_NAME, t->name.p, t->name.n);
    t->most = legacy && is_plain_label(f, t->name) ? PROM__OUT_BLOCK : 0;
    t->quoted = !legacy && t->escaping == PROM_ALLOW_UTF8;
    if (!legacy)
        t->name = shown(t, &t->name_memory, PROM__METRIC_NAME, t->name);
    return t->name.p ? PROM_OK : no_memory(t);
}

/* --- metadata ----------------------------------------------------------- */

static void put_metadata(prom__flat *t, const char *keyword, size_t n)
{
    const char *quote = t->quoted ? "\"" : "";
    prom__flat_put(t, "# ");
    prom__flat_put(t, keyword);
    prom__flat_put(t, " ");
    prom__flat_put(t, quote);
    prom__out_put(&t->out, t->name.p, n);
    prom__flat_put(t, quote);
    prom__flat_put(t, " ");
}

void prom__flat_metadata(prom__flat *t, const char *keyword, size_t n, const char *word)
{
    put_metadata(t, keyword, n);
    prom__flat_put(t, word);
    prom__flat_put(t, "\n");
}

void prom__flat_help(prom__flat *t, size_t n, const char *help, bool quotes)
{
    const char *special = quotes ? "\\\n\"" : "\\\n";
    put_metadata(t, "HELP", n);
    for (;;) {
        size_t plain = strcspn(help, special);
        prom__out_put(&t->out, help, plain);
        help += plain;
        if (!*help)
            break;
        prom__flat_put(t, *help == '\n' ? "\\n" : *help == '"' ? "\\\"" : "\\\\");
        help++;
    }
    prom__flat_put(t, "\n");
}

/* --- labels ------------------------------------------------------------- */

static prom_err put_label_name(prom__flat *t, prom_str name)
{
    bool legacy = prom__name_legacy(PROM__LABEL_NAME, name.p, name.n);
    const char *quote = !legacy && t->escaping == PROM_ALLOW_UTF8 ? "\"" : "";
    if (!legacy)
        name = shown(t, &t->label_memory, PROM__LABEL_NAME, name);
    if (!name.p)
        return no_memory(t);
    prom__flat_put(t, quote);
    prom__out_put(&t->out, name.p, name.n);
    prom__flat_put(t, quote);
    prom__flat_put(t, "=\"");
    return PROM_OK;
}

prom_err prom__flat_label(prom__flat *t, prom_str name, prom_str value)
{
    prom_err e = put_label_name(t, name);
    if (e)
        return e;
    prom__out_put(&t->out, value.p, value.n);
    prom__flat_put(t, "\"");
    return PROM_OK;
}

prom_err prom__flat_labels(prom__flat *t, const prom_label_str *labels, size_t n)
{
    prom_err e = PROM_OK;
    for (size_t i = 0; i < n && !e; i++) {
        prom_str value = labels[i].value;
        prom__flat_put(t, i ? "," : "{");
        e = put_label_name(t, labels[i].name);
        t->label_memory.n = 0;
        char *p = e ? NULL : prom__bytes_room(&t->label_memory, 2 * value.n);
        if (!p)
            return e ? e : no_memory(t);
        prom__out_put(&t->out, p, (size_t)(prom__escape(value.p, value.n, p) - p));
        prom__flat_put(t, "\"");
    }
    prom__flat_put(t, n ? "}" : "{}");
    return e;
}

/* --- lines -------------------------------------------------------------- */

/* Label by label, behind what is in the braces already. */
static prom_err put_series_labels(prom__flat *t, bool first)
{
    const prom__point *p = t->point;
    prom__label_cursor c = { p->shape, p->series, 0, 0, 0 };
    prom_str name, value;
    prom_err e = PROM_OK;
    for (; !e && prom__label_next(&c, &name, &value); first = false) {
        prom__flat_put(t, first ? "" : ",");
        e = prom__flat_label(t, name, value);
    }
    return e;
}

static prom_err put_braces(prom__flat *t, const prom__line *l)
{
    prom_str labels = prom__series_text(t->point->series);
    prom_err e = PROM_OK;
    if (!labels.n && !l->extra.n && !t->quoted)
        return e;
    prom__flat_put(t, "{");
    if (t->quoted) {
        prom__flat_put(t, "\"");
        prom__out_put(&t->out, t->name.p, t->name.n);
        prom__out_put(&t->out, l->suffix, l->suffix_length);
        prom__flat_put(t, "\"");
    }
    if (!t->point->shape->legacy) {
        e = put_series_labels(t, !t->quoted);
    } else {
        prom__flat_put(t, t->quoted && labels.n ? "," : "");
        prom__out_put(&t->out, labels.p, labels.n);
    }
    if (!e && l->extra.n) {
        prom__flat_put(t, t->quoted || labels.n ? "," : "");
        e = prom__flat_label(t, l->extra, l->extra_value);
    }
    prom__flat_put(t, "}");
    return e;
}

char *prom__flat_long_head(prom__flat *t, const prom__line *l, size_t room)
{
    if (!t->quoted) {
        prom__out_put(&t->out, t->name.p, t->name.n);
        prom__out_put(&t->out, l->suffix, l->suffix_length);
    }
    if (put_braces(t, l) != PROM_OK)
        return NULL;
    prom__flat_put(t, " ");
    return prom__out_room(&t->out, room);
}
