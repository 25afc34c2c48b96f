// SPDX-License-Identifier: Apache-2.0
#include "assembly.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/number_parse.h"
#include "base/utf8.h"
#include "model/builder.h"

#include <stdlib.h>
#include <string.h>

struct prom__parsed_family {
    prom__parsed_node node; /* first */
    prom__parsed_family *next;
    const char *at;   /* where it came up */
    const char *name; /* ended by NUL; n bytes */
    size_t n;
    const char *help; /* NULL: none */
    prom_type type;
    bool typed; /* by a TYPE line, or by a sample that came before one */
    prom__parsed_metric *first, *last;
};

/* A bucket: its bound and count. A quantile: what it is and its value. */
typedef struct part {
    double mark, value;
    const char *at;
} part;

struct prom__parsed_metric {
    prom__parsed_node node; /* first */
    const prom__parsed_family *family;
    prom__parsed_metric *next; /* of the family */
    const char *at;
    const prom_label_str *labels; /* without le and quantile */
    size_t n_labels;
    int64_t timestamp_ms;
    double value; /* of simple types; else the sum */
    double count;
    bool has_sum, has_count;
    part *parts;
    size_t n_parts, cap_parts;
};

typedef enum role { ROLE_VALUE, ROLE_QUANTILE, ROLE_BUCKET, ROLE_SUM, ROLE_COUNT } role;

/* What samples.c writes. */
static const struct {
    const char *text;
    role role;
    bool summary; /* histograms have them all */
} suffixes[] = {
    { "_bucket", ROLE_BUCKET, false },
    { "_sum", ROLE_SUM, true },
    { "_count", ROLE_COUNT, true },
};
enum { SUFFIXES = sizeof suffixes / sizeof *suffixes };

static bool is_histogram(prom_type t)
{
    return t == PROM_HISTOGRAM || t == PROM_GAUGE_HISTOGRAM;
}

static bool has_suffix(prom_type t, size_t i)
{
    return is_histogram(t) || (t == PROM_SUMMARY && suffixes[i].summary);
}

static int shown(prom_str s) /* for sentences */
{
    return (int)prom__utf8_cut(s.p, s.n, 200);
}

