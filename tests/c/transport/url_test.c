// SPDX-License-Identifier: Apache-2.0
#include "kit.h"
#include "transport/url.h"

static void check_shown(const char *url, const char *want)
{
    char out[100];
    prom__url_show(url, out, sizeof out);
    CHECK_STR(out, want);
}

static void test_shown_without_secrets(void)
{
    check_shown("http://host:9091/a/b", "http://host:9091/a/b");
    check_shown("http://me:secret@host/a?token=secret#x", "http://host/a");
    check_shown("me:secret@host:1", "host:1");
    check_shown("http://a:b@c:d@host/", "http://host/");
    check_shown("http://host/a@b", "http://host/a@b");
    check_shown("http://host?x=a@b", "http://host");
    check_shown("host/a://b", "host/a://b");
    check_shown("me:se/cret@host", "me:se/cret@host"); /* a path: "me" is the host */
    check_shown("", "");
    char out[8];
    prom__url_show("http://host", out, sizeof out);
    CHECK_STR(out, "http://");
}

static void test_checked(void)
{
    static const char *const good[] = { "host",          "host:9091",           "http://host",
                                        "HTTPS://h/x?y", "http://u:p@[::1]:1/", "h/a://b" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK_OK(prom__url_check(good[i]));
    CHECK_SAYS(prom__url_check(NULL), PROM_E_INVAL, "a URL is needed to send to");
    CHECK_SAYS(prom__url_check(""), PROM_E_INVAL, "a URL is needed to send to");
    CHECK_SAYS(prom__url_check("ftp://u:p@host/"), PROM_E_INVAL,
               "URL 'ftp://host/' is neither http nor https");
    CHECK_ERR(prom__url_check("file:///etc/passwd"), PROM_E_INVAL);
    CHECK_ERR(prom__url_check("://host"), PROM_E_INVAL);
    CHECK_SAYS(prom__url_check("http://"), PROM_E_INVAL, "URL 'http://' has no host");
    CHECK_ERR(prom__url_check("http://u@/x"), PROM_E_INVAL);
    CHECK_ERR(prom__url_check("/metrics"), PROM_E_INVAL);
    static const char *const bad[] = { "http://h/a b", "http://h\r\nX: y", "h\t", "h\x7f" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_ERR(prom__url_check(bad[i]), PROM_E_INVAL);
        CHECK(strstr(prom_error(PROM_E_INVAL), "blank or control character") != NULL);
    }
}

TESTS(ROW(test_shown_without_secrets), ROW(test_checked))
