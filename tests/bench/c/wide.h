// SPDX-License-Identifier: Apache-2.0
/* wide.h - the family of counters with three labels that several benchmarks use. */
#ifndef BENCH_WIDE_H
#define BENCH_WIDE_H

#include "measure.h"

#include <prom/prom.h>

static inline void must(prom_err code)
{
    if (code != PROM_OK)
        bench_fail(prom_error(code));
}

static inline prom_vec *wide_vec(prom_registry *r, prom_type type, const char *name)
{
    prom_vec *v;
    const prom_opts *o =
        PROM_OPTS(.name = name, .help = "h", .labels = PROM_LABELS("code", "method", "path"));
    must(prom_vec_new(r, type, o, &v));
    return v;
}

static inline prom_counter *wide_counter(prom_vec *v, size_t i)
{
    bench_labels l = bench_labels_of(i);
    prom_counter *c;
    must(prom_counter_with(v, PROM_VALUES(l.code, l.method, l.path), &c));
    return c;
}

static inline void wide_fill(prom_vec *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        prom_counter *c = wide_counter(v, i);
        must(prom_counter_add(c, (double)i));
        prom_unref(c);
    }
}

#endif
