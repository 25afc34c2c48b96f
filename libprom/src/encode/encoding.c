// SPDX-License-Identifier: Apache-2.0
#include "encoding.h"

#include "base/alloc.h"

struct prom__encoding {
    const prom_encoder *encoder;
    prom_encode_opts opts;
    prom_snapshot *snapshot; /* one reference */
    prom_writer writer;
};

prom_err prom__encoding_new(const prom_encoder *e, const prom_encode_opts *o, prom_snapshot *s,
                            const prom_writer *w, prom__encoding **out)
{
    prom__encoding *x = *out = prom__alloc(sizeof *x);
    if (!x)
        return prom__no_memory("an exposition");
    *x = (prom__encoding){ e, *o, prom_ref(s), *w };
    return PROM_OK;
}

prom_err prom__encoding_step(prom__encoding *x, bool *more)
{
    *more = false;
    return prom_encode(x->encoder, &x->opts, x->snapshot, &x->writer);
}

void prom__encoding_free(prom__encoding *x)
{
    if (!x)
        return;
    prom_unref(x->snapshot);
    prom__free(x);
}
