// SPDX-License-Identifier: Apache-2.0
/* openmetrics.h - the parts of the OpenMetrics parser.
 *
 * The format is grouped: the lines of a family stand together, and in it those of a metric, and
 * in that those of each point in time. So the parser holds one family and one point, and builds
 * each when the next one begins; what it remembers of earlier ones is which names and which
 * label sets there were. Unlike Prometheus text, nothing is put together from afar.
 *
 *     openmetrics.c         lines: metadata, samples, exemplars, # EOF
 *     openmetrics_family.c  whose sample it is, and whether a family is as it must be
 *     openmetrics_point.c   whose metric and time it is, and what a point's samples make
 *     openmetrics_sample.c  what one sample may say */
#ifndef PROM_PARSE_OPENMETRICS_H
#define PROM_PARSE_OPENMETRICS_H

#include "instant.h"
#include "model/builder.h"
#include "reader.h"
#include "table.h"

#include <string.h>

/* What a sample says, by its family's type and its suffix. */
typedef enum prom__om_role {
    PROM__OM_VALUE,
    PROM__OM_CREATED,
    PROM__OM_BUCKET,
    PROM__OM_QUANTILE,
    PROM__OM_STATE,
    PROM__OM_SUM,
    PROM__OM_COUNT
} prom__om_role;

typedef struct prom__om_sample {
    const char *at; /* where it stands */
    prom_str name;
    prom_label_str *labels; /* sorted by name */
    size_t n_labels;
    prom_str number; /* as it is spelled: counts have more digits than a double */
    double value;
    prom__instant time;
    bool timed;
    prom_exemplar exemplar;
    const char *exemplar_at; /* NULL: it has none */
} prom__om_sample;

typedef struct prom__om_family {
    const char *at; /* where its name came up; NULL: there is no family yet */
    prom_str name;  /* as metadata have it: without _total, _info */
    prom_type type;
    prom_str help, unit;                     /* n is 0: none */
    const char *help_at, *unit_at, *type_at; /* where those lines stand; NULL: nowhere yet */
    bool open;                               /* in the builder: no more metadata */
    uint64_t hash;                           /* of its name; part of its metrics' hashes */
} prom__om_family;

/* The labels of a metric, without le, quantile and the like. */
typedef struct prom__om_metric {
    prom__parsed_node node; /* first */
    const char *family;     /* where its family's name stands: which one it is */
    const char *at;         /* its first sample */
    int64_t info_ms;        /* of infos, whose points cannot be told from other metrics */
    size_t n;
    prom_label_str labels[];
} prom__om_metric;

/* Arrays are used again by the next point. */
typedef struct prom__om_point {
    const char *at; /* NULL: nothing has been said yet */
    bool has_value, has_sum, has_count, has_created;
    double value, sum;
    uint64_t count;
    int64_t created_ns;
    prom_bucket *buckets;
    prom_quantile *quantiles;
    prom_state *states;
    size_t n; /* of whichever of them the type has */
    size_t cap_buckets, cap_quantiles, cap_states;
    prom_exemplar *exemplars;
    size_t n_exemplars, cap_exemplars;
} prom__om_point;

typedef struct prom__om {
    prom__reader r;
    prom_snapshot *snapshot;
    prom_builder builder;
    prom__reader_labels labels, exemplar_labels;

    prom__om_family family;
    prom__parsed_table names;   /* all that families take */
    prom__parsed_table metrics; /* label sets that came up, of all families */

    prom__om_metric *metric; /* under way; NULL: none */
    bool timing;             /* it is known whether its samples have times */
    bool timed;
    prom__instant time; /* of the point under way */
    bool built;         /* there is an earlier point of the same metric: at built_ms */
    int64_t built_ms;
    prom__om_point point;
} prom__om;

/* --- openmetrics_family.c ------------------------------------------------ */

/* The family that metadata speak of: the one under way, or a new one. */
prom_err prom__om_describe(prom__om *o, const char *at, prom_str name);
/* The family of a sample, open, and what the sample says of it. */
prom_err prom__om_family_of(prom__om *o, const prom__om_sample *s, prom__om_role *role);
/* Completes the family under way. */
prom_err prom__om_family_end(prom__om *o);

/* --- openmetrics_point.c ------------------------------------------------- */

/* Changes the labels of s: what is not of the metric's is taken out. */
prom_err prom__om_take(prom__om *o, prom__om_sample *s, prom__om_role role);
/* Completes the metric under way. */
prom_err prom__om_metric_end(prom__om *o);

/* --- openmetrics_sample.c ------------------------------------------------ */

/* The label that tells a bucket, a quantile or a state from others of the same metric. */
typedef struct prom__om_mark {
    bool is; /* there is one: labels[i] */
    size_t i;
    prom_str text;
    double number; /* of buckets and quantiles */
} prom__om_mark;

prom_err prom__om_find_mark(const prom__om *o, const prom__om_sample *s, prom__om_role role,
                            prom__om_mark *m);
/* Joins the point under way. */
prom_err prom__om_say(prom__om *o, const prom__om_sample *s, prom__om_role role,
                      const prom__om_mark *m);
prom_err prom__om_twice(const prom__om *o, const prom__om_sample *s);

/* --- for all of them ----------------------------------------------------- */

#define PROM__OM_SHOWN(s) (int)prom__utf8_cut((s).p, (s).n, 200), (s).p /* for "%.*s" */

static inline bool prom__om_is(prom_str s, const char *word)
{
    return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

static inline bool prom__om_same(prom_str a, prom_str b)
{
    return a.n == b.n && (!a.n || memcmp(a.p, b.p, a.n) == 0);
}

#endif
