// SPDX-License-Identifier: Apache-2.0
#include "remote_series.h"

#include "base/alloc.h"
#include "base/number.h"
#include "openmetrics_parts.h"

#include <stdlib.h>

/* Field numbers, where the two versions differ: 1.0, 2.0. */
static const struct {
    uint8_t series, histogram;
} fields[] = { [1] = { 1, 4 }, [2] = { 5, 3 } };
enum { SERIES_LABELS = 1, SERIES_SAMPLE, SERIES_METADATA = 5 };
enum { SAMPLE_VALUE = 1, SAMPLE_TIME, SAMPLE_START };
enum { METADATA_TYPE = 1, METADATA_HELP = 3, METADATA_UNIT };

/* Of a request; receivers take 32 MiB at least. */
enum { MOST_BYTES = 4 << 20 };

/* One TimeSeries. */
typedef struct series {
    prom_str suffix, extra; /* of the line; extra is not escaped */
    const prom__remote_sample *sample;
    size_t n;
    const prom_exemplar *const *exemplar;
    size_t n_exemplars;
    const prom__point *native; /* it has a histogram, and one "sample"; NULL: samples */
} series;

static prom_err no_memory(void)
{
    return prom__no_memory("a request");
}

/* --- times -------------------------------------------------------------- */

/* Zero means not known, so the first millisecond of 1970 is told as the next one. */
static int64_t start_of(const prom__family *f, const prom__point *p, int64_t time_ms)
{
    prom_type t = f->pub.type;
    if (t != PROM_COUNTER && t != PROM_HISTOGRAM && t != PROM_SUMMARY)
        return 0;
    int64_t ns = atomic_load_explicit(&p->series->created, memory_order_relaxed);
    int64_t ms = ns && !prom__remote_ms(ns) ? 1 : prom__remote_ms(ns);
    return ms < time_ms ? ms : 0;
}

int64_t prom__remote_time(const prom__point *p, int64_t gathered_ms)
{
    return prom__remote_has_own_time(p) ? p->more->timestamp_ms : gathered_ms;
}

/* --- one TimeSeries, from its last field to its first ----------------------- */

static void put_sample(prom__remote *r, const prom__remote_sample *s)
{
    prom__wire *w = &r->wire;
    size_t before = prom__wire_size(w);
    if (r->opts->version == 2)
        prom__wire_u64(w, SAMPLE_START, (uint64_t)s->start_ms);
    prom__wire_u64(w, SAMPLE_TIME, (uint64_t)s->time_ms);
    if (s->stale) {
        prom__wire_bits64(w, PROM__WIRE_STALE);
        prom__wire_tag(w, SAMPLE_VALUE, PROM__WIRE_FIXED64);
    } else {
        prom__wire_double(w, SAMPLE_VALUE, s->value);
    }
    prom__wire_close(w, SERIES_SAMPLE, before);
}

static void put_values(prom__remote *r, const series *s)
{
    if (s->native)
        prom__remote_histogram_put(r, fields[r->opts->version].histogram, r->family, s->native,
                                   s->sample);
    for (size_t i = s->n; i-- > 0 && !s->native;)
        put_sample(r, &s->sample[i]);
}

static unsigned metadata_type(prom_type t)
{
    static const uint8_t types[] = {
        [PROM_UNKNOWN] = 0,         [PROM_COUNTER] = 1, [PROM_GAUGE] = 2, [PROM_HISTOGRAM] = 3,
        [PROM_GAUGE_HISTOGRAM] = 4, [PROM_SUMMARY] = 5, [PROM_INFO] = 6,  [PROM_STATESET] = 7,
    };
    return types[t];
}

/* References are good for one request. */
static bool describe(prom__remote *r)
{
    const prom_family *f = &r->family->pub;
    const char *help = f->help ? f->help : "", *unit = f->unit ? f->unit : "";
    r->described =
        r->described ||
        (prom__symbols_ref(&r->symbols, (prom_str){ help, strlen(help) }, &r->help) &&
         prom__symbols_ref(&r->symbols, (prom_str){ unit, strlen(unit) }, &r->unit));
    return r->described;
}

