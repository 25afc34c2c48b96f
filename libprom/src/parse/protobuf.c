// SPDX-License-Identifier: Apache-2.0
/* protobuf.c - delimited messages io.prometheus.client.MetricFamily, field by field: no struct
 * is made of a message, so an error can name its byte. Fields that are not known are passed
 * over. */
#include "protobuf.h"

#include "base/alloc.h"

#include <prom/parse.h>

#include <stdlib.h>
#include <string.h>

enum { FAMILY_NAME = 1, FAMILY_HELP, FAMILY_TYPE, FAMILY_METRIC, FAMILY_UNIT };
enum {
    METRIC_LABEL = 1,
    METRIC_GAUGE,
    METRIC_COUNTER,
    METRIC_SUMMARY,
    METRIC_UNTYPED,
    METRIC_TIMESTAMP,
    METRIC_HISTOGRAM
};
enum { VALUE = 1, COUNTER_EXEMPLAR, COUNTER_CREATED };
enum { SUMMARY_COUNT = 1, SUMMARY_SUM, SUMMARY_QUANTILE, SUMMARY_CREATED };
enum { QUANTILE_QUANTILE = 1, QUANTILE_VALUE };

/* By MetricType: the field in which a metric of this type has its value. */
static const struct {
    prom_type type;
    unsigned field;
    const char *what;
} types[] = {
    { PROM_COUNTER, METRIC_COUNTER, "counter" },
    { PROM_GAUGE, METRIC_GAUGE, "gauge" },
    { PROM_SUMMARY, METRIC_SUMMARY, "summary" },
    { PROM_UNKNOWN, METRIC_UNTYPED, "untyped value" },
    { PROM_HISTOGRAM, METRIC_HISTOGRAM, "histogram" },
    { PROM_GAUGE_HISTOGRAM, METRIC_HISTOGRAM, "histogram" },
};

/* --- values -------------------------------------------------------------- */

static prom_err parse_single(prom__proto_parser *x, prom__proto_reader r)
{
    prom__proto_field f;
    prom_exemplar exemplar;
    const char *at = r.at, *exemplar_at = NULL;
    int64_t created = 0;
    double v = 0;
    bool more, counter = x->type == PROM_COUNTER;
    prom_err e;
    while (!(e = prom__proto_next(&r, &f, &more)) && more) {
        if (f.number == VALUE) {
            e = prom__proto_double(&r, &f, &v);
        } else if (counter && f.number == COUNTER_EXEMPLAR) {
            e = prom__proto_parse_exemplar(x, &r, &f, &exemplar);
            exemplar_at = f.at;
        } else if (counter && f.number == COUNTER_CREATED) {
            e = prom__proto_parse_time(&r, &f, &created);
        }
        if (e)
            return e;
    }
    if (!e)
        e = prom__proto_place(&r, at, prom_build_value(x->b, NULL, v));
    if (!e && created)
        e = prom__proto_place(&r, at, prom_build_created(x->b, created));
    if (!e && exemplar_at)
        e = prom__proto_place(&r, exemplar_at, prom_build_exemplar(x->b, &exemplar));
    return e;
}

typedef struct summary {
    uint64_t count;
    double sum;
    int64_t created;
    prom_quantile *quantiles;
    size_t n, cap;
} summary;

static prom_err parse_quantile(prom__proto_parser *x, const prom__proto_reader *r,
                               const prom__proto_field *f, summary *s)
{
    prom__proto_reader quantile;
    prom__proto_field part;
    prom_quantile q = { 0, 0 };
    bool more = true;
    prom_err e = prom__proto_message(r, f, &quantile);
    while (!e && !(e = prom__proto_next(&quantile, &part, &more)) && more) {
        if (part.number == QUANTILE_QUANTILE)
            e = prom__proto_double(&quantile, &part, &q.quantile);
        else if (part.number == QUANTILE_VALUE)
            e = prom__proto_double(&quantile, &part, &q.value);
    }
    if (e)
        return e;
    prom_quantile *all = prom__arena_grow(&x->memory, s->quantiles, s->n, &s->cap, sizeof *all);
    if (!all)
        return prom__no_memory("a snapshot");
    s->quantiles = all;
    s->quantiles[s->n++] = q;
    return PROM_OK;
}

