// SPDX-License-Identifier: Apache-2.0
/* snapshot.c - gathering without the GIL, and what was gathered. */
#include "native.h"

typedef struct snapshot_box {
    PyObject_HEAD prom_snapshot *s; /* one reference */
    state *st;
} snapshot_box;

/* --- what a gather is asked for ---------------------------------------------------------- */

/* Of prom_gather_opts, with what it borrows. */
typedef struct wish {
    prom_gather_opts o;
    state *st;
    PyObject *names, *cancelled; /* owned, or NULL */
    const char **array;
} wish;

static bool ask_cancelled(void *data)
{
    wish *w = data;
    PyObject *result;
    guest v;
    int yes = 0;

    if (prom__py_visit_begin(w->st->gate, &v))
        return true; /* the interpreter ends */
    result = PyObject_CallNoArgs(w->cancelled);
    yes = result ? PyObject_IsTrue(result) : -1;
    Py_XDECREF(result);
    if (yes < 0)
        (void)prom__py_callback_failed(w->st);
    prom__py_visit_end(w->st->gate, &v);
    return yes != 0;
}

static int wish_names(wish *w, PyObject *names)
{
    if (!names || names == Py_None)
        return 0;
    w->names = PyUnicode_Check(names) ? PyTuple_Pack(1, names) : PySequence_Tuple(names);
    w->array = w->names ? prom__py_name_array(w->names, "name") : NULL;
    w->o.names = w->array;
    return w->array ? 0 : -1;
}

static void wish_free(wish *w)
{
    Py_CLEAR(w->names);
    Py_CLEAR(w->cancelled);
    PyMem_Free(w->array);
}

static int wish_of(state *st, PyObject *names, PyObject *timeout, PyObject *cancelled, wish *w)
{
    *w = (wish){ { .size = sizeof(w->o) }, st, NULL, NULL, NULL };
    if (cancelled && cancelled != Py_None) {
        if (!PyCallable_Check(cancelled)) {
            PyErr_SetString(PyExc_TypeError, "cancelled must be a function");
            return -1;
        }
        w->cancelled = Py_NewRef(cancelled);
        w->o.cancelled = ask_cancelled;
        w->o.data = w;
    }
    if (prom__py_timeout(timeout, &w->o.timeout_ms) == 0 && wish_names(w, names) == 0)
        return 0;
    wish_free(w);
    return -1;
}

/* --- gathering ------------------------------------------------------------------------------
 */

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

/* Of n registries; `strict` makes errors of collectors exceptions. */
static prom_snapshot *gather(state *st, prom_registry *const *r, size_t n, const wish *w,
                             bool strict)
{
    prom_snapshot *s = NULL;
    catcher c;
    prom_err err;

    prom__py_catcher_push(&c);
    err = n == 1 ? st->api->gather_with(r[0], w ? &w->o : NULL, &s)
                 : st->api->gather_merged(r, n, w ? &w->o : NULL, &s);
    prom__py_catcher_pop(&c);
    if (err == PROM_E_CANCELLED && c.raised) {
        PyErr_SetObject((PyObject *)Py_TYPE(c.raised), c.raised);
    } else if (err) {
        prom__py_raise(st, err);
    } else if (strict && raise_errors(st, s, &c) < 0) {
        st->api->unref(s);
        s = NULL;
    }
    Py_XDECREF(c.raised);
    return s;
}

prom_snapshot *prom__py_gather(state *st, prom_registry *r)
{
    return gather(st, &r, 1, NULL, true);
}

PyObject *prom__py_snapshot_around(state *st, prom_snapshot *s, PyTypeObject *type)
{
    snapshot_box *self = s ? (snapshot_box *)type->tp_alloc(type, 0) : NULL;

    if (!self) {
        if (s)
            st->api->unref(s);
        return NULL;
    }
    self->s = s;
    self->st = st;
    return (PyObject *)self;
}

/* The registries of a tuple, borrowed; for PyMem_Free. */
static prom_registry **registries_of(state *st, PyObject *tuple)
{
    Py_ssize_t n = PyTuple_GET_SIZE(tuple);
    prom_registry **r = PyMem_New(prom_registry *, (size_t)n + 1);

    if (!r)
        return (prom_registry **)PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *one = PyTuple_GET_ITEM(tuple, i);
        r[i] = PyObject_TypeCheck(one, st->registry) ? prom__py_registry_of(one) : NULL;
        if (!r[i]) {
            if (!PyErr_Occurred())
                PyErr_Format(PyExc_TypeError, "%R is no registry", one);
            PyMem_Free(r);
            return NULL;
        }
    }
    return r;
}

/* Snapshot(registries, names=None, timeout=None, cancelled=None, strict=False) */
static PyObject *snapshot_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "registries", "names",  "timeout",
                                            "cancelled",  "strict", NULL };
    state *st = prom__py_state(type);
    PyObject *tuple, *names = NULL, *timeout = NULL, *cancelled = NULL;
    prom_registry **r;
    prom_snapshot *s = NULL;
    int strict = 0;
    wish w;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|OOOp:Snapshot", (char **)keywords,
                                     &PyTuple_Type, &tuple, &names, &timeout, &cancelled,
                                     &strict))
        return NULL;
    r = registries_of(st, tuple);
    if (!r)
        return NULL;
    if (wish_of(st, names, timeout, cancelled, &w) == 0) {
        s = gather(st, r, (size_t)PyTuple_GET_SIZE(tuple), &w, strict);
        wish_free(&w);
    }
    PyMem_Free(r);
    return prom__py_snapshot_around(st, s, type);
}

