// SPDX-License-Identifier: Apache-2.0
/* reply.c - gathers, encodes into a buffer and lends that to libmicrohttpd: each reader has its
 * own, so a slow one holds up nobody and never sees half of the next scrape. */
#include "reply.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "encode/coding.h"
#include "encode/compress.h"

#include <stdio.h>
#include <string.h>

/* Clients that ask for much and read nothing pin a body each. Beyond both of these at once the
 * oldest is cut and the newest told to come again. */
#define BODIES_MAX       8
#define BODIES_BYTES_MAX ((size_t)64 << 20)

struct prom__reply_body {
    prom__bytes bytes;
    prom__reply *home;
};

/* --- bodies ------------------------------------------------------------- */

static prom__reply_body *take_body(prom__reply *r)
{
    prom__reply_body *b = r->spare;
    r->spare = NULL;
    if (!b)
        b = prom__alloc_zero(sizeof *b);
    if (!b)
        return NULL;
    b->bytes.n = 0;
    b->home = r;
    return b;
}

static void free_body(prom__reply_body *b)
{
    if (b)
        prom__bytes_free(&b->bytes);
    prom__free(b);
}

/* The larger buffer is kept: it is the one that will not have to grow. */
static void give_body(prom__reply_body *b)
{
    prom__reply *r = b->home;
    prom__reply_body *less = r->spare;
    if (less && less->bytes.cap > b->bytes.cap) {
        less = b;
        b = r->spare;
    }
    r->spare = b;
    free_body(less);
}

/* libmicrohttpd is done with the response, sent or not. */
static void on_body_done(void *data)
{
    prom__reply_body *b = data;
    b->home->bodies--;
    b->home->bodies_bytes -= b->bytes.n;
    give_body(b);
}

static prom_err append(void *data, const char *p, size_t n)
{
    return prom__bytes_add(data, p, n) ? PROM_OK : prom__no_memory("a scrape's text");
}

void prom__reply_free(prom__reply *r)
{
    free_body(r->spare);
    r->spare = NULL;
    prom_unref(r->gzip);
    r->gzip = NULL;
}

/* --- answers ------------------------------------------------------------ */

prom__guard_slot *prom__reply_slot(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i ? i->socket_context : NULL;
}

/* Consumes the response. MHD_NO, which drops the connection, where there is none. */
static prom__mhd_result send_response(struct MHD_Connection *c, unsigned status,
                                      struct MHD_Response *response, const char *type)
{
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
    prom__mhd_result queued = MHD_queue_response(c, status, response);
    MHD_destroy_response(response);
    return queued;
}

static prom__mhd_result send_text(struct MHD_Connection *c, unsigned status, const char *p,
                                  size_t n)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(n, (void *)(uintptr_t)p, MHD_RESPMEM_MUST_COPY);
    return send_response(c, status, response, "text/plain; charset=utf-8");
}

static prom__mhd_result send_words(struct MHD_Connection *c, unsigned status, const char *words)
{
    return send_text(c, status, words, strlen(words));
}

static prom__mhd_result send_not_found(const prom__reply *r, struct MHD_Connection *c)
{
    char words[512];
    snprintf(words, sizeof words, "Not found. The metrics are at %s\n", r->path);
    return send_words(c, MHD_HTTP_NOT_FOUND, words);
}

static prom__mhd_result send_body(prom__reply *r, struct MHD_Connection *c, prom__reply_body *b,
                                  bool gzip)
{
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        b->bytes.n, b->bytes.p, on_body_done, b);
    if (!response) {
        give_body(b);
        return MHD_NO;
    }
    r->bodies++;
    r->bodies_bytes += b->bytes.n;
    /* Accept stands there for the formats to come: a cache must not mix them up. */
    MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
    if (gzip)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    char type[200];
    prom_content_type(r->encoder, PROM_UNDERSCORES, type, sizeof type);
    return send_response(c, MHD_HTTP_OK, response, type);
}

/* --- the exposition ----------------------------------------------------- */

/* "An error ...", and a line for each; the sentence of err where the gather itself failed. */
static prom__mhd_result send_errors(struct MHD_Connection *c, const prom_snapshot *s,
                                    prom_err err)
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
    prom__mhd_result sent =
        kept ? send_text(c, MHD_HTTP_INTERNAL_SERVER_ERROR, b.p, b.n)
             : send_words(c, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
    prom__bytes_free(&b);
    return sent;
}