static bool is(prom_str s, const char *word)
{
    return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

static bool same(prom_str a, prom_str b)
{
    return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

static prom_err no_memory(void)
{
    return prom__no_memory("a parsed text");
}

/* --- families ----------------------------------------------------------- */

static uint64_t hash_name(prom_str name)
{
    return prom__hash_add(prom__hash_key(), name.p, name.n);
}

static prom__parsed_family *find_family(const prom__assembly *a, prom_str name)
{
    uint64_t hash = hash_name(name);
    for (prom__parsed_node *n = prom__parsed_find(&a->families, hash); n; n = n->next) {
        prom__parsed_family *f = (prom__parsed_family *)(void *)n;
        if (n->hash == hash && same(name, (prom_str){ f->name, f->n }))
            return f;
    }
    return NULL;
}

static prom_err get_family(prom__assembly *a, const char *at, prom_str name,
                           prom__parsed_family **out)
{
    if ((*out = find_family(a, name)))
        return PROM_OK;
    if (memchr(name.p, '\0', name.n))
        return prom__reader_fail(a->reader, at, "a metric's name has a NUL in it");
    prom__parsed_family *f = prom__arena_alloc(a->reader->arena, sizeof *f);
    const char *copy = prom__arena_copy(a->reader->arena, name.p, name.n);
    if (!f || !copy)
        return no_memory();
    *f = (prom__parsed_family){
        .node = { .hash = hash_name(name) }, .at = at, .name = copy, .n = name.n
    };
    prom_err e = prom__parsed_add(&a->families, a->reader->arena, &f->node);
    if (e)
        return e;
    *(a->last ? &a->last->next : &a->first) = f;
    a->last = *out = f;
    return PROM_OK;
}

prom_err prom__assembly_help(prom__assembly *a, const char *at, prom_str name, prom_str help)
{
    prom__parsed_family *f;
    prom_err e = get_family(a, at, name, &f);
    if (e || !help.n)
        return e;
    if (f->help)
        return prom__reader_fail(a->reader, at, "'%s' has a second HELP line", f->name);
    if (memchr(help.p, '\0', help.n))
        return prom__reader_fail(a->reader, at, "the help text of '%s' has a NUL in it",
                                 f->name);
    f->help = prom__arena_copy(a->reader->arena, help.p, help.n);
    return f->help ? PROM_OK : no_memory();
}

prom_err prom__assembly_type(prom__assembly *a, const char *at, prom_str name, prom_type t)
{
    prom__parsed_family *f;
    prom_err e = get_family(a, at, name, &f);
    if (e)
        return e;
    if (f->typed)
        return prom__reader_fail(a->reader, at, "'%s' has a second TYPE line%s", f->name,
                                 f->first ? ", or one after its samples" : "");
    f->type = t;
    f->typed = true;
    return PROM_OK;
}

/* --- samples ------------------------------------------------------------ */

static const prom_label_str *find_label(const prom__parsed_sample *s, const char *name)
{
    for (size_t i = 0; i < s->n_labels; i++)
        if (is(s->labels[i].name, name))
            return &s->labels[i];
    return NULL;
}

/* A family of exactly this name goes before one whose suffixed sample it could be. */
static prom_err family_of(prom__assembly *a, const prom__parsed_sample *s,
                          prom__parsed_family **out, role *r)
{
    prom__parsed_family *f = find_family(a, s->name);
    for (size_t i = 0; i < SUFFIXES && !f; i++) {
        size_t n = strlen(suffixes[i].text);
        if (s->name.n <= n || memcmp(s->name.p + s->name.n - n, suffixes[i].text, n) != 0)
            continue;
        *out = find_family(a, (prom_str){ s->name.p, s->name.n - n });
        *r = suffixes[i].role;
        if (*out && has_suffix((*out)->type, i))
            return PROM_OK;
    }
    prom_err e = f ? PROM_OK : get_family(a, s->at, s->name, &f);
    if (e)
        return e;
    f->typed = true;
    *out = f;
    *r = f->type == PROM_SUMMARY ? ROLE_QUANTILE : ROLE_VALUE;
    if (is_histogram(f->type))
        return prom__reader_fail(
            a->reader, s->at,
            "'%s' is a histogram, whose samples end in _bucket, _sum or _count", f->name);
    return PROM_OK;
}

/* The number in the label that tells a bucket or a quantile from others. */
static prom_err read_mark(const prom__assembly *a, const prom__parsed_sample *s,
                          const char *label, double *mark)
{
    const prom_label_str *l = find_label(s, label);
    if (!l)
        return prom__reader_fail(a->reader, s->at, "'%.*s' has no label '%s'", shown(s->name),
                                 s->name.p, label);
    if (!prom__number_parse(l->value.p, l->value.n, mark) || isnan(*mark))
        return prom__reader_fail(a->reader, s->at, "'%.*s': label '%s' is '%.*s', no number",
                                 shown(s->name), s->name.p, label, shown(l->value), l->value.p);
    return PROM_OK;
}

static prom_err check_count(const prom__assembly *a, const prom__parsed_sample *s)
{
    double v = s->value;
    if (v >= 0 && v <= 0x1p64 && floor(v) >= v)
        return PROM_OK;
    return prom__reader_fail(a->reader, s->at, "'%.*s' is a count, but no whole number",
                             shown(s->name), s->name.p);
}

static prom_err copy_labels(const prom__assembly *a, const prom__parsed_sample *s,
                            const char *without, prom__parsed_metric *m)
{
    prom_label_str *copy =
        prom__arena_alloc(a->reader->arena, (s->n_labels + 1) * sizeof *copy);
    if (!copy)
        return no_memory();
    m->labels = copy;
    for (size_t i = 0; i < s->n_labels; i++)
        if (!without || !is(s->labels[i].name, without))
            copy[m->n_labels++] = s->labels[i];
    return PROM_OK;
}

/* Simple metrics may come once for each time, composite ones are one whatever their times. */
static uint64_t hash_metric(const prom__parsed_metric *m, bool simple)
{
    uint64_t h = m->family->node.hash;
    for (size_t i = 0; i < m->n_labels; i++) {
        h = prom__hash_add(h, m->labels[i].name.p, m->labels[i].name.n);
        h = prom__hash_add(h, m->labels[i].value.p, m->labels[i].value.n);
    }
    return simple ? prom__hash_add(h, (const char *)&m->timestamp_ms, 8) : h;
}

static prom__parsed_metric *find_metric(const prom__assembly *a,
                                        const prom__parsed_metric *like, bool simple)
{
    for (prom__parsed_node *n = prom__parsed_find(&a->metrics, like->node.hash); n;
         n = n->next) {
        prom__parsed_metric *m = (prom__parsed_metric *)(void *)n;
        if (n->hash != like->node.hash || m->family != like->family ||
            m->n_labels != like->n_labels || (simple && m->timestamp_ms != like->timestamp_ms))
            continue;
        size_t i = 0;
        while (i < m->n_labels && same(m->labels[i].name, like->labels[i].name) &&
               same(m->labels[i].value, like->labels[i].value))
            i++;
        if (i == m->n_labels)
            return m;
    }
    return NULL;
}

static prom_err add_metric(prom__assembly *a, prom__parsed_family *f, prom__parsed_metric *m)
{
    prom_err e = prom__parsed_add(&a->metrics, a->reader->arena, &m->node);
    if (e)
        return e;
    *(f->last ? &f->last->next : &f->first) = m;
    f->last = m;
    return PROM_OK;
}

static prom_err twice(const prom__assembly *a, const prom__parsed_sample *s)
{
    return prom__reader_fail(a->reader, s->at, "this sample of '%.*s' is there twice",
                             shown(s->name), s->name.p);
}

static prom_err add_part(prom__assembly *a, prom__parsed_metric *m, double mark,
                         const prom__parsed_sample *s)
{
    part *parts =
        prom__arena_grow(a->reader->arena, m->parts, m->n_parts, &m->cap_parts, sizeof *parts);
    if (!parts)
        return no_memory();
    m->parts = parts;
    parts[m->n_parts++] = (part){ mark, s->value, s->at };
    return PROM_OK;
}

static prom_err set_once(const prom__assembly *a, const prom__parsed_sample *s, double *value,
                         bool *has)
{
    if (*has && !a->keep_twice)
        return twice(a, s);
    *value = s->value;
    *has = true;
    return PROM_OK;
}

prom_err prom__assembly_sample(prom__assembly *a, const prom__parsed_sample *s)
{
    prom__parsed_family *f;
    role r = ROLE_VALUE;
    double mark = 0;
    prom_err e = family_of(a, s, &f, &r);
    const char *label = r == ROLE_BUCKET ? "le" : r == ROLE_QUANTILE ? "quantile" : NULL;
    if (!e && label)
        e = read_mark(a, s, label, &mark);
    if (!e && (r == ROLE_BUCKET || r == ROLE_COUNT))
        e = check_count(a, s);
    prom__parsed_metric *m = e ? NULL : prom__arena_alloc(a->reader->arena, sizeof *m);
    if (!m)
        return e ? e : no_memory();
    *m = (prom__parsed_metric){ .family = f, .at = s->at, .timestamp_ms = s->timestamp_ms };
    if ((e = copy_labels(a, s, label, m)))
        return e;
    m->node.hash = hash_metric(m, r == ROLE_VALUE);
    prom__parsed_metric *found = find_metric(a, m, r == ROLE_VALUE);
    if (found && r == ROLE_VALUE && !a->keep_twice)
        return twice(a, s);
    if (!found || r == ROLE_VALUE) {
        if ((e = add_metric(a, f, m)))
            return e;
        found = m;
    }
    found->timestamp_ms = s->timestamp_ms;
    if (label)
        return add_part(a, found, mark, s);
    if (r == ROLE_COUNT)
        return set_once(a, s, &found->count, &found->has_count);
    return set_once(a, s, &found->value, &found->has_sum);
}

/* --- the snapshot ------------------------------------------------------- */

/* What the builder refuses, with the place where it stands. */
static prom_err place(const prom__assembly *a, const char *at, prom_err e)
{
    if (e == PROM_OK || e == PROM_E_NOMEM)
        return e;
    return prom__reader_fail(a->reader, at, "%s", prom_error(e));
}

static int compare_parts(const void *a, const void *b)
{
    const part *x = a, *y = b;
    if (x->mark < y->mark || x->mark > y->mark)
        return x->mark < y->mark ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static prom_err sort_parts(const prom__assembly *a, prom__parsed_metric *m)
{
    size_t n = m->n_parts ? 1 : 0;
    if (m->n_parts)
        qsort(m->parts, m->n_parts, sizeof *m->parts, compare_parts);
    for (size_t i = 1; i < m->n_parts; i++) {
        if (m->parts[n - 1].mark < m->parts[i].mark)
            m->parts[n++] = m->parts[i];
        else if (!a->keep_twice)
            return prom__reader_fail(
                a->reader, m->parts[i].at, "this %s of '%s' is there twice",
                m->family->type == PROM_SUMMARY ? "quantile" : "bucket", m->family->name);
    }
    m->n_parts = n;
    return PROM_OK;
}

/* Counts are printed as doubles: of the largest, a few round up to 2^64. */
static uint64_t whole(double count)
{
    return count >= 0x1p64 ? UINT64_MAX : (uint64_t)count;
}

static prom_err build_histogram(const prom__assembly *a, prom_builder *b,
                                prom__parsed_metric *m)
{
    prom_bucket *buckets =
        prom__arena_alloc(a->reader->arena, (m->n_parts + 1) * sizeof *buckets);
    if (!buckets)
        return no_memory();
    for (size_t i = 0; i < m->n_parts; i++)
        buckets[i] = (prom_bucket){ m->parts[i].mark, whole(m->parts[i].value) };
    if (!m->has_count) {
        if (!m->n_parts || m->parts[m->n_parts - 1].mark < (double)INFINITY)
            return prom_fail(PROM_E_INVAL,
                             "this histogram '%s' has neither a +Inf bucket nor a count",
                             m->family->name);
        m->count = m->parts[m->n_parts - 1].value;
    }
    return prom_build_histogram(b, NULL, m->has_sum ? m->value : (double)NAN, whole(m->count),
                                buckets, m->n_parts);
}

static prom_err build_summary(const prom__assembly *a, prom_builder *b,
                              const prom__parsed_metric *m)
{
    prom_quantile *quantiles =
        prom__arena_alloc(a->reader->arena, (m->n_parts + 1) * sizeof *quantiles);
    if (!quantiles)
        return no_memory();
    for (size_t i = 0; i < m->n_parts; i++)
        quantiles[i] = (prom_quantile){ m->parts[i].mark, m->parts[i].value };
    return prom_build_summary(b, NULL, m->has_sum ? m->value : (double)NAN, whole(m->count),
                              quantiles, m->n_parts);
}

static prom_err build_metric(const prom__assembly *a, prom_builder *b, prom__parsed_metric *m)
{
    prom_err e = sort_parts(a, m);
    if (e)
        return e;
    e = prom_build_labels(b, m->labels, m->n_labels);
    if (!e && is_histogram(m->family->type))
        e = build_histogram(a, b, m);
    else if (!e && m->family->type == PROM_SUMMARY)
        e = build_summary(a, b, m);
    else if (!e)
        e = prom_build_value(b, NULL, m->value);
    if (!e && m->timestamp_ms != PROM_NO_TIME)
        e = prom_build_timestamp(b, m->timestamp_ms);
    return place(a, m->at, e);
}

/* Else a line would say two things: x_sum of a summary x, and of a gauge x_sum. */
static prom_err check_suffixes(const prom__assembly *a, const prom__parsed_family *f)
{
    for (size_t i = 0; i < SUFFIXES; i++) {
        if (!has_suffix(f->type, i))
            continue;
        size_t n = strlen(suffixes[i].text);
        char *name = prom__arena_alloc(a->reader->arena, f->n + n);
        if (!name)
            return no_memory();
        memcpy(name, f->name, f->n);
        memcpy(name + f->n, suffixes[i].text, n);
        const prom__parsed_family *other = find_family(a, (prom_str){ name, f->n + n });
        if (other)
            return prom__reader_fail(
                a->reader, other->at > f->at ? other->at : f->at,
                "'%s' is a metric of its own, and a sample of the %s '%s' too", other->name,
                prom_type_name(f->type), f->name);
    }
    return PROM_OK;
}

/* Each family has a builder of its own: one would compare its name with all before it. */
static prom_err build_family(const prom__assembly *a, prom_snapshot *s,
                             const prom__parsed_family *f)
{
    prom_builder b;
    prom_opts o = { .size = sizeof o, .name = f->name, .help = f->help };
    prom__builder_open(&b, s, PROM_ORDER_SORTED);
    b.foreign = true;
    prom_err e = check_suffixes(a, f);
    if (!e)
        e = place(a, f->at, prom_build_family(&b, f->type, &o));
    for (prom__parsed_metric *m = f->first; m && !e; m = m->next)
        e = build_metric(a, &b, m);
    prom__builder_close(&b, !e);
    return e;
}

prom_err prom__assembly_finish(prom__assembly *a, prom_snapshot **out)
{
    prom_snapshot *s;
    prom_err e = prom__snapshot_new(NULL, &s);
    if (e)
        return e;
    for (const prom__parsed_family *f = a->first; f && !e; f = f->next)
        e = build_family(a, s, f);
    if (e)
        prom_unref(s);
    else
        *out = s;
    return e;
}
