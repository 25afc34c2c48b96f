// SPDX-License-Identifier: Apache-2.0
/* accept.c - a reader of hostile input: one pass, no memory, no recursion. */
#include "accept.h"

#include <stdbool.h>

typedef struct text {
    const char *p;
    size_t n;
} text;

static text trim(text t)
{
    while (t.n && (t.p[0] == ' ' || t.p[0] == '\t'))
        t.p++, t.n--;
    while (t.n && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t'))
        t.n--;
    return t;
}

/* Takes off what stands before the first `by`; the rest is empty where there is none. */
static text cut(text *rest, char by)
{
    text head = *rest;
    for (size_t i = 0; i < rest->n; i++)
        if (rest->p[i] == by) {
            head.n = i;
            rest->p += i + 1;
            rest->n -= i + 1;
            return trim(head);
        }
    rest->p += rest->n;
    rest->n = 0;
    return trim(head);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* `word` in small letters. */
static bool is(text t, const char *word)
{
    for (size_t i = 0; i < t.n; i++)
        if (!word[i] || lower(t.p[i]) != word[i])
            return false;
    return !word[t.n];
}

/* "0.8" is 800. A weight that breaks the grammar is 0: what cannot be read is not wanted. */
static int weight(text t)
{
    if (t.n < 1 || t.n > 5 || (t.p[0] != '0' && t.p[0] != '1') || (t.n > 1 && t.p[1] != '.'))
        return 0;
    int q = (t.p[0] - '0') * 1000;
    for (size_t i = 2, unit = 100; i < t.n; i++, unit /= 10) {
        if (t.p[i] < '0' || t.p[i] > '9')
            return 0;
        q += (t.p[i] - '0') * (int)unit;
    }
    return q <= 1000 ? q : 0;
}

/* Of several mentions the least counts, so that a "no" is never overheard. */
static void mention(int *of, int q)
{
    if (*of < 0 || q < *of)
        *of = q;
}

static void read_clause(prom__accept *a, text clause)
{
    text name = cut(&clause, ';');
    int q = 1000;
    while (clause.n) {
        text value = cut(&clause, ';');
        if (is(cut(&value, '='), "q"))
            q = weight(trim(value));
    }
    if (is(name, "gzip") || is(name, "x-gzip"))
        mention(&a->gzip, q);
    else if (is(name, "identity"))
        mention(&a->identity, q);
    else if (is(name, "*"))
        mention(&a->others, q);
}

void prom__accept_add(prom__accept *a, const char *field, size_t n)
{
    text rest = { field, n };
    while (rest.n)
        read_clause(a, cut(&rest, ','));
}

prom__coding prom__accept_choose(const prom__accept *a)
{
    int gzip = a->gzip >= 0 ? a->gzip : a->others;
    int identity = a->identity >= 0 ? a->identity : a->others;
    /* "gzip;q=0.8, *;q=0.1": the star speaks of identity too, and less loudly. */
    return gzip > 0 && gzip > identity ? PROM__GZIP : PROM__IDENTITY;
}
