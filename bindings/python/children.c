// SPDX-License-Identifier: Apache-2.0
/* children.c - the Python objects around the series of a family.
 *
 * Equal values give the same object for as long as it is not removed: a family keeps its
 * children in a dict by their tuple of values. Series may be removed behind a family's back,
 * through another family object of the same metric, from C or Lua, or because they expired, so
 * the library is asked about a child before it is given out, and those that are gone are
 * dropped now and then. */
#include "family.h"

#define PRUNE_AT_LEAST 64 /* children of a dict that is not pruned yet */

/* --- families ------------------------------------------------------------------ */

struct family *prom__py_family_new(const prom_api *api, prom_vec *vec, PyObject *names,
                                   PyObject *constraints)
{
    const prom_opts *o = api->vec_opts(vec);
    struct family *f = PyMem_Calloc(1, sizeof(*f));

    if (!f) {
        PyErr_NoMemory();
        return NULL;
    }
    f->children = PyDict_New();
    if (!f->children) {
        PyMem_Free(f);
        return NULL;
    }
    f->vec = vec;
    f->names = Py_NewRef(names);
    f->constraints = constraints ? Py_NewRef(constraints) : NULL;
    f->prune_at = PRUNE_AT_LEAST;
    f->expires = o->ttl > 0;
    return f;
}

prom_vec *prom__py_family_vec(struct family *f)
{
    return f->vec;
}

void prom__py_family_constrain(struct family *f, PyObject *constraints)
{
    Py_XSETREF(f->constraints, Py_NewRef(constraints));
}

PyObject *prom__py_family_constraints(struct family *f)
{
    return f->constraints;
}

int prom__py_family_traverse(struct family *f, visitproc visit, void *arg)
{
    Py_VISIT(f->children);
    Py_VISIT(f->constraints);
    for (Py_ssize_t i = 0; f->fast && i < FAST_SIZE * (f->n_labels + 1); i++)
        Py_VISIT(f->fast[i]);
    return 0;
}

void prom__py_family_clear(struct family *f)
{
    prom__py_fast_clear(f);
    PyDict_Clear(f->children);
}

void prom__py_family_free(const prom_api *api, struct family *f)
{
    prom__py_fast_clear(f);
    Py_DECREF(f->children);
    Py_DECREF(f->names);
    Py_XDECREF(f->constraints);
    api->unref(f->vec);
    PyMem_Free(f);
}

int prom__py_family_forget(struct family *f, PyObject *values)
{
    int failed;

    prom__py_fast_clear(f); /* or it would keep the child's memory */
    failed = PyDict_DelItem(f->children, values);
    if (failed && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        failed = 0;
    }
    return failed;
}

/* --- children ----------------------------------------------------------------- */

int prom__py_strings(PyObject *values, prom_str *small, prom_str **out)
{
    Py_ssize_t n = PyTuple_GET_SIZE(values);

    *out = n <= PROM_PYTHON_SMALL ? small : PyMem_New(prom_str, (size_t)n);
    if (!*out) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        if (prom__py_utf8(PyTuple_GET_ITEM(values, i), &(*out)[i]) < 0) {
            prom__py_strings_free(small, *out);
            return -1;
        }
    }
    return 0;
}

void prom__py_strings_free(const prom_str *small, prom_str *strings)
{
    if (strings != small)
        PyMem_Free(strings);
}

/* A subclass that wrote __init__ wants it run for every child, with what the family was
 * made with; the native __init__ leaves a child alone. */
static int child_init(metric_box *self, PyObject *child, PyObject *values)
{
    PyObject *d = self->desc, *args, *kwargs;
    int failed = -1;

    if (Py_TYPE(self)->tp_init == prom__py_metric_init)
        return 0;
    args = PyTuple_Pack(1, PyTuple_GET_ITEM(d, DESC_ORIGINAL_NAME));
    kwargs = Py_BuildValue(
        "{sOsOsOsOsO}", "documentation", PyTuple_GET_ITEM(d, DESC_DOCUMENTATION), "labelnames",
        PyTuple_GET_ITEM(d, DESC_LABELNAMES), "namespace", PyTuple_GET_ITEM(d, DESC_NAMESPACE),
        "subsystem", PyTuple_GET_ITEM(d, DESC_SUBSYSTEM), "unit",
        PyTuple_GET_ITEM(d, DESC_UNIT));
    if (args && kwargs && PyDict_SetItemString(kwargs, "_labelvalues", values) == 0 &&
        PyDict_Update(kwargs, PyTuple_GET_ITEM(d, DESC_KWARGS)) == 0)
        failed = Py_TYPE(self)->tp_init(child, args, kwargs);
    Py_XDECREF(args);
    Py_XDECREF(kwargs);
    return failed;
}

static PyObject *child_new(metric_box *self, PyObject *values, void *series)
{
    metric_box *child = (metric_box *)Py_TYPE(self)->tp_alloc(Py_TYPE(self), 0);

    if (!child) {
        self->api->unref(series);
        return NULL;
    }
    child->api = self->api;
    child->st = self->st;
    child->kind = self->kind;
    child->handle = series;
    Py_INCREF(self->desc);
    child->desc = self->desc;
    Py_INCREF(values);
    child->values = values;
    if (prom__py_is_enum(self)) {
        prom_err err = prom__py_enter_first(self->api, series);
        if (err) {
            Py_DECREF(child);
            return prom__py_raise(self->st, err);
        }
    }
    if (child_init(self, (PyObject *)child, values) < 0)
        Py_CLEAR(child);
    return (PyObject *)child;
}

int prom__py_forget_removed(metric_box *self)
{
    struct family *f = self->family;
    PyObject *items = PyDict_Items(f->children);
    int failed = items ? 0 : -1;

    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        metric_box *child = (metric_box *)PyTuple_GET_ITEM(item, 1);
        if (!self->api->child_exposed(child->handle))
            failed = prom__py_family_forget(f, PyTuple_GET_ITEM(item, 0));
    }
    Py_XDECREF(items);
    return failed;
}

/* Children that others removed, or that expired, are dropped before there are more of them
 * than of the rest. */
static int prune(metric_box *self)
{
    struct family *f = self->family;

    if (PyDict_GET_SIZE(f->children) < f->prune_at)
        return 0;
    if (prom__py_forget_removed(self) < 0)
        return -1;
    f->prune_at = 2 * PyDict_GET_SIZE(f->children) + PRUNE_AT_LEAST;
    return 0;
}

/* Puts a new child in. When another thread, or __init__ of a subclass, was faster, its
 * child is the one: equal values, one object. */
static metric_box *dict_put(metric_box *self, PyObject *values, metric_box *old,
                            PyObject *child)
{
    metric_box *now = child ? prom__py_dict_find(self->family, values) : NULL;

    if (!child || (now && now != old)) {
        Py_XDECREF(child);
        return now;
    }
    Py_XDECREF(now);
    if (PyErr_Occurred() || prune(self) < 0 ||
        PyDict_SetItem(self->family->children, values, child) < 0)
        Py_CLEAR(child);
    return (metric_box *)child;
}

PyObject *prom__py_child_of_series(metric_box *self, PyObject *values, void *series)
{
    metric_box *old = prom__py_dict_find(self->family, values), *child = NULL;

    if (!old && PyErr_Occurred()) {
        self->api->unref(series);
        return NULL;
    }
    if (old && old->handle == series) {
        self->api->unref(series);
        return (PyObject *)old;
    }
    child = dict_put(self, values, old, child_new(self, values, series));
    Py_XDECREF(old);
    return (PyObject *)child;
}