static void put_metadata(prom__remote *r)
{
    prom__wire *w = &r->wire;
    size_t before = prom__wire_size(w);
    prom__wire_u64(w, METADATA_UNIT, r->unit);
    prom__wire_u64(w, METADATA_HELP, r->help);
    prom__wire_u64(w, METADATA_TYPE, metadata_type(r->family->pub.type));
    if (prom__wire_size(w) != before)
        prom__wire_close(w, SERIES_METADATA, before);
}

static void put_fields(prom__remote *r, const series *s)
{
    size_t n_refs;
    if (r->opts->version == 1) {
        put_values(r, s);
        prom__remote_labels_put(&r->labels, &r->wire);
        return;
    }
    r->wire.failed =
        !prom__remote_labels_refs(&r->labels, &r->symbols, &n_refs) || !describe(r);
    if (r->wire.failed)
        return;
    put_metadata(r);
    for (size_t i = s->n_exemplars; i-- > 0;)
        prom__remote_put_exemplar(r, s->exemplar[i]);
    put_values(r, s);
    prom__remote_put_refs(&r->wire, SERIES_LABELS, r->labels.ref, n_refs);
}

static prom_err put_series(prom__remote *r, const series *s)
{
    bool first = true;
    prom_err e = prom__remote_labels_line(&r->labels, s->suffix, s->extra);
    if (!e && r->may_meet)
        e = prom__remote_once_add(&r->once, &r->labels, s->sample->time_ms, &first);
    if (e || !first)
        return e;
    prom__wire_clear(&r->wire);
    put_fields(r, s);
    prom__wire_close(&r->wire, fields[r->opts->version].series, 0);
    if (r->wire.failed || !prom__bytes_add(&r->series, r->wire.at, prom__wire_size(&r->wire)))
        return no_memory();
    r->count.samples += s->native ? 0 : s->n;
    r->count.histograms += s->native != NULL;
    r->count.exemplars += r->opts->version == 2 ? s->n_exemplars : 0;
    size_t n = r->count.samples + r->count.histograms;
    bool full = r->opts->most && (n >= r->opts->most || r->series.n >= MOST_BYTES);
    return full ? prom__remote_flush(r) : PROM_OK;
}

/* --- lines of a point ----------------------------------------------------- */

static bool is_histogram(const prom__family *f)
{
    return f->pub.type == PROM_HISTOGRAM || f->pub.type == PROM_GAUGE_HISTOGRAM;
}

/* Custom buckets are no part of 1.0: there they are classic ones. */
bool prom__remote_is_native(const prom__remote *r, const prom__family *f, const prom__point *p)
{
    const prom_native *x = is_histogram(f) ? p->value.histogram->native : NULL;
    return x && (x->schema != PROM_CUSTOM_BUCKETS || r->opts->version == 2);
}

bool prom__remote_is_classic(const prom__remote *r, const prom__family *f, const prom__point *p)
{
    return !prom__remote_is_native(r, f, p) || p->value.histogram->n ||
           p->value.histogram->inf_said;
}

static prom_str extra_of(const prom__family *f)
{
    static const prom_str le = { "le", 2 }, quantile = { "quantile", 8 };
    if (is_histogram(f))
        return le;
    if (f->pub.type == PROM_SUMMARY)
        return quantile;
    if (f->pub.type == PROM_STATESET)
        return (prom_str){ f->pub.name, strlen(f->pub.name) };
    return (prom_str){ "", 0 };
}

