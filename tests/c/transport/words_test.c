// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "transport/words.h"

static void check_words(const char *said, size_t n, size_t room, const char *want)
{
    char out[64];
    memset(out, 'z', sizeof out);
    prom__words(said, n, out, room);
    CHECK_STR(out, want);
    for (size_t i = room; i < sizeof out; i++)
        CHECK(out[i] == 'z');
}

#define WORDS(said, want) check_words((said), sizeof(said) - 1, 40, (want))

static void test_words(void)
{
    WORDS("", "");
    WORDS(" \r\n\t ", "");
    WORDS("  two \r\n words\n", "two words");
    WORDS("a\0b\x1b[31mc\x7f"
          "d",
          "a b [31mc d");
    WORDS("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
          "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    WORDS("a\xc2\x9b"
          "31m \xc2\xa0",
          "a 31m \xc2\xa0");
    WORDS("\xff\xc3(\xe2\x82", "?\?(?\?");
    WORDS("\xed\xa0\x80\xc0\x80", "?????");
}

/* Between characters, and nowhere near the end of the room. */
static void test_cut(void)
{
    check_words("abcdef", 6, 4, "abc");
    check_words("ab cdef", 7, 4, "ab");
    check_words("ab\xc3\xa9", 4, 4, "ab");
    check_words("ab\xc3\xa9", 4, 5, "ab\xc3\xa9");
    check_words("a", 1, 1, "");
}

TESTS(ROW(test_words), ROW(test_cut))
