// SPDX-License-Identifier: Apache-2.0
/* protobuf.c - delimited messages io.prometheus.client.MetricFamily.
 *
 * A family stands behind its length, so its metrics are gone through twice: their lengths are
 * added up, then they are written, each for itself. No more of a family than one metric is ever
 * held. Written by hand, from the records: a tree of structs for a library of protobuf takes
 * several times as long as the whole. Source: instrumenting/exposition_formats of
 * prometheus/docs. */
#include "protobuf.h"

#include "base/alloc.h"

/* --- the length --------------------------------------------------------- */

static size_t delimited(size_t n)
{
    return prom__varint_size(n) + n;
}

static prom_err add_point(prom__protobuf *x, const prom__point *p, int64_t created,
                          size_t *total)
{
    prom__proto_metric *m = &x->metric;
    if (prom__proto_is_plain(m->type, p)) {
        prom_err e = prom__proto_labels_take(&m->labels, p->shape);
        if (!e)
            *total += 1 + delimited(prom__proto_plain_size(m, p, created));
        return e;
    }
    for (size_t i = 0; i < prom__proto_metric_count(m->type, p); i++) {
        prom_err e = prom__proto_metric_put(m, p, i, created);
        if (e)
            return e;
        *total += 1 + delimited(prom__wire_size(&m->wire));
    }
    return PROM_OK;
}

/* A reset may change what a record says: the second walk writes what the first one has read. */
static prom_err reserve_created(prom__protobuf *x, const prom__family *f)
{
    size_t n = prom__proto_has_created(f->pub.type) ? f->pub.n_metrics : 0;
    x->created.n = 0;
    if (n && !prom__bytes_room(&x->created, prom__size_times(n, sizeof(int64_t))))
        return prom__no_memory("an exposition");
    return PROM_OK;
}

static int64_t *created_of(const prom__protobuf *x)
{
    return (int64_t *)(void *)x->created.p;
}

static prom_err add_points(prom__protobuf *x, const prom__family *f, size_t from, size_t to)
{
    bool has_created = prom__proto_has_created(f->pub.type);
    prom_err e = PROM_OK;
    for (size_t i = from; i < to && !e; i++) {
        const prom__point *p = &f->points[i];
        int64_t created = 0;
        if (i + PROM__SERIES_AHEAD < f->pub.n_metrics)
            prom__series_prefetch(p[PROM__SERIES_AHEAD].series);
        if (has_created)
            created_of(x)[i] = created =
                atomic_load_explicit(&p->series->created, memory_order_relaxed);
        e = add_point(x, p, created, &x->total);
    }
    return e;
}

static prom_err measure(void *data, const prom__family *f, size_t from, size_t to)
{
    prom__protobuf *x = data;
    prom_err e = PROM_OK;
    if (!from) {
        x->total = 0;
        e = prom__proto_metric_begin(&x->metric, &f->pub, &x->name);
        if (!e)
            e = reserve_created(x, f);
    }
    return e ? e : add_points(x, f, from, to);
}

/* --- the bytes ---------------------------------------------------------- */

static void put_varint(prom__out *o, uint64_t v)
{
    char bytes[10];
    prom__out_put(o, bytes, (size_t)(prom__varint_write(bytes, v) - bytes));
}

static void put_tag(prom__out *o, unsigned field, unsigned type)
{
    put_varint(o, field << 3 | type);
}

static void put_text(prom__out *o, unsigned field, prom_str s)
{
    if (!s.n)
        return;
    put_tag(o, field, PROM__WIRE_BYTES);
    put_varint(o, s.n);
    prom__out_put(o, s.p, s.n);
}

static size_t text_size(prom_str s)
{
    return s.n ? 1 + delimited(s.n) : 0;
}

