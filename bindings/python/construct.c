// SPDX-License-Identifier: Apache-2.0
/* construct.c - making metrics: from arguments, and around what is there. */
#include "native.h"

/* What __init__ was given, borrowed, and behind that what is made of it, owned. */
typedef struct args {
    PyObject *name, *documentation, *labelnames, *namespace, *subsystem, *unit, *registry,
        *labelvalues;
    PyObject *ninth; /* of the type's own, if it takes one */
    PyObject *full_name, *names, *options;
} args;

/* --- arguments of __init__ ------------------------------------------------------ */

static int parse_plain(const kind *k, PyObject *positional, PyObject *plain, args *a)
{
    if (!PyArg_ParseTupleAndKeywords(positional, plain, k->format, (char **)k->keywords,
                                     &a->name, &a->documentation, &a->labelnames, &a->namespace,
                                     &a->subsystem, &a->unit, &a->registry, &a->labelvalues,
                                     &a->ninth))
        return -1;
    if (!a->ninth)
        return 0;
    if (PyDict_GetItemString(a->options, k->keywords[8])) {
        PyErr_Format(PyExc_TypeError, "'%s' was given twice", k->keywords[8]);
        return -1;
    }
    return PyDict_SetItemString(a->options, k->keywords[8], a->ninth);
}

static int parse(const kind *k, PyObject *positional, PyObject *keywords, args *a)
{
    PyObject *plain = NULL;
    int failed = prom__py_options_split(k->type, keywords, &plain, &a->options);

    if (!failed) /* what is parsed is borrowed from dicts that the caller holds */
        failed = parse_plain(k, positional, plain, a);
    Py_XDECREF(plain);
    return failed;
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

/* What is made of options: a family, or its description. */
typedef prom_err (*maker)(state *st, const args *a, prom_type type, const prom_opts *o,
                          void **out);

static prom_err make_vec(state *st, const args *a, prom_type type, const prom_opts *o,
                         void **out)
{
    prom_vec *vec = NULL;
    int failed = 0;
    prom_registry *r = native_registry(st, a->registry, &failed);
    prom_err err = failed ? PROM_OK : st->api->vec_new(r, type, o, &vec);

    *out = vec;
    return err;
}

static prom_err make_desc(state *st, const args *a, prom_type type, const prom_opts *o,
                          void **out)
{
    prom_desc *d;
    prom_err err = st->api->desc_new(type, o, &d);

    (void)a;
    *out = d;
    return err;
}

static void *make_with(maker make, state *st, const kind *k, prom_opts *o, const args *a,
                       scratch *s)
{
    void *made = NULL;

    if (prom__py_options_read(k->type, a->options, o, s) == 0 && k->complete(o) == 0) {
        prom_err err = make(st, a, k->type, o, &made);
        if (err)
            prom__py_raise_for(st, err, o->name);
    }
    return made;
}

static void *make_of_args(maker make, state *st, const kind *k, args *a, scratch *s)
{
    prom_opts o = PROM_OPTS_INIT;
    const char **labels = PyMem_New(const char *, (size_t)PyTuple_GET_SIZE(a->names) + 1);
    void *made = NULL;

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
        made = o.help ? make_with(make, st, k, &o, a, s) : NULL;
    }
    PyMem_Free(labels);
    return made;
}

/* The name without what exposition adds to it, as upstream's _name. */
static PyObject *family_name(state *st, prom_vec *vec)
{
    const char *name = st->api->vec_opts(vec)->name;
    prom_type type = st->api->vec_type(vec);
    const char *ending = type == PROM_COUNTER ? "_total" : type == PROM_INFO ? "_info" : "";
    size_t n = strlen(name), suffix = strlen(ending);

    if (n > suffix && strcmp(name + n - suffix, ending) == 0)
        n -= suffix;
    return PyUnicode_FromStringAndSize(name, (Py_ssize_t)n);
}

static PyObject *or_empty(PyObject *str)
{
    return str ? Py_NewRef(str) : PyUnicode_FromString("");
}

