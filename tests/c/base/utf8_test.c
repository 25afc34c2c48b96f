// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"
#include "kit.h"

/* Bytes of the well-formed character at p by the definition: decode, then look whether the code
 * point may be written, and so. Another way than utf8.c goes. */
static size_t decode(const unsigned char *p, size_t n)
{
    size_t length = p[0] < 0x80             ? 1
                    : (p[0] & 0xE0) == 0xC0 ? 2
                    : (p[0] & 0xF0) == 0xE0 ? 3
                    : (p[0] & 0xF8) == 0xF0 ? 4
                                            : 0;
    if (!length || n < length)
        return 0;
    uint32_t code = length == 1 ? p[0] : p[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3F);
    }
    size_t shortest = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return shortest == length && !surrogate && code <= 0x10FFFF ? length : 0;
}

static bool valid(const unsigned char *p, size_t n)
{
    while (n) {
        size_t length = decode(p, n);
        if (!length)
            return false;
        p += length;
        n -= length;
    }
    return true;
}

typedef struct row {
    const char *text;
    size_t n;
    bool valid;
} row;

static void test_utf8_table(void)
{
    static const row rows[] = {
        { "", 0, true },
        { NULL, 0, true },
        { "plain", 5, true },
        { "nul \0 in it", 10, true },
        { "\x7F", 1, true },
        { "caf\xC3\xA9", 5, true },
        { "\xE2\x82\xAC", 3, true },
        { "\xF0\x9F\x98\x80", 4, true },
        { "\xF4\x8F\xBF\xBF", 4, true },
        { "\x80", 1, false },             /* continues nothing */
        { "\xC0\x80", 2, false },         /* NUL, overlong */
        { "\xC1\xBF", 2, false },         /* DEL, overlong */
        { "\xE0\x80\x80", 3, false },     /* overlong */
        { "\xE0\x9F\xBF", 3, false },     /* overlong */
        { "\xED\xA0\x80", 3, false },     /* first surrogate */
        { "\xED\xBF\xBF", 3, false },     /* last one */
        { "\xEE\x80\x80", 3, true },      /* just above */
        { "\xF0\x8F\xBF\xBF", 4, false }, /* overlong */
        { "\xF4\x90\x80\x80", 4, false }, /* above U+10FFFF */
        { "\xF5\x80\x80\x80", 4, false },
        { "\xFE", 1, false },
        { "\xFF", 1, false },
        { "\xC3", 1, false }, /* cut */
        { "\xE2\x82", 2, false },
        { "\xF0\x9F\x98", 3, false },
        { "\xC3 ", 2, false },
        { "12345678\xC3\xA9", 10, true }, /* behind a whole word of ASCII */
        { "12345678\xC3", 9, false },
        { "1234567\xFF"
          "12345678",
          16, false },
        { "latin\xE9", 6, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK_INT(prom__utf8_valid(rows[i].text, rows[i].n), rows[i].valid))
            fprintf(stderr, "    row %zu\n", i);
}

/* Every sequence of up to three bytes, and of four where the last is a continuation. */
static void test_utf8_against_the_definition(void)
{
    unsigned char p[4];
    size_t differences = 0;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            p[0] = (unsigned char)a, p[1] = (unsigned char)b;
            differences += prom__utf8_valid((char *)p, 2) != valid(p, 2);
            for (unsigned c = 0; c < 256; c++) {
                p[2] = (unsigned char)c;
                differences += prom__utf8_valid((char *)p, 3) != valid(p, 3);
                if (a < 0xE0)
                    continue;
                for (unsigned d = 0x7F; d <= 0xC0; d += 0x41) {
                    p[3] = (unsigned char)(d == 0x7F ? 0x80 : d);
                    differences += prom__utf8_valid((char *)p, 4) != valid(p, 4);
                }
            }
        }
    CHECK_INT(differences, 0);
}

/* The word-wise path at every place of a bad byte. */
static void test_utf8_finds_a_bad_byte_anywhere(void)
{
    char text[64];
    for (size_t n = 1; n <= sizeof text; n++)
        for (size_t at = 0; at < n; at++) {
            memset(text, 'a', sizeof text);
            text[at] = (char)0xA0;
            CHECK(!prom__utf8_valid(text, n));
            CHECK(prom__utf8_valid(text, at));
        }
}

static void test_utf8_length(void)
{
    CHECK_INT(prom__utf8_length("a"), 1);
    CHECK_INT(prom__utf8_length("\xC3\xA9"), 2);
    CHECK_INT(prom__utf8_length("\xE2\x82\xAC"), 3);
    CHECK_INT(prom__utf8_length("\xF0\x9F\x98\x80"), 4);
}

static void test_utf8_every_character_there_and_back(void)
{
    size_t written = 0;
    for (uint32_t c = 0; c < 0x110010; c++) {
        char out[4] = { 0 };
        size_t n = prom__utf8_write(c, out);
        if (!n) {
            CHECK((c >= 0xD800 && c < 0xE000) || c > 0x10FFFF);
            continue;
        }
        written++;
        if (!prom__utf8_valid(out, n) || prom__utf8_length(out) != n ||
            prom__utf8_character(out) != c)
            CHECK_INT(prom__utf8_character(out), c);
    }
    CHECK_INT(written, 0x110000 - 0x800);
    CHECK_INT(prom__utf8_write(UINT32_MAX, NULL), 0);
}

static void test_utf8_cut(void)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
    static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };
    for (size_t most = 0; most < 12; most++)
        CHECK_INT(prom__utf8_cut(text, 11, most), want[most]);
    CHECK_INT(prom__utf8_cut(text, 11, SIZE_MAX), 11);
    CHECK_INT(prom__utf8_cut("", 0, 5), 0);
    CHECK_INT(prom__utf8_cut("\x80\x80\x80\x80\x80\x80", 6, 5), 5); /* no UTF-8: anywhere */
    CHECK_INT(prom__utf8_cut("\x80\x80\x80", 3, 2), 2);
}

static void test_utf8_count(void)
{
    CHECK_INT(prom__utf8_count(NULL, 0), 0);
    CHECK_INT(prom__utf8_count("a\0b", 3), 3);
    CHECK_INT(prom__utf8_count("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80x", 10), 4);
}

TESTS(ROW(test_utf8_count), ROW(test_utf8_table), ROW(test_utf8_against_the_definition),
      ROW(test_utf8_finds_a_bad_byte_anywhere), ROW(test_utf8_length),
      ROW(test_utf8_every_character_there_and_back), ROW(test_utf8_cut))
