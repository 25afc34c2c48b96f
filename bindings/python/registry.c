// SPDX-License-Identifier: Apache-2.0
/* registry.c - the native half of CollectorRegistry: a counted pointer to a registry that
 * C, Lua and other modules may hold as well. */
#include "native.h"

prom_registry *prom__py_registry_of(PyObject *op)
{
    registry_box *self = (registry_box *)op;

    if (!self->r)
        PyErr_SetString(PyExc_ValueError, "registry is not initialised");
    return self->r;
}

/* --- life ---------------------------------------------------------------------------- */

static prom_registry *from_capsule(state *st, PyObject *capsule)
{
    if (!PyCapsule_IsValid(capsule, PROM_PYTHON_REGISTRY)) {
        PyErr_Format(PyExc_TypeError, "a capsule named '%s' is needed, not %R",
                     PROM_PYTHON_REGISTRY, capsule);
        return NULL;
    }
    return st->api->ref(PyCapsule_GetPointer(capsule, PROM_PYTHON_REGISTRY));
}

static int read_opts(PyObject *pedantic, PyObject *max_series, prom_registry_opts *o)
{
    unsigned long n = 0;
    int yes = pedantic ? PyObject_IsTrue(pedantic) : 0;

    if (max_series && max_series != Py_None)
        n = PyLong_AsUnsignedLong(max_series);
    if (yes < 0 || PyErr_Occurred())
        return -1;
    o->pedantic = yes;
    o->max_series = n > PROM_NO_LIMIT ? PROM_NO_LIMIT : (unsigned)n;
    return 0;
}

/* Python's own keep the order of registration, as prometheus_client does. */
static prom_registry *make(state *st, PyObject *pedantic, PyObject *max_series)
{
    prom_registry_opts o = { .size = sizeof(o), .order = PROM_ORDER_CREATED };
    prom_registry *r = NULL;
    prom_err err;

    if (read_opts(pedantic, max_series, &o) < 0)
        return NULL;
    err = st->api->registry_new(&o, &r);
    if (err)
        prom__py_raise(st, err);
    return r;
}

static int registry_init(registry_box *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "capsule", "pedantic", "max_series", NULL };
    PyObject *capsule = NULL; /* None is a mistake of a host, not a wish for a new one */
    PyObject *pedantic = NULL, *max_series = NULL;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O$OO:Registry", (char **)keywords,
                                     &capsule, &pedantic, &max_series))
        return -1;
    if (self->r) {
        PyErr_SetString(PyExc_RuntimeError, "a registry cannot be initialised twice");
        return -1;
    }
    self->st = prom__py_state(Py_TYPE(self));
    self->r = capsule ? from_capsule(self->st, capsule) : make(self->st, pedantic, max_series);
    return self->r ? 0 : -1;
}

static void registry_dealloc(registry_box *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (self->r)
        self->st->api->unref(self->r);
    type->tp_free(self);
    Py_DECREF(type);
}

/* --- capsules ------------------------------------------------------------------------- */

static void capsule_free(PyObject *capsule)
{
    const prom_api *api = PyCapsule_GetContext(capsule);

    api->unref(PyCapsule_GetPointer(capsule, PROM_PYTHON_REGISTRY));
}

PyObject *prom__py_registry_capsule(state *st, prom_registry *r)
{
    PyObject *capsule = PyCapsule_New(r, PROM_PYTHON_REGISTRY, NULL);

    if (!capsule || PyCapsule_SetContext(capsule, (void *)(uintptr_t)st->api) < 0 ||
        PyCapsule_SetDestructor(capsule, capsule_free) < 0) {
        Py_XDECREF(capsule);
        return NULL;
    }
    st->api->ref(r);
    return capsule;
}

static PyObject *registry_capsule(PyObject *self, PyObject *unused)
{
    prom_registry *r = prom__py_registry_of(self);

    (void)unused;
    return r ? prom__py_registry_capsule(((registry_box *)self)->st, r) : NULL;
}

