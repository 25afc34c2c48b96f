// SPDX-License-Identifier: Apache-2.0
/* children.c - from label values to children, which is half of the hot path of most programs.
 *
 * Equal values give the same object for as long as it is not removed: a family keeps its
 * children in a dict by their tuple of values. In front of the dict stands a small table
 * keyed by the addresses of the str objects, since programs mostly give literals: a hit
 * there makes no tuple and hashes nothing.
 *
 * Series may be removed behind a family's back, through another family object of the same
 * metric, from C or Lua, or because they expired, so the library is asked about a child before
 * it is given out. */
#include "native.h"

#include <string.h>

#define FAST_SIZE      256 /* entries of the table; a power of two */
#define FAST_LABELS    4   /* a metric with more labels has no table */
#define PRUNE_AT_LEAST 64  /* children of a dict that is not pruned yet */

struct family {
    prom_vec *vec;         /* one reference */
    PyObject *names;       /* of the labels */
    PyObject *constraints; /* {label: frozenset or function}, or NULL */
    PyObject *children;    /* {values: child} */
    PyObject **fast;       /* FAST_SIZE entries of a child and its values; made on first use */
    Py_ssize_t n_labels, prune_at;
    bool expires; /* ttl: the library must hear of every look-up */
};

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
    Py_VISIT(f->constraints);
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
    Py_DECREF(f->names);
    Py_XDECREF(f->constraints);
    api->unref(f->vec);
    PyMem_Free(f);
}

