// SPDX-License-Identifier: Apache-2.0
/* name_escape.c - the four schemes for names outside the ASCII grammar.
 *
 * Source: instrumenting/escaping_schemes of prometheus/docs, but where it and prometheus/common
 * differ (dots: two underscores for whatever is neither a dot nor legal; values: lower case
 * digits) it is as the latter does, which is what readers have met. */
#include "base/utf8.h"
#include "name.h"

#include <string.h>

static const char VALUES_MARK[] = "U__";

size_t prom__name_escaped_most(prom_escaping e, size_t n)
{
    return e == PROM_DOTS ? 5 * n : e == PROM_VALUES ? 4 * n + 3 : n;
}

static char *put(char *out, const char *s)
{
    size_t n = strlen(s);
    memcpy(out, s, n);
    return out + n;
}

static char *put_hex(char *out, uint32_t c)
{
    int shift = 20;
    while (shift && !(c >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *out++ = "0123456789abcdef"[c >> shift & 15];
    return out;
}

static char *put_character(prom_escaping e, const char *p, bool legal, char *out)
{
    if (legal && (*p != '_' || e == PROM_UNDERSCORES)) {
        *out++ = *p;
    } else if (e == PROM_UNDERSCORES) {
        *out++ = '_';
    } else if (e == PROM_DOTS) {
        out = put(out, *p == '.' ? "_dot_" : "__");
    } else if (legal) {
        out = put(out, "__");
    } else {
        *out++ = '_';
        out = put_hex(out, prom__utf8_character(p));
        *out++ = '_';
    }
    return out;
}

size_t prom__name_escape(prom__name_kind kind, prom_escaping e, const char *p, size_t n,
                         char *out)
{
    if (e == PROM_ALLOW_UTF8 || prom__name_legacy(kind, p, n)) {
        if (n)
            memcpy(out, p, n);
        return n;
    }
    char *at = e == PROM_VALUES && n ? put(out, VALUES_MARK) : out;
    for (size_t i = 0; i < n; i += prom__utf8_length(p + i))
        at = put_character(e, p + i, prom__name_legal(kind, p[i], i == 0), at);
    return (size_t)(at - out);
}

/* --- and back ------------------------------------------------------------ */

/* All dots first, so that a__dot__b is a_._b. */
static size_t undo_dots(const char *p, size_t n, char *out)
{
    size_t dotted = 0, length = 0;
    for (size_t i = 0; i < n; dotted++) {
        bool dot = n - i >= 5 && memcmp(p + i, "_dot_", 5) == 0;
        out[dotted] = dot ? '.' : p[i];
        i += dot ? 5 : 1;
    }
    for (size_t i = 0; i < dotted; length++) {
        bool two = out[i] == '_' && i + 1 < dotted && out[i + 1] == '_';
        out[length] = out[i];
        i += two ? 2 : 1;
    }
    return length;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Of `hex_` at p, at most six digits: the bytes read, and the character in *c. 0: it is not. */
static size_t take_hex(const char *p, size_t n, uint32_t *c)
{
    *c = 0;
    for (size_t i = 0; i < n && i <= 6; i++) {
        if (p[i] == '_')
            return i ? i + 1 : 0;
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return 0;
        *c = *c << 4 | (uint32_t)digit;
    }
    return 0;
}

/* SIZE_MAX: the scheme would not have written this. */
static size_t undo_values(const char *p, size_t n, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < n;) {
        if (p[i] != '_') {
            out[length++] = p[i++];
        } else if (i + 1 < n && p[i + 1] == '_') {
            out[length++] = '_';
            i += 2;
        } else {
            uint32_t c;
            size_t read = take_hex(p + i + 1, n - i - 1, &c);
            size_t bytes = read ? prom__utf8_write(c, out + length) : 0;
            if (!bytes)
                return SIZE_MAX;
            length += bytes;
            i += 1 + read;
        }
    }
    return length;
}

size_t prom__name_unescape(prom_escaping e, const char *p, size_t n, char *out)
{
    size_t mark = sizeof VALUES_MARK - 1, length = SIZE_MAX;
    if (e == PROM_DOTS)
        length = undo_dots(p, n, out);
    else if (e == PROM_VALUES && n >= mark && memcmp(p, VALUES_MARK, mark) == 0)
        length = undo_values(p + mark, n - mark, out);
    if (length != SIZE_MAX)
        return length;
    if (n)
        memcpy(out, p, n);
    return n;
}
