// SPDX-License-Identifier: Apache-2.0
/* handler.c - the exposition without a socket, for servers of Python: Handler and Response. */
#include "native.h"

/* --- responses ---------------------------------------------------------------------------- */

typedef struct response {
    PyObject_HEAD state *st;
    prom_http_response *a; /* one reference */
} response;

static PyObject *response_new(state *st, prom_http_response *a)
{
    response *self = (response *)st->response->tp_alloc(st->response, 0);

    if (!self) {
        st->api->unref(a);
        return NULL;
    }
    self->st = st;
    self->a = a;
    return (PyObject *)self;
}

static void response_dealloc(response *self)
{
    PyTypeObject *type = Py_TYPE(self);

    self->st->api->unref(self->a);
    type->tp_free(self);
    Py_DECREF(type);
}

static Py_ssize_t response_length(response *self)
{
    return (Py_ssize_t)self->st->api->http_response_pieces(self->a);
}

static PyObject *response_item(response *self, Py_ssize_t i)
{
    prom_str piece;

    if (i < 0 || i >= response_length(self)) {
        PyErr_SetString(PyExc_IndexError, "no such piece");
        return NULL;
    }
    piece = self->st->api->http_response_piece(self->a, (size_t)i);
    return PyBytes_FromStringAndSize(piece.p, (Py_ssize_t)piece.n);
}

static PyObject *response_status(response *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLong(self->st->api->http_response_status(self->a));
}

static PyObject *response_headers(response *self, void *unused)
{
    const prom_label *h = self->st->api->http_response_headers(self->a);
    PyObject *list = PyList_New(0);

    (void)unused;
    for (; list && h && h->name; h++) {
        PyObject *pair = Py_BuildValue("(ss)", h->name, h->value);
        if (!pair || PyList_Append(list, pair) < 0)
            Py_CLEAR(list);
        Py_XDECREF(pair);
    }
    return list;
}

/* All pieces in one. */
static PyObject *response_body(response *self, void *unused)
{
    const prom_api *api = self->st->api;
    size_t n = api->http_response_pieces(self->a), size = 0;
    PyObject *bytes;
    char *p;

    (void)unused;
    for (size_t i = 0; i < n; i++)
        size += api->http_response_piece(self->a, i).n;
    bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    p = bytes ? PyBytes_AS_STRING(bytes) : NULL;
    for (size_t i = 0; p && i < n; i++) {
        prom_str piece = api->http_response_piece(self->a, i);
        memcpy(p, piece.p, piece.n);
        p += piece.n;
    }
    return bytes;
}

static PyGetSetDef response_attributes[] = {
    { "status", (getter)response_status, NULL, "The status code.", NULL },
    { "headers", (getter)response_headers, NULL, "Pairs of str.", NULL },
    { "body", (getter)response_body, NULL, "All of the body.", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot response_slots[] = {
    { Py_tp_doc, "The answer to a request: a sequence of the pieces of its body." },
    { Py_tp_dealloc, SLOT(response_dealloc) },
    { Py_tp_getset, response_attributes },
    { Py_tp_iter, SLOT(PySeqIter_New) },
    { Py_sq_length, SLOT(response_length) },
    { Py_sq_item, SLOT(response_item) },
    { 0, NULL },
};

PyType_Spec prom__py_response_spec = {
    .name = "libprom._native.Response",
    .basicsize = sizeof(response),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = response_slots,
};

/* --- handlers ----------------------------------------------------------------------------- */

typedef struct handler {
    PyObject_HEAD state *st;
    prom_handler *h;   /* one reference; NULL before __init__ */
    PyObject *options; /* as a server's */
} handler;

static int make(handler *self, PyObject *registry, const prom_http_opts *o)
{
    prom_registry *r = prom__py_registry_of(registry);
    prom_err err = r ? self->st->api->handler_new(r, o, &self->h) : PROM_OK;

    return err ? (void)prom__py_raise(self->st, err), -1 : r ? 0 : -1;
}

/* Handler(registry, options, created=True) */
static int handler_init(handler *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "registry", "options", "created", NULL };
    state *st = prom__py_state(Py_TYPE(self));
    PyObject *registry, *options;
    prom_http_opts o;
    scratch s = { NULL, NULL, NULL };
    int created = 1, failed;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!|p:Handler", (char **)keywords,
                                     st->registry, &registry, &PyDict_Type, &options, &created))
        return -1;
    if (self->h) {
        PyErr_SetString(PyExc_RuntimeError, "a handler cannot be initialised twice");
        return -1;
    }
    self->st = st;
    Py_XSETREF(self->options, Py_BuildValue("ON", registry, PyDict_Copy(options)));
    failed = !self->options || prom__py_http_options(st, options, created, &o, &s) < 0 ||
             make(self, registry, &o) < 0;
    prom__py_scratch_free(&s);
    return failed ? -1 : 0;
}

