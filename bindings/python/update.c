// SPDX-License-Identifier: Apache-2.0
/* update.c - the hot path: check an argument, make one call, give None. */
#include "native.h"

#define FAST(function)   (PyCFunction)(void (*)(void))(function), METH_FASTCALL | METH_KEYWORDS
#define NOARGS(function) (PyCFunction)(void (*)(void))(function), METH_NOARGS
#define ONE(function)    (PyCFunction)(void (*)(void))(function), METH_O

static const signature inc_signature = { "amount", "exemplar", false };
static const signature amount_signature = { "amount", NULL, false };
static const signature value_signature = { "value", NULL, true };
static const signature observe_signature = { "amount", "exemplar", true };
static const signature sum_signature = { "amount", NULL, true };
static const signature times_signature = { "amount", "n", true };

/* The number that a call is about, 1 if it was left out, and the second argument. -1 and an
 * exception on error, and then nothing has changed. */
static double number_of(const signature *s, metric_box *self, PyObject *const *args,
                        Py_ssize_t n, PyObject *kwnames, PyObject **second)
{
    PyObject *arg;

    if (!self->handle) {
        prom__py_metric_no_series(self);
        return -1;
    }
    if (prom__py_two_args(s, args, n, kwnames, &arg, second) < 0)
        return -1;
    if (!arg)
        return 1;
    /* Upstream's set() calls float(), which takes a str. */
    return s == &value_signature ? prom__py_float(arg) : PyFloat_AsDouble(arg);
}

static inline bool failed(double number)
{
    return number == -1.0 && PyErr_Occurred();
}

/* A call with one float and nothing else. */
static inline bool plain(const metric_box *self, PyObject *const *args, Py_ssize_t n,
                         PyObject *kwnames)
{
    return n == 1 && !kwnames && self->handle && PyFloat_CheckExact(args[0]);
}

/* None and {} are no exemplar. */
static bool has_exemplar(PyObject *exemplar)
{
    return exemplar && exemplar != Py_None &&
           !(PyDict_Check(exemplar) && PyDict_GET_SIZE(exemplar) == 0);
}

static PyObject *done(metric_box *self, prom_err err)
{
    if (err)
        return prom__py_raise(self->st, err);
    Py_RETURN_NONE;
}

/* --- counter ---------------------------------------------------------------------- */

static PyObject *counter_add_exemplar(metric_box *self, double amount, PyObject *exemplar)
{
    prom_label *labels = prom__py_label_array(exemplar, "exemplar");
    prom_err err;

    if (!labels)
        return NULL;
    err = self->api->counter_add_exemplar(self->handle, amount, labels);
    PyMem_Free(labels);
    return done(self, err);
}

static SLOW PyObject *counter_add_any(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                      PyObject *kwnames)
{
    PyObject *exemplar = NULL;
    double amount = number_of(&inc_signature, self, args, n, kwnames, &exemplar);

    if (failed(amount))
        return NULL;
    if (amount < 0) {
        PyErr_SetString(PyExc_ValueError,
                        "Counters can only be incremented by non-negative amounts.");
        return NULL;
    }
    if (has_exemplar(exemplar))
        return counter_add_exemplar(self, amount, exemplar);
    return done(self, self->api->counter_add(self->handle, amount));
}

