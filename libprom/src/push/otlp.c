// SPDX-License-Identifier: Apache-2.0
/* otlp.c - the sender of OTLP: each gather as one request or, if it is large, as several.
 *
 * Nothing is kept for the next send: points are cumulative, so a later gather says what this
 * one could not. A request that is refused does not keep the others back; one that nobody
 * answers does. Source: specification "OTLP/HTTP" of opentelemetry-proto. */
#include "encode/otlp.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "encode/compress.h"
#include "encode/out.h"
#include "keep.h"
#include "otlp_answer.h"
#include "transport/request.h"
#include "transport/url.h"

#include <stdio.h>
#include <strings.h>

/* Before compression. OpenTelemetry's collector takes 20 MiB, Prometheus 32. */
enum { MOST_BYTES = 4 << 20 };
enum { SENTENCE = 400, WORDS = 300 };
enum { BAD_REQUEST = 400, TOO_LARGE = 413 }; /* of this request; not of any */

static const char protobuf[] = "application/x-protobuf";

typedef struct otlp {
    prom_otlp_opts opts; /* complete; what it refers to lies in the arena */
    prom__arena memory;
    prom__request *request;
    prom_compressor *compressor; /* NULL: identity */
    prom__bytes block;           /* the request at hand, compressed */
    int64_t last_ns;             /* the time of the last points */

    /* Of the send under way. */
    prom_err error; /* the first */
    char sentence[SENTENCE];
} otlp;

/* --- one request ---------------------------------------------------------- */

static prom_err compress(otlp *x, prom_str *body)
{
    const prom_writer to = prom__bytes_writer(&x->block);
    prom_writer w = prom_compressor_writer(x->compressor);
    x->block.n = 0;
    prom_err e = prom__compressor_begin(x->compressor, &to);
    if (!e)
        e = w.write(w.data, body->p, body->n);
    if (!e)
        e = prom_compressor_finish(x->compressor);
    *body = (prom_str){ x->block.p, x->block.n };
    return e;
}

static bool may_repeat(unsigned status)
{
    return status == 429 || status == 502 || status == 503 || status == 504;
}

static bool is_protobuf(otlp *x)
{
    const char *type = prom__request_header(x->request, "Content-Type");
    size_t n = sizeof protobuf - 1;
    return type && strncasecmp(type, protobuf, n) == 0 && strchr("; ", type[n]);
}

static prom_err judge_partial(otlp *x, prom_str body)
{
    char words[WORDS];
    prom__otlp_answer a = prom__otlp_answer_partial(body);
    if (!a.rejected)
        return PROM_OK;
    int n = snprintf(words, sizeof words, "%llu data points are rejected%s%.*s",
                     (unsigned long long)a.rejected, a.words.n ? ": " : "",
                     (int)(a.words.n < sizeof words ? a.words.n : sizeof words), a.words.p);
    size_t most = sizeof words - 1, said = (size_t)n;
    return prom__request_refused(x->request, x->opts.url,
                                 (prom_str){ words, said < most ? said : most });
}

static prom_err judge(otlp *x, const prom__answer *a)
{
    bool taken = a->status >= 200 && a->status < 300;
    if (!is_protobuf(x))
        return prom__request_judge(x->request, x->opts.url);
    if (taken)
        return judge_partial(x, a->body);
    return prom__request_refused(x->request, x->opts.url, prom__otlp_answer_status(a->body));
}

static void note(otlp *x, prom_err e)
{
    if (!e || x->error)
        return;
    x->error = e;
    snprintf(x->sentence, sizeof x->sentence, "%s", prom_error(e));
}

/* False: nobody is there, or nobody who takes anything. */
static bool send_request(otlp *x, prom_delivery *d, prom_str body)
{
    static const char *const plain[] = { "Content-Type: application/x-protobuf", NULL };
    static const char *const gzip[] = { "Content-Type: application/x-protobuf",
                                        "Content-Encoding: gzip", NULL };
    prom__answer a;
    prom_err e = x->compressor ? compress(x, &body) : PROM_OK;
    const prom__ask ask = { .method = "POST",
                            .url = x->opts.url,
                            .headers = x->compressor ? gzip : plain,
                            .body = body.p,
                            .n = body.n,
                            .may_repeat = may_repeat };
    if (!e)
        e = prom__request_send(x->request, d, &ask, &a);
    if (e) {
        note(x, e);
        return false;
    }
    note(x, judge(x, &a));
    return a.status < 300 || a.status == BAD_REQUEST || a.status == TOO_LARGE;
}

/* --- a gather ------------------------------------------------------------- */

/* Receivers count in milliseconds, and refuse another value of the same one. */
static int64_t next_ns(otlp *x)
{
    int64_t now = prom__clock_unix(), least = x->last_ns + 1000000;
    x->last_ns = now > least ? now : least;
    return x->last_ns;
}

static prom_err send(prom_delivery *d, const prom_snapshot *s, void *data)
{
    otlp *x = data;
    prom__otlp requests;
    bool more = true;
    x->error = PROM_OK;
    prom__otlp_begin(&requests, s, &x->opts, next_ns(x));
    while (more) {
        prom_err e = prom__otlp_next(&requests, MOST_BYTES, &more);
        note(x, e);
        more = !e && more && send_request(x, d, (prom_str){ requests.p, requests.n });
    }
    prom__otlp_free(&requests);
    return x->error ? prom_fail(x->error, "%s", x->sentence) : PROM_OK;
}

/* --- making and freeing it ------------------------------------------------ */

static void free_all(void *data)
{
    otlp *x = data;
    prom__request_free(x->request);
    prom_unref(x->compressor);
    prom__bytes_free(&x->block);
    prom__arena_free(&x->memory);
    prom__free(x);
}

static prom_err keep(otlp *x, const prom_otlp_opts *o)
{
    x->opts = *o;
    x->opts.client = NULL;
    x->opts.resource = prom__keep_labels(&x->memory, o->resource);
    if (!x->opts.resource || !prom__keep_text(&x->memory, o->url, &x->opts.url) ||
        !prom__keep_text(&x->memory, o->scope_name, &x->opts.scope_name) ||
        !prom__keep_text(&x->memory, o->scope_version, &x->opts.scope_version))
        return prom__no_memory("a sender");
    prom_err e = prom__request_new(o->client, NULL, &x->request);
    const prom_writer to = prom__bytes_writer(&x->block);
    if (!e && o->coding == PROM_GZIP)
        e = prom_compressor_new(PROM_GZIP, 0, &to, &x->compressor);
    return e;
}

static prom_err check(const prom_otlp_opts *theirs, prom_otlp_opts *o)
{
    prom_err e = prom__otlp_check(theirs, o);
    if (e)
        return e;
    if (o->coding != PROM_IDENTITY && o->coding != PROM_GZIP)
        return prom_fail(PROM_E_INVAL, "OTLP is sent as it is or as gzip");
    o->url = o->url ? o->url : "http://localhost:4318/v1/metrics";
    return prom__url_check(o->url);
}

prom_err prom_otlp_new(prom_registry *r, const prom_otlp_opts *theirs,
                       const prom_sender_opts *so, prom_sender **out)
{
    prom_otlp_opts o;
    *out = NULL;
    prom_err e = check(theirs, &o);
    if (e)
        return e;
    otlp *x = prom__alloc_zero(sizeof *x);
    if (!x)
        return prom__no_memory("a sender");
    e = keep(x, &o);
    if (!e)
        e = prom_sender_new(
            r, PROM_TRANSPORT(.name = "otlp", .send = send, .data = x, .free_data = free_all),
            so, out);
    if (e)
        free_all(x);
    return e;
}
