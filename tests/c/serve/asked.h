// SPDX-License-Identifier: Apache-2.0
/* asked.h - requests and what is answered, whoever answers: a handler, or a server with the
 * same opts. A handler's response is turned into the `answer` that the client of a server gets.
 */
#ifndef ASKED_H
#define ASKED_H

#include "client.h"
#include "kit.h"

#include <prom/handle.h>

/* --- asking a handler ------------------------------------------------------ */

enum { ASKED_FIELDS = 16 };

/* "A: b\r\nC: d\r\n" to a list of fields, in memory that is changed for it. */
static inline void asked_fields(char *text, prom_label fields[ASKED_FIELDS])
{
    size_t n = 0;
    for (char *line = text, *end; n < ASKED_FIELDS - 1 && (end = strstr(line, "\r\n"));
         line = end + 2) {
        char *colon = strchr(line, ':');
        *colon = *end = '\0';
        fields[n++] = (prom_label){ line, colon + 1 + strspn(colon + 1, " ") };
    }
    fields[n] = (prom_label){ NULL, NULL };
}

static inline void asked_copy(const prom_http_response *r, answer *a)
{
    size_t used = (size_t)snprintf(a->head, sizeof a->head, "HTTP/1.1 %u \r\n",
                                   prom_http_response_status(r));
    a->status = (int)prom_http_response_status(r);
    for (const prom_label *f = prom_http_response_headers(r); f->name; f++)
        used += (size_t)snprintf(a->head + used, sizeof a->head - used, "%s: %s\r\n", f->name,
                                 f->value);
    snprintf(a->head + used, sizeof a->head - used, "\r\n");
    size_t n = prom_http_response_pieces(r);
    for (size_t i = 0; i < n; i++)
        a->n += prom_http_response_piece(r, i).n;
    a->body = calloc(a->n + 1, 1);
    char *at = a->body;
    for (size_t i = 0; i < n; i++) {
        prom_str piece = prom_http_response_piece(r, i);
        CHECK(piece.n > 0);
        memcpy(at, piece.p, piece.n);
        at += piece.n;
    }
    CHECK_INT(prom_http_response_piece(r, n).n, 0);
}

/* `first` is "GET /metrics"; headers end each in CRLF. */
static inline answer ask_handler(prom_handler *h, const char *first, const char *headers)
{
    char method[32] = "", target[4096] = "", text[2048];
    answer a = { 0 };
    prom_label fields[ASKED_FIELDS];
    prom_http_response *r = NULL;
    sscanf(first, "%31s %4095s", method, target);
    snprintf(text, sizeof text, "%s", headers);
    asked_fields(text, fields);
    if (CHECK_OK(prom_http_handle(
            h, PROM_HTTP_REQUEST(.method = method, .target = target, .headers = fields), &r)))
        asked_copy(r, &a);
    prom_unref(r);
    return a;
}

/* --- what is asked, and what is to come ------------------------------------ */

typedef struct asked {
    const char *first, *headers;
    int status;
    const char *head; /* a line of it; NULL: none in particular */
    const char *body; /* a part of it; NULL: none in particular, "" : it is empty */
} asked;

#define TEXT  "Content-Type: text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
#define HITS  "\nhits_total 3\n"
#define ROOM  "\nrooms 7\n"
#define ALLOW "Allow: GET, HEAD, OPTIONS"
#define LOST  "Not found. The metrics are at /metrics, /more\n"

