// SPDX-License-Identifier: Apache-2.0
#include "check.h"
#include "serve/target.h"

#include <stdlib.h>

static void check_split(const char *target, const char *path, const char *query)
{
    char text[2][100];
    prom__target t = prom__target_read(target);
    snprintf(text[0], sizeof text[0], "%.*s", (int)t.path.n, t.path.p);
    snprintf(text[1], sizeof text[1], "%.*s", (int)t.query.n, t.query.p);
    if (!CHECK_STR(text[0], path) || !CHECK_STR(text[1], query))
        fprintf(stderr, "    of '%s'\n", target);
}

static void test_target_forms(void)
{
    check_split("/metrics", "/metrics", "");
    check_split("/metrics?", "/metrics", "");
    check_split("/a?b?c", "/a", "b?c");
    check_split("?b", "", "b");
    check_split("", "", "");
    check_split("*", "*", "");
    check_split("http://h", "/", "");
    check_split("http://h/", "/", "");
    check_split("http://h/a//b?c=http://d/", "/a//b", "c=http://d/");
    check_split("hTTpS://u:p@[::1]:80/a", "/a", "");
    check_split("http://h?x", "/", "x");
    check_split("http://", "/", "");
    check_split("http:/a", "http:/a", "");
    check_split("httpx://h/a", "httpx://h/a", "");
    check_split("/http://h/a", "/http://h/a", "");
}

static void check_is(const char *target, const char *path, bool want)
{
    prom__target t = prom__target_read(target);
    if (!CHECK(prom__target_is(&t, path) == want))
        fprintf(stderr, "    '%s' and '%s'\n", target, path);
}

static void test_target_is_decoded(void)
{
    check_is("/metrics", "/metrics", true);
    check_is("/%6D%65trics", "/metrics", true);
    check_is("%2fmetrics", "/metrics", true);
    check_is("/a%25b", "/a%b", true);
    check_is("/a%b", "/a%b", true);     /* no valid escape */
    check_is("/a%20b", "/a%20b", true); /* a path that was given as in a URL */
    check_is("/a%20b", "/a b", true);
    check_is("/a%", "/a%", true);
    check_is("/a%4", "/a%4", true);
    check_is("/a%g0", "/a%g0", true);
    check_is("/a%00", "/a%00", true);
    check_is("/a%00", "/a", false);
    check_is("/a+b", "/a+b", true); /* a blank only in queries */
    check_is("/a%20b", "/a b", true);
    check_is("/a%3fb", "/a?b", true);
    check_is("/%c3%a4", "/\xc3\xa4", true);
    check_is("/metric", "/metrics", false);
    check_is("/metrics", "/metric", false);
    check_is("/METRICS", "/metrics", false);
    check_is("", "/", false);
}

static void test_target_arguments(void)
{
    static const char *const want[] = { "a|1", "b|(none)", "|", "|x", "c|=2", "|(none)", "d|" };
    prom_str query = { "a=1&b&=&=x&c==2&&d=", 19 };
    size_t n = 0;
    for (prom__argument a; prom__argument_next(&query, &a) && n < 7; n++) {
        char text[40];
        snprintf(text, sizeof text, "%.*s|%.*s", (int)a.name.n, a.name.p,
                 a.value.p ? (int)a.value.n : 6, a.value.p ? a.value.p : "(none)");
        CHECK_STR(text, want[n]);
    }
    CHECK_INT(n, 7);
    CHECK_INT(query.n, 0);
}

/* In memory of its very size, so that a byte too far is noticed. */
static void test_target_decodes_no_further_than_its_end(void)
{
    static const char *const texts[] = { "%", "%4", "%41", "a%4", "+%" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t n = strlen(texts[i]), chars = 0;
        char *p = malloc(n);
        memcpy(p, texts[i], n);
        for (prom_str s = { p, n }; s.n; chars++)
            prom__percent_next(&s, true);
        CHECK_INT(chars, i == 2 ? 1 : n);
        free(p);
    }
}

TESTS(ROW(test_target_forms), ROW(test_target_is_decoded), ROW(test_target_arguments),
      ROW(test_target_decodes_no_further_than_its_end))
