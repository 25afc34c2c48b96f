// SPDX-License-Identifier: Apache-2.0
/* server.c - the HTTP server of the library as an object. Its thread is not Python's. */
#include "native.h"

/* OpenMetrics without _created lines, as an encoder like the others. */
static prom_err encode_without_created(const prom_snapshot *s, const prom_encode_opts *o,
                                       const prom_writer *w)
{
    prom_encode_opts without = *o;

    without.no_created = true;
    return prom_api_find()->encoder_find("openmetrics")->encode(s, &without, w);
}

static const prom_encoder openmetrics_without = {
    "openmetrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", true,
    encode_without_created
};

static const prom_encoder openmetrics_0_without = {
    "openmetrics0", "application/openmetrics-text; version=0.0.1; charset=utf-8", true,
    encode_without_created
};

typedef struct server {
    PyObject_HEAD state *st;
    prom_http *http;    /* one reference; NULL before __init__ */
    PyObject *registry; /* owns the collectors written in Python */
} server;

static int start(server *self, PyObject *registry, const prom_http_opts *o)
{
    prom_registry *r;
    prom_err err;

    if (!PyObject_TypeCheck(registry, self->st->registry)) {
        PyErr_Format(PyExc_TypeError, "%.100s is no registry", Py_TYPE(registry)->tp_name);
        return -1;
    }
    r = prom__py_registry_of(registry);
    if (!r)
        return -1;
    Py_BEGIN_ALLOW_THREADS err = self->st->api->http_start(r, o, &self->http);
    Py_END_ALLOW_THREADS if (err)
    {
        prom__py_raise(self->st, err);
        return -1;
    }
    self->registry = Py_NewRef(registry);
    return 0;
}

/* The usual formats; 6 with the NULL at the end. */
static void offer_without_created(const prom_api *api, const prom_encoder **offer)
{
    *offer++ = api->text;
    *offer++ = api->encoder_find("text1");
    *offer++ = &openmetrics_without;
    *offer++ = &openmetrics_0_without;
    *offer++ = api->encoder_find("protobuf");
    *offer = NULL;
}

static int server_init(server *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = {
        "registry", "port", "addr", "path", "created", NULL
    };
    prom_http_opts o = { .size = sizeof(o) };
    const prom_encoder *offer[6] = { NULL };
    PyObject *registry;
    int port = 0, created = 1;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|izzp:Server", (char **)keywords,
                                     &registry, &port, &o.address, &o.path, &created))
        return -1;
    if (self->http) {
        PyErr_SetString(PyExc_RuntimeError, "a server cannot be initialised twice");
        return -1;
    }
    if (port < 0 || port > 65535) {
        PyErr_SetString(PyExc_OverflowError, "port must be 0-65535");
        return -1;
    }
    o.port = (uint16_t)port;
    self->st = prom__py_state(Py_TYPE(self));
    if (!created) {
        offer_without_created(self->st->api, offer);
        o.offer = offer;
    }
    return start(self, registry, &o);
}

/* Without the GIL: a request that is waited for may be in a collector in Python. At exit one
 * that never comes back must not keep the process: its server goes with that. */
static PyObject *server_stop(server *self, PyObject *unused)
{
    (void)unused;
    if (self->http && !prom__py_gate_stuck(self->st->gate)) {
        Py_BEGIN_ALLOW_THREADS self->st->api->http_stop(self->http);
        Py_END_ALLOW_THREADS
    }
    Py_RETURN_NONE;
}

static PyObject *server_port(server *self, void *unused)
{
    (void)unused;
    return PyLong_FromLong(self->http ? self->st->api->http_port(self->http) : 0);
}

static int server_traverse(server *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->registry);
    return 0;
}

static int server_clear(server *self)
{
    Py_CLEAR(self->registry);
    return 0;
}

static void server_dealloc(server *self)
{
    PyTypeObject *type = Py_TYPE(self);
    prom_http *http = self->http;

    PyObject_GC_UnTrack(self);
    if (http && !prom__py_gate_stuck(self->st->gate)) {
        const prom_api *api = self->st->api;
        Py_BEGIN_ALLOW_THREADS api->unref(http);
        Py_END_ALLOW_THREADS
    }
    server_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef server_methods[] = {
    { "stop", (PyCFunction)(void (*)(void))server_stop, METH_NOARGS,
      "stop($self, /)\n--\n\nStop serving; no request is being served any more afterwards." },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef server_attributes[] = {
    { "port", (getter)server_port, NULL, "The port, 0 once it is stopped.", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot server_slots[] = {
    { Py_tp_doc, "Server(registry, port=0, addr=None, path=None, created=True)\n--\n\nServes a "
                 "registry." },
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
