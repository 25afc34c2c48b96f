// SPDX-License-Identifier: Apache-2.0
/* negotiate.c - an Accept field of any bytes. The answer is always one of the offers, whole;
 * it is the same when the field is said twice, or with clauses that speak of nothing we have;
 * and who says no to it does not get it, unless it is the one that is better than nothing. */
#include "entry.h"

#include <prom/encode.h>

/* prom_negotiate for two strings, one behind the other, in memory of their very size. */
static prom_format ask(const char *field, const char *more)
{
    size_t n = strlen(field), k = strlen(more);
    char *both = malloc(n + k + 1);
    memcpy(both, field, n);
    memcpy(both + n, more, k + 1);
    prom_format f;
    memset(&f, 0xee, sizeof f);
    prom_negotiate(both, NULL, &f);
    free(both);
    return f;
}

static void require_whole(const prom_format *f)
{
    const prom_encoder *const offer[] = { &prom_text, &prom_text_1, &prom_openmetrics,
                                          &prom_openmetrics_0, &prom_protobuf };
    size_t i = 0;
    while (i < sizeof offer / sizeof *offer && offer[i] != f->encoder)
        i++;
    REQUIRE(i < sizeof offer / sizeof *offer, "an encoder that was not offered");
    const char *escaping = prom_escaping_name(f->escaping);
    REQUIRE(escaping, "escaping %d", (int)f->escaping);
    char want[300];
    snprintf(want, sizeof want, "%s; escaping=%s", f->encoder->content_type, escaping);
    REQUIRE(strcmp(f->content_type, want) == 0, "'%s', not '%s'", f->content_type, want);
}

static void require_same(prom_format a, prom_format b, const char *what)
{
    REQUIRE(strcmp(a.content_type, b.content_type) == 0, "%s: '%s', not '%s'", what,
            b.content_type, a.content_type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *field = malloc(n + 1);
    memcpy(field, data, n);
    field[n] = '\0';
    prom_format f = ask(field, "");
    require_whole(&f);
    if (!strchr(field, '"')) { /* quotes without an end would swallow what follows */
        char *again = malloc(n + 2);
        again[0] = ',';
        memcpy(again + 1, field, strlen(field) + 1);
        require_same(f, ask(field, again), "said twice");
        free(again);
        require_same(f, ask(field, ",text/html;escaping=values,a/b/c,x,application/json;q=0"),
                     "with others");
        char no[200];
        snprintf(no, sizeof no, ",%s;q=0", f.encoder->content_type);
        prom_format g = ask(field, no);
        require_whole(&g);
        REQUIRE(g.encoder != f.encoder || g.encoder == &prom_text, "a no to '%s' was overheard",
                f.encoder->content_type);
    }
    free(field);
    return 0;
}
