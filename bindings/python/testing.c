// SPDX-License-Identifier: Apache-2.0
/* testing.c - the helpers of prom/testing.h and prom/lint.h; libprom/testing.py is their face.
 */
#include "native.h"

/* --- helpers that gather
 * ---------------------------------------------------------------------- */

/* What a registry, a metric or a collector of the library is to it, borrowed. */
static void *subject_of(state *st, PyObject *op)
{
    metric_box *metric = (metric_box *)op;

    if (PyObject_TypeCheck(op, st->registry))
        return prom__py_registry_of(op);
    if (PyObject_TypeCheck(op, st->collector))
        return prom__py_collector_of(op);
    if (!PyObject_TypeCheck(op, st->metric)) {
        PyErr_Format(PyExc_TypeError, "%.100s is no metric", Py_TYPE(op)->tp_name);
        return NULL;
    }
    return metric->handle ? metric->handle : prom__py_metric_vec(metric);
}

/* The exception of a gather that failed: the one that a collector in Python raised, or that
 * with `text`, which is given back to the library; NULL: the error's own sentence. */
static PyObject *failed(state *st, prom_err err, catcher *c, char *text)
{
    if (err == PROM_E_CALLBACK && c->raised)
        PyErr_SetObject((PyObject *)Py_TYPE(c->raised), c->raised);
    else if (err == PROM_E_DIFFERS && text)
        PyErr_SetString(PyExc_AssertionError, text);
    else
        prom__py_raise(st, err);
    return NULL;
}

static PyObject *finish(state *st, prom_err err, catcher *c, char *text, PyObject *result)
{
    if (err) {
        Py_CLEAR(result);
        failed(st, err, c, text);
    }
    Py_XDECREF(c->raised);
    st->api->free(text);
    return result;
}

PyObject *prom__py_test_value(PyObject *module, PyObject *op)
{
    state *st = PyModule_GetState(module);
    void *subject = subject_of(st, op);
    double value = 0;
    catcher c;
    prom_err err;

    if (!subject)
        return NULL;
    prom__py_catcher_push(&c);
    err = st->api->test_value(subject, &value);
    prom__py_catcher_pop(&c);
    return finish(st, err, &c, NULL, PyFloat_FromDouble(value));
}

/* An array of the names in a tuple, or NULL for None; -1 and an exception on error. */
static int names_of(PyObject *tuple, const char ***out)
{
    *out = NULL;
    if (tuple == Py_None)
        return 0;
    if (!PyTuple_Check(tuple)) {
        PyErr_SetString(PyExc_TypeError, "a tuple of names is wanted");
        return -1;
    }
    *out = prom__py_name_array(tuple, "name");
    return *out ? 0 : -1;
}

PyObject *prom__py_test_count(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    PyObject *op, *tuple;
    const char **names;
    void *subject;
    size_t count = 0;
    catcher c;
    prom_err err;

    if (!PyArg_ParseTuple(args, "OO:test_count", &op, &tuple))
        return NULL;
    subject = subject_of(st, op);
    if (!subject || names_of(tuple, &names) < 0)
        return NULL;
    prom__py_catcher_push(&c);
    err = st->api->test_count(subject, names, &count);
    prom__py_catcher_pop(&c);
    PyMem_Free(names);
    return finish(st, err, &c, NULL, PyLong_FromSize_t(count));
}

/* test_compare(object or URL, expected, names) */
PyObject *prom__py_test_compare(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    const char *expected, *url = NULL, **names;
    PyObject *op, *tuple;
    void *subject = NULL;
    char *text = NULL;
    catcher c;
    prom_err err;

    if (!PyArg_ParseTuple(args, "OsO:test_compare", &op, &expected, &tuple))
        return NULL;
    if (PyUnicode_Check(op))
        url = prom__py_name(op, "url");
    else
        subject = subject_of(st, op);
    if ((!url && !subject) || names_of(tuple, &names) < 0)
        return NULL;
    prom__py_catcher_push(&c);
    err = url ? st->api->test_scrape(url, expected, names, &text)
              : st->api->test_compare(subject, expected, names, &text);
    prom__py_catcher_pop(&c);
    PyMem_Free(names);
    return finish(st, err, &c, text, Py_NewRef(Py_None));
}

