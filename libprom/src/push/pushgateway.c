// SPDX-License-Identifier: Apache-2.0
/* pushgateway.c - the transport of push.h. */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/lock.h"
#include "encode/compress.h"
#include "encode/out.h"
#include "group.h"
#include "transport/request.h"

#include <stdio.h>
#include <string.h>

typedef struct pushgateway {
    prom__group group;
    prom__request *request;
    const char *method;
    prom_encode_opts encode;
    const prom_encoder *encoder;
    prom_coding coding;
    char content_type[160]; /* the whole header */
    prom__bytes body;       /* of the last push; its memory is kept for the next */
    uint32_t forks;         /* of the process that last wrote to the body */
} pushgateway;

/* --- the body ------------------------------------------------------------ */

static prom_err write_body(pushgateway *p, const prom_snapshot *s)
{
    prom_compressor *z = NULL;
    prom_writer to = prom__bytes_writer(&p->body);
    if (p->coding == PROM_IDENTITY)
        return prom_encode(p->encoder, &p->encode, s, &to);
    prom_err e = prom_compressor_new(p->coding, 0, &to, &z);
    if (e)
        return e;
    prom_writer compressed = prom_compressor_writer(z);
    e = prom_encode(p->encoder, &p->encode, s, &compressed);
    if (!e)
        e = prom_compressor_finish(z);
    prom_unref(z);
    return e;
}

/* In a forked child the parent may have been in the midst of writing it: it is left to it. */
static void empty_body(pushgateway *p)
{
    prom__lock();
    uint32_t forks = prom__lock_forks();
    prom__unlock();
    if (p->forks != forks)
        p->body = (prom__bytes){ NULL, 0, 0 };
    p->body.n = 0;
    p->forks = forks;
}

/* --- what it is asked ------------------------------------------------------ */

static prom_err ask(pushgateway *p, prom_delivery *d, const prom__ask *ask)
{
    prom__answer a;
    prom_err e = prom__request_send(p->request, d, ask, &a);
    return e ? e : prom__request_judge(p->request, p->group.url);
}

static prom_err push(prom_delivery *d, const prom_snapshot *s, void *data)
{
    pushgateway *p = data;
    prom_err e = prom__group_check(&p->group, s);
    empty_body(p);
    if (!e)
        e = write_body(p, s);
    if (e)
        return e;
    const char *const headers[] = { p->content_type,
                                    p->coding == PROM_GZIP ? "Content-Encoding: gzip" : NULL,
                                    NULL };
    return ask(p, d,
               &(prom__ask){ .method = p->method,
                             .url = p->group.url,
                             .headers = headers,
                             .body = p->body.n ? p->body.p : "",
                             .n = p->body.n });
}

static prom_err delete_group(prom_delivery *d, void *data)
{
    pushgateway *p = data;
    return ask(p, d, &(prom__ask){ .method = "DELETE", .url = p->group.url });
}

static prom_err send_delete(prom_delivery *d, const prom_snapshot *s, void *data)
{
    (void)s;
    return delete_group(d, data);
}

/* --- its life ---------------------------------------------------------------- */

/* A gateway reads delimited protobuf, and whatever else as text 0.0.4. */
static prom_err check_encoder(const prom_encoder *e)
{
    if (strncmp(e->content_type, "text/plain", 10) == 0 || e == &prom_protobuf ||
        strstr(e->content_type, "encoding=delimited"))
        return PROM_OK;
    return prom_fail(PROM_E_INVAL, "a gateway does not read '%s'", e->name);
}

prom_err prom__push_opts_read(const prom_push_opts *given, prom_push_opts *o)
{
    *o = (prom_push_opts){ .size = sizeof *o };
    if (!given || given->size < sizeof given->size)
        return prom_fail(PROM_E_INVAL, "prom_push_opts.size is not set: use PROM_PUSH_OPTS");
    memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
    o->encoder = o->encoder ? o->encoder : &prom_protobuf;
    if (!prom_escaping_name(o->escaping))
        return prom_fail(PROM_E_INVAL, "there is no escaping of number %d", (int)o->escaping);
    if (o->coding != PROM_IDENTITY && o->coding != PROM_GZIP)
        return prom_fail(PROM_E_INVAL, "a gateway reads gzip or what is not compressed");
    if (!prom__coding_is_built(o->coding))
        return prom_fail(PROM_E_UNSUPPORTED, "this build of libprom cannot compress with gzip");
    return check_encoder(o->encoder);
}

