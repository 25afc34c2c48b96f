// SPDX-License-Identifier: Apache-2.0
/* proto_histogram.c - a message Histogram: classic, native, or both. What makes it native is
 * what Prometheus' own parser takes for it. Source: specs/native_histograms of prometheus/docs.
 */
#include "base/alloc.h"
#include "base/number.h"
#include "encode/wire.h"
#include "protobuf.h"

#include <math.h>
#include <stdlib.h>

enum {
    HISTOGRAM_COUNT = 1,
    HISTOGRAM_SUM,
    HISTOGRAM_BUCKET,
    HISTOGRAM_WEIGHT,
    HISTOGRAM_SCHEMA,
    HISTOGRAM_ZERO_THRESHOLD,
    HISTOGRAM_ZERO_COUNT,
    HISTOGRAM_ZERO_WEIGHT,
    HISTOGRAM_NEGATIVE_SPAN,
    HISTOGRAM_NEGATIVE_DELTA,
    HISTOGRAM_NEGATIVE_WEIGHT,
    HISTOGRAM_POSITIVE_SPAN,
    HISTOGRAM_POSITIVE_DELTA,
    HISTOGRAM_POSITIVE_WEIGHT,
    HISTOGRAM_CREATED,
    HISTOGRAM_EXEMPLAR
};
enum { BUCKET_COUNT = 1, BUCKET_UPPER, BUCKET_EXEMPLAR, BUCKET_WEIGHT };
enum { SPAN_OFFSET = 1, SPAN_LENGTH };

typedef struct placed_exemplar {
    prom_exemplar e;
    size_t bucket; /* of a classic bucket: which */
    const char *at;
} placed_exemplar;

typedef struct exemplars {
    placed_exemplar *item;
    size_t n, cap;
} exemplars;

typedef struct span {
    int32_t offset;
    uint32_t length;
} span;

typedef struct side {
    span *spans;
    size_t n, cap;
    prom__proto_numbers deltas, weights;
} side;

typedef struct histogram {
    const char *at;
    uint64_t count, zero_count, schema; /* the schema as it stands there */
    double sum, weight, zero_weight, zero_threshold;
    prom_bucket *buckets;
    size_t n, cap;
    exemplars classic, native;
    side positive, negative;
    int64_t created;
} histogram;

/* --- reading --------------------------------------------------------------- */

static prom_err add_exemplar(prom__proto_parser *x, const prom__proto_reader *r,
                             const prom__proto_field *f, size_t bucket, exemplars *l)
{
    placed_exemplar *item = prom__arena_grow(&x->memory, l->item, l->n, &l->cap, sizeof *item);
    if (!item)
        return prom__no_memory("a snapshot");
    l->item = item;
    item[l->n].bucket = bucket;
    item[l->n].at = f->at;
    prom_err e = prom__proto_parse_exemplar(x, r, f, &item[l->n].e);
    l->n += e == PROM_OK;
    return e;
}

/* Counts of classic buckets are whole, even where they are given as doubles. */
static prom_err whole(const prom__proto_reader *r, const char *at, double v, uint64_t *count)
{
    if (v > 0 && !(v < 0x1p64 && floor(v) >= v))
        return prom__proto_fail(r, at, "a count of %s has no place among classic buckets",
                                prom__number_said(v).text);
    if (v > 0)
        *count = (uint64_t)v;
    return PROM_OK;
}

static prom_err parse_bucket(prom__proto_parser *x, const prom__proto_reader *r,
                             const prom__proto_field *f, histogram *h)
{
    prom__proto_reader bucket;
    prom__proto_field part;
    prom_bucket b = { 0, 0 };
    double weight = 0;
    bool more = true;
    prom_err e = prom__proto_message(r, f, &bucket);
    while (!e && !(e = prom__proto_next(&bucket, &part, &more)) && more) {
        if (part.number == BUCKET_COUNT)
            e = prom__proto_u64(&bucket, &part, &b.count);
        else if (part.number == BUCKET_UPPER)
            e = prom__proto_double(&bucket, &part, &b.upper);
        else if (part.number == BUCKET_WEIGHT)
            e = prom__proto_double(&bucket, &part, &weight);
        else if (part.number == BUCKET_EXEMPLAR)
            e = add_exemplar(x, &bucket, &part, h->n, &h->classic);
    }
    if (!e)
        e = whole(r, f->at, weight, &b.count);
    prom_bucket *buckets =
        e ? NULL : prom__arena_grow(&x->memory, h->buckets, h->n, &h->cap, sizeof *buckets);
    if (!buckets)
        return e ? e : prom__no_memory("a snapshot");
    h->buckets = buckets;
    h->buckets[h->n++] = b;
    return PROM_OK;
}

