// SPDX-License-Identifier: Apache-2.0
/* testing.c - numbers for tests: the value of a metric, how many there are, and what stands in
 * a native histogram. */
#include "base/number.h"
#include "gather.h"

#include <prom/testing.h>
#include <prom/vec.h>

#include <stdio.h>
#include <string.h>

/* --- values ------------------------------------------------------------- */

typedef struct seen {
    size_t n;
    double value; /* of the last one */
} seen;

static prom_err take_value(void *data, const prom_metric *m)
{
    seen *s = data;
    prom_type t = m->family->type;
    if (t != PROM_COUNTER && t != PROM_GAUGE && t != PROM_UNKNOWN)
        return prom_fail(PROM_E_TYPE, "'%s' is of type %s, which has no single value",
                         m->family->name, prom_type_name(t));
    s->n++;
    s->value = m->value;
    return PROM_OK;
}

static prom_err value_of_all(void *object, seen *all)
{
    prom_snapshot *s;
    prom_err e = prom__gather_object(object, &s);
    if (e)
        return e;
    for (size_t i = 0; i < prom_snapshot_size(s) && !e; i++)
        e = prom_family_metrics(prom_snapshot_at(s, i), take_value, all);
    prom_unref(s);
    if (!e && all->n != 1)
        e = prom_fail(PROM_E_INVAL, "there are %zu metrics, not exactly one", all->n);
    return e;
}

prom_err prom_test_value(void *object, double *out)
{
    seen s = { 0 };
    prom_err e = prom__object_is_series(object) ? prom_child_read(object, take_value, &s)
                                                : value_of_all(object, &s);
    if (!e)
        *out = s.value;
    return e;
}

prom_err prom_test_count(void *object, const char *const *names, size_t *out)
{
    prom_snapshot *s;
    prom_err e = prom__gather_object(object, &s);
    if (e)
        return e;
    *out = 0;
    for (size_t i = 0; i < prom_snapshot_size(s); i++) {
        const prom_family *f = prom_snapshot_at(s, i);
        *out += prom__family_counts(f, names) ? f->n_metrics : 0;
    }
    prom_unref(s);
    return PROM_OK;
}

/* --- native histograms -------------------------------------------------- */

typedef struct native_wanted {
    const char *name;
    const prom_label *labels;
    size_t n_labels;
    double sum;
    uint64_t count;
    const prom_native *native;
    bool found;
} native_wanted;

static bool has_label(const prom_metric *m, const prom_label *l)
{
    for (size_t i = 0; i < m->n_labels; i++) {
        prom_str name = m->labels[i].name, value = m->labels[i].value;
        if (name.n == strlen(l->name) && memcmp(name.p, l->name, name.n) == 0)
            return value.n == strlen(l->value) && memcmp(value.p, l->value, value.n) == 0;
    }
    return false;
}

static bool is_wanted(const native_wanted *w, const prom_metric *m)
{
    bool all = m->n_labels == w->n_labels;
    for (size_t i = 0; i < w->n_labels && all; i++)
        all = has_label(m, &w->labels[i]);
    return all;
}

static prom_err differs(const native_wanted *w, const char *what, double got, double want)
{
    char text[2][PROM__NUMBER_MAX + 1];
    text[0][prom__number_double(text[0], got)] = '\0';
    text[1][prom__number_double(text[1], want)] = '\0';
    return prom_fail(PROM_E_DIFFERS, "'%s': the %s is %s, not %s", w->name, what, text[0],
                     text[1]);
}

static prom_err same_number(const native_wanted *w, const char *what, double got, double want)
{
    bool same = !(got < want || got > want) && isnan(got) == isnan(want);
    return same ? PROM_OK : differs(w, what, got, want);
}

static prom_err same_count(const native_wanted *w, const char *what, uint64_t got,
                           uint64_t want)
{
    if (got == want)
        return PROM_OK;
    return prom_fail(PROM_E_DIFFERS, "'%s': the %s is %llu, not %llu", w->name, what,
                     (unsigned long long)got, (unsigned long long)want);
}

static bool same_bucket(const prom_native *n, const prom_native_bucket *a,
                        const prom_native_bucket *b)
{
    return a->index == b->index &&
           (n->is_float ? !(a->n.weight < b->n.weight || a->n.weight > b->n.weight)
                        : a->n.count == b->n.count);
}

