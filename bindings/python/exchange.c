// SPDX-License-Identifier: Apache-2.0
/* exchange.c - what an HTTP server or client in Python is doing, as metrics: HTTPMetrics, and
 * an Exchange for each request. */
#include "fields.h"

typedef struct http_metrics {
    PyObject_HEAD state *st;
    prom_http_metrics *m; /* one reference; NULL before __init__ */
    size_t labels;        /* how many values an end takes */
} http_metrics;

typedef struct exchange {
    PyObject_HEAD state *st;
    http_metrics *metrics; /* owned, or NULL when it is over */
    prom_http_exchange x;
} exchange;

/* --- exchanges ------------------------------------------------------------------------------
 */

/* One end or abandon; NULL from then on. */
static http_metrics *take_open(exchange *self)
{
    http_metrics *m = self->metrics;

    self->metrics = NULL;
    return m;
}

static PyObject *exchange_first_byte(exchange *self, PyObject *status)
{
    long code = PyLong_AsLong(status);

    if (code == -1 && PyErr_Occurred())
        return NULL;
    if (self->metrics)
        self->st->api->http_first_byte(&self->x, code >= 0 && code < 10000 ? (int)code : 1);
    Py_RETURN_NONE;
}

static PyObject *exchange_abandon(exchange *self, PyObject *unused)
{
    http_metrics *m = take_open(self);

    (void)unused;
    if (m)
        self->st->api->http_abandon(&self->x);
    Py_XDECREF(m);
    Py_RETURN_NONE;
}

static int bytes_of(PyObject *number, uint64_t *out)
{
    long long n = number ? PyLong_AsLongLong(number) : 0;

    if (n == -1 && PyErr_Occurred())
        return -1;
    *out = n > 0 ? (uint64_t)n : 0;
    return 0;
}

static int outcome_of(exchange *self, PyObject *request_bytes, PyObject *response_bytes,
                      PyObject *labels, PyObject *exemplar, prom_http_outcome *o, scratch *s)
{
    size_t given = labels ? (size_t)PyTuple_GET_SIZE(labels) : 0;

    if (given != self->metrics->labels) {
        PyErr_Format(PyExc_ValueError, "%zu label values are wanted, %zu were given",
                     self->metrics->labels, given);
        return -1;
    }
    if (bytes_of(request_bytes, &o->request_bytes) < 0 ||
        bytes_of(response_bytes, &o->response_bytes) < 0)
        return -1;
    if (given) {
        PyObject *strings =
            prom__py_values(((PyTupleObject *)labels)->ob_item, PyTuple_GET_SIZE(labels));
        strings = prom__py_keep(s, strings);
        o->labels = strings ? prom__py_words(strings, "label value", s) : NULL;
        if (!o->labels)
            return -1;
    }
    if (exemplar && exemplar != Py_None) {
        const field row = { "exemplar", prom__py_field_labels, 0 };
        return row.read(&row, exemplar, (void *)&o->exemplar, self->st, s);
    }
    return 0;
}

/* end(status=0, request_bytes=0, response_bytes=0, labels=(), exemplar=None) */
static PyObject *exchange_end(exchange *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "status", "request_bytes", "response_bytes",
                                            "labels", "exemplar",      NULL };
    PyObject *request = NULL, *response = NULL, *labels = NULL, *exemplar = NULL;
    prom_http_outcome o = { .size = sizeof(o) };
    scratch s = { NULL, NULL, NULL };
    http_metrics *m;
    prom_err err = PROM_OK;
    int failed;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|iOOO!O:end", (char **)keywords, &o.status,
                                     &request, &response, &PyTuple_Type, &labels, &exemplar))
        return NULL;
    if (!self->metrics)
        Py_RETURN_NONE;
    failed = outcome_of(self, request, response, labels, exemplar, &o, &s);
    m = failed ? NULL : take_open(self); /* str() of a label may have ended it */
    if (m)
        err = self->st->api->http_end(&self->x, &o);
    Py_XDECREF(m);
    prom__py_scratch_free(&s);
    if (failed)
        return NULL;
    return err ? prom__py_raise(self->st, err) : Py_NewRef(Py_None);
}

