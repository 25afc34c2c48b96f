// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "protobuf.h"

enum { LABEL_NAME = 1, LABEL_VALUE };
enum { TIME_SECONDS = 1, TIME_NANOS };
enum { EXEMPLAR_LABEL = 1, EXEMPLAR_VALUE, EXEMPLAR_TIME };

prom_err prom__proto_parse_label(prom__proto_parser *x, const prom__proto_reader *r,
                                 const prom__proto_field *f, prom__proto_labels_read *l)
{
    prom__proto_reader pair;
    prom__proto_field part;
    prom_label_str label = { { "", 0 }, { "", 0 } };
    bool more = true;
    prom_err e = prom__proto_message(r, f, &pair);
    while (!e && !(e = prom__proto_next(&pair, &part, &more)) && more) {
        if (part.number == LABEL_NAME)
            e = prom__proto_str(&pair, &part, &label.name);
        else if (part.number == LABEL_VALUE)
            e = prom__proto_str(&pair, &part, &label.value);
    }
    if (e)
        return e;
    prom_label_str *item = prom__arena_grow(&x->memory, l->item, l->n, &l->cap, sizeof *item);
    if (!item)
        return prom__no_memory("a snapshot");
    l->item = item;
    l->item[l->n++] = label;
    return PROM_OK;
}

prom_err prom__proto_parse_time(const prom__proto_reader *r, const prom__proto_field *f,
                                int64_t *unix_ns)
{
    const int64_t most = INT64_MAX / 1000000000 - 1;
    prom__proto_reader time;
    prom__proto_field part;
    uint64_t seconds = 0, nanos = 0;
    bool more = true;
    prom_err e = prom__proto_message(r, f, &time);
    while (!e && !(e = prom__proto_next(&time, &part, &more)) && more) {
        if (part.number == TIME_SECONDS)
            e = prom__proto_u64(&time, &part, &seconds);
        else if (part.number == TIME_NANOS)
            e = prom__proto_u64(&time, &part, &nanos);
    }
    if (e)
        return e;
    if ((int64_t)seconds > most || (int64_t)seconds < -most || nanos > 999999999)
        return prom__proto_fail(r, f->at, "%lld seconds and %lld nanoseconds are no time",
                                (long long)seconds, (long long)nanos);
    *unix_ns = (int64_t)seconds * 1000000000 + (int64_t)nanos;
    return PROM_OK;
}

prom_err prom__proto_parse_exemplar(prom__proto_parser *x, const prom__proto_reader *r,
                                    const prom__proto_field *f, prom_exemplar *out)
{
    prom__proto_reader exemplar;
    prom__proto_field part;
    prom__proto_labels_read labels = { .n = 0 };
    bool more = true;
    *out = (prom_exemplar){ .timestamp_ns = PROM_NO_TIME };
    prom_err e = prom__proto_message(r, f, &exemplar);
    while (!e && !(e = prom__proto_next(&exemplar, &part, &more)) && more) {
        if (part.number == EXEMPLAR_LABEL)
            e = prom__proto_parse_label(x, &exemplar, &part, &labels);
        else if (part.number == EXEMPLAR_VALUE)
            e = prom__proto_double(&exemplar, &part, &out->value);
        else if (part.number == EXEMPLAR_TIME)
            e = prom__proto_parse_time(&exemplar, &part, &out->timestamp_ns);
    }
    out->labels = labels.item;
    out->n_labels = labels.n;
    return e;
}
