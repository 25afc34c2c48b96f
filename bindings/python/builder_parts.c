// SPDX-License-Identifier: Apache-2.0
/* builder_parts.c - building histograms and summaries, which are made of lists. */
#include "native.h"

#include <string.h>

/* --- lists ------------------------------------------------------------------------------- */

static int count_of(PyObject *number, uint64_t *out)
{
    PyObject *whole = PyNumber_Long(number); /* counts often come as floats */

    *out = whole ? PyLong_AsUnsignedLongLong(whole) : 0;
    Py_XDECREF(whole);
    return PyErr_Occurred() ? -1 : 0;
}

/* A list of pairs. Both element types begin with the key and end in the number. */
static int check_pairs(PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *pair = PyList_GET_ITEM(list, i);
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_SetString(PyExc_TypeError, "a list of pairs is wanted");
            return -1;
        }
    }
    return 0;
}

/* An array for PyMem_Free, or NULL and an exception. */
static prom_bucket *buckets_of(PyObject *list)
{
    size_t n = (size_t)PyList_GET_SIZE(list);
    prom_bucket *out = PyMem_New(prom_bucket, n ? n : 1);

    if (!out)
        return (prom_bucket *)PyErr_NoMemory();
    for (size_t i = 0; i < n; i++) {
        PyObject *pair = PyList_GET_ITEM(list, (Py_ssize_t)i);
        out[i].upper = PyFloat_AsDouble(PyTuple_GET_ITEM(pair, 0));
        if (PyErr_Occurred() || count_of(PyTuple_GET_ITEM(pair, 1), &out[i].count) < 0) {
            PyMem_Free(out);
            return NULL;
        }
    }
    return out;
}

static prom_quantile *quantiles_of(PyObject *list)
{
    size_t n = (size_t)PyList_GET_SIZE(list);
    prom_quantile *out = PyMem_New(prom_quantile, n ? n : 1);

    if (!out)
        return (prom_quantile *)PyErr_NoMemory();
    for (size_t i = 0; i < n; i++) {
        PyObject *pair = PyList_GET_ITEM(list, (Py_ssize_t)i);
        out[i].quantile = PyFloat_AsDouble(PyTuple_GET_ITEM(pair, 0));
        if (!PyErr_Occurred())
            out[i].value = PyFloat_AsDouble(PyTuple_GET_ITEM(pair, 1));
        if (PyErr_Occurred()) {
            PyMem_Free(out);
            return NULL;
        }
    }
    return out;
}

/* --- native histograms ---------------------------------------------------------------------
 */

/* An array for PyMem_Free, which ends the parts of `n` that point into it. */
typedef struct native_parts {
    prom_native n;
    prom_native_bucket *positive, *negative;
    double *custom;
} native_parts;

static void native_free(native_parts *p)
{
    PyMem_Free(p->positive);
    PyMem_Free(p->negative);
    PyMem_Free(p->custom);
}

static PyObject *tuple_or_empty(PyObject *given)
{
    return given == Py_None ? PyTuple_New(0) : PySequence_Tuple(given);
}

static int read_span(PyObject *span, int64_t *offset, int64_t *length)
{
    PyObject *pair = PySequence_Tuple(span);
    long long o = 0, l = 0;
    int failed = !pair || !PyArg_ParseTuple(pair, "LL;a span is (offset, length)", &o, &l);

    Py_XDECREF(pair);
    if (!failed && (l < 0 || l > INT32_MAX || o < INT32_MIN || o > INT32_MAX)) {
        PyErr_SetString(PyExc_ValueError, "a span is out of range");
        failed = 1;
    }
    *offset = o;
    *length = l;
    return failed ? -1 : 0;
}

