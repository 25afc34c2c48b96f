// SPDX-License-Identifier: Apache-2.0
/* labels.c - from label values to children, which is half of the hot path of most programs.
 *
 * Equal values give the same object for as long as it is not removed: a family keeps its
 * children in a dict by their tuple of values. In front of the dict stands a small table
 * keyed by the addresses of the str objects, since programs mostly give literals: a hit
 * there makes no tuple and hashes nothing.
 *
 * Series may be removed behind a family's back, through another family object of the same
 * metric or from C or Lua, so the library is asked about a child before it is given out. */
#include "native.h"

#include <string.h>

#define FAST_SIZE   256 /* entries of the table; a power of two */
#define FAST_LABELS 4   /* a metric with more labels has no table */

struct family {
    prom_vec *vec;      /* one reference */
    PyObject *children; /* {values: child} */
    PyObject **fast;    /* FAST_SIZE entries of a child and its values; made on first use */
    Py_ssize_t n_labels;
};

struct family *prom__py_family_new(prom_vec *vec)
{
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
    return f;
}

prom_vec *prom__py_family_vec(struct family *f)
{
    return f->vec;
}

/* --- the table of addresses ----------------------------------------------- */

#ifdef Py_GIL_DISABLED /* the table would need a lock, which costs what it saves */

static metric_box *fast_find(const struct family *f, PyObject *const *values, Py_ssize_t n)
{
    (void)f, (void)values, (void)n;
    return NULL;
}

static void fast_put(struct family *f, PyObject *const *values, Py_ssize_t n, metric_box *child)
{
    (void)f, (void)values, (void)n, (void)child;
}

#else

static PyObject **fast_entry(const struct family *f, PyObject *const *values, Py_ssize_t n)
{
    uintptr_t h = 0;

    for (Py_ssize_t i = 0; i < n; i++)
        h = h * 31 + ((uintptr_t)values[i] >> 4);
    h ^= h >> 8;
    return f->fast + (h & (FAST_SIZE - 1)) * (size_t)(f->n_labels + 1);
}

/* An entry holds its str objects, so an address in it cannot be another object's by now. */
static metric_box *fast_find(const struct family *f, PyObject *const *values, Py_ssize_t n)
{
    PyObject **entry;

    if (!f->fast || n != f->n_labels)
        return NULL;
    entry = fast_entry(f, values, n);
    for (Py_ssize_t i = 0; i < n; i++) {
        if (entry[1 + i] != values[i])
            return NULL;
    }
    return (metric_box *)entry[0];
}

static void fast_put(struct family *f, PyObject *const *values, Py_ssize_t n, metric_box *child)
{
    PyObject **entry;

    if (n > FAST_LABELS)
        return;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (!PyUnicode_CheckExact(values[i])) /* may be mutable, or str() of it may change */
            return;
    }
    if (!f->fast) {
        f->n_labels = n;
        f->fast = PyMem_Calloc(FAST_SIZE * (size_t)(n + 1), sizeof(*f->fast));
        if (!f->fast)
            return; /* slower, not wrong */
    }
    entry = fast_entry(f, values, n);
    for (Py_ssize_t i = 0; i < n; i++) {
        Py_INCREF(values[i]);
        Py_XSETREF(entry[1 + i], values[i]);
    }
    Py_INCREF(child);
    Py_XSETREF(entry[0], (PyObject *)child);
}

#endif

static void fast_clear(struct family *f)
{
    PyObject **fast = f->fast;

    f->fast = NULL; /* first: what a decref runs may come back here */
    for (Py_ssize_t i = 0; fast && i < FAST_SIZE * (f->n_labels + 1); i++)
        Py_XDECREF(fast[i]);
    PyMem_Free(fast);
}

/* --- life ------------------------------------------------------------------ */

int prom__py_family_traverse(struct family *f, visitproc visit, void *arg)
{
    Py_VISIT(f->children);
    for (Py_ssize_t i = 0; f->fast && i < FAST_SIZE * (f->n_labels + 1); i++)
        Py_VISIT(f->fast[i]);
    return 0;
}

void prom__py_family_clear(struct family *f)
{
    fast_clear(f);
    PyDict_Clear(f->children);
}

void prom__py_family_free(const prom_api *api, struct family *f)
{
    fast_clear(f);
    Py_DECREF(f->children);
    api->unref(f->vec);
    PyMem_Free(f);
}

/* --- children ----------------------------------------------------------------- */

/* The series of these values: a reference, or NULL and an exception. */
static void *series_of(metric_box *self, PyObject *values)
{
    size_t n = (size_t)PyTuple_GET_SIZE(values);
    prom_str small[8], *strings = n <= 8 ? small : PyMem_New(prom_str, n);
    void *series = NULL;
    prom_err err = PROM_OK;
    size_t i = 0;

    if (!strings)
        return PyErr_NoMemory();
    while (i < n && prom__py_utf8(PyTuple_GET_ITEM(values, (Py_ssize_t)i), &strings[i]) == 0)
        i++;
    if (i == n)
        err = self->api->vec_with(self->family->vec, strings, n, &series);
    if (strings != small)
        PyMem_Free(strings);
    return err ? prom__py_raise(self->st, err) : series;
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
    if (child_init(self, (PyObject *)child, values) < 0)
        Py_CLEAR(child);
    return (PyObject *)child;
}

