// SPDX-License-Identifier: Apache-2.0
/* transports.c - senders of all kinds, and what their transports do without one. */
#include "fields.h"

/* --- options ------------------------------------------------------------------------------ */

static const field sender_fields[] = {
    FIELD(prom_sender_opts, "interval", interval_ms, ms),
    FIELD(prom_sender_opts, "timeout", timeout_ms, ms),
    FIELD(prom_sender_opts, "last", last, bool),
    FIELD(prom_sender_opts, "last_timeout", last_timeout_ms, ms),
    FIELD(prom_sender_opts, "on_error", on_error, on_error),
    FIELD(prom_sender_opts, "names", names, words),
    { NULL, NULL, 0 },
};

/* None at all has to be said; to the library 0 is the default. */
static int read_retries(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    const unsigned none = PROM_NO_RETRIES;
    int is = PyLong_Check(value) ? PyObject_IsTrue(value) : 1;

    if (is)
        return prom__py_field_unsigned(self, value, at, st, s);
    memcpy(at, &none, sizeof(none));
    return 0;
}

static const field client_fields[] = {
    FIELD(prom_client_opts, "headers", headers, headers),
    FIELD(prom_client_opts, "username", user, text),
    FIELD(prom_client_opts, "password", password, text),
    FIELD(prom_client_opts, "bearer_token", bearer_token, text),
    FIELD(prom_client_opts, "bearer_token_file", bearer_token_file, path),
    FIELD(prom_client_opts, "cafile", ca_file, path),
    FIELD(prom_client_opts, "certfile", cert_file, path),
    FIELD(prom_client_opts, "keyfile", key_file, path),
    FIELD(prom_client_opts, "insecure", insecure, bool),
    FIELD(prom_client_opts, "unix_socket", unix_socket, path),
    FIELD(prom_client_opts, "proxy", proxy, text),
    FIELD(prom_client_opts, "follow", follow, bool),
    FIELD(prom_client_opts, "connect_timeout", connect_timeout_ms, ms),
    { "retries", read_retries, offsetof(prom_client_opts, retries) },
    FIELD(prom_client_opts, "backoff", backoff_ms, ms),
    FIELD(prom_client_opts, "max_backoff", max_backoff_ms, ms),
    { NULL, NULL, 0 },
};

static const field push_fields[] = {
    FIELD(prom_push_opts, "url", url, text),
    FIELD(prom_push_opts, "job", job, text),
    FIELD(prom_push_opts, "grouping", grouping, labels),
    FIELD(prom_push_opts, "add", add, bool),
    FIELD(prom_push_opts, "delete_at_end", delete_at_end, bool),
    FIELD(prom_push_opts, "format", encoder, encoder),
    FIELD(prom_push_opts, "escaping", escaping, escaping),
    FIELD(prom_push_opts, "compression", coding, coding),
    FIELD(prom_push_opts, "delete_timeout", timeout_ms, ms),
    { NULL, NULL, 0 },
};

static const field graphite_fields[] = {
    FIELD(prom_graphite_opts, "address", address, text),
    FIELD(prom_graphite_opts, "udp", udp, bool),
    FIELD(prom_graphite_opts, "prefix", prefix, text),
    FIELD(prom_graphite_opts, "tags", tags, bool),
    FIELD(prom_graphite_opts, "connect_timeout", connect_timeout_ms, ms),
    { NULL, NULL, 0 },
};

static const field textfile_fields[] = {
    FIELD(prom_textfile_opts, "path", path, path),
    FIELD(prom_textfile_opts, "mode", mode, unsigned),
    FIELD(prom_textfile_opts, "sync", no_sync, not ),
    FIELD(prom_textfile_opts, "tmpdir", temporary_folder, path),
    FIELD(prom_textfile_opts, "format", encoder, encoder),
    FIELD(prom_textfile_opts, "escaping", escaping, escaping),
    { NULL, NULL, 0 },
};

