// SPDX-License-Identifier: Apache-2.0
/* encode_nth_test.c - every encoder in every escaping, of names that need it, exemplars and all
 * types, with its n-th allocation failing. */
#include "kit.h"
#include "nth.h"

static const prom_encoder *const encoders[] = {
    &prom_text,     &prom_text_1,        &prom_openmetrics, &prom_openmetrics_2,
    &prom_protobuf, &prom_protobuf_text, &prom_json,
};
enum { ENCODERS = sizeof encoders / sizeof *encoders, SCHEMES = 4 };

static prom_err build_odd(prom_builder *b, void *data)
{
    prom_label_str odd = { { "l.l", 3 }, { "\"", 1 } };
    prom_state states[] = { { { "on\n", 3 }, true }, { { "off", 3 }, false } };
    prom_exemplar x = { &odd, 1, 0.5, 1 };
    prom_err e = prom_build_family(b, PROM_COUNTER, PROM_OPTS(.name = "c.c_total"));
    if (!e)
        e = prom_build_labels(b, &odd, 1);
    if (!e)
        e = prom_build_value(b, NULL, 1);
    if (!e)
        e = prom_build_exemplar(b, &x);
    if (!e)
        e = prom_build_created(b, 1);
    if (!e)
        e = prom_build_family(b, PROM_STATESET, PROM_OPTS(.name = "s:s"));
    if (!e)
        e = prom_build_stateset(b, NULL, states, 2);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "h/h"));
    if (!e)
        e = prom_build_histogram(b, NULL, 0.5, 1, (prom_bucket[]){ { 1, 1 } }, 1);
    if (!e)
        e = prom_build_exemplar(b, &x);
    if (!e)
        e = prom_build_family(b, PROM_HISTOGRAM, PROM_OPTS(.name = "n"));
    if (!e)
        e = prom_build_native(
            b, NULL, 0.5, 1,
            PROM_NATIVE(.positive = &(prom_native_bucket){ 0, { 1 } }, .n_positive = 1), NULL,
            0);
    (void)data;
    return e ? e : prom_build_exemplar(b, &x);
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

static prom_err encode(world *w)
{
    char *text = (char *)w;
    prom_encode_opts o = { .size = sizeof o, .escaping = (prom_escaping)(w->param % SCHEMES) };
    size_t n = 0;
    prom_err e =
        prom_encode_string_with(encoders[w->param / SCHEMES], &o, w->prepared, &text, &n);
    CHECK(e ? text == NULL : kit_find(text, n, "hits"));
    if (!e)
        prom_free(text);
    return e;
}

static const row rows[] = {
    { "encode_string_with", prepare, encode, ENCODERS *SCHEMES, false },
};

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

TESTS(ROW(test_every_row))
