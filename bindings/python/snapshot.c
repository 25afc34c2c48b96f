// SPDX-License-Identifier: Apache-2.0
/* snapshot.c - gathering without the GIL, and a snapshot as Python's values. */
#include "native.h"

/* The first error of the snapshot: the exception itself if Python code raised it. */
static int raise_errors(state *st, prom_snapshot *s, catcher *c)
{
    const char *sentence = st->api->snapshot_error(s, 0);

    if (!sentence)
        return 0;
    if (c->raised)
        PyErr_SetObject((PyObject *)Py_TYPE(c->raised), c->raised);
    else
        PyErr_SetString(st->error, sentence);
    return -1;
}

prom_snapshot *prom__py_gather(state *st, prom_registry *r)
{
    prom_snapshot *s = NULL;
    catcher c;
    prom_err err;

    prom__py_catcher_push(&c);
    err = st->api->gather(r, &s);
    prom__py_catcher_pop(&c);
    if (err) {
        prom__py_raise(st, err);
    } else if (raise_errors(st, s, &c) < 0) {
        st->api->unref(s);
        s = NULL;
    }
    Py_XDECREF(c.raised);
    return s;
}

/* A prom_family_metrics callback; `data` is the list. */
static prom_err append_metric(void *data, const prom_metric *m)
{
    PyObject *metric = prom__py_metric_value(m);
    int failed = metric ? PyList_Append(data, metric) : -1;

    Py_XDECREF(metric);
    return failed ? PROM_E_CALLBACK : PROM_OK;
}

static PyObject *family_of(state *st, const prom_family *f)
{
    PyObject *metrics = PyList_New(0);
    prom_err err = metrics ? st->api->family_metrics(f, append_metric, metrics) : PROM_OK;

    if (metrics && !err)
        return Py_BuildValue("(szzzN)", st->api->type_name(f->type), f->name, f->help, f->unit,
                             metrics);
    Py_XDECREF(metrics);
    return PyErr_Occurred() ? NULL : prom__py_raise(st, err);
}

PyObject *prom__py_families(state *st, prom_registry *r)
{
    prom_snapshot *s = prom__py_gather(st, r);
    size_t n = s ? st->api->snapshot_size(s) : 0;
    PyObject *families = s ? PyList_New((Py_ssize_t)n) : NULL;

    for (size_t i = 0; families && i < n; i++) {
        PyObject *family = family_of(st, st->api->snapshot_at(s, i));
        if (family)
            PyList_SET_ITEM(families, (Py_ssize_t)i, family);
        else
            Py_CLEAR(families);
    }
    st->api->unref(s);
    return families;
}
