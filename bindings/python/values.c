// SPDX-License-Identifier: Apache-2.0
/* values.c - a metric as the library reads it, as Python's values:
 *
 *     (labels, body, timestamp, created)
 *
 * labels is a dict, timestamp unix milliseconds, created unix nanoseconds or None. The body of
 * a counter is (value, exemplar), of a gauge, unknown or info the value, of a state set
 * [(state, on)], of a summary (sum, count, [(quantile, value)]), of a histogram (sum, count,
 * [(bound, cumulative count, exemplar)], native), where native is None or (schema,
 * zero_threshold, zero_count, count, positive, negative, custom_bounds, exemplars) with
 * [(index, count)]; counts are floats in a float histogram. An exemplar is None or (labels,
 * value, timestamp), with unix nanoseconds. Times are whole numbers because a float has not all
 * their digits. */
#include "native.h"

#include <math.h>

static PyObject *str_of(prom_str s)
{
    return PyUnicode_DecodeUTF8(s.p, (Py_ssize_t)s.n, "replace");
}

PyObject *prom__py_labels_dict(const prom_label_str *labels, size_t n)
{
    PyObject *dict = PyDict_New();

    for (size_t i = 0; dict && i < n; i++) {
        PyObject *name = str_of(labels[i].name);
        PyObject *value = str_of(labels[i].value);
        if (!name || !value || PyDict_SetItem(dict, name, value) < 0)
            Py_CLEAR(dict);
        Py_XDECREF(name);
        Py_XDECREF(value);
    }
    return dict;
}

/* A list of n items, each made by item(); NULL and an exception on error. */
static PyObject *list_of(size_t n, PyObject *(*item)(const void *array, size_t i),
                         const void *array)
{
    PyObject *list = PyList_New((Py_ssize_t)n);

    for (size_t i = 0; list && i < n; i++) {
        PyObject *one = item(array, i);
        if (one)
            PyList_SET_ITEM(list, (Py_ssize_t)i, one);
        else
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *time_of(int64_t t, int64_t none)
{
    if (t == none)
        Py_RETURN_NONE;
    return PyLong_FromLongLong(t);
}

/* --- parts ------------------------------------------------------------------------------ */

static PyObject *exemplar_of(const void *array, size_t i)
{
    const prom_exemplar *e = (const prom_exemplar *)array + i;

    return Py_BuildValue("(NdN)", prom__py_labels_dict(e->labels, e->n_labels), e->value,
                         time_of(e->timestamp_ns, PROM_NO_TIME));
}

static PyObject *state_of(const void *array, size_t i)
{
    const prom_state *s = (const prom_state *)array + i;

    return Py_BuildValue("(NN)", str_of(s->name), PyBool_FromLong(s->on));
}

static PyObject *quantile_of(const void *array, size_t i)
{
    const prom_quantile *q = (const prom_quantile *)array + i;

    return Py_BuildValue("(dd)", q->quantile, q->value);
}

static PyObject *bound_of(const void *array, size_t i)
{
    return PyFloat_FromDouble(((const double *)array)[i]);
}

/* How many exemplars belong to buckets before the i-th; NaN, if one is, is the last of them. */
static size_t exemplars_before(const prom_metric *m, size_t i)
{
    size_t low = 0, high = i > 0 ? m->n_exemplars : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->exemplars[middle].value <= m->buckets[i - 1].upper)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Of all that a histogram observed. */
static PyObject *total_of(const prom_metric *m)
{
    if (m->native && m->native->is_float)
        return PyFloat_FromDouble(m->native->weight);
    return PyLong_FromUnsignedLongLong(m->count);
}

static PyObject *bucket_of(const void *data, size_t i)
{
    const prom_metric *m = data;
    bool last = i == m->n_buckets;
    double upper = last ? INFINITY : m->buckets[i].upper;
    size_t e = exemplars_before(m, i);
    bool has_one = e < m->n_exemplars && (last || m->exemplars[e].value <= upper);

    return Py_BuildValue("(dNN)", upper,
                         last ? total_of(m) : PyLong_FromUnsignedLongLong(m->buckets[i].count),
                         has_one ? exemplar_of(m->exemplars, e) : Py_NewRef(Py_None));
}

static PyObject *whole_bucket_of(const void *array, size_t i)
{
    const prom_native_bucket *b = (const prom_native_bucket *)array + i;

    return Py_BuildValue("(iK)", (int)b->index, (unsigned long long)b->n.count);
}

static PyObject *weight_bucket_of(const void *array, size_t i)
{
    const prom_native_bucket *b = (const prom_native_bucket *)array + i;

    return Py_BuildValue("(id)", (int)b->index, b->n.weight);
}

static PyObject *native_of(const prom_metric *m)
{
    const prom_native *n = m->native;
    PyObject *(*bucket)(const void *, size_t);

    if (!n)
        Py_RETURN_NONE;
    bucket = n->is_float ? weight_bucket_of : whole_bucket_of;
    return Py_BuildValue("(idNNNNNN)", n->schema, n->zero_threshold,
                         n->is_float ? PyFloat_FromDouble(n->zero_weight)
                                     : PyLong_FromUnsignedLongLong(n->zero_count),
                         total_of(m), list_of(n->n_positive, bucket, n->positive),
                         list_of(n->n_negative, bucket, n->negative),
                         list_of(n->n_custom, bound_of, n->custom),
                         list_of(m->n_native_exemplars, exemplar_of, m->native_exemplars));
}

/* --- wholes ------------------------------------------------------------------------------ */

static PyObject *histogram_of(const prom_metric *m)
{
    size_t n = m->native && m->n_buckets == 0 ? 0 : m->n_buckets + 1;

    return Py_BuildValue("(dNNN)", m->sum, total_of(m), list_of(n, bucket_of, m), native_of(m));
}

static PyObject *body_of(const prom_metric *m)
{
    switch (m->family->type) {
    case PROM_COUNTER:
        return Py_BuildValue("(dN)", m->value,
                             m->n_exemplars > 0 ? exemplar_of(m->exemplars, 0)
                                                : Py_NewRef(Py_None));
    case PROM_STATESET:
        return m->n_states > 0 ? list_of(m->n_states, state_of, m->states)
                               : PyFloat_FromDouble(m->value);
    case PROM_SUMMARY:
        return Py_BuildValue("(dKN)", m->sum, (unsigned long long)m->count,
                             list_of(m->n_quantiles, quantile_of, m->quantiles));
    case PROM_HISTOGRAM:
    case PROM_GAUGE_HISTOGRAM:
        return histogram_of(m);
    default:
        return PyFloat_FromDouble(m->value);
    }
}

PyObject *prom__py_metric_value(const prom_metric *m)
{
    return Py_BuildValue("(NNNN)", prom__py_labels_dict(m->labels, m->n_labels), body_of(m),
                         time_of(m->timestamp_ms, PROM_NO_TIME), time_of(m->created_ns, 0));
}

/* A prom_child_read callback: *data becomes the metric's value. */
static prom_err read_one(void *data, const prom_metric *m)
{
    PyObject **out = data;

    *out = prom__py_metric_value(m);
    return *out ? PROM_OK : PROM_E_CALLBACK;
}

PyObject *prom__py_read(metric_box *self, PyObject *unused)
{
    PyObject *value = NULL;
    prom_err err;

    (void)unused;
    if (!self->handle)
        return prom__py_metric_no_series(self);
    err = self->api->child_read(self->handle, read_one, &value);
    if (err && !PyErr_Occurred())
        prom__py_raise(self->st, err);
    return value;
}
