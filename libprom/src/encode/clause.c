// SPDX-License-Identifier: Apache-2.0
#include "clause.h"

#include <string.h>

static prom_str trim(prom_str t)
{
    while (t.n && (t.p[0] == ' ' || t.p[0] == '\t'))
        t.p++, t.n--;
    while (t.n && (t.p[t.n - 1] == ' ' || t.p[t.n - 1] == '\t'))
        t.n--;
    return t;
}

prom_str prom__clause_cut(prom_str *rest, char by)
{
    prom_str head = *rest;
    bool quoted = false;
    for (size_t i = 0; i < head.n; i++) {
        char c = head.p[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted && c == '\\')
            i++;
        else if (!quoted && c == by) {
            *rest = (prom_str){ head.p + i + 1, head.n - i - 1 };
            head.n = i;
            return trim(head);
        }
    }
    rest->p += rest->n;
    rest->n = 0;
    return trim(head);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool prom__clause_same_name(prom_str a, prom_str b)
{
    for (size_t i = 0; i < a.n && a.n == b.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return a.n == b.n;
}

bool prom__clause_is(prom_str t, const char *word)
{
    return prom__clause_same_name(t, (prom_str){ word, strlen(word) });
}

static bool unquote(prom_str *t)
{
    bool quoted = t->n >= 2 && t->p[0] == '"' && t->p[t->n - 1] == '"';
    if (quoted)
        *t = (prom_str){ t->p + 1, t->n - 2 };
    return quoted;
}

/* The next byte of a value, -1 at its end. */
static int next(prom_str *t, bool quoted)
{
    if (quoted && t->n > 1 && t->p[0] == '\\')
        t->p++, t->n--;
    if (!t->n)
        return -1;
    t->n--;
    return (unsigned char)*t->p++;
}

bool prom__clause_same_value(prom_str a, prom_str b)
{
    bool a_quoted = unquote(&a), b_quoted = unquote(&b);
    int c;
    do {
        c = next(&a, a_quoted);
        if (c != next(&b, b_quoted))
            return false;
    } while (c >= 0);
    return true;
}

int prom__clause_weight(prom_str t)
{
    if (t.n < 1 || t.n > 5 || (t.p[0] != '0' && t.p[0] != '1') || (t.n > 1 && t.p[1] != '.'))
        return -1;
    int q = (t.p[0] - '0') * 1000;
    for (size_t i = 2, unit = 100; i < t.n; i++, unit /= 10) {
        if (t.p[i] < '0' || t.p[i] > '9')
            return -1;
        q += (t.p[i] - '0') * (int)unit;
    }
    return q <= 1000 ? q : -1;
}
