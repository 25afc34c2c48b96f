// SPDX-License-Identifier: Apache-2.0
/* remote_histogram.c - a native histogram as the message Histogram of remote write, which is
 * not the one of the exposition format. Empty buckets are not written, so no gap is bridged.
 * Sources: io/prometheus/write/v2/types.proto and prompb/types.proto of prometheus/prometheus.
 */
#include "model/native.h"
#include "remote_series.h"

enum {
    HISTOGRAM_COUNT = 1,
    HISTOGRAM_WEIGHT,
    HISTOGRAM_SUM,
    HISTOGRAM_SCHEMA,
    HISTOGRAM_ZERO_THRESHOLD,
    HISTOGRAM_ZERO_COUNT,
    HISTOGRAM_ZERO_WEIGHT,
    HISTOGRAM_NEGATIVE, /* spans, deltas, weights */
    HISTOGRAM_POSITIVE = 11,
    HISTOGRAM_RESET_HINT = 14,
    HISTOGRAM_TIME,
    HISTOGRAM_CUSTOM,
    HISTOGRAM_START
};
enum { SPAN_OFFSET = 1, SPAN_LENGTH };
enum { HINT_GAUGE = 3 };

/* --- buckets ------------------------------------------------------------ */

typedef struct side {
    const prom_native_bucket *bucket;
    size_t n;
    unsigned field;
} side;

static void put_deltas(prom__wire *w, const side *s)
{
    size_t before = prom__wire_size(w);
    for (size_t i = s->n; i-- > 0;) {
        uint64_t left = i ? s->bucket[i - 1].n.count : 0;
        prom__wire_varint(w, prom__zigzag((int64_t)(s->bucket[i].n.count - left)));
    }
    prom__wire_close(w, s->field + 1, before);
}

static void put_weights(prom__wire *w, const side *s)
{
    size_t before = prom__wire_size(w);
    for (size_t i = s->n; i-- > 0;)
        prom__wire_fixed64(w, s->bucket[i].n.weight);
    prom__wire_close(w, s->field + 2, before);
}

/* From the last one on: a span begins where the bucket before is not the neighbour. */
static void put_spans(prom__wire *w, const side *s)
{
    uint32_t length = 0;
    for (size_t i = s->n; i-- > 0;) {
        int32_t index = s->bucket[i].index;
        length++;
        if (i && s->bucket[i - 1].index + 1 == index)
            continue;
        size_t before = prom__wire_size(w);
        int64_t offset = i ? (int64_t)index - s->bucket[i - 1].index - 1 : index;
        prom__wire_u64(w, SPAN_LENGTH, length);
        prom__wire_u64(w, SPAN_OFFSET, prom__zigzag(offset));
        prom__wire_close(w, s->field, before);
        length = 0;
    }
}

static void put_side(prom__wire *w, const side *s, bool is_float)
{
    if (!s->n)
        return;
    if (is_float)
        put_weights(w, s);
    else
        put_deltas(w, s);
    put_spans(w, s);
}

/* --- the whole ---------------------------------------------------------- */

static void put_custom(prom__wire *w, const prom_native *x)
{
    size_t before = prom__wire_size(w);
    for (size_t i = x->n_custom; i-- > 0;)
        prom__wire_fixed64(w, x->custom[i]);
    if (x->n_custom)
        prom__wire_close(w, HISTOGRAM_CUSTOM, before);
}

static void put_weight(prom__wire *w, unsigned field, double v)
{
    prom__wire_fixed64(w, v);
    prom__wire_tag(w, field, PROM__WIRE_FIXED64);
}

/* Which member of the oneof is there says whether counts are weights, so zero is written. */
static void put_value(prom__wire *w, const prom__histogram_value *h)
{
    const prom_native *x = h->native;
    const side positive = { x->positive, x->n_positive, HISTOGRAM_POSITIVE };
    const side negative = { x->negative, x->n_negative, HISTOGRAM_NEGATIVE };
    put_side(w, &positive, x->is_float);
    put_side(w, &negative, x->is_float);
    if (x->is_float)
        put_weight(w, HISTOGRAM_ZERO_WEIGHT, x->zero_weight);
    else
        prom__wire_u64(w, HISTOGRAM_ZERO_COUNT, x->zero_count);
    prom__wire_double(w, HISTOGRAM_ZERO_THRESHOLD, x->zero_threshold);
    prom__wire_u64(w, HISTOGRAM_SCHEMA, prom__zigzag(x->schema));
    prom__wire_double(w, HISTOGRAM_SUM, h->sum);
    if (x->is_float)
        put_weight(w, HISTOGRAM_WEIGHT, x->weight);
    else
        prom__wire_u64(w, HISTOGRAM_COUNT, h->count);
}

void prom__remote_histogram_put(prom__remote *r, unsigned field, const prom__family *f,
                                const prom__point *p, const prom__remote_sample *s)
{
    prom__wire *w = &r->wire;
    size_t before = prom__wire_size(w);
    if (r->opts->version == 2)
        prom__wire_u64(w, HISTOGRAM_START, (uint64_t)s->start_ms);
    if (!s->stale)
        put_custom(w, p->value.histogram->native);
    prom__wire_u64(w, HISTOGRAM_TIME, (uint64_t)s->time_ms);
    if (f->pub.type == PROM_GAUGE_HISTOGRAM && !s->stale)
        prom__wire_u64(w, HISTOGRAM_RESET_HINT, HINT_GAUGE);
    if (s->stale) {
        prom__wire_bits64(w, PROM__WIRE_STALE);
        prom__wire_tag(w, HISTOGRAM_SUM, PROM__WIRE_FIXED64);
    } else {
        put_value(w, p->value.histogram);
    }
    prom__wire_close(w, field, before);
}
