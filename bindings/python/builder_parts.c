// SPDX-License-Identifier: Apache-2.0
/* builder_parts.c - building histograms and summaries, which are made of lists. */
#include "native.h"

/* --- lists ------------------------------------------------------------------------------- */

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
        if (PyErr_Occurred() || prom__py_count(PyTuple_GET_ITEM(pair, 1), &out[i].count) < 0) {
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
    return prom__py_count(count, &p->count) < 0 || check_pairs(p->list) < 0 ||
                   prom__py_builder_check(self) < 0
               ? -1
               : 0;
}

static PyObject *build_native(builder *self, parts *p, const prom_bucket *buckets)
{
    PyObject *result = NULL;
    native_parts native;
    prom_err err;

    if (prom__py_native_read(p->native, &native) == 0 &&
        prom__py_builder_labels(self, p->labels) == 0) {
        more native_more = { .exemplars = native.exemplars,
                             .build_exemplar = self->st->api->build_native_exemplar };
        err = self->st->api->build_native(self->b, NULL, native.sum, native.count, &native.n,
                                          buckets, (size_t)PyList_GET_SIZE(p->list));
        if (PyList_GET_SIZE(p->list) > 0)
            p->m.build_exemplar = self->st->api->build_bucket_exemplar;
        result = prom__py_builder_finish(self, err, &p->m);
        if (result) {
            Py_DECREF(result);
            result = prom__py_builder_finish(self, PROM_OK, &native_more);
        }
    }
    prom__py_native_free(&native);
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
