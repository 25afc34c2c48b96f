// SPDX-License-Identifier: Apache-2.0
/* parse_text.c - prom_parse_text. Whatever it reads is written by prom_text so that it reads
 * the same again; whatever it refuses has a place. The linter takes what it takes, and more. */
#include "entry.h"

#include <prom/encode.h>
#include <prom/lint.h>
#include <prom/parse.h>

static bool is_legacy(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789", p[i]) ||
            !p[i] || (!i && p[0] >= '0' && p[0] <= '9'))
            return false;
    return true;
}

static prom_err look(void *data, const prom_sample *s)
{
    for (size_t i = 0; i < s->n_labels; i++) {
        prom_str name = s->labels[i].name;
        if (!is_legacy(name.p, name.n) || memchr(name.p, ':', name.n))
            *(bool *)data = false;
    }
    return PROM_OK;
}

/* Other names are escaped in this format, and several may become one. */
static bool all_legacy(const prom_snapshot *s)
{
    bool all = true;
    for (size_t i = 0; i < prom_snapshot_size(s); i++) {
        const prom_family *f = prom_snapshot_at(s, i);
        all = all && is_legacy(f->name, strlen(f->name));
        REQUIRE(!prom_family_samples(f, look, &all), "no samples");
    }
    return all;
}

static void check_again(const char *text, size_t n)
{
    prom_snapshot *s;
    char *again;
    size_t m;
    prom_err e = prom_parse_text(text, n, &s);
    REQUIRE(!e, "what was written is not read: %s\n%s", prom_error(e), text);
    REQUIRE(!prom_encode_string(&prom_text, s, &again, &m), "no text");
    REQUIRE(n == m && memcmp(text, again, n) == 0, "other text\n%s---\n%s", text, again);
    prom_free(again);
    prom_unref(s);
}

static void check_read(const prom_snapshot *s)
{
    char *text;
    size_t n;
    REQUIRE(!prom_encode_string(&prom_text, s, &text, &n), "no text");
    if (all_legacy(s))
        check_again(text, n);
    prom_free(text);
}

static prom_err count(void *data, const prom_lint_problem *p)
{
    REQUIRE(*p->metric && *p->text, "an empty problem");
    ++*(size_t *)data;
    return PROM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    prom_snapshot *s;
    size_t from_text = 0, from_snapshot = 0;
    prom_err e = prom_parse_text((const char *)data, n, &s);
    REQUIRE(!e || e == PROM_E_SYNTAX, "%s", prom_error(e));
    REQUIRE(!e || strncmp(prom_error(e), "line ", 5) == 0, "%s", prom_error(e));
    prom_err linted = prom_lint_text((const char *)data, n, NULL, 0, count, &from_text);
    REQUIRE(e || !linted, "the linter does not read it: %s", prom_error(linted));
    if (e)
        return 0;
    check_read(s);
    REQUIRE(!prom_lint(s, NULL, 0, count, &from_snapshot), "not linted");
    REQUIRE(from_snapshot <= from_text, "%zu problems, %zu", from_snapshot, from_text);
    prom_unref(s);
    return 0;
}
