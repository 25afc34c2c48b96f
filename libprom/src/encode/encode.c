// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "out.h"

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

const prom_encoder *prom_encoder_find(const char *name)
{
    static const struct {
        const char *name;
        const prom_encoder *encoder;
    } all[] = {
        { "text", &prom_text },
        { "text1", &prom_text_1 },
        { "openmetrics", &prom_openmetrics },
        { "openmetrics0", &prom_openmetrics_0 },
        { "openmetrics2", &prom_openmetrics_2 },
        { "protobuf", &prom_protobuf },
        { "protobuf-text", &prom_protobuf_text },
        { "json", &prom_json },
    };
    for (size_t i = 0; name && i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].encoder;
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
