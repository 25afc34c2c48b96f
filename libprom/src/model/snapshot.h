// SPDX-License-Identifier: Apache-2.0
/* snapshot.h - what a gather found: families, their metrics, the errors. Written by builders
 * and by floor metric/, then sealed, then only read.
 *
 * A point refers to a record, whether of a live series in a store or made by a builder in the
 * snapshot's arena; it does not copy labels. Whatever the points refer to is held by the
 * snapshot until it goes. Between scrapes a registry keeps a spent snapshot's memory. */
#ifndef PROM_MODEL_SNAPSHOT_H
#define PROM_MODEL_SNAPSHOT_H

#include "base/object.h"
#include "series.h"

#include <prom/model.h>

typedef struct prom__histogram_value {
    double sum;
    uint64_t count;
    size_t n;                   /* finite buckets; 0 where there is only a native part */
    const prom_str *marks;      /* texts of their bounds and of +Inf */
    const uint64_t *cumulative; /* n of them */
    const double *uppers;       /* n of them */
    const prom_native *native;  /* NULL: none */
    bool inf_said;              /* a collector said the +Inf bucket: protobuf says it too */
} prom__histogram_value;

/* Its classic buckets are those of the native part, which has custom bounds. */
static inline bool prom__shows_custom(const prom__histogram_value *h)
{
    return !h->n && h->native && h->native->schema == PROM_CUSTOM_BUCKETS;
}

typedef struct prom__summary_value {
    double sum;
    uint64_t count;
    size_t n;
    const prom_str *marks; /* texts of the quantiles */
    const double *quantiles;
    const double *values;
} prom__summary_value;

typedef struct prom__stateset_value {
    double value; /* where n is 0: of the one state that a label of the series names */
    size_t n;
    const prom_str *names; /* escaped as label values are */
    const uint64_t *bits;  /* of state i: bit i % 64 of word i / 64 */
} prom__stateset_value;

/* A list of exemplars by value; in a snapshot's arena. */
typedef struct prom__exemplars {
    size_t n;
    const prom_exemplar *item;
} prom__exemplars;

typedef struct prom__point_more {
    int64_t timestamp_ms;      /* PROM_NO_TIME: none */
    prom__exemplars exemplars; /* of a counter, or of classic buckets, one each */
    prom__exemplars native_exemplars;
} prom__point_more;

typedef struct prom__point {
    const prom__series *series;
    const prom__shape *shape;
    union {
        double number;
        const prom__histogram_value *histogram;
        const prom__summary_value *summary;
        const prom__stateset_value *stateset;
    } value;                      /* which: the family's type says */
    const prom__point_more *more; /* NULL: nothing more to say */
} prom__point;

typedef struct prom__family {
    prom_family pub; /* first: a prom_family is one of these; pub.n_metrics counts points */
    prom__point *points;
    size_t cap;
    bool settled;             /* the points are in order, and none is there twice */
    size_t place;             /* among the families as they came */
    const char *from;         /* for sentences: "collector 'x'"; NULL: a registered metric */
    bool by_series;           /* of what is there already, only the series are dropped */
    const prom__shape *shape; /* the labels it was opened with by a builder; else NULL */
    prom_snapshot *snapshot;  /* whose it is */
    _Atomic(void *) message;  /* of encode/message.c, once it was asked for */
} prom__family;

/* What readers hang on a finished snapshot; it goes with it. */
typedef struct prom__kept {
    struct prom__kept *next;
    void (*free)(struct prom__kept *self);
} prom__kept;

struct prom_snapshot {
    prom__object object;
    prom__arena arena;
    prom__family **families;
    size_t n_families, cap_families;
    const char **errors;
    size_t n_errors, cap_errors;
    struct prom__hold *holds;
    _Atomic(prom__kept *) kept;
    struct prom__spare *spare; /* where it goes when it is spent; counted */
};

/* Keeps the memory of one spent snapshot for the next gather; outlives its registry. */
typedef struct prom__spare {
    prom__object object;
    _Atomic(prom_snapshot *) snapshot;
    atomic_bool closed;
} prom__spare;

prom_err prom__spare_new(prom__spare **out);
void prom__spare_close(prom__spare *s); /* frees what it keeps, keeps nothing from now on */

prom_err prom__snapshot_new(prom__spare *s, prom_snapshot **out); /* NULL: no spare */

/* Calls release(data) when the snapshot goes. On PROM_E_NOMEM nothing was noted. */
prom_err prom__snapshot_hold(prom_snapshot *s, void (*release)(void *data), void *data);

/* On any thread, also of a sealed one. */
void prom__snapshot_keep(prom_snapshot *s, prom__kept *k);

prom_err prom__snapshot_add_error(prom_snapshot *s, const char *fmt, ...) PROM_PRINTF(2, 3);

/* A new family, behind the others; the strings of pub are not copied. */
prom_err prom__snapshot_add_family(prom_snapshot *s, const prom_family *pub,
                                   prom__family **out);
/* Room for n more points. */
prom_err prom__family_reserve(prom_snapshot *s, prom__family *f, size_t n);

/* Puts the points in order, unless they are to be kept as they came; *twice is a point that is
 * there twice, or NULL: then the family is settled. */
prom_err prom__family_settle(prom_snapshot *s, prom__family *f, bool keep_order,
                             const prom__point **twice);

/* Its labels for a sentence, in braces where there are some: at most PROM__POINT_SAID bytes. */
enum { PROM__POINT_SAID = 300 };
void prom__point_say(const prom__point *p, char *out);

/* Joins families of one name, puts them in order (in the created order they stay as they come),
 * drops what would make a line twice and says so. */
prom_err prom__snapshot_seal(prom_snapshot *s, prom_order order);

/* One line of a flat format: the only place that knows _bucket, le, quantile is samples.c. */
typedef struct prom__line {
    const char *suffix;
    size_t suffix_length;
    prom_str extra;       /* name of one label more: le, quantile, that of a state; or empty */
    prom_str extra_value; /* escaped */
    double value;
    const uint64_t *count; /* where the value is a count: all 64 bits of it; else NULL */
    const prom_exemplar *exemplar; /* of a counter or a bucket; NULL: none */
} prom__line;

typedef enum prom__dialect {
    PROM__TEXT,       /* gauge histograms end as histograms do */
    PROM__OPENMETRICS /* with _gsum and _gcount */
} prom__dialect;

/* Points of these types are one number and one line, with the family's name: formats may write
 * it without being called for it. */
static inline bool prom__has_one_line(prom_type t)
{
    return t == PROM_COUNTER || t == PROM_GAUGE || t == PROM_UNKNOWN || t == PROM_INFO;
}

static inline prom__line prom__only_line(const prom__family *f, const prom__point *p)
{
    prom__line l = { .suffix = "", .value = p->value.number };
    if (f->pub.type == PROM_COUNTER && p->more && p->more->exemplars.n)
        l.exemplar = p->more->exemplars.item;
    return l;
}

/* Calls each() for every line of a point in order until it returns an error. */
prom_err prom__point_lines(const prom__family *f, const prom__point *p, prom__dialect dialect,
                           prom_err (*each)(void *data, const prom__line *l), void *data);

#endif