static prom_err parse_span(prom__proto_parser *x, const prom__proto_reader *r,
                           const prom__proto_field *f, side *s)
{
    prom__proto_reader message;
    prom__proto_field part;
    uint64_t offset = 0, length = 0;
    bool more = true;
    prom_err e = prom__proto_message(r, f, &message);
    while (!e && !(e = prom__proto_next(&message, &part, &more)) && more) {
        if (part.number == SPAN_OFFSET)
            e = prom__proto_u64(&message, &part, &offset);
        else if (part.number == SPAN_LENGTH)
            e = prom__proto_u64(&message, &part, &length);
    }
    if (!e && (offset > UINT32_MAX || length > UINT32_MAX))
        e = prom__proto_fail(r, f->at, "a span's offset or length has more than 32 bits");
    span *spans =
        e ? NULL : prom__arena_grow(&x->memory, s->spans, s->n, &s->cap, sizeof *spans);
    if (!spans)
        return e ? e : prom__no_memory("a snapshot");
    s->spans = spans;
    s->spans[s->n++] = (span){ (int32_t)prom__proto_unzigzag(offset), (uint32_t)length };
    return PROM_OK;
}

static prom_err parse_field(prom__proto_parser *x, const prom__proto_reader *r,
                            const prom__proto_field *f, histogram *h)
{
    bool negative = f->number < HISTOGRAM_POSITIVE_SPAN;
    side *s = negative ? &h->negative : &h->positive;
    switch (f->number) {
    case HISTOGRAM_COUNT:
        return prom__proto_u64(r, f, &h->count);
    case HISTOGRAM_SUM:
        return prom__proto_double(r, f, &h->sum);
    case HISTOGRAM_BUCKET:
        return parse_bucket(x, r, f, h);
    case HISTOGRAM_WEIGHT:
        return prom__proto_double(r, f, &h->weight);
    case HISTOGRAM_SCHEMA:
        return prom__proto_u64(r, f, &h->schema);
    case HISTOGRAM_ZERO_THRESHOLD:
        return prom__proto_double(r, f, &h->zero_threshold);
    case HISTOGRAM_ZERO_COUNT:
        return prom__proto_u64(r, f, &h->zero_count);
    case HISTOGRAM_ZERO_WEIGHT:
        return prom__proto_double(r, f, &h->zero_weight);
    case HISTOGRAM_NEGATIVE_SPAN:
    case HISTOGRAM_POSITIVE_SPAN:
        return parse_span(x, r, f, s);
    case HISTOGRAM_NEGATIVE_DELTA:
    case HISTOGRAM_POSITIVE_DELTA:
        return prom__proto_add_numbers(r, f, PROM__WIRE_VARINT, &x->memory, &s->deltas);
    case HISTOGRAM_NEGATIVE_WEIGHT:
    case HISTOGRAM_POSITIVE_WEIGHT:
        return prom__proto_add_numbers(r, f, PROM__WIRE_FIXED64, &x->memory, &s->weights);
    case HISTOGRAM_CREATED:
        return prom__proto_parse_time(r, f, &h->created);
    case HISTOGRAM_EXEMPLAR:
        return add_exemplar(x, r, f, 0, &h->native);
    default:
        return PROM_OK;
    }
}

/* --- native buckets --------------------------------------------------------- */

static bool is_native(const histogram *h)
{
    return h->positive.n || h->negative.n || h->zero_threshold > 0 || h->zero_count ||
           h->zero_weight > 0;
}

static bool is_float(const histogram *h)
{
    return h->weight != 0 || h->zero_weight != 0 || h->positive.weights.n ||
           h->negative.weights.n;
}

/* The numbers of a side: as many as its spans say. */
static prom_err check_numbers(const prom__proto_reader *r, const histogram *h, const side *s,
                              const prom__proto_numbers *numbers)
{
    uint64_t wanted = 0;
    for (size_t i = 0; i < s->n; i++)
        wanted += s->spans[i].length;
    if (is_float(h) && s->deltas.n)
        return prom__proto_fail(r, h->at, "a histogram has counts and weights");
    if (wanted != numbers->n)
        return prom__proto_fail(r, h->at, "spans of %llu native buckets, but %zu counts",
                                (unsigned long long)wanted, numbers->n);
    return PROM_OK;
}

/* A count out of its difference from the one before. */
static prom_err next_count(const prom__proto_reader *r, const histogram *h, uint64_t raw,
                           uint64_t *count)
{
    int64_t delta = prom__proto_unzigzag(raw);
    uint64_t size = delta < 0 ? 0 - (uint64_t)delta : (uint64_t)delta;
    if (delta < 0 ? size > *count : size > UINT64_MAX - *count)
        return prom__proto_fail(r, h->at, "the count of a native bucket is out of range");
    *count += (uint64_t)delta;
    return PROM_OK;
}

