// SPDX-License-Identifier: Apache-2.0
/* shipped.c - the collectors that the library ships, as objects to register. */
#include "native.h"

#include <unistd.h>

static PyObject *boxed(state *st, prom_err err, prom_collector *c, PyObject *function)
{
    return err ? prom__py_raise(st, err) : prom__py_collector_around(st, c, function);
}

/* --- process -------------------------------------------------------------------------------
 */

static int pid_number(PyObject *given, int *out)
{
    PyObject *text = PyObject_Str(given), *stripped = NULL, *number = NULL;
    long pid = -1;

    if (text)
        stripped = PyObject_CallMethod(text, "strip", NULL);
    if (stripped && PyUnicode_CompareWithASCIIString(stripped, "self") == 0)
        pid = (long)getpid();
    else if (stripped)
        number = PyLong_FromUnicodeObject(stripped, 10);
    if (number)
        pid = PyLong_AsLong(number);
    Py_XDECREF(text);
    Py_XDECREF(stripped);
    Py_XDECREF(number);
    if (!PyErr_Occurred() && (pid <= 0 || pid > INT32_MAX))
        PyErr_Format(PyExc_ValueError, "%R is no process id", given);
    *out = (int)pid;
    return PyErr_Occurred() ? -1 : 0;
}

/* `data` is a tether. */
static prom_err ask_pid(void *data, int *out)
{
    PyObject *function, *given;
    state *st;
    guest v;
    prom_err err = prom__py_tether_enter(data, &v, &st, &function);

    if (err)
        return err;
    given = function ? PyObject_CallNoArgs(function) : NULL;
    if (!function)
        err = st->api->fail(PROM_E_CLOSED, "the function is gone that knows the process id");
    else if (!given || pid_number(given, out) < 0)
        err = prom__py_callback_failed(st);
    Py_XDECREF(given);
    prom__py_tether_leave(data, &v, function);
    return err;
}

PyObject *prom__py_process_collector(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    prom_process_opts o = { .size = sizeof(o) };
    prom_collector *c = NULL;
    PyObject *pid;
    int extended;
    prom_err err;

    if (!PyArg_ParseTuple(args, "sOp:process_collector", &o.namespace_, &pid, &extended))
        return NULL;
    o.extended = extended;
    if (pid == Py_None)
        pid = NULL;
    if (pid) {
        o.pid = ask_pid;
        o.free_data = prom__py_tether_free;
        o.data = prom__py_tether_new(st, pid);
        if (!o.data)
            return NULL;
    }
    err = st->api->process_collector_with(NULL, &o, &c);
    if (err && pid)
        prom__py_tether_free(o.data);
    return err || !pid ? boxed(st, err, c, NULL)
                       : prom__py_collector_tethered(st, c, pid, o.data);
}

/* --- malloc, build information -------------------------------------------------------------
 */

PyObject *prom__py_malloc_collector(PyObject *module, PyObject *unused)
{
    state *st = PyModule_GetState(module);
    prom_collector *c = NULL;
    prom_err err = st->api->malloc_collector_new(NULL, &c);

    (void)unused;
    return boxed(st, err, c, NULL);
}

PyObject *prom__py_build_info_collector(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    prom_collector *c = NULL;
    PyObject *labels, *strings;
    const char *program;
    prom_label *array;
    prom_err err;

    if (!PyArg_ParseTuple(args, "sO:build_info_collector", &program, &labels))
        return NULL;
    strings = prom__py_str_values(labels);
    array = strings ? prom__py_label_array(strings, "labels") : NULL;
    if (!array) {
        Py_XDECREF(strings);
        return NULL;
    }
    err = st->api->build_info_collector_new(NULL, program, array, &c);
    PyMem_Free(array);
    Py_DECREF(strings);
    return boxed(st, err, c, NULL);
}

/* --- nested values
 * ------------------------------------------------------------------------------ */

static int walk_value(state *st, prom_nested_visit *w, PyObject *value);

/* 0, or -1 and an exception. */
static int checked(state *st, prom_err err)
{
    if (err && !PyErr_Occurred())
        prom__py_raise(st, err);
    return err ? -1 : 0;
}

static int walk_child(state *st, prom_nested_visit *w, PyObject *key, PyObject *value)
{
    PyObject *text = PyObject_Str(key);
    prom_str utf8;
    int failed = !text || prom__py_utf8(text, &utf8) < 0 ? -1 : 0;

    if (!failed)
        failed = checked(st, st->api->nested_enter(w, utf8));
    if (!failed) {
        failed = walk_value(st, w, value);
        if (!failed)
            failed = checked(st, st->api->nested_leave(w));
    }
    Py_XDECREF(text);
    return failed;
}

