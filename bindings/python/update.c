// SPDX-License-Identifier: Apache-2.0
/* update.c - the hot path: check an argument, make one call, give None. */
#include "native.h"

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS

static const signature inc_signature = { "amount", "exemplar", false };
static const signature amount_signature = { "amount", NULL, false };
static const signature value_signature = { "value", NULL, true };
static const signature observe_signature = { "amount", "exemplar", true };
static const signature sum_signature = { "amount", NULL, true };

/* The number that a call is about, `otherwise` if it was left out. -1 and an exception on
 * error, and then nothing has changed. */
static SLOW double any_number(const signature *s, metric_box *self, PyObject *const *args,
                              Py_ssize_t n, PyObject *kwnames, double otherwise)
{
    PyObject *arg;

    if (!self->handle) {
        prom__py_metric_no_series(self);
        return -1;
    }
    if (n == 1 && !kwnames)
        arg = args[0];
    else if (prom__py_one_arg(s, args, n, kwnames, &arg) < 0)
        return -1;
    if (!arg)
        return otherwise;
    /* Upstream's set() calls float(), which takes a str. */
    return s == &value_signature ? prom__py_float(arg) : PyFloat_AsDouble(arg);
}

static inline double number_of(const signature *s, metric_box *self, PyObject *const *args,
                               Py_ssize_t n, PyObject *kwnames, double otherwise)
{
    if (n == 1 && !kwnames && self->handle && PyFloat_CheckExact(args[0]))
        return PyFloat_AS_DOUBLE(args[0]);
    return any_number(s, self, args, n, kwnames, otherwise);
}

static inline bool failed(double number)
{
    return number == -1.0 && PyErr_Occurred();
}

/* --- counter ---------------------------------------------------------------------- */

static SLOW PyObject *counter_add(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *kwnames)
{
    double amount = number_of(&inc_signature, self, args, n, kwnames, 1);
    prom_err err;

    if (failed(amount))
        return NULL;
    if (amount < 0) {
        PyErr_SetString(PyExc_ValueError,
                        "Counters can only be incremented by non-negative amounts.");
        return NULL;
    }
    err = self->api->counter_add(self->handle, amount);
    if (err)
        return prom__py_raise(self->st, err);
    Py_RETURN_NONE;
}

static PyObject *counter_inc(metric_box *self, PyObject *const *args, Py_ssize_t n,
                             PyObject *kwnames)
{
    if (n > 0 || kwnames || !self->handle)
        return counter_add(self, args, n, kwnames);
    self->api->counter_inc(self->handle);
    Py_RETURN_NONE;
}

static PyObject *counter_get(metric_box *self, PyObject *unused)
{
    (void)unused;
    if (!self->handle)
        return prom__py_metric_no_series(self);
    return PyFloat_FromDouble(self->api->counter_value(self->handle));
}

static PyMethodDef counter_methods[] = {
    { "inc", FAST(counter_inc),
      "inc($self, /, amount=1, exemplar=None)\n--\n\nIncrement by an amount of 0 or more." },
    { "get", (PyCFunction)(void (*)(void))counter_get, METH_NOARGS,
      "get($self, /)\n--\n\nThe value now." },
    { NULL, NULL, 0, NULL },
};

/* --- gauge ------------------------------------------------------------------------- */

static PyObject *gauge_inc(metric_box *self, PyObject *const *args, Py_ssize_t n,
                           PyObject *kwnames)
{
    double amount = number_of(&amount_signature, self, args, n, kwnames, 1);

    if (failed(amount))
        return NULL;
    self->api->gauge_add(self->handle, amount);
    Py_RETURN_NONE;
}

static PyObject *gauge_dec(metric_box *self, PyObject *const *args, Py_ssize_t n,
                           PyObject *kwnames)
{
    double amount = number_of(&amount_signature, self, args, n, kwnames, 1);

    if (failed(amount))
        return NULL;
    self->api->gauge_add(self->handle, -amount);
    Py_RETURN_NONE;
}

static PyObject *gauge_set(metric_box *self, PyObject *const *args, Py_ssize_t n,
                           PyObject *kwnames)
{
    double value = number_of(&value_signature, self, args, n, kwnames, 0);

    if (failed(value))
        return NULL;
    self->api->gauge_set(self->handle, value);
    Py_RETURN_NONE;
}

static PyObject *gauge_get(metric_box *self, PyObject *unused)
{
    (void)unused;
    if (!self->handle)
        return prom__py_metric_no_series(self);
    return PyFloat_FromDouble(self->api->gauge_value(self->handle));
}

