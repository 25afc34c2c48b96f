// SPDX-License-Identifier: Apache-2.0
/* testing.h - for tests of programs that use libprom.
 *
 * What an object exposes is gathered for the call; a metric or collector by itself from a
 * pedantic registry. Where a collector fails, or builds what it did not describe, so does the
 * call: PROM_E_CALLBACK, with what was wrong. */
#ifndef PROM_TESTING_H
#define PROM_TESTING_H

#include <prom/gather.h>

PROM_BEGIN

/* The value of a counter, gauge or unknown: of a child, or of a vec, metric or collector that
 * has exactly one metric. PROM_E_INVAL: it has none or several; PROM_E_TYPE: it is of another
 * type. */
prom_err prom_test_value(void *object, double *out);

/* How many metrics (not samples) families of these names have, names as exposed; NULL-ended,
 * NULL: all. Of a registry, or of a metric or collector by itself. */
prom_err prom_test_count(void *object, const char *const *names, size_t *out);

/* Compares what the object (registry, metric or collector) exposes with text in the format
 * 0.0.4 or 1.0.0: families and samples in any order, comments ignored, and help texts and
 * families without metrics where the text has none. Info, state sets and gauge histograms are
 * what they are in this format, gauges and histograms. With
 * names (NULL-ended) only those families are compared, and one that neither side has is an
 * error. PROM_E_DIFFERS: prom_error() begins to say what differs; *difference, unless NULL, is
 * all of it, lines of - expected and + found, for prom_free(). PROM_E_NOENT: neither side has a
 * family of that name. PROM_E_SYNTAX: of the text. */
prom_err prom_test_compare(void *object, const char *expected, const char *const *names,
                           char **difference);

/* The same with what a URL serves, as prom_fetch() gets it and with its errors. */
prom_err prom_test_scrape(const char *url, const char *expected, const char *const *names,
                          char **difference);

/* Compares the native part of one histogram series: its schema, zero bucket, buckets, count and
 * sum with those given; of one with weights, its weight and not its count. PROM_E_DIFFERS, with
 * the first difference. labels: as in prom_snapshot_value. PROM_E_NOENT: there is no such
 * metric; PROM_E_TYPE: it is no native histogram. */
prom_err prom_test_native(prom_registry *r, const char *name, const prom_label *labels,
                          double sum, uint64_t count, const prom_native *expected);

PROM_END
#endif
