// SPDX-License-Identifier: Apache-2.0
#include "building.h"

/* --- infos ------------------------------------------------------------------------ */

static void test_info_says_labels(void)
{
    for (int created = 0; created < 2; created++) {
        begin(created ? PROM_ORDER_CREATED : PROM_ORDER_SORTED);
        CHECK_OK(
            prom_build_family(b, PROM_INFO,
                              PROM_OPTS(.name = "x_info", .labels = PROM_LABELS("n", "m"),
                                        .const_labels = PROM_CONST_LABELS({ "k", "\"c" }))));
        char name[] = "b", value[] = "2\n";
        prom_label_str info[] = { { str(name), str(value) }, { str("a"), str("1") } };
        CHECK_OK(prom_build_info(b, PROM_VALUES("3", "4"), info, 2));
        name[0] = value[0] = '?';
        CHECK_OK(prom_build_labels(b, (prom_label_str[]){ { str("z"), str("9") } }, 1));
        CHECK_OK(prom_build_info(b, NULL, &info[1], 1));
        CHECK_OK(prom_build_info(b, PROM_VALUES("", ""), NULL, 0));
        end(created ? "# TYPE x_info gauge\n"
                      "x_info{k=\"\\\"c\",m=\"4\",n=\"3\",b=\"2\\n\",a=\"1\"} 1\n"
                      "x_info{z=\"9\",a=\"1\"} 1\n"
                      "x_info{k=\"\\\"c\",m=\"\",n=\"\"} 1\n"
                    : "# TYPE x_info gauge\n"
                      "x_info{a=\"1\",z=\"9\"} 1\n"
                      "x_info{k=\"\\\"c\",m=\"\",n=\"\"} 1\n"
                      "x_info{a=\"1\",b=\"2\\n\",k=\"\\\"c\",m=\"4\",n=\"3\"} 1\n");
    }
}

static void test_info_refuses(void)
{
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_INFO, "x_info", PROM_LABELS("n")));
    CHECK_SAYS(
        prom_build_info(b, PROM_VALUES("1"), (prom_label_str[]){ { str("n"), str("") } }, 1),
        PROM_E_NAME, "'x_info' has label 'n' twice");
    CHECK_SAYS(
        prom_build_info(b, PROM_VALUES("1"), (prom_label_str[]){ { str("__n"), str("") } }, 1),
        PROM_E_NAME, "'x_info': label '__n' begins with __, which is reserved");
    CHECK_SAYS(prom_build_info(b, PROM_VALUES("1"),
                               (prom_label_str[]){ { str("a"), str("\xE9") } }, 1),
               PROM_E_LABELS, "'x_info': the value of label 'a' is not valid UTF-8");
    CHECK_SAYS(prom_build_info(b, NULL, NULL, 0), PROM_E_LABELS,
               "'x_info' takes 1 label value, not 0");
    CHECK_OK(family(PROM_GAUGE, "g", NULL));
    CHECK_SAYS(prom_build_info(b, NULL, NULL, 0), PROM_E_TYPE,
               "'g' is a gauge and takes no info");
    end("# HELP g h\n# TYPE g gauge\n# HELP x_info h\n# TYPE x_info gauge\n");
}

/* --- state sets ------------------------------------------------------------------- */

static void test_stateset_in_text(void)
{
    char word[] = "on";
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_STATESET, "s", PROM_LABELS("z")));
    CHECK_OK(prom_build_stateset(
        b, PROM_VALUES("1"),
        (prom_state[]){ { str(word), true }, { str("\"\n\\"), false }, { { "\0", 1 }, true } },
        3));
    word[0] = '?';
    char *text;
    size_t n;
    static const char want[] = "# HELP s h\n# TYPE s gauge\ns{z=\"1\",s=\"on\"} 1\n"
                               "s{z=\"1\",s=\"\\\"\\n\\\\\"} 0\ns{z=\"1\",s=\"\0\"} 1\n";
    prom__builder_close(b, true);
    CHECK_OK(prom_encode_string(&prom_text, snapshot, &text, &n));
    CHECK(n == sizeof want - 1 && memcmp(text, want, n) == 0);
    double v = -1;
    CHECK_OK(prom_snapshot_value(snapshot, "s",
                                 PROM_CONST_LABELS({ "s", "\"\n\\" }, { "z", "1" }), &v));
    CHECK_DBL(v, 0);
    prom_free(text);
    prom_unref(snapshot);
}

