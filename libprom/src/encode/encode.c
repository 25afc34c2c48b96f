// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "out.h"

prom_err prom_encode_string(const prom_encoder *e, const prom_snapshot *s, char **out,
                            size_t *n)
{
    prom__bytes b = { 0 };
    prom_writer w = prom__bytes_writer(&b);
    *out = NULL;
    if (!e || !s)
        return prom_fail(PROM_E_INVAL, "an encoder and a snapshot are needed to encode");
    prom_err error = e->encode(s, &w);
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
