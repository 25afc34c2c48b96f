// SPDX-License-Identifier: Apache-2.0
/* desc.c - descriptions as objects: to make metrics from, or to say what a collector builds. */
#include "native.h"

typedef struct desc_box {
    PyObject_HEAD prom_desc *d; /* one reference */
    state *st;
    PyObject *constraints; /* as options.c keeps them, or NULL */
} desc_box;

/* --- making ------------------------------------------------------------------------------ */

/* Takes over both references. */
static PyObject *box_of(state *st, PyTypeObject *type, prom_desc *d, PyObject *constraints)
{
    desc_box *self = (desc_box *)type->tp_alloc(type, 0);

    if (!self) {
        st->api->unref(d);
        Py_XDECREF(constraints);
        return NULL;
    }
    self->st = st;
    self->d = d;
    self->constraints = constraints;
    return (PyObject *)self;
}

/* A description that is wrong is one that says so; a call that is wrong is an exception. */
static prom_desc *desc_of_exception(state *st)
{
    PyObject *type, *value, *traceback, *text;
    const char *sentence;
    prom_desc *d = NULL;
    prom_err err;

    if (!PyErr_ExceptionMatches(PyExc_ValueError))
        return NULL;
    PyErr_Fetch(&type, &value, &traceback);
    text = PyObject_Str(value ? value : type);
    sentence = text ? PyUnicode_AsUTF8(text) : NULL;
    PyErr_Clear();
    err = st->api->desc_invalid(PROM_E_INVAL, sentence, &d);
    if (err)
        prom__py_raise(st, err);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return d;
}

static PyObject *desc_new(PyTypeObject *cls, PyObject *args, PyObject *kwargs)
{
    state *st = prom__py_state(cls);
    PyObject *word, *rest, *constraints = NULL;
    const char *utf8;
    const kind *k;
    prom_type type;
    prom_desc *d;

    if (PyTuple_GET_SIZE(args) < 1) {
        PyErr_SetString(PyExc_TypeError, "Desc() needs a type, a name and a documentation");
        return NULL;
    }
    word = PyTuple_GET_ITEM(args, 0);
    utf8 = prom__py_name(word, "type");
    if (!utf8 || prom__py_type_of(st, utf8, &type) < 0)
        return NULL;
    k = prom__py_kind(type);
    rest = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    if (!rest)
        return NULL;
    d = prom__py_desc_of_args(st, k, rest, kwargs, &constraints);
    Py_DECREF(rest);
    if (!d)
        d = desc_of_exception(st);
    if (d)
        return box_of(st, cls, d, constraints);
    Py_XDECREF(constraints);
    return NULL;
}

static PyObject *desc_of(PyObject *cls, PyObject *op)
{
    state *st = prom__py_state((PyTypeObject *)cls);
    metric_box *metric = (metric_box *)op;
    PyObject *constraints = NULL;
    void *object = NULL;
    prom_desc *d;
    prom_err err;

    if (!PyObject_TypeCheck(op, st->metric)) {
        PyErr_Format(PyExc_TypeError, "%.100s is no metric", Py_TYPE(op)->tp_name);
        return NULL;
    }
    if (metric->family) {
        object = prom__py_family_vec(metric->family);
        constraints = prom__py_family_constraints(metric->family);
    } else if (metric->handle) {
        object = metric->handle;
    } else {
        return prom__py_metric_no_series(metric);
    }
    err = st->api->desc_of(object, &d);
    if (err)
        return prom__py_raise(st, err);
    Py_XINCREF(constraints);
    return box_of(st, (PyTypeObject *)cls, d, constraints);
}

static PyObject *desc_invalid(PyObject *cls, PyObject *sentence)
{
    state *st = prom__py_state((PyTypeObject *)cls);
    const char *utf8 = prom__py_name(sentence, "sentence");
    prom_desc *d;
    prom_err err;

    if (!utf8)
        return NULL;
    err = st->api->desc_invalid(PROM_E_INVAL, utf8, &d);
    return err ? prom__py_raise(st, err) : box_of(st, (PyTypeObject *)cls, d, NULL);
}

prom_desc *prom__py_desc(PyObject *op)
{
    return ((desc_box *)op)->d;
}

/* _metric(classes, registry): a metric of the class that the type has, registered unless
 * registry is None. */
static PyObject *desc_metric(desc_box *self, PyObject *args)
{
    PyObject *classes, *registry, *metric;
    prom_registry *r = NULL;
    prom_vec *vec;
    prom_err err;

    if (!PyArg_ParseTuple(args, "O!O:_metric", &PyDict_Type, &classes, &registry))
        return NULL;
    if (registry != Py_None && !PyObject_TypeCheck(registry, self->st->registry)) {
        PyErr_Format(PyExc_TypeError, "%R is no registry", registry);
        return NULL;
    }
    if (registry != Py_None && !(r = prom__py_registry_of(registry)))
        return NULL;
    err = self->st->api->vec_of(r, self->d, &vec);
    if (err) {
        const prom_opts *o = self->st->api->desc_opts(self->d);
        return prom__py_raise_for(self->st, err, o ? o->name : NULL);
    }
    metric = prom__py_metric_of(self->st, classes, vec);
    self->st->api->unref(vec);
    if (metric && self->constraints)
        prom__py_family_constrain(((metric_box *)metric)->family, self->constraints);
    return metric;
}