/* Adds what the next bucket differs by from the one before. */
static int next_count(PyObject *delta, bool is_float, prom_native_bucket *before,
                      prom_native_bucket *out)
{
    if (is_float) {
        out->n.weight = (before ? before->n.weight : 0) + PyFloat_AsDouble(delta);
        return PyErr_Occurred() ? -1 : 0;
    }
    long long d = PyLong_AsLongLong(delta);
    if (d == -1 && PyErr_Occurred())
        return -1;
    if (d < 0 && (uint64_t)-d > (before ? before->n.count : 0)) {
        PyErr_SetString(PyExc_ValueError, "the deltas of a native histogram make a count "
                                          "below 0");
        return -1;
    }
    out->n.count = (before ? before->n.count : 0) + (uint64_t)d;
    return 0;
}

/* Buckets of n deltas in spans. */
static int fill_buckets(PyObject *spans, PyObject *deltas, bool is_float,
                        prom_native_bucket *out)
{
    Py_ssize_t at = 0, n = PyTuple_GET_SIZE(deltas);
    int64_t index = 0, offset, length;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(spans); i++) {
        if (read_span(PyTuple_GET_ITEM(spans, i), &offset, &length) < 0)
            return -1;
        index += offset;
        for (int64_t j = 0; j < length && at < n; j++, at++, index++) {
            out[at].index = (int32_t)index;
            if (next_count(PyTuple_GET_ITEM(deltas, at), is_float, at > 0 ? &out[at - 1] : NULL,
                           &out[at]) < 0)
                return -1;
        }
        if (at == n && i + 1 == PyTuple_GET_SIZE(spans))
            return 0;
    }
    if (at == n)
        return 0;
    PyErr_SetString(PyExc_ValueError, "the spans of a native histogram do not hold its deltas");
    return -1;
}

static int read_buckets(PyObject *given_spans, PyObject *given_deltas, bool is_float,
                        prom_native_bucket **out, size_t *n)
{
    PyObject *spans = tuple_or_empty(given_spans);
    PyObject *deltas = spans ? tuple_or_empty(given_deltas) : NULL;
    int failed = -1;

    if (deltas) {
        *n = (size_t)PyTuple_GET_SIZE(deltas);
        *out = PyMem_Calloc(*n + 1, sizeof(**out));
        failed = *out ? fill_buckets(spans, deltas, is_float, *out) : (PyErr_NoMemory(), -1);
    }
    Py_XDECREF(spans);
    Py_XDECREF(deltas);
    return failed;
}

static int read_custom(PyObject *given, native_parts *p)
{
    PyObject *bounds = tuple_or_empty(given);
    Py_ssize_t n = bounds ? PyTuple_GET_SIZE(bounds) : 0;

    p->custom = bounds ? PyMem_New(double, (size_t)n + 1) : NULL;
    if (bounds && !p->custom)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; p->custom && i < n && !PyErr_Occurred(); i++)
        p->custom[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(bounds, i));
    p->n.custom = p->custom;
    p->n.n_custom = (size_t)n;
    Py_XDECREF(bounds);
    return PyErr_Occurred() ? -1 : 0;
}

/* A NativeHistogram; `sum`, `count` and the exemplars are given back. */
static int read_native(PyObject *tuple, native_parts *p, double *sum, uint64_t *count,
                       PyObject **exemplars)
{
    PyObject *whole, *zero, *pos_spans = Py_None, *neg_spans = Py_None, *pos = Py_None,
                            *neg = Py_None, *custom = Py_None;

    memset(p, 0, sizeof(*p));
    p->n.size = sizeof(p->n);
    *exemplars = Py_None;
    if (!PyTuple_Check(tuple)) {
        PyErr_Format(PyExc_TypeError, "a NativeHistogram is wanted, not %R", tuple);
        return -1;
    }
    if (!PyArg_ParseTuple(tuple, "OdidO|OOOOOO;a NativeHistogram is wanted", &whole, sum,
                          &p->n.schema, &p->n.zero_threshold, &zero, &pos_spans, &neg_spans,
                          &pos, &neg, exemplars, &custom))
        return -1;
    p->n.is_float = PyFloat_Check(whole);
    if (p->n.is_float) {
        p->n.weight = PyFloat_AsDouble(whole);
        p->n.zero_weight = PyFloat_AsDouble(zero);
        *count = 0;
    } else if (count_of(whole, count) < 0 || count_of(zero, &p->n.zero_count) < 0) {
        return -1;
    }
    if (PyErr_Occurred() ||
        read_buckets(pos_spans, pos, p->n.is_float, &p->positive, &p->n.n_positive) < 0 ||
        read_buckets(neg_spans, neg, p->n.is_float, &p->negative, &p->n.n_negative) < 0)
        return -1;
    p->n.positive = p->positive;
    p->n.negative = p->negative;
    return read_custom(custom, p);
}

