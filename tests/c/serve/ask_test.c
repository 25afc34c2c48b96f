// SPDX-License-Identifier: Apache-2.0
#include "base/alloc.h"
#include "kit.h"
#include "serve/ask.h"

static const prom__ask_rules rules = { NULL, false, 0 };

static prom__ask *ask(const char *query, const char *field, const char *value, unsigned limit)
{
    const prom_label headers[] = { { field, value }, { NULL, NULL } };
    prom__ask_rules r = rules;
    r.timeout_ms = limit;
    prom__ask *q = prom__ask_new(&r, NULL, (prom_str){ query, strlen(query) }, headers);
    CHECK(q != NULL);
    return q;
}

static void check_timeout(const char *value, unsigned limit, unsigned want)
{
    prom__ask *q = ask("", "X-PROMETHEUS-Scrape-Timeout-Seconds", value, limit);
    if (!CHECK_INT(q->timeout_ms, want))
        fprintf(stderr, "    for '%s'\n", value);
    prom__free(q);
}

static void test_ask_timeout(void)
{
    check_timeout("10", 0, 9500);
    check_timeout("10.000000", 0, 9500);
    check_timeout("0.1", 0, 95);
    check_timeout("1e-9", 0, 1);
    check_timeout("86400", 0, 82080000);
    check_timeout("10", 500, 500);
    check_timeout("0.1", 500, 95);
    static const char *const garbage[] = { "",     " 10", "10 ",  "0",    "-0",    "-1",
                                           "nan",  "inf", "1,2",  "0x10", "10s",   "86401",
                                           "1e99", "--1", "\xff", "ten",  "1_000", "1e400" };
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        check_timeout(garbage[i], 0, 0);
        check_timeout(garbage[i], 500, 500);
    }
    prom__ask *q = ask("", "Timeout", "10", 0);
    CHECK_INT(q->timeout_ms, 0);
    prom__free(q);
}

static void check_names(const char *query, const char *want)
{
    char text[200] = "";
    prom__ask *q = ask(query, "A", "b", 0);
    for (const char *const *name = q->names; name && *name; name++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "[%s]", *name);
    if (!CHECK_STR(q->names ? text : "(all)", want))
        fprintf(stderr, "    for '%s'\n", query);
    prom__free(q);
}

static void test_ask_names(void)
{
    check_names("", "(all)");
    check_names("name=a&names[]=b&name[=c&name]=d&[]=e", "(all)");
    check_names("name[]", "(all)");
    check_names("name[]=", "[]");
    check_names("name[]=a&x=y&name[]=b&name[]=a", "[a][b][a]");
    check_names("n%61me%5b]=%61%2Bb+c%2", "[a+b c%2]");
    check_names("name[]=a%00b", "[a%00b]");
    check_names("name[]=a=b&name[]=%26", "[a=b][&]");
}

static void test_ask_same(void)
{
    const char *const ab[] = { "a", "b", NULL }, *const a[] = { "a", NULL },
                      *const none[] = { NULL };
    CHECK(prom__ask_same_names(NULL, NULL) && prom__ask_same_names(ab, ab));
    CHECK(!prom__ask_same_names(NULL, a) && !prom__ask_same_names(a, NULL));
    CHECK(!prom__ask_same_names(ab, a) && !prom__ask_same_names(a, ab));
    CHECK(!prom__ask_same_names(none, a) && !prom__ask_same_names(none, NULL));
    CHECK(prom__ask_same_names(none, none));
    prom__ask *x = ask("", "Accept", "text/plain;escaping=dots", 0),
              *y = ask("name[]=a", "accept", "*/*", 0),
              *z = ask("", "ACCEPT-ENCODING", "gzip", 0);
    CHECK(prom__ask_same_form(x, x) && !prom__ask_same_form(x, y));
    CHECK(prom__ask_same_form(y, z) == (z->coding == PROM_IDENTITY));
    prom__free(x);
    prom__free(y);
    prom__free(z);
}

TESTS(ROW(test_ask_timeout), ROW(test_ask_names), ROW(test_ask_same))