/* --- metrics and collectors -------------------------------------------------------------- */

/* What a metric or a registry is to the library, borrowed; *name is what it is called. */
static void *object_of(registry_box *self, PyObject *op, const char **name)
{
    prom_vec *vec;

    *name = NULL;
    if (PyObject_TypeCheck(op, self->st->registry))
        return prom__py_registry_of(op);
    if (PyObject_TypeCheck(op, self->st->collector))
        return prom__py_collector_of(op);
    if (!PyObject_TypeCheck(op, self->st->metric)) {
        PyErr_Format(PyExc_TypeError, "%.100s is no metric", Py_TYPE(op)->tp_name);
        return NULL;
    }
    vec = prom__py_metric_vec((metric_box *)op);
    if (vec)
        *name = self->st->api->vec_opts(vec)->name;
    return vec;
}

static PyObject *add_or_remove(registry_box *self, PyObject *op, bool add)
{
    prom_registry *r = prom__py_registry_of((PyObject *)self);
    const char *name;
    void *object = r ? object_of(self, op, &name) : NULL;
    catcher c;
    prom_err err;

    if (!object)
        return NULL;
    prom__py_catcher_push(&c); /* to add or remove may wait for a gather */
    err = add ? self->st->api->registry_add(r, object)
              : self->st->api->registry_remove(r, object);
    prom__py_catcher_pop(&c);
    Py_XDECREF(c.raised);
    if (err)
        return prom__py_raise_for(self->st, err, name);
    Py_RETURN_NONE;
}

static PyObject *registry_wrap(registry_box *self, PyObject *args)
{
    prom_registry *r = prom__py_registry_of((PyObject *)self), *wrapped = NULL;
    prom_wrap_opts o = { .size = sizeof(o) };
    PyObject *labels, *strings, *capsule = NULL;
    prom_label *array;
    prom_err err;

    if (!r || !PyArg_ParseTuple(args, "sO!:wrap", &o.prefix, &PyDict_Type, &labels))
        return NULL;
    strings = prom__py_str_values(labels);
    array = strings ? prom__py_label_array(strings, "labels") : NULL;
    if (array) {
        o.labels = array;
        err = self->st->api->registry_wrap(r, &o, &wrapped);
        if (err)
            prom__py_raise(self->st, err);
        else
            capsule = prom__py_registry_capsule(self->st, wrapped);
        self->st->api->unref(wrapped);
    }
    PyMem_Free(array);
    Py_XDECREF(strings);
    return capsule;
}

static PyObject *registry_add(registry_box *self, PyObject *metric)
{
    return add_or_remove(self, metric, true);
}

static PyObject *registry_remove(registry_box *self, PyObject *metric)
{
    return add_or_remove(self, metric, false);
}

static PyObject *registry_clear(registry_box *self, PyObject *unused)
{
    prom_registry *r = prom__py_registry_of((PyObject *)self);

    (void)unused;
    if (!r)
        return NULL;
    self->st->api->registry_clear(r);
    Py_RETURN_NONE;
}

static PyObject *registry_collector(registry_box *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "name", "function", "describe", "timeout", NULL };
    prom_registry *r = prom__py_registry_of((PyObject *)self);
    PyObject *name, *function, *describe = NULL, *timeout = NULL;

    if (!r || !PyArg_ParseTupleAndKeywords(args, kwargs, "OO|OO:collector", (char **)keywords,
                                           &name, &function, &describe, &timeout))
        return NULL;
    return prom__py_collector_new(self->st, r, name, function, describe, timeout);
}

/* --- reading ------------------------------------------------------------------------------ */

static PyObject *registry_encode(PyObject *self, PyObject *args)
{
    state *st = ((registry_box *)self)->st;
    prom_registry *r = prom__py_registry_of(self);
    prom_snapshot *s = r ? prom__py_gather(st, r) : NULL;
    PyObject *bytes = s ? prom__py_encode(st, s, args) : NULL;

    if (s)
        st->api->unref(s);
    return bytes;
}

