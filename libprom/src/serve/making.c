// SPDX-License-Identifier: Apache-2.0
#include "making.h"

#include "base/alloc.h"
#include "base/lock.h"
#include "base/tally.h"
#include "encode/compress.h"
#include "encode/encoding.h"

#include <stdint.h>

/* --- the limit ---------------------------------------------------------- */

/* Passes on what stays within the limit. An encoder of a user's may not heed an error: what is
 * broken off is an error all the same. */
typedef struct limit {
    prom_writer to;
    size_t max, left;
    bool exceeded;
    prom_err error; /* the first; nothing is passed on after it */
} limit;

static prom_err write_within(void *data, const char *p, size_t n)
{
    limit *l = data;
    if (!l->error && n > l->left)
        l->exceeded = true;
    if (l->exceeded)
        l->error = prom_fail(PROM_E_IO, "the body is larger than max_body_bytes (%zu)", l->max);
    if (l->error)
        return l->error;
    l->left -= n;
    l->error = l->to.write(l->to.data, p, n);
    return l->error;
}

/* --- compressors -------------------------------------------------------- */

prom_err prom__maker_init(prom__maker *m, size_t max_body_bytes)
{
    *m = (prom__maker){ .max_body_bytes = max_body_bytes };
    return prom__blocks_new(&m->blocks);
}

void prom__maker_free(prom__maker *m)
{
    for (size_t i = 0; i < PROM__CODINGS; i++)
        prom_unref(m->compressors[i]);
    prom_unref(m->blocks);
    *m = (prom__maker){ .blocks = NULL };
}

static prom_compressor *exchange(prom__maker *m, prom_coding c, prom_compressor *z)
{
    prom__lock();
    prom_compressor *spare = m->compressors[c];
    m->compressors[c] = z;
    prom__unlock();
    return spare;
}

/* One that writes to *to; NULL for identity. */
static prom_err take_compressor(prom__maker *m, prom_coding c, const prom_writer *to,
                                prom_compressor **out)
{
    *out = c == PROM_IDENTITY ? NULL : exchange(m, c, NULL);
    if (c == PROM_IDENTITY)
        return PROM_OK;
    return *out ? prom__compressor_begin(*out, to) : prom_compressor_new(c, 0, to, out);
}

/* --- making ------------------------------------------------------------- */

struct prom__making {
    prom__maker *maker; /* borrowed */
    prom_format format;
    prom_coding coding;
    prom__body *body;
    prom_compressor *compressor; /* NULL: identity */
    prom__encoding *encoding;
    limit limit;
    prom_err error;
    prom__answer *failed; /* once there is an error: it is this thread's sentence then */
};

static prom_err begin(prom__making *x, prom_snapshot *of)
{
    const prom_encode_opts o = { .size = sizeof o, .escaping = x->format.escaping };
    prom_err err = prom__body_new(x->maker->blocks, &x->body);
    if (err)
        return err;
    prom_writer to = prom__body_writer(x->body);
    err = take_compressor(x->maker, x->coding, &to, &x->compressor);
    if (err)
        return err;
    size_t max = x->maker->max_body_bytes ? x->maker->max_body_bytes : SIZE_MAX;
    if (x->compressor)
        to = prom_compressor_writer(x->compressor);
    x->limit = (limit){ to, max, max, false, PROM_OK };
    return prom__encoding_new(x->format.encoder, &o, of,
                              &(prom_writer){ write_within, &x->limit }, &x->encoding);
}

static bool note(prom__making *x, prom_err err)
{
    x->error = err;
    if (err)
        x->failed = prom__answer_errors(NULL, err);
    return !err;
}

prom__making *prom__making_new(prom__maker *m, const prom__ask *q, prom_snapshot *of)
{
    prom__making *x = prom__alloc_zero(sizeof *x);
    if (!x)
        return NULL;
    x->maker = m;
    x->format = q->format;
    x->coding = q->coding;
    note(x, begin(x, of));
    return x;
}

bool prom__making_step(prom__making *x)
{
    bool more = false;
    if (x->error)
        return false;
    prom_err err = prom__encoding_step(x->encoding, &more);
    if (!err)
        err = x->limit.error;
    if (x->limit.exceeded)
        atomic_fetch_add_explicit(&prom__bodies_too_large, 1, memory_order_relaxed);
    if (!err && !more && x->compressor)
        err = prom_compressor_finish(x->compressor);
    return note(x, err) && more;
}

prom__answer *prom__making_end(prom__making *x, prom_err *err)
{
    prom__answer *a = x->failed;
    *err = x->error;
    prom__encoding_free(x->encoding);
    if (x->compressor)
        prom_unref(exchange(x->maker, x->coding, x->compressor));
    if (x->error)
        prom_unref(x->body);
    else
        a = prom__answer_body(x->body, x->format.content_type, x->coding);
    if (!a)
        *err = PROM_E_NOMEM;
    prom__free(x);
    return a;
}
