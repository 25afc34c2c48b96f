// SPDX-License-Identifier: Apache-2.0
/* collector.c - functions written in Python that a gather calls.
 *
 * The object owns the function, so that the garbage collector sees it. The library's
 * collector owns only a `tether`, whose pointer to the function is emptied, under the gate's
 * lock, before the object lets go of it. */
#include "native.h"

struct tether {
    state *st; /* valid while `function` is not NULL */
    struct gate *gate;
    PyObject *function; /* borrowed from the object */
    PyObject *describe; /* borrowed for the time of registration, or NULL */
};

typedef struct collector {
    PyObject_HEAD state *st;
    prom_registry *r;  /* one reference each; NULL: it is registered by hand */
    prom_collector *c; /* NULL: closed */
    tether *tether;    /* owned by the prom_collector; or NULL */
    PyObject *function;
} collector;

/* --- called by the library --------------------------------------------------------------- */

void prom__py_tether_free(void *data)
{
    tether *l = data;

    prom__py_gate_unref(l->gate);
    PyMem_RawFree(l);
}

static PyObject *take_function(tether *l)
{
    PyObject *function;

    prom__py_gate_lock(l->gate);
    function = l->function;
    Py_XINCREF(function);
    prom__py_gate_unlock(l->gate);
    return function;
}

prom_err prom__py_tether_enter(tether *l, guest *v, state **st, PyObject **function)
{
    prom_err err = prom__py_visit_begin(l->gate, v);

    if (err)
        return err;
    *st = l->st;
    *function = take_function(l);
    return PROM_OK;
}

void prom__py_tether_leave(tether *l, guest *v, PyObject *function)
{
    Py_XDECREF(function);
    prom__py_visit_end(l->gate, v);
}

static prom_err call(tether *l, PyObject *function, prom_builder *b)
{
    state *st = l->st;
    PyObject *open = prom__py_builder_new(st, b);
    PyObject *result = open ? PyObject_CallFunctionObjArgs(function, open, NULL) : NULL;
    prom_err err = result ? PROM_OK : prom__py_callback_failed(st);

    if (open)
        prom__py_builder_close(open); /* scripts keep things */
    Py_XDECREF(open);
    Py_XDECREF(result);
    return err;
}

static prom_err collect(prom_builder *b, void *data)
{
    tether *l = data;
    PyObject *function;
    state *st;
    guest v;
    prom_err err = prom__py_tether_enter(l, &v, &st, &function);

    if (err == PROM_E_CLOSED)
        return PROM_OK; /* an interpreter that has ended has nothing to say */
    if (err)
        return err;
    err = function ? call(l, function, b) : PROM_OK;
    prom__py_tether_leave(l, &v, function);
    return err;
}

/* Runs where the collector is made, in the frame of prom__py_collector_new(). */
static prom_err describe(prom_builder *b, void *data)
{
    tether *l = data;
    guest v;
    prom_err err = prom__py_visit_begin(l->gate, &v);

    if (err)
        return err;
    err = call(l, l->describe, b);
    prom__py_visit_end(l->gate, &v);
    return err;
}

/* --- life --------------------------------------------------------------------------------- */

tether *prom__py_tether_new(state *st, PyObject *function)
{
    tether *l = PyMem_RawCalloc(1, sizeof(*l));

    if (!l) {
        PyErr_NoMemory();
        return NULL;
    }
    *l = (tether){ st, prom__py_gate_ref(st->gate), function, NULL };
    return l;
}

void prom__py_tether_cut(tether *l)
{
    prom__py_gate_lock(l->gate);
    l->function = NULL;
    prom__py_gate_unlock(l->gate);
}

