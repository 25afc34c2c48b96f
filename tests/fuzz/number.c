// SPDX-License-Identifier: Apache-2.0
/* number.c - doubles of any bits, and those that decimal texts stand for: what is written must
 * read back equal, have Go's form, and no digit too many. Integers: as printf writes them. */
#include "base/number.h"

#include "entry.h"

#include <inttypes.h>
#include <math.h>

/* [-]digits[.digits][e(+|-)digits]; a plain number has no exponent between -5 and 6. */
static void check_form(const char *text)
{
    const char *p = text + (*text == '-');
    size_t whole = strspn(p, "0123456789");
    REQUIRE(whole && (*p != '0' || whole == 1), "%s begins with no digit, or with a zero",
            text);
    p += whole;
    if (*p == '.') {
        size_t n = strspn(++p, "0123456789");
        REQUIRE(n && p[n - 1] != '0', "%s ends with a zero behind the point", text);
        p += n;
    }
    if (*p == 'e') {
        long exponent = strtol(p + 1, NULL, 10);
        size_t n = strspn(p + 2, "0123456789");
        REQUIRE(whole == 1 && (p[1] == '+' || p[1] == '-') && n >= 2 &&
                    (exponent < -4 || exponent > 5),
                "%s has an exponent of another form", text);
        p += 2 + n;
    } else {
        REQUIRE(whole <= 6 && strncmp(text, "0.00000", 7) != 0, "%s lacks an exponent", text);
    }
    REQUIRE(!*p, "%s has something behind it", text);
}

/* The significant digits alone; how many. */
static int digits_of(const char *text, char *out)
{
    int n = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n || *text != '0'))
            out[n++] = *text;
    while (n && out[n - 1] == '0')
        n--;
    out[n] = '\0';
    return n;
}

static void check_double(double v)
{
    char text[PROM__NUMBER_MAX + 1], other[64];
    size_t n = prom__number_double(text, v);
    REQUIRE(n < PROM__NUMBER_MAX, "%zu bytes", n);
    text[n] = '\0';
    if (!isfinite(v)) {
        REQUIRE(strcmp(text, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf") == 0, "%s", text);
        return;
    }
    REQUIRE(strtod(text, NULL) == v, "%s for %.17g", text, v);
    check_form(text);
    char ours[64], theirs[64];
    int digits = digits_of(text, ours);
    if (digits > 1) {
        snprintf(other, sizeof other, "%.*e", digits - 2, v);
        REQUIRE(strtod(other, NULL) != v, "%s, but %s will do", text, other);
    }
    snprintf(other, sizeof other, "%.*e", digits ? digits - 1 : 0, v);
    digits_of(other, theirs);
    if (strtod(other, NULL) == v) /* the nearest of so many digits */
        REQUIRE(strcmp(ours, theirs) == 0, "%s, but %s is nearer", text, other);
}

static void check_integers(uint64_t v)
{
    char text[PROM__NUMBER_MAX + 1], want[32];
    text[prom__number_u64(text, v)] = '\0';
    snprintf(want, sizeof want, "%" PRIu64, v);
    REQUIRE(strcmp(text, want) == 0, "%s, not %s", text, want);
    text[prom__number_i64(text, (int64_t)v)] = '\0';
    snprintf(want, sizeof want, "%" PRId64, (int64_t)v);
    REQUIRE(strcmp(text, want) == 0, "%s, not %s", text, want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char text[64];
    size_t k = n < sizeof text ? n : sizeof text - 1;
    memcpy(text, data, k);
    text[k] = '\0';
    check_double(strtod(text, NULL));
    for (; n >= 8; data += 8, n -= 8) {
        uint64_t bits;
        double v;
        memcpy(&bits, data, 8);
        memcpy(&v, data, 8);
        check_double(v);
        check_integers(bits);
    }
    return 0;
}
