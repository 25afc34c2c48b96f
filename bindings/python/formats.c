// SPDX-License-Identifier: Apache-2.0
/* formats.c - snapshots to bytes and back, and which bytes a client wants.
 *
 * Formats and escapings are known by the library's words for them. */
#include "native.h"

/* --- words --------------------------------------------------------------------------------
 */

const prom_encoder *prom__py_encoder_of(const state *st, const char *word)
{
    const prom_encoder *e = st->api->encoder_find(word);

    if (!e)
        PyErr_Format(PyExc_ValueError, "there is no format '%s'", word);
    return e;
}

int prom__py_escaping_of(const state *st, const char *word, prom_escaping *out)
{
    const char *name;

    for (int i = 0; (name = st->api->escaping_name((prom_escaping)i)); i++)
        if (strcmp(name, word) == 0) {
            *out = (prom_escaping)i;
            return 0;
        }
    PyErr_Format(PyExc_ValueError, "there is no escaping '%s'", word);
    return -1;
}

/* --- encoding ----------------------------------------------------------------------------- */

PyObject *prom__py_encode(state *st, const prom_snapshot *s, PyObject *args)
{
    prom_encode_opts o = { .size = sizeof(o) };
    const char *format, *escaping;
    const prom_encoder *e;
    PyObject *bytes;
    char *text = NULL;
    size_t n = 0;
    int created;
    prom_err err;

    if (!PyArg_ParseTuple(args, "ssp:encode", &format, &escaping, &created))
        return NULL;
    e = prom__py_encoder_of(st, format);
    if (!e || prom__py_escaping_of(st, escaping, &o.escaping) < 0)
        return NULL;
    o.no_created = !created;
    Py_BEGIN_ALLOW_THREADS;
    err = st->api->encode_string_with(e, &o, s, &text, &n);
    Py_END_ALLOW_THREADS;
    if (err)
        return prom__py_raise(st, err);
    bytes = PyBytes_FromStringAndSize(text, (Py_ssize_t)n);
    st->api->free(text);
    return bytes;
}

/* content_type(format, escaping) */
PyObject *prom__py_content_type(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    const char *format, *word;
    const prom_encoder *e;
    prom_escaping escaping;
    char text[160];

    if (!PyArg_ParseTuple(args, "ss:content_type", &format, &word))
        return NULL;
    e = prom__py_encoder_of(st, format);
    if (!e || prom__py_escaping_of(st, word, &escaping) < 0)
        return NULL;
    st->api->content_type(e, escaping, text, sizeof(text));
    return PyUnicode_FromString(text);
}

/* --- negotiating -------------------------------------------------------------------------- */

/* The UTF-8 of a header field, borrowed; NULL for None, and for what has none: whatever a
 * client sends is answered. -1 and an exception for what is no str. */
static int field_of(PyObject *op, const char **out)
{
    *out = op == Py_None ? NULL : PyUnicode_AsUTF8(op);
    if (op == Py_None || *out)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* negotiate(accept): (format, escaping, Content-Type) */
PyObject *prom__py_negotiate(PyObject *module, PyObject *accept)
{
    state *st = PyModule_GetState(module);
    const char *field;
    prom_format f;

    if (field_of(accept, &field) < 0)
        return NULL;
    st->api->negotiate(field, NULL, &f);
    return Py_BuildValue("(sss)", f.encoder->name, st->api->escaping_name(f.escaping),
                         f.content_type);
}

/* negotiate_coding(accept_encoding): "identity", "gzip" or "zstd" */
PyObject *prom__py_negotiate_coding(PyObject *module, PyObject *accept)
{
    state *st = PyModule_GetState(module);
    const char *field;

    if (field_of(accept, &field) < 0)
        return NULL;
    return PyUnicode_FromString(st->api->coding_name(st->api->negotiate_coding(field)));
}

/* --- parsing ------------------------------------------------------------------------------ */

/* parse(class, data, content_type): a snapshot of the class. `data` is str or bytes, neither of
 * which changes while the GIL is away. */
PyObject *prom__py_parse(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    const char *content_type, *p;
    prom_snapshot *s = NULL;
    PyObject *type, *data;
    Py_ssize_t n;
    prom_err err;

    if (!PyArg_ParseTuple(args, "O!Oz:parse", &PyType_Type, &type, &data, &content_type))
        return NULL;
    if (!PyType_IsSubtype((PyTypeObject *)type, st->snapshot))
        return PyErr_Format(PyExc_TypeError, "%R is no class of snapshots", type);
    if (PyBytes_Check(data)) {
        p = PyBytes_AS_STRING(data);
        n = PyBytes_GET_SIZE(data);
    } else {
        p = PyUnicode_AsUTF8AndSize(data, &n);
    }
    if (!p)
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    err = st->api->parse(content_type, p, (size_t)n, &s);
    Py_END_ALLOW_THREADS;
    return err ? prom__py_raise(st, err)
               : prom__py_snapshot_around(st, s, (PyTypeObject *)type);
}
