// SPDX-License-Identifier: Apache-2.0
/* options.c - what constructors take beside the arguments that all metrics have: by name,
 * a row for each, read into the field of prom_opts that it is about. None is the default. */
#include "native.h"

#include <math.h>
#include <stdint.h>

typedef struct option {
    const char *name;
    unsigned types; /* bits of prom_type that take it */
    int (*read)(const struct option *self, PyObject *value, prom_opts *o, scratch *s);
    size_t at; /* of the field, for the readers of plain numbers */
} option;

#define BIT(type) (1u << (type))
#define ALL       (~0u)
#define HISTOGRAM BIT(PROM_HISTOGRAM)
#define SUMMARY   BIT(PROM_SUMMARY)

/* --- numbers -------------------------------------------------------------------------- */

static int read_double(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    double v = PyFloat_AsDouble(value);

    (void)s;
    if (v == -1.0 && PyErr_Occurred())
        return -1;
    memcpy((char *)o + self->at, &v, sizeof(v));
    return 0;
}

static int read_whole(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    unsigned long n = PyLong_AsUnsignedLong(value);
    unsigned v = n > PROM_NO_LIMIT ? PROM_NO_LIMIT : (unsigned)n;

    (void)s;
    if (PyErr_Occurred())
        return -1;
    memcpy((char *)o + self->at, &v, sizeof(v));
    return 0;
}

static int read_max_exemplars(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    long n = PyLong_AsLong(value);

    (void)self, (void)s;
    if (n == -1 && PyErr_Occurred())
        return -1;
    /* Here 0 says 0; to the library it is the default. */
    o->native_max_exemplars = n <= 0 ? -1 : n > 0xffff ? 0xffff : (int)n;
    return 0;
}

/* 0 says 0 as well; a negative one has no meaning. */
static int read_zero_threshold(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    if (read_double(self, value, o, s) < 0)
        return -1;
    if (!(o->native_zero_threshold >= 0)) {
        PyErr_SetString(PyExc_ValueError, "native_zero_threshold must be 0 or more");
        return -1;
    }
    if (o->native_zero_threshold == 0)
        o->native_zero_threshold = -1;
    return 0;
}

static const char *const modes[] = { "all",        "liveall",        "min", "livemin",
                                     "max",        "livemax",        "sum", "livesum",
                                     "mostrecent", "livemostrecent", NULL };

/* One process needs no mode, but a program that gives one must keep working. */
static int read_mode(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    (void)self, (void)o, (void)s;
    for (const char *const *mode = modes; *mode && PyUnicode_Check(value); mode++) {
        if (PyUnicode_CompareWithASCIIString(value, *mode) == 0)
            return 0;
    }
    PyErr_Format(PyExc_ValueError, "Invalid multiprocess mode: %S", value);
    return -1;
}

static int read_nan(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    (void)self, (void)s;
    o->nan = PROM_NAN_DROP;
    if (PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, "drop") == 0)
        return 0;
    o->nan = PROM_NAN_COUNT;
    if (PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, "count") == 0)
        return 0;
    PyErr_Format(PyExc_ValueError, "nan must be 'drop' or 'count', not %R", value);
    return -1;
}

/* --- buckets and objectives ----------------------------------------------------------- */

/* Reads the bounds into n + 1 doubles, the last for a +Inf that is not among them. */
static int read_bounds(PyObject *items, double *out)
{
    Py_ssize_t n = PyTuple_GET_SIZE(items);

    for (Py_ssize_t i = 0; i < n; i++) {
        out[i] = prom__py_float(PyTuple_GET_ITEM(items, i));
        if (out[i] == -1.0 && PyErr_Occurred())
            return -1;
        if (i > 0 && !(out[i - 1] <= out[i])) {
            PyErr_SetString(PyExc_ValueError, "Buckets not in sorted order");
            return -1;
        }
    }
    if (n < 1 || (n == 1 && isinf(out[0]))) {
        PyErr_SetString(PyExc_ValueError, "Must have at least two buckets");
        return -1;
    }
    if (!(isinf(out[n - 1]) && out[n - 1] > 0))
        out[n] = INFINITY;
    return 0;
}

