// SPDX-License-Identifier: Apache-2.0
/* prom.h - Prometheus instrumentation for C programs and their scripts.
 *
 *     prom_counter *hits;
 *     prom_counter_new(prom_registry_default(),
 *                      PROM_OPTS(.name = "hits_total", .help = "Pages served."), &hits);
 *     prom_counter_inc(hits);
 *
 * Rules that hold for every function of the library, so they are said once:
 *   Ownership  A pointer received through an out parameter is one reference; give it back
 *              with prom_unref(). A pointer returned by value is borrowed from its parent.
 *              Strings and arrays passed in are copied.
 *   Errors     PROM_OK is 0. Any other code comes with a sentence in prom_error(). After an
 *              error nothing has changed and out parameters are NULL. Nothing aborts, exits,
 *              prints, installs a signal handler or sets a locale.
 *   Threads    Everything may be called from any thread at any time. Updates of a metric by
 *              its handle take no lock, allocate nothing, make no system call and leave errno
 *              alone, so they are also safe in signal handlers (but see prom_summary_observe).
 *   Fork       Metrics go on working in the child. Servers do not: the child has none.
 *   NULL       An update of NULL does nothing, other calls on it fail with PROM_E_INVAL: so a
 *              program goes on without the metrics that it could not make.
 *   Growth     Opts structs start with their size and grow only at the end; a zero field
 *              means "the default". Build them with PROM_OPTS() or PROM_OPTS_INIT. */
#ifndef PROM_PROM_H
#define PROM_PROM_H

#include <prom/alloc.h>
#include <prom/error.h>
#include <prom/version.h>

#include <math.h> /* INFINITY, which ends an array of buckets */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

PROM_BEGIN

/* --- words -------------------------------------------------------------- */

typedef struct prom_registry prom_registry;
typedef struct prom_collector prom_collector; /* see model.h */
typedef struct prom_vec prom_vec;             /* one family, a child for each label set */
typedef struct prom_counter prom_counter;     /* handles of one series each */
typedef struct prom_gauge prom_gauge;
typedef struct prom_histogram prom_histogram;
typedef struct prom_summary prom_summary;
typedef struct prom_info prom_info;
typedef struct prom_stateset prom_stateset;

typedef enum prom_type {
    PROM_UNKNOWN,
    PROM_COUNTER,
    PROM_GAUGE,
    PROM_HISTOGRAM,
    PROM_SUMMARY,
    PROM_INFO,
    PROM_STATESET,
    PROM_GAUGE_HISTOGRAM
} prom_type;

/* "counter", "gauge", ...: the type words of OpenMetrics. NULL for a number that is no type. */
const char *prom_type_name(prom_type t);

typedef struct prom_label {
    const char *name, *value;
} prom_label;

/* A view of bytes that need not end in NUL; never owned. */
typedef struct prom_str {
    const char *p;
    size_t n;
} prom_str;

/* `quantile` (0..1) is wanted to within `error` (0..1) of rank. */
typedef struct prom_objective {
    double quantile, error;
} prom_objective;

/* Every handle named above, and all later ones except prom_builder, is counted. */
void *prom_ref(void *object);  /* one reference more; returns its argument; NULL is fine */
void prom_unref(void *object); /* one less; the last frees it; NULL is fine */

/* --- descriptions ------------------------------------------------------- */

/* What happens to a NaN that is observed by a histogram or summary. */
typedef enum prom_nan {
    PROM_NAN_DROP, /* dropped, and counted in libprom_dropped_observations_total */
    PROM_NAN_COUNT /* counted, and the sum is NaN from then on, as client_golang does */
} prom_nan;

/* What the values of one label may become, before a series is looked up or made: so that a
 * label that strangers fill cannot make series without end. Either a list of the values that
 * are allowed, with what any other becomes, or a function. */
typedef struct prom_constraint {
    const char *label;
    const char *const *allowed; /* NULL-ended, see PROM_VALUES; or NULL */
    const char *otherwise;      /* what a value that is not allowed becomes; NULL: "other" */

    /* Writes what the value becomes to out, at most cap bytes, and returns its length; where
     * that is more than cap, it is asked again with more room. Called on the thread that looks
     * up, at every look-up, without a lock; it must not fail and must not call the library. */
    size_t (*apply)(void *data, prom_str value, char *out, size_t cap);
    void *data; /* must live as long as the metric */
} prom_constraint;

