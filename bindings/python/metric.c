// SPDX-License-Identifier: Apache-2.0
/* metric.c - the base of Counter, Gauge and all other types. */
#include "native.h"

/* --- life ---------------------------------------------------------------------- */

static int metric_traverse(metric_box *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->desc);
    Py_VISIT(self->values);
    return self->family ? prom__py_family_traverse(self->family, visit, arg) : 0;
}

/* Only the children can be part of a cycle that matters; the rest stays, so that a metric
 * that is used while it is being collected still works. */
static int metric_clear(metric_box *self)
{
    if (self->family)
        prom__py_family_clear(self->family);
    return 0;
}

static void metric_dealloc(metric_box *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    if (self->family)
        prom__py_family_free(self->api, self->family);
    if (self->handle)
        self->api->unref(self->handle);
    Py_XDECREF(self->desc);
    Py_XDECREF(self->values);
    type->tp_free(self);
    Py_DECREF(type);
}

bool prom__py_is_enum(const metric_box *self)
{
    return PyType_IsSubtype(Py_TYPE(self), self->st->enumeration);
}

/* --- describing ---------------------------------------------------------------- */

prom_vec *prom__py_metric_vec(metric_box *self)
{
    if (self->family)
        return prom__py_family_vec(self->family);
    PyErr_SetString(PyExc_ValueError, self->values
                                          ? "a child cannot be registered, its parent can"
                                          : "metric is not initialised");
    return NULL;
}

PyObject *prom__py_metric_no_series(metric_box *self)
{
    if (self->desc)
        PyErr_Format(PyExc_ValueError, "%s metric is missing label values", self->kind->word);
    else
        PyErr_SetString(PyExc_ValueError, "metric is not initialised");
    return NULL;
}

PyObject *prom__py_metric_str(PyObject *op)
{
    metric_box *self = (metric_box *)op;

    if (!self->desc)
        return PyUnicode_FromFormat("%s", Py_TYPE(op)->tp_name);
    return PyUnicode_FromFormat("%s:%U", self->kind->word,
                                PyTuple_GET_ITEM(self->desc, DESC_NAME));
}

static PyObject *metric_repr(PyObject *op)
{
    metric_box *self = (metric_box *)op;
    PyObject *type = (PyObject *)Py_TYPE(op), *module, *name, *repr = NULL;

    if (!self->desc)
        return PyUnicode_FromFormat("<%s, not initialised>", Py_TYPE(op)->tp_name);
    module = PyObject_GetAttrString(type, "__module__");
    name = PyObject_GetAttrString(type, "__name__");
    if (module && name)
        repr = PyUnicode_FromFormat("%S.%S(%U)", module, name,
                                    PyTuple_GET_ITEM(self->desc, DESC_NAME));
    Py_XDECREF(module);
    Py_XDECREF(name);
    return repr;
}

static PyObject *get_desc(PyObject *op, void *index)
{
    metric_box *self = (metric_box *)op;

    if (!self->desc)
        return prom__py_metric_no_series(self);
    return Py_NewRef(PyTuple_GET_ITEM(self->desc, (Py_ssize_t)(intptr_t)index));
}

static PyObject *get_values(PyObject *op, void *unused)
{
    metric_box *self = (metric_box *)op;

    (void)unused;
    return self->values ? Py_NewRef(self->values) : PyTuple_New(0);
}

static PyObject *get_type(PyObject *op, void *unused)
{
    metric_box *self = (metric_box *)op;

    (void)unused;
    return self->kind ? PyUnicode_FromString(self->kind->word)
                      : prom__py_metric_no_series(self);
}

/* A child shows its family, of which the caller picks its own samples. */
static PyObject *metric_families(metric_box *self, PyObject *unused)
{
    prom_registry *r = NULL;
    prom_vec *vec = NULL;
    PyObject *families = NULL;
    prom_err err = PROM_OK;

    (void)unused;
    if (!self->desc)
        return prom__py_metric_no_series(self);
    if (self->family)
        vec = self->api->ref(prom__py_family_vec(self->family));
    else
        err = self->api->child_vec(self->handle, &vec);
    if (!err)
        err = self->api->registry_new(NULL, &r);
    if (!err)
        err = self->api->registry_add(r, vec);
    if (err)
        prom__py_raise(self->st, err);
    else
        families = prom__py_families(self->st, r);
    self->api->unref(r);
    self->api->unref(vec);
    return families;
}