static prom_err parse_summary(prom__proto_parser *x, prom__proto_reader r)
{
    prom__proto_field f;
    summary s = { .n = 0 };
    const char *at = r.at;
    bool more;
    prom_err e;
    while (!(e = prom__proto_next(&r, &f, &more)) && more) {
        if (f.number == SUMMARY_COUNT)
            e = prom__proto_u64(&r, &f, &s.count);
        else if (f.number == SUMMARY_SUM)
            e = prom__proto_double(&r, &f, &s.sum);
        else if (f.number == SUMMARY_QUANTILE)
            e = parse_quantile(x, &r, &f, &s);
        else if (f.number == SUMMARY_CREATED)
            e = prom__proto_parse_time(&r, &f, &s.created);
        if (e)
            return e;
    }
    if (!e)
        e = prom_build_summary(x->b, NULL, s.sum, s.count, s.quantiles, s.n);
    if (!e && s.created)
        e = prom_build_created(x->b, s.created);
    return prom__proto_place(&r, at, e);
}

/* --- metrics -------------------------------------------------------------- */

typedef struct metric {
    prom__proto_labels_read labels;
    unsigned field; /* of the value; 0: there is none */
    prom__proto_reader value;
    uint64_t timestamp_ms; /* 0: none */
} metric;

/* All that is said of a metric may be said in any order. */
static prom_err read_metric(prom__proto_parser *x, prom__proto_reader *r, metric *m)
{
    prom__proto_field f;
    bool more;
    prom_err e;
    while (!(e = prom__proto_next(r, &f, &more)) && more) {
        if (f.number == METRIC_LABEL)
            e = prom__proto_parse_label(x, r, &f, &m->labels);
        else if (f.number == METRIC_TIMESTAMP)
            e = prom__proto_u64(r, &f, &m->timestamp_ms);
        else if (f.number > METRIC_HISTOGRAM)
            continue;
        else if (m->field)
            e = prom__proto_fail(r, f.at, "this metric has two values");
        else if (!(e = prom__proto_message(r, &f, &m->value)))
            m->field = f.number;
        if (e)
            return e;
    }
    return e;
}

static prom_err check_value(const prom__proto_parser *x, const prom__proto_reader *r,
                            const char *at, const metric *m)
{
    size_t i = 0;
    while (types[i].type != x->type)
        i++;
    if (m->field == types[i].field)
        return PROM_OK;
    return prom__proto_fail(r, at, "a metric of '%.200s' has no %s", prom__builder_name(x->b),
                            types[i].what);
}

static prom_err parse_metric(prom__proto_parser *x, prom__proto_reader r)
{
    metric m = { .field = 0 };
    const char *at = r.at;
    prom__arena_reset(&x->memory);
    prom_err e = read_metric(x, &r, &m);
    if (!e)
        e = check_value(x, &r, at, &m);
    if (!e)
        e = prom__proto_place(&r, at, prom_build_labels(x->b, m.labels.item, m.labels.n));
    if (e)
        return e;
    if (m.field == METRIC_HISTOGRAM)
        e = prom__proto_parse_histogram(x, m.value);
    else if (m.field == METRIC_SUMMARY)
        e = parse_summary(x, m.value);
    else
        e = parse_single(x, m.value);
    if (!e && m.timestamp_ms)
        e = prom_build_timestamp(x->b, (int64_t)m.timestamp_ms);
    return e;
}

/* --- families -------------------------------------------------------------- */

typedef struct family {
    prom_str name, help, unit;
    uint64_t type;
} family;

static prom_err read_family(prom__proto_reader r, family *out)
{
    prom__proto_field f;
    bool more;
    prom_err e;
    while (!(e = prom__proto_next(&r, &f, &more)) && more) {
        if (f.number == FAMILY_NAME)
            e = prom__proto_str(&r, &f, &out->name);
        else if (f.number == FAMILY_HELP)
            e = prom__proto_str(&r, &f, &out->help);
        else if (f.number == FAMILY_UNIT)
            e = prom__proto_str(&r, &f, &out->unit);
        else if (f.number == FAMILY_TYPE)
            e = prom__proto_u64(&r, &f, &out->type);
        if (e)
            return e;
    }
    return e;
}

/* Ended by NUL; NULL for an empty one. */
static prom_err text_of(prom__proto_parser *x, const prom__proto_reader *r, prom_str s,
                        const char **out)
{
    *out = NULL;
    if (!s.n)
        return PROM_OK;
    if (memchr(s.p, '\0', s.n))
        return prom__proto_fail(r, s.p, "there is a NUL in this name, help text or unit");
    *out = prom__arena_copy(&x->memory, s.p, s.n);
    return *out ? PROM_OK : prom__no_memory("a snapshot");
}

