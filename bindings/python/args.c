// SPDX-License-Identifier: Apache-2.0
/* args.c - Python's values as the library takes them. */
#include "native.h"

#include <string.h>

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

static int keyword_args(const signature *s, PyObject *const *values, PyObject *kwnames,
                        PyObject **arg, PyObject **later)
{
    Py_ssize_t n = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;

    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *keyword = PyTuple_GET_ITEM(kwnames, i);
        if (!*arg && PyUnicode_CompareWithASCIIString(keyword, s->name) == 0) {
            *arg = values[i];
        } else if (!*later && s->later &&
                   PyUnicode_CompareWithASCIIString(keyword, s->later) == 0) {
            *later = values[i];
        } else {
            PyErr_Format(PyExc_TypeError, "unexpected or repeated keyword argument '%U'",
                         keyword);
            return -1;
        }
    }
    return 0;
}

int prom__py_one_arg(const signature *s, PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
                     PyObject **out)
{
    Py_ssize_t most = s->later ? 2 : 1;
    PyObject *later = n > 1 ? args[1] : NULL;

    *out = n > 0 ? args[0] : NULL;
    if (n > most) {
        PyErr_Format(PyExc_TypeError, "at most %zd arguments are taken, %zd were given", most,
                     n);
        return -1;
    }
    if (keyword_args(s, args + n, kwnames, out, &later) < 0)
        return -1;
    if (later && later != Py_None) {
        PyErr_Format(PyExc_NotImplementedError, "'%s' is not in this version", s->later);
        return -1;
    }
    if (!*out && s->required) {
        PyErr_Format(PyExc_TypeError, "missing argument '%s'", s->name);
        return -1;
    }
    return 0;
}
