// SPDX-License-Identifier: Apache-2.0
/* encode.c - snapshots of any shape in all flat formats and schemes, which must be well-formed:
 * each line to the last character, names quoted only where that is agreed, samples under their
 * family, the same lines whatever the scheme.
 *
 * Input: a script (script.h). */
#include "script.h"

typedef struct format {
    const prom_encoder *encoder;
    bool openmetrics, composite;
} format;

static const format formats[] = {
    { &prom_text, false, false },
    { &prom_text_1, false, false },
    { &prom_openmetrics, true, false },
    { &prom_openmetrics_2, true, true },
};
enum { FORMATS = sizeof formats / sizeof *formats };

typedef struct reader {
    const char *at, *end;
    bool openmetrics, composite, quoting;
    char family[4096]; /* as it stands in the last TYPE line, without quotes */
    size_t n_family, lines;
} reader;

static bool here(const reader *r, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(r->end - r->at) >= n && memcmp(r->at, word, n) == 0;
}

static bool skip(reader *r, const char *word)
{
    bool there = here(r, word);
    r->at += there ? strlen(word) : 0;
    return there;
}

static void expect(reader *r, const char *word)
{
    REQUIRE(skip(r, word), "'%s' expected at '%.60s'", word, r->at);
}

/* --- names, strings, numbers ---------------------------------------------- */

static bool letter(char c, bool first, bool metric)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (metric && c == ':') || (!first && c >= '0' && c <= '9');
}

/* Behind the opening quote, to behind the closing one. */
static void read_string(reader *r)
{
    for (; !here(r, "\""); r->at++) {
        REQUIRE(r->at < r->end && *r->at != '\n', "a string is not closed");
        if (skip(r, "\\"))
            REQUIRE(here(r, "\\") || here(r, "n") || here(r, "\""), "escape \\%c", *r->at);
    }
    r->at++;
}

static void read_name(reader *r, bool metric)
{
    const char *from = r->at;
    if (skip(r, "\"")) {
        REQUIRE(r->quoting, "a quoted name at '%.60s'", from);
        read_string(r);
        return;
    }
    while (r->at < r->end && letter(*r->at, r->at == from, metric))
        r->at++;
    REQUIRE(r->at > from, "no name at '%.60s'", from);
}

static void read_number(reader *r)
{
    char *end;
    REQUIRE(r->at < r->end && strchr("+-0123456789N", *r->at), "no number at '%.60s'", r->at);
    strtod(r->at, &end);
    REQUIRE(end > r->at, "no number at '%.60s'", r->at);
    r->at = end;
}

static void read_seconds(reader *r)
{
    const char *from = r->at;
    skip(r, "-");
    while (r->at < r->end && strchr("0123456789.", *r->at))
        r->at++;
    REQUIRE(r->at > from && r->at[-1] != '.', "no time at '%.60s'", from);
}

/* --- lines ---------------------------------------------------------------- */

static void read_labels(reader *r, bool first)
{
    for (; !skip(r, "}"); first = false) {
        if (!first)
            expect(r, ",");
        read_name(r, false);
        expect(r, "=\"");
        read_string(r);
    }
}

static void read_exemplar(reader *r)
{
    expect(r, "{");
    read_labels(r, true);
    expect(r, " ");
    read_number(r);
    if (!here(r, " # ") && skip(r, " "))
        read_seconds(r);
}

/* {count:1,sum:2,bucket:[1:1,+Inf:1]}, of numbers, names, colons, commas and lists. */
static void read_composite(reader *r)
{
    int depth = 0;
    for (; !here(r, "}"); r->at++) {
        REQUIRE(r->at < r->end &&
                    strchr("abcdefghijklmnopqrstuvwxyz_0123456789.+-INf:,[]NaN", *r->at),
                "not of a composite value: '%.60s'", r->at);
        depth += (*r->at == '[') - (*r->at == ']');
        REQUIRE(depth == 0 || depth == 1, "lists in lists");
        REQUIRE(strncmp(r->at, ",,", 2) != 0 && strncmp(r->at, "[,", 2) != 0 &&
                    strncmp(r->at, ",]", 2) != 0 && strncmp(r->at, "::", 2) != 0,
                "nothing between two marks: '%.60s'", r->at);
    }
    r->at++;
}

static void check_family(const reader *r, const char *name)
{
    REQUIRE(r->lines && strncmp(name, r->family, r->n_family) == 0,
            "'%.60s' is no sample of '%s'", name, r->family);
}

static void read_sample(reader *r)
{
    const char *name = r->at;
    bool quoted = here(r, "{");
    if (quoted) {
        expect(r, "{\"");
        name = r->at;
        r->at--;
    }
    read_name(r, true);
    check_family(r, name);
    if (quoted || skip(r, "{"))
        read_labels(r, !quoted);
    expect(r, " ");
    if (r->composite && skip(r, "{"))
        read_composite(r);
    else
        read_number(r);
    if (!here(r, " st@") && !here(r, " # ") && skip(r, " "))
        read_seconds(r);
    if (r->composite && skip(r, " st@"))
        read_seconds(r);
    while (r->openmetrics && skip(r, " # "))
        read_exemplar(r);
}

