// SPDX-License-Identifier: Apache-2.0
#include "reply.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <string.h>

/* A request, from its first line to the end of its answer. */
typedef struct request {
    prom__scrape scrape;
    prom__answer *answer; /* one reference; where there is no scrape */
    enum { LINE_SEEN, HEADER_SEEN, WAITING } state;
    char target[];
} request;

prom__guard_slot *prom__reply_slot(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i ? i->socket_context : NULL;
}

void *prom__reply_begin(const char *target)
{
    size_t n = strlen(target) + 1;
    request *q = prom__alloc(sizeof *q + n);
    if (!q)
        return NULL;
    *q = (request){ .state = LINE_SEEN };
    memcpy(q->target, target, n);
    return q;
}

void prom__reply_over(prom__reply *r, void **context)
{
    request *q = *context;
    *context = NULL;
    if (!q)
        return;
    prom__meter_leave(&r->scrapes.handler->meter, &q->scrape.ticket);
    prom__free(q->scrape.ask);
    prom_unref(q->scrape.answer);
    prom_unref(q->answer);
    prom__free(q);
}

/* --- answers ------------------------------------------------------------ */

static void mark(const prom__reply *r, struct MHD_Connection *c, prom__guard_state state)
{
    prom__guard_slot *slot = prom__reply_slot(c);
    if (slot)
        prom__guard_mark(r->scrapes.guard, slot, state, prom__clock_steady());
}

static prom__mhd_result begin_to_send(const prom__reply *r, struct MHD_Connection *c,
                                      prom__answer *a)
{
    mark(r, c, PROM__GUARD_ANSWERING);
    return prom__deliver(a, c, r->scrapes.guard, prom__reply_slot(c));
}

static prom__mhd_result send_at_once(const prom__reply *r, struct MHD_Connection *c,
                                     prom__answer *a)
{
    prom__mhd_result sent = begin_to_send(r, c, a);
    prom_unref(a);
    return sent;
}

/* --- the header --------------------------------------------------------- */

static bool header_is_too_large(const prom__reply *r, struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return i && i->header_size > r->max_header_bytes;
}

static prom__mhd_result on_field(void *data, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    prom_label **at = data;
    (void)kind;
    *(*at)++ = (prom_label){ name, value };
    return MHD_YES;
}

/* Borrowed from the connection, but for the list. */
static prom_label *read_header(struct MHD_Connection *c)
{
    int n = MHD_get_connection_values(c, MHD_HEADER_KIND, NULL, NULL);
    size_t room = (n > 0 ? (size_t)n : 0) + 1;
    prom_label *list = prom__alloc(prom__size_times(room, sizeof *list)), *at = list;
    if (!list)
        return NULL;
    MHD_get_connection_values(c, MHD_HEADER_KIND, on_field, &at);
    *at = (prom_label){ NULL, NULL };
    return list;
}

/* An answer to the header leaves a body unread and closes the connection: right for what we
 * refuse. */
static prom__mhd_result on_header(const prom__reply *r, struct MHD_Connection *c, request *q,
                                  const char *method)
{
    if (header_is_too_large(r, c))
        return send_at_once(
            r, c,
            prom__answer_words(PROM__HEADER_TOO_LARGE, "request headers are too large\n"));
    prom_label *header = read_header(c);
    if (!header)
        return send_at_once(r, c, prom__handler_no_memory());
    prom__verdict v = prom__handler_judge(r->scrapes.handler, method, q->target, header);
    prom__free(header);
    q->state = HEADER_SEEN;
    q->answer = v.answer;
    q->scrape.ask = v.ask;
    if (!v.refused)
        return MHD_YES;
    return begin_to_send(r, c, v.answer);
}

static prom__mhd_result on_end(prom__reply *r, struct MHD_Connection *c, request *q)
{
    if (q->scrape.ask &&
        prom__handler_admit(r->scrapes.handler, &q->scrape.ticket, &q->answer)) {
        q->state = WAITING;
        mark(r, c, PROM__GUARD_WAITING);
        q->scrape.connection = c;
        prom__scrape_wait(&r->scrapes, &q->scrape);
        return MHD_YES;
    }
    return begin_to_send(r, c, q->answer);
}

/* Called with the header, then with each piece of a body, then with its end; and once more
 * when a scrape that was suspended is resumed with its answer. */
prom__mhd_result prom__reply_handle(void *cls, struct MHD_Connection *c, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *upload_size, void **context)
{
    (void)url, (void)version, (void)upload;
    prom__reply *r = cls;
    request *q = *context;
    if (!q)
        return send_at_once(r, c, prom__handler_no_memory());
    if (q->state == LINE_SEEN)
        return on_header(r, c, q, method);
    if (*upload_size) { /* a body that came with a GET says nothing */
        *upload_size = 0;
        return MHD_YES;
    }
    if (q->state == HEADER_SEEN)
        return on_end(r, c, q);
    return begin_to_send(r, c, q->scrape.answer);
}
