// SPDX-License-Identifier: Apache-2.0
/* function.c - series whose values a function written in Python gives.
 *
 * The series owns the function: what a program keeps of a metric may be nothing at all. So
 * the garbage collector does not see this reference, and a function that refers to its own
 * unregistered metric lives until set_function(None). */
#include "native.h"

#include <stdatomic.h>

typedef struct source {
    state *st; /* valid as long as the gate lets anyone in */
    struct gate *gate;
    PyObject *function;
    _Atomic(double) last; /* what is shown when the interpreter has ended */
} source;

static prom_err take_value(source *s, double *out)
{
    PyObject *result = PyObject_CallNoArgs(s->function);

    *out = result ? prom__py_float(result) : 0; /* upstream takes what float() takes */
    Py_XDECREF(result);
    return PyErr_Occurred() ? prom__py_callback_failed(s->st) : PROM_OK;
}

static prom_err value(void *data, double *out)
{
    source *s = data;
    guest v;
    prom_err err = prom__py_visit_begin(s->gate, &v);

    if (err == PROM_E_CLOSED) {
        *out = atomic_load_explicit(&s->last, memory_order_relaxed);
        return PROM_OK;
    }
    if (err)
        return err;
    err = take_value(s, out);
    prom__py_visit_end(s->gate, &v);
    if (!err)
        atomic_store_explicit(&s->last, *out, memory_order_relaxed);
    return err;
}

/* After the interpreter's end the function is memory that is gone. */
static void source_free(void *data)
{
    source *s = data;
    guest v;

    if (prom__py_visit_begin(s->gate, &v) == PROM_OK) {
        PyObject *type, *pending, *traceback;
        PyErr_Fetch(&type, &pending, &traceback);
        Py_DECREF(s->function);
        PyErr_Restore(type, pending, traceback);
        prom__py_visit_end(s->gate, &v);
    }
    prom__py_gate_unref(s->gate);
    PyMem_RawFree(s);
}

static source *source_new(state *st, PyObject *function)
{
    source *s = PyMem_RawCalloc(1, sizeof(*s));

    if (!s) {
        PyErr_NoMemory();
        return NULL;
    }
    s->st = st;
    s->gate = prom__py_gate_ref(st->gate);
    s->function = Py_NewRef(function);
    atomic_init(&s->last, 0);
    return s;
}

PyObject *prom__py_set_function(metric_box *self, PyObject *function)
{
    prom_function f = { .size = sizeof(f), .value = value, .free_data = source_free };
    prom_err err;

    if (!self->handle)
        return prom__py_metric_no_series(self);
    if (function != Py_None && !PyCallable_Check(function)) {
        PyErr_Format(PyExc_TypeError, "a function is wanted, not %.100s",
                     Py_TYPE(function)->tp_name);
        return NULL;
    }
    if (function != Py_None) {
        f.data = source_new(self->st, function);
        if (!f.data)
            return NULL;
    }
    err = self->api->function_set(self->handle, f.data ? &f : NULL);
    if (err) {
        if (f.data)
            source_free(f.data);
        return prom__py_raise(self->st, err);
    }
    Py_RETURN_NONE;
}
