// SPDX-License-Identifier: Apache-2.0
/* delivery.c - transports written in Python: function(delivery, snapshot) for each send, and
 * function(delivery, None) when the sender ends. */
#include "native.h"

typedef struct delivery {
    PyObject_HEAD state *st;
    prom_delivery *d; /* lent for one call of the transport; NULL once that is over */
} delivery;

/* --- called by the library --------------------------------------------------------------- */

static delivery *delivery_new(state *st, prom_delivery *d)
{
    delivery *self = (delivery *)st->delivery->tp_alloc(st->delivery, 0);

    if (self) {
        self->st = st;
        self->d = d;
    }
    return self;
}

static PyObject *snapshot_or_none(state *st, const prom_snapshot *s)
{
    return s ? prom__py_snapshot_around(st, st->api->ref((void *)(uintptr_t)s), st->snapshot)
             : Py_NewRef(Py_None);
}

static prom_err call(state *st, PyObject *function, prom_delivery *d, const prom_snapshot *s)
{
    delivery *open = delivery_new(st, d);
    PyObject *snapshot = open ? snapshot_or_none(st, s) : NULL;
    PyObject *result =
        snapshot ? PyObject_CallFunctionObjArgs(function, open, snapshot, NULL) : NULL;
    prom_err err = result ? PROM_OK : prom__py_callback_failed(st);

    if (open)
        open->d = NULL; /* scripts keep things */
    Py_XDECREF(open);
    Py_XDECREF(snapshot);
    Py_XDECREF(result);
    return err;
}

prom_err prom__py_deliver(prom_delivery *d, const prom_snapshot *s, void *data)
{
    tether *l = data;
    PyObject *function;
    state *st;
    guest v;
    prom_err err = prom__py_tether_enter(l, &v, &st, &function);

    if (err == PROM_E_CLOSED)
        return prom_api_find()->fail(err, "the interpreter of the transport has ended");
    if (err)
        return err;
    err = function ? call(st, function, d, s) : PROM_OK;
    prom__py_tether_leave(l, &v, function);
    return err;
}

prom_err prom__py_deliver_end(prom_delivery *d, void *data)
{
    return prom__py_deliver(d, NULL, data);
}

/* --- type -------------------------------------------------------------------------------- */

static PyObject *delivery_left(delivery *self, void *unused)
{
    (void)unused;
    return PyFloat_FromDouble(self->d ? self->st->api->delivery_left_ms(self->d) / 1e3 : 0);
}

static PyObject *delivery_fileno(delivery *self, PyObject *unused)
{
    int fd = self->d ? self->st->api->delivery_stop_fd(self->d) : -1;

    (void)unused;
    if (fd >= 0)
        return PyLong_FromLong(fd);
    PyErr_SetString(PyExc_ValueError, "nobody can stop this delivery");
    return NULL;
}

static void delivery_dealloc(delivery *self)
{
    PyTypeObject *type = Py_TYPE(self);

    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef delivery_methods[] = {
    { "fileno", (PyCFunction)(void (*)(void))delivery_fileno, METH_NOARGS,
      "fileno($self, /)\n--\n\nA descriptor that becomes readable when the sender is being "
      "stopped, to wait for beside a socket; never read from it." },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef delivery_attributes[] = {
    { "left", (getter)delivery_left, NULL,
      "The seconds that are left; 0 when the time is over or the sender is being stopped.",
      NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot delivery_slots[] = {
    { Py_tp_doc, "One send under way, for the transport that makes it." },
    { Py_tp_dealloc, SLOT(delivery_dealloc) },
    { Py_tp_methods, delivery_methods },
    { Py_tp_getset, delivery_attributes },
    { 0, NULL },
};

PyType_Spec prom__py_delivery_spec = {
    .name = "libprom._native.Delivery",
    .basicsize = sizeof(delivery),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = delivery_slots,
};