static void exchange_dealloc(exchange *self)
{
    PyTypeObject *type = Py_TYPE(self);
    http_metrics *m = take_open(self);

    if (m)
        self->st->api->http_abandon(&self->x);
    Py_XDECREF(m);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef exchange_methods[] = {
    { "first_byte", (PyCFunction)(void (*)(void))exchange_first_byte, METH_O,
      "first_byte($self, status, /)\n--\n\nThe first byte of the answer was sent or received; "
      "only the first call counts." },
    { "end", (PyCFunction)(void (*)(void))exchange_end, METH_VARARGS | METH_KEYWORDS,
      "end($self, /, status=0, request_bytes=0, response_bytes=0, labels=(), exemplar=None)\n"
      "--\n\nIt is over, and counted." },
    { "abandon", (PyCFunction)(void (*)(void))exchange_abandon, METH_NOARGS,
      "abandon($self, /)\n--\n\nIt failed: nothing is counted. So it is for one that is "
      "dropped "
      "without an end." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot exchange_slots[] = {
    { Py_tp_doc, "A request under way." },
    { Py_tp_dealloc, SLOT(exchange_dealloc) },
    { Py_tp_methods, exchange_methods },
    { 0, NULL },
};

PyType_Spec prom__py_exchange_spec = {
    .name = "libprom._native.Exchange",
    .basicsize = sizeof(exchange),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = exchange_slots,
};

/* --- the metrics
 * ------------------------------------------------------------------------------ */

static const field metrics_fields[] = {
    FIELD(prom_http_metrics_opts, "client", client, bool),
    FIELD(prom_http_metrics_opts, "namespace", namespace_, text),
    FIELD(prom_http_metrics_opts, "extra_methods", extra_methods, words),
    FIELD(prom_http_metrics_opts, "code", no_code, not ),
    FIELD(prom_http_metrics_opts, "method", no_method, not ),
    FIELD(prom_http_metrics_opts, "labels", labels, words),
    FIELD(prom_http_metrics_opts, "const_labels", const_labels, labels),
    FIELD(prom_http_metrics_opts, "buckets", buckets, bounds),
    FIELD(prom_http_metrics_opts, "size_buckets", size_buckets, bounds),
    FIELD(prom_http_metrics_opts, "native", native, bool),
    { NULL, NULL, 0 },
};

static int make(http_metrics *self, PyObject *registry, PyObject *options)
{
    prom_http_metrics_opts o = { .size = sizeof(o) };
    const fields tables[] = { { metrics_fields, &o }, { NULL, NULL } };
    scratch s = { NULL, NULL, NULL };
    prom_registry *r = prom__py_registry_of(registry);
    prom_err err = PROM_OK;
    int failed = !r || prom__py_fields_read(self->st, options, "HTTPMetrics", tables, &s) < 0;

    if (!failed) {
        while (o.labels && o.labels[self->labels])
            self->labels++;
        err = self->st->api->http_metrics_new(r, &o, &self->m);
    }
    prom__py_scratch_free(&s);
    return err ? (void)prom__py_raise(self->st, err), -1 : failed ? -1 : 0;
}

/* HTTPMetrics(registry, options) */
static int http_metrics_init(http_metrics *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "registry", "options", NULL };
    state *st = prom__py_state(Py_TYPE(self));
    PyObject *registry, *options;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!:HTTPMetrics", (char **)keywords,
                                     st->registry, &registry, &PyDict_Type, &options))
        return -1;
    if (self->m) {
        PyErr_SetString(PyExc_RuntimeError, "metrics cannot be initialised twice");
        return -1;
    }
    self->st = st;
    return make(self, registry, options);
}

static PyObject *http_metrics_begin(http_metrics *self, PyObject *method)
{
    exchange *x;
    const char *word;

    if (!self->m) {
        PyErr_SetString(PyExc_ValueError, "metrics are not initialised");
        return NULL;
    }
    word = PyUnicode_Check(method) ? PyUnicode_AsUTF8(method) : NULL;
    if (!word)
        PyErr_Clear(); /* what a client sends is no error: "unknown" */
    x = (exchange *)self->st->exchange->tp_alloc(self->st->exchange, 0);
    if (!x)
        return NULL;
    x->st = self->st;
    x->metrics = (http_metrics *)Py_NewRef((PyObject *)self);
    x->x = self->st->api->http_begin(self->m, word);
    return (PyObject *)x;
}

static void http_metrics_dealloc(http_metrics *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (self->m)
        self->st->api->unref(self->m);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef http_metrics_methods[] = {
    { "begin", (PyCFunction)(void (*)(void))http_metrics_begin, METH_O,
      "begin($self, method, /)\n--\n\nA request has come, or is being made: an Exchange." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot http_metrics_slots[] = {
    { Py_tp_doc, "HTTPMetrics(registry, options)\n--\n\nMetrics of an HTTP server or client." },
    { Py_tp_new, SLOT(PyType_GenericNew) },
    { Py_tp_init, SLOT(http_metrics_init) },
    { Py_tp_dealloc, SLOT(http_metrics_dealloc) },
    { Py_tp_methods, http_metrics_methods },
    { 0, NULL },
};

PyType_Spec prom__py_http_metrics_spec = {
    .name = "libprom._native.HTTPMetrics",
    .basicsize = sizeof(http_metrics),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = http_metrics_slots,
};