/* Straight into the block. False: it is longer than a block, or could not be written. */
static bool put_plain(prom__protobuf *x, const prom__point *p, int64_t created)
{
    size_t n = 1 + delimited(prom__proto_plain_size(&x->metric, p, created));
    char *at = n <= PROM__OUT_BLOCK ? prom__out_room(&x->out, n) : NULL;
    if (!at)
        return false;
    prom__wire w = { .begin = at, .at = at + n, .end = at + n, .borrowed = true };
    prom__proto_plain_put(&x->metric, p, created, &w);
    prom__wire_close(&w, PROM__PROTO_FAMILY_METRIC, 0);
    x->out.at = w.end;
    return true;
}

static prom_err put_point(prom__protobuf *x, const prom__point *p, int64_t created)
{
    prom__proto_metric *m = &x->metric;
    if (prom__proto_is_plain(m->type, p)) {
        prom_err e = prom__proto_labels_take(&m->labels, p->shape);
        if (e || put_plain(x, p, created))
            return e;
    }
    for (size_t i = 0; i < prom__proto_metric_count(m->type, p); i++) {
        prom_err e = prom__proto_metric_put(m, p, i, created);
        if (e)
            return e;
        put_text(&x->out, PROM__PROTO_FAMILY_METRIC,
                 (prom_str){ m->wire.at, prom__wire_size(&m->wire) });
    }
    return x->out.error;
}

static prom_err put_points(void *data, const prom__family *f, size_t from, size_t to)
{
    prom__protobuf *x = data;
    bool has_created = prom__proto_has_created(f->pub.type);
    prom_err e = PROM_OK;
    for (size_t i = from; i < to && !e; i++) {
        const prom__point *p = &f->points[i];
        if (i + PROM__SERIES_AHEAD < f->pub.n_metrics)
            prom__series_prefetch(p[PROM__SERIES_AHEAD].series);
        e = put_point(x, p, has_created ? created_of(x)[i] : 0);
    }
    return e;
}

static prom_str str_of(const char *s)
{
    return (prom_str){ s, s ? strlen(s) : 0 };
}

static prom_err put_family(void *data, const prom__family *f)
{
    prom__protobuf *x = data;
    prom_str help = str_of(f->pub.help), unit = str_of(f->pub.unit);
    unsigned type = prom__proto_type(f->pub.type);
    put_varint(&x->out, x->total + text_size(x->name) + text_size(help) + text_size(unit) +
                            (type ? 2 : 0));
    put_text(&x->out, PROM__PROTO_FAMILY_NAME, x->name);
    put_text(&x->out, PROM__PROTO_FAMILY_HELP, help);
    if (type) {
        put_tag(&x->out, PROM__PROTO_FAMILY_TYPE, PROM__WIRE_VARINT);
        put_varint(&x->out, type);
    }
    return PROM_OK;
}

static void end_family(void *data, const prom__family *f)
{
    prom__protobuf *x = data;
    put_text(&x->out, PROM__PROTO_FAMILY_UNIT, str_of(f->pub.unit));
}

prom_err prom__protobuf_family(prom__protobuf *x, const prom__family *f)
{
    prom_err e = measure(x, f, 0, f->pub.n_metrics);
    if (!e)
        e = put_family(x, f);
    if (!e)
        e = put_points(x, f, 0, f->pub.n_metrics);
    end_family(x, f);
    return e ? e : x->out.error;
}

void prom__protobuf_free(void *data)
{
    prom__protobuf *x = data;
    prom__proto_metric_free(&x->metric);
    prom__bytes_free(&x->created);
}

static void begin_all(void *data, const prom_encode_opts *o)
{
    prom__protobuf *x = data;
    x->metric.labels.escaping = o->escaping;
}

const prom__form prom__protobuf_form = { .size = sizeof(prom__protobuf),
                                         .open = begin_all,
                                         .measure = measure,
                                         .family = put_family,
                                         .metrics = put_points,
                                         .family_end = end_family,
                                         .free = prom__protobuf_free };

static prom_err encode(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w)
{
    return prom__form_encode(&prom__protobuf_form, s, o, w);
}

const prom_encoder prom_protobuf = {
    "protobuf",
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
    "encoding=delimited",
    true, encode
};
