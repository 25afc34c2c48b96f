// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"
#include "kit.h"

#include <pthread.h>

static void test_error_names_and_texts(void)
{
#define ROW_OF(name, text)                                \
    CHECK_STR(prom_err_name(PROM_##name), "PROM_" #name); \
    CHECK_STR(prom_error(PROM_##name), text);
    PROM_ERRORS(ROW_OF) /* nothing has failed yet: the general texts */
    CHECK_INT(PROM_OK, 0);
    CHECK_STR(prom_err_name((prom_err)-1), "PROM_E_UNKNOWN");
    CHECK_STR(prom_err_name(PROM_ERR_COUNT_), "PROM_E_UNKNOWN");
    CHECK_STR(prom_err_name((prom_err)100000), "PROM_E_UNKNOWN");
    CHECK_STR(prom_error((prom_err)-1), "unknown error code");
    CHECK_STR(prom_error((prom_err)100000), "unknown error code");
}

/* A sentence is given only with the code it was said with. */
static void test_error_sentence_belongs_to_its_code(void)
{
    CHECK_ERR(prom_fail(PROM_E_IO, "sensor %d is %s", 7, "off"), PROM_E_IO);
    CHECK_STR(prom_error(PROM_E_IO), "sensor 7 is off");
    CHECK_STR(prom_error(PROM_E_NAME), "not a valid metric or label name");
    CHECK_STR(prom_error(PROM_OK), "success");
    prom_fail(PROM_E_NAME, "second");
    CHECK_STR(prom_error(PROM_E_IO), "network or file error");
    CHECK_STR(prom_error(PROM_E_NAME), "second");
    prom_fail(PROM_OK, "no failure");
    CHECK_STR(prom_error(PROM_OK), "success");
}

static void test_error_sentence_may_quote_itself(void)
{
    prom_fail(PROM_E_IO, "disk");
    prom_fail(PROM_E_CALLBACK, "outer: %s", prom_error(PROM_E_IO));
    CHECK_STR(prom_error(PROM_E_CALLBACK), "outer: disk");
    prom_fail(PROM_E_CALLBACK, "%s, %s", prom_error(PROM_E_CALLBACK),
              prom_error(PROM_E_CALLBACK));
    CHECK_STR(prom_error(PROM_E_CALLBACK), "outer: disk, outer: disk");
}

/* At most 511 bytes, and never half a character, whichever way the cut falls. */
static void test_error_long_sentences_are_cut_between_characters(void)
{
    static const char *const characters[] = { "x", "\xC3\xA9", "\xE2\x82\xAC",
                                              "\xF0\x9F\x98\x80" };
    for (size_t k = 0; k < 4; k++)
        for (int shift = 0; shift < 4; shift++) {
            char text[2000];
            size_t n = 0, width = strlen(characters[k]);
            for (int i = 0; i < shift; i++)
                text[n++] = '.';
            while (n < 1500) {
                memcpy(text + n, characters[k], width);
                n += width;
            }
            text[n] = '\0';
            prom_fail(PROM_E_INVAL, "%s", text);
            const char *said = prom_error(PROM_E_INVAL);
            size_t length = strlen(said);
            CHECK(length <= 511 && length > 511 - 2 * width);
            CHECK(prom__utf8_valid(said, length) && memcmp(said, text, length) == 0);
        }
}

static void test_error_of_exactly_the_room(void)
{
    char text[512];
    memset(text, 'e', sizeof text);
    text[511] = '\0';
    prom_fail(PROM_E_INVAL, "%s", text);
    CHECK_INT(strlen(prom_error(PROM_E_INVAL)), 511);
    memcpy(text + 507, "\xF0\x9F\x98\x80", 4); /* ends where the room ends: whole */
    prom_fail(PROM_E_INVAL, "%s", text);
    CHECK_STR(prom_error(PROM_E_INVAL), text);
}

static void *fail_elsewhere(void *data)
{
    *(bool *)data = strcmp(prom_error(PROM_E_IO), "network or file error") == 0;
    prom_fail(PROM_E_IO, "of the other thread");
    return NULL;
}

static void test_error_is_of_the_thread(void)
{
    pthread_t t;
    bool clean = false;
    prom_fail(PROM_E_IO, "mine");
    CHECK(pthread_create(&t, NULL, fail_elsewhere, &clean) == 0);
    CHECK(pthread_join(t, NULL) == 0);
    CHECK(clean);
    CHECK_STR(prom_error(PROM_E_IO), "mine");
}

TESTS(ROW(test_error_names_and_texts), ROW(test_error_sentence_belongs_to_its_code),
      ROW(test_error_sentence_may_quote_itself),
      ROW(test_error_long_sentences_are_cut_between_characters),
      ROW(test_error_of_exactly_the_room), ROW(test_error_is_of_the_thread))