/* A copy, since str() of a key may change the dict. */
static int walk_dict(state *st, prom_nested_visit *w, PyObject *dict)
{
    PyObject *items = PyDict_Items(dict);
    int failed = items ? 0 : -1;

    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        failed = walk_child(st, w, PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1));
    }
    Py_XDECREF(items);
    return failed;
}

static int walk_sequence(state *st, prom_nested_visit *w, PyObject *sequence)
{
    PyObject *items = PySequence_Tuple(sequence);
    int failed = items ? 0 : -1;

    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(items); i++) {
        PyObject *key = PyLong_FromSsize_t(i);
        failed = key ? walk_child(st, w, key, PyTuple_GET_ITEM(items, i)) : -1;
        Py_XDECREF(key);
    }
    Py_XDECREF(items);
    return failed;
}

static int walk_value(state *st, prom_nested_visit *w, PyObject *value)
{
    double number;
    int failed;

    if (PyFloat_Check(value) || PyLong_Check(value)) { /* True and False are among these */
        number = PyFloat_AsDouble(value);
        if (number == -1.0 && PyErr_Occurred())
            return -1;
        return checked(st, st->api->nested_number(w, number));
    }
    if (!PyDict_Check(value) && !PyList_Check(value) && !PyTuple_Check(value))
        return 0;
    if (Py_EnterRecursiveCall(" in nested values"))
        return -1;
    failed = PyDict_Check(value) ? walk_dict(st, w, value) : walk_sequence(st, w, value);
    Py_LeaveRecursiveCall();
    return failed;
}

static prom_err walk(prom_nested_visit *w, void *data)
{
    PyObject *function, *value;
    state *st;
    guest v;
    prom_err err = prom__py_tether_enter(data, &v, &st, &function);

    if (err)
        return err == PROM_E_CLOSED ? PROM_OK : err;
    value = function ? PyObject_CallNoArgs(function) : NULL;
    if (function && (!value || walk_value(st, w, value) < 0))
        err = prom__py_callback_failed(st);
    Py_XDECREF(value);
    prom__py_tether_leave(data, &v, function);
    return err;
}

/* One family of a tuple (path, type, name, documentation, label names). */
static int read_family(state *st, PyObject *tuple, prom_nested_family *f, prom_opts *o,
                       const char ***names)
{
    PyObject *labels;
    const char *word;

    *o = (prom_opts)PROM_OPTS_INIT;
    if (!PyTuple_Check(tuple) || !PyArg_ParseTuple(tuple, "ssssO!", &f->path, &word, &o->name,
                                                   &o->help, &PyTuple_Type, &labels)) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "a nested family is a tuple");
        return -1;
    }
    *names = prom__py_name_array(labels, "label name");
    if (!*names || prom__py_type_of(st, word, &f->type) < 0)
        return -1;
    o->labels = *names;
    f->opts = o;
    return 0;
}

static PyObject *nested_new(state *st, const char *name, PyObject *function,
                            const prom_nested_family *families, size_t n)
{
    prom_nested_opts o = { .size = sizeof(o),
                           .name = name,
                           .walk = walk,
                           .free_data = prom__py_tether_free,
                           .families = families,
                           .n = n };
    prom_collector *c = NULL;
    prom_err err;

    o.data = prom__py_tether_new(st, function);
    if (!o.data)
        return NULL;
    err = st->api->nested_collector_new(NULL, &o, &c);
    if (!err)
        return prom__py_collector_tethered(st, c, function, o.data);
    prom__py_tether_free(o.data);
    return prom__py_raise(st, err);
}

/* nested_collector(name, function, families) */
PyObject *prom__py_nested_collector(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    PyObject *function, *tuple, *result = NULL;
    prom_nested_family *families;
    const char ***names;
    const char *name;
    prom_opts *opts;
    size_t n, i = 0;

    if (!PyArg_ParseTuple(args, "sOO!:nested_collector", &name, &function, &PyTuple_Type,
                          &tuple))
        return NULL;
    n = (size_t)PyTuple_GET_SIZE(tuple);
    families = PyMem_Calloc(n + 1, sizeof(*families));
    names = PyMem_Calloc(n + 1, sizeof(*names));
    opts = PyMem_Calloc(n + 1, sizeof(*opts));
    if (!families || !names || !opts)
        PyErr_NoMemory();
    while (!PyErr_Occurred() && i < n &&
           read_family(st, PyTuple_GET_ITEM(tuple, (Py_ssize_t)i), &families[i], &opts[i],
                       &names[i]) == 0)
        i++;
    if (!PyErr_Occurred())
        result = nested_new(st, name, function, families, n);
    for (i = 0; names && i < n; i++)
        PyMem_Free(names[i]);
    PyMem_Free(families);
    PyMem_Free(names);
    PyMem_Free(opts);
    return result;
}