static const field remote_write_fields[] = {
    FIELD(prom_remote_write_opts, "url", url, text),
    FIELD(prom_remote_write_opts, "version", version, unsigned),
    FIELD(prom_remote_write_opts, "labels", labels, labels),
    FIELD(prom_remote_write_opts, "max_samples", max_samples, unsigned),
    FIELD(prom_remote_write_opts, "max_queue_bytes", max_queue_bytes, size),
    FIELD(prom_remote_write_opts, "stale_markers", no_stale_markers, not ),
    { NULL, NULL, 0 },
};

static const field otlp_fields[] = {
    FIELD(prom_otlp_opts, "url", url, text),
    FIELD(prom_otlp_opts, "resource", resource, labels),
    FIELD(prom_otlp_opts, "scope_name", scope_name, text),
    FIELD(prom_otlp_opts, "scope_version", scope_version, text),
    FIELD(prom_otlp_opts, "compression", coding, coding),
    { NULL, NULL, 0 },
};

static const field transport_fields[] = {
    FIELD(prom_transport, "name", name, text),
    FIELD(prom_transport, "on_error", on_error, on_error),
    { NULL, NULL, 0 },
};

/* --- senders ------------------------------------------------------------------------------ */

typedef struct making {
    sender *self;
    prom_registry *r;
    PyObject *options;
    prom_sender_opts *so;
    scratch s;
} making;

static int read_options(making *m, const field *rows, void *into, prom_client_opts *client)
{
    const fields tables[] = { { sender_fields, m->so },
                              { rows, into },
                              { client ? client_fields : NULL, client },
                              { NULL, NULL } };

    return prom__py_fields_read(m->self->st, m->options, "a sender", tables, &m->s);
}

/* Without the GIL: what is let go of on an error may wait for a thread that wants it. */
#define MAKE(m, function, o)                                             \
    do {                                                                 \
        const prom_api *api_ = (m)->self->st->api;                       \
        prom_err err_;                                                   \
        Py_BEGIN_ALLOW_THREADS;                                          \
        err_ = api_->function((m)->r, (o), (m)->so, &(m)->self->s);      \
        Py_END_ALLOW_THREADS;                                            \
        return err_ ? (void)prom__py_raise((m)->self->st, err_), -1 : 0; \
    } while (0)

static int make_push(making *m)
{
    prom_client_opts client = { .size = sizeof(client) };
    prom_push_opts o = { .size = sizeof(o), .client = &client };

    if (read_options(m, push_fields, &o, &client) < 0)
        return -1;
    MAKE(m, push_new, &o);
}

static int make_graphite(making *m)
{
    prom_graphite_opts o = { .size = sizeof(o) };

    if (read_options(m, graphite_fields, &o, NULL) < 0)
        return -1;
    MAKE(m, graphite_new, &o);
}

static int make_textfile(making *m)
{
    prom_textfile_opts o = { .size = sizeof(o) };

    if (read_options(m, textfile_fields, &o, NULL) < 0)
        return -1;
    MAKE(m, textfile_new, &o);
}

static int make_remote_write(making *m)
{
    prom_client_opts client = { .size = sizeof(client) };
    prom_remote_write_opts o = { .size = sizeof(o), .client = &client };

    if (read_options(m, remote_write_fields, &o, &client) < 0)
        return -1;
    MAKE(m, remote_write_new, &o);
}

static int make_otlp(making *m)
{
    prom_client_opts client = { .size = sizeof(client) };
    prom_otlp_opts o = { .size = sizeof(o), .client = &client };

    if (read_options(m, otlp_fields, &o, &client) < 0)
        return -1;
    MAKE(m, otlp_new, &o);
}

static int make_own(making *m)
{
    prom_transport t = { .size = sizeof(t),
                         .name = "python",
                         .send = prom__py_deliver,
                         .finish = prom__py_deliver_end,
                         .data = m->self->transport,
                         .free_data = prom__py_tether_free };

    if (read_options(m, transport_fields, &t, NULL) < 0)
        return -1;
    MAKE(m, sender_new, &t);
}

static const struct {
    const char *word;
    int (*make)(making *m);
} makers[] = {
    { "push", make_push },         { "graphite", make_graphite },
    { "textfile", make_textfile }, { "remote_write", make_remote_write },
    { "otlp", make_otlp },         { "own", make_own },
};

