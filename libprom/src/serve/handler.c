// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE /* program_invocation_short_name */
#include "handler.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "encode/out.h"
#include "page.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- options ------------------------------------------------------------ */

static prom_err check_path(const char *who, const char *path)
{
    if (path[0] != '/')
        return prom_fail(PROM_E_INVAL, "%s: path '%s' does not begin with '/'", who, path);
    for (const char *c = path; *c; c++)
        if (*c == '?' || *c == '#' || (unsigned char)*c <= ' ')
            return prom_fail(PROM_E_INVAL, "%s: path '%s' has a character that no path has",
                             who, path);
    return PROM_OK;
}

static prom_err check_route(const char *who, const prom_http_opts *o, const prom_http_route *x)
{
    if (!x->path || !x->registry)
        return prom_fail(PROM_E_INVAL, "%s: a route has no %s", who,
                         x->path ? "registry" : "path");
    prom_err err = check_path(who, x->path);
    bool twice = strcmp(x->path, o->path) == 0;
    for (const prom_http_route *y = o->routes; y < x && !twice; y++)
        twice = strcmp(x->path, y->path) == 0;
    if (!err && twice)
        return prom_fail(PROM_E_INVAL, "%s: path '%s' is there twice", who, x->path);
    return err;
}

prom_err prom__handler_opts(const char *who, const prom_http_opts *given, prom_http_opts *o)
{
    *o = (prom_http_opts){ .size = sizeof *o };
    if (given) {
        if (given->size < sizeof given->size)
            return prom_fail(PROM_E_INVAL, "%s: opts do not say their size", who);
        memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
    }
    o->size = sizeof *o;
    o->path = o->path ? o->path : "/metrics";
    o->title = o->title ? o->title : program_invocation_short_name;
    prom_err err = check_path(who, o->path);
    for (const prom_http_route *x = o->routes; x && (x->path || x->registry) && !err; x++)
        err = check_route(who, o, x);
    if (!err && (unsigned)o->on_error > PROM_ON_ERROR_CONTINUE)
        return prom_fail(PROM_E_INVAL, "%s: %d is no prom_on_error", who, (int)o->on_error);
    return err;
}

/* --- making one --------------------------------------------------------- */

static char *copy(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = prom__alloc(n);
    return p ? memcpy(p, s, n) : NULL;
}

static bool add_route(prom_handler *h, const char *path, prom_registry *r)
{
    prom__route *x = &h->route[h->n_routes];
    x->path = copy(path);
    if (!x->path)
        return false;
    x->registry = prom_ref(r);
    h->n_routes++;
    return true;
}

static bool copy_routes(prom_handler *h, prom_registry *r, const prom_http_opts *o)
{
    size_t n = 1;
    for (const prom_http_route *x = o->routes; x && x->path; x++)
        n++;
    h->route = prom__alloc(prom__size_times(n, sizeof *h->route));
    bool ok = h->route && add_route(h, o->path, r);
    for (const prom_http_route *x = o->routes; x && x->path && ok; x++)
        ok = add_route(h, x->path, x->registry);
    return ok;
}

/* The usual ones, and JSON, which the page reads; it is last, so only who asks for it by name
 * gets it. A forced encoder is the only one on offer. */
static bool copy_offer(prom_handler *h, const prom_http_opts *o)
{
    static const prom_encoder *const usual[] = {
        &prom_text, &prom_text_1, &prom_openmetrics, &prom_openmetrics_0, &prom_protobuf,
        &prom_json, NULL
    };
    const prom_encoder *const forced[] = { o->encoder, NULL };
    const prom_encoder *const *from = o->encoder ? forced : o->offer ? o->offer : usual;
    size_t n = 1;
    while (from[n - 1])
        n++;
    h->offer = prom__alloc(prom__size_times(n, sizeof *h->offer));
    if (h->offer)
        memcpy(h->offer, from, n * sizeof *h->offer);
    return h->offer != NULL;
}

static bool find_route(const prom_handler *h, const prom__target *t, const prom__route **out)
{
    *out = NULL;
    for (size_t i = 0; i < h->n_routes && !*out; i++)
        if (prom__target_is(t, h->route[i].path))
            *out = &h->route[i];
    return *out != NULL;
}

static void destroy(void *self)
{
    prom_handler *h = self;
    prom__servings_free(&h->servings);
    prom__meter_free(&h->meter);
    for (size_t i = 0; i < h->n_routes; i++) {
        prom_unref(h->route[i].registry);
        prom__free(h->route[i].path);
    }
    prom__free(h->route);
    prom__free(h->offer);
    prom__free(h->title);
    prom__free(h);
}

