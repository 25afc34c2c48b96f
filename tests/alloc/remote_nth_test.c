// SPDX-License-Identifier: Apache-2.0
/* remote_nth_test.c - requests of remote write of two snapshots, in both versions, cut and
 * whole, and their sender, with the n-th allocation failing: see nth.h. */
#include "base/alloc.h"
#include "encode/out.h"
#include "encode/remote.h"
#include "encode/snappy.h"
#include "nth.h"
#include "receiver.h"

#include <prom/remote_write.h>

static const prom_label labels[] = { { "job.name", "nth" }, { NULL, NULL } };

static prom_err build_odd(prom_builder *b, void *data)
{
    world *w = data;
    prom_label_str odd = { { "l.l", 3 }, { "\"\n", 2 } };
    prom_state states[] = { { { "on\n", 3 }, true }, { { "off", 3 }, false } };
    prom_exemplar x = { &odd, 1, 0.5, 1000000 };
    prom_err e = prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "c.c_total"));
    if (!e)
        e = prom_build_labels(b, &odd, 1);
    if (!e)
        e = prom_build_value(b, NULL, 1);
    if (!e)
        e = prom_build_exemplar(b, &x);
    if (!e)
        e = prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "s:s"));
    if (!e)
        e = prom_build_stateset(b, NULL, states, w->prepared ? 1 : 2);
    if (!e)
        e = prom_build_family(b, PROM_GAUGE, PROM_OPTS(.name = "a"));
    for (int i = 0; i < 3 && !e; i++) {
        e = prom_build_value(b, NULL, i);
        if (!e)
            e = prom_build_timestamp(b, w->prepared ? i + 10 : i);
    }
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "n"));
    if (!e)
        e = prom_build_native(
            b, NULL, 0.5, 1,
            PROM_NATIVE(.positive = &(prom_native_bucket){ 0, { 1 } }, .n_positive = 1), NULL,
            0);
    return e ? e : prom_build_exemplar(b, &x);
}

static void prepare(world *w)
{
    prom_collector_opts o = {
        .size = sizeof o, .name = "odd", .collect = build_odd, .data = w
    };
    prom_collector *c;
    prom_snapshot *s;
    CHECK_OK(prom_collector_new(w->r, &o, &c));
    add_series(w->requests, 7);
    CHECK_OK(prom_gather(w->r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    remove_series(w->requests, 7);
    w->prepared = s;
    prom_unref(c);
}

typedef struct requests {
    prom__bytes all;
    size_t n;
} requests;

static prom_err put(void *data, const prom__remote_request *q)
{
    requests *x = data;
    x->n++;
    if (prom__snappy_is_built())
        return prom__snappy(q->p, q->n, &x->all);
    return prom__bytes_add(&x->all, q->p, q->n) ? PROM_OK : prom__no_memory("a request");
}

/* param: version, and whether it is cut. What comes out is the same each time. */
static prom_err encode_pair(world *w)
{
    static size_t sizes[4];
    requests x = { .n = 0 };
    prom_snapshot *now;
    const prom__remote_opts o = { .version = 1 + (unsigned)(w->param & 1),
                                  .labels = labels,
                                  .most = w->param & 2 ? 3 : 0,
                                  .put = put,
                                  .data = &x };
    prom_err e = prom_gather(w->r, &now);
    w->out = NULL;
    if (e)
        return e;
    const char *noted = prom_snapshot_error(now, 0);
    e = noted ? prom_fail(PROM_E_NOMEM, "%s", noted)
              : prom__remote_encode(&o, (prom__remote_moment){ now, 2000 },
                                    (prom__remote_moment){ w->prepared, 1000 });
    if (!e && !sizes[w->param])
        sizes[w->param] = x.all.n;
    if (!e) {
        CHECK(x.all.n > 100);
        CHECK_INT(x.all.n, sizes[w->param]);
        CHECK(w->param & 2 ? x.n > 5 : x.n == 1);
    }
    prom__bytes_free(&x.all);
    prom_unref(now);
    return e;
}

static prom_err encode_whole(world *w)
{
    prom__bytes out = { NULL, 0, 0 };
    const prom_writer to = prom__bytes_writer(&out);
    const prom_remote_write_opts o = { .size = sizeof o,
                                       .version = 1 + (unsigned)w->param,
                                       .labels = labels };
    w->out = NULL;
    prom_err e = prom_remote_write_encode(w->prepared, &o, 2000, &to);
    prom__bytes_free(&out);
    return e;
}

/* --- the sender ---------------------------------------------------------- */

static char url[64];

static prom_err remote_write_new(world *w)
{
    static const char *const headers[] = { "X-Scope: nth", NULL };
    static const prom_client_opts client = { .size = sizeof client,
                                             .headers = headers,
                                             .retries = PROM_NO_RETRIES };
    OUT(prom_sender);
    prom_err e =
        prom_remote_write_new(w->r,
                              PROM_REMOTE_WRITE_OPTS(.url = url, .labels = labels,
                                                     .max_samples = 20, .client = &client),
                              NULL, &out);
    w->out = out;
    return e;
}

/* What fails in a collector is an error of that one. */
static void prepare_sender(world *w)
{
    CHECK_OK(prom_registry_remove(w->r, w->disk));
    CHECK_OK(remote_write_new(w));
    CHECK_OK(prom_send(w->out));
    w->prepared = w->out;
    w->out = NULL;
}

static prom_err send_prepared(world *w)
{
    w->out = NULL;
    return prom_send(w->prepared);
}

static const row rows[] = {
    { "remote_encode", prepare, encode_pair, 4, false },
    { "prom_remote_write_encode", prepare, encode_whole, 2, false },
};

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

/* In builds without libcurl or libsnappy there is no sender. */
static const row sender_rows[] = {
    { "remote_write_new", NULL, remote_write_new, 1, false },
    { "send by remote write", prepare_sender, send_prepared, 1, false },
};

static void test_the_sender(void)
{
    static const char *const script[] = { RECEIVER_204, NULL };
    receiver *v = receiver_start(script);
    prom_sender *s;
    snprintf(url, sizeof url, "http://127.0.0.1:%u", v->port);
    prom_err e = prom_remote_write_new(prom_registry_default(),
                                       PROM_REMOTE_WRITE_OPTS(.url = url), NULL, &s);
    prom_unref(s);
    if (e != PROM_E_UNSUPPORTED)
        run_rows(sender_rows, sizeof sender_rows / sizeof *sender_rows);
    receiver_stop(v);
}

TESTS(ROW(test_every_row), ROW(test_the_sender))
