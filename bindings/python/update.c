// SPDX-License-Identifier: Apache-2.0
/* update.c - the hot path: check an argument, make one call, give None. */
#include "native.h"

#define FAST(function) (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS

static const signature inc_signature = { "amount", "exemplar", false };
static const signature amount_signature = { "amount", NULL, false };
static const signature set_signature = { "value", NULL, true };
static const signature observe_signature = { "amount", "exemplar", true };
static const signature sum_signature = { "amount", NULL, true };

/* The number that a call is about, `otherwise` if it was left out. -1 on error, and then
 * nothing has changed. */
static int number_of(const signature *s, metric_box *self, PyObject *const *args, Py_ssize_t n,
                     PyObject *kwnames, double otherwise, double *out)
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
        *out = otherwise;
    else if (PyFloat_CheckExact(arg))
        *out = PyFloat_AS_DOUBLE(arg);
    else
        *out = PyFloat_AsDouble(arg);
    return *out == -1.0 && PyErr_Occurred() ? -1 : 0;
}

/* --- counter ---------------------------------------------------------------------- */

static PyObject *counter_add(metric_box *self, PyObject *const *args, Py_ssize_t n,
                             PyObject *kwnames)
{
    double amount;
    prom_err err;

    if (number_of(&inc_signature, self, args, n, kwnames, 1, &amount) < 0)
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
    double amount;

    if (number_of(&amount_signature, self, args, n, kwnames, 1, &amount) < 0)
        return NULL;
    self->api->gauge_add(self->handle, amount);
    Py_RETURN_NONE;
}

static PyObject *gauge_dec(metric_box *self, PyObject *const *args, Py_ssize_t n,
                           PyObject *kwnames)
{
    double amount;

    if (number_of(&amount_signature, self, args, n, kwnames, 1, &amount) < 0)
        return NULL;
    self->api->gauge_add(self->handle, -amount);
    Py_RETURN_NONE;
}

/* Takes what float() takes, numbers in a str among it. */
static PyObject *gauge_set_text(metric_box *self, PyObject *text)
{
    double value = prom__py_float(text);

    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    self->api->gauge_set(self->handle, value);
    Py_RETURN_NONE;
}

static PyObject *gauge_set(metric_box *self, PyObject *const *args, Py_ssize_t n,
                           PyObject *kwnames)
{
    double value;

    if (n == 1 && !kwnames && self->handle && PyUnicode_Check(args[0]))
        return gauge_set_text(self, args[0]);
    if (number_of(&set_signature, self, args, n, kwnames, 0, &value) < 0)
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
    double amount;

    if (number_of(&observe_signature, self, args, n, kwnames, 0, &amount) < 0)
        return NULL;
    self->api->histogram_observe(self->handle, amount);
    Py_RETURN_NONE;
}

static PyObject *summary_observe(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *kwnames)
{
    double amount;

    if (number_of(&sum_signature, self, args, n, kwnames, 0, &amount) < 0)
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

/* --- types --------------------------------------------------------------------------- */

#define COMMON_ARGS                                                              \
    "(name, documentation, labelnames=(), namespace='', subsystem='', unit='', " \
    "registry=REGISTRY, _labelvalues=None"

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
            "Histogram" COMMON_ARGS ", buckets=Histogram.DEFAULT_BUCKETS)\n--\n\n"
            "How many observations fell into which bucket.");
METRIC_SPEC("Summary", summary, summary_methods,
            "Summary" COMMON_ARGS ", *, objectives=None, max_age=None, age_buckets=None, "
            "accuracy=None)\n--\n\nSum, count and quantiles of observations.");
