// SPDX-License-Identifier: Apache-2.0
/* remote_series.h - what a snapshot says of a series, as TimeSeries of remote write: one for
 * each line of a flat format, and one for a native histogram. */
#ifndef PROM_ENCODE_REMOTE_SERIES_H
#define PROM_ENCODE_REMOTE_SERIES_H

#include "pairs.h"
#include "remote.h"
#include "remote_labels.h"
#include "remote_once.h"

/* A request under way. What the fields are in 1.0 and in 2.0: decision of `version` alone. */
typedef struct prom__remote {
    const prom__remote_opts *opts;
    int64_t now_ms, before_ms; /* of the two gathers */
    prom__remote_labels labels;
    prom__symbols symbols; /* of 2.0 */
    prom__bytes series;    /* the messages, as fields of the request */
    prom__wire wire;       /* the one under way */
    prom__arena memory;    /* while one series is written */
    prom__remote_request count;
    prom__remote_once once;
    bool may_meet; /* so `once` is asked */

    const prom__family *family; /* of the labels and of metadata */
    uint32_t help, unit;        /* references, if they are known */
    bool described;
} prom__remote;

/* One value of a line at a time. */
typedef struct prom__remote_sample {
    double value;
    int64_t time_ms, start_ms; /* start: of counting; 0: not known */
    bool stale;                /* the end of the series instead of the value */
} prom__remote_sample;

/* What is written for a series now: its points that are newer than `after_ms`, as the one
 * before says. exemplar_after_ns: those that are not newer have been sent. */
prom_err prom__remote_run(prom__remote *r, const prom__run *run, int64_t after_ms,
                          int64_t exemplar_after_ns);

/* Stale markers for the lines that `before` had and `now`, which may be empty, has not. */
prom_err prom__remote_stale(prom__remote *r, const prom__run *before, const prom__run *now);

static inline bool prom__remote_has_own_time(const prom__point *p)
{
    return p->more && p->more->timestamp_ms != PROM_NO_TIME;
}

int64_t prom__remote_time(const prom__point *p, int64_t gathered_ms);

static inline int64_t prom__remote_ms(int64_t ns)
{
    return ns / 1000000 - (ns % 1000000 < 0);
}

/* References to symbols, packed. */
static inline void prom__remote_put_refs(prom__wire *w, unsigned field, const uint32_t *ref,
                                         size_t n)
{
    size_t before = prom__wire_size(w);
    for (size_t i = n; i-- > 0;)
        prom__wire_varint(w, ref[i]);
    if (n)
        prom__wire_close(w, field, before);
}

/* Does it go as a native histogram, and with classic buckets as well or instead? */
bool prom__remote_is_native(const prom__remote *r, const prom__family *f, const prom__point *p);
bool prom__remote_is_classic(const prom__remote *r, const prom__family *f,
                             const prom__point *p);

/* The value of a line's extra label, in r->memory: not escaped, numbers as OpenMetrics writes
 * them. */
prom_err prom__remote_extra(prom__remote *r, const prom__family *f, const prom__line *l,
                            prom_str *out);

/* Which of the TimeSeries of a metric. */
typedef struct prom__remote_line {
    prom_str suffix, name, extra; /* the extra label's name and value */
    bool native;
} prom__remote_line;

/* A stale marker for a line; begin_end once for all lines of a series. */
prom_err prom__remote_begin_end(prom__remote *r, const prom__family *f, const prom__point *p);
prom_err prom__remote_put_end(prom__remote *r, const prom__point *p,
                              const prom__remote_line *l);

/* Hands over the request, if there is something in it, and begins another one. */
prom_err prom__remote_flush(prom__remote *r);

/* remote_exemplar.c: the time of the newest; PROM_NO_TIME: there is none. */
int64_t prom__remote_newest_exemplar(const prom__point *p);
bool prom__remote_is_new(const prom_exemplar *x, int64_t after_ns);
/* The new ones, which come by value and are wanted by time; out has room for all. */
size_t prom__remote_exemplars(const prom__exemplars *all, int64_t after_ns,
                              const prom_exemplar **out);
void prom__remote_put_exemplar(prom__remote *r, const prom_exemplar *x);

/* remote_histogram.c: a message Histogram, which is the same in both versions but for its last
 * field, start_timestamp of 2.0. */
void prom__remote_histogram_put(prom__remote *r, unsigned field, const prom__family *f,
                                const prom__point *p, const prom__remote_sample *s);

#endif
