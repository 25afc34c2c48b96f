// SPDX-License-Identifier: Apache-2.0
#include "target.h"

#include <string.h>

static size_t find(prom_str s, const char *any)
{
    size_t i = 0;
    while (i < s.n && !memchr(any, s.p[i], strlen(any)))
        i++;
    return i;
}

static prom_str skip(prom_str s, size_t n)
{
    return (prom_str){ s.p + n, s.n - n };
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_with(prom_str s, const char *word)
{
    size_t n = strlen(word), i = 0;
    while (i < n && i < s.n && lower(s.p[i]) == word[i])
        i++;
    return i == n;
}

/* What follows scheme and authority, as proxies are told. */
static prom_str without_origin(prom_str s)
{
    if (!begins_with(s, "http://") && !begins_with(s, "https://"))
        return s;
    s = skip(s, find(s, ":") + 3);
    return skip(s, find(s, "/?"));
}

prom__target prom__target_read(const char *target)
{
    prom_str all = { target, strlen(target) }, s = without_origin(all);
    size_t n = find(s, "?");
    prom__target t = { { s.p, n }, n < s.n ? skip(s, n + 1) : (prom_str){ "", 0 } };
    if (!n && s.p != all.p) /* "http://host" is about the root */
        t.path = (prom_str){ "/", 1 };
    return t;
}

static int digit(char c)
{
    char l = lower(c);
    return c >= '0' && c <= '9' ? c - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

char prom__percent_next(prom_str *s, bool form)
{
    char c = *s->p;
    if (c == '%' && s->n >= 3 && digit(s->p[1]) >= 0 && digit(s->p[2]) >= 0) {
        int v = digit(s->p[1]) * 16 + digit(s->p[2]);
        if (v) {
            *s = skip(*s, 3);
            return (char)v;
        }
    }
    *s = skip(*s, 1);
    return form && c == '+' ? ' ' : c;
}

bool prom__target_is(const prom__target *t, const char *path)
{
    prom_str s = t->path, own = { path, strlen(path) };
    while (s.n && own.n)
        if (prom__percent_next(&s, false) != prom__percent_next(&own, false))
            return false;
    return !s.n && !own.n;
}

bool prom__argument_next(prom_str *query, prom__argument *out)
{
    if (!query->n)
        return false;
    size_t n = find(*query, "&");
    prom_str one = { query->p, n };
    *query = skip(*query, n < query->n ? n + 1 : n);
    size_t equals = find(one, "=");
    out->name = (prom_str){ one.p, equals };
    out->value = equals < one.n ? skip(one, equals + 1) : (prom_str){ NULL, 0 };
    return true;
}
