// SPDX-License-Identifier: Apache-2.0
/* protobuf.h - metrics as structs of protobuf-c, and such structs as metrics.
 *
 * To write and read bytes of protobuf take prom_protobuf (encode.h) and prom_parse_protobuf
 * (parse.h), which are in every build and much faster. This is for programs that work with the
 * messages themselves. What the structs hold says <prom/metrics.pb-c.h>, which protoc-c makes
 * of libprom/proto/metrics.proto and which is installed where this part was built; link
 * libprotobuf-c to pack them. In other builds all of these fail with PROM_E_UNSUPPORTED.
 *
 * Strings of protobuf-c end with NUL: a label value with a NUL in it seems to end there. */
#ifndef PROM_PROTOBUF_H
#define PROM_PROTOBUF_H

#include <prom/model.h>

PROM_BEGIN

struct Prom__Pb__MetricFamily;
struct Prom__Pb__Metric;

/* A family of a snapshot, with names as they are; made when it is first asked for. It lives as
 * long as the snapshot. Any thread. What client_golang's Gather gives. */
prom_err prom_family_message(const prom_family *f, const struct Prom__Pb__MetricFamily **out);

/* Its metric i, below n_metrics, alone: made at each call, and kept as long as the snapshot.
 * PROM_E_TYPE: of a state set, of which each state is a message. What client_golang's
 * Metric.Write gives. */
prom_err prom_metric_message(const prom_family *f, size_t i,
                             const struct Prom__Pb__Metric **out);

/* In a collector: builds the family that the message is, which is only read. The struct may be
 * another program's of the same messages (io.prometheus.client.MetricFamily), cast. Errors as
 * of prom_build_...; then nothing was built. */
prom_err prom_build_message(prom_builder *b, const struct Prom__Pb__MetricFamily *m);

PROM_END
#endif
