// SPDX-License-Identifier: Apache-2.0
/* model.h - to collect and to read: builders, collectors, snapshots.
 *
 * A snapshot is the only currency: whatever makes numbers writes into a builder, whatever
 * sends numbers reads a snapshot. The rules at the top of prom.h hold here too. */
#ifndef PROM_MODEL_H
#define PROM_MODEL_H

#include <prom/prom.h>

PROM_BEGIN

typedef struct prom_builder prom_builder;   /* a gather under way; never kept */
typedef struct prom_snapshot prom_snapshot; /* a finished gather; immutable */

/* These stand in arrays and so never grow. */
typedef struct prom_bucket {
    double upper;   /* inclusive */
    uint64_t count; /* cumulative */
} prom_bucket;

typedef struct prom_quantile {
    double quantile, value;
} prom_quantile;

typedef struct prom_label_str {
    prom_str name, value;
} prom_label_str;

#define PROM_NO_TIME INT64_MIN /* where a timestamp is not known */

/* One case of many. */
typedef struct prom_exemplar {
    const prom_label_str *labels;
    size_t n_labels;
    double value;
    int64_t timestamp_ns; /* unix; PROM_NO_TIME: none */
} prom_exemplar;

typedef struct prom_state {
    prom_str name;
    bool on;
} prom_state;

/* A populated bucket of a native histogram: of schema s, index i holds the values from above
 * 2^((i-1)/2^s) to 2^(i/2^s); of custom buckets, those up to bound i. */
typedef struct prom_native_bucket {
    int32_t index;
    union {
        uint64_t count; /* of this bucket alone */
        double weight;  /* where the histogram is_float */
    } n;
} prom_native_bucket;

/* The native part of a histogram. Source: specs/native_histograms of prometheus/docs. */
typedef struct prom_native {
    size_t size;
    int schema;                                    /* -4..8, or PROM_CUSTOM_BUCKETS */
    bool is_float;                                 /* weights, not counts */
    double zero_threshold;                         /* the zero bucket holds |v| up to it */
    uint64_t zero_count;                           /* not is_float */
    double zero_weight, weight;                    /* is_float: of the zero bucket, of all */
    const prom_native_bucket *positive, *negative; /* ascending by index */
    size_t n_positive, n_negative;
    const double
        *custom; /* ascending finite bounds; the last bucket, index n_custom, is +Inf */
    size_t n_custom;
} prom_native;

enum { PROM_CUSTOM_BUCKETS = -53 };

#ifndef __cplusplus
#define PROM_NATIVE(...) (&(const prom_native){ .size = sizeof(prom_native), __VA_ARGS__ })
#endif

/* --- collectors --------------------------------------------------------- */

typedef struct prom_collector_opts {
    size_t size;
    const char *name; /* who to blame in prom_snapshot_error; required */

    /* Called once per gather, never under a library lock, possibly on several threads at
     * once. It may register and unregister, itself included, and gather: such a gather leaves
     * out the collector itself, and notes that. On an error all it built is dropped and noted
     * in the snapshot; the rest of the gather stands. */
    prom_err (*collect)(prom_builder *b, void *data);
    void *data;
    void (*free_data)(void *data); /* may be NULL; on whichever thread lets go last */

    /* For interpreters that only one thread may enter: collect runs only on the thread that
     * made the collector, either in a gather there or in prom_poll(). A gather elsewhere
     * shows what it last built, after waiting up to wait_ms for it to be built anew. */
    bool bound;
    unsigned wait_ms;

    /* What it will build: families without metrics. Called once for each registration; then
     * its names are taken as those of metrics are, and a gather for other names leaves it out.
     * On an error it is not registered, with that error. NULL: nobody knows before it builds,
     * and clashes are found then. Of a bound one it runs on its own thread, so it must be
     * registered there (PROM_E_INVAL). */
    prom_err (*describe)(prom_builder *b, void *data);
    bool describe_by_collect; /* what collect builds at registration is the description */

    /* Runs collect on a thread of its own; a gather that has waited so long goes on without it
     * and notes that. While it is still at it, later gathers do not wait; what comes of it is
     * not shown. 0: no limit. Not together with `bound` (PROM_E_INVAL). */
    unsigned timeout_ms;
} prom_collector_opts;

#ifndef __cplusplus
#define PROM_COLLECTOR_OPTS(...) \
    (&(const prom_collector_opts){ .size = sizeof(prom_collector_opts), __VA_ARGS__ })
#endif

/* A collector, registered unless r is NULL. PROM_E_EXISTS: r has one of this function with
 * this data already. On an error free_data is not called. */
prom_err prom_collector_new(prom_registry *r, const prom_collector_opts *o,
                            prom_collector **out);

/* Runs the bound collectors and functions of r that belong to the calling thread, each by
 * itself, so that gathers elsewhere have fresh values, and removes series that have expired.
 * The first error is returned, the others still run. */
prom_err prom_poll(prom_registry *r);

/* --- writing ------------------------------------------------------------ */

/* True if this gather asks for the family, as prom_gather_opts says: so that what is costly is
 * left out where nobody wants it. */
bool prom_build_wants(const prom_builder *b, const char *name);
/* True once the gather's time is up or it was cancelled: a collector may then return early. */
bool prom_build_stopped(const prom_builder *b);

/* Opens a family; the metrics that follow belong to it. Only name, help, unit, labels and
 * const_labels of the opts are read, and the name is taken as it is. NULL help: no HELP line.
 * PROM_E_EXISTS: this builder has this family already. */
prom_err prom_build_family(prom_builder *b, prom_type t, const prom_opts *o);

