// SPDX-License-Identifier: Apache-2.0
/* http_options.c - what servers and handlers take by name. */
#include "fields.h"

/* OpenMetrics without _created lines, as an encoder like the others. */
static prom_err encode_without_created(const prom_snapshot *s, const prom_encode_opts *o,
                                       const prom_writer *w)
{
    prom_encode_opts without = *o;

    without.no_created = true;
    return prom_api_find()->encoder_find("openmetrics")->encode(s, &without, w);
}

static const prom_encoder openmetrics_without = {
    "openmetrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", true,
    encode_without_created
};

static const prom_encoder openmetrics_0_without = {
    "openmetrics0", "application/openmetrics-text; version=0.0.1; charset=utf-8", true,
    encode_without_created
};

/* The one to use where `created` lines are shown or not. */
static const prom_encoder *without_created(const prom_encoder *e)
{
    if (strcmp(e->name, "openmetrics") == 0)
        return &openmetrics_without;
    return strcmp(e->name, "openmetrics0") == 0 ? &openmetrics_0_without : e;
}

static int read_offer(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    const char *const *words;
    const prom_encoder **offer;
    size_t n = 0;

    if (prom__py_field_words(self, value, (void *)&words, st, s) < 0)
        return -1;
    while (words[n])
        n++;
    offer = prom__py_take(s, n + 1, sizeof(*offer));
    if (!offer)
        return -1;
    for (size_t i = 0; i < n; i++) {
        offer[i] = prom__py_encoder_of(st, words[i]);
        if (!offer[i])
            return -1;
    }
    memcpy(at, &offer, sizeof(offer));
    return 0;
}

static int read_registry(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    prom_registry *r = NULL;

    (void)s;
    if (PyObject_TypeCheck(value, st->registry))
        r = prom__py_registry_of(value);
    else
        PyErr_Format(PyExc_TypeError, "%s: %.100s is no registry", self->name,
                     Py_TYPE(value)->tp_name);
    memcpy(at, &r, sizeof(r));
    return r ? 0 : -1;
}

static int read_routes(const field *self, PyObject *value, void *at, state *st, scratch *s)
{
    PyObject *items = prom__py_keep(s, PyMapping_Items(value));
    Py_ssize_t n = items ? PyList_GET_SIZE(items) : 0;
    prom_http_route *routes = items ? prom__py_take(s, (size_t)n + 1, sizeof(*routes)) : NULL;

    if (!routes)
        return -1;
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *pair = PyList_GET_ITEM(items, i);
        routes[i].path = prom__py_name(PyTuple_GET_ITEM(pair, 0), "path");
        if (!routes[i].path || read_registry(self, PyTuple_GET_ITEM(pair, 1),
                                             (void *)&routes[i].registry, st, s) < 0)
            return -1;
    }
    memcpy(at, &routes, sizeof(routes));
    return 0;
}

static const field http_fields[] = {
    FIELD(prom_http_opts, "addr", address, text),
    FIELD(prom_http_opts, "port", port, port),
    FIELD(prom_http_opts, "path", path, text),
    FIELD(prom_http_opts, "format", encoder, encoder),
    FIELD(prom_http_opts, "polled", polled, bool),
    FIELD(prom_http_opts, "compression", no_compression, not ),
    FIELD(prom_http_opts, "max_connections", max_connections, unsigned),
    FIELD(prom_http_opts, "deadline", deadline_ms, ms),
    FIELD(prom_http_opts, "max_header_bytes", max_header_bytes, unsigned),
    { "formats", read_offer, offsetof(prom_http_opts, offer) },
    FIELD(prom_http_opts, "max_body_bytes", max_body_bytes, size),
    { "routes", read_routes, offsetof(prom_http_opts, routes) },
    FIELD(prom_http_opts, "on_error", on_error, on_error),
    FIELD(prom_http_opts, "max_in_flight", max_in_flight, unsigned),
    FIELD(prom_http_opts, "scrape_timeout", scrape_timeout_ms, ms),
    FIELD(prom_http_opts, "max_age", max_age_ms, ms),
    { "metrics", read_registry, offsetof(prom_http_opts, metrics) },
    FIELD(prom_http_opts, "page", no_page, not ),
    FIELD(prom_http_opts, "title", title, text),
    FIELD(prom_http_opts, "certfile", cert_file, path),
    FIELD(prom_http_opts, "keyfile", key_file, path),
    FIELD(prom_http_opts, "client_cafile", client_ca_file, path),
    { NULL, NULL, 0 },
};

/* Whatever is offered: without the lines. */
static int leave_out_created(const prom_api *api, prom_http_opts *o, scratch *s)
{
    static const char *const usual[] = { "text", "text1", "openmetrics", "openmetrics0",
                                         "protobuf" };
    const size_t usual_n = sizeof(usual) / sizeof(*usual);
    const prom_encoder **offer;
    size_t n = 0;

    while (o->offer && o->offer[n])
        n++;
    n = o->offer ? n : usual_n;
    offer = prom__py_take(s, n + 1, sizeof(*offer));
    if (!offer)
        return -1;
    for (size_t i = 0; i < n; i++)
        offer[i] = without_created(o->offer ? o->offer[i] : api->encoder_find(usual[i]));
    o->offer = offer;
    if (o->encoder)
        o->encoder = without_created(o->encoder);
    return 0;
}

int prom__py_http_options(state *st, PyObject *dict, bool created, prom_http_opts *o,
                          scratch *s)
{
    const fields tables[] = { { http_fields, o }, { NULL, NULL } };

    *o = (prom_http_opts){ .size = sizeof(*o) };
    if (prom__py_fields_read(st, dict, "a server", tables, s) < 0)
        return -1;
    return created ? 0 : leave_out_created(st->api, o, s);
}