static int start(collector *self, const char *name, PyObject *described, unsigned timeout_ms)
{
    prom_collector_opts o = { .size = sizeof(o),
                              .name = name,
                              .collect = collect,
                              .free_data = prom__py_tether_free,
                              .describe = described ? describe : NULL,
                              .timeout_ms = timeout_ms };
    catcher c;
    prom_err err;

    self->tether = prom__py_tether_new(self->st, self->function);
    if (!self->tether)
        return -1;
    self->tether->describe = described;
    o.data = self->tether;
    prom__py_catcher_push(&c);
    err = self->st->api->collector_new(self->r, &o, &self->c);
    prom__py_catcher_pop(&c);
    if (!err) {
        self->tether->describe = NULL;
        Py_XDECREF(c.raised);
        return 0;
    }
    prom__py_tether_free(self->tether);
    self->tether = NULL;
    if (c.raised)
        PyErr_SetObject((PyObject *)Py_TYPE(c.raised), c.raised);
    else
        prom__py_raise(self->st, err);
    Py_XDECREF(c.raised);
    return -1;
}

PyObject *prom__py_collector_new(state *st, prom_registry *r, PyObject *name,
                                 PyObject *function, PyObject *described, PyObject *timeout)
{
    const char *utf8 = prom__py_name(name, "name");
    collector *self;
    unsigned timeout_ms;

    if (!utf8 || prom__py_timeout(timeout, &timeout_ms) < 0)
        return NULL;
    if (described == Py_None)
        described = NULL;
    if (!PyCallable_Check(function) || (described && !PyCallable_Check(described))) {
        PyErr_SetString(PyExc_TypeError, "a collector's function must be callable");
        return NULL;
    }
    self = (collector *)st->collector->tp_alloc(st->collector, 0);
    if (!self)
        return NULL;
    self->st = st;
    self->r = st->api->ref(r);
    self->function = Py_NewRef(function);
    if (start(self, utf8, described, timeout_ms) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

PyObject *prom__py_collector_around(state *st, prom_collector *c, PyObject *function)
{
    return prom__py_collector_tethered(st, c, function, NULL);
}

PyObject *prom__py_collector_tethered(state *st, prom_collector *c, PyObject *function,
                                      tether *t)
{
    collector *self = (collector *)st->collector->tp_alloc(st->collector, 0);

    if (!self) {
        st->api->unref(c);
        return NULL;
    }
    self->st = st;
    self->c = c;
    self->tether = t;
    self->function = function ? Py_NewRef(function) : NULL;
    return (PyObject *)self;
}

prom_collector *prom__py_collector_of(PyObject *op)
{
    collector *self = (collector *)op;

    if (!self->c)
        PyErr_SetString(PyExc_ValueError, "collector is closed");
    return self->c;
}

/* Takes the function from the library. A call under way finishes; no further one begins. */
static void stop(collector *self)
{
    prom_collector *c = self->c;

    if (!c)
        return;
    self->c = NULL;
    if (self->tether) {
        prom__py_tether_cut(self->tether);
        self->tether = NULL;
    }
    if (self->r)
        (void)self->st->api->registry_remove(self->r, c); /* cleared ones have it no more */
    self->st->api->unref(c);
}

static int collector_traverse(collector *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->function);
    return 0;
}

static int collector_clear(collector *self)
{
    stop(self);
    Py_CLEAR(self->function);
    return 0;
}

static void collector_dealloc(collector *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    collector_clear(self);
    if (self->r)
        self->st->api->unref(self->r);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *collector_close(collector *self, PyObject *unused)
{
    (void)unused;
    collector_clear(self);
    Py_RETURN_NONE;
}

/* What registry._each() lists it as. */
static PyObject *collector_address(collector *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromVoidPtr(self->c);
}

static PyMethodDef collector_methods[] = {
    { "close", (PyCFunction)(void (*)(void))collector_close, METH_NOARGS,
      "close($self, /)\n--\n\nTake the collector out of its registry." },
    { "_address", (PyCFunction)(void (*)(void))collector_address, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot collector_slots[] = {
    { Py_tp_doc, "A function in a registry, for as long as this object lives." },
    { Py_tp_traverse, SLOT(collector_traverse) },
    { Py_tp_clear, SLOT(collector_clear) },
    { Py_tp_dealloc, SLOT(collector_dealloc) },
    { Py_tp_methods, collector_methods },
    { 0, NULL },
};

PyType_Spec prom__py_collector_spec = {
    .name = "libprom._native.Collector",
    .basicsize = sizeof(collector),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = collector_slots,
};