int prom__py_transport_make(sender *self, prom_registry *r, const char *word, PyObject *options,
                            prom_sender_opts *so)
{
    making m = { .self = self, .r = r, .options = options, .so = so };
    int made = -1;
    size_t i = 0;

    while (i < sizeof(makers) / sizeof(*makers) && strcmp(makers[i].word, word) != 0)
        i++;
    if (i < sizeof(makers) / sizeof(*makers))
        made = makers[i].make(&m);
    else
        PyErr_Format(PyExc_ValueError, "there is no sender '%s'", word);
    self->last_timeout_ms = so->last_timeout_ms;
    prom__py_scratch_free(&m.s);
    return made;
}

/* --- without a sender -----------------------------------------------------------------------
 */

static int read_push(state *st, PyObject *dict, prom_push_opts *o, prom_client_opts *client,
                     scratch *s)
{
    const fields tables[] = { { push_fields, o }, { client_fields, client }, { NULL, NULL } };

    *client = (prom_client_opts){ .size = sizeof(*client) };
    *o = (prom_push_opts){ .size = sizeof(*o), .client = client };
    *s = (scratch){ NULL, NULL, NULL };
    if (!PyDict_Check(dict)) {
        PyErr_SetString(PyExc_TypeError, "options must be a dict");
        return -1;
    }
    return prom__py_fields_read(st, dict, "a push", tables, s);
}

PyObject *prom__py_push_delete(PyObject *module, PyObject *options)
{
    state *st = PyModule_GetState(module);
    prom_client_opts client;
    prom_push_opts o;
    scratch s;
    int failed = read_push(st, options, &o, &client, &s);
    prom_err err = PROM_OK;

    if (!failed) {
        Py_BEGIN_ALLOW_THREADS;
        err = st->api->push_delete(&o);
        Py_END_ALLOW_THREADS;
    }
    prom__py_scratch_free(&s);
    if (failed)
        return NULL;
    return err ? prom__py_raise(st, err) : Py_NewRef(Py_None);
}

PyObject *prom__py_push_url(PyObject *module, PyObject *options)
{
    state *st = PyModule_GetState(module);
    prom_client_opts client;
    prom_push_opts o;
    scratch s;
    char *url = NULL;
    PyObject *str = NULL;

    if (read_push(st, options, &o, &client, &s) == 0) {
        prom_err err = st->api->push_url(&o, &url);
        str = err ? prom__py_raise(st, err) : PyUnicode_FromString(url);
        st->api->free(url);
    }
    prom__py_scratch_free(&s);
    return str;
}

/* --- Graphite's lines ------------------------------------------------------------------------
 */

/* A growing bytes object; of raw memory, for it grows without the GIL. */
typedef struct text {
    char *p;
    size_t n, room;
} text;

static prom_err append(void *data, const char *p, size_t n)
{
    text *t = data;

    if (n > t->room - t->n) {
        size_t room = 2 * (t->n + n);
        char *grown = PyMem_RawRealloc(t->p, room);
        if (!grown)
            return PROM_E_NOMEM;
        t->p = grown;
        t->room = room;
    }
    memcpy(t->p + t->n, p, n);
    t->n += n;
    return PROM_OK;
}

/* graphite_lines(snapshot, prefix, tags, now) */
PyObject *prom__py_graphite_lines(PyObject *module, PyObject *args)
{
    state *st = PyModule_GetState(module);
    prom_graphite_opts o = { .size = sizeof(o) };
    text t = { NULL, 0, 0 };
    const prom_writer w = { append, &t };
    PyObject *snapshot, *bytes = NULL;
    int tags;
    long long now;
    prom_err err;

    if (!PyArg_ParseTuple(args, "O!zpL:graphite_lines", st->snapshot, &snapshot, &o.prefix,
                          &tags, &now))
        return NULL;
    o.tags = tags != 0;
    Py_BEGIN_ALLOW_THREADS;
    err = st->api->graphite_encode(prom__py_snapshot_of(snapshot), &o, now, &w);
    Py_END_ALLOW_THREADS;
    if (err)
        prom__py_raise(st, err);
    else
        bytes = PyBytes_FromStringAndSize(t.p, (Py_ssize_t)t.n);
    PyMem_RawFree(t.p);
    return bytes;
}
