// SPDX-License-Identifier: Apache-2.0
/* asker.h - a transport for tests that does nothing but one request. */
#ifndef ASKER_H
#define ASKER_H

#include "kit.h"
#include "peer.h"
#include "transport/request.h"

#include <prom/send.h>

typedef struct asker {
    prom__ask ask;
    prom__answer answer;
    prom__request *request;
    prom_sender *sender;
    prom_registry *registry;
    atomic_bool inside;
} asker;

static inline prom_err asker_send(prom_delivery *d, const prom_snapshot *s, void *data)
{
    asker *a = data;
    (void)s;
    a->inside = true;
    return prom__request_send(a->request, d, &a->ask, &a->answer);
}

static inline prom_err asker_open(asker *a, const prom_client_opts *client, unsigned timeout_ms)
{
    a->registry = kit_registry(PROM_ORDER_CREATED);
    a->ask.method = a->ask.method ? a->ask.method : "POST";
    prom_err e = prom__request_new(client, NULL, &a->request);
    if (e)
        return e;
    prom_sender_opts o = { .size = sizeof o, .timeout_ms = timeout_ms };
    const prom_transport t = {
        .size = sizeof t, .name = "asker", .send = asker_send, .data = a
    };
    return prom_sender_new(a->registry, &t, &o, &a->sender);
}

static inline prom_err asker_ask(asker *a, const char *url, const char *body)
{
    a->ask.url = url;
    a->ask.body = body;
    a->ask.n = body ? strlen(body) : 0;
    return prom_send(a->sender);
}

static inline void asker_close(asker *a)
{
    prom_unref(a->sender);
    prom__request_free(a->request);
    prom_unref(a->registry);
}

/* One request with these opts; the answer can be looked at, until asker_close. */
static inline prom_err asker_once(asker *a, const prom_client_opts *client, const char *url,
                                  const char *body)
{
    prom_err e = asker_open(a, client, 20000);
    return e ? e : asker_ask(a, url, body);
}

#endif
