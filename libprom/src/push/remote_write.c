// SPDX-License-Identifier: Apache-2.0
/* remote_write.c - the sender of remote write: each gather as requests, with the end of what
 * the gather before had and this one has not.
 *
 * It keeps the snapshot of the last gather, and so the records in it, rather than a table of
 * series. A request is sent as soon as it is made; what cannot be delivered waits, compressed,
 * and whatever is made after it waits behind it, so the samples of a series stay in order. */
#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "encode/remote.h"
#include "encode/snappy.h"
#include "keep.h"
#include "remote_deliver.h"
#include "transport/url.h"

#include <prom/remote_write.h>

#include <string.h>

enum { MOST_SAMPLES = 2000, MOST_QUEUE_BYTES = 16 << 20 };

typedef struct remote_write {
    prom_remote_write_opts opts; /* complete; what it refers to lies in the arena */
    prom__arena memory;
    prom__remote_delivery delivery;
    prom__bytes block;          /* the request at hand, compressed */
    prom__remote_moment before; /* the last gather, with one reference */
    prom__remote_times times;
    int64_t last_ms; /* the time of the last samples */
    bool again;      /* what is at hand is to be made again, in the other version */
    bool busy;       /* a send is under way */
} remote_write;

/* --- a gather ----------------------------------------------------------- */

/* What waits in 2.0 and was not made just now is lost: nobody understands it. */
static void drain_older(remote_write *w)
{
    bool fell_back;
    prom__remote_drain(&w->delivery, &fell_back);
    if (fell_back) {
        prom__remote_note_lost(&w->delivery);
        prom__remote_drain(&w->delivery, &fell_back);
    }
}

static prom_err put(void *data, const prom__remote_request *q)
{
    remote_write *w = data;
    prom__remote_delivery *x = &w->delivery;
    w->block.n = 0;
    prom_err e = prom__snappy(q->p, q->n, &w->block);
    if (!e)
        e = prom__remote_queue_add(&x->queue, x->version, q->samples + q->histograms,
                                   w->block.p, w->block.n);
    if (e)
        return e;
    prom__remote_drain(x, &w->again);
    return w->again ? prom_fail(PROM_E_CANCELLED, "remote write 2.0 is not understood")
                    : PROM_OK;
}

static prom_err make(remote_write *w, prom__remote_moment now)
{
    const prom__remote_opts o = { .version = w->delivery.version,
                                  .labels = w->opts.labels,
                                  .most = w->opts.max_samples,
                                  .no_stale_markers = w->opts.no_stale_markers,
                                  .times = &w->times,
                                  .put = put,
                                  .data = w };
    w->again = false;
    return prom__remote_encode(&o, now, w->before);
}

/* Times of samples ascend, whatever the clock does. */
static int64_t next_ms(remote_write *w)
{
    int64_t now = prom__clock_unix() / 1000000;
    w->last_ms = now > w->last_ms ? now : w->last_ms + 1;
    return w->last_ms;
}

/* Sends are one at a time, so who finds it busy is a child of a fork that came in between: what
 * the thread that is not here was in the midst of is nobody's to free. */
static void begin(remote_write *w)
{
    if (w->busy) {
        w->delivery.queue = (prom__remote_queue){ .most = w->delivery.queue.most };
        w->block = (prom__bytes){ NULL, 0, 0 };
        w->before = (prom__remote_moment){ NULL, 0 };
        w->times = (prom__remote_times){ NULL, 0, 0 };
    }
    w->busy = true;
}

static prom_err write_snapshot(remote_write *w, prom_delivery *d, const prom_snapshot *s)
{
    begin(w);
    const prom__remote_moment now = { s, next_ms(w) };
    prom__remote_begin(&w->delivery, d);
    drain_older(w);
    prom_err e = make(w, now);
    if (w->again) {
        prom__remote_forget_lost(&w->delivery);
        e = make(w, now);
    }
    prom__remote_note(&w->delivery, e);
    if (!e) {
        prom_unref((void *)w->before.snapshot);
        w->before = (prom__remote_moment){ prom_ref((void *)s), now.ms };
    }
    w->busy = false;
    return prom__remote_outcome(&w->delivery);
}

static prom_err send(prom_delivery *d, const prom_snapshot *s, void *data)
{
    return write_snapshot(data, d, s);
}

/* Everything ends. */
static prom_err finish(prom_delivery *d, void *data)
{
    remote_write *w = data;
    return write_snapshot(w, d, NULL);
}

/* --- making and freeing it ---------------------------------------------- */

static void free_all(void *data)
{
    remote_write *w = data;
    prom__request_free(w->delivery.request);
    prom__remote_queue_free(&w->delivery.queue);
    prom_unref((void *)w->before.snapshot);
    prom__bytes_free(&w->block);
    prom__remote_times_free(&w->times);
    prom__arena_free(&w->memory);
    prom__free(w);
}

static prom_err copy_opts(remote_write *w, const prom_remote_write_opts *o)
{
    w->opts = *o;
    w->opts.client = NULL;
    w->opts.max_samples = o->max_samples ? o->max_samples : MOST_SAMPLES;
    w->delivery.version = o->version ? o->version : 1;
    w->delivery.queue.most = o->max_queue_bytes ? o->max_queue_bytes : MOST_QUEUE_BYTES;
    w->opts.labels = prom__keep_labels(&w->memory, o->labels);
    if (!w->opts.labels || !prom__keep_text(&w->memory, o->url, &w->opts.url))
        return prom__no_memory("a sender");
    w->delivery.url = w->opts.url;
    return prom__request_new(o->client, prom__remote_reserved, &w->delivery.request);
}

static prom_err check(const prom_remote_write_opts *given, prom_remote_write_opts *o)
{
    *o = (prom_remote_write_opts){ .size = sizeof *o };
    if (!given || given->size < sizeof given->size)
        return prom_fail(PROM_E_INVAL, "prom_remote_write_opts.size is not set: use "
                                       "PROM_REMOTE_WRITE_OPTS");
    memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
    if (!o->url || !*o->url)
        return prom_fail(PROM_E_INVAL, "remote write needs a URL");
    if (o->version > 2)
        return prom_fail(PROM_E_INVAL, "remote write has no version %u, only 1 and 2",
                         o->version);
    if (!prom__snappy_is_built())
        return prom_fail(PROM_E_UNSUPPORTED, "remote write needs Snappy, which this build of "
                                             "libprom has not");
    prom_err e = prom__url_check(o->url);
    return e ? e : prom__remote_check(o->labels);
}

prom_err prom_remote_write_new(prom_registry *r, const prom_remote_write_opts *given,
                               const prom_sender_opts *so, prom_sender **out)
{
    prom_remote_write_opts o;
    *out = NULL;
    prom_err e = check(given, &o);
    if (e)
        return e;
    remote_write *w = prom__alloc_zero(sizeof *w);
    if (!w)
        return prom__no_memory("a sender");
    e = copy_opts(w, &o);
    if (!e)
        e = prom_sender_new(r,
                            PROM_TRANSPORT(.name = "remote_write", .send = send,
                                           .finish = finish, .data = w, .free_data = free_all),
                            so, out);
    if (e)
        free_all(w);
    return e;
}
