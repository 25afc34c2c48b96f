// SPDX-License-Identifier: Apache-2.0
/* errors.c - error codes to exceptions, and exceptions to sentences. */
#include "native.h"

static PyObject *exception_of(const state *st, prom_err err)
{
    switch (err) {
    case PROM_E_NOMEM:
        return PyExc_MemoryError;
    case PROM_E_INVAL:
    case PROM_E_NAME:
    case PROM_E_LABELS:
    case PROM_E_TYPE:
    case PROM_E_SYNTAX:
        return PyExc_ValueError;
    case PROM_E_EXISTS:
        return st->duplicate;
    case PROM_E_NOENT:
        return PyExc_KeyError;
    case PROM_E_IO:
        return PyExc_OSError;
    case PROM_E_TIMEOUT:
        return PyExc_TimeoutError;
    case PROM_E_DIFFERS:
        return PyExc_AssertionError;
    case PROM_E_UNSUPPORTED:
        return st->unsupported;
    default:
        return st->error;
    }
}

static int set_duplicates(PyObject *exception, const char *name)
{
    PyObject *names = PySet_New(NULL);
    PyObject *str = name ? PyUnicode_FromString(name) : NULL;
    int failed = !names || (name && (!str || PySet_Add(names, str) < 0)) ||
                 PyObject_SetAttrString(exception, "duplicates", names) < 0;
    Py_XDECREF(str);
    Py_XDECREF(names);
    return failed ? -1 : 0;
}

PyObject *prom__py_exception(state *st, prom_err err, const char *sentence)
{
    /* A peer's own words may be in it. */
    PyObject *str = PyUnicode_DecodeUTF8(sentence, (Py_ssize_t)strlen(sentence), "replace");
    PyObject *exception =
        str ? PyObject_CallFunctionObjArgs(exception_of(st, err), str, NULL) : NULL;

    Py_XDECREF(str);
    return exception;
}

PyObject *prom__py_raise_for(state *st, prom_err err, const char *name)
{
    PyObject *type = exception_of(st, err);
    PyObject *exception = prom__py_exception(st, err, st->api->error(err));

    if (exception && (err != PROM_E_EXISTS || set_duplicates(exception, name) == 0))
        PyErr_SetObject(type, exception);
    Py_XDECREF(exception);
    return NULL;
}

PyObject *prom__py_raise(state *st, prom_err err)
{
    return prom__py_raise_for(st, err, NULL);
}

static PyObject *take_raised(void)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value && traceback)
        PyException_SetTraceback(value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
}

prom_err prom__py_fail(state *st, PyObject **raised)
{
    PyObject *exception = take_raised();
    PyObject *text = exception ? PyObject_Str(exception) : NULL;
    PyObject *bytes =
        text ? PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace") : NULL;
    const char *utf8 = bytes ? PyBytes_AS_STRING(bytes) : NULL;
    prom_err err;

    if (!exception)
        return st->api->fail(PROM_E_NOMEM, "out of memory");
    if (!utf8) /* __str__ raised */
        PyErr_Clear();
    err = st->api->fail(PROM_E_CALLBACK, "%s%s%s", Py_TYPE(exception)->tp_name,
                        utf8 && *utf8 ? ": " : "", utf8 ? utf8 : "");
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    if (raised)
        *raised = exception;
    else
        Py_DECREF(exception);
    return err;
}

prom_err prom__py_callback_failed(state *st)
{
    catcher *c = prom__py_catcher_current(PyThreadState_GetInterpreter(PyThreadState_Get()));

    return prom__py_fail(st, c && !c->raised ? &c->raised : NULL);
}

PyObject *prom__py_caught(state *st, prom_err err, const catcher *c)
{
    PyObject *result = NULL;

    if (err == PROM_E_CALLBACK && c->raised)
        PyErr_SetObject((PyObject *)Py_TYPE(c->raised), c->raised);
    else
        result = err ? prom__py_raise(st, err) : Py_NewRef(Py_None);
    Py_XDECREF(c->raised);
    return result;
}
