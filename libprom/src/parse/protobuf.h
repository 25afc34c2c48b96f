// SPDX-License-Identifier: Apache-2.0
/* protobuf.h - a message io.prometheus.client.MetricFamily into a builder. */
#ifndef PROM_PARSE_PROTOBUF_H
#define PROM_PARSE_PROTOBUF_H

#include "model/builder.h"
#include "proto_reader.h"

/* The metrics of one family after the other. */
typedef struct prom__proto_parser {
    prom_builder *b;
    prom__arena memory; /* while one metric is read */
    prom_type type;
} prom__proto_parser;

/* The reader's message as a family of the builder. */
prom_err prom__proto_parse_family(prom__proto_parser *x, prom__proto_reader r);

/* proto_parts.c: what messages of several types have in them. Labels are appended. */
typedef struct prom__proto_labels_read {
    prom_label_str *item;
    size_t n, cap;
} prom__proto_labels_read;

prom_err prom__proto_parse_label(prom__proto_parser *x, const prom__proto_reader *r,
                                 const prom__proto_field *f, prom__proto_labels_read *l);
prom_err prom__proto_parse_time(const prom__proto_reader *r, const prom__proto_field *f,
                                int64_t *unix_ns);
/* Its labels live in the parser's memory. */
prom_err prom__proto_parse_exemplar(prom__proto_parser *x, const prom__proto_reader *r,
                                    const prom__proto_field *f, prom_exemplar *out);

/* proto_histogram.c: the labels have been said. */
prom_err prom__proto_parse_histogram(prom__proto_parser *x, prom__proto_reader r);

#endif
