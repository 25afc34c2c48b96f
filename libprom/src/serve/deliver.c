// SPDX-License-Identifier: Apache-2.0
#include "deliver.h"

#include <string.h>

/* What libmicrohttpd holds of a long body for each of its readers, and sends in one go. A
 * buffer that readers share would be filled anew whenever one is behind another, and the one
 * that finds it filled would send unasked, over the budget of a poll. (A list of all blocks
 * would have to fit into the few KB that a connection has, beside the client's header.) */
#define PIECE (16 * 1024)

static ssize_t read_body(void *data, uint64_t at, char *to, size_t room)
{
    const prom__body *b = ((const prom__answer *)data)->body;
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
static void on_done(void *answer)
{
    prom_unref(answer);
}

/* With a reference of its own to the answer. What is one piece is lent as it is. */
static struct MHD_Response *lend(prom__answer *a)
{
    struct MHD_Response *r;
    prom_str all = prom__answer_piece(a, 0);
    prom_ref(a);
    if (prom__answer_pieces(a) > 1)
        r = MHD_create_response_from_callback(a->body->n, PIECE, read_body, a, on_done);
    else
        r = MHD_create_response_from_buffer_with_free_callback_cls(
            all.n, (void *)(uintptr_t)all.p, on_done, a);
    if (!r)
        prom_unref(a);
    return r;
}

static bool add_header(struct MHD_Response *r, const prom__answer *a)
{
    bool ok = true;
    for (const prom_label *f = a->field; ok && f->name; f++)
        if (strcmp(f->name, MHD_HTTP_HEADER_CONTENT_LENGTH) != 0) /* it says that itself */
            ok = MHD_add_response_header(r, f->name, f->value) == MHD_YES;
    return ok;
}

prom__mhd_result prom__deliver(prom__answer *a, struct MHD_Connection *c)
{
    struct MHD_Response *r = a ? lend(a) : NULL;
    if (!r)
        return MHD_NO;
    prom__mhd_result sent = add_header(r, a) ? MHD_queue_response(c, a->status, r) : MHD_NO;
    MHD_destroy_response(r);
    return sent;
}