/* One description for every metric type.
 *
 * Names are UTF-8 and not empty; label names do not begin with "__", are not repeated, and
 * are not "le" in a histogram nor "quantile" in a summary; no two may become one where a format
 * escapes them (a.b and a_b). A name in the older ASCII grammar
 * (letters, digits, _ and, for metrics, :) needs no quoting anywhere and is good advice.
 * A counter's name gets "_total", an info's "_info", and a name gets "_<unit>", where they are
 * missing; infos and state sets have no unit. No label of a state set has the family's name.
 * Sources: concepts/data_model and instrumenting/writing_clientlibs of prometheus/docs. */
typedef struct prom_opts {
    size_t size;                    /* set by PROM_OPTS */
    const char *name;               /* required */
    const char *help;               /* required; "" where there is nothing to say */
    const char *unit;               /* a base unit such as "seconds", or NULL */
    const char *const *labels;      /* NULL-ended names, see PROM_LABELS; NULL: none */
    const prom_label *const_labels; /* ended by {NULL, NULL}, see PROM_CONST_LABELS; or NULL */

    /* Histograms: ascending upper bounds, inclusive, ended by INFINITY (PROM_BUCKETS).
     * NULL: .005 .01 .025 .05 .1 .25 .5 1 2.5 5 10 */
    const double *buckets;

    /* Summaries: ended by a negative quantile (PROM_OBJECTIVES); NULL: only sum and count.
     * For each objective the value shown lies between the exact quantiles q-e and q+e of the
     * window, or within `accuracy` of the exact quantile q. NaN when the window is empty. */
    const prom_objective *objectives;
    double max_age;       /* length of the sliding window in seconds; 0: 600 */
    unsigned age_buckets; /* sub-windows, 1..64; 0: 5. Observations leave in steps of one */
    double accuracy;      /* relative, 0.001..0.2; 0: 0.01 */

    prom_nan nan; /* histograms and summaries */

    /* Put in front of the name with an underscore each; NULL or "": none. */
    const char *namespace_, *subsystem;

    const char *const *states; /* state sets: NULL-ended names, at least one, no two alike */

    /* Histograms: a growth factor above 1 makes it a native histogram, whose buckets are the
     * powers of 2^(2^-schema), of the coarsest schema of -4..8 whose buckets do not grow faster
     * (1.1 gives 3). It has classic buckets too if `buckets` are given.
     * Where more than native_max_buckets are populated: it is reset if native_min_reset seconds
     * have passed since the last reset; else the zero bucket is widened up to
     * native_max_zero_threshold; else the resolution is halved, until it fits.
     * Of its exemplars, where there are more than native_max_exemplars, the oldest goes if it
     * is older than native_exemplar_ttl; else one of the two whose values are closest, on a
     * logarithmic scale, where other signs and zero are infinitely far. A reset clears them.
     * Source: specs/native_histograms of prometheus/docs. */
    double native_factor;             /* 0..1: no native histogram */
    double native_zero_threshold;     /* 0: 2^-128; negative: 0 */
    unsigned native_max_buckets;      /* 0: 160; PROM_NO_LIMIT: none */
    double native_min_reset;          /* seconds; 0: never */
    double native_max_zero_threshold; /* 0: the zero bucket is not widened */
    int native_max_exemplars;         /* up to 10000; 0: 10; negative: none */
    double native_exemplar_ttl;       /* seconds; 0: 300; negative: the oldest always goes */

    /* Bounds of a family with labels; without labels they are ignored. Beyond max_series, label
     * values that are new share one series, all of whose label values are `overflow` and which
     * is not counted; where a series is removed there is room again. A series that was neither
     * updated nor looked up for ttl seconds is removed by the next gather or prom_poll, which
     * does not show it, also if somebody holds it (prom_child_exposed); one with a function
     * stays. A gather is also what notices use, so ttl should be longer than the time between
     * two. Both are counted in libprom_overflowed_series_total and
     * libprom_expired_series_total. */
    unsigned max_series;                /* 0: the registry's; PROM_NO_LIMIT: none */
    const char *overflow;               /* NULL: "other" */
    double ttl;                         /* seconds; 0: for ever */
    const prom_constraint *constraints; /* ended by one with a NULL label; or NULL */
} prom_opts;

