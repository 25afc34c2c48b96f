// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "form.h"

#include <stdio.h>

prom_err prom_encode(const prom_encoder *e, const prom_encode_opts *theirs,
                     const prom_snapshot *s, const prom_writer *w)
{
    prom_encode_opts o = { .size = 0 };
    if (!e || !s)
        return prom_fail(PROM_E_INVAL, "an encoder and a snapshot are needed to encode");
    if (!w || !w->write)
        return prom_fail(PROM_E_INVAL, "there is nothing to encode to");
    if (theirs)
        memcpy(&o, theirs, theirs->size < sizeof o ? theirs->size : sizeof o);
    o.size = sizeof o;
    if (!prom_escaping_name(o.escaping))
        return prom_fail(PROM_E_INVAL, "%d is not an escaping", (int)o.escaping);
    return e->encode(s, &o, w);
}

const char *prom_escaping_name(prom_escaping e)
{
    static const char *const names[] = { "underscores", "dots", "values", "allow-utf-8" };
    return (unsigned)e < sizeof names / sizeof *names ? names[e] : NULL;
}

size_t prom_content_type(const prom_encoder *e, prom_escaping escaping, char *out, size_t room)
{
    const char *scheme = e && e->escapes ? prom_escaping_name(escaping) : NULL;
    int n = snprintf(out, room, "%s%s%s", e ? e->content_type : "", scheme ? "; escaping=" : "",
                     scheme ? scheme : "");
    return n < 0 ? 0 : (size_t)n;
}

prom_err prom_encode_string(const prom_encoder *e, const prom_snapshot *s, char **out,
                            size_t *n)
{
    return prom_encode_string_with(e, NULL, s, out, n);
}

prom_err prom_encode_string_with(const prom_encoder *e, const prom_encode_opts *o,
                                 const prom_snapshot *s, char **out, size_t *n)
{
    prom__bytes b = { 0 };
    prom_writer w = prom__bytes_writer(&b);
    *out = NULL;
    prom_err error = prom_encode(e, o, s, &w);
    if (!error && !prom__bytes_add(&b, "", 1))
        error = prom__no_memory("an exposition");
    if (error) {
        prom__bytes_free(&b);
        return error;
    }
    *out = b.p;
    if (n)
        *n = b.n - 1;
    return PROM_OK;
}

static const struct row {
    const char *name;
    const prom_encoder *encoder;
    const prom__form *form;
} all[] = {
    { "text", &prom_text, &prom__text_form },
    { "text1", &prom_text_1, &prom__text_form },
    { "openmetrics", &prom_openmetrics, &prom__openmetrics_form },
    { "openmetrics0", &prom_openmetrics_0, &prom__openmetrics_form },
    { "openmetrics2", &prom_openmetrics_2, &prom__openmetrics_2_form },
    { "protobuf", &prom_protobuf, &prom__protobuf_form },
    { "protobuf-text", &prom_protobuf_text, &prom__protobuf_text_form },
    { "json", &prom_json, &prom__json_form },
};

enum { ROWS = sizeof all / sizeof *all };

const prom_encoder *prom_encoder_find(const char *name)
{
    for (const struct row *x = all; name && x < all + ROWS; x++)
        if (strcmp(x->name, name) == 0)
            return x->encoder;
    return NULL;
}

/* A user may have copied an encoder and changed something in it. */
const prom__form *prom__form_of(const prom_encoder *e)
{
    for (const struct row *x = all; e && x < all + ROWS; x++)
        if (x->encoder->encode == e->encode)
            return x->form;
    return NULL;
}

prom_err prom_expose(prom_registry *r, const prom_encoder *e, char **out, size_t *n)
{
    prom_snapshot *s;
    *out = NULL;
    prom_err error = prom_gather(r, &s);
    if (error)
        return error;
    error = prom_encode_string(e, s, out, n);
    prom_unref(s);
    return error;
}