static PyObject *registry_families(registry_box *self, PyObject *unused)
{
    prom_registry *r = prom__py_registry_of((PyObject *)self);

    (void)unused;
    return r ? prom__py_families(self->st, r) : NULL;
}

static PyObject *sample_value(state *st, prom_registry *r, const char *name,
                              const prom_label *labels)
{
    prom_snapshot *s = prom__py_gather(st, r);
    double value;
    prom_err err;

    if (!s)
        return NULL;
    err = st->api->snapshot_value(s, name, labels, &value);
    st->api->unref(s);
    if (err == PROM_E_NOENT)
        Py_RETURN_NONE;
    return err ? prom__py_raise(st, err) : PyFloat_FromDouble(value);
}

static PyObject *registry_sample_value(registry_box *self, PyObject *args, PyObject *kwargs)
{
    static const char *const keywords[] = { "name", "labels", NULL };
    prom_registry *r = prom__py_registry_of((PyObject *)self);
    PyObject *dict = Py_None, *value;
    const char *name;
    prom_label *labels;

    if (!r || !PyArg_ParseTupleAndKeywords(args, kwargs, "s|O:get_sample_value",
                                           (char **)keywords, &name, &dict))
        return NULL;
    labels = prom__py_label_array(dict == Py_None ? NULL : dict, "labels");
    if (!labels)
        return NULL;
    value = sample_value(self->st, r, name, labels);
    PyMem_Free(labels);
    return value;
}

/* --- type ------------------------------------------------------------------------------------
 */

#define PLAIN(function, flags) (PyCFunction)(void (*)(void))(function), (flags)

static PyMethodDef registry_methods[] = {
    { "capsule", PLAIN(registry_capsule, METH_NOARGS),
      "capsule($self, /)\n--\n\nThe registry as a capsule named \"prom.registry\", for C." },
    { "_add", PLAIN(registry_add, METH_O), NULL },
    { "_remove", PLAIN(registry_remove, METH_O), NULL },
    { "_wrap", PLAIN(registry_wrap, METH_VARARGS), NULL },
    { "_each", PLAIN(prom__py_registry_each, METH_O), NULL },
    { "_named", PLAIN(prom__py_registry_named, METH_O), NULL },
    { "_clear", PLAIN(registry_clear, METH_NOARGS), NULL },
    { "_find", PLAIN(prom__py_registry_find, METH_VARARGS), NULL },
    { "_has", PLAIN(prom__py_registry_has, METH_O), NULL },
    { "_encode", PLAIN(registry_encode, METH_VARARGS), NULL },
    { "_families", PLAIN(registry_families, METH_NOARGS), NULL },
    { "collector", PLAIN(registry_collector, METH_VARARGS | METH_KEYWORDS),
      "collector($self, /, name, function, describe=None, timeout=None)\n--\n\n"
      "Call function(builder) at each gather, for as long as the object returned lives." },
    { "get_sample_value", PLAIN(registry_sample_value, METH_VARARGS | METH_KEYWORDS),
      "get_sample_value($self, /, name, labels=None)\n--\n\n"
      "The value of the sample with exactly these labels, or None." },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot registry_slots[] = {
    { Py_tp_doc, "Registry(capsule=..., *, pedantic=False, max_series=None)\n--\n\nA registry, "
                 "new or that of a capsule." },
    { Py_tp_new, SLOT(PyType_GenericNew) },
    { Py_tp_init, SLOT(registry_init) },
    { Py_tp_dealloc, SLOT(registry_dealloc) },
    { Py_tp_methods, registry_methods },
    { 0, NULL },
};

PyType_Spec prom__py_registry_spec = {
    .name = "libprom._native.Registry",
    .basicsize = sizeof(registry_box),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = registry_slots,
};
