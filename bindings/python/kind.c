// SPDX-License-Identifier: Apache-2.0
/* kind.c - what differs between the constructors of the metric types, a row for each. */
#include "native.h"

#include <math.h>

#define COMMON                                                                           \
    "name", "documentation", "labelnames", "namespace", "subsystem", "unit", "registry", \
        "_labelvalues"

static const char *const no_ninth[] = { COMMON, NULL };
static const char *const ninth_mode[] = { COMMON, "multiprocess_mode", NULL };
static const char *const ninth_buckets[] = { COMMON, "buckets", NULL };
static const char *const ninth_states[] = { COMMON, "states", NULL };

/* prometheus_client's, which are not client_golang's. */
static const double default_buckets[] = { .005, .01, .025, .05, .075, .1,  .25,     .5,
                                          .75,  1,   2.5,  5,   7.5,  10., INFINITY };

static int complete_nothing(prom_opts *o)
{
    (void)o;
    return 0;
}

/* A native histogram has classic buckets only if it is given some. */
static int complete_histogram(prom_opts *o)
{
    if (!o->buckets && !(o->native_factor > 1))
        o->buckets = default_buckets;
    return 0;
}

static int refuse_unit(const prom_opts *o)
{
    if (!o->unit)
        return 0;
    PyErr_Format(PyExc_ValueError, "Metric name is of a type that cannot have a unit: %s_%s",
                 o->name, o->unit);
    return -1;
}

static int complete_info(prom_opts *o)
{
    return refuse_unit(o);
}

static int complete_stateset(prom_opts *o)
{
    if (refuse_unit(o) < 0)
        return -1;
    if (!o->states) {
        PyErr_Format(PyExc_ValueError, "No states provided for Enum metric: %s", o->name);
        return -1;
    }
    for (const char *const *label = o->labels; label && *label; label++) {
        if (strcmp(*label, o->name) == 0) {
            PyErr_Format(PyExc_ValueError, "Overlapping labels for Enum metric: %s", o->name);
            return -1;
        }
    }
    return 0;
}

static const kind kinds[] = {
    { "counter", PROM_COUNTER, "OO|OOOOOO:Counter", no_ninth, complete_nothing },
    { "gauge", PROM_GAUGE, "OO|OOOOOOO:Gauge", ninth_mode, complete_nothing },
    { "unknown", PROM_UNKNOWN, "OO|OOOOOO:Unknown", no_ninth, complete_nothing },
    { "histogram", PROM_HISTOGRAM, "OO|OOOOOOO:Histogram", ninth_buckets, complete_histogram },
    { "gaugehistogram", PROM_GAUGE_HISTOGRAM, "OO|OOOOOO:Desc", no_ninth, complete_nothing },
    { "summary", PROM_SUMMARY, "OO|OOOOOO:Summary", no_ninth, complete_nothing },
    { "info", PROM_INFO, "OO|OOOOOO:Info", no_ninth, complete_info },
    { "stateset", PROM_STATESET, "OO|OOOOOOO:Enum", ninth_states, complete_stateset },
};

const kind *prom__py_kind(prom_type type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (kinds[i].type == type)
            return &kinds[i];
    }
    return NULL;
}