#define PROM_NO_LIMIT 0xffffffffu

#define PROM_OPTS_INIT                                                                       \
    {                                                                                        \
        sizeof(prom_opts), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, PROM_NAN_DROP, 0, 0, 0, 0, 0, 0, 0, \
            0, 0, 0, 0, 0, 0, 0                                                              \
    }
#ifndef __cplusplus
#define PROM_OPTS(...)         (&(const prom_opts){ .size = sizeof(prom_opts), __VA_ARGS__ })
#define PROM_LABELS(...)       ((const char *const[]){ __VA_ARGS__, NULL })
#define PROM_VALUES(...)       ((const char *const[]){ __VA_ARGS__, NULL })
#define PROM_CONST_LABELS(...) ((const prom_label[]){ __VA_ARGS__, { NULL, NULL } })
#define PROM_BUCKETS(...)      ((const double[]){ __VA_ARGS__, INFINITY })
#define PROM_OBJECTIVES(...)   ((const prom_objective[]){ __VA_ARGS__, { -1, 0 } })
#define PROM_CONSTRAINTS(...)  ((const prom_constraint[]){ __VA_ARGS__, { 0 } })
#define PROM_EXEMPLAR(...)     PROM_CONST_LABELS(__VA_ARGS__)
#endif

/* Bucket helpers. They write n finite bounds and a closing INFINITY, n + 1 doubles, so the
 * array can be given as `buckets`. They count as client_golang's do: n finite bounds.
 * PROM_E_INVAL: n is 0, or the bounds would not be finite and ascending. */
prom_err prom_buckets_linear(double start, double width, size_t n, double *out);
prom_err prom_buckets_exponential(double start, double factor, size_t n, double *out);
prom_err prom_buckets_exponential_range(double min, double max, size_t n, double *out);

/* --- registries --------------------------------------------------------- */

typedef enum prom_order {
    PROM_ORDER_SORTED, /* families by name, series by label values */
    PROM_ORDER_CREATED /* families as registered, series as created */
} prom_order;

typedef struct prom_registry_opts {
    size_t size;
    prom_order order;
    bool legacy_names; /* refuse names outside the ASCII grammar; a collector that builds such
                        * is named in the snapshot, and all it built dropped */

    /* A collector that describes itself must build what it described, with the same type, help
     * text, unit and labels: else all it built is dropped and it is named in the snapshot.
     * Those that do not describe themselves are let be, as in client_golang. For tests. */
    bool pedantic;
    unsigned max_series; /* of each family made in it that sets none of its own; 0: no limit */
} prom_registry_opts;

/* An empty registry. NULL opts: the defaults. */
prom_err prom_registry_new(const prom_registry_opts *o, prom_registry **out);

/* The registry of the process, made on first use with the process collector in it
 * (collect.h). Borrowed. NULL only if there was no memory to make it; a later call tries again.
 */
prom_registry *prom_registry_default(void);

/* Adds a vec, a metric without labels, a collector or a whole registry, which may be in several
 * registries. PROM_E_EXISTS: it, or a name that it may expose in some format (x_total,
 * x_bucket,
 * ...), is there already. PROM_E_INVAL: a registry would contain itself. The registry keeps a
 * reference. */
prom_err prom_registry_add(prom_registry *r, void *object);

/* Takes it out again and frees its names. PROM_E_NOENT: it is not there. */
prom_err prom_registry_remove(prom_registry *r, void *object);

/* Takes everything out. */
void prom_registry_clear(prom_registry *r);

/* The family of this name as registered or exposed ("hits" finds "hits_total"), of the first
 * such vec if constant labels make several. PROM_E_NOENT: there is none. */
prom_err prom_registry_find(prom_registry *r, const char *name, prom_vec **out);

/* --- metrics ------------------------------------------------------------ */

/* A metric without labels. With a NULL registry it is created but not registered. If the
 * registry has one of the same description, that one is given, so a script may be loaded
 * again; PROM_E_EXISTS if the description differs. */
