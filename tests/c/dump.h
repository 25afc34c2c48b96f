// SPDX-License-Identifier: Apache-2.0
/* dump.h - all that is known of the metrics of a snapshot, as text: what formats leave out too.
 */
#ifndef DUMP_H
#define DUMP_H

#include <prom/model.h>

#include <inttypes.h>
#include <stdio.h>

static inline void dump_labels(FILE *out, const prom_label_str *labels, size_t n)
{
    fputc('{', out);
    for (size_t i = 0; i < n; i++) {
        fwrite(labels[i].name.p, 1, labels[i].name.n, out);
        fprintf(out, "=%zu:", labels[i].value.n);
        fwrite(labels[i].value.p, 1, labels[i].value.n, out);
        fputc(',', out);
    }
    fputc('}', out);
}

static inline void dump_exemplars(FILE *out, const char *what, const prom_exemplar *e, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fprintf(out, " %s ", what);
        dump_labels(out, e[i].labels, e[i].n_labels);
        fprintf(out, "%g@%" PRId64, e[i].value, e[i].timestamp_ns);
    }
}

static inline void dump_side(FILE *out, const prom_native *x, const prom_native_bucket *side,
                             size_t n)
{
    fputs(" [", out);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%d:", (int)side[i].index);
        if (x->is_float)
            fprintf(out, "%g,", side[i].n.weight);
        else
            fprintf(out, "%" PRIu64 ",", side[i].n.count);
    }
    fputc(']', out);
}

static inline void dump_native(FILE *out, const prom_native *x)
{
    fprintf(out, " native %d %g ", x->schema, x->zero_threshold);
    if (x->is_float)
        fprintf(out, "%g of %g", x->zero_weight, x->weight);
    else
        fprintf(out, "%" PRIu64, x->zero_count);
    dump_side(out, x, x->positive, x->n_positive);
    dump_side(out, x, x->negative, x->n_negative);
    for (size_t i = 0; i < x->n_custom; i++)
        fprintf(out, " %g", x->custom[i]);
}

static inline prom_err dump_metric(void *data, const prom_metric *m)
{
    FILE *out = data;
    fprintf(out, "%s %s", prom_type_name(m->family->type), m->family->name);
    dump_labels(out, m->labels, m->n_labels);
    fprintf(out, " %g sum %g count %" PRIu64, m->value, m->sum, m->count);
    for (size_t i = 0; i < m->n_buckets; i++)
        fprintf(out, " %g:%" PRIu64, m->buckets[i].upper, m->buckets[i].count);
    for (size_t i = 0; i < m->n_quantiles; i++)
        fprintf(out, " %g=%g", m->quantiles[i].quantile, m->quantiles[i].value);
    for (size_t i = 0; i < m->n_states; i++)
        fprintf(out, " %zu=%d", m->states[i].name.n, m->states[i].on);
    if (m->native)
        dump_native(out, m->native);
    dump_exemplars(out, "exemplar", m->exemplars, m->n_exemplars);
    dump_exemplars(out, "native exemplar", m->native_exemplars, m->n_native_exemplars);
    fprintf(out, " at %" PRId64 " created %" PRId64 "\n", m->timestamp_ms, m->created_ns);
    return PROM_OK;
}

static inline prom_err dump_snapshot(FILE *out, const prom_snapshot *s)
{
    prom_err e = PROM_OK;
    for (size_t i = 0; i < prom_snapshot_size(s) && !e; i++)
        e = prom_family_metrics(prom_snapshot_at(s, i), dump_metric, out);
    return e;
}

#endif