/* The family's name is a label's name too, which older formats write otherwise. */
static void test_stateset_of_odd_names(void)
{
    begin(PROM_ORDER_CREATED);
    const prom_state states[] = { { str("a"), true } };
    CHECK_OK(family(PROM_STATESET, "x:y", NULL));
    CHECK_OK(prom_build_stateset(b, NULL, states, 1));
    CHECK_OK(family(PROM_STATESET, "x.y", PROM_LABELS("z")));
    CHECK_OK(prom_build_stateset(b, PROM_VALUES("1"), states, 1));
    CHECK_OK(family(PROM_STATESET, "ok", PROM_LABELS("caf\xC3\xA9")));
    CHECK_OK(prom_build_stateset(b, PROM_VALUES("2"), states, 1));
    end("# HELP x:y h\n# TYPE x:y gauge\nx:y{x_y=\"a\"} 1\n"
        "# HELP x_y h\n# TYPE x_y gauge\nx_y{z=\"1\",x_y=\"a\"} 1\n"
        "# HELP ok h\n# TYPE ok gauge\nok{caf_=\"2\",ok=\"a\"} 1\n");
}

static void test_stateset_of_long_names(void)
{
    enum { LONG = 200000 }; /* more than an encoder writes at once */
    char *name = malloc(LONG + 1), *text;
    memset(name, '"', LONG);
    name[LONG] = '\0';
    begin(PROM_ORDER_CREATED);
    CHECK_OK(family(PROM_STATESET, "s", NULL));
    CHECK_OK(prom_build_stateset(b, NULL, (prom_state[]){ { str(name), true } }, 1));
    prom__builder_close(b, true);
    size_t n;
    CHECK_OK(prom_encode_string(&prom_text, snapshot, &text, &n));
    CHECK_INT(n, strlen("# HELP s h\n# TYPE s gauge\ns{s=\"\"} 1\n") + 2 * LONG);
    double v = 0;
    prom_label l[] = { { "s", name }, { NULL, NULL } };
    CHECK_OK(prom_snapshot_value(snapshot, "s", l, &v));
    CHECK_DBL(v, 1);
    prom_free(text);
    prom_unref(snapshot);
    free(name);
}

static void test_stateset_refuses(void)
{
    const prom_state states[] = { { str("a"), true }, { str("b"), true }, { str("a"), false } };
    static const char reserved[] =
        "'s': label 's' is reserved: it is where a state set shows its states";
    begin(PROM_ORDER_SORTED);
    CHECK_OK(family(PROM_STATESET, "s", NULL));
    CHECK_SAYS(prom_build_stateset(b, NULL, states, 0), PROM_E_INVAL,
               "'s': a state set has between 1 and 10000 states, not 0");
    CHECK_SAYS(prom_build_stateset(b, NULL, states, 10001), PROM_E_INVAL,
               "'s': a state set has between 1 and 10000 states, not 10001");
    CHECK_SAYS(prom_build_stateset(b, NULL, states, 3), PROM_E_INVAL,
               "'s': state 'a' is given twice");
    CHECK_SAYS(prom_build_stateset(b, NULL, (prom_state[]){ { str("\xE9"), true } }, 1),
               PROM_E_INVAL, "'s': a state's name is not valid UTF-8");
    CHECK_SAYS(prom_build_stateset(b, NULL, (prom_state[]){ { str(""), true } }, 1),
               PROM_E_INVAL, "'s': a state has an empty name");
    CHECK_OK(prom_build_labels(b, (prom_label_str[]){ { str("s"), str("x") } }, 1));
    CHECK_SAYS(prom_build_stateset(b, NULL, states, 2), PROM_E_NAME, reserved);
    CHECK_OK(prom_build_value(b, NULL, 1)); /* one state by itself, which its label names */
    CHECK_OK(family(PROM_GAUGE, "g", NULL));
    CHECK_SAYS(prom_build_stateset(b, NULL, states, 2), PROM_E_TYPE,
               "'g' is a gauge and takes no states");
    end("# HELP g h\n# TYPE g gauge\n# HELP s h\n# TYPE s gauge\ns{s=\"x\"} 1\n");
}

TESTS(ROW(test_info_says_labels), ROW(test_info_refuses), ROW(test_stateset_in_text),
      ROW(test_stateset_of_odd_names), ROW(test_stateset_of_long_names),
      ROW(test_stateset_refuses))