prom_err prom_counter_new(prom_registry *r, const prom_opts *o, prom_counter **out);
prom_err prom_gauge_new(prom_registry *r, const prom_opts *o, prom_gauge **out);
prom_err prom_histogram_new(prom_registry *r, const prom_opts *o, prom_histogram **out);
prom_err prom_summary_new(prom_registry *r, const prom_opts *o, prom_summary **out);
prom_err prom_info_new(prom_registry *r, const prom_opts *o, prom_info **out);
prom_err prom_stateset_new(prom_registry *r, const prom_opts *o, prom_stateset **out);
/* A gauge of which only the type is not told: "untyped" in the older formats. */
prom_err prom_unknown_new(prom_registry *r, const prom_opts *o, prom_gauge **out);

/* A metric with labels (or without: then its one child exists from the start). As above. */
prom_err prom_vec_new(prom_registry *r, prom_type t, const prom_opts *o, prom_vec **out);

/* _with finds or makes the child for these label values, given in the order of `labels` and
 * ended by NULL. Finding takes no lock. Hold on to the child in hot code. A child that was
 * removed stays usable but is no longer exposed.
 * PROM_E_LABELS: wrong number of values, or a value that is not UTF-8.
 * PROM_E_TYPE: the vec is of another type. */
prom_err prom_counter_with(prom_vec *v, const char *const *values, prom_counter **out);
prom_err prom_gauge_with(prom_vec *v, const char *const *values, prom_gauge **out);
prom_err prom_histogram_with(prom_vec *v, const char *const *values, prom_histogram **out);
prom_err prom_summary_with(prom_vec *v, const char *const *values, prom_summary **out);
prom_err prom_info_with(prom_vec *v, const char *const *values, prom_info **out);
prom_err prom_stateset_with(prom_vec *v, const char *const *values, prom_stateset **out);
prom_err prom_unknown_with(prom_vec *v, const char *const *values, prom_gauge **out);

/* The same for any type and for values with lengths (they may hold NUL); *out is the child. */
prom_err prom_vec_with(prom_vec *v, const prom_str *values, size_t n, void **out);

/* Removes one child. PROM_E_NOENT: there is none with these values. */
prom_err prom_vec_remove(prom_vec *v, const char *const *values);
prom_err prom_vec_remove_str(prom_vec *v, const prom_str *values, size_t n);

/* Removes all children. Of a metric without labels it does nothing. */
prom_err prom_vec_clear(prom_vec *v);

size_t prom_vec_size(const prom_vec *v); /* children that are exposed */
prom_type prom_vec_type(const prom_vec *v);

/* The description, as completed: `name` as exposed, `buckets` never NULL in a histogram.
 * Borrowed from the vec. */
const prom_opts *prom_vec_opts(const prom_vec *v);

/* False once the child was removed or its vec is gone: for caches of children. */
bool prom_child_exposed(const void *child);

/* The family that a child belongs to, one reference. PROM_E_CLOSED: it has none any more. */
prom_err prom_child_vec(void *child, prom_vec **out);

/* The hot path.
 * Counter: add of a negative value or NaN is refused (PROM_E_INVAL) and changes nothing.
 * Histogram, summary: the infinities are observed; NaN as `nan` says. A scrape may see the
 * sum without, or the count without, the observations in flight; the buckets and the count
 * of a histogram always agree.
 * Summary: the first observation in each power of two takes a lock for its memory, so a
 * signal handler should observe only values of a range that was seen before. Native histogram:
 * the same where a bucket is populated first, and where there are too many of them then. */
void prom_counter_inc(prom_counter *c) PROM_HOT;
prom_err prom_counter_add(prom_counter *c, double v) PROM_HOT;
void prom_gauge_set(prom_gauge *g, double v) PROM_HOT;
void prom_gauge_add(prom_gauge *g, double v) PROM_HOT;
void prom_gauge_set_to_current_time(prom_gauge *g); /* unix seconds */
void prom_histogram_observe(prom_histogram *h, double v) PROM_HOT;
void prom_summary_observe(prom_summary *s, double v) PROM_HOT;

double prom_counter_value(const prom_counter *c);
double prom_gauge_value(const prom_gauge *g);

