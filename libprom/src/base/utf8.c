// SPDX-License-Identifier: Apache-2.0
#include "utf8.h"

#include <string.h>

/* Bytes of the well-formed character at p, 0 if there is none: table 3-7 of the Unicode
 * standard, in which only the second byte's range depends on the first. */
static size_t character(const unsigned char *p, size_t n)
{
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || n < length)
        return 0;
    unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

bool prom__utf8_valid(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    while (n) {
        uint64_t eight;
        if (n >= 8 && (memcpy(&eight, p, 8), !(eight & 0x8080808080808080u))) {
            p += 8;
            n -= 8;
            continue;
        }
        size_t length = character(p, n);
        if (!length)
            return false;
        p += length;
        n -= length;
    }
    return true;
}

size_t prom__utf8_length(const char *p)
{
    unsigned char c = (unsigned char)*p;
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

uint32_t prom__utf8_character(const char *p)
{
    size_t n = prom__utf8_length(p);
    uint32_t c = (unsigned char)*p;
    if (n > 1)
        c &= 0x7Fu >> n;
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)p[i] & 0x3F);
    return c;
}

size_t prom__utf8_write(uint32_t c, char *out)
{
    static const unsigned char heads[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return 0;
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; --i; c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(heads[n] | c);
    return n;
}

size_t prom__utf8_count(const char *p, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)p[i] & 0xC0) != 0x80;
    return count;
}

size_t prom__utf8_cut(const char *p, size_t n, size_t most)
{
    if (n <= most)
        return n;
    size_t last = most; /* where the last character begins that is at least in part within */
    do {
        if (!last)
            return most;
        last--;
    } while (most - last < 4 && ((unsigned char)p[last] & 0xC0) == 0x80);
    return last + prom__utf8_length(p + last) > most ? last : most;
}
