// SPDX-License-Identifier: Apache-2.0
#include "reply.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

prom__guard_slot *prom__reply_slot(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i ? i->socket_context : NULL;
}

static prom__mhd_result send_words(struct MHD_Connection *c, unsigned status, const char *words)
{
    prom__answer *a = prom__answer_words(status, words);
    prom__mhd_result sent = prom__answer_send(a, c);
    prom__answer_unref(a);
    return sent;
}

static prom__mhd_result send_not_found(const prom__reply *r, struct MHD_Connection *c)
{
    char words[512];
    snprintf(words, sizeof words, "Not found. The metrics are at %s\n", r->path);
    return send_words(c, MHD_HTTP_NOT_FOUND, words);
}

static bool header_is_too_large(const prom__reply *r, struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return i && i->header_size > r->max_header_bytes;
}

/* What a request's context is between its header and its end; then it is its scrape. */
static char header_seen;

/* An answer to the header leaves a body unread and closes the connection: right for what we
 * refuse. */
static prom__mhd_result on_request_header(const prom__reply *r, struct MHD_Connection *c,
                                          bool known, const char *method)
{
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    bool asks = known && strcmp(method, "OPTIONS") == 0;
    if (header_is_too_large(r, c))
        return send_words(c, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                          "request headers are too large\n");
    if (known && !reads && !asks)
        return send_words(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    return reads || asks ? MHD_YES : send_not_found(r, c);
}

static void mark(const prom__reply *r, struct MHD_Connection *c, prom__guard_state state)
{
    prom__guard_slot *slot = prom__reply_slot(c);
    if (slot)
        prom__guard_mark(r->scrapes.guard, slot, state, prom__clock_steady());
}

static prom__mhd_result on_request_end(prom__reply *r, struct MHD_Connection *c, bool known,
                                       const char *method, void **context)
{
    if (known && strcmp(method, "OPTIONS") != 0) {
        mark(r, c, PROM__GUARD_WAITING);
        prom__scrape *x = prom__scrape_new(&r->scrapes, c);
        *context = x ? (void *)x : &header_seen;
        return x ? MHD_YES : send_words(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
    }
    mark(r, c, PROM__GUARD_ANSWERING);
    return known ? send_words(c, MHD_HTTP_NO_CONTENT, "") : send_not_found(r, c);
}

/* Called with the header, then with each piece of a body, then with its end; and once more
 * when a scrape that was suspended is resumed with its answer. */
prom__mhd_result prom__reply_handle(void *cls, struct MHD_Connection *c, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *upload_size, void **context)
{
    (void)version, (void)upload;
    prom__reply *r = cls;
    bool known = strcmp(url, r->path) == 0;
    if (!*context) {
        *context = &header_seen;
        return on_request_header(r, c, known, method);
    }
    if (*upload_size) { /* a body that came with a GET says nothing */
        *upload_size = 0;
        return MHD_YES;
    }
    if (*context == &header_seen)
        return on_request_end(r, c, known, method, context);
    mark(r, c, PROM__GUARD_ANSWERING);
    return prom__answer_send(prom__scrape_answer(*context), c);
}

void prom__reply_over(void **context)
{
    if (*context != &header_seen)
        prom__scrape_free(*context);
    *context = NULL;
}
