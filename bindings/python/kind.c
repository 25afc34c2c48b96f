// SPDX-License-Identifier: Apache-2.0
/* kind.c - what differs between the constructors of the metric types, a row for each. */
#include "native.h"

#include <math.h>
#include <string.h>

#define COMMON                                                                           \
    "name", "documentation", "labelnames", "namespace", "subsystem", "unit", "registry", \
        "_labelvalues"

static const char *const counter_keywords[] = { COMMON, NULL };
static const char *const gauge_keywords[] = { COMMON, "multiprocess_mode", NULL };
static const char *const histogram_keywords[] = { COMMON, "buckets", NULL };
static const char *const summary_keywords[] = { COMMON,        "objectives", "max_age",
                                                "age_buckets", "accuracy",   NULL };

/* prometheus_client's, which are not client_golang's. */
static const double default_buckets[] = { .005, .01, .025, .05, .075, .1,  .25,     .5,
                                          .75,  1,   2.5,  5,   7.5,  10., INFINITY };

static const char *const modes[] = { "all",        "liveall",        "min", "livemin",
                                     "max",        "livemax",        "sum", "livesum",
                                     "mostrecent", "livemostrecent", NULL };

static int fill_nothing(PyObject *const *extras, prom_opts *o, scratch *s)
{
    (void)extras, (void)o, (void)s;
    return 0;
}

/* One process needs no mode, but a program that gives one must keep working. */
static int fill_gauge(PyObject *const *extras, prom_opts *o, scratch *s)
{
    (void)o, (void)s;
    if (!extras[0])
        return 0;
    for (const char *const *mode = modes; *mode && PyUnicode_Check(extras[0]); mode++) {
        if (PyUnicode_CompareWithASCIIString(extras[0], *mode) == 0)
            return 0;
    }
    PyErr_Format(PyExc_ValueError, "Invalid multiprocess mode: %S", extras[0]);
    return -1;
}

/* Reads the bounds into n + 1 doubles, the last for a +Inf that is not among them. */
static int read_bounds(PyObject *items, double *out)
{
    Py_ssize_t n = PySequence_Fast_GET_SIZE(items);

    for (Py_ssize_t i = 0; i < n; i++) {
        out[i] = prom__py_float(PySequence_Fast_GET_ITEM(items, i));
        if (out[i] == -1.0 && PyErr_Occurred())
            return -1;
        if (i > 0 && !(out[i - 1] <= out[i])) {
            PyErr_SetString(PyExc_ValueError, "Buckets not in sorted order");
            return -1;
        }
    }
    if (n < 1 || (n == 1 && isinf(out[0]))) {
        PyErr_SetString(PyExc_ValueError, "Must have at least two buckets");
        return -1;
    }
    if (!(isinf(out[n - 1]) && out[n - 1] > 0))
        out[n] = INFINITY;
    return 0;
}

static int fill_histogram(PyObject *const *extras, prom_opts *o, scratch *s)
{
    PyObject *items;
    int failed;

    o->buckets = default_buckets;
    if (!extras[0])
        return 0;
    items = PySequence_Fast(extras[0], "buckets must be an iterable of numbers");
    if (!items)
        return -1;
    s->buckets = PyMem_New(double, (size_t)PySequence_Fast_GET_SIZE(items) + 1);
    if (s->buckets)
        failed = read_bounds(items, s->buckets);
    else
        failed = PyErr_NoMemory() == NULL ? -1 : 0;
    o->buckets = s->buckets;
    Py_DECREF(items);
    return failed;
}

static int read_objective(PyObject *pair, prom_objective *out)
{
    PyObject *both = PySequence_Fast(pair, "an objective is a pair (quantile, error)");
    int failed = -1;

    if (!both)
        return -1;
    if (PySequence_Fast_GET_SIZE(both) == 2) {
        out->quantile = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(both, 0));
        out->error = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(both, 1));
        failed = PyErr_Occurred() ? -1 : 0;
        if (!failed && !(out->quantile >= 0)) { /* a negative one would end the array early */
            PyErr_SetString(PyExc_ValueError, "a quantile must be between 0 and 1");
            failed = -1;
        }
    } else {
        PyErr_SetString(PyExc_ValueError, "an objective is a pair (quantile, error)");
    }
    Py_DECREF(both);
    return failed;
}

static int read_objectives(PyObject *objectives, prom_opts *o, scratch *s)
{
    PyObject *pairs = PyMapping_Check(objectives) && PyObject_HasAttrString(objectives, "items")
                          ? PyMapping_Items(objectives)
                          : PySequence_List(objectives);
    int failed = 0;

    if (!pairs)
        return -1;
    s->objectives = PyMem_New(prom_objective, (size_t)PyList_GET_SIZE(pairs) + 1);
    if (!s->objectives)
        PyErr_NoMemory();
    failed = s->objectives ? 0 : -1;
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(pairs); i++)
        failed = read_objective(PyList_GET_ITEM(pairs, i), &s->objectives[i]);
    if (!failed)
        s->objectives[PyList_GET_SIZE(pairs)] = (prom_objective){ -1, 0 };
    o->objectives = s->objectives;
    Py_DECREF(pairs);
    return failed;
}

static int read_number(PyObject *number, double *out)
{
    if (number && number != Py_None)
        *out = PyFloat_AsDouble(number);
    return PyErr_Occurred() ? -1 : 0;
}

static int fill_summary(PyObject *const *extras, prom_opts *o, scratch *s)
{
    if (extras[0] && extras[0] != Py_None && read_objectives(extras[0], o, s) < 0)
        return -1;
    if (read_number(extras[1], &o->max_age) < 0 || read_number(extras[3], &o->accuracy) < 0)
        return -1;
    if (extras[2] && extras[2] != Py_None) {
        unsigned long n = PyLong_AsUnsignedLong(extras[2]);
        if (PyErr_Occurred())
            return -1;
        o->age_buckets = n > 0xffff ? 0xffff : (unsigned)n; /* the library refuses both */
    }
    return 0;
}

static const kind kinds[] = {
    { "counter", PROM_COUNTER, "OO|OOOOOO:Counter", counter_keywords, fill_nothing },
    { "gauge", PROM_GAUGE, "OO|OOOOOOO:Gauge", gauge_keywords, fill_gauge },
    { "histogram", PROM_HISTOGRAM, "OO|OOOOOOO:Histogram", histogram_keywords, fill_histogram },
    { "summary", PROM_SUMMARY, "OO|OOOOOO$OOOO:Summary", summary_keywords, fill_summary },
};

const kind *prom__py_kind(prom_type type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (kinds[i].type == type)
            return &kinds[i];
    }
    return NULL;
}

void prom__py_scratch_free(scratch *s)
{
    PyMem_Free(s->buckets);
    PyMem_Free(s->objectives);
}
