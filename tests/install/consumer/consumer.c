// SPDX-License-Identifier: Apache-2.0
/* consumer.c - a stranger's program: only installed headers, one metric, one scrape's text.
 * Its last line tells whether the library it found can serve. */
#include <prom/api.h>

#include <stdio.h>

static int fail(const char *what, prom_err err)
{
    fprintf(stderr, "%s: %s: %s\n", what, prom_err_name(err), prom_error(err));
    return 1;
}

static int show(prom_registry *r)
{
    char *text;
    prom_err err = prom_expose(r, &prom_text, &text, NULL);
    if (err)
        return fail("expose", err);
    fputs(text, stdout);
    prom_free(text);
    return 0;
}

int main(void)
{
    prom_registry *r;
    prom_err err = prom_registry_new(NULL, &r);
    if (err)
        return fail("registry", err);
    prom_counter *hits;
    err = prom_counter_new(r, PROM_OPTS(.name = "hits", .help = "Pages served."), &hits);
    if (err)
        return fail("counter", err);
    prom_counter_inc(hits);
    err = prom_counter_add(hits, 1.5);
    if (err)
        return fail("add", err);
    if (show(r))
        return 1;

    prom_http *server;
    err = prom_http_start(r, NULL, &server);
    printf("# %s %s\n", prom_api_find()->version, prom_err_name(err));
    prom_unref(server);
    prom_unref(hits);
    prom_unref(r);
    return 0;
}
