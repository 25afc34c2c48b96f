// SPDX-License-Identifier: Apache-2.0
/* samples.c - typed values to lines: the one place that knows the flat formats' suffixes and
 * the labels they add. */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/number.h"
#include "native.h"
#include "snapshot.h"

#include <string.h>

static const prom_str inf = { "+Inf", 4 };
static const prom_str le = { "le", 2 };
static const prom_str quantile = { "quantile", 8 };

/* The exemplars of classic buckets, one each at most and by value, as the buckets come. */
typedef struct exemplar_walk {
    const prom_exemplar *at, *end;
} exemplar_walk;

static exemplar_walk exemplars_of(const prom__point *p)
{
    if (!p->more || !p->more->exemplars.n)
        return (exemplar_walk){ NULL, NULL };
    const prom__exemplars *x = &p->more->exemplars;
    return (exemplar_walk){ x->item, x->item + x->n };
}

static const prom_exemplar *exemplar_up_to(exemplar_walk *w, double upper)
{
    return w->at != w->end && w->at->value <= upper ? w->at++ : NULL;
}

static const prom_exemplar *exemplar_left(const exemplar_walk *w)
{
    return w->at != w->end ? w->at : NULL;
}

static prom_err custom_lines(const prom_native *x,
                             prom_err (*each)(void *data, const prom__line *l), void *data)
{
    prom__native_classic c = { x, 0, 0, 0, 0, 0 };
    prom__line l = { .suffix = "_bucket", .suffix_length = 7, .extra = le };
    char mark[PROM__NUMBER_MAX];
    prom_err e = PROM_OK;
    while (!e && prom__native_classic_next(&c)) {
        l.extra_value = (prom_str){ mark, prom__number_double(mark, c.upper) };
        l.value = x->is_float ? c.weight : (double)c.count;
        l.count = x->is_float ? NULL : &c.count;
        e = each(data, &l);
    }
    return e;
}

static prom_err total_lines(const prom__line *sum, const prom__line *count,
                            prom_err (*each)(void *data, const prom__line *l), void *data)
{
    prom_err e = each(data, sum);
    return e ? e : each(data, count);
}

static prom_err histogram_lines(const prom__point *p, bool gauge,
                                prom_err (*each)(void *data, const prom__line *l), void *data)
{
    const prom__histogram_value *h = p->value.histogram;
    bool weighed = h->native && h->native->is_float;
    exemplar_walk exemplars = exemplars_of(p);
    prom__line l = { .suffix = "_bucket", .suffix_length = 7, .extra = le };
    for (size_t i = 0; i < h->n; i++) {
        l.extra_value = h->marks[i];
        l.value = (double)h->cumulative[i];
        l.count = &h->cumulative[i];
        l.exemplar = exemplar_up_to(&exemplars, h->uppers[i]);
        prom_err e = each(data, &l);
        if (e)
            return e;
    }
    prom_err e = PROM_OK;
    if (prom__shows_custom(h))
        e = custom_lines(h->native, each, data);
    if (e)
        return e;
    l.extra_value = inf;
    l.value = weighed ? h->native->weight : (double)h->count;
    l.count = weighed ? NULL : &h->count;
    l.exemplar = exemplar_left(&exemplars);
    e = each(data, &l);
    if (e)
        return e;
    prom__line sum = { .suffix = gauge ? "_gsum" : "_sum", .suffix_length = 4u + gauge };
    prom__line count = { .suffix = gauge ? "_gcount" : "_count", .suffix_length = 6u + gauge };
    sum.value = h->sum;
    count.value = l.value;
    count.count = l.count;
    return total_lines(&sum, &count, each, data);
}

static prom_err summary_lines(const prom__summary_value *s,
                              prom_err (*each)(void *data, const prom__line *l), void *data)
{
    prom__line l = { .suffix = "", .extra = quantile };
    for (size_t i = 0; i < s->n; i++) {
        l.extra_value = s->marks[i];
        l.value = s->values[i];
        prom_err e = each(data, &l);
        if (e)
            return e;
    }
    prom__line sum = { .suffix = "_sum", .suffix_length = 4, .value = s->sum };
    prom__line count = { .suffix = "_count", .suffix_length = 6 };
    count.value = (double)s->count;
    count.count = &s->count;
    return total_lines(&sum, &count, each, data);
}

static prom_err state_lines(const prom__stateset_value *s, const char *name,
                            prom_err (*each)(void *data, const prom__line *l), void *data)
{
    if (!s->n)
        return each(data, &(prom__line){ .suffix = "", .value = s->value });
    prom__line l = { .suffix = "", .extra = { name, strlen(name) } };
    prom_err e = PROM_OK;
    for (size_t i = 0; i < s->n && !e; i++) {
        l.extra_value = s->names[i];
        l.value = (double)(s->bits[i / 64] >> i % 64 & 1);
        e = each(data, &l);
    }
    return e;
}

prom_err prom__point_lines(const prom__family *f, const prom__point *p, prom__dialect dialect,
                           prom_err (*each)(void *data, const prom__line *l), void *data)
{
    prom__line l;
    switch (f->pub.type) {
    case PROM_HISTOGRAM:
        return histogram_lines(p, false, each, data);
    case PROM_GAUGE_HISTOGRAM:
        return histogram_lines(p, dialect == PROM__OPENMETRICS, each, data);
    case PROM_SUMMARY:
        return summary_lines(p->value.summary, each, data);
    case PROM_STATESET:
        return state_lines(p->value.stateset, f->pub.name, each, data);
    case PROM_COUNTER:
    case PROM_UNKNOWN:
    case PROM_GAUGE:
    case PROM_INFO:
        break;
    }
    l = prom__only_line(f, p);
    return each(data, &l);
}