static void free_pushgateway(void *data)
{
    pushgateway *p = data;
    prom__request_free(p->request);
    prom__group_free(&p->group);
    prom__bytes_free(&p->body);
    prom__free(p);
}

static prom_err make(const prom_push_opts *o, pushgateway **out)
{
    pushgateway *p = prom__alloc_zero(sizeof *p);
    if (!p)
        return prom__no_memory("a push");
    p->method = o->add ? "POST" : "PUT";
    p->encoder = o->encoder;
    p->encode = (prom_encode_opts){ .size = sizeof p->encode, .escaping = o->escaping };
    p->coding = o->coding;
    snprintf(p->content_type, sizeof p->content_type, "Content-Type: %s",
             o->encoder->content_type);
    prom_err e = prom__group_init(&p->group, o);
    if (!e)
        e = prom__request_new(o->client, NULL, &p->request);
    if (e)
        free_pushgateway(p);
    else
        *out = p;
    return e;
}

/* With the opts complete; `send`, `finish` as in prom_transport. */
static prom_err
make_sender(prom_registry *r, const prom_push_opts *o, const prom_sender_opts *so,
            prom_err (*send)(prom_delivery *d, const prom_snapshot *s, void *data),
            prom_err (*finish)(prom_delivery *d, void *data), prom_sender **out)
{
    pushgateway *p = NULL;
    prom_err e = make(o, &p);
    if (e)
        return e;
    e = prom_sender_new(r,
                        PROM_TRANSPORT(.name = "push", .send = send, .finish = finish,
                                       .data = p, .free_data = free_pushgateway,
                                       .on_error = PROM_ON_ERROR_FAIL),
                        so, out);
    if (e)
        free_pushgateway(p);
    return e;
}

prom_err prom_push_new(prom_registry *r, const prom_push_opts *theirs,
                       const prom_sender_opts *so, prom_sender **out)
{
    prom_push_opts o;
    *out = NULL;
    prom_err e = prom__push_opts_read(theirs, &o);
    return e ? e : make_sender(r, &o, so, push, o.delete_at_end ? delete_group : NULL, out);
}

/* --- once ---------------------------------------------------------------------- */

/* The error of the send, whose sentence the end of the sender leaves alone. */
static prom_err send_once(prom_registry *r, const prom_push_opts *o,
                          prom_err (*send)(prom_delivery *d, const prom_snapshot *s,
                                           void *data))
{
    prom_sender *s = NULL;
    prom_err e =
        make_sender(r, o, PROM_SENDER_OPTS(.timeout_ms = o->timeout_ms), send, NULL, &s);
    if (!e)
        e = prom_send(s);
    prom_unref(s);
    return e;
}

static prom_err push_once(prom_registry *r, const prom_push_opts *theirs, bool add)
{
    prom_push_opts o;
    prom_err e = prom__push_opts_read(theirs, &o);
    o.add = add;
    return e ? e : send_once(r, &o, push);
}

prom_err prom_push(prom_registry *r, const prom_push_opts *o)
{
    return push_once(r, o, false);
}

prom_err prom_push_add(prom_registry *r, const prom_push_opts *o)
{
    return push_once(r, o, true);
}

prom_err prom_push_delete(const prom_push_opts *theirs)
{
    prom_push_opts o;
    prom_registry *nothing = NULL;
    prom_err e = prom__push_opts_read(theirs, &o);
    if (!e)
        e = prom_registry_new(NULL, &nothing);
    if (!e)
        e = send_once(nothing, &o, send_delete);
    prom_unref(nothing);
    return e;
}