static PyObject *attributes_of(state *st, prom_vec *vec, const args *a)
{
    PyObject *items[DESC_SIZE] = {
        [DESC_NAME] = family_name(st, vec),
        [DESC_ORIGINAL_NAME] = Py_NewRef(a->name),
        [DESC_DOCUMENTATION] = Py_NewRef(a->documentation),
        [DESC_LABELNAMES] = Py_NewRef(a->names),
        [DESC_NAMESPACE] = or_empty(a->namespace),
        [DESC_SUBSYSTEM] = or_empty(a->subsystem),
        [DESC_UNIT] = or_empty(a->unit),
        [DESC_KWARGS] = a->options ? Py_NewRef(a->options) : PyDict_New(),
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

/* The series of a metric without labels. */
static prom_err take_series(metric_box *self, prom_vec *vec)
{
    prom_err err = self->api->vec_with(vec, NULL, 0, &self->handle);

    if (!err && prom__py_is_enum(self))
        err = prom__py_enter_first(self->api, self->handle);
    return err;
}

/* Fills self from a new vec, whose reference is taken over. */
static int take_vec(metric_box *self, state *st, const kind *k, prom_vec *vec, const args *a,
                    PyObject *constraints)
{
    prom_err err = PROM_OK;

    self->api = st->api;
    self->st = st;
    self->kind = k;
    self->family = prom__py_family_new(st->api, vec, a->names, constraints);
    if (!self->family) {
        st->api->unref(vec);
        return -1;
    }
    if (PyTuple_GET_SIZE(a->names) == 0)
        err = take_series(self, vec);
    if (err) {
        prom__py_raise(st, err);
        return -1;
    }
    self->desc = attributes_of(st, vec, a);
    return self->desc ? 0 : -1;
}

static const kind *kind_of(state *st, PyTypeObject *type)
{
    const struct {
        PyTypeObject *native;
        prom_type type;
    } types[] = {
        { st->counter, PROM_COUNTER },   { st->gauge, PROM_GAUGE },
        { st->unknown, PROM_UNKNOWN },   { st->histogram, PROM_HISTOGRAM },
        { st->summary, PROM_SUMMARY },   { st->info, PROM_INFO },
        { st->stateset, PROM_STATESET }, { st->enumeration, PROM_STATESET },
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (PyType_IsSubtype(type, types[i].native))
            return prom__py_kind(types[i].type);
    }
    PyErr_Format(PyExc_TypeError, "%.100s is no metric type", type->tp_name);
    return NULL;
}

static int take_names(args *a)
{
    a->names = a->labelnames ? prom__py_names(a->labelnames) : PyTuple_New(0);
    return a->names ? 0 : -1;
}

static void args_free(args *a)
{
    Py_XDECREF(a->full_name);
    Py_XDECREF(a->names);
    Py_XDECREF(a->options);
}

static int make_metric(metric_box *self, const kind *k, args *a)
{
    state *st = prom__py_state(Py_TYPE(self));
    scratch s = { NULL, NULL, NULL };
    prom_vec *vec;
    int failed;

    if (a->labelvalues && a->labelvalues != Py_None) {
        PyErr_SetString(PyExc_TypeError, "children are made by labels()");
        return -1;
    }
    if (take_names(a) < 0)
        return -1;
    vec = make_of_args(make_vec, st, k, a, &s);
    failed = vec ? take_vec(self, st, k, vec, a, s.constraints) : -1;
    prom__py_scratch_free(&s);
    return failed ? failed : register_elsewhere(st, a->registry, (PyObject *)self);
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
    failed = parse(k, positional, keywords, &a);
    if (!failed)
        failed = make_metric(self, k, &a);
    args_free(&a);
    return failed;
}

prom_desc *prom__py_desc_of_args(state *st, const kind *k, PyObject *positional,
                                 PyObject *keywords, PyObject **constraints)
{
    scratch s = { NULL, NULL, NULL };
    args a = { .name = NULL };
    prom_desc *d = NULL;
    int failed = parse(k, positional, keywords, &a);

    if (!failed && (a.registry || a.labelvalues)) {
        PyErr_SetString(PyExc_TypeError, "a description has no registry and no label values");
        failed = -1;
    }
    if (!failed && take_names(&a) == 0)
        d = make_of_args(make_desc, st, k, &a, &s);
    *constraints = s.constraints;
    s.constraints = NULL;
    prom__py_scratch_free(&s);
    args_free(&a);
    return d;
}

/* --- around what is there ------------------------------------------------------- */

PyObject *prom__py_names_of(const char *const *labels)
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
    a->names = prom__py_names_of(o->labels);
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
    } else if (take_vec((metric_box *)self, st, k, vec, &a, NULL) < 0) {
        Py_CLEAR(self);
    }
    Py_XDECREF(a.name);
    Py_XDECREF(a.documentation);
    Py_XDECREF(a.unit);
    Py_XDECREF(a.names);
    return self;
}

PyObject *prom__py_metric_like(metric_box *self, prom_vec *vec)
{
    PyObject *constraints = prom__py_family_constraints(self->family);
    PyObject *like = prom__py_metric_around(self->st, Py_TYPE(self), vec);

    if (like && constraints)
        prom__py_family_constrain(((metric_box *)like)->family, constraints);
    return like;
}
