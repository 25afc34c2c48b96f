// SPDX-License-Identifier: Apache-2.0
/* builder.c - what a collector written in Python writes its families to. */
#include "native.h"

#include <math.h>
#include <stdlib.h>

PyObject *prom__py_builder_new(state *st, prom_builder *b)
{
    builder *self = PyObject_New(builder, st->builder);

    if (self) {
        self->st = st;
        self->b = b;
    }
    return (PyObject *)self;
}

void prom__py_builder_close(PyObject *op)
{
    ((builder *)op)->b = NULL;
}

static void builder_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_Free(self);
    Py_DECREF(type);
}

int prom__py_builder_check(const builder *self)
{
    if (self->b)
        return 0;
    PyErr_SetString(PyExc_ValueError,
                    "builder is closed: it lives for one call of a collector");
    return -1;
}

/* --- families ------------------------------------------------------------------------ */

int prom__py_type_of(const state *st, const char *word, prom_type *out)
{
    for (int t = PROM_UNKNOWN; st->api->type_name((prom_type)t); t++) {
        *out = (prom_type)t;
        if (PyOS_stricmp(st->api->type_name((prom_type)t), word) == 0)
            return 0;
    }
    PyErr_Format(PyExc_ValueError, "'%s' is not a metric type", word);
    return -1;
}

static PyObject *open_family(builder *self, prom_type type, prom_opts *o, PyObject *labels)
{
    PyObject *tuple = PySequence_Tuple(labels);
    const char **names = tuple ? prom__py_name_array(tuple, "label name") : NULL;
    prom_err err;

    if (names) {
        o->labels = names;
        err = self->st->api->build_family(self->b, type, o);
        if (err)
            prom__py_raise_for(self->st, err, o->name);
    }
    PyMem_Free(names);
    Py_XDECREF(tuple);
    return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
}

static PyObject *builder_family(builder *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "type", "name",   "documentation",
                                            "unit", "labels", NULL };
    PyObject *labels = NULL, *none, *result;
    prom_opts o = PROM_OPTS_INIT;
    const char *word;
    prom_type type;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "ss|zzO:family", (char **)keywords, &word,
                                     &o.name, &o.help, &o.unit, &labels) ||
        prom__py_builder_check(self) < 0 || prom__py_type_of(self->st, word, &type) < 0)
        return NULL;
    if (o.unit && !*o.unit)
        o.unit = NULL;
    none = labels ? Py_NewRef(labels) : PyTuple_New(0);
    result = none ? open_family(self, type, &o, none) : NULL;
    Py_XDECREF(none);
    return result;
}

static PyObject *builder_desc(builder *self, PyObject *desc)
{
    const prom_opts *o;
    prom_err err;

    if (prom__py_builder_check(self) < 0)
        return NULL;
    if (!PyObject_TypeCheck(desc, self->st->desc)) {
        PyErr_Format(PyExc_TypeError, "%R is no Desc", desc);
        return NULL;
    }
    err = self->st->api->build_desc(self->b, prom__py_desc(desc));
    if (!err)
        Py_RETURN_NONE;
    o = self->st->api->desc_opts(prom__py_desc(desc));
    return prom__py_raise_for(self->st, err, o ? o->name : NULL);
}

static PyObject *builder_snapshot(builder *self, PyObject *snapshot)
{
    prom_err err;

    if (prom__py_builder_check(self) < 0)
        return NULL;
    if (!PyObject_TypeCheck(snapshot, self->st->snapshot)) {
        PyErr_Format(PyExc_TypeError, "%R is no Snapshot", snapshot);
        return NULL;
    }
    err = self->st->api->build_snapshot(self->b, prom__py_snapshot_of(snapshot));
    return err ? prom__py_raise(self->st, err) : Py_NewRef(Py_None);
}

/* --- labels and timestamps -------------------------------------------------------------- */

/* `labels` is a dict of str values, or NULL. */
static int give_str_labels(builder *self, PyObject *labels)
{
    size_t n = 0;
    prom_label_str *array = prom__py_label_strs(labels, &n);
    prom_err err;

    if (!array)
        return -1;
    err = self->st->api->build_labels(self->b, array, n);
    PyMem_Free(array);
    if (err)
        prom__py_raise(self->st, err);
    return err ? -1 : 0;
}

int prom__py_builder_labels(builder *self, PyObject *labels)
{
    PyObject *strings = labels ? prom__py_str_values(labels) : NULL;
    int failed = labels && !strings ? -1 : prom__py_builder_check(self);

    if (!failed)
        failed = give_str_labels(self, strings);
    Py_XDECREF(strings);
    return failed;
}

/* --- what comes behind a metric --------------------------------------------------------- */

static int out_of_range(const char *what)
{
    PyErr_Format(PyExc_ValueError, "%s out of range", what);
    return -1;
}

static int read_ms(PyObject *seconds, int64_t *out)
{
    double v = PyFloat_AsDouble(seconds);

    if (v == -1.0 && PyErr_Occurred())
        return -1;
    if (!(fabs(v) < 9e15))
        return out_of_range("timestamp");
    *out = (int64_t)llround(v * 1e3);
    return 0;
}