static int read_buckets(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    PyObject *items = prom__py_keep(s, PySequence_Tuple(value));
    double *bounds =
        items ? prom__py_take(s, (size_t)PyTuple_GET_SIZE(items) + 1, sizeof(*bounds)) : NULL;

    (void)self;
    o->buckets = bounds;
    return bounds ? read_bounds(items, bounds) : -1;
}

static int read_objective(PyObject *pair, prom_objective *out)
{
    PyObject *both = PySequence_Fast(pair, "an objective is a pair (quantile, error)");
    int failed = -1;

    if (!both)
        return -1;
    if (PySequence_Fast_GET_SIZE(both) == 2) {
        out->quantile = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(both, 0));
        out->error = PyFloat_AsDouble(PySequence_Fast_GET_ITEM(both, 1));
        failed = PyErr_Occurred() ? -1 : 0;
        if (!failed && !(out->quantile >= 0)) { /* a negative one would end the array early */
            PyErr_SetString(PyExc_ValueError, "a quantile must be between 0 and 1");
            failed = -1;
        }
    } else {
        PyErr_SetString(PyExc_ValueError, "an objective is a pair (quantile, error)");
    }
    Py_DECREF(both);
    return failed;
}

static int read_objectives(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    bool mapping = PyMapping_Check(value) && PyObject_HasAttrString(value, "items");
    PyObject *pairs =
        prom__py_keep(s, mapping ? PyMapping_Items(value) : PySequence_List(value));
    size_t n = pairs ? (size_t)PyList_GET_SIZE(pairs) : 0;
    prom_objective *objectives = pairs ? prom__py_take(s, n + 1, sizeof(*objectives)) : NULL;

    (void)self;
    if (!objectives)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (read_objective(PyList_GET_ITEM(pairs, (Py_ssize_t)i), &objectives[i]) < 0)
            return -1;
    }
    objectives[n] = (prom_objective){ -1, 0 };
    o->objectives = objectives;
    return 0;
}

/* --- words ----------------------------------------------------------------------------- */

static int read_states(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    PyObject *states = prom__py_keep(s, PySequence_Tuple(value));

    (void)self;
    if (!states)
        return -1;
    /* None at all is refused below, by the name of the metric. */
    o->states = PyTuple_GET_SIZE(states) > 0 ? prom__py_words(states, "state", s) : NULL;
    return o->states || PyTuple_GET_SIZE(states) == 0 ? 0 : -1;
}

static int read_overflow(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    (void)self, (void)s;
    o->overflow = prom__py_name(value, "overflow");
    return o->overflow ? 0 : -1;
}

static int read_const_labels(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    PyObject *strings = prom__py_keep(s, prom__py_str_values(value));
    prom_label *array = strings ? prom__py_label_array(strings, "const_labels") : NULL, *labels;
    size_t n = strings ? (size_t)PyDict_GET_SIZE(strings) : 0;

    (void)self;
    labels = array ? prom__py_take(s, n + 1, sizeof(*labels)) : NULL;
    if (labels)
        memcpy(labels, array, (n + 1) * sizeof(*labels));
    PyMem_Free(array);
    o->const_labels = labels;
    return labels ? 0 : -1;
}

/* Lists go to the library, which keeps to them in every language; functions are called by
 * labels() ahead of it. Both are kept as {label: frozenset or function}. */
static int read_constraint(PyObject *label, PyObject *rule, prom_constraint *out, scratch *s)
{
    PyObject *allowed;

    if (PyCallable_Check(rule))
        return PyDict_SetItem(s->constraints, label, rule);
    if (PyUnicode_Check(rule)) {
        PyErr_Format(PyExc_TypeError,
                     "the constraint of '%S' must be a function or an iterable "
                     "of values, not a str",
                     label);
        return -1;
    }
    allowed = prom__py_keep(s, PySequence_Tuple(rule));
    allowed = allowed ? prom__py_keep(s, prom__py_values(((PyTupleObject *)allowed)->ob_item,
                                                         PyTuple_GET_SIZE(allowed)))
                      : NULL;
    out->label = allowed ? prom__py_name(label, "label name") : NULL;
    out->allowed = out->label ? prom__py_words(allowed, "label value", s) : NULL;
    if (!out->allowed)
        return -1;
    rule = prom__py_keep(s, PyFrozenSet_New(allowed));
    return rule ? PyDict_SetItem(s->constraints, label, rule) : -1;
}