/* "bucket 3 with 2", "no bucket": for sentences. */
static const char *say_bucket(const prom_native *n, const prom_native_bucket *b, char *out,
                              size_t size)
{
    char number[PROM__NUMBER_MAX + 1];
    if (!b)
        return "no bucket";
    size_t length = n->is_float ? prom__number_double(number, b->n.weight)
                                : prom__number_u64(number, b->n.count);
    snprintf(out, size, "bucket %d with %.*s", (int)b->index, (int)length, number);
    return out;
}

static prom_err same_buckets(const native_wanted *w, const char *side, const prom_native *n,
                             const prom_native_bucket *got, size_t n_got,
                             const prom_native_bucket *want, size_t n_want)
{
    char said[2][80];
    for (size_t i = 0; i < n_got || i < n_want; i++) {
        const prom_native_bucket *a = i < n_got ? &got[i] : NULL;
        const prom_native_bucket *b = i < n_want ? &want[i] : NULL;
        if (a && b && same_bucket(n, a, b))
            continue;
        return prom_fail(PROM_E_DIFFERS, "'%s': on the %s side there is %s, not %s", w->name,
                         side, say_bucket(n, a, said[0], sizeof said[0]),
                         say_bucket(n, b, said[1], sizeof said[1]));
    }
    return PROM_OK;
}

static prom_err same_bounds(const native_wanted *w, const prom_native *got,
                            const prom_native *want)
{
    prom_err e = same_count(w, "number of custom bounds", got->n_custom, want->n_custom);
    for (size_t i = 0; i < got->n_custom && !e; i++)
        e = same_number(w, "custom bound", got->custom[i], want->custom[i]);
    return e;
}

static prom_err same_native(const native_wanted *w, const prom_native *got,
                            const prom_native *want)
{
    prom_err e = same_number(w, "schema", got->schema, want->schema);
    if (!e && got->is_float != want->is_float)
        e = prom_fail(PROM_E_DIFFERS, "'%s' has %s, not %s", w->name,
                      got->is_float ? "weights" : "counts",
                      got->is_float ? "counts" : "weights");
    if (!e)
        e = same_number(w, "zero threshold", got->zero_threshold, want->zero_threshold);
    if (!e && got->is_float)
        e = same_number(w, "weight of the zero bucket", got->zero_weight, want->zero_weight);
    else if (!e)
        e = same_count(w, "count of the zero bucket", got->zero_count, want->zero_count);
    if (!e)
        e = same_bounds(w, got, want);
    if (!e)
        e = same_buckets(w, "positive", got, got->positive, got->n_positive, want->positive,
                         want->n_positive);
    if (!e)
        e = same_buckets(w, "negative", got, got->negative, got->n_negative, want->negative,
                         want->n_negative);
    return e;
}

static prom_err check_native(void *data, const prom_metric *m)
{
    native_wanted *w = data;
    if (w->found || !is_wanted(w, m))
        return PROM_OK;
    w->found = true;
    if (!m->native)
        return prom_fail(PROM_E_TYPE, "'%s' is no native histogram", w->name);
    prom_err e = same_native(w, m->native, w->native);
    if (!e && m->native->is_float)
        e = same_number(w, "weight", m->native->weight, w->native->weight);
    else if (!e)
        e = same_count(w, "count", m->count, w->count);
    return e ? e : same_number(w, "sum", m->sum, w->sum);
}

prom_err prom_test_native(prom_registry *r, const char *name, const prom_label *labels,
                          double sum, uint64_t count, const prom_native *expected)
{
    prom_snapshot *s;
    native_wanted w = {
        .name = name, .labels = labels, .sum = sum, .count = count, .native = expected
    };
    if (!name || !expected)
        return prom_fail(PROM_E_INVAL, "a name and a native histogram are needed to compare");
    while (labels && labels[w.n_labels].name)
        w.n_labels++;
    prom_err e = prom__gather_object(r, &s);
    if (e)
        return e;
    for (size_t i = 0; i < prom_snapshot_size(s) && !e; i++)
        if (strcmp(prom_snapshot_at(s, i)->name, name) == 0)
            e = prom_family_metrics(prom_snapshot_at(s, i), check_native, &w);
    prom_unref(s);
    if (!e && !w.found)
        e = prom_fail(PROM_E_NOENT, "there is no metric '%s' with these labels", name);
    return e;
}