/* A float that is a time of these days has digits to a quarter of a microsecond: it stands for
 * a whole one. */
static int read_float_ns(PyObject *seconds, const char *what, int64_t *out)
{
    double v = PyFloat_AsDouble(seconds);

    if (v == -1.0 && PyErr_Occurred())
        return -1;
    if (!(fabs(v) < 9e9))
        return out_of_range(what);
    *out = fabs(v) < 1e6 ? (int64_t)llround(v * 1e9) : (int64_t)llround(v * 1e6) * 1000;
    return 0;
}

/* Of a number of seconds, or exactly of a Timestamp, whose seconds and nanoseconds have one
 * sign. */
static int read_ns(PyObject *time, const char *what, int64_t *out)
{
    PyObject *sec = PyNumber_Check(time) && !PyFloat_Check(time) && !PyLong_Check(time)
                        ? PyObject_GetAttrString(time, "sec")
                        : NULL;
    PyObject *nsec = sec ? PyObject_GetAttrString(time, "nsec") : NULL;
    long long whole, rest;

    PyErr_Clear();
    if (!nsec) {
        Py_XDECREF(sec);
        return read_float_ns(time, what, out);
    }
    whole = PyLong_AsLongLong(sec);
    rest = PyLong_AsLongLong(nsec);
    Py_DECREF(sec);
    Py_DECREF(nsec);
    if (PyErr_Occurred() || llabs(whole) >= 9000000000 || llabs(rest) >= 1000000000) {
        PyErr_Clear();
        return out_of_range(what);
    }
    *out = whole * 1000000000 + rest;
    return 0;
}

static int give_time(builder *self, PyObject *timestamp)
{
    prom_err err;
    int64_t ms;

    if (!timestamp || timestamp == Py_None)
        return 0;
    if (read_ms(timestamp, &ms) < 0)
        return -1;
    err = self->st->api->build_timestamp(self->b, ms);
    if (err)
        prom__py_raise(self->st, err);
    return err ? -1 : 0;
}

static int give_created(builder *self, PyObject *created)
{
    prom_err err;
    int64_t ns;

    if (!created || created == Py_None)
        return 0;
    if (read_ns(created, "created", &ns) < 0)
        return -1;
    err = self->st->api->build_created(self->b, ns);
    if (err)
        prom__py_raise(self->st, err);
    return err ? -1 : 0;
}

/* (labels, value) or (labels, value, timestamp), as an Exemplar is. */
static int give_exemplar(builder *self, const more *m, PyObject *tuple)
{
    PyObject *labels = NULL, *timestamp = Py_None, *strings;
    prom_exemplar e = { .timestamp_ns = PROM_NO_TIME };
    prom_label_str *array;
    prom_err err = PROM_OK;

    if (!PyTuple_Check(tuple)) {
        PyErr_Format(PyExc_TypeError, "an exemplar is wanted, not %R", tuple);
        return -1;
    }
    if (!PyArg_ParseTuple(tuple, "Od|O;an exemplar is (labels, value, timestamp)", &labels,
                          &e.value, &timestamp) ||
        (timestamp != Py_None && read_ns(timestamp, "timestamp", &e.timestamp_ns) < 0))
        return -1;
    strings = prom__py_str_values(labels);
    array = strings ? prom__py_label_strs(strings, &e.n_labels) : NULL;
    if (array) {
        e.labels = array;
        err = (m->build_exemplar ? m->build_exemplar : self->st->api->build_exemplar)(self->b,
                                                                                      &e);
        if (err)
            prom__py_raise(self->st, err);
    }
    PyMem_Free(array);
    Py_XDECREF(strings);
    return array && !err ? 0 : -1;
}

static int give_exemplars(builder *self, const more *m)
{
    PyObject *items;
    int failed = 0;

    if (!m->exemplars || m->exemplars == Py_None)
        return 0;
    items = PySequence_Tuple(m->exemplars);
    if (!items)
        return -1;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_GET_SIZE(items); i++)
        failed = give_exemplar(self, m, PyTuple_GET_ITEM(items, i));
    Py_DECREF(items);
    return failed;
}

PyObject *prom__py_builder_finish(builder *self, prom_err err, const more *m)
{
    if (err)
        return prom__py_raise(self->st, err);
    if (give_time(self, m->timestamp) < 0 || give_created(self, m->created) < 0 ||
        give_exemplars(self, m) < 0)
        return NULL;
    if (m->exemplar && m->exemplar != Py_None && give_exemplar(self, m, m->exemplar) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* --- simple metrics ------------------------------------------------------------------------
 */

static PyObject *builder_value(builder *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "value",   "labels",   "timestamp",
                                            "created", "exemplar", NULL };
    PyObject *labels = NULL;
    more m = { 0 };
    double value;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "d|O!OOO:value", (char **)keywords, &value,
                                     &PyDict_Type, &labels, &m.timestamp, &m.created,
                                     &m.exemplar) ||
        prom__py_builder_check(self) < 0 || prom__py_builder_labels(self, labels) < 0)
        return NULL;
    return prom__py_builder_finish(self, self->st->api->build_value(self->b, NULL, value), &m);
}

