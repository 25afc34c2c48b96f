// SPDX-License-Identifier: Apache-2.0
/* args.c - Python's values as the library takes them. */
#include "native.h"

int prom__py_utf8(PyObject *str, prom_str *out)
{
    Py_ssize_t n;
    const char *p = PyUnicode_AsUTF8AndSize(str, &n);

    if (!p)
        return -1;
    *out = (prom_str){ p, (size_t)n };
    return 0;
}

const char *prom__py_name(PyObject *str, const char *what)
{
    prom_str s;

    if (!PyUnicode_Check(str)) {
        PyErr_Format(PyExc_TypeError, "%s must be str, not %.100s", what,
                     Py_TYPE(str)->tp_name);
        return NULL;
    }
    if (prom__py_utf8(str, &s) < 0)
        return NULL;
    if (memchr(s.p, 0, s.n)) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    return s.p;
}

PyObject *prom__py_names(PyObject *iterable)
{
    PyObject *names = PySequence_Tuple(iterable);

    if (!names)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        if (!prom__py_name(PyTuple_GET_ITEM(names, i), "label name")) {
            Py_DECREF(names);
            return NULL;
        }
    }
    return names;
}

PyObject *prom__py_values(PyObject *const *values, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n);

    for (Py_ssize_t i = 0; tuple && i < n; i++) {
        PyObject *str = PyObject_Str(values[i]);
        if (str && !PyUnicode_CheckExact(str)) { /* a subclass might hash as it likes */
            PyObject *exact = PyUnicode_FromObject(str);
            Py_DECREF(str);
            str = exact;
        }
        if (str)
            PyTuple_SET_ITEM(tuple, i, str);
        else
            Py_CLEAR(tuple);
    }
    return tuple;
}

double prom__py_float(PyObject *number)
{
    PyObject *as_float;
    double v;

    if (!PyUnicode_Check(number))
        return PyFloat_AsDouble(number);
    as_float = PyFloat_FromString(number);
    v = as_float ? PyFloat_AS_DOUBLE(as_float) : -1.0;
    Py_XDECREF(as_float);
    return v;
}

const char **prom__py_name_array(PyObject *tuple, const char *what)
{
    Py_ssize_t n = PyTuple_GET_SIZE(tuple);
    const char **names = PyMem_Calloc((size_t)n + 1, sizeof(*names));

    if (!names)
        return (const char **)PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < n; i++) {
        names[i] = prom__py_name(PyTuple_GET_ITEM(tuple, i), what);
        if (!names[i]) {
            PyMem_Free(names);
            return NULL;
        }
    }
    return names;
}

int prom__py_timeout(PyObject *seconds, unsigned *ms)
{
    double v;

    *ms = 0;
    if (!seconds || seconds == Py_None)
        return 0;
    v = PyFloat_AsDouble(seconds);
    if (v == -1.0 && PyErr_Occurred())
        return -1;
    if (!(v > 0)) {
        PyErr_SetString(PyExc_ValueError, "a timeout must be more than 0 seconds");
        return -1;
    }
    *ms = v < 1e-3 ? 1 : v > 4e6 ? 4000000000u : (unsigned)(v * 1e3);
    return 0;
}

int prom__py_count(PyObject *number, uint64_t *out)
{
    PyObject *whole = PyNumber_Long(number); /* counts often come as floats */

    *out = whole ? PyLong_AsUnsignedLongLong(whole) : 0;
    Py_XDECREF(whole);
    return PyErr_Occurred() ? -1 : 0;
}

/* --- arguments of fast calls ------------------------------------------------------ */

static int keyword_args(const signature *s, PyObject *const *values, PyObject *kwnames,
                        PyObject **first, PyObject **second)
{
    Py_ssize_t n = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;

    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *keyword = PyTuple_GET_ITEM(kwnames, i);
        if (!*first && PyUnicode_CompareWithASCIIString(keyword, s->first) == 0) {
            *first = values[i];
        } else if (!*second && s->second &&
                   PyUnicode_CompareWithASCIIString(keyword, s->second) == 0) {
            *second = values[i];
        } else {
            PyErr_Format(PyExc_TypeError, "unexpected or repeated keyword argument '%U'",
                         keyword);
            return -1;
        }
    }
    return 0;
}