prom_err prom__remote_extra(prom__remote *r, const prom__family *f, const prom__line *l,
                            prom_str *out)
{
    char *p = prom__arena_alloc(&r->memory, l->extra_value.n + PROM__NUMBER_MAX + 2);
    if (!p)
        return no_memory();
    if (f->pub.type == PROM_STATESET) {
        *out = (prom_str){ p, prom__unescape(l->extra_value.p, l->extra_value.n, p) };
        return PROM_OK;
    }
    prom_str mark = prom__openmetrics_mark(l->extra_value, p);
    memmove(p, mark.p, mark.n);
    *out = (prom_str){ p, mark.n };
    return PROM_OK;
}

static prom_err take_family(prom__remote *r, const prom__family *f)
{
    if (r->family == f)
        return PROM_OK;
    r->family = NULL;
    r->described = false;
    prom_err e = prom__remote_labels_family(&r->labels, &f->pub, extra_of(f));
    if (!e)
        r->family = f;
    return e;
}

typedef struct lines {
    prom__remote *remote;
    const prom__point *point;
    int64_t exemplar_after_ns;
    prom__remote_sample sample;
} lines;

/* What is counted has a beginning; a quantile has not. */
static prom_err put_line(void *data, const prom__line *l)
{
    lines *x = data;
    prom__remote *r = x->remote;
    prom__remote_sample sample = x->sample;
    sample.value = l->value;
    if (r->family->pub.type == PROM_SUMMARY && l->extra.n)
        sample.start_ms = 0;
    series s = { .suffix = { l->suffix, l->suffix_length },
                 .extra = { "", 0 },
                 .sample = &sample,
                 .n = 1,
                 .exemplar = &l->exemplar,
                 .n_exemplars = prom__remote_is_new(l->exemplar, x->exemplar_after_ns) };
    prom_err e = l->extra.n ? prom__remote_extra(r, r->family, l, &s.extra) : PROM_OK;
    return e ? e : put_series(r, &s);
}

static prom_err put_native(prom__remote *r, const lines *x)
{
    static const prom__exemplars none;
    const prom__exemplars *all = x->point->more ? &x->point->more->native_exemplars : &none;
    const prom_exemplar **fresh = prom__arena_alloc(&r->memory, (all->n + 1) * sizeof *fresh);
    if (!fresh)
        return no_memory();
    series s = { .suffix = { "", 0 },
                 .extra = { "", 0 },
                 .sample = &x->sample,
                 .n = 1,
                 .exemplar = fresh,
                 .n_exemplars = prom__remote_exemplars(all, x->exemplar_after_ns, fresh),
                 .native = x->point };
    return put_series(r, &s);
}

/* --- the points of a series ----------------------------------------------- */

static bool has_one_line(const prom__family *f, const prom__point *p)
{
    prom_type t = f->pub.type;
    return t == PROM_COUNTER || t == PROM_GAUGE || t == PROM_UNKNOWN || t == PROM_INFO ||
           (t == PROM_STATESET && !p->value.stateset->n);
}

/* The points that are newer than what was sent, in the order of their times. Those that have no
 * time of their own come first in a run, though their time is the last, or one of them. */
static size_t order(const prom__remote *r, const prom__run *run, int64_t after_ms,
                    const prom__point **out)
{
    size_t n = 0;
    for (size_t i = 0; i < run->n; i++) {
        int64_t t = prom__remote_time(run->point[i], r->now_ms);
        size_t k = n;
        if (t <= after_ms)
            continue;
        for (; k && prom__remote_time(out[k - 1], r->now_ms) > t; k--)
            ;
        if (k && prom__remote_time(out[k - 1], r->now_ms) == t)
            continue;
        memmove(out + k + 1, out + k, (n - k) * sizeof *out);
        out[k] = run->point[i];
        n++;
    }
    return n;
}

static prom_err put_point(prom__remote *r, const prom__point *p, int64_t exemplar_after_ns)
{
    int64_t t = prom__remote_time(p, r->now_ms);
    lines x = {
        r, p, exemplar_after_ns, { .time_ms = t, .start_ms = start_of(r->family, p, t) }
    };
    prom_err e = PROM_OK;
    if (prom__remote_is_native(r, r->family, p))
        e = put_native(r, &x);
    if (!e && prom__remote_is_classic(r, r->family, p))
        e = prom__point_lines(r->family, p, PROM__OPENMETRICS, put_line, &x);
    return e;
}

