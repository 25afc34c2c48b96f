// SPDX-License-Identifier: Apache-2.0
/* parse.h - from bytes back to snapshots. */
#ifndef PROM_PARSE_H
#define PROM_PARSE_H

#include <prom/model.h>

PROM_BEGIN

/* Prometheus text format 0.0.4 and 1.0.0 (names in quotes), n bytes. Families, and metrics in
 * them, stay in the order in which they come, and need not stand together; labels are sorted.
 *
 * It is read as Go's expfmt, the parser of promtool, reads it.
 * Lines end in a line feed, the last one too; a carriage return is not passed over. Blanks may
 * stand around every token. Comments other than HELP and TYPE are passed over. HELP may come
 * late, but only once; an empty one is none, and blanks before the text are not of it. TYPE
 * comes once, before the first sample: counter, gauge, histogram, summary, untyped or
 * gaugehistogram, in any case of letters; samples without one are of type unknown. Numbers are
 * those of strconv.ParseFloat, so inf and nan in any case of letters, but no hexadecimals, no
 * underscores and none too large for a double.
 *
 * Where Go's parser makes something of nonsense, this one refuses it: samples and labels that
 * are there twice; histograms whose buckets have no `le`, fall, or are no whole numbers, or
 * that have neither a +Inf bucket nor a _count; quantiles outside 0 to 1; a family named like a
 * sample of a histogram or summary; two labels that prom_text would make one. Buckets and
 * quantiles are sorted; a _sum that is missing is NaN, a summary's _count 0.
 *
 * Takes time and memory in proportion to n. PROM_E_SYNTAX with line and column (in characters),
 * counted from 1: "line 3, column 7: ...". Source: instrumenting/exposition_formats of
 * prometheus/docs. */
prom_err prom_parse_text(const char *text, size_t n, prom_snapshot **out);

/* OpenMetrics 1.0.0, strictly: what the specification forbids is an error. Families are named
 * as prom_text shows them (x_total for a counter x), times are rounded down to milliseconds, of
 * created times and exemplars to nanoseconds; labels are sorted, those of exemplars not.
 *
 * It is read as the strict parser of prometheus_client reads it: one blank between tokens, no
 * empty lines, no other comments, `# EOF` at the end. Families, metrics and points stand each
 * together, points of a metric with times that ascend; names that one family shows or could
 * show in any format are nobody else's; units end the name; counters are neither negative nor
 * NaN; counts are whole; buckets ascend up to +Inf, which is the count; _sum comes with _count;
 * infos are 1, states 0 or 1; exemplars belong to counters and to buckets that hold them.
 *
 * Taken beyond the specification: names in quotes; a _created without a time where others have
 * one; sums of histograms that are NaN or negative, and NaN for a summary's, which is how a sum
 * that is missing reads, too (a count: 0); quotes and backslashes that stand for themselves in
 * help texts. Points of one metric within a millisecond are one, the first. An exemplar lies in
 * the bucket of its value, even if a higher one shows it. What a snapshot cannot hold is
 * refused: NUL in names and help texts, created times and those of exemplars before 1678 or
 * after 2262, two labels that prom_text would make one.
 *
 * Errors and costs as above. Source: specs/om/open_metrics_spec of prometheus/docs. */
prom_err prom_parse_openmetrics(const char *text, size_t n, prom_snapshot **out);

/* Delimited messages io.prometheus.client.MetricFamily, in every build. PROM_E_SYNTAX: "byte
 * 120: ...", counted from 0.
 *
 * Families and metrics stay in the order in which they come; labels are sorted. Fields that are
 * not known are passed over. What makes a histogram native is what Prometheus' own parser takes
 * for it; empty native buckets are left out, and so are native exemplars without a time. A
 * created or sample time of 0 is none, an empty help text too. Refused are families and
 * metrics that are there twice, metrics without a value of their family's type, spans that do
 * not fit their counts, classic buckets whose counts are not whole, and exemplars outside their
 * bucket. Takes time and memory in proportion to n. */
prom_err prom_parse_protobuf(const char *bytes, size_t n, prom_snapshot **out);

/* The one that a Content-Type calls for, whatever its parameters; NULL or unknown: text. */
prom_err prom_parse(const char *content_type, const char *bytes, size_t n, prom_snapshot **out);

PROM_END
#endif
