// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/exemplar.h"

static prom_str str(const char *s)
{
    return (prom_str){ s, strlen(s) };
}

static prom_err check(const char *name, const char *value)
{
    return prom__exemplar_check("c", (prom_label_str[]){ { str(name), str(value) } }, 1);
}

static void test_exemplar_labels_that_are_good(void)
{
    CHECK_OK(prom__exemplar_check("c", NULL, 0));
    CHECK_OK(check("trace_id", "4bf92f3577b34da6"));
    CHECK_OK(check("_x", "")); /* one underscore is not reserved, and values may be empty */
    CHECK_OK(check("le", "\n"));
    CHECK_OK(check("caf\xC3\xA9.id", "\xF0\x9F\x98\x80"));
    CHECK_OK(prom__exemplar_check("c",
                                  (prom_label_str[]){ { str("a"), { "nl\0", 2 } },
                                                      { { "bc", 2 }, { NULL, 0 } },
                                                      { str("b"), str("") } },
                                  3));
}

static void test_exemplar_labels_that_are_bad(void)
{
    CHECK_SAYS(check("", "v"), PROM_E_LABELS,
               "'c': an exemplar has a label with an empty name");
    CHECK_SAYS(check("\xC3", "v"), PROM_E_LABELS,
               "'c': an exemplar has a label whose name is not valid UTF-8");
    CHECK_SAYS(check("__x", "v"), PROM_E_LABELS,
               "'c': label '__x' of an exemplar begins with __, which is reserved");
    CHECK_SAYS(prom__exemplar_check("c", (prom_label_str[]){ { str("a"), { "n\0l", 3 } } }, 1),
               PROM_E_LABELS, "'c': an exemplar has a label with a NUL in it");
    CHECK_SAYS(prom__exemplar_check("c", (prom_label_str[]){ { { "b\0", 2 }, str("v") } }, 1),
               PROM_E_LABELS, "'c': an exemplar has a label with a NUL in it");
    CHECK_SAYS(check("x", "\xC3"), PROM_E_LABELS,
               "'c': the value of label 'x' of an exemplar is not valid UTF-8");
    CHECK_SAYS(prom__exemplar_check("c",
                                    (prom_label_str[]){ { str("x"), str("1") },
                                                        { str("y"), str("1") },
                                                        { str("x"), str("2") } },
                                    3),
               PROM_E_LABELS, "'c': an exemplar has label 'x' twice");
}

/* Characters count, not bytes; those of all labels together. */
static void test_exemplar_labels_have_128_characters(void)
{
    static const char sentence[] =
        "'c': the labels of an exemplar have more than 128 characters";
    char value[4 * 130 + 1] = "";
    for (size_t i = 0; i < 127; i++)
        memcpy(value + 4 * i, "\xF0\x9F\x98\x80", 5);
    CHECK_OK(check("a", value));
    CHECK_SAYS(check("ab", value), PROM_E_LABELS, sentence);
    CHECK_SAYS(prom__exemplar_check("c",
                                    (prom_label_str[]){ { str("a"), { value, 4 * 126 } },
                                                        { str("b"), str("c") } },
                                    2),
               PROM_E_LABELS, sentence);
    CHECK_OK(prom__exemplar_check(
        "c", (prom_label_str[]){ { str("a"), { value, 4 * 126 } }, { str("b"), str("") } }, 2));
}

TESTS(ROW(test_exemplar_labels_that_are_good), ROW(test_exemplar_labels_that_are_bad),
      ROW(test_exemplar_labels_have_128_characters))