/* --- the public form: labels apart, values not escaped ------------------- */

typedef struct sample_walk {
    prom_err (*each)(void *data, const prom_sample *s);
    void *data;
    prom_sample sample;
    prom_label_str *labels; /* with room for the extra one */
    size_t n_own;
    prom__bytes values; /* the unescaped ones, back to back, and room for the extra one */
} sample_walk;

static prom_err each_line(void *data, const prom__line *l)
{
    sample_walk *w = data;
    w->sample.suffix = l->suffix;
    w->sample.value = l->value;
    w->sample.n_labels = w->n_own;
    if (l->extra.n) {
        char *plain = w->values.p + w->values.n;
        size_t n = prom__unescape(l->extra_value.p, l->extra_value.n, plain);
        w->labels[w->sample.n_labels++] = (prom_label_str){ l->extra, { plain, n } };
    }
    return w->each(w->data, &w->sample);
}

/* Bytes of the longest value of an extra label. */
static size_t longest_extra(prom_type t, const prom__point *p)
{
    size_t longest = PROM__NUMBER_MAX;
    for (size_t i = 0; t == PROM_STATESET && i < p->value.stateset->n; i++)
        if (p->value.stateset->names[i].n > longest)
            longest = p->value.stateset->names[i].n;
    return longest;
}

static prom_err take_labels(sample_walk *w, const prom__point *p)
{
    w->n_own = p->shape->n;
    w->values.n = 0;
    prom_label_str *labels =
        prom__realloc(w->labels, prom__size_times(w->n_own + 1, sizeof *labels));
    if (!labels)
        return prom__no_memory("samples");
    w->sample.labels = w->labels = labels;
    if (!prom__bytes_room(&w->values,
                          p->series->text_length + longest_extra(w->sample.family->type, p)))
        return prom__no_memory("samples");
    prom__label_cursor c = { p->shape, p->series, 0, 0, 0 };
    prom_str name, value;
    for (size_t i = 0; prom__label_next(&c, &name, &value); i++) {
        char *plain = w->values.p + w->values.n;
        size_t n = prom__unescape(value.p, value.n, plain);
        w->values.n += n;
        labels[i] = (prom_label_str){ name, { plain, n } };
    }
    return PROM_OK;
}

prom_err prom_family_samples(const prom_family *family,
                             prom_err (*each)(void *data, const prom_sample *s), void *data)
{
    const prom__family *f = (const prom__family *)(const void *)family;
    sample_walk w = { .each = each, .data = data, .sample = { .family = family } };
    prom_err e = PROM_OK;
    if (!f || !each)
        return prom_fail(PROM_E_INVAL, "a family and a function are needed to read samples");
    for (size_t i = 0; i < f->pub.n_metrics && !e; i++) {
        const prom__point *p = &f->points[i];
        w.sample.timestamp_ms = p->more ? p->more->timestamp_ms : INT64_MIN;
        e = take_labels(&w, p);
        if (!e)
            e = prom__point_lines(f, p, PROM__TEXT, each_line, &w);
    }
    prom__free(w.labels);
    prom__bytes_free(&w.values);
    return e;
}

/* --- looking one up ----------------------------------------------------- */

typedef struct wanted {
    const char *name;
    const prom_label *labels;
    size_t n_labels;
    bool found;
    double value;
} wanted;

static bool is(prom_str s, const char *word)
{
    return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

static bool is_wanted(const wanted *w, const prom_label_str *l)
{
    for (size_t i = 0; i < w->n_labels; i++)
        if (is(l->name, w->labels[i].name))
            return is(l->value, w->labels[i].value);
    return false;
}

static prom_err look(void *data, const prom_sample *s)
{
    wanted *w = data;
    size_t n = strlen(s->family->name);
    if (strncmp(w->name, s->family->name, n) != 0 || strcmp(w->name + n, s->suffix) != 0 ||
        s->n_labels != w->n_labels)
        return PROM_OK;
    for (size_t i = 0; i < s->n_labels; i++) /* its names all differ, the wanted ones may not */
        if (!is_wanted(w, &s->labels[i]))
            return PROM_OK;
    w->found = true;
    w->value = s->value;
    return PROM_OK;
}

prom_err prom_snapshot_value(const prom_snapshot *s, const char *name, const prom_label *labels,
                             double *out)
{
    wanted w = { .name = name, .labels = labels };
    if (!s || !name)
        return prom_fail(PROM_E_INVAL, "a snapshot and a name are needed to find a sample");
    while (labels && labels[w.n_labels].name)
        w.n_labels++;
    for (size_t i = 0; i < s->n_families && !w.found; i++) {
        const prom_family *f = &s->families[i]->pub;
        if (strncmp(name, f->name, strlen(f->name)) != 0)
            continue;
        prom_err e = prom_family_samples(f, look, &w);
        if (e)
            return e;
    }
    if (!w.found)
        return prom_fail(PROM_E_NOENT, "there is no sample '%s' with these labels", name);
    *out = w.value;
    return PROM_OK;
}
