// SPDX-License-Identifier: Apache-2.0
/* handle.c - the exposition for hosts with a server of their own. */
#include "base/alloc.h"
#include "handler.h"

#include <string.h>

struct prom_http_response {
    prom__object object;
    prom_handler *handler; /* one reference */
    prom__answer *answer;  /* one reference */
    prom__ticket ticket;   /* it is in flight until it goes */
    bool head;             /* without its body */
};

prom_err prom_handler_new(prom_registry *r, const prom_http_opts *given, prom_handler **out)
{
    prom_http_opts o;
    *out = NULL;
    if (!r)
        return prom_fail(PROM_E_INVAL, "HTTP handler without a registry");
    prom_err err = prom__handler_opts("HTTP handler", given, &o);
    return err ? err : prom__handler_new(r, &o, out);
}

static void destroy(void *self)
{
    prom_http_response *a = self;
    prom__meter_leave(&a->handler->meter, &a->ticket);
    prom_unref(a->answer);
    prom_unref(a->handler);
    prom__free(a);
}

static prom__answer *answer(prom_http_response *a, const prom_http_request *q)
{
    prom_handler *h = a->handler;
    prom__answer *x;
    prom__verdict v = prom__handler_judge(h, q->method, q->target, q->headers);
    if (!v.ask)
        return v.answer;
    if (prom__handler_admit(h, &a->ticket, &x)) {
        x = prom__servings_answer(&h->servings, v.ask);
        prom__meter_answered(&h->meter, x ? x->status : PROM__SERVER_ERROR);
    }
    prom__free(v.ask);
    return x;
}

/* An older caller's may be shorter. */
static prom_err read_request(const prom_http_request *given, prom_http_request *q)
{
    *q = (prom_http_request){ .size = sizeof *q };
    if (!given || given->size < sizeof given->size)
        return prom_fail(PROM_E_INVAL, "there is no HTTP request, or it does not say its size");
    memcpy(q, given, given->size < sizeof *q ? given->size : sizeof *q);
    q->method = q->method ? q->method : "";
    q->target = q->target ? q->target : "";
    return PROM_OK;
}

prom_err prom_http_handle(prom_handler *h, const prom_http_request *given,
                          prom_http_response **out)
{
    static const prom__class class = { .name = "response", .destroy = destroy };
    prom_http_request q;
    *out = NULL;
    if (!h)
        return prom_fail(PROM_E_INVAL, "there is no HTTP handler");
    prom_err err = read_request(given, &q);
    if (err)
        return err;
    prom_http_response *a = prom__alloc_zero(sizeof *a);
    if (!a)
        return prom__no_memory("an HTTP response");
    prom__object_init(&a->object, &class);
    a->handler = prom_ref(h);
    a->head = strcmp(q.method, "HEAD") == 0;
    a->answer = answer(a, &q);
    if (a->answer) {
        *out = a;
        return PROM_OK;
    }
    prom_unref(a);
    return prom__no_memory("an HTTP response");
}

unsigned prom_http_response_status(const prom_http_response *a)
{
    return a ? a->answer->status : 0;
}

const prom_label *prom_http_response_headers(const prom_http_response *a)
{
    static const prom_label none[] = { { NULL, NULL } };
    return a ? a->answer->field : none;
}

size_t prom_http_response_pieces(const prom_http_response *a)
{
    return a && !a->head ? prom__answer_pieces(a->answer) : 0;
}

prom_str prom_http_response_piece(const prom_http_response *a, size_t i)
{
    return i < prom_http_response_pieces(a) ? prom__answer_piece(a->answer, i)
                                            : (prom_str){ "", 0 };
}