static PyMethodDef gauge_methods[] = {
    { "inc", FAST(gauge_inc), "inc($self, /, amount=1)\n--\n\nIncrement by an amount." },
    { "dec", FAST(gauge_dec), "dec($self, /, amount=1)\n--\n\nDecrement by an amount." },
    { "set", FAST(gauge_set), "set($self, /, value)\n--\n\nSet to a value." },
    { "get", (PyCFunction)(void (*)(void))gauge_get, METH_NOARGS,
      "get($self, /)\n--\n\nThe value now." },
    { NULL, NULL, 0, NULL },
};

/* --- histogram and summary --------------------------------------------------------- */

static PyObject *histogram_observe(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *kwnames)
{
    double amount = number_of(&observe_signature, self, args, n, kwnames, 0);

    if (failed(amount))
        return NULL;
    self->api->histogram_observe(self->handle, amount);
    Py_RETURN_NONE;
}

static PyObject *summary_observe(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *kwnames)
{
    double amount = number_of(&sum_signature, self, args, n, kwnames, 0);

    if (failed(amount))
        return NULL;
    self->api->summary_observe(self->handle, amount);
    Py_RETURN_NONE;
}

static PyMethodDef histogram_methods[] = {
    { "observe", FAST(histogram_observe),
      "observe($self, /, amount, exemplar=None)\n--\n\nObserve an amount." },
    { NULL, NULL, 0, NULL },
};

static PyMethodDef summary_methods[] = {
    { "observe", FAST(summary_observe), "observe($self, /, amount)\n--\n\nObserve an amount." },
    { NULL, NULL, 0, NULL },
};

/* --- for CPython's fast calls ------------------------------------------------------- */

/* Not what the class itself overrides. */
static int give_method(PyTypeObject *cls, PyMethodDef *def)
{
    PyObject *method;
    int failed;

    if (PyDict_GetItemString(cls->tp_dict, def->ml_name))
        return 0;
    method = PyDescr_NewMethod(cls, def);
    failed = method ? PyObject_SetAttrString((PyObject *)cls, def->ml_name, method) : -1;
    Py_XDECREF(method);
    return failed;
}

/* From 3.11 on the interpreter calls a method of a C type at half the cost, but only if the
 * method belongs to the very type of the object. The types that programs use are classes in
 * Python, so these get the methods once more, as their own. */
PyObject *prom__py_direct(PyObject *module, PyObject *cls)
{
    state *st = PyModule_GetState(module);
    PyTypeObject *type = (PyTypeObject *)cls;

    if (!PyType_Check(cls) || !PyType_IsSubtype(type, st->metric)) {
        PyErr_Format(PyExc_TypeError, "%R is no metric type", cls);
        return NULL;
    }
    for (PyTypeObject *base = type; base != st->metric;) {
        base = base->tp_base;
        for (PyMethodDef *def = base->tp_methods; def && def->ml_name; def++) {
            if (give_method(type, def) < 0)
                return NULL;
        }
    }
    return Py_NewRef(cls);
}

/* --- types --------------------------------------------------------------------------- */

#define COMMON_ARGS                                                              \
    "(name, documentation, labelnames=(), namespace='', subsystem='', unit='', " \
    "registry=..., _labelvalues=None"

/* Garbage collection and the rest is inherited from MetricWrapperBase. */
#define METRIC_SPEC(NAME, variable, table, text)                                      \
    static PyType_Slot variable##_slots[] = { { Py_tp_doc, text },                    \
                                              { Py_tp_methods, table },               \
                                              { 0, NULL } };                          \
    PyType_Spec prom__py_##variable##_spec = {                                        \
        .name = "libprom._native." NAME,                                              \
        .basicsize = sizeof(metric_box),                                              \
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE, \
        .slots = variable##_slots,                                                    \
    }

METRIC_SPEC("Counter", counter, counter_methods,
            "Counter" COMMON_ARGS ")\n--\n\nA value that only grows.");
METRIC_SPEC("Gauge", gauge, gauge_methods,
            "Gauge" COMMON_ARGS ", multiprocess_mode='all')\n--\n\n"
            "A value that goes up and down.");
METRIC_SPEC("Histogram", histogram, histogram_methods,
            "Histogram" COMMON_ARGS ", buckets=...)\n--\n\n"
            "How many observations fell into which bucket.");
METRIC_SPEC("Summary", summary, summary_methods,
            "Summary" COMMON_ARGS ", *, objectives=None, max_age=None, age_buckets=None, "
            "accuracy=None)\n--\n\nSum, count and quantiles of observations.");
