// SPDX-License-Identifier: Apache-2.0
/* lookup.c - from label values to children, which is half of the hot path of most programs.
 *
 * In front of a family's dict of children stands a small table keyed by the addresses of the
 * str objects, since programs mostly give literals: a hit there makes no tuple and hashes
 * nothing. */
#include "family.h"

#define FAST_LABELS 4 /* a metric with more labels has no table */

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

void prom__py_fast_clear(struct family *f)
{
    PyObject **fast = f->fast;

    f->fast = NULL; /* first: what a decref runs may come back here */
    for (Py_ssize_t i = 0; fast && i < FAST_SIZE * (f->n_labels + 1); i++)
        Py_XDECREF(fast[i]);
    PyMem_Free(fast);
}

/* --- asking the library ---------------------------------------------------------- */

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
    metric_box *old = prom__py_dict_find(self->family, values);

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