static void take_family(reader *r, const char *from)
{
    const char *name = from + (*from == '"');
    r->n_family = (size_t)(r->at - name) - (*from == '"');
    REQUIRE(r->n_family < sizeof r->family, "a long name");
    memcpy(r->family, name, r->n_family);
    r->family[r->n_family] = '\0';
}

static void read_metadata(reader *r)
{
    bool type = skip(r, "TYPE ");
    if (!type && !skip(r, "HELP "))
        REQUIRE(r->openmetrics && skip(r, "UNIT "), "no keyword at '%.60s'", r->at);
    const char *name = r->at;
    read_name(r, true);
    if (type)
        take_family(r, name);
    expect(r, " ");
    while (r->at < r->end && *r->at != '\n')
        r->at++;
}

static size_t read_all(const format *f, prom_escaping escaping, const char *text, size_t n)
{
    reader r = { .at = text, .end = text + n };
    r.openmetrics = f->openmetrics;
    r.composite = f->composite;
    r.quoting = escaping == PROM_ALLOW_UTF8;
    bool eof = false;
    while (r.at < r.end) {
        REQUIRE(!eof, "something behind # EOF");
        r.lines++;
        eof = f->openmetrics && skip(&r, "# EOF");
        if (!eof && skip(&r, "# "))
            read_metadata(&r);
        else if (!eof)
            read_sample(&r);
        expect(&r, "\n");
    }
    REQUIRE(eof == f->openmetrics, "no end");
    return r.lines;
}

/* --- JSON ----------------------------------------------------------------- */

static void read_json(reader *r, unsigned depth);

static void read_json_string(reader *r)
{
    expect(r, "\"");
    for (; !here(r, "\""); r->at++) {
        REQUIRE(r->at < r->end && (unsigned char)*r->at >= 0x20, "a string is not closed");
        if (skip(r, "\\"))
            REQUIRE(strchr("\"\\nu", *r->at), "escape \\%c", *r->at);
    }
    r->at++;
}

static void read_json_list(reader *r, const char *end, unsigned depth)
{
    skip(r, "\n");
    for (bool first = true; !skip(r, end); first = false) {
        if (!first)
            expect(r, ",");
        skip(r, "\n");
        if (*end == '}') {
            read_json_string(r);
            expect(r, ":");
        }
        read_json(r, depth + 1);
        skip(r, "\n");
    }
}

static void read_json(reader *r, unsigned depth)
{
    REQUIRE(depth < 10, "deep");
    if (skip(r, "{"))
        read_json_list(r, "}", depth);
    else if (skip(r, "["))
        read_json_list(r, "]", depth);
    else if (here(r, "\""))
        read_json_string(r);
    else if (!skip(r, "true") && !skip(r, "false"))
        read_number(r);
}

/* --- running it ----------------------------------------------------------- */

static char *encoded(const prom_encoder *e, const prom_snapshot *s, prom_escaping escaping,
                     size_t *n)
{
    char *text;
    prom_encode_opts o = { .size = sizeof o, .escaping = escaping };
    REQUIRE(!prom_encode_string_with(e, &o, s, &text, n), "no exposition");
    return text;
}

static void check_json(const prom_snapshot *s)
{
    size_t n;
    char *text = encoded(&prom_json, s, PROM_UNDERSCORES, &n);
    reader r = { .at = text, .end = text + n };
    read_json(&r, 0);
    expect(&r, "\n");
    REQUIRE(r.at == r.end, "something behind the value");
    prom_free(text);
}

static void check_format(const format *f, const prom_snapshot *s)
{
    size_t lines = 0;
    for (int e = PROM_UNDERSCORES; e <= PROM_ALLOW_UTF8; e++) {
        size_t n;
        char *text = encoded(f->encoder, s, (prom_escaping)e, &n);
        size_t here_lines = read_all(f, (prom_escaping)e, text, n);
        /* A UNIT line is there where the escaped name ends in the unit. */
        REQUIRE(f->openmetrics || !lines || here_lines == lines, "%zu lines, not %zu",
                here_lines, lines);
        lines = here_lines;
        prom_free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    prom_registry *r;
    prom_collector *c;
    prom_snapshot *s;
    script x = { .data = data, .n = n, .kept = malloc(n ? n : 1) };
    prom_registry_opts ro = { .size = sizeof ro, .order = PROM_ORDER_SORTED };
    prom_collector_opts co = { .size = sizeof co, .name = "c", .collect = build, .data = &x };
    REQUIRE(!prom_registry_new(&ro, &r) && !prom_collector_new(r, &co, &c), "no registry");
    REQUIRE(!prom_gather(r, &s), "no snapshot");
    for (size_t i = 0; i < FORMATS; i++)
        check_format(&formats[i], s);
    check_json(s);
    prom_unref(s);
    prom_unref(c);
    prom_unref(r);
    free(x.kept);
    return 0;
}