/* The child in the dict, one reference; NULL without an exception if there is none. */
static metric_box *dict_find(const struct family *f, PyObject *values)
{
    PyObject *child = NULL;

#if PY_VERSION_HEX >= 0x030D0000
    if (PyDict_GetItemRef(f->children, values, &child) < 0)
        return NULL;
#else
    child = PyDict_GetItemWithError(f->children, values);
    Py_XINCREF(child);
#endif
    return (metric_box *)child;
}

/* Puts a new child in. When another thread, or __init__ of a subclass, was faster, its
 * child is the one: equal values, one object. */
static metric_box *dict_put(struct family *f, PyObject *values, metric_box *old,
                            PyObject *child)
{
    metric_box *now = child ? dict_find(f, values) : NULL;

    if (!child || (now && now != old)) {
        Py_XDECREF(child);
        return now;
    }
    Py_XDECREF(now);
    if (PyErr_Occurred() || PyDict_SetItem(f->children, values, child) < 0)
        Py_CLEAR(child);
    return (metric_box *)child;
}

/* The child in the dict if its series is the one exposed now, else a new one. */
static metric_box *child_of(metric_box *self, PyObject *values)
{
    metric_box *old = dict_find(self->family, values), *child = NULL;
    void *series;

    if (!old && PyErr_Occurred())
        return NULL;
    if (old && self->api->child_exposed(old->handle))
        return old;
    series = series_of(self, values);
    if (series)
        child = dict_put(self->family, values, old, child_new(self, values, series));
    Py_XDECREF(old);
    return child;
}

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
static SLOW int check_family(metric_box *self)
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

static SLOW PyObject *labels_positional(metric_box *self, PyObject *const *args, Py_ssize_t n)
{
    PyObject *values;
    metric_box *child;

    if (n != PyTuple_GET_SIZE(PyTuple_GET_ITEM(self->desc, DESC_LABELNAMES))) {
        PyErr_SetString(PyExc_ValueError, "Incorrect label count");
        return NULL;
    }
    values = prom__py_values(args, n);
    child = values ? child_of(self, values) : NULL;
    Py_XDECREF(values);
    if (child)
        fast_put(self->family, args, n, child);
    return (PyObject *)child;
}

static PyObject *find_or_make(metric_box *self, PyObject *const *args, Py_ssize_t n)
{
    metric_box *child = fast_find(self->family, args, n);

    if (child && self->api->child_exposed(child->handle))
        return Py_NewRef((PyObject *)child);
    return labels_positional(self, args, n);
}

static SLOW PyObject *labels_keywords(metric_box *self, PyObject *const *args,
                                      Py_ssize_t n_args, PyObject *kwnames)
{
    PyObject *small[8];
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
    values = n <= 8 ? small : PyMem_New(PyObject *, (size_t)n);
    if (!values)
        return PyErr_NoMemory();
    if (order_keywords(self, args, kwnames, values) == 0)
        child = find_or_make(self, values, n);
    if (values != small)
        PyMem_Free(values);
    return child;
}

PyObject *prom__py_labels(metric_box *self, PyObject *const *args, Py_ssize_t n,
                          PyObject *kwnames)
{
    if ((!self->family || self->handle) && check_family(self) < 0)
        return NULL;
    return kwnames ? labels_keywords(self, args, n, kwnames) : find_or_make(self, args, n);
}

/* --- removal ------------------------------------------------------------------------ */

static prom_err remove_series(metric_box *self, PyObject *values)
{
    size_t n = (size_t)PyTuple_GET_SIZE(values);
    prom_str *strings = PyMem_New(prom_str, n ? n : 1);
    prom_err err = PROM_E_NOMEM;
    size_t i = 0;

    while (strings && i < n &&
           prom__py_utf8(PyTuple_GET_ITEM(values, (Py_ssize_t)i), &strings[i]) == 0)
        i++;
    if (strings && i == n)
        err = self->api->vec_remove_str(self->family->vec, strings, n);
    PyMem_Free(strings);
    return err;
}

/* Silent if there is no such child, as in prometheus_client. */
PyObject *prom__py_remove(metric_box *self, PyObject *const *args, Py_ssize_t n)
{
    PyObject *values, *names;
    prom_err err;

    if (check_family(self) < 0)
        return NULL;
    values = prom__py_values(args, n);
    if (!values)
        return NULL;
    names = PyTuple_GET_ITEM(self->desc, DESC_LABELNAMES);
    if (n != PyTuple_GET_SIZE(names)) {
        PyErr_Format(PyExc_ValueError, "Incorrect label count (expected %zd, got %R)",
                     PyTuple_GET_SIZE(names), values);
        Py_DECREF(values);
        return NULL;
    }
    err = remove_series(self, values);
    fast_clear(self->family); /* or it would keep the child's memory */
    if (!PyErr_Occurred() && PyDict_DelItem(self->family->children, values) < 0 &&
        PyErr_ExceptionMatches(PyExc_KeyError))
        PyErr_Clear();
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
    if (check_family(self) < 0)
        return NULL;
    err = self->api->vec_clear(self->family->vec);
    if (err)
        return prom__py_raise(self->st, err);
    prom__py_family_clear(self->family);
    Py_RETURN_NONE;
}