static prom_err fill(prom_handler *h, prom_registry *r, const prom_http_opts *o)
{
    prom_err err = prom__maker_init(&h->servings.maker, o->max_body_bytes);
    if (err)
        return err;
    h->title = copy(o->title);
    if (!h->title || !copy_routes(h, r, o) || !copy_offer(h, o))
        return prom__no_memory("an HTTP handler");
    h->rules = (prom__ask_rules){ h->offer, o->no_compression, o->scrape_timeout_ms };
    h->servings.meter = &h->meter;
    h->servings.on_error = o->on_error;
    h->servings.max_age_ns = (uint64_t)o->max_age_ms * 1000000u;
    const prom__target root = { { "/", 1 }, { "", 0 } };
    const prom__route *there;
    h->has_page = !o->no_page && !find_route(h, &root, &there);
    return prom__meter_init(&h->meter, o->metrics, o->max_in_flight);
}

prom_err prom__handler_new(prom_registry *r, const prom_http_opts *o, prom_handler **out)
{
    static const prom__class class = { .name = "handler", .destroy = destroy };
    prom_handler *h = prom__alloc_zero(sizeof *h);
    *out = NULL;
    if (!h)
        return prom__no_memory("an HTTP handler");
    prom__object_init(&h->object, &class);
    prom_err err = fill(h, r, o);
    if (err)
        destroy(h);
    else
        *out = h;
    return err;
}

/* --- answers without a scrape ------------------------------------------- */

prom__answer *prom__handler_no_memory(void)
{
    return prom__answer_words(PROM__SERVER_ERROR, "out of memory\n");
}

static prom__answer *not_found(const prom_handler *h)
{
    prom__bytes b = { 0 };
    const char *head = "Not found. The metrics are at ";
    bool ok = prom__bytes_add(&b, head, strlen(head));
    for (size_t i = 0; i < h->n_routes && ok; i++) {
        const char *path = h->route[i].path, *between = i ? ", " : "";
        ok = prom__bytes_add(&b, between, strlen(between)) &&
             prom__bytes_add(&b, path, strlen(path));
    }
    ok = ok && prom__bytes_add(&b, "\n", 2);
    prom__answer *a = prom__answer_words(PROM__NOT_FOUND, ok ? b.p : "Not found\n");
    prom__bytes_free(&b);
    return a;
}

static prom__answer *page(const prom_handler *h)
{
    prom__bytes b = { 0 };
    prom_writer w = prom__bytes_writer(&b);
    const char **paths = prom__alloc(prom__size_times(h->n_routes, sizeof *paths));
    for (size_t i = 0; paths && i < h->n_routes; i++)
        paths[i] = h->route[i].path;
    prom__answer *a = NULL;
    if (paths && !prom__page_write(h->title, paths, h->n_routes, &w))
        a = prom__answer_text(PROM__OK, PROM__PAGE_TYPE, (prom_str){ b.p, b.n });
    if (a)
        prom__answer_add(a, "Content-Security-Policy", PROM__PAGE_POLICY);
    prom__free(paths);
    prom__bytes_free(&b);
    return a ? a : prom__handler_no_memory();
}

static prom__answer *limit_reached(const prom_handler *h)
{
    char words[100]; /* promhttp's */
    snprintf(words, sizeof words,
             "Limit of concurrent requests reached (%u), try again later.\n", h->meter.most);
    return prom__answer_words(PROM__UNAVAILABLE, words);
}

bool prom__handler_admit(prom_handler *h, prom__ticket *t, prom__answer **refusal)
{
    *refusal = NULL;
    if (prom__meter_enter(&h->meter, t))
        return true;
    *refusal = limit_reached(h);
    prom__meter_answered(&h->meter, PROM__UNAVAILABLE);
    return false;
}

/* --- judging ------------------------------------------------------------ */

static prom__verdict say(prom__answer *a)
{
    return (prom__verdict){ .answer = a };
}

static prom__verdict scrape(prom_handler *h, const prom__route *route, prom_str query,
                            const prom_label *headers)
{
    prom__ask *q = prom__ask_new(&h->rules, route->registry, query, headers);
    return q ? (prom__verdict){ .ask = q } : say(prom__handler_no_memory());
}

prom__verdict prom__handler_judge(prom_handler *h, const char *method, const char *target,
                                  const prom_label *headers)
{
    const prom__target t = prom__target_read(target);
    const prom__route *route = NULL;
    bool asks = strcmp(method, "OPTIONS") == 0;
    bool reads = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    bool known = find_route(h, &t, &route) || (h->has_page && prom__target_is(&t, "/")) ||
                 (asks && prom__target_is(&t, "*"));
    prom__verdict v;
    if (!known)
        v = say(not_found(h));
    else if (asks)
        v = say(prom__answer_words(PROM__NO_CONTENT, ""));
    else if (!reads)
        v = say(prom__answer_words(PROM__METHOD_NOT_ALLOWED, "only GET and HEAD\n"));
    else
        v = route ? scrape(h, route, t.query, headers) : say(page(h));
    v.refused = !asks && !reads;
    return v;
}
