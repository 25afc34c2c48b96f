// SPDX-License-Identifier: Apache-2.0
/* otlp_nth_test.c - requests of OTLP, whole and cut into many, and their sender, with the n-th
 * allocation failing: see nth.h. */
#include "encode/compress.h"
#include "encode/otlp.h"
#include "nth.h"
#include "receiver.h"

enum { WHOLE, CUT, SIZES };

static prom_err build_odd(prom_builder *b, void *data)
{
    prom_label_str odd = { { "l.l", 3 }, { "\"", 1 } };
    prom_state states[] = { { { "on\n", 3 }, true }, { { "off", 3 }, false } };
    prom_native_bucket far[] = { { -2000, { 1 } }, { 2000, { 1 } } };
    double bounds[] = { 1, 2 };
    (void)data;
    prom_err e = prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "c_total"));
    if (!e)
        e = prom_build_labels(b, &odd, 1);
    if (!e)
        e = prom_build_value(b, NULL, 1);
    if (!e)
        e = prom_build_exemplar(b, &(prom_exemplar){ &odd, 1, 0.5, 1 });
    if (!e)
        e = prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "s"));
    if (!e)
        e = prom_build_stateset(b, NULL, states, 2);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "n"));
    if (!e)
        e = prom_build_native(b, NULL, 0.5, 2,
                              PROM_NATIVE(.schema = 8, .positive = far, .n_positive = 2), NULL,
                              0);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "u"));
    if (!e)
        e = prom_build_native(
            b, NULL, 0.5, 0,
            PROM_NATIVE(.schema = PROM_CUSTOM_BUCKETS, .custom = bounds, .n_custom = 2), NULL,
            0);
    return e ? e : prom_build_family(b, PROM_UNKNOWN, PROM_OPTS(.name = "without_points"));
}

static void prepare(world *w)
{
    prom_collector_opts o = { .size = sizeof o, .name = "odd", .collect = build_odd };
    prom_collector *c;
    prom_snapshot *s;
    CHECK_OK(prom_collector_new(w->r, &o, &c));
    CHECK_OK(prom_gather(w->r, &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    w->prepared = s;
    prom_unref(c);
}

static prom_err count(void *data, const char *p, size_t n)
{
    size_t *total = data;
    (void)p;
    *total += n;
    return PROM_OK;
}

/* Every byte or an error. */
static prom_err encode(world *w)
{
    prom_otlp_opts o;
    prom__otlp x;
    bool more = true;
    size_t requests = 0, total = 0;
    prom_err e = prom__otlp_check(NULL, &o);
    if (e || w->param == WHOLE) {
        e = e ? e : prom_otlp_encode(w->prepared, NULL, 1, &(prom_writer){ count, &total });
        CHECK(e ? total == 0 : total > 4000);
        return e;
    }
    prom__otlp_begin(&x, w->prepared, &o, 1);
    while (!e && more) {
        e = prom__otlp_next(&x, 1, &more);
        requests += !e && more;
    }
    CHECK(e || requests > 4);
    prom__otlp_free(&x);
    return e;
}

static const row rows[] = {
    { "otlp_encode", prepare, encode, SIZES, false },
};

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

/* --- the sender ----------------------------------------------------------- */

static char url[64];

static prom_err otlp_new(world *w)
{
    static const prom_label resource[] = { { "service.name", "nth" }, { NULL, NULL } };
    static const char *const headers[] = { "X-Scope: nth", NULL };
    static const prom_client_opts client = { .size = sizeof client,
                                             .headers = headers,
                                             .retries = PROM_NO_RETRIES };
    OUT(prom_sender);
    prom_err e =
        prom_otlp_new(w->r,
                      PROM_OTLP_OPTS(.url = url, .resource = resource, .scope_name = "nth",
                                     .coding = (prom_coding)w->param, .client = &client),
                      NULL, &out);
    w->out = out;
    return e;
}

/* What fails in a collector is an error of that one. */
static void prepare_sender(world *w)
{
    CHECK_OK(prom_registry_remove(w->r, w->disk));
    CHECK_OK(otlp_new(w));
    CHECK_OK(prom_send(w->out));
    w->prepared = w->out;
    w->out = NULL;
}

static prom_err send_prepared(world *w)
{
    w->out = NULL;
    return prom_send(w->prepared);
}

/* In builds without libcurl there is no sender, in those without zlib one without gzip. */
static void test_the_sender(void)
{
    static const char *const script[] = {
        RECEIVER_SAYS("200 OK", "Content-Type: application/x-protobuf\r\n", ""), NULL
    };
    receiver *v = receiver_start(script);
    int codings = prom__coding_is_built(PROM_GZIP) ? 2 : 1;
    const row sender_rows[] = {
        { "otlp_new", NULL, otlp_new, codings, false },
        { "send by OTLP", prepare_sender, send_prepared, codings, false },
    };
    prom_sender *s;
    snprintf(url, sizeof url, "http://127.0.0.1:%u", v->port);
    prom_err e = prom_otlp_new(prom_registry_default(), PROM_OTLP_OPTS(.url = url), NULL, &s);
    prom_unref(s);
    if (e != PROM_E_UNSUPPORTED)
        run_rows(sender_rows, sizeof sender_rows / sizeof *sender_rows);
    receiver_stop(v);
}

TESTS(ROW(test_every_row), ROW(test_the_sender))
