// SPDX-License-Identifier: Apache-2.0
/* parse.h - from bytes back to snapshots. */
#ifndef PROM_PARSE_H
#define PROM_PARSE_H

#include <prom/model.h>

PROM_BEGIN

/* Prometheus text format 0.0.4 and 1.0.0 (names in quotes), n bytes. Families, and metrics in
 * them, stay in the order in which they come, and need not stand together.
 *
 * It is read as Go's expfmt reads it, promtool's parser:
 *   Lines     end in a line feed, the last one too; a carriage return is not passed over.
 * Blanks may stand around every token. Other comments than HELP and TYPE are passed over. HELP
 * may come late, but only once; an empty one is none. TYPE      comes once, before the first
 * sample; counter, gauge, histogram, summary, untyped or gaugehistogram in any case of letters.
 * Samples of no TYPE are of type unknown. Numbers   as strconv.ParseFloat takes them, so inf
 * and nan in any case, but no hexadecimals and no underscores; the nearest double. Too large a
 * number is an error. Where Go's parser passes over what would not be shown again, this one
 * refuses it: samples and labels that are there twice, a family without a name, histograms
 * whose buckets have no `le`, fall, or are no whole numbers, or that have neither a +Inf bucket
 * nor a _count; a family that has the name of a histogram's or summary's sample; labels that
 * prom_opts would not have. A _sum that is missing is NaN, a summary's _count 0. Buckets and
 * quantiles are sorted.
 *
 * Takes time and memory in proportion to n. PROM_E_SYNTAX with line and column (in characters),
 * counted from 1: "line 3, column 7: ...". Source: instrumenting/exposition_formats of
 * prometheus/docs. */
prom_err prom_parse_text(const char *text, size_t n, prom_snapshot **out);

PROM_END
#endif
