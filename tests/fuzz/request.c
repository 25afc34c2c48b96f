// SPDX-License-Identifier: Apache-2.0
/* request.c - requests of any bytes: the first line is method and target, each other one a
 * field of the header. There is always an answer, of a status that is told, as long as it says;
 * HEAD has the header of GET; a name that is asked for besides is never left out. */
#include "entry.h"

#include <prom/handle.h>
#include <prom/prom.h>

enum { FIELDS = 32 };

typedef struct asked {
    char *method, *target;
    prom_label field[FIELDS + 1];
} asked;

static prom_handler *handlers[3];

static void make_handlers(void)
{
    prom_registry *r = NULL;
    prom_counter *hits = NULL;
    prom_gauge *disk = NULL;
    REQUIRE(!prom_registry_new(NULL, &r), "no registry");
    REQUIRE(!prom_counter_new(r, PROM_OPTS(.name = "hits_total", .help = "h"), &hits), "hits");
    REQUIRE(!prom_gauge_new(r, PROM_OPTS(.name = "disk/free", .help = "h"), &disk), "disk");
    prom_http_opts o = { .size = sizeof o, .no_compression = true };
    REQUIRE(!prom_handler_new(r, &o, &handlers[0]), "plain");
    o.no_compression = false;
    REQUIRE(!prom_handler_new(r, &o, &handlers[1]), "coded");
    o.max_age_ms = 1;
    o.path = "/a%b";
    REQUIRE(!prom_handler_new(r, &o, &handlers[2]), "aged");
    prom_unref(hits);
    prom_unref(disk);
    prom_unref(r);
}

/* Cuts the text, which is changed for it. */
static asked read_request(char *text)
{
    asked q = { .method = text };
    char *line = strchr(text, '\n');
    if (line)
        *line++ = '\0';
    q.target = strchr(text, ' ');
    if (q.target)
        *q.target++ = '\0';
    for (size_t i = 0; line && i < FIELDS; i++) {
        char *next = strchr(line, '\n'), *value;
        if (next)
            *next++ = '\0';
        value = strchr(line, ':');
        if (value)
            *value++ = '\0';
        q.field[i] = (prom_label){ line, value };
        line = next;
    }
    return q;
}

static prom_http_response *ask(prom_handler *h, const asked *q, const char *method,
                               const char *target)
{
    prom_http_response *a = NULL;
    prom_err e = prom_http_handle(
        h, PROM_HTTP_REQUEST(.method = method, .target = target, .headers = q->field), &a);
    REQUIRE(!e && a, "%s", prom_error(e));
    return a;
}

static const char *field_of(const prom_http_response *a, const char *name)
{
    const prom_label *f = prom_http_response_headers(a);
    while (f->name && strcmp(f->name, name) != 0)
        f++;
    return f->value;
}

static size_t length(const prom_http_response *a)
{
    size_t n = 0;
    for (size_t i = 0; i < prom_http_response_pieces(a); i++)
        n += prom_http_response_piece(a, i).n;
    return n;
}

static void check_whole(const prom_http_response *a, int head)
{
    unsigned status = prom_http_response_status(a);
    const char *said = field_of(a, "Content-Length");
    REQUIRE(status == 200 || status == 204 || status == 404 || status == 405, "status %u",
            status);
    REQUIRE((said == NULL) == (status == 204), "status %u, length %s", status, said);
    REQUIRE(head ? !length(a) : !said || length(a) == (size_t)atol(said), "%zu, not %s",
            length(a), said);
    for (const prom_label *f = prom_http_response_headers(a); f->name; f++)
        REQUIRE(!strpbrk(f->name, "\r\n:") && !strpbrk(f->value, "\r\n"), "'%s: %s'", f->name,
                f->value);
}

static void check_head(prom_handler *h, const asked *q)
{
    prom_http_response *get = ask(h, q, "GET", q->target), *head = ask(h, q, "HEAD", q->target);
    const prom_label *a = prom_http_response_headers(get),
                     *b = prom_http_response_headers(head);
    check_whole(get, 0);
    check_whole(head, 1);
    for (; a->name && b->name; a++, b++)
        REQUIRE(strcmp(a->name, b->name) == 0 && strcmp(a->value, b->value) == 0,
                "'%s: %s', not '%s: %s'", b->name, b->value, a->name, a->value);
    REQUIRE(!a->name && !b->name, "'%s' is there once", a->name ? a->name : b->name);
    prom_unref(get);
    prom_unref(head);
}

static int has(const prom_http_response *a, const char *part)
{
    prom_str x = prom_http_response_piece(a, 0); /* it is small */
    size_t k = strlen(part);
    for (size_t i = 0; i + k <= x.n; i++)
        if (memcmp(x.p + i, part, k) == 0)
            return 1;
    return 0;
}

static void check_added_name(const asked *q)
{
    size_t n = strlen(q->target);
    char *target = malloc(n + 40);
    snprintf(target, n + 40, "%s%cn%%61me[%%5d=h%%69ts", q->target,
             strchr(q->target, '?') ? '&' : '?');
    prom_http_response *before = ask(handlers[0], q, "GET", q->target),
                       *after = ask(handlers[0], q, "GET", target);
    const char *type = field_of(before, "Content-Type");
    REQUIRE(prom_http_response_status(before) == prom_http_response_status(after),
            "a query changes the status");
    if (prom_http_response_status(before) == 200 && !strstr(type, "text/html"))
        REQUIRE(has(after, "hits_total"), "without what was asked for: '%s'", target);
    prom_unref(before);
    prom_unref(after);
    free(target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!handlers[0])
        make_handlers();
    char *text = malloc(n + 1);
    memcpy(text, data, n);
    text[n] = '\0';
    asked q = read_request(text);
    for (size_t i = 0; i < 3; i++) {
        prom_http_response *a = ask(handlers[i], &q, q.method, q.target);
        check_whole(a, strcmp(q.method, "HEAD") == 0);
        prom_unref(a);
    }
    if (q.target) {
        check_head(handlers[0], &q);
        check_head(handlers[1], &q);
        check_added_name(&q);
    }
    free(text);
    return 0;
}
