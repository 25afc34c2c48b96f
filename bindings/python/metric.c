// SPDX-License-Identifier: Apache-2.0
/* metric.c - the base of Counter, Gauge, Histogram and Summary: making and describing. */
#include "native.h"

#include <string.h>

/* What __init__ was given, borrowed, and behind that what is made of it, owned. */
typedef struct args {
    PyObject *name, *documentation, *labelnames, *namespace, *subsystem, *unit, *registry,
        *labelvalues;
    PyObject *extras[PROM_PYTHON_EXTRAS];
    PyObject *full_name, *names;
} args;

/* --- arguments of __init__ ------------------------------------------------------ */

static int parse(const kind *k, PyObject *positional, PyObject *keywords, args *a)
{
    return PyArg_ParseTupleAndKeywords(positional, keywords, k->format, (char **)k->keywords,
                                       &a->name, &a->documentation, &a->labelnames,
                                       &a->namespace, &a->subsystem, &a->unit, &a->registry,
                                       &a->labelvalues, &a->extras[0], &a->extras[1],
                                       &a->extras[2], &a->extras[3])
               ? 0
               : -1;
}

/* "" for what was left out. */
static int text_of(PyObject **arg, const char *what, const char **out)
{
    if (!*arg || *arg == Py_None)
        *arg = NULL;
    *out = *arg ? prom__py_name(*arg, what) : "";
    return *out ? 0 : -1;
}

/* namespace_subsystem_name */
static int compose_name(args *a, prom_opts *o)
{
    const char *namespace, *subsystem, *name = prom__py_name(a->name, "name");

    if (!name || text_of(&a->namespace, "namespace", &namespace) < 0 ||
        text_of(&a->subsystem, "subsystem", &subsystem) < 0)
        return -1;
    if (!*name) {
        PyErr_SetString(PyExc_ValueError, "Metric name should not be empty");
        return -1;
    }
    a->full_name = PyUnicode_FromFormat("%s%s%s%s%s", namespace, *namespace ? "_" : "",
                                        subsystem, *subsystem ? "_" : "", name);
    o->name = a->full_name ? PyUnicode_AsUTF8(a->full_name) : NULL;
    return o->name ? 0 : -1;
}

static int compose_labels(args *a, const char **labels)
{
    Py_ssize_t n = PyTuple_GET_SIZE(a->names);

    for (Py_ssize_t i = 0; i < n; i++) {
        labels[i] = prom__py_name(PyTuple_GET_ITEM(a->names, i), "label name");
        if (!labels[i])
            return -1;
    }
    labels[n] = NULL;
    return 0;
}

/* The registry that the library is to register with: NULL if there is none or if it is not
 * one of ours. */
static prom_registry *native_registry(state *st, PyObject *given, int *failed)
{
    prom_registry *r = NULL;

    if (!given) {
        r = st->api->registry_default();
        if (!r)
            PyErr_NoMemory();
        *failed = r ? 0 : -1;
    } else if (PyObject_TypeCheck(given, st->registry)) {
        r = prom__py_registry_of(given);
        *failed = r ? 0 : -1;
    }
    return r;
}