/* The same with an exemplar: labels that lead to one case, such as a trace, ended by
 * {NULL, NULL} (PROM_EXEMPLAR). It replaces the one before of this counter or bucket; a native
 * histogram keeps several. The time is now. NULL labels: no exemplar.
 * PROM_E_LABELS, and nothing has changed: a name is empty, not UTF-8, begins with "__" or is
 * repeated, a value is not UTF-8, there is a NUL (for which Prometheus refuses the scrape), or
 * names and values have more than 128 characters together (OpenMetrics 1.0, "Exemplars").
 * Takes no lock, except for memory the first time; one that meets another writer of the same
 * exemplar gives way to it. */
prom_err prom_counter_add_exemplar(prom_counter *c, double v, const prom_label *labels);
prom_err prom_histogram_observe_exemplar(prom_histogram *h, double v, const prom_label *labels);

/* v, n times over: for values that come counted already. */
void prom_histogram_observe_n(prom_histogram *h, double v, uint64_t n);
void prom_summary_observe_n(prom_summary *s, double v, uint64_t n);
/* n values. */
void prom_histogram_observe_many(prom_histogram *h, const double *v, size_t n);
void prom_summary_observe_many(prom_summary *s, const double *v, size_t n);

/* What an info says, in place of what it said before; labels ended by {NULL, NULL}.
 * PROM_E_LABELS: not valid as label names and values, or a name is one of the family's. */
prom_err prom_info_set(prom_info *i, const prom_label *labels);

/* Switches one state, or that one on and all others off, as an enumeration does; with up to 64
 * states a scrape never sees the change half done. PROM_E_NOENT: there is no such state. */
prom_err prom_stateset_set(prom_stateset *s, const char *state, bool on);
prom_err prom_stateset_enter(prom_stateset *s, const char *state);

/* Sets any metric back to what it was when new, with the created time of now. Updates of the
 * same moment may survive or be lost. Info and state set: back to empty, all off.
 * PROM_E_TYPE: the object is no series. */
prom_err prom_child_reset(void *child);

/* --- functions ---------------------------------------------------------- */

/* Where a counter, gauge or unknown gets its value from: called once for each gather, never
 * under a library lock, possibly on several threads at once. On an error the series is left out
 * and the error noted in the snapshot: "metric 'x': sensor is off"; so it is where a counter is
 * given NaN or less than 0. It may remove its own series and set functions. A counter with a
 * function has no created time, for nobody says since when it counts. */
typedef struct prom_function {
    size_t size;
    prom_err (*value)(void *data, double *out);
    void *data;
    void (*free_data)(void *data); /* may be NULL; on whichever thread lets go last */
    bool bound; /* only on the thread that sets it: in gathers there and in prom_poll(); gathers
                 * elsewhere show the last value, or leave the series out and note the error if
                 * there is none */
} prom_function;

#ifndef __cplusplus
#define PROM_FUNCTION(...) \
    (&(const prom_function){ .size = sizeof(prom_function), __VA_ARGS__ })
#endif

/* Gives one series its function, in place of any before; NULL: it keeps its value from now on.
 * So a family of functions is a vec whose children have some. The function is let go with the
 * series, and free_data is called once; after an error of this call the data is still the
 * caller's. PROM_E_TYPE: the series is of a type that functions do not fit. PROM_E_CLOSED: it
 * was removed. */
prom_err prom_function_set(void *child, const prom_function *f);

/* A metric without labels of type counter, gauge or unknown with its function. If the registry
 * has it already, it gets this function in place of its own. */
prom_err prom_function_new(prom_registry *r, prom_type t, const prom_opts *o,
                           const prom_function *f, void **out);

/* --- timing ------------------------------------------------------------- */

typedef struct prom_timer {
    uint64_t start_ns; /* of the monotonic clock */
} prom_timer;

prom_timer prom_timer_start(void);
double prom_timer_seconds(prom_timer t); /* since the start; never negative */

/* Observes (histogram, summary) or sets (gauge) the seconds since the start, and returns
 * them. A timer may be used again. Any other object only returns them. */
double prom_timer_observe(prom_timer t, void *metric);

PROM_END
#endif
