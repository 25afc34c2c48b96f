// SPDX-License-Identifier: Apache-2.0
/* fields.c - what the tables of fields.h are read by. */
#include "fields.h"

#include <math.h>
#include <stdint.h>

/* --- text ---------------------------------------------------------------------------- */

int prom__py_field_text(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    const char *text = prom__py_name(value, self->name);

    (void)st, (void)s;
    memcpy(at, &text, sizeof(text));
    return text ? 0 : -1;
}

int prom__py_field_path(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    PyObject *bytes = NULL;
    const char *path;

    (void)self, (void)st;
    if (!PyUnicode_FSConverter(value, &bytes) || !prom__py_keep(s, bytes))
        return -1;
    path = PyBytes_AS_STRING(bytes);
    memcpy(at, &path, sizeof(path));
    return 0;
}

int prom__py_field_words(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    PyObject *tuple;
    const char **words;

    (void)st;
    if (PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be an iterable of str, not a str", self->name);
        return -1;
    }
    tuple = prom__py_keep(s, PySequence_Tuple(value));
    words = tuple ? prom__py_words(tuple, self->name, s) : NULL;
    memcpy(at, &words, sizeof(words));
    return words ? 0 : -1;
}

/* A dict of it, whose values are str; kept. */
static PyObject *str_dict(const field *self, PyObject *value, scratch *s)
{
    PyObject *dict = PyDict_Check(value) ? Py_NewRef(value) : PyDict_New();

    if (dict && dict != value && PyDict_Update(dict, value) < 0) {
        Py_DECREF(dict);
        PyErr_Format(PyExc_TypeError, "%s must be a dict of {str: str}", self->name);
        return NULL;
    }
    if (!prom__py_keep(s, dict))
        return NULL;
    return prom__py_keep(s, prom__py_str_values(dict));
}

/* Copied, for who is called meanwhile may change the dict; its text is kept with it. */
static prom_label *labels_of(const field *self, PyObject *value, scratch *s, size_t *n)
{
    PyObject *dict = str_dict(self, value, s);
    PyObject *copy = dict ? prom__py_keep(s, PyDict_Copy(dict)) : NULL;
    prom_label *array = copy ? prom__py_label_array(copy, self->name) : NULL, *labels = NULL;

    if (array) {
        *n = (size_t)PyDict_GET_SIZE(copy);
        labels = prom__py_take(s, *n + 1, sizeof(*labels));
    }
    if (labels)
        memcpy(labels, array, (*n + 1) * sizeof(*labels));
    PyMem_Free(array);
    return labels;
}

int prom__py_field_labels(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    size_t n;
    const prom_label *labels = labels_of(self, value, s, &n);

    (void)st;
    memcpy(at, &labels, sizeof(labels));
    return labels ? 0 : -1;
}

int prom__py_field_headers(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    size_t n = 0;
    const prom_label *pairs = labels_of(self, value, s, &n);
    const char **lines = pairs ? prom__py_take(s, n + 1, sizeof(*lines)) : NULL;

    (void)st;
    if (!lines)
        return -1;
    for (size_t i = 0; i < n; i++) {
        PyObject *line = PyBytes_FromFormat("%s: %s", pairs[i].name, pairs[i].value);
        if (!prom__py_keep(s, line))
            return -1;
        lines[i] = PyBytes_AS_STRING(line);
    }
    memcpy(at, &lines, sizeof(lines));
    return 0;
}

/* --- numbers ------------------------------------------------------------------------- */

int prom__py_field_bool(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    int is = PyObject_IsTrue(value);
    bool yes = is > 0;

    (void)self, (void)st, (void)s;
    memcpy(at, &yes, sizeof(yes));
    return is < 0 ? -1 : 0;
}

int prom__py_field_not(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    int is = PyObject_IsTrue(value);
    bool no = is == 0;

    (void)self, (void)st, (void)s;
    memcpy(at, &no, sizeof(no));
    return is < 0 ? -1 : 0;
}

static int whole(const field *self, PyObject *value, size_t most, size_t *out)
{
    *out = PyLong_AsSize_t(value);
    if (PyErr_Occurred())
        return -1;
    if (*out >= 1 && *out <= most)
        return 0;
    PyErr_Format(PyExc_ValueError, "%s must be between 1 and %zu", self->name, most);
    return -1;
}

int prom__py_field_unsigned(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    size_t n;
    unsigned v;

    (void)st, (void)s;
    if (whole(self, value, UINT32_MAX - 1, &n) < 0)
        return -1;
    v = (unsigned)n;
    memcpy(at, &v, sizeof(v));
    return 0;
}