static int read_constraints(const option *self, PyObject *value, prom_opts *o, scratch *s)
{
    PyObject *items = prom__py_keep(s, PyMapping_Items(value));
    Py_ssize_t n = items ? PyList_GET_SIZE(items) : 0;
    prom_constraint *array = items ? prom__py_take(s, (size_t)n + 1, sizeof(*array)) : NULL;
    size_t used = 0;

    (void)self;
    s->constraints = array ? PyDict_New() : NULL;
    if (!s->constraints)
        return -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        if (read_constraint(PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1), &array[used],
                            s) < 0)
            return -1;
        used += array[used].label != NULL;
    }
    o->constraints = used > 0 ? array : NULL;
    return 0;
}

/* --- the table -------------------------------------------------------------------------- */

#define DOUBLE(name, types)                                  \
    {                                                        \
#name, types, read_double, offsetof(prom_opts, name) \
    }
#define WHOLE(name, types)                                  \
    {                                                       \
#name, types, read_whole, offsetof(prom_opts, name) \
    }

static const option options[] = {
    { "const_labels", ALL, read_const_labels, 0 },
    WHOLE(max_series, ALL),
    { "overflow", ALL, read_overflow, 0 },
    DOUBLE(ttl, ALL),
    { "constraints", ALL, read_constraints, 0 },
    { "multiprocess_mode", BIT(PROM_GAUGE), read_mode, 0 },
    { "states", BIT(PROM_STATESET), read_states, 0 },
    { "buckets", HISTOGRAM, read_buckets, 0 },
    { "nan", HISTOGRAM | SUMMARY, read_nan, 0 },
    DOUBLE(native_factor, HISTOGRAM),
    { "native_zero_threshold", HISTOGRAM, read_zero_threshold,
      offsetof(prom_opts, native_zero_threshold) },
    WHOLE(native_max_buckets, HISTOGRAM),
    DOUBLE(native_min_reset, HISTOGRAM),
    DOUBLE(native_max_zero_threshold, HISTOGRAM),
    { "native_max_exemplars", HISTOGRAM, read_max_exemplars, 0 },
    DOUBLE(native_exemplar_ttl, HISTOGRAM),
    { "objectives", SUMMARY, read_objectives, 0 },
    DOUBLE(max_age, SUMMARY),
    WHOLE(age_buckets, SUMMARY),
    DOUBLE(accuracy, SUMMARY),
};

static const option *option_of(prom_type type, PyObject *name)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        if ((options[i].types & BIT(type)) && PyUnicode_Check(name) &&
            PyUnicode_CompareWithASCIIString(name, options[i].name) == 0)
            return &options[i];
    }
    return NULL;
}

int prom__py_options_split(prom_type type, PyObject *keywords, PyObject **plain,
                           PyObject **taken)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    *plain = PyDict_New();
    *taken = PyDict_New();
    if (!*plain || !*taken)
        return -1;
    while (keywords && PyDict_Next(keywords, &at, &name, &value)) {
        if (PyDict_SetItem(option_of(type, name) ? *taken : *plain, name, value) < 0)
            return -1;
    }
    return 0;
}

int prom__py_options_read(prom_type type, PyObject *taken, prom_opts *o, scratch *s)
{
    PyObject *name, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(taken, &at, &name, &value)) {
        const option *one = option_of(type, name);
        if (one && value != Py_None && one->read(one, value, o, s) < 0)
            return -1;
    }
    /* Values that are not allowed become what those beyond max_series become. */
    for (size_t i = 0; o->constraints && o->constraints[i].label; i++)
        ((prom_constraint *)(uintptr_t)o->constraints)[i].otherwise = o->overflow;
    return 0;
}
