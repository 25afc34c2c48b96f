// SPDX-License-Identifier: Apache-2.0
/* page_test.c - the page with its configuration, whatever title and paths are. */
#include "encode/out.h"
#include "kit.h"
#include "serve/page.h"

#include <jansson.h>

/* The page, ended by NUL. */
static prom__bytes page(const char *title, const char *const *paths, size_t n)
{
    prom__bytes b = { 0 };
    prom_writer w = prom__bytes_writer(&b);
    CHECK_OK(prom__page_write(title, paths, n, &w));
    CHECK(prom__bytes_add(&b, "", 1));
    return b;
}

/* What stands in the element of the configuration, as JSON. */
static json_t *config(const char *html)
{
    const char *mark = "id=\"config\">", *begin = strstr(html, mark);
    CHECK(begin != NULL);
    begin += strlen(mark);
    const char *end = strstr(begin, "</script>");
    CHECK(end != NULL);
    json_error_t e;
    json_t *j = json_loadb(begin, (size_t)(end - begin), 0, &e);
    CHECK(j != NULL);
    return j;
}

static void test_page_says_title_and_paths(void)
{
    prom__bytes b = page("shop", (const char *const[]){ "/metrics", "/internal" }, 2);
    json_t *j = config(b.p);
    CHECK_STR(json_string_value(json_object_get(j, "title")), "shop");
    json_t *paths = json_object_get(j, "paths");
    CHECK_INT(json_array_size(paths), 2);
    CHECK_STR(json_string_value(json_array_get(paths, 1)), "/internal");
    CHECK(strncmp(b.p, "<!doctype html>", 15) == 0);
    CHECK_STR(b.p + strlen(b.p) - 8, "</html>\n");
    CHECK(strstr(b.p, "@CONFIG@") == NULL);
    CHECK(strstr(b.p, "src=") == NULL); /* nothing comes from elsewhere */
    json_decref(j);
    prom__bytes_free(&b);
}

static void test_page_of_a_hostile_title(void)
{
    const char *title = "</script><script>alert(\"1\")</script>\\ & \n\x01";
    prom__bytes b = page(title, (const char *const[]){ "/<!--" }, 1);
    json_t *j = config(b.p);
    CHECK_STR(json_string_value(json_object_get(j, "title")), title);
    CHECK(strstr(b.p, "<script>alert") == NULL);
    CHECK(strstr(b.p, "<!--") == strstr(b.p, "<!-- SPDX"));
    json_decref(j);
    prom__bytes_free(&b);
}

static prom_err refuse(void *data, const char *p, size_t n)
{
    (void)data, (void)p, (void)n;
    return prom_fail(PROM_E_IO, "no room");
}

static void test_page_passes_on_what_the_writer_says(void)
{
    const prom_writer w = { refuse, NULL };
    CHECK_SAYS(prom__page_write("t", NULL, 0, &w), PROM_E_IO, "no room");
}

TESTS(ROW(test_page_says_title_and_paths), ROW(test_page_of_a_hostile_title),
      ROW(test_page_passes_on_what_the_writer_says))
