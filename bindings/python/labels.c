// SPDX-License-Identifier: Apache-2.0
/* labels.c - the arguments of labels(), child() and remove(). */
#include "native.h"

/* --- arguments --------------------------------------------------------------------- */

static PyObject *labels_error(metric_box *self, const char *format)
{
    PyObject *name = prom__py_metric_str((PyObject *)self);

    if (name)
        PyErr_Format(PyExc_ValueError, format, name);
    Py_XDECREF(name);
    return NULL;
}

static PyObject *chained_error(metric_box *self)
{
    PyObject *name = prom__py_metric_str((PyObject *)self);
    PyObject *labels = PyDict_New();
    PyObject *names = PyTuple_GET_ITEM(self->desc, DESC_LABELNAMES);

    for (Py_ssize_t i = 0; labels && i < PyTuple_GET_SIZE(names); i++) {
        if (PyDict_SetItem(labels, PyTuple_GET_ITEM(names, i),
                           PyTuple_GET_ITEM(self->values, i)) < 0)
            Py_CLEAR(labels);
    }
    if (name && labels)
        PyErr_Format(PyExc_ValueError,
                     "%U already has labels set (%R); can not chain calls to .labels()", name,
                     labels);
    Py_XDECREF(name);
    Py_XDECREF(labels);
    return NULL;
}

/* A family with labels, or an exception. */
SLOW int prom__py_check_family(metric_box *self)
{
    if (self->family && !self->handle)
        return 0;
    if (self->values)
        chained_error(self);
    else if (self->desc)
        labels_error(self, "No label names were set when constructing %U");
    else
        prom__py_metric_no_series(self);
    return -1;
}

/* Borrowed: the value that was given under this name. */
static PyObject *keyword_value(PyObject *name, PyObject *const *values, PyObject *kwnames)
{
    Py_ssize_t n = PyTuple_GET_SIZE(kwnames);

    for (Py_ssize_t i = 0; i < n; i++) { /* names in source code are interned */
        if (PyTuple_GET_ITEM(kwnames, i) == name)
            return values[i];
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        if (PyUnicode_Compare(PyTuple_GET_ITEM(kwnames, i), name) == 0)
            return values[i];
    }
    return NULL;
}

static int order_keywords(metric_box *self, PyObject *const *values, PyObject *kwnames,
                          PyObject **out)
{
    PyObject *names = PyTuple_GET_ITEM(self->desc, DESC_LABELNAMES);

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        out[i] = keyword_value(PyTuple_GET_ITEM(names, i), values, kwnames);
        if (!out[i]) {
            PyErr_SetString(PyExc_ValueError, "Incorrect label names");
            return -1;
        }
    }
    return 0;
}

/* Calls find() with keyword arguments in the order of the labels. */
static SLOW PyObject *
with_keywords(metric_box *self, PyObject *const *args, Py_ssize_t n_args, PyObject *kwnames,
              PyObject *(*find)(metric_box *, PyObject *const *, Py_ssize_t))
{
    PyObject *small[PROM_PYTHON_SMALL];
    Py_ssize_t n = PyTuple_GET_SIZE(PyTuple_GET_ITEM(self->desc, DESC_LABELNAMES));
    PyObject **values, *child = NULL;

    if (n_args > 0) {
        PyErr_SetString(PyExc_ValueError, "Can't pass both *args and **kwargs");
        return NULL;
    }
    if (PyTuple_GET_SIZE(kwnames) != n) {
        PyErr_SetString(PyExc_ValueError, "Incorrect label names");
        return NULL;
    }
    values = n <= PROM_PYTHON_SMALL ? small : PyMem_New(PyObject *, (size_t)n);
    if (!values)
        return PyErr_NoMemory();
    if (order_keywords(self, args, kwnames, values) == 0)
        child = find(self, values, n);
    if (values != small)
        PyMem_Free(values);
    return child;
}

PyObject *prom__py_labels(metric_box *self, PyObject *const *args, Py_ssize_t n,
                          PyObject *kwnames)
{
    if ((!self->family || self->handle) && prom__py_check_family(self) < 0)
        return NULL;
    return kwnames ? with_keywords(self, args, n, kwnames, prom__py_find_or_make)
                   : prom__py_find_or_make(self, args, n);
}

PyObject *prom__py_child(metric_box *self, PyObject *const *args, Py_ssize_t n,
                         PyObject *kwnames)
{
    if (prom__py_check_family(self) < 0)
        return NULL;
    return kwnames ? with_keywords(self, args, n, kwnames, prom__py_find)
                   : prom__py_find(self, args, n);
}

/* --- removal ------------------------------------------------------------------------ */

/* Silent if there is no such child, as in prometheus_client. */
PyObject *prom__py_remove(metric_box *self, PyObject *const *args, Py_ssize_t n)
{
    prom_str small[PROM_PYTHON_SMALL], *strings;
    PyObject *values, *names;
    prom_err err = PROM_OK;

    if (prom__py_check_family(self) < 0)
        return NULL;
    values = prom__py_family_values(self, args, n);
    if (!values)
        return NULL;
    names = PyTuple_GET_ITEM(self->desc, DESC_LABELNAMES);
    if (n != PyTuple_GET_SIZE(names))
        PyErr_Format(PyExc_ValueError, "Incorrect label count (expected %zd, got %R)",
                     PyTuple_GET_SIZE(names), values);
    else if (prom__py_strings(values, small, &strings) == 0) {
        err = self->api->vec_remove_str(prom__py_family_vec(self->family), strings, (size_t)n);
        prom__py_strings_free(small, strings);
        (void)prom__py_family_forget(self->family, values);
    }
    Py_DECREF(values);
    if (PyErr_Occurred())
        return NULL;
    if (err && err != PROM_E_NOENT)
        return prom__py_raise(self->st, err);
    Py_RETURN_NONE;
}

/* A metric without labels keeps its one series, as in prometheus_client. */
PyObject *prom__py_clear(metric_box *self, PyObject *unused)
{
    prom_err err;

    (void)unused;
    if (self->desc && self->handle && !self->values)
        Py_RETURN_NONE;
    if (prom__py_check_family(self) < 0)
        return NULL;
    err = self->api->vec_clear(prom__py_family_vec(self->family));
    if (err)
        return prom__py_raise(self->st, err);
    prom__py_family_clear(self->family);
    Py_RETURN_NONE;
}