int prom__py_two_args(const signature *s, PyObject *const *args, Py_ssize_t n,
                      PyObject *kwnames, PyObject **first, PyObject **second)
{
    Py_ssize_t most = s->second ? 2 : 1;

    *first = n > 0 ? args[0] : NULL;
    *second = n > 1 ? args[1] : NULL;
    if (n > most) {
        PyErr_Format(PyExc_TypeError, "at most %zd arguments are taken, %zd were given", most,
                     n);
        return -1;
    }
    if (keyword_args(s, args + n, kwnames, first, second) < 0)
        return -1;
    if (!*first && s->required) {
        PyErr_Format(PyExc_TypeError, "missing argument '%s'", s->first);
        return -1;
    }
    return 0;
}

/* --- labels from dicts -------------------------------------------------------------- */

static int check_dict(PyObject *labels, const char *what)
{
    if (PyDict_Check(labels))
        return 0;
    PyErr_Format(PyExc_TypeError, "%s must be a dict of {label_name: label_value}", what);
    return -1;
}

prom_label *prom__py_label_array(PyObject *dict, const char *what)
{
    PyObject *name, *value;
    prom_label *labels;
    Py_ssize_t at = 0;
    size_t i = 0, n;

    if (dict && check_dict(dict, what) < 0)
        return NULL;
    n = dict ? (size_t)PyDict_GET_SIZE(dict) : 0;
    labels = PyMem_New(prom_label, n + 1);
    if (!labels)
        return (prom_label *)PyErr_NoMemory();
    while (i < n && PyDict_Next(dict, &at, &name, &value)) {
        labels[i].name = prom__py_name(name, "label name");
        labels[i].value = labels[i].name ? prom__py_name(value, "label value") : NULL;
        if (!labels[i].value) {
            PyMem_Free(labels);
            return NULL;
        }
        i++;
    }
    labels[i] = (prom_label){ NULL, NULL };
    return labels;
}

static int label_of(PyObject *name, PyObject *value, prom_label_str *out)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "label names must be str, not %R", name);
        return -1;
    }
    return prom__py_utf8(name, &out->name) < 0 || prom__py_utf8(value, &out->value) < 0 ? -1
                                                                                        : 0;
}

prom_label_str *prom__py_label_strs(PyObject *dict, size_t *n)
{
    size_t size = dict ? (size_t)PyDict_GET_SIZE(dict) : 0, i = 0;
    prom_label_str *array = PyMem_New(prom_label_str, size ? size : 1);
    PyObject *name, *value;
    Py_ssize_t at = 0;

    if (!array)
        return (prom_label_str *)PyErr_NoMemory();
    while (i < size && PyDict_Next(dict, &at, &name, &value)) {
        if (label_of(name, value, &array[i]) < 0) {
            PyMem_Free(array);
            return NULL;
        }
        i++;
    }
    *n = i;
    return array;
}

static int all_str(PyObject *labels)
{
    PyObject *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(labels, &at, NULL, &value)) {
        if (!PyUnicode_Check(value))
            return 0;
    }
    return 1;
}

PyObject *prom__py_str_values(PyObject *labels)
{
    PyObject *items, *out;

    if (check_dict(labels, "labels") < 0)
        return NULL;
    if (all_str(labels))
        return Py_NewRef(labels);
    items = PyDict_Items(labels);
    out = items ? PyDict_New() : NULL;
    for (Py_ssize_t i = 0; out && i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        PyObject *str = PyObject_Str(PyTuple_GET_ITEM(item, 1));
        if (!str || PyDict_SetItem(out, PyTuple_GET_ITEM(item, 0), str) < 0)
            Py_CLEAR(out);
        Py_XDECREF(str);
    }
    Py_XDECREF(items);
    return out;
}
