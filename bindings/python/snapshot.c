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

static PyObject *str_of(prom_str s)
{
    return PyUnicode_DecodeUTF8(s.p, (Py_ssize_t)s.n, "replace");
}

static PyObject *labels_of(const prom_sample *s)
{
    PyObject *labels = PyDict_New();

    for (size_t i = 0; labels && i < s->n_labels; i++) {
        PyObject *name = str_of(s->labels[i].name);
        PyObject *value = str_of(s->labels[i].value);
        if (!name || !value || PyDict_SetItem(labels, name, value) < 0)
            Py_CLEAR(labels);
        Py_XDECREF(name);
        Py_XDECREF(value);
    }
    return labels;
}

static PyObject *timestamp_of(const prom_sample *s)
{
    if (s->timestamp_ms == INT64_MIN)
        Py_RETURN_NONE;
    return PyFloat_FromDouble((double)s->timestamp_ms / 1000.0);
}

/* A prom_family_samples callback; `data` is the list. */
static prom_err append_sample(void *data, const prom_sample *s)
{
    PyObject *sample =
        Py_BuildValue("(NNdN)", PyUnicode_FromFormat("%s%s", s->family->name, s->suffix),
                      labels_of(s), s->value, timestamp_of(s));
    int failed = sample ? PyList_Append(data, sample) : -1;

    Py_XDECREF(sample);
    return failed ? PROM_E_CALLBACK : PROM_OK;
}

static PyObject *family_of(state *st, const prom_family *f)
{
    PyObject *samples = PyList_New(0);
    prom_err err = samples ? st->api->family_samples(f, append_sample, samples) : PROM_OK;

    if (samples && !err)
        return Py_BuildValue("(szzzN)", st->api->type_name(f->type), f->name, f->help, f->unit,
                             samples);
    Py_XDECREF(samples);
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