static PyObject *metric_reset(metric_box *self, PyObject *unused)
{
    prom_err err;

    (void)unused;
    if (!self->handle)
        return prom__py_metric_no_series(self);
    err = self->api->child_reset(self->handle);
    if (!err && prom__py_is_enum(self))
        err = prom__py_enter_first(self->api, self->handle);
    return err ? prom__py_raise(self->st, err) : Py_NewRef(Py_None);
}

static PyMethodDef metric_methods[] = {
    { "labels", (PyCFunction)(void (*)(void))prom__py_labels, METH_FASTCALL | METH_KEYWORDS,
      "labels($self, /, *labelvalues, **labelkwargs)\n--\n\n"
      "The child for these label values, the same object each time." },
    { "remove", (PyCFunction)(void (*)(void))prom__py_remove, METH_FASTCALL,
      "remove($self, /, *labelvalues)\n--\n\nRemove the child of these label values, if any." },
    { "clear", (PyCFunction)(void (*)(void))prom__py_clear, METH_NOARGS,
      "clear($self, /)\n--\n\nRemove all children." },
    { "child", (PyCFunction)(void (*)(void))prom__py_child, METH_FASTCALL | METH_KEYWORDS,
      "child($self, /, *labelvalues, **labelkwargs)\n--\n\n"
      "The child for these label values if there is one, else None." },
    { "reset", (PyCFunction)(void (*)(void))metric_reset, METH_NOARGS,
      "reset($self, /)\n--\n\nBack to what it was when new, created now." },
    { "_read", (PyCFunction)(void (*)(void))prom__py_read, METH_NOARGS, NULL },
    { "_each", (PyCFunction)(void (*)(void))prom__py_each, METH_NOARGS, NULL },
    { "_preset", (PyCFunction)(void (*)(void))prom__py_preset, METH_O, NULL },
    { "_remove_matching", (PyCFunction)(void (*)(void))prom__py_remove_matching, METH_O, NULL },
    { "_curry", (PyCFunction)(void (*)(void))prom__py_curry, METH_O, NULL },
    { "_fresh", (PyCFunction)(void (*)(void))prom__py_fresh, METH_NOARGS, NULL },
    { "_replace", (PyCFunction)(void (*)(void))prom__py_replace, METH_O, NULL },
    { "_families", (PyCFunction)(void (*)(void))metric_families, METH_NOARGS, NULL },
    { NULL, NULL, 0, NULL },
};

#define SHOW(name, index)                                     \
    {                                                         \
        name, get_desc, NULL, NULL, (void *)(intptr_t)(index) \
    }

static PyGetSetDef metric_attributes[] = {
    SHOW("_name", DESC_NAME),
    SHOW("_original_name", DESC_ORIGINAL_NAME),
    SHOW("_documentation", DESC_DOCUMENTATION),
    SHOW("_labelnames", DESC_LABELNAMES),
    SHOW("_namespace", DESC_NAMESPACE),
    SHOW("_subsystem", DESC_SUBSYSTEM),
    SHOW("_unit", DESC_UNIT),
    SHOW("_kwargs", DESC_KWARGS),
    { "_labelvalues", get_values, NULL, NULL, NULL },
    { "_type", get_type, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot metric_slots[] = {
    { Py_tp_doc, "What Counter, Gauge, Histogram and Summary have in common." },
    { Py_tp_new, SLOT(PyType_GenericNew) },
    { Py_tp_init, SLOT(prom__py_metric_init) },
    { Py_tp_traverse, SLOT(metric_traverse) },
    { Py_tp_clear, SLOT(metric_clear) },
    { Py_tp_dealloc, SLOT(metric_dealloc) },
    { Py_tp_str, SLOT(prom__py_metric_str) },
    { Py_tp_repr, SLOT(metric_repr) },
    { Py_tp_methods, metric_methods },
    { Py_tp_getset, metric_attributes },
    { 0, NULL },
};

PyType_Spec prom__py_metric_spec = {
    .name = "libprom._native.MetricWrapperBase",
    .basicsize = sizeof(metric_box),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = metric_slots,
};