/* Upstream takes anything with register(), and nothing for "nowhere". */
static int register_elsewhere(state *st, PyObject *registry, PyObject *self)
{
    PyObject *result;
    int given;

    if (!registry || PyObject_TypeCheck(registry, st->registry))
        return 0;
    given = PyObject_IsTrue(registry);
    if (given <= 0)
        return given;
    result = PyObject_CallMethod(registry, "register", "O", self);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* --- making -------------------------------------------------------------------- */

static prom_vec *vec_new(state *st, const kind *k, prom_opts *o, const args *a)
{
    scratch s = { NULL, NULL };
    prom_vec *vec = NULL;
    int failed = 0;
    prom_registry *r = native_registry(st, a->registry, &failed);

    if (!failed && k->fill(a->extras, o, &s) == 0) {
        prom_err err = st->api->vec_new(r, k->type, o, &vec);
        if (err)
            prom__py_raise_for(st, err, o->name);
    }
    prom__py_scratch_free(&s);
    return vec;
}

static prom_vec *vec_of_args(state *st, const kind *k, args *a)
{
    prom_opts o = PROM_OPTS_INIT;
    const char **labels = PyMem_New(const char *, (size_t)PyTuple_GET_SIZE(a->names) + 1);
    prom_vec *vec = NULL;

    if (!labels) {
        PyErr_NoMemory();
        return NULL;
    }
    if (compose_name(a, &o) == 0 && compose_labels(a, labels) == 0 &&
        text_of(&a->unit, "unit", &o.unit) == 0) {
        o.help = prom__py_name(a->documentation, "documentation");
        o.labels = labels;
        if (!*o.unit)
            o.unit = NULL;
        vec = o.help ? vec_new(st, k, &o, a) : NULL;
    }
    PyMem_Free(labels);
    return vec;
}

/* The name without what exposition adds to it, as upstream's _name. */
static PyObject *family_name(state *st, prom_vec *vec)
{
    const char *name = st->api->vec_opts(vec)->name;
    size_t n = strlen(name), suffix = strlen("_total");

    if (st->api->vec_type(vec) == PROM_COUNTER && n > suffix &&
        strcmp(name + n - suffix, "_total") == 0)
        n -= suffix;
    return PyUnicode_FromStringAndSize(name, (Py_ssize_t)n);
}

static PyObject *extras_dict(const kind *k, const args *a)
{
    PyObject *dict = PyDict_New();

    for (size_t i = 0; dict && k->keywords[8 + i]; i++) { /* behind the eight common ones */
        if (a->extras[i] && PyDict_SetItemString(dict, k->keywords[8 + i], a->extras[i]) < 0)
            Py_CLEAR(dict);
    }
    return dict;
}

static PyObject *or_empty(PyObject *str)
{
    return str ? Py_NewRef(str) : PyUnicode_FromString("");
}

static PyObject *desc_new(state *st, const kind *k, prom_vec *vec, const args *a)
{
    PyObject *items[DESC_SIZE] = {
        [DESC_NAME] = family_name(st, vec),
        [DESC_ORIGINAL_NAME] = Py_NewRef(a->name),
        [DESC_DOCUMENTATION] = Py_NewRef(a->documentation),
        [DESC_LABELNAMES] = Py_NewRef(a->names),
        [DESC_NAMESPACE] = or_empty(a->namespace),
        [DESC_SUBSYSTEM] = or_empty(a->subsystem),
        [DESC_UNIT] = or_empty(a->unit),
        [DESC_KWARGS] = extras_dict(k, a),
    };
    PyObject *desc = PyTuple_New(DESC_SIZE);
    bool whole = desc != NULL;

    for (Py_ssize_t i = 0; i < DESC_SIZE; i++) {
        whole = whole && items[i];
        if (desc && items[i])
            PyTuple_SET_ITEM(desc, i, items[i]); /* steals */
        else
            Py_XDECREF(items[i]);
    }
    if (!whole)
        Py_CLEAR(desc);
    return desc;
}

/* Fills self from a new vec, whose reference is taken over. */
static int take_vec(metric_box *self, state *st, const kind *k, prom_vec *vec, const args *a)
{
    prom_err err = PROM_OK;

    self->api = st->api;
    self->st = st;
    self->kind = k;
    self->family = prom__py_family_new(vec);
    if (!self->family) {
        st->api->unref(vec);
        return -1;
    }
    if (PyTuple_GET_SIZE(a->names) == 0)
        err = st->api->vec_with(vec, NULL, 0, &self->handle);
    if (err) {
        prom__py_raise(st, err);
        return -1;
    }
    self->desc = desc_new(st, k, vec, a);
    return self->desc ? 0 : -1;
}

static const kind *kind_of(state *st, PyTypeObject *type)
{
    if (PyType_IsSubtype(type, st->counter))
        return prom__py_kind(PROM_COUNTER);
    if (PyType_IsSubtype(type, st->gauge))
        return prom__py_kind(PROM_GAUGE);
    if (PyType_IsSubtype(type, st->histogram))
        return prom__py_kind(PROM_HISTOGRAM);
    if (PyType_IsSubtype(type, st->summary))
        return prom__py_kind(PROM_SUMMARY);
    PyErr_Format(PyExc_TypeError, "%.100s is no metric type", type->tp_name);
    return NULL;
}

static int make(metric_box *self, const kind *k, args *a)
{
    state *st = prom__py_state(Py_TYPE(self));
    prom_vec *vec;

    if (a->labelvalues && a->labelvalues != Py_None) {
        PyErr_SetString(PyExc_TypeError, "children are made by labels()");
        return -1;
    }
    a->names = a->labelnames ? prom__py_names(a->labelnames) : PyTuple_New(0);
    if (!a->names)
        return -1;
    vec = vec_of_args(st, k, a);
    if (!vec || take_vec(self, st, k, vec, a) < 0)
        return -1;
    return register_elsewhere(st, a->registry, (PyObject *)self);
}

int prom__py_metric_init(PyObject *op, PyObject *positional, PyObject *keywords)
{
    metric_box *self = (metric_box *)op;
    const kind *k = kind_of(prom__py_state(Py_TYPE(op)), Py_TYPE(op));
    args a = { .name = NULL };
    int failed;

    if (!k)
        return -1;
    if (self->values) /* labels() made it whole before a subclass came here */
        return 0;
    if (self->family) {
        PyErr_SetString(PyExc_RuntimeError, "a metric cannot be initialised twice");
        return -1;
    }
    if (parse(k, positional, keywords, &a) < 0)
        return -1;
    failed = make(self, k, &a);
    Py_XDECREF(a.full_name);
    Py_XDECREF(a.names);
    return failed;
}

/* --- around what is there ------------------------------------------------------- */

static PyObject *names_of(const char *const *labels)
{
    Py_ssize_t n = 0;
    PyObject *names;

    while (labels && labels[n])
        n++;
    names = PyTuple_New(n);
    for (Py_ssize_t i = 0; names && i < n; i++) {
        PyObject *name = PyUnicode_FromString(labels[i]);
        if (name)
            PyTuple_SET_ITEM(names, i, name);
        else
            Py_CLEAR(names);
    }
    return names;
}

/* What __init__ could have been given, all of it owned. */
static int args_of_vec(state *st, prom_vec *vec, args *a)
{
    const prom_opts *o = st->api->vec_opts(vec);

    a->name = family_name(st, vec);
    a->documentation = PyUnicode_FromString(o->help);
    a->unit = PyUnicode_FromString(o->unit ? o->unit : "");
    a->names = names_of(o->labels);
    return a->name && a->documentation && a->unit && a->names ? 0 : -1;
}

PyObject *prom__py_metric_around(state *st, PyTypeObject *type, prom_vec *vec)
{
    const kind *k = kind_of(st, type);
    PyObject *self = NULL;
    args a = { .name = NULL };

    if (k && k->type != st->api->vec_type(vec))
        PyErr_Format(PyExc_TypeError, "%.100s is no class for '%s'", type->tp_name,
                     st->api->vec_opts(vec)->name);
    else if (k)
        self = type->tp_alloc(type, 0);
    if (!self || args_of_vec(st, vec, &a) < 0) {
        st->api->unref(vec);
        Py_CLEAR(self);
    } else if (take_vec((metric_box *)self, st, k, vec, &a) < 0) {
        Py_CLEAR(self);
    }
    Py_XDECREF(a.name);
    Py_XDECREF(a.documentation);
    Py_XDECREF(a.unit);
    Py_XDECREF(a.names);
    return self;
}

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

static PyMethodDef metric_methods[] = {
    { "labels", (PyCFunction)(void (*)(void))prom__py_labels, METH_FASTCALL | METH_KEYWORDS,
      "labels($self, /, *labelvalues, **labelkwargs)\n--\n\n"
      "The child for these label values, the same object each time." },
    { "remove", (PyCFunction)(void (*)(void))prom__py_remove, METH_FASTCALL,
      "remove($self, /, *labelvalues)\n--\n\nRemove the child of these label values, if any." },
    { "clear", (PyCFunction)(void (*)(void))prom__py_clear, METH_NOARGS,
      "clear($self, /)\n--\n\nRemove all children." },
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
