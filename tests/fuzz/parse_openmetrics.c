// SPDX-License-Identifier: Apache-2.0
/* parse_openmetrics.c - prom_parse_openmetrics. Whatever it reads is written by
 * prom_openmetrics so that it reads as the same snapshot again; whatever it refuses has a
 * place. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "dump.h"
#include "entry.h"

#include <prom/encode.h>
#include <prom/parse.h>

/* The format has no sign for zero. */
static void drop_signs(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++)
        if (p[0] != '-' || p[1] != '0' || p[2] == '.')
            *to++ = *p;
    *to = '\0';
}

static char *dumped(const prom_snapshot *s)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    REQUIRE(out, "no memory");
    for (size_t i = 0; i < prom_snapshot_size(s); i++) {
        const prom_family *f = prom_snapshot_at(s, i);
        fprintf(out, "%s (%s) [%s]\n", f->name, f->help ? f->help : "-",
                f->unit ? f->unit : "-");
    }
    REQUIRE(!dump_snapshot(out, s), "no dump");
    fclose(out);
    drop_signs(text);
    return text;
}

static char *written(const prom_snapshot *s, size_t *n)
{
    char *text;
    prom_encode_opts o = { .size = sizeof o, .escaping = PROM_ALLOW_UTF8 };
    prom_err e = prom_encode_string_with(&prom_openmetrics, &o, s, &text, n);
    REQUIRE(!e, "not written: %s", prom_error(e));
    return text;
}

/* The dump has few digits of each number, the text has all. */
static void check_again(const prom_snapshot *s)
{
    size_t n, m;
    prom_snapshot *again;
    char *text = written(s, &n), *want = dumped(s);
    prom_err e = prom_parse_openmetrics(text, n, &again);
    REQUIRE(!e, "what was written is not read: %s\n%s", prom_error(e), text);
    char *got = dumped(again), *twice = written(again, &m);
    REQUIRE(strcmp(got, want) == 0, "another snapshot\n%s---\n%s---\n%s", text, want, got);
    REQUIRE(n == m && memcmp(text, twice, n) == 0, "other text\n%s---\n%s", text, twice);
    free(got);
    free(want);
    prom_free(text);
    prom_free(twice);
    prom_unref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    prom_snapshot *s;
    prom_err e = prom_parse_openmetrics((const char *)data, n, &s);
    REQUIRE(!e || e == PROM_E_SYNTAX, "%s", prom_error(e));
    REQUIRE(!e || strncmp(prom_error(e), "line ", 5) == 0, "%s", prom_error(e));
    if (e)
        return 0;
    check_again(s);
    prom_unref(s);
    return 0;
}
