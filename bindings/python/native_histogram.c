// SPDX-License-Identifier: Apache-2.0
/* native_histogram.c - the tuple NativeHistogram of samples.py as the library takes it. */
#include "native.h"

void prom__py_native_free(native_parts *p)
{
    PyMem_Free(p->positive);
    PyMem_Free(p->negative);
    PyMem_Free(p->custom);
}

static PyObject *tuple_or_empty(PyObject *given)
{
    return given == Py_None ? PyTuple_New(0) : PySequence_Tuple(given);
}

static int fail_span(const char *sentence)
{
    PyErr_SetString(PyExc_ValueError, sentence);
    return -1;
}

static int read_span(PyObject *span, int64_t *offset, int64_t *length)
{
    PyObject *pair = PySequence_Tuple(span);
    long long o = 0, l = 0;
    int failed = !pair || !PyArg_ParseTuple(pair, "LL;a span is (offset, length)", &o, &l);

    Py_XDECREF(pair);
    if (!failed && (l < 0 || l > INT32_MAX || o < INT32_MIN || o > INT32_MAX)) {
        failed = fail_span("a span is out of range");
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
    uint64_t from = before ? before->n.count : 0, to = from + (uint64_t)d;
    if (d < 0 ? to > from : to < from) {
        PyErr_Format(PyExc_ValueError, "the deltas of a native histogram make a count %s",
                     d < 0 ? "below 0" : "of more than 64 bits");
        return -1;
    }
    out->n.count = to;
    return 0;
}

/* Buckets of n deltas in spans, which have room for all of them and no more. */
static int fill_buckets(PyObject *spans, PyObject *deltas, bool is_float,
                        prom_native_bucket *out)
{
    Py_ssize_t at = 0, n = PyTuple_GET_SIZE(deltas);
    int64_t index = 0, offset, length;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(spans); i++) {
        if (read_span(PyTuple_GET_ITEM(spans, i), &offset, &length) < 0)
            return -1;
        index += offset;
        if (length > n - at)
            return fail_span("a native histogram has fewer deltas than its spans hold");
        for (int64_t j = 0; j < length; j++, at++, index++) {
            if (index < INT32_MIN || index > INT32_MAX)
                return fail_span("a span is out of range");
            out[at].index = (int32_t)index;
            if (next_count(PyTuple_GET_ITEM(deltas, at), is_float, at > 0 ? &out[at - 1] : NULL,
                           &out[at]) < 0)
                return -1;
        }
    }
    return at == n ? 0 : fail_span("the spans of a native histogram do not hold its deltas");
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

int prom__py_native_read(PyObject *tuple, native_parts *p)
{
    PyObject *whole, *zero, *pos_spans = Py_None, *neg_spans = Py_None, *pos = Py_None,
                            *neg = Py_None, *custom = Py_None;

    memset(p, 0, sizeof(*p));
    p->n.size = sizeof(p->n);
    p->exemplars = Py_None;
    if (!PyTuple_Check(tuple)) {
        PyErr_Format(PyExc_TypeError, "a NativeHistogram is wanted, not %R", tuple);
        return -1;
    }
    if (!PyArg_ParseTuple(tuple, "OdidO|OOOOOO;a NativeHistogram is wanted", &whole, &p->sum,
                          &p->n.schema, &p->n.zero_threshold, &zero, &pos_spans, &neg_spans,
                          &pos, &neg, &p->exemplars, &custom))
        return -1;
    p->n.is_float = PyFloat_Check(whole);
    if (p->n.is_float) {
        p->n.weight = PyFloat_AsDouble(whole);
        p->n.zero_weight = PyFloat_AsDouble(zero);
    } else if (prom__py_count(whole, &p->count) < 0 ||
               prom__py_count(zero, &p->n.zero_count) < 0) {
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
