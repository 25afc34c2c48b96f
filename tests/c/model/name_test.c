// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "model/name.h"

#include <locale.h>

typedef struct row {
    const char *name;
    bool metric, label; /* in the older ASCII grammar */
    const char *metric_escaped, *label_escaped;
} row;

static const row names[] = {
    { "http_requests_total", true, true, "http_requests_total", "http_requests_total" },
    { "a", true, true, "a", "a" },
    { "_", true, true, "_", "_" },
    { "A9", true, true, "A9", "A9" },
    { "job:rate:5m", true, false, "job:rate:5m", "job_rate_5m" },
    { ":", true, false, ":", "_" },
    { "9lives", false, false, "_lives", "_lives" },
    { "a.b", false, false, "a_b", "a_b" },
    { "a-b c", false, false, "a_b_c", "a_b_c" },
    { "caf\xC3\xA9", false, false, "caf_", "caf_" },
    { "\xF0\x9F\x98\x80x", false, false, "_x", "_x" },
    { "\xE2\x82\xAC\xE2\x82\xAC", false, false, "__", "__" },
    { "a\nb", false, false, "a_b", "a_b" },
    { "a\"b", false, false, "a_b", "a_b" },
    { "a@b[c`d{e", false, false, "a_b_c_d_e", "a_b_c_d_e" }, /* beside letters in ASCII */
    { "a/b", false, false, "a_b", "a_b" },                   /* beside the digits */
};
enum { NAMES = sizeof names / sizeof *names };

static void test_name_legacy(void)
{
    for (size_t i = 0; i < NAMES; i++) {
        size_t n = strlen(names[i].name);
        CHECK_INT(prom__name_legacy(PROM__METRIC_NAME, names[i].name, n), names[i].metric);
        CHECK_INT(prom__name_legacy(PROM__LABEL_NAME, names[i].name, n), names[i].label);
    }
    CHECK(!prom__name_legacy(PROM__METRIC_NAME, "", 0));
    CHECK(!prom__name_legacy(PROM__LABEL_NAME, NULL, 0));
    CHECK(!prom__name_legacy(PROM__METRIC_NAME, "a\0b", 3));
}

static void test_name_escaped(void)
{
    char out[64];
    for (size_t i = 0; i < NAMES; i++) {
        size_t n = strlen(names[i].name);
        out[prom__name_escape(PROM__METRIC_NAME, PROM_UNDERSCORES, names[i].name, n, out)] =
            '\0';
        CHECK_STR(out, names[i].metric_escaped);
        out[prom__name_escape(PROM__LABEL_NAME, PROM_UNDERSCORES, names[i].name, n, out)] =
            '\0';
        CHECK_STR(out, names[i].label_escaped);
    }
}

/* Every single byte, so that no table can have a hole; in any locale that is there. */
static void test_name_of_each_byte(void)
{
    setlocale(LC_ALL, "C.utf8");
    for (int c = 1; c < 256; c++) {
        char name[3] = { (char)c, 'x', '\0' }, later[3] = { 'x', (char)c, '\0' };
        bool alpha = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        bool digit = c >= '0' && c <= '9';
        CHECK_INT(prom__name_legacy(PROM__METRIC_NAME, name, 2), alpha || c == ':');
        CHECK_INT(prom__name_legacy(PROM__LABEL_NAME, name, 2), alpha);
        CHECK_INT(prom__name_legacy(PROM__METRIC_NAME, later, 2), alpha || digit || c == ':');
        CHECK_INT(prom__name_legacy(PROM__LABEL_NAME, later, 2), alpha || digit);
    }
    setlocale(LC_ALL, "C");
}

static void test_name_check_metric(void)
{
    CHECK_OK(prom__name_check_metric("a_b", true));
    CHECK_OK(prom__name_check_metric("a.b", false));
    CHECK_OK(prom__name_check_metric("\xE6\xB8\xA9\xE5\xBA\xA6", false));
    CHECK_SAYS(prom__name_check_metric(NULL, false), PROM_E_NAME, "a metric needs a name");
    CHECK_SAYS(prom__name_check_metric("", false), PROM_E_NAME, "a metric's name is empty");
    CHECK_SAYS(prom__name_check_metric("a\xFF", false), PROM_E_NAME,
               "a metric's name is not valid UTF-8");
    CHECK_SAYS(prom__name_check_metric("a.b", true), PROM_E_NAME,
               "'a.b' is not a metric name of letters, digits, _ and :");
    CHECK_SAYS(prom__name_check_metric("9", true), PROM_E_NAME,
               "'9' is not a metric name of letters, digits, _ and :");
}

static prom_err check_label(prom_type t, const char *label, bool legacy)
{
    return prom__name_check_label("m", t, (prom_str){ label, strlen(label) }, legacy);
}

static void test_name_check_label(void)
{
    CHECK_OK(check_label(PROM_COUNTER, "code", true));
    CHECK_OK(check_label(PROM_COUNTER, "_x", true));
    CHECK_OK(check_label(PROM_COUNTER, "http.code", false));
    CHECK_OK(check_label(PROM_COUNTER, "le", true));
    CHECK_OK(check_label(PROM_COUNTER, "quantile", true));
    CHECK_OK(check_label(PROM_SUMMARY, "le", true));
    CHECK_OK(check_label(PROM_HISTOGRAM, "quantile", true));
    CHECK_OK(check_label(PROM_HISTOGRAM, "lex", true));
    CHECK_SAYS(check_label(PROM_GAUGE, "", false), PROM_E_NAME,
               "'m' has a label with an empty name");
    CHECK_SAYS(check_label(PROM_GAUGE, "\xC3", false), PROM_E_NAME,
               "'m' has a label whose name is not valid UTF-8");
    CHECK_SAYS(check_label(PROM_GAUGE, "__name__", false), PROM_E_NAME,
               "'m': label '__name__' begins with __, which is reserved");
    CHECK_SAYS(check_label(PROM_GAUGE, "__", false), PROM_E_NAME,
               "'m': label '__' begins with __, which is reserved");
    CHECK_SAYS(check_label(PROM_HISTOGRAM, "le", false), PROM_E_NAME,
               "'m': label 'le' is reserved in a histogram");
    CHECK_SAYS(check_label(PROM_GAUGE_HISTOGRAM, "le", false), PROM_E_NAME,
               "'m': label 'le' is reserved in a gaugehistogram");
    CHECK_SAYS(check_label(PROM_SUMMARY, "quantile", false), PROM_E_NAME,
               "'m': label 'quantile' is reserved in a summary");
    CHECK_SAYS(check_label(PROM_GAUGE, "a:b", true), PROM_E_NAME,
               "'m': 'a:b' is not a label name of letters, digits and _");
    CHECK_ERR(prom__name_check_label("m", PROM_GAUGE, (prom_str){ "a\0b", 3 }, true),
              PROM_E_NAME);
    CHECK_OK(prom__name_check_label("m", PROM_GAUGE, (prom_str){ "a\0b", 3 }, false));
}

TESTS(ROW(test_name_legacy), ROW(test_name_escaped), ROW(test_name_of_each_byte),
      ROW(test_name_check_metric), ROW(test_name_check_label))