/* Of registry, which has hits_total, at /metrics, and of one that has rooms, at /more. */
// clang-format off
static const asked all_asked[] = {
    { "GET /metrics", "", 200, TEXT, HITS },
    { "GET /metrics", "", 200, "Vary: Accept, Accept-Encoding", NULL },
    { "GET /metrics", "", 200, "X-Content-Type-Options: nosniff", NULL },
    { "GET /more", "", 200, TEXT, ROOM },
    { "HEAD /metrics", "", 200, TEXT, "" },
    /* targets */
    { "GET /metrics?", "", 200, TEXT, HITS },
    { "GET /metrics?debug=1", "", 200, NULL, HITS },
    { "GET /m%65trics", "", 200, NULL, HITS },
    { "GET /%6Dore", "", 200, NULL, ROOM },
    { "GET http://example.org/metrics", "", 200, NULL, HITS },
    { "GET HTTP://user@example.org:9090/more?a=b", "", 200, NULL, ROOM },
    { "GET https://[::1]/metrics", "", 200, NULL, HITS },
    { "GET http://example.org?/metrics", "", 200, "Content-Type: text/html; charset=utf-8",
      NULL },
    { "GET http://example.org", "", 200, "Content-Type: text/html; charset=utf-8", NULL },
    { "GET /", "", 200, "X-Content-Type-Options: nosniff", "/more" },
    { "HEAD /", "", 200, "Content-Type: text/html; charset=utf-8", "" },
    { "GET /metrics/", "", 404, NULL, LOST },
    { "GET /metric", "", 404, "Content-Type: text/plain; charset=utf-8", LOST },
    { "GET //metrics", "", 404, NULL, LOST },
    { "GET /more/../metrics", "", 404, NULL, LOST },
    { "GET /metrics%", "", 404, NULL, LOST },
    { "GET /metrics%0", "", 404, NULL, LOST },
    { "GET /metrics%00", "", 404, NULL, LOST },
    { "GET /metrics%3f", "", 404, NULL, LOST },
    { "GET metrics", "", 404, NULL, LOST },
    { "GET ftp://example.org/metrics", "", 404, NULL, LOST },
    { "HEAD /nothing", "", 404, NULL, "" },
    /* methods */
    { "OPTIONS /metrics", "", 204, ALLOW, "" },
    { "OPTIONS /", "", 204, ALLOW, "" },
    { "OPTIONS *", "", 204, ALLOW, "" },
    { "OPTIONS /nothing", "", 404, NULL, LOST },
    { "GET *", "", 404, NULL, LOST },
    { "POST /metrics", "Content-Length: 0\r\n", 405, ALLOW, "only GET and HEAD\n" },
    { "DELETE /", "", 405, ALLOW, "only GET and HEAD\n" },
    { "BREW /nothing", "", 404, NULL, LOST },
    { "get /metrics", "", 405, ALLOW, NULL },
    /* formats */
    { "GET /metrics", "Accept: application/json\r\n", 200, "Content-Type: application/json",
      "\"hits_total\"" },
    { "GET /metrics", "Accept: */*\r\n", 200, TEXT, HITS },
    { "GET /metrics", "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
      "\r\n", 200, TEXT, HITS },
    { "GET /metrics", "Accept: application/*\r\n", 200, "Content-Type: "
      "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
      "# EOF\n" },
    { "GET /metrics", "Accept: application/openmetrics-text;version=1.0.0;escaping=allow-utf-8"
      ";q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
      "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2\r\n", 200,
      "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8; "
      "escaping=allow-utf-8", "# EOF\n" },
    { "GET /metrics", "accept: text/plain;q=0.1\r\nX: y\r\nACCEPT: application/openmetrics-text"
      "\r\n", 200, NULL, "# EOF\n" },
    { "GET /metrics", "Accept-Encoding: identity\r\n", 200, TEXT, HITS },
    { "GET /metrics", "Accept-Encoding: br, deflate\r\n", 200, TEXT, HITS },
    /* names */
    { "GET /metrics?name[]=hits_total", "", 200, NULL, HITS },
    { "GET /metrics?name[]=hits", "", 200, NULL, HITS },
    { "GET /metrics?name%5b%5D=hits%5ftotal", "", 200, NULL, HITS },
    { "GET /metrics?name[]=rooms", "", 200, TEXT, "" },
    { "GET /metrics?name[]=rooms&name[]=hits", "", 200, NULL, HITS },
    { "GET /metrics?name[]=", "", 200, TEXT, "" },
    { "GET /metrics?name[]=hits+total", "", 200, TEXT, HITS }, /* "hits total", escaped */
    { "GET /metrics?name[]=%", "", 200, TEXT, "" },
    { "GET /metrics?name[]=hits%00", "", 200, TEXT, "" },
    { "GET /metrics?name[]", "", 200, NULL, HITS },
    { "GET /metrics?name=rooms&names[]=rooms&&=&", "", 200, NULL, HITS },
    /* the scrape's timeout: what makes no sense is passed over */
    { "GET /metrics", "X-Prometheus-Scrape-Timeout-Seconds: 10.000000\r\n", 200, TEXT, HITS },
    { "GET /metrics", "x-prometheus-scrape-timeout-seconds: nan\r\n", 200, TEXT, HITS },
    { "GET /metrics", "X-Prometheus-Scrape-Timeout-Seconds: -1\r\n", 200, TEXT, HITS },
    { "GET /metrics", "X-Prometheus-Scrape-Timeout-Seconds: 0\r\n", 200, TEXT, HITS },
    { "GET /metrics", "X-Prometheus-Scrape-Timeout-Seconds: inf\r\n", 200, TEXT, HITS },
    { "GET /metrics", "X-Prometheus-Scrape-Timeout-Seconds: 1e308\r\n", 200, TEXT, HITS },
    { "GET /metrics", "X-Prometheus-Scrape-Timeout-Seconds: 10s\r\n", 200, TEXT, HITS },
    { "GET /metrics", "X-Prometheus-Scrape-Timeout-Seconds: \r\n", 200, TEXT, HITS },
    { "GET /metrics", "X-Prometheus-Scrape-Timeout-Seconds: 5\r\n"
      "X-Prometheus-Scrape-Timeout-Seconds: 5\r\n", 200, TEXT, HITS },
};
// clang-format on
enum { ALL_ASKED = sizeof all_asked / sizeof *all_asked };

static inline void check_answer(const asked *x, const answer *a)
{
    char no_body[200];
    bool ok = CHECK_INT(a->status, x->status);
    ok = (!x->head || CHECK(head_has(a, x->head))) && ok;
    if (x->body && !*x->body)
        ok = CHECK_INT(a->n, 0) && ok;
    else if (x->body)
        ok = CHECK(a->body && strstr(a->body, x->body)) && ok;
    snprintf(no_body, sizeof no_body, "%.190s", a->body ? a->body : "(none)");
    if (!ok)
        fprintf(stderr, "    for %s    %s    got %s%s\n", x->first, x->headers, a->head,
                no_body);
}

/* --- whom to ask --------------------------------------------------------- */

static prom_registry *more;

static inline void make_registries(void)
{
    prom_gauge *rooms = NULL;
    make_registry();
    more = kit_registry(PROM_ORDER_SORTED);
    CHECK_OK(prom_gauge_new(more, PROM_OPTS(.name = "rooms", .help = "h"), &rooms));
    if (rooms)
        prom_gauge_set(rooms, 7);
    prom_unref(rooms);
}

static inline void end_registries(void)
{
    prom_unref(more);
    more = NULL;
    end();
}

#endif
