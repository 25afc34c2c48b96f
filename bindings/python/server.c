// SPDX-License-Identifier: Apache-2.0
/* server.c - the HTTP server of the library as an object. Its thread is not Python's. */
#include "native.h"

typedef struct server {
    PyObject_HEAD state *st;
    prom_http *http;   /* one reference; NULL before __init__ */
    PyObject *options; /* the registry and a dict: they own the collectors written in Python */
} server;

static int start(server *self, PyObject *registry, const prom_http_opts *o)
{
    prom_registry *r = prom__py_registry_of(registry);
    prom_err err;

    if (!r)
        return -1;
    Py_BEGIN_ALLOW_THREADS;
    err = self->st->api->http_start(r, o, &self->http);
    Py_END_ALLOW_THREADS;
    return err ? (void)prom__py_raise(self->st, err), -1 : 0;
}

/* Server(registry, options, created=True) */
static int server_init(server *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "registry", "options", "created", NULL };
    state *st = prom__py_state(Py_TYPE(self));
    PyObject *registry, *options;
    prom_http_opts o;
    scratch s = { NULL, NULL, NULL };
    int created = 1, failed;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!|p:Server", (char **)keywords,
                                     st->registry, &registry, &PyDict_Type, &options, &created))
        return -1;
    if (self->http) {
        PyErr_SetString(PyExc_RuntimeError, "a server cannot be initialised twice");
        return -1;
    }
    self->st = st;
    Py_XSETREF(self->options, Py_BuildValue("ON", registry, PyDict_Copy(options)));
    failed = !self->options || prom__py_http_options(st, options, created, &o, &s) < 0 ||
             start(self, registry, &o) < 0;
    prom__py_scratch_free(&s);
    return failed ? -1 : 0;
}

/* Without the GIL: a request that is waited for may be in a collector in Python. At exit one
 * that never comes back must not keep the process: its server goes with that. */
static PyObject *server_stop(server *self, PyObject *unused)
{
    (void)unused;
    if (self->http && !prom__py_gate_stuck(self->st->gate)) {
        Py_BEGIN_ALLOW_THREADS;
        self->st->api->http_stop(self->http);
        Py_END_ALLOW_THREADS;
    }
    Py_RETURN_NONE;
}

static PyObject *server_port(server *self, void *unused)
{
    (void)unused;
    return PyLong_FromLong(self->http ? self->st->api->http_port(self->http) : 0);
}

/* --- polled ------------------------------------------------------------------------------- */

/* Seconds to milliseconds, None to for ever. */
static int wait_of(PyObject *seconds, int *ms)
{
    double v;

    *ms = -1;
    if (seconds == Py_None)
        return 0;
    v = PyFloat_AsDouble(seconds);
    if (v == -1.0 && PyErr_Occurred())
        return -1;
    *ms = v > 0 ? (v < 2e6 ? (int)(v * 1e3 + 0.999) : 2000000000) : 0;
    return 0;
}

/* poll(timeout=0, budget=None). A collector that raises is in the answer. */
static PyObject *server_poll(server *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "timeout", "budget", NULL };
    PyObject *timeout = NULL, *budget = Py_None;
    double seconds = 0;
    int ms = 0;
    catcher c;
    prom_err err;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OO:poll", (char **)keywords, &timeout,
                                     &budget) ||
        (timeout && wait_of(timeout, &ms) < 0))
        return NULL;
    if (budget != Py_None) {
        seconds = PyFloat_AsDouble(budget);
        if (seconds == -1.0 && PyErr_Occurred())
            return NULL;
    }
    if (!self->http) {
        PyErr_SetString(PyExc_ValueError, "server is not initialised");
        return NULL;
    }
    prom__py_catcher_push(&c);
    if (budget == Py_None)
        err = self->st->api->http_poll(self->http, ms);
    else
        err = self->st->api->http_poll_for(
            self->http, ms,
            seconds > 0 ? (seconds < 4e3 ? (unsigned)(seconds * 1e6) : 4000000000u) : 0);
    prom__py_catcher_pop(&c);
    Py_XDECREF(c.raised);
    return err ? prom__py_raise(self->st, err) : Py_NewRef(Py_None);
}

static PyObject *server_fileno(server *self, PyObject *unused)
{
    int fd = self->http ? self->st->api->http_fd(self->http) : -1;

    (void)unused;
    if (fd >= 0)
        return PyLong_FromLong(fd);
    PyErr_SetString(PyExc_ValueError, "the server is not polled, or is stopped");
    return NULL;
}

static PyObject *server_wait(server *self, PyObject *unused)
{
    int ms = self->http ? self->st->api->http_wait_ms(self->http) : -1;

    (void)unused;
    return ms < 0 ? Py_NewRef(Py_None) : PyFloat_FromDouble(ms / 1e3);
}

/* --- type -----------------------------------------------------------------------------------
 */

static int server_traverse(server *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->options);
    return 0;
}

static int server_clear(server *self)
{
    Py_CLEAR(self->options);
    return 0;
}

static void server_dealloc(server *self)
{
    PyTypeObject *type = Py_TYPE(self);
    prom_http *http = self->http;

    PyObject_GC_UnTrack(self);
    if (http && !prom__py_gate_stuck(self->st->gate)) {
        const prom_api *api = self->st->api;
        Py_BEGIN_ALLOW_THREADS;
        api->unref(http);
        Py_END_ALLOW_THREADS;
    }
    server_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

#define NOARGS(function) (PyCFunction)(void (*)(void))(function), METH_NOARGS

static PyMethodDef server_methods[] = {
    { "stop", NOARGS(server_stop),
      "stop($self, /)\n--\n\nStop serving; no request is being served any more afterwards." },
    { "poll", (PyCFunction)(void (*)(void))server_poll, METH_VARARGS | METH_KEYWORDS,
      "poll($self, /, timeout=0, budget=None)\n--\n\nOf a polled server: serve what has "
      "arrived, waiting for it for up to `timeout` seconds (None: for ever); new work is begun "
      "only until `budget` seconds have passed." },
    { "fileno", NOARGS(server_fileno),
      "fileno($self, /)\n--\n\nOf a polled server: readable when there is something to poll "
      "for." },
    { "wait_seconds", NOARGS(server_wait),
      "wait_seconds($self, /)\n--\n\nAfter how long to poll though fileno() is not readable; "
      "None: not at all." },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef server_attributes[] = {
    { "port", (getter)server_port, NULL, "The port, 0 once it is stopped.", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot server_slots[] = {
    { Py_tp_doc, "Server(registry, options, created=True)\n--\n\nServes a registry." },
    { Py_tp_new, SLOT(PyType_GenericNew) },
    { Py_tp_init, SLOT(server_init) },
    { Py_tp_traverse, SLOT(server_traverse) },
    { Py_tp_clear, SLOT(server_clear) },
    { Py_tp_dealloc, SLOT(server_dealloc) },
    { Py_tp_methods, server_methods },
    { Py_tp_getset, server_attributes },
    { 0, NULL },
};

PyType_Spec prom__py_server_spec = {
    .name = "libprom._native.Server",
    .basicsize = sizeof(server),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = server_slots,
};