/* n states of a dict {state: on}, borrowing its text. */
static prom_state *states_of(PyObject *dict)
{
    prom_state *states = PyMem_New(prom_state, (size_t)PyDict_GET_SIZE(dict) + 1);
    PyObject *name, *on;
    Py_ssize_t at = 0;
    size_t i = 0, n = (size_t)PyDict_GET_SIZE(dict);

    if (!states)
        return (prom_state *)PyErr_NoMemory();
    for (; i < n && PyDict_Next(dict, &at, &name, &on); i++) {
        if (!PyUnicode_Check(name))
            PyErr_Format(PyExc_TypeError, "state must be str, not %R", name);
        else if (!PyBool_Check(on))
            PyErr_Format(PyExc_TypeError, "a state is True or False, not %R", on);
        else if (prom__py_utf8(name, &states[i].name) == 0)
            states[i].on = on == Py_True;
        if (PyErr_Occurred()) {
            PyMem_Free(states);
            return NULL;
        }
    }
    return states;
}

static PyObject *builder_stateset(builder *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "states", "labels", "timestamp", NULL };
    PyObject *dict, *labels = NULL, *result = NULL;
    more m = { 0 };
    prom_state *states;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|O!O:stateset", (char **)keywords,
                                     &PyDict_Type, &dict, &PyDict_Type, &labels,
                                     &m.timestamp) ||
        prom__py_builder_check(self) < 0 || prom__py_builder_labels(self, labels) < 0)
        return NULL;
    states = states_of(dict);
    if (states)
        result = prom__py_builder_finish(
            self,
            self->st->api->build_stateset(self->b, NULL, states, (size_t)PyDict_GET_SIZE(dict)),
            &m);
    PyMem_Free(states);
    return result;
}

/* --- the gather under way
 * ---------------------------------------------------------------------- */

static PyObject *builder_wants(builder *self, PyObject *name)
{
    const char *utf8;

    if (prom__py_builder_check(self) < 0)
        return NULL;
    utf8 = prom__py_name(name, "name");
    return utf8 ? PyBool_FromLong(self->st->api->build_wants(self->b, utf8)) : NULL;
}

static PyObject *builder_stopped(builder *self, PyObject *unused)
{
    (void)unused;
    if (prom__py_builder_check(self) < 0)
        return NULL;
    return PyBool_FromLong(self->st->api->build_stopped(self->b));
}

#define METHOD(function) (PyCFunction)(void (*)(void))(function), METH_VARARGS | METH_KEYWORDS

static PyMethodDef builder_methods[] = {
    { "family", METHOD(builder_family),
      "family($self, /, type, name, documentation=None, unit=None, labels=())\n--\n\n"
      "Open a family; the metrics that follow belong to it. The name is taken as it is; labels "
      "are names, of which only a description tells." },
    { "desc", (PyCFunction)(void (*)(void))builder_desc, METH_O,
      "desc($self, desc, /)\n--\n\nOpen a family by its description." },
    { "snapshot", (PyCFunction)(void (*)(void))builder_snapshot, METH_O,
      "snapshot($self, snapshot, /)\n--\n\nAdd all families of a snapshot." },
    { "value", METHOD(builder_value),
      "value($self, /, value, labels={}, timestamp=None, created=None, exemplar=None)\n--\n\n"
      "Add a counter, gauge, unknown or info; times in unix seconds." },
    { "histogram", METHOD(prom__py_builder_histogram),
      "histogram($self, /, sum, count, buckets, labels={}, timestamp=None, created=None, "
      "exemplars=(), native=None)\n--\n\n"
      "Add a histogram; buckets is a list of (bound, cumulative count), native a "
      "NativeHistogram." },
    { "summary", METHOD(prom__py_builder_summary),
      "summary($self, /, sum, count, quantiles, labels={}, timestamp=None, created=None)"
      "\n--\n\nAdd a summary; quantiles is a list of (quantile, value)." },
    { "stateset", METHOD(builder_stateset),
      "stateset($self, /, states, labels={}, timestamp=None)\n--\n\n"
      "Add a state set; states is a dict {state: on}." },
    { "wants", (PyCFunction)(void (*)(void))builder_wants, METH_O,
      "wants($self, name, /)\n--\n\nWhether this gather asks for the family." },
    { "stopped", (PyCFunction)(void (*)(void))builder_stopped, METH_NOARGS,
      "stopped($self, /)\n--\n\nWhether the gather's time is up, so that one may return." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot builder_slots[] = {
    { Py_tp_doc, "What a collector writes to; only during the call it is given to." },
    { Py_tp_dealloc, SLOT(builder_dealloc) },
    { Py_tp_methods, builder_methods },
    { 0, NULL },
};

PyType_Spec prom__py_builder_spec = {
    .name = "libprom._native.Builder",
    .basicsize = sizeof(builder),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = builder_slots,
};
