// SPDX-License-Identifier: Apache-2.0
#include "deliver.h"

#include <string.h>

static ssize_t read_body(void *data, uint64_t at, char *to, size_t room)
{
    const prom__body *b = data;
    if (b->home->pace && !prom__pace_send(b->home->pace))
        return 0; /* libmicrohttpd asks again in its next turn */
    prom_str some = prom__body_at(b, (size_t)at);
    if (!some.n)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (some.n > room)
        some.n = room;
    memcpy(to, some.p, some.n);
    return (ssize_t)some.n;
}

/* libmicrohttpd is done with the response, sent or not. */
static void on_body_done(void *data)
{
    prom_unref(data);
}

/* One block is lent as it is. More of them go through a block of libmicrohttpd's, which is
 * filled again for whichever reader is behind or ahead of what is in it. (A list of all blocks
 * would have to fit into the few KB that a connection has, beside the client's header.) */
static struct MHD_Response *lend(prom__body *b)
{
    struct MHD_Response *r;
    prom_ref(b);
    if (b->n_blocks > 1)
        r = MHD_create_response_from_callback(b->n, PROM__BODY_BLOCK, read_body, b,
                                              on_body_done);
    else
        r = MHD_create_response_from_buffer_with_free_callback_cls(
            b->n, (void *)(uintptr_t)prom__body_at(b, 0).p, on_body_done, b);
    if (!r)
        prom_unref(b);
    return r;
}

static struct MHD_Response *make(const prom__answer *a)
{
    struct MHD_Response *r =
        a->body ? lend(a->body)
                : MHD_create_response_from_buffer(a->words.n, (void *)(uintptr_t)a->words.p,
                                                  MHD_RESPMEM_MUST_COPY);
    bool ok = r != NULL;
    for (const prom_label *f = a->field; ok && f->name; f++)
        if (strcmp(f->name, MHD_HTTP_HEADER_CONTENT_LENGTH) != 0) /* it says that itself */
            ok = MHD_add_response_header(r, f->name, f->value) == MHD_YES;
    if (ok || !r)
        return r;
    MHD_destroy_response(r);
    return NULL;
}

static void free_response(void *r)
{
    MHD_destroy_response(r);
}

prom__mhd_result prom__deliver(prom__answer *a, struct MHD_Connection *c)
{
    if (a && !a->sent) {
        a->sent = make(a);
        a->free_sent = a->sent ? free_response : NULL;
    }
    return a && a->sent ? MHD_queue_response(c, a->status, a->sent) : MHD_NO;
}