static void snapshot_dealloc(snapshot_box *self)
{
    PyTypeObject *type = Py_TYPE(self);

    self->st->api->unref(self->s);
    type->tp_free(self);
    Py_DECREF(type);
}

prom_snapshot *prom__py_snapshot_of(PyObject *op)
{
    return ((snapshot_box *)op)->s;
}

/* --- reading ---------------------------------------------------------------------------------
 */

/* A prom_family_metrics callback; `data` is the list. */
static prom_err append_metric(void *data, const prom_metric *m)
{
    PyObject *metric = prom__py_metric_value(m);
    int failed = metric ? PyList_Append(data, metric) : -1;

    Py_XDECREF(metric);
    return failed ? PROM_E_CALLBACK : PROM_OK;
}

PyObject *prom__py_family(state *st, const prom_family *f)
{
    PyObject *metrics = PyList_New(0);
    prom_err err = metrics ? st->api->family_metrics(f, append_metric, metrics) : PROM_OK;

    if (metrics && !err)
        return Py_BuildValue("(szzzN)", st->api->type_name(f->type), f->name, f->help, f->unit,
                             metrics);
    Py_XDECREF(metrics);
    return PyErr_Occurred() ? NULL : prom__py_raise(st, err);
}

static PyObject *families_of(state *st, const prom_snapshot *s)
{
    size_t n = st->api->snapshot_size(s);
    PyObject *families = PyList_New((Py_ssize_t)n);

    for (size_t i = 0; families && i < n; i++) {
        PyObject *family = prom__py_family(st, st->api->snapshot_at(s, i));
        if (family)
            PyList_SET_ITEM(families, (Py_ssize_t)i, family);
        else
            Py_CLEAR(families);
    }
    return families;
}

PyObject *prom__py_families(state *st, prom_registry *r)
{
    prom_snapshot *s = prom__py_gather(st, r);
    PyObject *families = s ? families_of(st, s) : NULL;

    st->api->unref(s);
    return families;
}

static PyObject *snapshot_encode(snapshot_box *self, PyObject *args)
{
    return prom__py_encode(self->st, self->s, args);
}

static PyObject *snapshot_families(snapshot_box *self, PyObject *unused)
{
    (void)unused;
    return families_of(self->st, self->s);
}

static PyObject *snapshot_family(snapshot_box *self, PyObject *index)
{
    Py_ssize_t i = PyNumber_AsSsize_t(index, PyExc_IndexError);

    if (i == -1 && PyErr_Occurred())
        return NULL;
    if (i < 0 || (size_t)i >= self->st->api->snapshot_size(self->s)) {
        PyErr_SetString(PyExc_IndexError, "no such family");
        return NULL;
    }
    return prom__py_family(self->st, self->st->api->snapshot_at(self->s, (size_t)i));
}

static PyObject *snapshot_size(snapshot_box *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromSize_t(self->st->api->snapshot_size(self->s));
}

static PyObject *snapshot_errors(snapshot_box *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    const char *sentence;

    (void)unused;
    for (size_t i = 0; list && (sentence = self->st->api->snapshot_error(self->s, i)); i++) {
        PyObject *str = PyUnicode_DecodeUTF8(sentence, (Py_ssize_t)strlen(sentence), "replace");
        if (!str || PyList_Append(list, str) < 0)
            Py_CLEAR(list);
        Py_XDECREF(str);
    }
    return list;
}

/* A snapshot of this class that shows what another one shows. */
static PyObject *snapshot_of(PyTypeObject *type, PyObject *other)
{
    state *st = prom__py_state(type);

    if (!PyObject_TypeCheck(other, st->snapshot))
        return PyErr_Format(PyExc_TypeError, "%R is no snapshot", other);
    return prom__py_snapshot_around(st, st->api->ref(prom__py_snapshot_of(other)), type);
}

/* --- type ------------------------------------------------------------------------------------
 */

#define NOARGS(function) (PyCFunction)(void (*)(void))(function), METH_NOARGS

static PyMethodDef snapshot_methods[] = {
    { "_encode", (PyCFunction)(void (*)(void))snapshot_encode, METH_VARARGS, NULL },
    { "_families", NOARGS(snapshot_families), NULL },
    { "_size", NOARGS(snapshot_size), NULL },
    { "_of", (PyCFunction)(void (*)(void))snapshot_of, METH_O | METH_CLASS, NULL },
    { "_family", (PyCFunction)(void (*)(void))snapshot_family, METH_O, NULL },
    { "errors", NOARGS(snapshot_errors),
      "errors($self, /)\n--\n\nA sentence for each collector that failed and each clash." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot snapshot_slots[] = {
    { Py_tp_doc, "Snapshot(registries, names=None, timeout=None, cancelled=None, "
                 "strict=False)\n--\n\nWhat registries show at one moment." },
    { Py_tp_new, SLOT(snapshot_new) },
    { Py_tp_dealloc, SLOT(snapshot_dealloc) },
    { Py_tp_methods, snapshot_methods },
    { 0, NULL },
};

PyType_Spec prom__py_snapshot_spec = {
    .name = "libprom._native.Snapshot",
    .basicsize = sizeof(snapshot_box),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = snapshot_slots,
};