/* test_native(registry, name, labels, NativeHistogram) */
PyObject *prom__py_test_native(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    PyObject *op, *labels, *tuple, *result = NULL;
    prom_label *array;
    const char *name;
    prom_registry *r;
    catcher c = { NULL, NULL, NULL };
    native_parts expected;
    prom_err err;

    if (!PyArg_ParseTuple(args, "O!sOO:test_native", st->registry, &op, &name, &labels, &tuple))
        return NULL;
    r = prom__py_registry_of(op);
    array = r ? prom__py_label_array(labels, "labels") : NULL;
    if (!array)
        return NULL;
    if (prom__py_native_read(tuple, &expected) == 0) {
        prom__py_catcher_push(&c);
        err = st->api->test_native(r, name, array, expected.sum, expected.count, &expected.n);
        prom__py_catcher_pop(&c);
        result = finish(st, err, &c, NULL, Py_NewRef(Py_None));
    }
    prom__py_native_free(&expected);
    PyMem_Free(array);
    return result;
}

/* --- linting
 * ------------------------------------------------------------------------------------ */

typedef struct linting {
    state *st;
    PyObject *rule, *list;
} linting;

/* A prom_lint callback: appends (metric, text). */
static prom_err append_problem(void *data, const prom_lint_problem *p)
{
    linting *l = data;
    PyObject *pair = Py_BuildValue("(ss)", p->metric, p->text);
    int bad = pair ? PyList_Append(l->list, pair) : -1;

    Py_XDECREF(pair);
    return bad ? PROM_E_CALLBACK : PROM_OK;
}

/* rule(family) gives a list of str, checked in Python. */
static prom_err check(void *data, const prom_family *f,
                      prom_err (*report)(void *to, const char *text), void *to)
{
    linting *l = data;
    PyObject *family = prom__py_family(l->st, f);
    PyObject *problems = family ? PyObject_CallOneArg(l->rule, family) : NULL;
    prom_err err = problems ? PROM_OK : PROM_E_CALLBACK;

    for (Py_ssize_t i = 0; !err && PyList_Check(problems) && i < PyList_GET_SIZE(problems);
         i++) {
        const char *text = prom__py_name(PyList_GET_ITEM(problems, i), "problem");
        err = text ? report(to, text) : PROM_E_CALLBACK;
    }
    Py_XDECREF(family);
    Py_XDECREF(problems);
    return err;
}

static PyObject *lint(state *st, PyObject *op, PyObject *rules, linting *l,
                      prom_lint_rule *array)
{
    size_t n = (size_t)PyTuple_GET_SIZE(rules);
    prom_str text;
    prom_err err;

    for (size_t i = 0; i < n; i++) {
        l[i] = (linting){ st, PyTuple_GET_ITEM(rules, (Py_ssize_t)i), NULL };
        array[i] = (prom_lint_rule){ check, &l[i] };
    }
    l[n] = (linting){ st, NULL, PyList_New(0) };
    if (!l[n].list)
        return NULL;
    if (PyUnicode_Check(op))
        err = prom__py_utf8(op, &text) < 0
                  ? PROM_E_CALLBACK
                  : st->api->lint_text(text.p, text.n, array, n, append_problem, &l[n]);
    else
        err = st->api->lint(prom__py_snapshot_of(op), array, n, append_problem, &l[n]);
    if (!err)
        return l[n].list;
    Py_DECREF(l[n].list);
    return PyErr_Occurred() ? NULL : prom__py_raise(st, err);
}

/* lint(snapshot or text, rules): [(metric, text)] */
PyObject *prom__py_lint(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    PyObject *op, *rules, *result = NULL;
    prom_lint_rule *array;
    linting *l;

    if (!PyArg_ParseTuple(args, "OO!:lint", &op, &PyTuple_Type, &rules))
        return NULL;
    if (!PyUnicode_Check(op) && !PyObject_TypeCheck(op, st->snapshot)) {
        PyErr_SetString(PyExc_TypeError, "a snapshot or a text is wanted");
        return NULL;
    }
    array = PyMem_Calloc((size_t)PyTuple_GET_SIZE(rules) + 1, sizeof(*array));
    l = PyMem_Calloc((size_t)PyTuple_GET_SIZE(rules) + 1, sizeof(*l));
    if (array && l)
        result = lint(st, op, rules, l, array);
    else
        PyErr_NoMemory();
    PyMem_Free(array);
    PyMem_Free(l);
    return result;
}
