// SPDX-License-Identifier: Apache-2.0
#include "answer.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <string.h>

struct prom__answer {
    struct MHD_Response *response; /* one reference; libmicrohttpd has its own */
    unsigned status, refs;
};

/* Consumes the response. */
static prom__answer *make(unsigned status, struct MHD_Response *response, const char *type)
{
    prom__answer *a = response ? prom__alloc(sizeof *a) : NULL;
    if (!a) {
        if (response)
            MHD_destroy_response(response);
        return NULL;
    }
    *a = (prom__answer){ response, status, 1 };
    if (type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED || status == MHD_HTTP_NO_CONTENT)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD, OPTIONS");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    return a;
}

static prom__answer *make_text(unsigned status, const char *p, size_t n)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(n, (void *)(uintptr_t)p, MHD_RESPMEM_MUST_COPY);
    return make(status, response, n ? "text/plain; charset=utf-8" : NULL);
}

prom__answer *prom__answer_words(unsigned status, const char *words)
{
    return make_text(status, words, strlen(words));
}

prom__answer *prom__answer_errors(const prom_snapshot *s, prom_err err)
{
    prom__bytes b = { 0 };
    const char *head = "An error occurred while gathering metrics:\n\n", *line;
    bool kept = prom__bytes_add(&b, head, strlen(head));
    for (size_t i = 0; kept; i++) {
        line = s ? prom_snapshot_error(s, i) : i ? NULL : prom_error(err);
        if (!line)
            break;
        kept = prom__bytes_add(&b, "* ", 2) && prom__bytes_add(&b, line, strlen(line)) &&
               prom__bytes_add(&b, "\n", 1);
    }
    prom__answer *a =
        kept ? make_text(MHD_HTTP_INTERNAL_SERVER_ERROR, b.p, b.n)
             : prom__answer_words(MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
    prom__bytes_free(&b);
    return a;
}

/* --- bodies ------------------------------------------------------------- */

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
    prom__body_free(data);
}

/* One block is lent as it is. More of them go through a block of libmicrohttpd's, which is
 * filled again for whichever reader is behind or ahead of what is in it. (A list of all blocks
 * would have to fit into the few KB that a connection has, beside the client's header.) */
static struct MHD_Response *lend(prom__body *b)
{
    if (b->n_blocks > 1)
        return MHD_create_response_from_callback(b->n, PROM__BODY_BLOCK, read_body, b,
                                                 on_body_done);
    return MHD_create_response_from_buffer_with_free_callback_cls(
        b->n, (void *)(uintptr_t)prom__body_at(b, 0).p, on_body_done, b);
}

prom__answer *prom__answer_body(prom__body *b, const char *content_type, prom_coding coding)
{
    struct MHD_Response *response = lend(b);
    if (!response) {
        prom__body_free(b);
        return NULL;
    }
    /* A cache must not mix the formats up. */
    MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
    if (coding != PROM_IDENTITY)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING,
                                prom_coding_name(coding));
    return make(MHD_HTTP_OK, response, content_type);
}

/* --- references --------------------------------------------------------- */

prom__answer *prom__answer_ref(prom__answer *a)
{
    if (a)
        a->refs++;
    return a;
}

void prom__answer_unref(prom__answer *a)
{
    if (!a || --a->refs)
        return;
    MHD_destroy_response(a->response);
    prom__free(a);
}

prom__mhd_result prom__answer_send(prom__answer *a, struct MHD_Connection *c)
{
    return a ? MHD_queue_response(c, a->status, a->response) : MHD_NO;
}
