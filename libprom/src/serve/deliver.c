// SPDX-License-Identifier: Apache-2.0
#include "deliver.h"

#include "base/alloc.h"

#include <string.h>

/* What libmicrohttpd holds of a long body for each of its readers, and sends in one go. A
 * buffer that readers share would be filled anew whenever one is behind another, and the one
 * that finds it filled would send unasked, over the budget of a poll. (A list of all blocks
 * would have to fit into the few KB that a connection has, beside the client's header.) */
#define PIECE (16 * 1024)

/* What one client gets. */
typedef struct delivery {
    prom__answer *answer; /* one reference */
    prom__guard *guard;
    prom__guard_slot *slot;
} delivery;

/* That libmicrohttpd asks for more means that it has sent all before. */
static ssize_t read_body(void *data, uint64_t at, char *to, size_t room)
{
    const delivery *d = data;
    const prom__body *b = d->answer->body;
    if (d->slot)
        prom__guard_moved(d->guard, d->slot);
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
static void on_done(void *data)
{
    delivery *d = data;
    prom_unref(d->answer);
    prom__free(d);
}

/* Takes the delivery, also where it fails. What is one piece is lent as it is. */
static struct MHD_Response *lend(delivery *d)
{
    struct MHD_Response *r;
    const prom__answer *a = d->answer;
    prom_str all = prom__answer_piece(a, 0);
    if (prom__answer_pieces(a) > 1)
        r = MHD_create_response_from_callback(a->body->n, PIECE, read_body, d, on_done);
    else
        r = MHD_create_response_from_buffer_with_free_callback_cls(
            all.n, (void *)(uintptr_t)all.p, on_done, d);
    if (!r)
        on_done(d);
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

prom__mhd_result prom__deliver(prom__answer *a, struct MHD_Connection *c, prom__guard *g,
                               prom__guard_slot *slot)
{
    delivery *d = a ? prom__alloc(sizeof *d) : NULL;
    if (!d)
        return MHD_NO;
    *d = (delivery){ prom_ref(a), g, slot };
    struct MHD_Response *r = lend(d);
    if (!r)
        return MHD_NO;
    prom__mhd_result sent = add_header(r, a) ? MHD_queue_response(c, a->status, r) : MHD_NO;
    MHD_destroy_response(r);
    return sent;
}