static double single_value(const prom__family *f, const prom__point *p)
{
    return f->pub.type == PROM_STATESET ? p->value.stateset->value : p->value.number;
}

/* One TimeSeries with several samples, in as many requests as they need. */
static prom_err put_samples(prom__remote *r, const prom__point **p, size_t n)
{
    prom__remote_sample *sample =
        prom__arena_alloc(&r->memory, prom__size_times(n, sizeof *sample));
    if (!sample)
        return no_memory();
    for (size_t i = 0; i < n; i++) {
        int64_t t = prom__remote_time(p[i], r->now_ms);
        sample[i] = (prom__remote_sample){ .value = single_value(r->family, p[i]),
                                           .time_ms = t,
                                           .start_ms = start_of(r->family, p[i], t) };
    }
    prom_err e = PROM_OK;
    for (size_t i = 0, k; i < n && !e; i += k) {
        size_t have = r->count.samples + r->count.histograms;
        k = r->opts->most && r->opts->most - have < n - i ? r->opts->most - have : n - i;
        series s = { .suffix = { "", 0 }, .extra = { "", 0 }, .sample = sample + i, .n = k };
        e = put_series(r, &s);
    }
    return e;
}

static prom_err take_series(prom__remote *r, const prom__run *run)
{
    prom_err e = take_family(r, run->family);
    return e ? e : prom__remote_labels_series(&r->labels, run->point[0]);
}

/* NULL: nothing that the gather before does not know better. */
static prom_err find_last(prom__remote *r, const prom__run *run, prom__remote_last **out)
{
    prom__remote_times *times = r->opts->times;
    bool own = false;
    *out = NULL;
    for (size_t i = 0; times && i < run->n; i++)
        own = own || prom__remote_has_own_time(run->point[i]);
    if (!times || (!own && !times->n))
        return PROM_OK;
    prom_err e = take_series(r, run);
    if (!e && own)
        return prom__remote_times_add(times, &run->family->pub, &r->labels, r->now_ms, out);
    if (!e)
        *out = prom__remote_times_find(times, &run->family->pub, &r->labels, r->now_ms);
    return e;
}

prom_err prom__remote_run(prom__remote *r, const prom__run *run, int64_t after_ms,
                          int64_t exemplar_after_ns)
{
    const prom__point *one, **p = &one;
    prom__arena_reset(&r->memory);
    if (run->n > 1 && !(p = prom__arena_alloc(&r->memory, run->n * sizeof *p)))
        return no_memory();
    prom__remote_last *last = NULL;
    prom_err e = find_last(r, run, &last);
    if (last && last->before_ms > after_ms)
        after_ms = last->before_ms;
    size_t n = e ? 0 : order(r, run, after_ms, p);
    if (last && n)
        last->now_ms = prom__remote_time(p[n - 1], r->now_ms);
    if (!e && n)
        e = take_series(r, run);
    if (!e && n > 1 && !r->may_meet && has_one_line(run->family, p[0]))
        return put_samples(r, p, n);
    for (size_t i = 0; i < n && !e; i++)
        e = put_point(r, p[i], exemplar_after_ns);
    return e;
}

/* --- the end of a series ------------------------------------------------- */

prom_err prom__remote_begin_end(prom__remote *r, const prom__family *f, const prom__point *p)
{
    prom_err e = take_family(r, f);
    return e ? e : prom__remote_labels_series(&r->labels, p);
}

prom_err prom__remote_put_end(prom__remote *r, const prom__point *p, const prom__remote_line *l)
{
    prom__remote_sample sample = { .time_ms = r->now_ms, .stale = true };
    series s = { .suffix = l->suffix,
                 .extra = l->extra,
                 .sample = &sample,
                 .n = 1,
                 .native = l->native ? p : NULL };
    return put_series(r, &s);
}