/* Empty buckets, which bridge gaps, are left out. */
static prom_err take_side(prom__proto_parser *x, const prom__proto_reader *r,
                          const histogram *h, const side *s, const prom_native_bucket **out,
                          size_t *n)
{
    const prom__proto_numbers *numbers = is_float(h) ? &s->weights : &s->deltas;
    prom_err e = check_numbers(r, h, s, numbers);
    if (e)
        return e;
    prom_native_bucket *all = prom__arena_alloc(&x->memory, (numbers->n + 1) * sizeof *all);
    if (!all)
        return prom__no_memory("a snapshot");
    const uint64_t *raw = numbers->item;
    int64_t index = 0;
    uint64_t count = 0;
    *out = all;
    for (size_t i = 0; i < s->n && !e; i++) {
        index += s->spans[i].offset;
        for (uint32_t k = 0; k < s->spans[i].length && !e; k++, index++, raw++) {
            prom_native_bucket b = { .index = (int32_t)index };
            if (index < INT32_MIN || index > INT32_MAX)
                e = prom__proto_fail(r, h->at, "no value lies in native bucket %lld",
                                     (long long)index);
            else if (is_float(h))
                b.n.weight = prom__proto_as_double(*raw);
            else if (!(e = next_count(r, h, *raw, &count)))
                b.n.count = count;
            if (!e && (is_float(h) ? b.n.weight != 0 : b.n.count != 0))
                all[(*n)++] = b;
        }
    }
    return e;
}

static prom_err build_native(prom__proto_parser *x, const prom__proto_reader *r,
                             const histogram *h)
{
    prom_native n = { .size = sizeof n, .zero_threshold = h->zero_threshold };
    int64_t schema = prom__proto_unzigzag(h->schema);
    /* That of custom buckets has no bounds here. */
    if (schema < INT32_MIN || schema > INT32_MAX || schema == PROM_CUSTOM_BUCKETS)
        return prom__proto_fail(r, h->at, "%lld is not a schema", (long long)schema);
    n.schema = (int)schema;
    prom_err e = take_side(x, r, h, &h->positive, &n.positive, &n.n_positive);
    if (!e)
        e = take_side(x, r, h, &h->negative, &n.negative, &n.n_negative);
    if (e)
        return e;
    /* One without any weight cannot be told from one without any count. */
    n.is_float = h->weight != 0 || h->zero_weight != 0 || n.n_positive || n.n_negative;
    n.is_float = n.is_float && is_float(h);
    n.weight = n.is_float ? h->weight : 0;
    n.zero_weight = n.is_float ? h->zero_weight : 0;
    n.zero_count = n.is_float ? 0 : h->zero_count;
    return prom__proto_place(
        r, h->at,
        prom_build_native(x->b, NULL, h->sum, n.is_float ? 0 : h->count, &n, h->buckets, h->n));
}

/* --- exemplars ---------------------------------------------------------------- */

/* A builder finds the bucket by the value. */
static prom_err check_bucket(const prom__proto_reader *r, const histogram *h,
                             const placed_exemplar *p)
{
    double v = p->e.value, upper = h->buckets[p->bucket].upper;
    bool above = p->bucket == 0 || !(v <= h->buckets[p->bucket - 1].upper);
    if (above && (v <= upper || upper == (double)INFINITY))
        return PROM_OK;
    return prom__proto_fail(r, p->at, "an exemplar of %s does not lie in the bucket up to %s",
                            prom__number_said(v).text, prom__number_said(upper).text);
}

/* By value, NaN last: the order in which a builder takes many without moving any. */
static int compare_exemplars(const void *a, const void *b)
{
    const placed_exemplar *p = a, *q = b;
    double v = p->e.value, w = q->e.value;
    if (v < w || v > w)
        return v < w ? -1 : 1;
    if (isnan(v) != isnan(w))
        return isnan(v) ? 1 : -1;
    return (p->at > q->at) - (p->at < q->at);
}

static prom_err build_exemplars(prom__proto_parser *x, const prom__proto_reader *r,
                                const histogram *h)
{
    prom_err e = PROM_OK;
    for (size_t i = 0; i < h->classic.n && !e; i++) {
        const placed_exemplar *p = &h->classic.item[i];
        if (!(e = check_bucket(r, h, p)))
            e = prom__proto_place(r, p->at, prom_build_bucket_exemplar(x->b, &p->e));
    }
    if (h->native.n)
        qsort(h->native.item, h->native.n, sizeof *h->native.item, compare_exemplars);
    for (size_t i = 0; i < h->native.n && !e && is_native(h); i++) {
        const placed_exemplar *p = &h->native.item[i];
        if (p->e.timestamp_ns != PROM_NO_TIME) /* others are passed over by every reader */
            e = prom__proto_place(r, p->at, prom_build_native_exemplar(x->b, &p->e));
    }
    return e;
}

prom_err prom__proto_parse_histogram(prom__proto_parser *x, prom__proto_reader r)
{
    histogram h = { .at = r.at };
    prom__proto_field f;
    bool more = true;
    prom_err e = PROM_OK;
    while (!e && !(e = prom__proto_next(&r, &f, &more)) && more)
        e = parse_field(x, &r, &f, &h);
    if (e)
        return e;
    if (is_native(&h)) {
        e = build_native(x, &r, &h);
    } else if (!(e = whole(&r, h.at, h.weight, &h.count))) {
        e = prom_build_histogram(x->b, NULL, h.sum, h.count, h.buckets, h.n);
        e = prom__proto_place(&r, h.at, e);
    }
    if (!e)
        e = build_exemplars(x, &r, &h);
    if (!e && h.created && x->type == PROM_HISTOGRAM)
        e = prom_build_created(x->b, h.created);
    return e;
}