static prom_err open_family(prom__proto_parser *x, const prom__proto_reader *r, const family *f)
{
    prom_opts o = { .size = sizeof o };
    prom__arena_reset(&x->memory);
    prom_err e = text_of(x, r, f->name, &o.name);
    if (!e)
        e = text_of(x, r, f->help, &o.help);
    if (!e)
        e = text_of(x, r, f->unit, &o.unit);
    if (!e && !o.name)
        e = prom__proto_fail(r, r->at, "this family has no name");
    if (!e && f->type >= sizeof types / sizeof *types)
        e = prom__proto_fail(r, r->at, "the type of '%.200s' is %llu, which is none", o.name,
                             (unsigned long long)f->type);
    if (e)
        return e;
    x->type = types[f->type].type;
    return prom__proto_place(r, r->at, prom_build_family(x->b, x->type, &o));
}

prom_err prom__proto_parse_family(prom__proto_parser *x, prom__proto_reader r)
{
    family wanted = { .type = 0 };
    prom__proto_field f;
    prom__proto_reader message;
    bool more = true;
    prom_err e = read_family(r, &wanted);
    if (!e)
        e = open_family(x, &r, &wanted);
    while (!e && !(e = prom__proto_next(&r, &f, &more)) && more) {
        if (f.number != FAMILY_METRIC)
            continue;
        if (!(e = prom__proto_message(&r, &f, &message)))
            e = parse_metric(x, message);
    }
    return e;
}

/* --- the whole -------------------------------------------------------------- */

typedef struct place {
    const char *name, *at;
} place;

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    return c ? c : (x->at > y->at) - (x->at < y->at);
}

static prom_err check_families(const prom__proto_reader *r, place *places, size_t n)
{
    if (n)
        qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 1; i < n; i++)
        if (strcmp(places[i - 1].name, places[i].name) == 0)
            return prom__proto_fail(r, places[i].at, "family '%.200s' is there twice",
                                    places[i].name);
    return PROM_OK;
}

/* Two metrics of a family may not have the same labels, unless they are of different times. */
static prom_err check_metrics(const prom__proto_reader *r, const char *at, prom_snapshot *s,
                              prom__family *f)
{
    const prom__point *twice;
    char said[PROM__POINT_SAID];
    prom_err e = prom__family_settle(s, f, true, &twice);
    if (e || !twice)
        return e;
    prom__point_say(twice, said);
    return prom__proto_fail(r, at, "in '%.200s', %s is there twice", f->pub.name, said);
}

/* Each family has a builder of its own: one would compare its name with all before it. */
static prom_err parse_next(prom__proto_parser *x, prom__proto_reader *r, prom_snapshot *s,
                           place *out)
{
    prom_builder b;
    prom__proto_reader message;
    const char *at = r->at;
    prom_err e = prom__proto_delimited(r, &message);
    if (e)
        return e;
    prom__builder_open(&b, s, PROM_ORDER_SORTED);
    b.foreign = true;
    x->b = &b;
    e = prom__proto_parse_family(x, message);
    prom__family *f = b.family;
    prom__builder_close(&b, !e);
    if (!e)
        e = check_metrics(r, at, s, f);
    if (!e)
        *out = (place){ f->pub.name, at };
    return e;
}

static prom_err parse_all(prom__proto_reader *r, prom_snapshot *s)
{
    prom__proto_parser x = { .b = NULL };
    prom__arena memory = { .block = NULL };
    place *places = NULL, next;
    size_t n = 0, cap = 0;
    prom_err e = PROM_OK;
    while (!e && r->at < r->end) {
        place *grown = prom__arena_grow(&memory, places, n, &cap, sizeof *places);
        if (!grown) {
            e = prom__no_memory("a snapshot");
            break;
        }
        places = grown;
        if (!(e = parse_next(&x, r, s, &next)))
            places[n++] = next;
    }
    if (!e)
        e = check_families(r, places, n);
    prom__arena_free(&memory);
    prom__arena_free(&x.memory);
    return e;
}

prom_err prom_parse_protobuf(const char *bytes, size_t n, prom_snapshot **out)
{
    prom_snapshot *s;
    *out = NULL;
    if (!bytes && n)
        return prom_fail(PROM_E_INVAL, "there are no bytes to parse");
    prom_err e = prom__snapshot_new(NULL, &s);
    if (e)
        return e;
    const char *text = bytes ? bytes : "";
    e = parse_all(&(prom__proto_reader){ text, text, text + n }, s);
    if (e)
        prom_unref(s);
    else
        *out = s;
    return e;
}
