// SPDX-License-Identifier: Apache-2.0
#include "ask.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/number_parse.h"
#include "encode/clause.h"

#include <string.h>

/* --- header fields ------------------------------------------------------ */

/* A header field; where it comes several times, its values joined by commas. */
typedef struct field {
    const char *first; /* NULL: it does not come */
    prom__bytes all;   /* empty while there is only the first */
} field;

static bool join(field *f, const char *value)
{
    return (f->all.n || prom__bytes_add(&f->all, f->first, strlen(f->first))) &&
           prom__bytes_add(&f->all, ",", 1) && prom__bytes_add(&f->all, value, strlen(value));
}

/* Borrowed from f and the headers; NULL: the field does not come. Without memory to join, the
 * first has to do. */
static const char *read_field(const prom_label *headers, const char *name, field *f)
{
    bool ok = true;
    *f = (field){ NULL, { 0 } };
    for (const prom_label *h = headers; h && h->name; h++) {
        if (!h->value || !prom__clause_is((prom_str){ h->name, strlen(h->name) }, name))
            continue;
        if (!f->first)
            f->first = h->value;
        else
            ok = ok && join(f, h->value);
    }
    bool joined = f->all.n && ok && prom__bytes_add(&f->all, "", 1);
    return joined ? f->all.p : f->first;
}

/* The server gives up a twentieth before the client does, so that the answer is still in time.
 * 0: the client does not say, or nothing that makes sense. */
static unsigned read_timeout_ms(const char *seconds)
{
    const double day = 86400;
    double v;
    if (!seconds || !prom__number_parse(seconds, strlen(seconds), &v) || !(v > 0) || v > day)
        return 0;
    double ms = v * 1000 * 0.95;
    return ms < 1 ? 1 : (unsigned)ms;
}

static unsigned shorter(unsigned a, unsigned b)
{
    return !a || (b && b < a) ? b : a;
}

static void read_headers(prom__ask *q, const prom__ask_rules *r, const prom_label *headers)
{
    const prom_negotiate_opts o = { sizeof o, r->offer };
    field f;
    prom_negotiate(read_field(headers, "accept", &f), &o, &q->format);
    prom__bytes_free(&f.all);
    if (!r->no_compression) {
        q->coding = prom_negotiate_coding(read_field(headers, "accept-encoding", &f));
        prom__bytes_free(&f.all);
    }
    const char *seconds = read_field(headers, "x-prometheus-scrape-timeout-seconds", &f);
    q->timeout_ms = shorter(r->timeout_ms, read_timeout_ms(seconds));
    prom__bytes_free(&f.all);
}

/* --- names -------------------------------------------------------------- */

static bool is_name(prom_str argument)
{
    const char *word = "name[]";
    while (argument.n && *word)
        if (prom__percent_next(&argument, true) != *word++)
            return false;
    return !argument.n && !*word;
}

/* Bytes that decoded names need at most, NULs among them. */
static size_t count_names(prom_str query, size_t *bytes)
{
    size_t n = 0;
    *bytes = 0;
    for (prom__argument a; prom__argument_next(&query, &a);)
        if (a.value.p && is_name(a.name)) {
            n++;
            *bytes += a.value.n + 1;
        }
    return n;
}

static void read_names(prom_str query, const char **names, char *to)
{
    for (prom__argument a; prom__argument_next(&query, &a);) {
        if (!a.value.p || !is_name(a.name))
            continue;
        *names++ = to;
        while (a.value.n)
            *to++ = prom__percent_next(&a.value, true);
        *to++ = '\0';
    }
    *names = NULL;
}

prom__ask *prom__ask_new(const prom__ask_rules *r, prom_registry *registry, prom_str query,
                         const prom_label *headers)
{
    size_t bytes, n = count_names(query, &bytes);
    prom__ask *q = prom__alloc(sizeof *q + (n + 1) * sizeof(char *) + bytes);
    if (!q)
        return NULL;
    const char **names = (const char **)(void *)(q + 1);
    *q = (prom__ask){ .registry = registry,
                      .names = n ? names : NULL,
                      .arrived = prom__clock_steady() };
    read_names(query, names, (char *)(names + n + 1));
    read_headers(q, r, headers);
    return q;
}

bool prom__ask_same_names(const char *const *a, const char *const *b)
{
    while (a && b && *a && *b && strcmp(*a, *b) == 0)
        a++, b++;
    return a && b ? !*a && !*b : a == b;
}

bool prom__ask_same_form(const prom__ask *a, const prom__ask *b)
{
    return a->format.encoder == b->format.encoder && a->format.escaping == b->format.escaping &&
           a->coding == b->coding;
}
