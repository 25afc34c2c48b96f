// SPDX-License-Identifier: Apache-2.0
/* accept.c - Accept-Encoding of any bytes. What comes out must not depend on how the field was
 * cut into several, on the order of its clauses or on capitals, nor on codings that we do not
 * know; and a "no" to gzip must be heard whatever stands before it. */
#include "encode/coding.h"
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
    REQUIRE(a.gzip == b.gzip && a.zstd == b.zstd && a.identity == b.identity &&
                a.others == b.others,
            "%s: %d %d %d %d, not %d %d %d %d", what, b.gzip, b.zstd, b.identity, b.others,
            a.gzip, a.zstd, a.identity, a.others);
}

static prom_coding choose(const prom__accept *a)
{
    return prom__accept_choose(a, true, true);
}

static int is_weight(int q)
{
    return q >= -1 && q <= 1000;
}

static int weight_of(int q, const prom__accept *a)
{
    return q < 0 ? a->others : q;
}

static void check_cut(const char *field, size_t n)
{
    part *parts = malloc((n + 1) * sizeof *parts);
    prom__accept whole;
    size_t k = 0, start = 0;
    if (memchr(field, '"', n))
        n = (size_t)((const char *)memchr(field, '"', n) - field); /* commas hide in quotes */
    whole = read_parts(&(part){ field, n }, 1, 0);
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
    prom__accept_add(&a, "br, zst;q=0, gzi, gzipp;q=0.5", 29);
    require_same(whole, a, "with codings that nobody knows");
    prom__accept_add(&a, "gzip;q=0", 8);
    prom__accept_add(&a, "zstd;q=0", 8);
    REQUIRE(choose(&a) == PROM_IDENTITY, "a no was overheard");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *field = malloc(n ? n : 1); /* of its very size, so that one byte too far is noticed */
    memcpy(field, data, n);
    prom__accept a = read_parts(&(part){ field, n }, 1, 0);
    REQUIRE(is_weight(a.gzip) && is_weight(a.zstd) && is_weight(a.identity) &&
                is_weight(a.others),
            "weights %d %d %d %d", a.gzip, a.zstd, a.identity, a.others);
    REQUIRE(choose(&a) != PROM_GZIP || weight_of(a.gzip, &a) > 0, "gzip, which nobody wants");
    REQUIRE(choose(&a) != PROM_ZSTD || weight_of(a.zstd, &a) > 0, "zstd, which nobody wants");
    check_cut(field, n);
    check_capitals(field, n, a);
    check_added(a);
    free(field);
    return 0;
}
