// SPDX-License-Identifier: Apache-2.0
/* graphite.c - the transport to Graphite. */
#include "graphite.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "encode/out.h"
#include "line_socket.h"

typedef struct graphite {
    prom__line_socket socket;
    char *prefix; /* NULL: none */
    bool tags;
} graphite;

static prom_err send_snapshot(prom_delivery *d, const prom_snapshot *s, void *data)
{
    graphite *g = data;
    prom__bytes lines = { NULL, 0, 0 };
    const prom_writer w = prom__bytes_writer(&lines);
    const prom_graphite_opts o = { .size = sizeof o, .prefix = g->prefix, .tags = g->tags };
    prom_err e = prom_graphite_encode(s, &o, prom__clock_unix() / 1000000000, &w);
    if (!e)
        return prom__line_socket_send(&g->socket, d, &lines);
    prom__bytes_free(&lines);
    return e;
}

static void free_graphite(void *data)
{
    graphite *g = data;
    prom__line_socket_free(&g->socket);
    prom__free(g->prefix);
    prom__free(g);
}

static prom_err make(const prom_graphite_opts *o, graphite **out)
{
    graphite *g = prom__alloc_zero(sizeof *g);
    if (!g)
        return prom__no_memory("a sender");
    g->tags = o->tags;
    prom_err e = prom__line_socket_init(&g->socket, o->address ? o->address : "localhost:2003",
                                        "2003", o->udp, o->connect_timeout_ms);
    if (!e && o->prefix) {
        g->prefix = prom__alloc(strlen(o->prefix) + 1);
        if (g->prefix)
            strcpy(g->prefix, o->prefix);
        else
            e = prom__no_memory("a sender");
    }
    if (e)
        free_graphite(g);
    else
        *out = g;
    return e;
}

prom_err prom_graphite_new(prom_registry *r, const prom_graphite_opts *theirs,
                           const prom_sender_opts *so, prom_sender **out)
{
    prom_graphite_opts o;
    graphite *g = NULL;
    *out = NULL;
    prom_err e = prom__graphite_opts(theirs, &o);
    if (!e)
        e = make(&o, &g);
    if (e)
        return e;
    e = prom_sender_new(r,
                        PROM_TRANSPORT(.name = "graphite", .send = send_snapshot, .data = g,
                                       .free_data = free_graphite),
                        so, out);
    if (e)
        free_graphite(g);
    return e;
}