/* Text of a request, for whose oddities nobody is to blame: NULL where C could not have it. */
static const char *text_of(PyObject *op)
{
    Py_ssize_t n;
    const char *p = PyUnicode_Check(op) ? PyUnicode_AsUTF8AndSize(op, &n) : NULL;

    if (!p)
        PyErr_Clear();
    return p && strlen(p) == (size_t)n ? p : NULL;
}

/* The pairs of a list that C can have; the list is kept. */
static prom_label *headers_of(PyObject *pairs, scratch *s)
{
    PyObject *list = prom__py_keep(s, PySequence_List(pairs));
    Py_ssize_t n = list ? PyList_GET_SIZE(list) : 0;
    prom_label *headers = list ? prom__py_take(s, (size_t)n + 1, sizeof(*headers)) : NULL;
    size_t used = 0;

    for (Py_ssize_t i = 0; headers && i < n; i++) {
        PyObject *pair = PyList_GET_ITEM(list, i);
        const char *name, *value;
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_SetString(PyExc_TypeError, "headers must be pairs (name, value)");
            return NULL;
        }
        name = text_of(PyTuple_GET_ITEM(pair, 0));
        value = text_of(PyTuple_GET_ITEM(pair, 1));
        if (name && value)
            headers[used++] = (prom_label){ name, value };
    }
    return headers;
}

static PyObject *handle(handler *self, const prom_http_request *q)
{
    prom_http_response *a = NULL;
    catcher c;
    prom_err err;

    prom__py_catcher_push(&c);
    err = self->st->api->http_handle(self->h, q, &a);
    prom__py_catcher_pop(&c);
    Py_XDECREF(c.raised); /* it is in the answer */
    return err ? prom__py_raise(self->st, err) : response_new(self->st, a);
}

/* handle(method, target, headers=()) */
static PyObject *handler_handle(handler *self, PyObject *args)
{
    prom_http_request q = { .size = sizeof(q) };
    PyObject *method, *target, *headers = NULL, *answer = NULL;
    scratch s = { NULL, NULL, NULL };

    if (!PyArg_ParseTuple(args, "UU|O:handle", &method, &target, &headers))
        return NULL;
    if (!self->h) {
        PyErr_SetString(PyExc_ValueError, "handler is not initialised");
        return NULL;
    }
    q.method = text_of(method);
    q.target = text_of(target);
    q.method = q.method ? q.method : "";
    q.target = q.target ? q.target : "";
    q.headers = headers ? headers_of(headers, &s) : NULL;
    if (q.headers || !headers)
        answer = handle(self, &q);
    prom__py_scratch_free(&s);
    return answer;
}

static int handler_traverse(handler *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->options);
    return 0;
}

static int handler_clear(handler *self)
{
    Py_CLEAR(self->options);
    return 0;
}

static void handler_dealloc(handler *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    if (self->h)
        self->st->api->unref(self->h);
    handler_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef handler_methods[] = {
    { "handle", (PyCFunction)(void (*)(void))handler_handle, METH_VARARGS,
      "handle($self, method, target, headers=(), /)\n--\n\nThe answer to a request, whatever "
      "it "
      "is; the collectors run on this thread, all else without the GIL." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot handler_slots[] = {
    { Py_tp_doc, "Handler(registry, options, created=True)\n--\n\nAnswers requests." },
    { Py_tp_new, SLOT(PyType_GenericNew) },
    { Py_tp_init, SLOT(handler_init) },
    { Py_tp_traverse, SLOT(handler_traverse) },
    { Py_tp_clear, SLOT(handler_clear) },
    { Py_tp_dealloc, SLOT(handler_dealloc) },
    { Py_tp_methods, handler_methods },
    { 0, NULL },
};

PyType_Spec prom__py_handler_spec = {
    .name = "libprom._native.Handler",
    .basicsize = sizeof(handler),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = handler_slots,
};