static prom_err encode(prom__reply *r, const prom_snapshot *s, prom__bytes *to, bool gzip)
{
    prom_writer plain = { append, to };
    if (!gzip)
        return prom_encode(r->encoder, NULL, s, &plain);
    prom_writer squeeze = prom_compressor_writer(r->gzip);
    prom_err err = prom__compressor_begin(r->gzip, &plain);
    if (!err)
        err = prom_encode(r->encoder, NULL, s, &squeeze);
    return err ? err : prom_compressor_finish(r->gzip);
}

static prom__mhd_result send_snapshot(prom__reply *r, struct MHD_Connection *c,
                                      const prom_snapshot *s, bool gzip)
{
    if (prom_snapshot_error(s, 0))
        return send_errors(c, s, PROM_OK);
    prom__reply_body *b = take_body(r);
    if (!b)
        return send_errors(c, NULL, prom__no_memory("a scrape"));
    prom_err err = encode(r, s, &b->bytes, gzip);
    if (!err)
        return send_body(r, c, b, gzip);
    give_body(b);
    return send_errors(c, NULL, err);
}

static prom__mhd_result on_header(void *data, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    static const char *const wanted = MHD_HTTP_HEADER_ACCEPT_ENCODING;
    (void)kind;
    size_t i = 0;
    while (wanted[i] && (name[i] | 0x20) == (wanted[i] | 0x20)) /* ASCII, whatever the case */
        i++;
    if (!wanted[i] && !name[i] && value)
        prom__accept_add(data, value, strlen(value));
    return MHD_YES;
}

static bool wants_gzip(const prom__reply *r, struct MHD_Connection *c)
{
    prom__accept a = PROM__ACCEPT_INIT;
    if (r->gzip)
        MHD_get_connection_values(c, MHD_HEADER_KIND, on_header, &a);
    return r->gzip && prom__accept_choose(&a, true, false) == PROM_GZIP;
}

static prom__mhd_result send_metrics(prom__reply *r, struct MHD_Connection *c)
{
    if (r->bodies >= BODIES_MAX && r->bodies_bytes >= BODIES_BYTES_MAX) {
        prom__guard_cut_answering(r->guard, prom__reply_slot(c));
        return send_words(c, MHD_HTTP_SERVICE_UNAVAILABLE, "too many scrapes under way\n");
    }
    uint64_t start = prom__clock_steady();
    prom_snapshot *s = NULL;
    prom_err err = prom_gather(r->registry, &s);
    prom__mhd_result sent =
        err ? send_errors(c, NULL, err) : send_snapshot(r, c, s, wants_gzip(r, c));
    prom_unref(s);
    r->guard->ours_ns += prom__clock_steady() - start;
    return sent;
}

/* --- requests ----------------------------------------------------------- */

static bool header_is_too_large(const prom__reply *r, struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return i && i->header_size > r->max_header_bytes;
}

/* Called with the headers, then with each piece of a body, then with its end. An answer to the
 * first call leaves the rest unread and closes the connection: right for what we refuse. */
prom__mhd_result prom__reply_handle(void *cls, struct MHD_Connection *c, const char *url,
                                    const char *method, const char *version, const char *upload,
                                    size_t *upload_size, void **context)
{
    static char headers_seen;
    (void)version, (void)upload;
    prom__reply *r = cls;
    bool known = strcmp(url, r->path) == 0;
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    if (*context != &headers_seen) {
        *context = &headers_seen;
        if (header_is_too_large(r, c))
            return send_words(c, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                              "request headers are too large\n");
        if (known && !reads)
            return send_words(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        return reads ? MHD_YES : send_not_found(r, c);
    }
    if (*upload_size) { /* a body that came with a GET says nothing */
        *upload_size = 0;
        return MHD_YES;
    }
    prom__guard_slot *slot = prom__reply_slot(c);
    if (slot)
        prom__guard_mark(r->guard, slot, PROM__GUARD_ANSWERING, prom__clock_steady());
    return known ? send_metrics(r, c) : send_not_found(r, c);
}
