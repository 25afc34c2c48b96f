// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "push/otlp_answer.h"

#define BODY(s) ((prom_str){ (s), sizeof(s) - 1 })

static void check_partial(prom_str body, uint64_t rejected, const char *words, const char *file,
                          int line)
{
    char said[64];
    prom__otlp_answer a = prom__otlp_answer_partial(body);
    snprintf(said, sizeof said, "%.*s", (int)a.words.n, a.words.p);
    check_int((long long)a.rejected, (long long)rejected, file, line, "the rejected points");
    check_str(said, words, file, line, "the words");
}
#define CHECK_PARTIAL(body, rejected, words) \
    check_partial(BODY(body), (rejected), (words), __FILE__, __LINE__)

static void test_partial_success(void)
{
    CHECK_PARTIAL("", 0, "");
    CHECK_PARTIAL("\x0a\x00", 0, "");
    CHECK_PARTIAL("\x0a\x02\x08\x03", 3, "");
    CHECK_PARTIAL("\x0a\x08\x08\xac\x02\x12\x03old", 300, "old");
    CHECK_PARTIAL("\x0a\x06\x12\x04warn", 0, "warn");
    CHECK_PARTIAL("\x0a\x0b\x12\x03old\x18\x07\x08\x03\x20\x01", 3, "old");
    CHECK_PARTIAL("\x0a\x02\x08\x03\x0a\x05\x12\x03old", 3, "old"); /* merged */
}

static void test_what_we_do_not_know_is_passed_over(void)
{
    CHECK_PARTIAL("\x10\x05\x0a\x02\x08\x03", 3, "");
    CHECK_PARTIAL("\x15xxxx\x0a\x02\x08\x03", 3, "");
    CHECK_PARTIAL("\x11xxxxxxxx\x0a\x02\x08\x03", 3, "");
    CHECK_PARTIAL("\x12\x02xx\x0a\x02\x08\x03", 3, "");
    CHECK_PARTIAL("\x08\x03", 0, "");                 /* a number where a message is due */
    CHECK_PARTIAL("\x0a\x04\x0a\x02\x08\x03", 0, ""); /* bytes where a number is */
}

static void test_what_is_cut(void)
{
    CHECK_PARTIAL("\x0a\x7f\x08\x03\x12\x60that is lo", 3, "that is lo");
    CHECK_PARTIAL("\x0a\x7f\x08\x03\x12", 3, "");
    CHECK_PARTIAL("\x0a\x7f\x08", 0, "");
    CHECK_PARTIAL("\x0a", 0, "");
    CHECK_PARTIAL("\x8a", 0, "");
    CHECK_PARTIAL("\x11xx", 0, "");
}

static void test_nonsense(void)
{
    CHECK_PARTIAL("<html>sign in</html>", 0, "");
    CHECK_PARTIAL("\x0b\x0c", 0, "");
    CHECK_PARTIAL("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 0, "");
    /* minus one point, and a message of 2^64 - 1 bytes */
    CHECK_PARTIAL("\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 0, "");
    CHECK_PARTIAL("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x08\x03", 3, "");
}

static void test_status(void)
{
    prom_str s = prom__otlp_answer_status(BODY("\x08\x03\x12\x04"
                                               "busy\x1a\x01x"));
    CHECK(s.n == 4 && memcmp(s.p, "busy", 4) == 0);
    s = prom__otlp_answer_status(BODY("\x08\x03\x12\x7f"
                                      "busy"));
    CHECK_INT(s.n, 4);
    s = prom__otlp_answer_status(BODY("no"));
    CHECK_INT(s.n, 0);
    s = prom__otlp_answer_status((prom_str){ "", 0 });
    CHECK_INT(s.n, 0);
}

TESTS(ROW(test_partial_success), ROW(test_what_we_do_not_know_is_passed_over),
      ROW(test_what_is_cut), ROW(test_nonsense), ROW(test_status))
