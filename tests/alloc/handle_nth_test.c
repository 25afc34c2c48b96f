// SPDX-License-Identifier: Apache-2.0
/* handle_nth_test.c - handlers and requests with their n-th allocation failing: an answer that
 * says so, or none, and never half of one. */
#include "kit.h"
#include "nth.h"

#include <prom/handle.h>

/* What it registers is none of its own where it fails: the world's exposition tells. */
static prom_err handler_new(world *w)
{
    OUT(prom_handler);
    const prom_http_route routes[] = { { "/more", w->r }, { NULL, NULL } };
    const prom_encoder *const offer[] = { &prom_text, &prom_json, NULL };
    prom_http_opts o = { .size = sizeof o, .metrics = w->r, .routes = routes, .offer = offer };
    prom_err e = prom_handler_new(w->r, &o, &out);
    w->out = out;
    return e;
}

static void prepare(world *w, const prom_http_opts *o)
{
    prom_handler *h = NULL;
    CHECK_OK(prom_handler_new(w->r, o, &h));
    w->prepared = h;
}

static void prepare_plain(world *w)
{
    prepare(w, NULL);
}

/* What fails in a collector is an error of that one, and shared as long as the rest is. */
static void prepare_sharing(world *w)
{
    CHECK_OK(prom_registry_remove(w->r, w->disk));
    prom_http_opts o = { .size = sizeof o, .max_age_ms = 3600000, .max_in_flight = 1 };
    prepare(w, &o);
}

static const struct {
    const char *method, *target;
    prom_label headers[4];
    const char *part; /* of the body; NULL: it has none, or a coded one */
} asked[] = {
    { "GET", "/metrics", { { NULL, NULL } }, "\nhits_total 1\n" },
    { "GET",
      "/metrics",
      { { "Accept", "application/openmetrics-text" }, { NULL, NULL } },
      "# EOF\n" },
    { "GET",
      "/metrics",
      { { "accept", "a/b" }, { "Accept", "application/json" }, { NULL, NULL } },
      "hits_total" }, /* without memory to join the fields, of another format */
    { "GET", "/metrics", { { "Accept-Encoding", "gzip" }, { NULL, NULL } }, NULL },
    { "GET", "/metrics", { { "Accept-Encoding", "zstd" }, { NULL, NULL } }, NULL },
    { "GET", "/metrics?name[]=hits&name[]=%78", { { NULL, NULL } }, "\nhits_total 1\n" },
    { "HEAD", "/metrics", { { NULL, NULL } }, NULL },
    { "GET", "/", { { NULL, NULL } }, "/metrics" },
    { "GET", "/nothing", { { NULL, NULL } }, "Not found" },
    { "OPTIONS", "/metrics", { { NULL, NULL } }, NULL },
    { "POST", "/metrics", { { NULL, NULL } }, "only" },
};
enum { ASKED = sizeof asked / sizeof *asked };

static bool has(const prom_http_response *r, const char *part)
{
    bool found = false;
    for (size_t i = 0; i < prom_http_response_pieces(r) && !found; i++) {
        prom_str x = prom_http_response_piece(r, i);
        found = kit_find(x.p, x.n, part);
    }
    return found;
}

static size_t length(const prom_http_response *r)
{
    size_t n = 0;
    for (size_t i = 0; i < prom_http_response_pieces(r); i++)
        n += prom_http_response_piece(r, i).n;
    return n;
}

static size_t said_length(const prom_http_response *r)
{
    for (const prom_label *f = prom_http_response_headers(r); f->name; f++)
        if (strcmp(f->name, "Content-Length") == 0)
            return (size_t)atol(f->value);
    return 0;
}

/* A response that tells of no memory is a failure too. */
static prom_err handle(world *w)
{
    prom_http_response *r = (prom_http_response *)w;
    prom_http_request q = { sizeof q, asked[w->param].method, asked[w->param].target,
                            asked[w->param].headers };
    prom_err e = prom_http_handle(w->prepared, &q, &r);
    if (e) {
        CHECK(r == NULL);
        return e;
    }
    unsigned status = prom_http_response_status(r);
    bool head = strcmp(q.method, "HEAD") == 0;
    CHECK(head || length(r) == said_length(r));
    if (status == 500) {
        CHECK(head || has(r, "out of memory"));
        e = prom_fail(PROM_E_NOMEM, "out of memory");
    } else {
        CHECK(status != 503);
        CHECK(!asked[w->param].part ||
              has(r, status == 404 ? "Not found" : asked[w->param].part));
    }
    prom_unref(r);
    return e;
}

static const row rows[] = {
    { "handler_new", NULL, handler_new, 1, false },
    { "http_handle", prepare_plain, handle, ASKED, true },
    { "http_handle, sharing", prepare_sharing, handle, ASKED, true },
};

static void test_every_row(void)
{
    run_rows(rows, sizeof rows / sizeof *rows);
}

TESTS(ROW(test_every_row))
