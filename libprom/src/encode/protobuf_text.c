// SPDX-License-Identifier: Apache-2.0
/* protobuf_text.c - the messages of protobuf.c as text, for people.
 *
 * Form: protobuf.dev, "Text Format Language", in several lines: a field "name: value", a
 * message "name { ... }" with its fields two blanks further in, lists item by item; families
 * end with an empty line. As in the bytes what is zero or empty is left out, but for the type.
 * Metrics are printed from their bytes, so this shows what protobuf.c writes. */
#include "base/number.h"
#include "protobuf.h"

#include <math.h>

typedef enum kind { NONE, TEXT, DOUBLE, UNSIGNED, SIGNED, ZIGZAG, MESSAGE } kind;

typedef struct field {
    const char *name;
    kind kind;
    const struct field *message; /* its fields, by number */
} field;

/* Tables by number; NONE ends them, and stands at 0. */
static const field pair[] = { { 0 }, { "name", TEXT, 0 }, { "value", TEXT, 0 }, { 0 } };
static const field time_[] = { { 0 }, { "seconds", SIGNED, 0 }, { "nanos", SIGNED, 0 }, { 0 } };
static const field single[] = { { 0 }, { "value", DOUBLE, 0 }, { 0 } };
static const field exemplar[] = {
    { 0 }, { "label", MESSAGE, pair }, { "value", DOUBLE, 0 }, { "timestamp", MESSAGE, time_ },
    { 0 },
};
static const field counter[] = {
    { 0 },
    { "value", DOUBLE, 0 },
    { "exemplar", MESSAGE, exemplar },
    { "created_timestamp", MESSAGE, time_ },
    { 0 },
};
static const field quantile[] = {
    { 0 }, { "quantile", DOUBLE, 0 }, { "value", DOUBLE, 0 }, { 0 }
};
static const field summary[] = {
    { 0 },
    { "sample_count", UNSIGNED, 0 },
    { "sample_sum", DOUBLE, 0 },
    { "quantile", MESSAGE, quantile },
    { "created_timestamp", MESSAGE, time_ },
    { 0 },
};
static const field bucket[] = {
    { 0 },
    { "cumulative_count", UNSIGNED, 0 },
    { "upper_bound", DOUBLE, 0 },
    { "exemplar", MESSAGE, exemplar },
    { "cumulative_count_float", DOUBLE, 0 },
    { 0 },
};
static const field span[] = {
    { 0 }, { "offset", ZIGZAG, 0 }, { "length", UNSIGNED, 0 }, { 0 }
};
static const field histogram[] = {
    { 0 },
    { "sample_count", UNSIGNED, 0 },
    { "sample_sum", DOUBLE, 0 },
    { "bucket", MESSAGE, bucket },
    { "sample_count_float", DOUBLE, 0 },
    { "schema", ZIGZAG, 0 },
    { "zero_threshold", DOUBLE, 0 },
    { "zero_count", UNSIGNED, 0 },
    { "zero_count_float", DOUBLE, 0 },
    { "negative_span", MESSAGE, span },
    { "negative_delta", ZIGZAG, 0 },
    { "negative_count", DOUBLE, 0 },
    { "positive_span", MESSAGE, span },
    { "positive_delta", ZIGZAG, 0 },
    { "positive_count", DOUBLE, 0 },
    { "created_timestamp", MESSAGE, time_ },
    { "exemplars", MESSAGE, exemplar },
    { 0 },
};
static const field metric[] = {
    { 0 },
    { "label", MESSAGE, pair },
    { "gauge", MESSAGE, single },
    { "counter", MESSAGE, counter },
    { "summary", MESSAGE, summary },
    { "untyped", MESSAGE, single },
    { "timestamp_ms", SIGNED, 0 },
    { "histogram", MESSAGE, histogram },
    { 0 },
};
static const char *const types[] = { "COUNTER", "GAUGE",     "SUMMARY",
                                     "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM" };

/* --- values --------------------------------------------------------------- */

static void put(prom__out *o, const char *s)
{
    prom__out_put(o, s, strlen(s));
}

static void put_name(prom__out *o, size_t depth, const char *name, const char *behind)
{
    for (size_t i = 0; i < depth; i++)
        put(o, "  ");
    put(o, name);
    put(o, behind);
}

/* Characters beyond ASCII stand as they are. */
static void put_text(prom__out *o, prom_str s)
{
    static const char digits[] = "0123456789abcdef";
    put(o, "\"");
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        char escaped[] = { '\\', 'x', digits[c >> 4], digits[c & 15], '\0' };
        if (c == '\n' || c == '\r' || c == '\t')
            put(o, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        else if (c == '"' || c == '\\')
            put(o, c == '"' ? "\\\"" : "\\\\");
        else if (c < 0x20 || c == 0x7F)
            put(o, escaped);
        else
            prom__out_put(o, s.p + i, 1);
    }
    put(o, "\"");
}

static void put_double(prom__out *o, double v)
{
    char text[PROM__NUMBER_MAX];
    if (isnan(v))
        put(o, "nan");
    else if (isinf(v))
        put(o, v > 0 ? "inf" : "-inf");
    else
        prom__out_put(o, text, prom__number_double(text, v));
}

