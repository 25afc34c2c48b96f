// SPDX-License-Identifier: Apache-2.0
/* builder.c - what a collector written in Python writes its families to. */
#include "native.h"

#include <math.h>

typedef struct builder {
    PyObject_HEAD state *st;
    prom_builder *b; /* lent for one call of the collector; NULL once that is over */
} builder;

PyObject *prom__py_builder_new(state *st, prom_builder *b)
{
    builder *self = PyObject_New(builder, st->builder);

    if (self) {
        self->st = st;
        self->b = b;
    }
    return (PyObject *)self;
}

void prom__py_builder_close(PyObject *op)
{
    ((builder *)op)->b = NULL;
}

static void builder_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_Free(self);
    Py_DECREF(type);
}

static int check_open(const builder *self)
{
    if (self->b)
        return 0;
    PyErr_SetString(PyExc_ValueError,
                    "builder is closed: it lives for one call of a collector");
    return -1;
}

/* --- families ------------------------------------------------------------------------ */

static int type_of(const state *st, const char *word, prom_type *out)
{
    for (int t = PROM_UNKNOWN; st->api->type_name((prom_type)t); t++) {
        *out = (prom_type)t;
        if (PyOS_stricmp(st->api->type_name((prom_type)t), word) == 0)
            return 0;
    }
    PyErr_Format(PyExc_ValueError, "'%s' is not a metric type", word);
    return -1;
}

static PyObject *builder_family(builder *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "type", "name", "documentation", "unit", NULL };
    prom_opts o = PROM_OPTS_INIT;
    const char *word;
    prom_type type;
    prom_err err;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "ss|zz:family", (char **)keywords, &word,
                                     &o.name, &o.help, &o.unit) ||
        check_open(self) < 0 || type_of(self->st, word, &type) < 0)
        return NULL;
    if (o.unit && !*o.unit)
        o.unit = NULL;
    err = self->st->api->build_family(self->b, type, &o);
    if (err)
        return prom__py_raise_for(self->st, err, o.name);
    Py_RETURN_NONE;
}

/* --- labels and timestamps -------------------------------------------------------------- */

static int label_of(PyObject *name, PyObject *value, prom_label_str *out)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "label names must be str, not %R", name);
        return -1;
    }
    return prom__py_utf8(name, &out->name) < 0 || prom__py_utf8(value, &out->value) < 0 ? -1
                                                                                        : 0;
}

static int all_str(PyObject *labels)
{
    PyObject *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(labels, &at, NULL, &value)) {
        if (!PyUnicode_Check(value))
            return 0;
    }
    return 1;
}

/* A dict with str() of the values, which mostly is the same dict; a reference. The values
 * are converted ahead of all else: str() may run code that changes the dict. */
static PyObject *with_str_values(PyObject *labels)
{
    PyObject *items, *out;

    if (all_str(labels))
        return Py_NewRef(labels);
    items = PyDict_Items(labels);
    out = items ? PyDict_New() : NULL;
    for (Py_ssize_t i = 0; out && i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        PyObject *str = PyObject_Str(PyTuple_GET_ITEM(item, 1));
        if (!str || PyDict_SetItem(out, PyTuple_GET_ITEM(item, 0), str) < 0)
            Py_CLEAR(out);
        Py_XDECREF(str);
    }
    Py_XDECREF(items);
    return out;
}

/* `labels` is a dict of str values, or NULL. */
static int give_str_labels(builder *self, PyObject *labels)
{
    size_t n = labels ? (size_t)PyDict_GET_SIZE(labels) : 0, i = 0;
    prom_label_str *array = PyMem_New(prom_label_str, n ? n : 1);
    PyObject *name, *value;
    Py_ssize_t at = 0;
    prom_err err = PROM_OK;

    if (!array) {
        PyErr_NoMemory();
        return -1;
    }
    while (i < n && PyDict_Next(labels, &at, &name, &value) &&
           label_of(name, value, &array[i]) == 0)
        i++;
    if (i == n)
        err = self->st->api->build_labels(self->b, array, n);
    PyMem_Free(array);
    if (err)
        prom__py_raise(self->st, err);
    return err || i < n ? -1 : 0;
}

/* Gives the labels of the metric that is built next; `labels` is a dict, or NULL. */
static int give_labels(builder *self, PyObject *labels)
{
    PyObject *strings = labels ? with_str_values(labels) : NULL;
    int failed = labels && !strings ? -1 : check_open(self);

    if (!failed)
        failed = give_str_labels(self, strings);
    Py_XDECREF(strings);
    return failed;
}

