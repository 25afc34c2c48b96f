// SPDX-License-Identifier: Apache-2.0
/* accept.c - Accept-Encoding of any bytes. What comes out must not depend on how the field was
 * cut into several, on the order of its clauses or on capitals, nor on codings that we do not
 * know; and a "no" to gzip must be heard whatever stands before it. */
#include "transport/accept.h"

#include "entry.h"

typedef struct part {
    const char *p;
    size_t n;
} part;

static prom__accept read_parts(const part *parts, size_t n, int backwards)
{
    prom__accept a = PROM__ACCEPT_INIT;
    for (size_t i = 0; i < n; i++) {
        const part *x = &parts[backwards ? n - 1 - i : i];
        prom__accept_add(&a, x->p, x->n);
    }
    return a;
}

static void require_same(prom__accept a, prom__accept b, const char *what)
{
    REQUIRE(a.gzip == b.gzip && a.identity == b.identity && a.others == b.others,
            "%s: %d %d %d, not %d %d %d", what, b.gzip, b.identity, b.others, a.gzip,
            a.identity, a.others);
}

static void check_cut(const char *field, size_t n, prom__accept whole)
{
    part *parts = malloc((n + 1) * sizeof *parts);
    size_t k = 0, start = 0;
    for (size_t i = 0; i <= n; i++)
        if (i == n || field[i] == ',') {
            parts[k++] = (part){ field + start, i - start };
            start = i + 1;
        }
    require_same(whole, read_parts(parts, k, 0), "cut at its commas");
    require_same(whole, read_parts(parts, k, 1), "cut, and backwards");
    free(parts);
}

static void check_capitals(char *field, size_t n, prom__accept whole)
{
    for (size_t i = 0; i < n; i++)
        if ((field[i] >= 'a' && field[i] <= 'z') || (field[i] >= 'A' && field[i] <= 'Z'))
            field[i] ^= 'a' ^ 'A';
    require_same(whole, read_parts(&(part){ field, n }, 1, 0), "in other capitals");
}

static void check_added(prom__accept whole)
{
    prom__accept a = whole;
    prom__accept_add(&a, "br, zstd;q=0, gzi, gzipp;q=0.5", 30);
    require_same(whole, a, "with codings that nobody knows");
    prom__accept_add(&a, "gzip;q=0", 8);
    REQUIRE(prom__accept_choose(&a) == PROM__IDENTITY, "a no to gzip was overheard");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *field = malloc(n ? n : 1); /* of its very size, so that one byte too far is noticed */
    memcpy(field, data, n);
    prom__accept a = read_parts(&(part){ field, n }, 1, 0);
    REQUIRE(a.gzip >= -1 && a.gzip <= 1000 && a.identity >= -1 && a.identity <= 1000 &&
                a.others >= -1 && a.others <= 1000,
            "weights %d %d %d", a.gzip, a.identity, a.others);
    int gzip = a.gzip < 0 ? a.others : a.gzip;
    REQUIRE(gzip > 0 || prom__accept_choose(&a) == PROM__IDENTITY, "gzip, which nobody wants");
    check_cut(field, n, a);
    check_capitals(field, n, a);
    check_added(a);
    free(field);
    return 0;
}
