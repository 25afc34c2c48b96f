// SPDX-License-Identifier: Apache-2.0
/* push_nth_test.c - senders and pushes with the n-th allocation failing: see nth.h. Whatever
 * libcurl allocates is its own. */
#define _GNU_SOURCE /* strndup, pipe */
#include "nth.h"
#include "peer.h"

#include <prom/push.h>

static prom_err no_send(prom_delivery *d, const prom_snapshot *s, void *data)
{
    (void)d, (void)data;
    const char *noted = prom_snapshot_error(s, 0);
    return noted ? prom_fail(PROM_E_NOMEM, "%s", noted) : PROM_OK;
}

static void no_free(void *data)
{
    (void)data;
}

static const prom_transport transport = {
    .size = sizeof transport, .name = "none", .send = no_send, .free_data = no_free
};

static prom_err sender_new(world *w)
{
    OUT(prom_sender);
    prom_err e = prom_sender_new(w->r, &transport,
                                 PROM_SENDER_OPTS(.interval_ms = w->param ? 3600000 : 0,
                                                  .names = PROM_VALUES("hits", "level")),
                                 &out);
    w->out = out;
    return e;
}

static void prepare_sender(world *w)
{
    prom_sender *s = NULL;
    CHECK_OK(prom_sender_new(w->r, &transport, NULL, &s));
    w->prepared = s;
}

static prom_err send_once(world *w)
{
    return prom_send(w->prepared);
}

/* --- pushes ----------------------------------------------------------------- */

static const prom_client_opts client = { .size = sizeof client,
                                         .headers =
                                             (const char *const[]){ "X-A: b", "X-C: d", NULL },
                                         .bearer_token_file = "/proc/sys/kernel/ostype" };
static const prom_label grouping[] = { { "zone.of", "a/b" }, { "U__a", "" }, { NULL, NULL } };
static char url[64];

static prom_push_opts opts(int param)
{
    return (prom_push_opts){ .size = sizeof(prom_push_opts),
                             .url = url,
                             .job = "j",
                             .grouping = grouping,
                             .client = &client,
                             .escaping = (prom_escaping)(param % 4),
                             .coding = param / 4 % 2 ? PROM_GZIP : PROM_IDENTITY,
                             .encoder = param / 8 ? &prom_text : NULL };
}

static prom_err push_new(world *w)
{
    OUT(prom_sender);
    prom_push_opts o = opts(w->param);
    prom_err e = prom_push_new(w->r, &o, NULL, &out);
    w->out = out;
    return e;
}

static prom_err push_url(world *w)
{
    OUT(char);
    prom_push_opts o = opts(w->param);
    prom_err e = prom_push_url(&o, &out);
    CHECK(!e == !!out);
    prom_free(out);
    w->out = NULL;
    return e;
}

static prom_registry *small; /* one that the gateway's rules let pass */

static prom_err push(world *w)
{
    prom_push_opts o = opts(w->param);
    return prom_push(small, &o);
}

static prom_err push_delete(world *w)
{
    prom_push_opts o = opts(w->param);
    return prom_push_delete(&o);
}

static const row rows[] = {
    { "sender_new", NULL, sender_new, 2, false },
    { "send", prepare_sender, send_once, 1, false },
    { "push_new", NULL, push_new, 8, false },
    { "push_url", NULL, push_url, 4, false },
    { "push", NULL, push, 16, false },
    { "push_delete", NULL, push_delete, 1, false },
};

static void test_setting_the_allocator(void)
{
    CHECK_OK(prom_set_allocator(&failing_allocator));
    prom_unref(prom_ref(prom_registry_default()));
    world_free(world_new(0));
}

static void test_every_row(void)
{
    peer p;
    prom_gauge *g = NULL;
    world *w = world_new(0);
    PEER_START(&p, { .text = PEER_OK, .close = true });
    snprintf(url, sizeof url, "%s", p.url);
    CHECK_OK(prom_registry_new(NULL, &small));
    CHECK_OK(prom_gauge_new(small,
                            PROM_OPTS(.name = "a.b", .help = "h",
                                      .const_labels = PROM_CONST_LABELS({ "c.d", "e" })),
                            &g));
    CHECK_OK(sender_new(w)); /* counts what is sent under these names, for good */
    prom_unref(w->out);
    w->out = NULL;
    CHECK_OK(push(w));
    world_free(w);
    run_rows(rows, sizeof rows / sizeof *rows);
    prom_unref(g);
    prom_unref(small);
    peer_stop(&p);
    peer_free(&p);
}

TESTS(ROW(test_setting_the_allocator), ROW(test_every_row))