/* Ends a call that built a metric: its error, or its timestamp and None. */
static PyObject *finish(builder *self, prom_err err, PyObject *timestamp)
{
    if (!err && timestamp && timestamp != Py_None) {
        double seconds = PyFloat_AsDouble(timestamp);
        if (seconds == -1.0 && PyErr_Occurred())
            return NULL;
        if (!(fabs(seconds) < 9e15)) {
            PyErr_SetString(PyExc_ValueError, "timestamp out of range");
            return NULL;
        }
        err = self->st->api->build_timestamp(self->b, (int64_t)llround(seconds * 1000));
    }
    if (err)
        return prom__py_raise(self->st, err);
    Py_RETURN_NONE;
}

/* --- metrics ------------------------------------------------------------------------------ */

static PyObject *builder_value(builder *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "value", "labels", "timestamp", NULL };
    PyObject *labels = NULL, *timestamp = NULL;
    double value;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "d|O!O:value", (char **)keywords, &value,
                                     &PyDict_Type, &labels, &timestamp) ||
        check_open(self) < 0 || give_labels(self, labels) < 0)
        return NULL;
    return finish(self, self->st->api->build_value(self->b, NULL, value), timestamp);
}

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

/* What histograms and summaries are made of. */
typedef struct parts {
    double sum;
    uint64_t count;
    PyObject *list, *labels, *timestamp;
} parts;

static int parse_parts(builder *self, PyObject *args, PyObject *kwargs, const char *format,
                       const char *list_name, parts *p)
{
    const char *keywords[] = { "sum", "count", list_name, "labels", "timestamp", NULL };
    PyObject *count;

    *p = (parts){ 0 };
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, format, (char **)keywords, &p->sum, &count,
                                     &PyList_Type, &p->list, &PyDict_Type, &p->labels,
                                     &p->timestamp))
        return -1;
    return count_of(count, &p->count) < 0 || check_pairs(p->list) < 0 || check_open(self) < 0
               ? -1
               : 0;
}

static PyObject *builder_histogram(builder *self, PyObject *args, PyObject *kwargs)
{
    PyObject *result = NULL;
    prom_bucket *buckets;
    parts p;

    if (parse_parts(self, args, kwargs, "dOO!|O!O:histogram", "buckets", &p) < 0)
        return NULL;
    buckets = buckets_of(p.list);
    if (buckets && give_labels(self, p.labels) == 0) {
        prom_err err = self->st->api->build_histogram(self->b, NULL, p.sum, p.count, buckets,
                                                      (size_t)PyList_GET_SIZE(p.list));
        result = finish(self, err, p.timestamp);
    }
    PyMem_Free(buckets);
    return result;
}

static PyObject *builder_summary(builder *self, PyObject *args, PyObject *kwargs)
{
    PyObject *result = NULL;
    prom_quantile *quantiles;
    parts p;

    if (parse_parts(self, args, kwargs, "dOO!|O!O:summary", "quantiles", &p) < 0)
        return NULL;
    quantiles = quantiles_of(p.list);
    if (quantiles && give_labels(self, p.labels) == 0) {
        prom_err err = self->st->api->build_summary(self->b, NULL, p.sum, p.count, quantiles,
                                                    (size_t)PyList_GET_SIZE(p.list));
        result = finish(self, err, p.timestamp);
    }
    PyMem_Free(quantiles);
    return result;
}

#define METHOD(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS

static PyMethodDef builder_methods[] = {
    { "family", METHOD(builder_family),
      "family($self, /, type, name, documentation=None, unit=None)\n--\n\n"
      "Open a family; the metrics that follow belong to it. The name is taken as it is." },
    { "value", METHOD(builder_value),
      "value($self, /, value, labels={}, timestamp=None)\n--\n\n"
      "Add a counter, gauge, unknown, info or state; timestamp in unix seconds." },
    { "histogram", METHOD(builder_histogram),
      "histogram($self, /, sum, count, buckets, labels={}, timestamp=None)\n--\n\n"
      "Add a histogram; buckets is a list of (bound, cumulative count)." },
    { "summary", METHOD(builder_summary),
      "summary($self, /, sum, count, quantiles, labels={}, timestamp=None)\n--\n\n"
      "Add a summary; quantiles is a list of (quantile, value)." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot builder_slots[] = {
    { Py_tp_doc, "What a collector writes to; only during the call it is given to." },
    { Py_tp_dealloc, SLOT(builder_dealloc) },
    { Py_tp_methods, builder_methods },
    { 0, NULL },
};

PyType_Spec prom__py_builder_spec = {
    .name = "libprom._native.Builder",
    .basicsize = sizeof(builder),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = builder_slots,
};