int prom__py_family_forget(struct family *f, PyObject *values)
{
    int failed;

    fast_clear(f); /* or it would keep the child's memory */
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

/* The series of these values: a reference, or NULL and an exception. */
static void *series_of(metric_box *self, PyObject *values)
{
    prom_str small[PROM_PYTHON_SMALL], *strings;
    void *series = NULL;
    prom_err err;

    if (prom__py_strings(values, small, &strings) < 0)
        return NULL;
    err = self->api->vec_with(self->family->vec, strings, (size_t)PyTuple_GET_SIZE(values),
                              &series);
    prom__py_strings_free(small, strings);
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
    metric_box *now = child ? dict_find(self->family, values) : NULL;

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
    metric_box *old = dict_find(self->family, values), *child = NULL;

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

/* A prom_child_read callback. */
typedef struct label_reader {
    PyObject *names, *values;
} label_reader;

static prom_err read_label(label_reader *r, Py_ssize_t at, const prom_metric *m)
{
    prom_str name;

    if (prom__py_utf8(PyTuple_GET_ITEM(r->names, at), &name) < 0)
        return PROM_E_CALLBACK;
    for (size_t i = 0; i < m->n_labels; i++) {
        prom_str found = m->labels[i].name, value = m->labels[i].value;
        if (found.n == name.n && memcmp(found.p, name.p, name.n) == 0) {
            PyObject *str = PyUnicode_FromStringAndSize(value.p, (Py_ssize_t)value.n);
            if (str)
                PyTuple_SET_ITEM(r->values, at, str);
            return str ? PROM_OK : PROM_E_CALLBACK;
        }
    }
    return PROM_E_LABELS;
}

static prom_err read_labels(void *data, const prom_metric *m)
{
    label_reader *r = data;
    prom_err err = PROM_OK;

    for (Py_ssize_t i = 0; !err && i < PyTuple_GET_SIZE(r->names); i++)
        err = read_label(r, i, m);
    return err;
}

/* The label values that a series really has, which beyond max_series are not those it was
 * asked for by: a reference. */
static PyObject *values_of(metric_box *self, void *series)
{
    label_reader r = { self->family->names,
                       PyTuple_New(PyTuple_GET_SIZE(self->family->names)) };
    prom_err err = r.values ? self->api->child_read(series, read_labels, &r) : PROM_OK;

    if (err)
        Py_CLEAR(r.values);
    if (err && !PyErr_Occurred())
        prom__py_raise(self->st, err);
    return r.values;
}

/* The child of a look-up that the library answers; *given becomes whether it has the values
 * that it was asked for by. Takes over the reference to `old`, which may be the answer. */
static PyObject *look_up(metric_box *self, PyObject *values, metric_box *old, bool *given)
{
    void *series = series_of(self, values);
    PyObject *real = NULL, *child = NULL;

    *given = true;
    if (series && old && old->handle == series) {
        self->api->unref(series);
        return (PyObject *)old;
    }
    Py_XDECREF(old);
    if (series)
        real = values_of(self, series);
    if (real) {
        *given = PyObject_RichCompareBool(real, values, Py_EQ) == 1;
        child = prom__py_child_of_series(self, real, series);
    } else if (series) {
        self->api->unref(series);
    }
    Py_XDECREF(real);
    return child;
}

/* The child in the dict if its series is the one exposed now, else a new one. */
static PyObject *child_of(metric_box *self, PyObject *values, bool *given)
{
    metric_box *old = dict_find(self->family, values);

    *given = true;
    if (!old && PyErr_Occurred())
        return NULL;
    if (old && !self->family->expires && self->api->child_exposed(old->handle))
        return (PyObject *)old;
    return look_up(self, values, old, given);
}

static int check_count(metric_box *self, Py_ssize_t n)
{
    if (n == PyTuple_GET_SIZE(self->family->names))
        return 0;
    PyErr_SetString(PyExc_ValueError, "Incorrect label count");
    return -1;
}

static SLOW PyObject *find_slowly(metric_box *self, PyObject *const *args, Py_ssize_t n)
{
    PyObject *values, *child;
    bool given = true;

    if (check_count(self, n) < 0)
        return NULL;
    values = prom__py_family_values(self, args, n);
    child = values ? child_of(self, values, &given) : NULL;
    Py_XDECREF(values);
    if (child && given && !self->family->expires)
        fast_put(self->family, args, n, (metric_box *)child);
    return child;
}

PyObject *prom__py_find_or_make(metric_box *self, PyObject *const *args, Py_ssize_t n)
{
    metric_box *child = fast_find(self->family, args, n);

    if (child && self->api->child_exposed(child->handle))
        return Py_NewRef((PyObject *)child);
    return find_slowly(self, args, n);
}

/* Only what is there, else None. */
PyObject *prom__py_find(metric_box *self, PyObject *const *args, Py_ssize_t n)
{
    prom_str small[PROM_PYTHON_SMALL], *strings;
    PyObject *values, *child = NULL;
    void *series = NULL;
    prom_err err;

    if (check_count(self, n) < 0)
        return NULL;
    values = prom__py_family_values(self, args, n);
    if (values && prom__py_strings(values, small, &strings) == 0) {
        err = self->api->vec_get(self->family->vec, strings, (size_t)n, &series);
        prom__py_strings_free(small, strings);
        if (!err)
            child = prom__py_child_of_series(self, values, series);
        else if (err == PROM_E_NOENT)
            child = Py_NewRef(Py_None);
        else
            prom__py_raise(self->st, err);
    }
    Py_XDECREF(values);
    return child;
}

/* --- constraints -------------------------------------------------------------------- */

/* What a value becomes by a rule, which may be NULL; takes over the reference to it. */
static PyObject *constrain(metric_box *self, PyObject *rule, PyObject *value)
{
    const char *overflow;
    PyObject *result = NULL;
    int allowed;

    if (!rule || rule == Py_None)
        return value;
    if (PyFrozenSet_CheckExact(rule)) {
        allowed = PySet_Contains(rule, value);
        if (allowed > 0)
            return value;
        overflow = self->api->vec_opts(self->family->vec)->overflow;
        if (allowed == 0)
            result = PyUnicode_FromString(overflow ? overflow : "other");
    } else {
        PyObject *given = PyObject_CallFunctionObjArgs(rule, value, NULL);
        PyObject *tuple = given ? prom__py_values(&given, 1) : NULL;
        result = tuple ? Py_NewRef(PyTuple_GET_ITEM(tuple, 0)) : NULL;
        Py_XDECREF(tuple);
        Py_XDECREF(given);
    }
    Py_DECREF(value);
    return result;
}

PyObject *prom__py_family_values(metric_box *self, PyObject *const *args, Py_ssize_t n)
{
    PyObject *rules = self->family->constraints, *values = prom__py_values(args, n);

    for (Py_ssize_t i = 0; rules && values && i < n; i++) {
        PyObject *rule =
            PyDict_GetItemWithError(rules, PyTuple_GET_ITEM(self->family->names, i));
        PyObject *value = Py_NewRef(PyTuple_GET_ITEM(values, i));
        value = PyErr_Occurred() ? NULL : constrain(self, rule, value);
        if (value)
            PyTuple_SetItem(values, i, value); /* nobody else has the tuple yet */
        else
            Py_CLEAR(values);
    }
    return values;
}