/* --- reading ----------------------------------------------------------------------------- */

static PyObject *desc_str(desc_box *self)
{
    PyObject *text;
    char *utf8;
    prom_err err = self->st->api->desc_string(self->d, &utf8);

    if (err)
        return prom__py_raise(self->st, err);
    text = PyUnicode_FromString(utf8);
    self->st->api->free(utf8);
    return text;
}

static PyObject *get_error(desc_box *self, void *unused)
{
    PyObject *type, *value, *traceback;
    prom_err err = self->st->api->desc_error(self->d);

    (void)unused;
    if (!err)
        Py_RETURN_NONE;
    prom__py_raise(self->st, err);
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
}

static PyObject *text_or_none(const char *text)
{
    return text ? PyUnicode_FromString(text) : Py_NewRef(Py_None);
}

static PyObject *get_name(desc_box *self, void *unused)
{
    const prom_opts *o = self->st->api->desc_opts(self->d);

    (void)unused;
    return text_or_none(o ? o->name : NULL);
}

static PyObject *get_documentation(desc_box *self, void *unused)
{
    const prom_opts *o = self->st->api->desc_opts(self->d);

    (void)unused;
    return text_or_none(o ? o->help : NULL);
}

static PyObject *get_unit(desc_box *self, void *unused)
{
    const prom_opts *o = self->st->api->desc_opts(self->d);

    (void)unused;
    return PyUnicode_FromString(o && o->unit ? o->unit : "");
}

static PyObject *get_type(desc_box *self, void *unused)
{
    (void)unused;
    return PyUnicode_FromString(self->st->api->type_name(self->st->api->desc_type(self->d)));
}

static PyObject *get_labelnames(desc_box *self, void *unused)
{
    const prom_opts *o = self->st->api->desc_opts(self->d);

    (void)unused;
    return prom__py_names_of(o ? o->labels : NULL);
}

static PyObject *get_const_labels(desc_box *self, void *unused)
{
    const prom_opts *o = self->st->api->desc_opts(self->d);
    PyObject *dict = PyDict_New();

    (void)unused;
    for (const prom_label *l = o ? o->const_labels : NULL; dict && l && l->name; l++) {
        PyObject *value = PyUnicode_FromString(l->value);
        if (!value || PyDict_SetItemString(dict, l->name, value) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

/* --- type -------------------------------------------------------------------------------- */

static int desc_traverse(desc_box *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->constraints);
    return 0;
}

static int desc_clear(desc_box *self)
{
    Py_CLEAR(self->constraints);
    return 0;
}

static void desc_dealloc(desc_box *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    desc_clear(self);
    self->st->api->unref(self->d);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyGetSetDef desc_getset[] = {
    { "error", (getter)get_error, NULL, "What is wrong with it, an exception; or None.", NULL },
    { "name", (getter)get_name, NULL, "As it is exposed; None if it is invalid.", NULL },
    { "documentation", (getter)get_documentation, NULL, NULL, NULL },
    { "type", (getter)get_type, NULL, NULL, NULL },
    { "unit", (getter)get_unit, NULL, NULL, NULL },
    { "labelnames", (getter)get_labelnames, NULL, NULL, NULL },
    { "const_labels", (getter)get_const_labels, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyMethodDef desc_methods[] = {
    { "of", desc_of, METH_O | METH_CLASS,
      "of($type, metric, /)\n--\n\nThe description of a metric, or of the one that a child is "
      "of." },
    { "invalid", desc_invalid, METH_O | METH_CLASS,
      "invalid($type, sentence, /)\n--\n\nA description that says that it is wrong." },
    { "_metric", (PyCFunction)(void (*)(void))desc_metric, METH_VARARGS, NULL },
    { NULL, NULL, 0, NULL },
};

static PyType_Slot desc_slots[] = {
    { Py_tp_doc,
      "Desc(type, /, name, documentation, labelnames=(), namespace='', subsystem='', "
      "unit='', **options)\n--\n\nA checked description of a metric." },
    { Py_tp_new, SLOT(desc_new) },
    { Py_tp_dealloc, SLOT(desc_dealloc) },
    { Py_tp_traverse, SLOT(desc_traverse) },
    { Py_tp_clear, SLOT(desc_clear) },
    { Py_tp_str, SLOT(desc_str) },
    { Py_tp_repr, SLOT(desc_str) },
    { Py_tp_getset, desc_getset },
    { Py_tp_methods, desc_methods },
    { 0, NULL },
};

PyType_Spec prom__py_desc_spec = {
    .name = "libprom._native.Desc",
    .basicsize = sizeof(desc_box),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = desc_slots,
};