static void put_number(prom__out *o, kind k, uint64_t v)
{
    char text[PROM__NUMBER_MAX];
    if (k == ZIGZAG)
        v = v >> 1 ^ (v & 1 ? UINT64_MAX : 0);
    size_t n = k == UNSIGNED ? prom__number_u64(text, v) : prom__number_i64(text, (int64_t)v);
    prom__out_put(o, text, n);
}

/* --- messages: bytes of our own, which are in order ------------------------- */

static uint64_t take_varint(prom_str *s)
{
    uint64_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = (unsigned char)*s->p++;
        s->n--;
        v |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return v;
    }
}

static double take_double(prom_str *s)
{
    uint64_t x = 0;
    double v;
    for (unsigned i = 0; i < 8; i++)
        x |= (uint64_t)(unsigned char)s->p[i] << 8 * i;
    memcpy(&v, &x, sizeof v);
    s->p += 8;
    s->n -= 8;
    return v;
}

static prom_str take_bytes(prom_str *s)
{
    prom_str bytes = { NULL, (size_t)take_varint(s) };
    bytes.p = s->p;
    s->p += bytes.n;
    s->n -= bytes.n;
    return bytes;
}

/* One number, or the first of packed ones. */
static void put_one(prom__out *o, size_t depth, const field *f, prom_str *s)
{
    put_name(o, depth, f->name, ": ");
    if (f->kind == DOUBLE)
        put_double(o, take_double(s));
    else
        put_number(o, f->kind, take_varint(s));
    put(o, "\n");
}

static void put_message(prom__out *o, size_t depth, const field *fields, prom_str s);

static void put_bytes(prom__out *o, size_t depth, const field *f, prom_str bytes)
{
    if (f->kind == MESSAGE) {
        put_name(o, depth, f->name, " {\n");
        put_message(o, depth + 1, f->message, bytes);
        put_name(o, depth, "}", "\n");
    } else if (f->kind == TEXT) {
        put_name(o, depth, f->name, ": ");
        put_text(o, bytes);
        put(o, "\n");
    } else {
        while (bytes.n)
            put_one(o, depth, f, &bytes);
    }
}

/* As deep as the tables are: five messages within one another. */
static void put_message(prom__out *o, size_t depth, const field *fields, prom_str s)
{
    while (s.n) {
        uint64_t tag = take_varint(&s);
        const field *f = &fields[tag >> 3];
        if ((tag & 7) == PROM__WIRE_BYTES)
            put_bytes(o, depth, f, take_bytes(&s));
        else
            put_one(o, depth, f, &s);
    }
}

/* --- families ---------------------------------------------------------------- */

static void put_line(prom__out *o, const char *name, prom_str s)
{
    if (!s.n)
        return;
    put_name(o, 0, name, ": ");
    put_text(o, s);
    put(o, "\n");
}

static prom_err put_point(prom__out *o, prom__proto_metric *m, const prom__family *f,
                          const prom__point *p)
{
    static const field whole = { "metric", MESSAGE, metric };
    int64_t created = 0;
    if (prom__proto_has_created(f->pub.type))
        created = atomic_load_explicit(&p->series->created, memory_order_relaxed);
    for (size_t i = 0; i < prom__proto_metric_count(f->pub.type, p); i++) {
        prom_err e = prom__proto_metric_put(m, p, i, created);
        if (e)
            return e;
        put_bytes(o, 0, &whole, (prom_str){ m->wire.at, prom__wire_size(&m->wire) });
    }
    return o->error;
}

static prom_str str_of(const char *s)
{
    return (prom_str){ s, s ? strlen(s) : 0 };
}

typedef struct text {
    prom__out out; /* first */
    prom__proto_metric metric;
} text;

static prom_err put_family(void *data, const prom__family *f)
{
    text *t = data;
    prom_str name;
    prom_err e = prom__proto_metric_begin(&t->metric, &f->pub, &name);
    if (e)
        return e;
    put_line(&t->out, "name", name);
    put_line(&t->out, "help", str_of(f->pub.help));
    put_name(&t->out, 0, "type: ", types[prom__proto_type(f->pub.type)]);
    put(&t->out, "\n");
    return PROM_OK;
}

static prom_err put_points(void *data, const prom__family *f, size_t from, size_t to)
{
    text *t = data;
    prom_err e = PROM_OK;
    for (size_t i = from; i < to && !e; i++)
        e = put_point(&t->out, &t->metric, f, &f->points[i]);
    return e;
}

static void end_family(void *data, const prom__family *f)
{
    text *t = data;
    put_line(&t->out, "unit", str_of(f->pub.unit));
    put(&t->out, "\n");
}

static void begin_all(void *data, const prom_encode_opts *o)
{
    text *t = data;
    t->metric.labels.escaping = o->escaping;
}

static void free_all(void *data)
{
    text *t = data;
    prom__proto_metric_free(&t->metric);
}

const prom__form prom__protobuf_text_form = { .size = sizeof(text),
                                              .open = begin_all,
                                              .family = put_family,
                                              .metrics = put_points,
                                              .family_end = end_family,
                                              .free = free_all };

static prom_err encode(const prom_snapshot *s, const prom_encode_opts *o, const prom_writer *w)
{
    return prom__form_encode(&prom__protobuf_text_form, s, o, w);
}

const prom_encoder prom_protobuf_text = {
    "protobuf-text",
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text",
    true, encode
};
