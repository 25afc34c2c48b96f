// SPDX-License-Identifier: Apache-2.0
/* views.c - families as a whole: walking over the children, making many, currying, replacing.
 *
 * A view and its family are two objects with children of their own; the series are the same. */
#include "native.h"

/* --- walking ---------------------------------------------------------------------------- */

typedef struct walk {
    metric_box *self;
    PyObject *list;
} walk;

static PyObject *text_of(prom_str s)
{
    return PyUnicode_FromStringAndSize(s.p, (Py_ssize_t)s.n);
}

static PyObject *values_tuple(const prom_label_str *labels, size_t n)
{
    PyObject *values = PyTuple_New((Py_ssize_t)n);

    for (size_t i = 0; values && i < n; i++) {
        PyObject *value = text_of(labels[i].value);
        if (value)
            PyTuple_SET_ITEM(values, (Py_ssize_t)i, value);
        else
            Py_CLEAR(values);
    }
    return values;
}

/* A prom_vec_each callback: appends (values, child). */
static prom_err append_child(void *data, void *series, const prom_label_str *labels, size_t n)
{
    walk *w = data;
    PyObject *values = values_tuple(labels, n), *child = NULL, *pair = NULL;
    int failed = -1;

    if (values)
        child = prom__py_child_of_series(w->self, values, w->self->api->ref(series));
    if (child)
        pair = PyTuple_Pack(2, values, child);
    if (pair)
        failed = PyList_Append(w->list, pair);
    Py_XDECREF(values);
    Py_XDECREF(child);
    Py_XDECREF(pair);
    return failed ? PROM_E_CALLBACK : PROM_OK;
}

PyObject *prom__py_each(metric_box *self, PyObject *unused)
{
    walk w = { self, NULL };
    prom_err err;

    (void)unused;
    if (prom__py_check_family(self) < 0)
        return NULL;
    w.list = PyList_New(0);
    if (!w.list)
        return NULL;
    err = self->api->vec_each(prom__py_family_vec(self->family), append_child, &w);
    if (!err)
        return w.list;
    Py_DECREF(w.list);
    return PyErr_Occurred() ? NULL : prom__py_raise(self->st, err);
}

/* --- many at once --------------------------------------------------------------------------
 */

/* `all` is a tuple of a tuple of str for each label, checked by the caller in Python. */
PyObject *prom__py_preset(metric_box *self, PyObject *all)
{
    PyObject *names;
    prom_label_values *labels;
    prom_err err = PROM_OK;
    Py_ssize_t n, i = 0;

    if (prom__py_check_family(self) < 0)
        return NULL;
    names = PyTuple_GET_ITEM(self->desc, DESC_LABELNAMES);
    n = PyTuple_GET_SIZE(names);
    if (!PyTuple_Check(all) || PyTuple_GET_SIZE(all) != n) {
        PyErr_SetString(PyExc_TypeError, "a tuple of values for each label is wanted");
        return NULL;
    }
    labels = PyMem_Calloc((size_t)n + 1, sizeof(*labels));
    if (!labels)
        return PyErr_NoMemory();
    for (; i < n && PyTuple_Check(PyTuple_GET_ITEM(all, i)); i++) {
        labels[i].name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, i));
        labels[i].values = labels[i].name
                               ? prom__py_name_array(PyTuple_GET_ITEM(all, i), "label value")
                               : NULL;
        if (!labels[i].values)
            break;
    }
    if (i == n)
        err = self->api->vec_preset(prom__py_family_vec(self->family), labels, (size_t)n);
    for (Py_ssize_t j = 0; j < i; j++)
        PyMem_Free((void *)(uintptr_t)labels[j].values);
    PyMem_Free(labels);
    if (err)
        prom__py_raise(self->st, err);
    else if (i < n && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "a tuple of values for each label is wanted");
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

/* `labels` is a dict; the number of children that were removed. */
PyObject *prom__py_remove_matching(metric_box *self, PyObject *labels)
{
    PyObject *strings;
    prom_label_str *array;
    size_t n = 0, removed = 0;
    prom_err err;

    if (prom__py_check_family(self) < 0)
        return NULL;
    strings = prom__py_str_values(labels);
    array = strings ? prom__py_label_strs(strings, &n) : NULL;
    if (!array) {
        Py_XDECREF(strings);
        return NULL;
    }
    err = self->api->vec_remove_matching(prom__py_family_vec(self->family), array, n, &removed);
    PyMem_Free(array);
    Py_DECREF(strings);
    if (err)
        return prom__py_raise(self->st, err);
    if (removed > 0 && prom__py_forget_removed(self) < 0)
        return NULL;
    return PyLong_FromSize_t(removed);
}

/* --- views -------------------------------------------------------------------------------- */

PyObject *prom__py_curry(metric_box *self, PyObject *labels)
{
    PyObject *strings;
    prom_label_str *array;
    prom_vec *vec = NULL;
    size_t n = 0;
    prom_err err;

    if (prom__py_check_family(self) < 0)
        return NULL;
    strings = prom__py_str_values(labels);
    array = strings ? prom__py_label_strs(strings, &n) : NULL;
    if (!array) {
        Py_XDECREF(strings);
        return NULL;
    }
    err = self->api->vec_curry(prom__py_family_vec(self->family), array, n, &vec);
    PyMem_Free(array);
    Py_DECREF(strings);
    return err ? prom__py_raise(self->st, err) : prom__py_metric_like(self, vec);
}

/* An empty family of the same description. */
PyObject *prom__py_fresh(metric_box *self, PyObject *unused)
{
    prom_vec *vec = NULL;
    prom_err err;

    (void)unused;
    if (prom__py_check_family(self) < 0)
        return NULL;
    err = self->api->vec_fresh(prom__py_family_vec(self->family), &vec);
    return err ? prom__py_raise(self->st, err) : prom__py_metric_like(self, vec);
}

PyObject *prom__py_replace(metric_box *self, PyObject *op)
{
    metric_box *fresh = (metric_box *)op;
    prom_err err;

    if (prom__py_check_family(self) < 0)
        return NULL;
    if (!PyObject_TypeCheck(op, self->st->metric)) {
        PyErr_Format(PyExc_TypeError, "%.100s is no metric", Py_TYPE(op)->tp_name);
        return NULL;
    }
    if (prom__py_check_family(fresh) < 0)
        return NULL;
    err = self->api->vec_replace(prom__py_family_vec(self->family),
                                 prom__py_family_vec(fresh->family));
    if (err)
        return prom__py_raise(self->st, err);
    prom__py_family_clear(self->family);
    prom__py_family_clear(fresh->family);
    Py_RETURN_NONE;
}