int prom__py_field_size(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    size_t n;

    (void)st, (void)s;
    if (whole(self, value, PY_SSIZE_T_MAX, &n) < 0)
        return -1;
    memcpy(at, &n, sizeof(n));
    return 0;
}

int prom__py_field_port(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    long n = PyLong_AsLong(value);
    uint16_t port = (uint16_t)n;

    (void)st, (void)s;
    if (n == -1 && PyErr_Occurred())
        return -1;
    if (n < 0 || n > 65535) {
        PyErr_Format(PyExc_OverflowError, "%s must be 0-65535", self->name);
        return -1;
    }
    memcpy(at, &port, sizeof(port));
    return 0;
}

int prom__py_field_ms(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    unsigned ms;

    (void)self, (void)st, (void)s;
    if (prom__py_timeout(value, &ms) < 0)
        return -1;
    memcpy(at, &ms, sizeof(ms));
    return 0;
}

int prom__py_field_bounds(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    PyObject *items = prom__py_keep(s, PySequence_Tuple(value));
    Py_ssize_t n = items ? PyTuple_GET_SIZE(items) : 0;
    double *bounds = items ? prom__py_take(s, (size_t)n + 1, sizeof(*bounds)) : NULL;

    (void)self, (void)st;
    if (!bounds)
        return -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        bounds[i] = prom__py_float(PyTuple_GET_ITEM(items, i));
        if (bounds[i] == -1.0 && PyErr_Occurred())
            return -1;
    }
    if (n == 0 || !isinf(bounds[n - 1]))
        bounds[n] = INFINITY;
    memcpy(at, &bounds, sizeof(bounds));
    return 0;
}

/* --- the library's words --------------------------------------------------------------- */

int prom__py_field_encoder(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    const char *word = prom__py_name(value, self->name);
    const prom_encoder *e = word ? prom__py_encoder_of(st, word) : NULL;

    (void)s;
    memcpy(at, &e, sizeof(e));
    return e ? 0 : -1;
}

int prom__py_field_escaping(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    const char *word = prom__py_name(value, self->name);
    prom_escaping escaping;

    (void)s;
    if (!word || prom__py_escaping_of(st, word, &escaping) < 0)
        return -1;
    memcpy(at, &escaping, sizeof(escaping));
    return 0;
}

int prom__py_field_coding(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    const char *word = prom__py_name(value, self->name);
    const char *name;

    (void)s;
    for (int i = 0; word && (name = st->api->coding_name((prom_coding)i)); i++)
        if (strcmp(name, word) == 0) {
            prom_coding coding = (prom_coding)i;
            memcpy(at, &coding, sizeof(coding));
            return 0;
        }
    if (word)
        PyErr_Format(PyExc_ValueError, "there is no %s '%s'", self->name, word);
    return -1;
}

int prom__py_field_on_error(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    prom_on_error what = PROM_ON_ERROR_FAIL;

    (void)st, (void)s;
    if (PyUnicode_Check(value) && PyUnicode_CompareWithASCIIString(value, "continue") == 0)
        what = PROM_ON_ERROR_CONTINUE;
    else if (!PyUnicode_Check(value) || PyUnicode_CompareWithASCIIString(value, "fail") != 0) {
        PyErr_Format(PyExc_ValueError, "%s must be 'fail' or 'continue', not %R", self->name,
                     value);
        return -1;
    }
    memcpy(at, &what, sizeof(what));
    return 0;
}

/* --- reading --------------------------------------------------------------------------- */

static int read_one(state *st, PyObject *key, PyObject *value, const char *what,
                    const fields *tables, scratch *s)
{
    for (; tables->rows; tables++) {
        for (const field *row = tables->rows; row->name; row++) {
            if (PyUnicode_CompareWithASCIIString(key, row->name) == 0)
                return row->read(row, value, (char *)tables->into + row->offset, st, s);
        }
    }
    PyErr_Format(PyExc_TypeError, "%s got an unexpected keyword argument '%U'", what, key);
    return -1;
}

int prom__py_fields_read(state *st, PyObject *dict, const char *what, const fields *tables,
                         scratch *s)
{
    PyObject *items = prom__py_keep(s, PyDict_Items(dict));

    for (Py_ssize_t i = 0; items && i < PyList_GET_SIZE(items); i++) {
        PyObject *key = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 0);
        PyObject *value = PyTuple_GET_ITEM(PyList_GET_ITEM(items, i), 1);
        if (!PyUnicode_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keywords must be strings");
            return -1;
        }
        if (value != Py_None && read_one(st, key, value, what, tables, s) < 0)
            return -1;
    }
    return items ? 0 : -1;
}