/* --- methods ---------------------------------------------------------------------------------
 */

/* What histograms and summaries are made of. */
typedef struct parts {
    double sum;
    uint64_t count;
    PyObject *list, *labels, *native;
    more m;
} parts;

static int parse_parts(builder *self, PyObject *args, PyObject *kwargs, const char *format,
                       const char *list_name, parts *p)
{
    const char *histogram[] = { "sum",     "count",     list_name, "labels", "timestamp",
                                "created", "exemplars", "native",  NULL };
    const char *summary[] = {
        "sum", "count", list_name, "labels", "timestamp", "created", NULL
    };
    bool is_summary = strcmp(list_name, "quantiles") == 0;
    PyObject *count;

    *p = (parts){ 0 };
    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, format, (char **)(is_summary ? summary : histogram), &p->sum, &count,
            &PyList_Type, &p->list, &PyDict_Type, &p->labels, &p->m.timestamp, &p->m.created,
            &p->m.exemplars, &p->native))
        return -1;
    return count_of(count, &p->count) < 0 || check_pairs(p->list) < 0 ||
                   prom__py_builder_check(self) < 0
               ? -1
               : 0;
}

static PyObject *build_native(builder *self, parts *p, const prom_bucket *buckets)
{
    PyObject *result = NULL, *exemplars;
    native_parts native;
    prom_err err;

    if (read_native(p->native, &native, &p->sum, &p->count, &exemplars) == 0 &&
        prom__py_builder_labels(self, p->labels) == 0) {
        more native_more = { NULL, NULL, NULL, exemplars };
        err = self->st->api->build_native(self->b, NULL, p->sum, p->count, &native.n, buckets,
                                          (size_t)PyList_GET_SIZE(p->list));
        result = prom__py_builder_finish(self, err, &p->m);
        if (result) {
            Py_DECREF(result);
            result = prom__py_builder_finish(self, PROM_OK, &native_more);
        }
    }
    native_free(&native);
    return result;
}

PyObject *prom__py_builder_histogram(builder *self, PyObject *args, PyObject *kwargs)
{
    PyObject *result = NULL;
    prom_bucket *buckets;
    parts p;

    if (parse_parts(self, args, kwargs, "dOO!|O!OOOO:histogram", "buckets", &p) < 0)
        return NULL;
    buckets = buckets_of(p.list);
    if (buckets && p.native && p.native != Py_None) {
        result = build_native(self, &p, buckets);
    } else if (buckets && prom__py_builder_labels(self, p.labels) == 0) {
        prom_err err = self->st->api->build_histogram(self->b, NULL, p.sum, p.count, buckets,
                                                      (size_t)PyList_GET_SIZE(p.list));
        result = prom__py_builder_finish(self, err, &p.m);
    }
    PyMem_Free(buckets);
    return result;
}

PyObject *prom__py_builder_summary(builder *self, PyObject *args, PyObject *kwargs)
{
    PyObject *result = NULL;
    prom_quantile *quantiles;
    parts p;

    if (parse_parts(self, args, kwargs, "dOO!|O!OO:summary", "quantiles", &p) < 0)
        return NULL;
    quantiles = quantiles_of(p.list);
    if (quantiles && prom__py_builder_labels(self, p.labels) == 0) {
        prom_err err = self->st->api->build_summary(self->b, NULL, p.sum, p.count, quantiles,
                                                    (size_t)PyList_GET_SIZE(p.list));
        result = prom__py_builder_finish(self, err, &p.m);
    }
    PyMem_Free(quantiles);
    return result;
}
