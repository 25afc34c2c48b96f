// SPDX-License-Identifier: Apache-2.0
#include "encoding.h"

#include "base/alloc.h"
#include "form.h"

struct prom__encoding {
    const prom_encoder *encoder;
    prom_encode_opts opts;
    prom_snapshot *snapshot; /* one reference */
    prom_writer writer;
    prom__walk walk;
    enum { FRESH, OPEN, CLOSED } state; /* of the walk */
};

prom_err prom__encoding_new(const prom_encoder *e, const prom_encode_opts *o, prom_snapshot *s,
                            const prom_writer *w, prom__encoding **out)
{
    prom__encoding *x = *out = prom__alloc(sizeof *x);
    if (!x)
        return prom__no_memory("an exposition");
    *x = (prom__encoding){ e, *o, prom_ref(s), *w, { .form = prom__form_of(e) }, FRESH };
    return PROM_OK;
}

static prom_err step(prom__encoding *x, bool *more)
{
    prom_err e = PROM_OK;
    if (x->state == FRESH) {
        e = prom__walk_open(&x->walk, x->walk.form, x->snapshot, &x->opts, &x->writer);
        x->state = e ? CLOSED : OPEN;
    }
    if (x->state == CLOSED)
        return e;
    e = prom__walk_some(&x->walk);
    *more = !e && x->walk.place != PROM__OVER;
    if (*more)
        return PROM_OK;
    x->state = CLOSED;
    return prom__walk_close(&x->walk, e);
}

prom_err prom__encoding_step(prom__encoding *x, bool *more)
{
    *more = false;
    return x->walk.form ? step(x, more)
                        : prom_encode(x->encoder, &x->opts, x->snapshot, &x->writer);
}

void prom__encoding_free(prom__encoding *x)
{
    if (!x)
        return;
    if (x->state == OPEN)
        prom__walk_close(&x->walk, PROM_OK);
    prom_unref(x->snapshot);
    prom__free(x);
}
