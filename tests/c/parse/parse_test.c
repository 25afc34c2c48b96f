// SPDX-License-Identifier: Apache-2.0
/* parse_test.c - prom_parse: which parser a Content-Type calls for. Each of the three texts is
 * refused by the other parsers. */
#include "kit.h"

#include <prom/parse.h>

static const char text[] = "# TYPE a gauge\na  1\n";
static const char openmetrics[] = "# TYPE a unknown\na 1\n# EOF\n";
static const char protobuf[] = "\x03\x0a\x01"
                               "a"; /* a family of this name, without metrics */

static prom_err parse(const char *type, const char *bytes, size_t n)
{
    prom_snapshot *s = (prom_snapshot *)&s;
    prom_err e = prom_parse(type, bytes, n, &s);
    if (!e && CHECK_INT(prom_snapshot_size(s), 1))
        CHECK_STR(prom_snapshot_at(s, 0)->name, "a");
    CHECK(!e || !s);
    prom_unref(e ? NULL : s);
    return e;
}

static void check(const char *type, int which, int line)
{
    prom_err e[] = { parse(type, text, sizeof text - 1),
                     parse(type, openmetrics, sizeof openmetrics - 1),
                     parse(type, protobuf, sizeof protobuf - 1) };
    for (int i = 0; i < 3; i++)
        check_report((e[i] == PROM_OK) == (i == which), __FILE__, line, type ? type : "NULL");
}
#define CHECK_TYPE(type, which) check((type), (which), __LINE__)

enum { TEXT, OPENMETRICS, PROTOBUF };

static void test_what_encoders_say(void)
{
    CHECK_TYPE(prom_text.content_type, TEXT);
    CHECK_TYPE(prom_text_1.content_type, TEXT);
    CHECK_TYPE(prom_openmetrics.content_type, OPENMETRICS);
    CHECK_TYPE(prom_openmetrics_0.content_type, OPENMETRICS);
    CHECK_TYPE(prom_protobuf.content_type, PROTOBUF);
}

static void test_spellings(void)
{
    CHECK_TYPE("application/openmetrics-text", OPENMETRICS);
    CHECK_TYPE("Application/OpenMetrics-TEXT;version=1.0.0", OPENMETRICS);
    CHECK_TYPE(" \tapplication/openmetrics-text\t ; charset=utf-8", OPENMETRICS);
    CHECK_TYPE("APPLICATION/VND.GOOGLE.PROTOBUF ;proto=x", PROTOBUF);
    CHECK_TYPE("text/plain", TEXT);
}

static void test_what_nobody_knows(void)
{
    CHECK_TYPE(NULL, TEXT);
    CHECK_TYPE("", TEXT);
    CHECK_TYPE(";", TEXT);
    CHECK_TYPE("application/openmetrics-textual", TEXT);
    CHECK_TYPE("application/openmetrics", TEXT);
    CHECK_TYPE("x;application/openmetrics-text", TEXT);
    CHECK_TYPE("text/html, application/openmetrics-text", TEXT);
}

TESTS(ROW(test_what_encoders_say), ROW(test_spellings), ROW(test_what_nobody_knows))