/* What the library refuses has changed nothing, and is said the slow way. */
static SLOW PyObject *counter_add(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                  PyObject *kwnames)
{
    if (!plain(self, args, n, kwnames) ||
        self->api->counter_add(self->handle, PyFloat_AS_DOUBLE(args[0])))
        return counter_add_any(self, args, n, kwnames);
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

#define SET_FUNCTION                                                             \
    {                                                                            \
        "set_function", ONE(prom__py_set_function),                              \
            "set_function($self, f, /)\n--\n\n"                                  \
            "Ask f() for the value at each gather; None: keep the value it has." \
    }

static PyMethodDef counter_methods[] = {
    { "inc", FAST(counter_inc),
      "inc($self, /, amount=1, exemplar=None)\n--\n\n"
      "Increment by an amount of 0 or more; exemplar is a dict of labels." },
    { "get", NOARGS(counter_get), "get($self, /)\n--\n\nThe value now." },
    SET_FUNCTION,
    { NULL, NULL, 0, NULL },
};

/* --- gauge, unknown ------------------------------------------------------------------ */

static SLOW PyObject *gauge_add_any(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                    PyObject *kwnames, double sign)
{
    PyObject *none;
    double amount = number_of(&amount_signature, self, args, n, kwnames, &none);

    if (failed(amount))
        return NULL;
    self->api->gauge_add(self->handle, sign * amount);
    Py_RETURN_NONE;
}

static PyObject *gauge_inc(metric_box *self, PyObject *const *args, Py_ssize_t n,
                           PyObject *kwnames)
{
    if (!plain(self, args, n, kwnames))
        return gauge_add_any(self, args, n, kwnames, 1);
    self->api->gauge_add(self->handle, PyFloat_AS_DOUBLE(args[0]));
    Py_RETURN_NONE;
}

static PyObject *gauge_dec(metric_box *self, PyObject *const *args, Py_ssize_t n,
                           PyObject *kwnames)
{
    if (!plain(self, args, n, kwnames))
        return gauge_add_any(self, args, n, kwnames, -1);
    self->api->gauge_add(self->handle, -PyFloat_AS_DOUBLE(args[0]));
    Py_RETURN_NONE;
}

static SLOW PyObject *gauge_set_any(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                    PyObject *kwnames)
{
    PyObject *none;
    double value = number_of(&value_signature, self, args, n, kwnames, &none);

    if (failed(value))
        return NULL;
    self->api->gauge_set(self->handle, value);
    Py_RETURN_NONE;
}

static PyObject *gauge_set(metric_box *self, PyObject *const *args, Py_ssize_t n,
                           PyObject *kwnames)
{
    if (!plain(self, args, n, kwnames))
        return gauge_set_any(self, args, n, kwnames);
    self->api->gauge_set(self->handle, PyFloat_AS_DOUBLE(args[0]));
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
    { "get", NOARGS(gauge_get), "get($self, /)\n--\n\nThe value now." },
    SET_FUNCTION,
    { NULL, NULL, 0, NULL },
};

/* --- histogram and summary --------------------------------------------------------- */

static PyObject *observe_exemplar(metric_box *self, double amount, PyObject *exemplar)
{
    prom_label *labels = prom__py_label_array(exemplar, "exemplar");
    prom_err err;

    if (!labels)
        return NULL;
    err = self->api->histogram_observe_exemplar(self->handle, amount, labels);
    PyMem_Free(labels);
    return done(self, err);
}

static SLOW PyObject *histogram_observe_any(metric_box *self, PyObject *const *args,
                                            Py_ssize_t n, PyObject *kwnames)
{
    PyObject *exemplar = NULL;
    double amount = number_of(&observe_signature, self, args, n, kwnames, &exemplar);

    if (failed(amount))
        return NULL;
    if (has_exemplar(exemplar))
        return observe_exemplar(self, amount, exemplar);
    self->api->histogram_observe(self->handle, amount);
    Py_RETURN_NONE;
}

static PyObject *histogram_observe(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                   PyObject *kwnames)
{
    if (!plain(self, args, n, kwnames))
        return histogram_observe_any(self, args, n, kwnames);
    self->api->histogram_observe(self->handle, PyFloat_AS_DOUBLE(args[0]));
    Py_RETURN_NONE;
}

static SLOW PyObject *summary_observe_any(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                          PyObject *kwnames)
{
    PyObject *none;
    double amount = number_of(&sum_signature, self, args, n, kwnames, &none);

    if (failed(amount))
        return NULL;
    self->api->summary_observe(self->handle, amount);
    Py_RETURN_NONE;
}

static PyObject *summary_observe(metric_box *self, PyObject *const *args, Py_ssize_t n,
                                 PyObject *kwnames)
{
    if (!plain(self, args, n, kwnames))
        return summary_observe_any(self, args, n, kwnames);
    self->api->summary_observe(self->handle, PyFloat_AS_DOUBLE(args[0]));
    Py_RETURN_NONE;
}

static PyObject *observe_n(metric_box *self, PyObject *const *args, Py_ssize_t n,
                           PyObject *kwnames)
{
    PyObject *times = NULL;
    double amount = number_of(&times_signature, self, args, n, kwnames, &times);
    uint64_t count;

    if (failed(amount))
        return NULL;
    if (!times) {
        PyErr_SetString(PyExc_TypeError, "missing argument 'n'");
        return NULL;
    }
    count = PyLong_AsUnsignedLongLong(times);
    if (PyErr_Occurred())
        return NULL;
    if (self->kind->type == PROM_HISTOGRAM)
        self->api->histogram_observe_n(self->handle, amount, count);
    else
        self->api->summary_observe_n(self->handle, amount, count);
    Py_RETURN_NONE;
}

#define OBSERVE_MORE                                                                     \
    { "observe_n", FAST(observe_n),                                                      \
      "observe_n($self, /, amount, n)\n--\n\nObserve an amount n times over." },         \
    {                                                                                    \
        "observe_many", ONE(prom__py_observe_many),                                      \
            "observe_many($self, amounts, /)\n--\n\n"                                    \
            "Observe all of a buffer of numbers (array, numpy, memoryview) or iterable." \
    }

static PyMethodDef histogram_methods[] = {
    { "observe", FAST(histogram_observe),
      "observe($self, /, amount, exemplar=None)\n--\n\n"
      "Observe an amount; exemplar is a dict of labels." },
    OBSERVE_MORE,
    { NULL, NULL, 0, NULL },
};

static PyMethodDef summary_methods[] = {
    { "observe", FAST(summary_observe), "observe($self, /, amount)\n--\n\nObserve an amount." },
    OBSERVE_MORE,
    { NULL, NULL, 0, NULL },
};

/* --- types --------------------------------------------------------------------------- */

PROM_PYTHON_METRIC_SPEC("Counter", counter, counter_methods, PROM_PYTHON_OPTIONS,
                        "A value that only grows.");
PROM_PYTHON_METRIC_SPEC("Gauge", gauge, gauge_methods,
                        ", multiprocess_mode='all'" PROM_PYTHON_OPTIONS,
                        "A value that goes up and down.");
PROM_PYTHON_METRIC_SPEC("Unknown", unknown, gauge_methods, PROM_PYTHON_OPTIONS,
                        "A value that may be of any type.");
PROM_PYTHON_METRIC_SPEC("Histogram", histogram, histogram_methods,
                        ", buckets=..." PROM_PYTHON_OPTIONS
                        ", nan='drop', native_factor=None, native_zero_threshold=None, "
                        "native_max_buckets=None, native_min_reset=None, "
                        "native_max_zero_threshold=None, native_max_exemplars=None, "
                        "native_exemplar_ttl=None",
                        "How many observations fell into which bucket.");
PROM_PYTHON_METRIC_SPEC("Summary", summary, summary_methods,
                        PROM_PYTHON_OPTIONS
                        ", nan='drop', objectives=None, max_age=None, age_buckets=None, "
                        "accuracy=None",
                        "Sum, count and quantiles of observations.");
