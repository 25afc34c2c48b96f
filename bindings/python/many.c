// SPDX-License-Identifier: Apache-2.0
/* many.c - observing many values in one call.
 *
 * Whatever is given is checked and, if it must be, copied whole before anything is observed. */
#include "native.h"

static void observe(metric_box *self, const double *values, size_t n)
{
    if (self->kind->type == PROM_HISTOGRAM)
        self->api->histogram_observe_many(self->handle, values, n);
    else
        self->api->summary_observe_many(self->handle, values, n);
}

/* One native format character without a byte order, or NULL. */
static const char *plain_format(const Py_buffer *view)
{
    const char *format = view->format ? view->format : "B";

    if (*format == '@' || *format == '=')
        format++;
#if PY_LITTLE_ENDIAN
    else if (*format == '<')
        format++;
#else
    else if (*format == '>' || *format == '!')
        format++;
#endif
    return format[0] && !format[1] ? format : NULL;
}

static bool is_double(const Py_buffer *view)
{
    const char *format = plain_format(view);

    return format && *format == 'd' && view->itemsize == sizeof(double);
}

static bool is_float(const Py_buffer *view)
{
    const char *format = plain_format(view);

    return format && *format == 'f' && view->itemsize == sizeof(float);
}

static PyObject *observe_floats(metric_box *self, const float *values, size_t n)
{
    double chunk[512];

    while (n > 0) {
        size_t part = n < 512 ? n : 512;
        for (size_t i = 0; i < part; i++)
            chunk[i] = (double)values[i];
        observe(self, chunk, part);
        values += part;
        n -= part;
    }
    Py_RETURN_NONE;
}

static PyObject *observe_iterable(metric_box *self, PyObject *iterable)
{
    PyObject *items = PySequence_Fast(iterable, "a buffer or an iterable of numbers is wanted");
    Py_ssize_t n = items ? PySequence_Fast_GET_SIZE(items) : 0, i = 0;
    double *values = items ? PyMem_New(double, (size_t)n + 1) : NULL;
    PyObject *result = NULL;

    if (items && !values)
        PyErr_NoMemory();
    /* __float__ of an item may change a list that was given. */
    while (values && i < n && i < PySequence_Fast_GET_SIZE(items)) {
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(items, i));
        values[i] = PyFloat_AsDouble(item);
        Py_DECREF(item);
        if (values[i++] == -1.0 && PyErr_Occurred())
            break;
    }
    if (values && !PyErr_Occurred()) {
        observe(self, values, (size_t)i);
        result = Py_NewRef(Py_None);
    }
    PyMem_Free(values);
    Py_XDECREF(items);
    return result;
}

/* NULL without an exception: no buffer of a kind that is read as it lies. */
static PyObject *observe_buffer(metric_box *self, PyObject *amounts)
{
    PyObject *result = NULL;
    Py_buffer view;

    if (PyObject_GetBuffer(amounts, &view, PyBUF_ND | PyBUF_FORMAT) < 0) {
        PyErr_Clear(); /* with gaps between the items: they are read one by one */
        return NULL;
    }
    if (is_double(&view)) {
        observe(self, view.buf, (size_t)view.len / sizeof(double));
        result = Py_NewRef(Py_None);
    } else if (is_float(&view)) {
        result = observe_floats(self, view.buf, (size_t)view.len / sizeof(float));
    }
    PyBuffer_Release(&view);
    return result;
}

PyObject *prom__py_observe_many(metric_box *self, PyObject *amounts)
{
    PyObject *result = NULL;

    if (!self->handle)
        return prom__py_metric_no_series(self);
    if (PyUnicode_Check(amounts) || PyBytes_Check(amounts) || PyByteArray_Check(amounts)) {
        PyErr_Format(PyExc_TypeError,
                     "a buffer or an iterable of numbers is wanted, not %.100s",
                     Py_TYPE(amounts)->tp_name);
        return NULL;
    }
    if (PyObject_CheckBuffer(amounts))
        result = observe_buffer(self, amounts);
    return result || PyErr_Occurred() ? result : observe_iterable(self, amounts);
}