/* The labels of the next metric, in one of two ways: values with lengths, or names with values,
 * where the family's metrics differ in theirs. They are checked here and kept until a metric
 * is added with them; its own `values` must then be NULL (else PROM_E_LABELS). Labels are shown
 * sorted by name; those of prom_build_labels stay as given in a registry of PROM_ORDER_CREATED.
 */
prom_err prom_build_values(prom_builder *b, const prom_str *values, size_t n);
prom_err prom_build_labels(prom_builder *b, const prom_label_str *labels, size_t n);

/* Adds a metric; values as in prom_counter_with. Counter, gauge, unknown, info (1), or one
 * state of a set, which is then named by a label of the family's name: */
prom_err prom_build_value(prom_builder *b, const char *const *values, double v);
/* Buckets: cumulative, ascending; the one for +Inf may be left out, it is the count. */
prom_err prom_build_histogram(prom_builder *b, const char *const *values, double sum,
                              uint64_t count, const prom_bucket *buckets, size_t n);
/* Quantiles: ascending. */
prom_err prom_build_summary(prom_builder *b, const char *const *values, double sum,
                            uint64_t count, const prom_quantile *quantiles, size_t n);

/* A histogram with a native part, of type histogram or gauge histogram, and maybe classic
 * buckets as above. The native buckets must add up to the count, or to at most the count if
 * the sum is NaN; where is_float, to the weight. */
prom_err prom_build_native(prom_builder *b, const char *const *values, double sum,
                           uint64_t count, const prom_native *native,
                           const prom_bucket *buckets, size_t n);
prom_err prom_build_stateset(prom_builder *b, const char *const *values,
                             const prom_state *states, size_t n);
/* What an info says is a label like others: say it with prom_build_labels, or here behind the
 * values of the family's labels. */
prom_err prom_build_info(prom_builder *b, const char *const *values, const prom_label_str *info,
                         size_t n);

/* Says more about the metric just added. */
prom_err prom_build_timestamp(prom_builder *b, int64_t unix_ms);
/* Of a counter, histogram or summary. */
prom_err prom_build_created(prom_builder *b, int64_t unix_ns);
/* Of a counter (the last one counts), a classic bucket (the last one in each counts) or a
 * native histogram (all, by value). PROM_E_LABELS as in prom_counter_add_exemplar. */
prom_err prom_build_exemplar(prom_builder *b, const prom_exemplar *e);
/* Of a histogram with both parts: for one of them alone. PROM_E_INVAL: it has not this part. */
prom_err prom_build_bucket_exemplar(prom_builder *b, const prom_exemplar *e);
prom_err prom_build_native_exemplar(prom_builder *b, const prom_exemplar *e);

/* All families of a snapshot, which is kept as long as this gather's. PROM_E_EXISTS: this
 * builder has one of them already. */
prom_err prom_build_snapshot(prom_builder *b, prom_snapshot *s);
/* Opens a family by its description (vec.h), with the error of an invalid one. */
struct prom_desc;
prom_err prom_build_desc(prom_builder *b, const struct prom_desc *d);

/* --- gathering and reading ---------------------------------------------- */

/* Collects everything. Errors of collectors are not this call's: they stand in the snapshot. */
prom_err prom_gather(prom_registry *r, prom_snapshot **out);

typedef struct prom_family {
    const char *name;        /* as the text format shows it */
    const char *help, *unit; /* NULL: none */
    prom_type type;
    size_t n_metrics;
} prom_family;

size_t prom_snapshot_size(const prom_snapshot *s); /* families */
const prom_family *prom_snapshot_at(const prom_snapshot *s, size_t i);
/* "collector 'disk': sensor is off"; NULL after the last */
const char *prom_snapshot_error(const prom_snapshot *s, size_t i);

/* One line of a flat format. */
typedef struct prom_sample {
    const prom_family *family;
    const char *suffix;           /* "", "_bucket", "_sum", "_count" */
    const prom_label_str *labels; /* values not escaped; `le` or `quantile` is the last */
    size_t n_labels;
    double value;
    int64_t timestamp_ms; /* INT64_MIN: none */
} prom_sample;

/* Calls each() for every sample of a family, in the order of the text format, until it
 * returns something else than PROM_OK. The sample lives only during the call. */
prom_err prom_family_samples(const prom_family *f,
                             prom_err (*each)(void *data, const prom_sample *s), void *data);

/* One metric with all that is known of it. What does not apply to its type is zero. */
typedef struct prom_metric {
    const prom_family *family;
    const prom_label_str
        *labels; /* values not escaped; sorted unless the registry keeps order */
    size_t n_labels;
    double value; /* counter, gauge, unknown, info (1); a state that was built by itself */

    double sum; /* histograms, summary */
    uint64_t count;
    const prom_bucket *buckets; /* finite ones; cumulative */
    size_t n_buckets;
    const prom_native *native; /* NULL: none */
    const prom_quantile *quantiles;
    size_t n_quantiles;
    const prom_state *states;
    size_t n_states;

    const prom_exemplar *exemplars; /* by value; of a counter one at most, of a bucket too */
    size_t n_exemplars;
    const prom_exemplar *native_exemplars; /* by value */
    size_t n_native_exemplars;
    int64_t timestamp_ms; /* PROM_NO_TIME: none */
    int64_t created_ns;   /* unix; 0: not known */
} prom_metric;

/* Calls each() for every metric of a family, in order, until it returns something else than
 * PROM_OK. The metric lives only during the call. */
prom_err prom_family_metrics(const prom_family *f,
                             prom_err (*each)(void *data, const prom_metric *m), void *data);

/* The value of the sample with this name ("x_count") and exactly these labels in any order,
 * ended by {NULL, NULL} (NULL: none). PROM_E_NOENT: there is no such sample. */
prom_err prom_snapshot_value(const prom_snapshot *s, const char *name, const prom_label *labels,
                             double *out);

PROM_END
#endif
