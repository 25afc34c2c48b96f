// SPDX-License-Identifier: Apache-2.0
/* graphite.c - snapshots of any shape as lines for Graphite, which must be what carbon reads: a
 * path or a name with tags, a finite number, a time, and nothing that it splits elsewhere.
 *
 * Input: a script (script.h). */
#include "base/bytes.h"
#include "base/utf8.h"
#include "encode/out.h"
#include "script.h"

#include <prom/graphite.h>

static bool legal(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("_:-", c);
}

/* Parts that are not empty; returns what is behind them. */
static const char *read_path(const char *p, const char *end)
{
    for (;; p++) {
        const char *part = p;
        while (p < end && *p && legal(*p))
            p++;
        REQUIRE(p > part, "an empty part at '%.60s'", part);
        if (p == end || *p != '.')
            return p;
    }
}

static const char *read_until(const char *p, const char *end, const char *marks)
{
    while (p < end && !(*p && strchr(marks, *p)))
        p++;
    return p;
}

static const char *read_tags(const char *p, const char *end)
{
    while (p < end) {
        REQUIRE(*p == ';', "no tag at '%.60s'", p);
        const char *name = p + 1, *value = read_until(name, end, "=;!^") + 1;
        REQUIRE(value - 1 < end && value[-1] == '=' && value > name + 1, "tag '%.60s'", name);
        p = read_until(value, end, ";");
        REQUIRE(p > value && *value != '~', "value '%.60s'", value);
        REQUIRE(value - 1 - name != 4 || memcmp(name, "name", 4) != 0, "the metric's name");
    }
    return p;
}

static void read_numbers(const char *p, const char *end)
{
    char *behind;
    double v = strtod(p, &behind);
    REQUIRE(behind > p && *behind == ' ' && v - v == 0, "value '%.60s'", p);
    long long seconds = strtoll(behind + 1, &behind, 10);
    REQUIRE(behind == end && seconds >= 0 && seconds <= UINT32_MAX, "time '%.60s'", p);
}

static void read_line(const char *p, const char *end, bool tags)
{
    const char *blank = read_until(p, end, " ");
    REQUIRE(end - p < 16384, "a long line");
    for (const char *c = p; c < blank; c++)
        REQUIRE((unsigned char)*c > ' ' && *c != 0x7F, "byte %d", *c);
    REQUIRE(prom__utf8_valid(p, (size_t)(blank - p)), "not UTF-8");
    REQUIRE(end - p > 2 && memcmp(p, "p.", 2) == 0, "no prefix");
    p = read_path(p, blank);
    if (tags)
        p = read_tags(p, blank);
    REQUIRE(p == blank && blank < end, "'%.60s' is not read", p);
    read_numbers(blank + 1, end);
}

static void check_lines(const prom_snapshot *s, bool tags)
{
    prom__bytes b = { NULL, 0, 0 };
    const prom_writer w = prom__bytes_writer(&b);
    const prom_graphite_opts o = { .size = sizeof o, .prefix = "p", .tags = tags };
    REQUIRE(!prom_graphite_encode(s, &o, 1700000000, &w), "no lines");
    REQUIRE(prom__bytes_add(&b, "", 1), "no memory");
    for (const char *p = b.p, *end; *p || p < b.p + b.n - 1; p = end + 1) {
        end = memchr(p, '\n', (size_t)(b.p + b.n - p));
        REQUIRE(end, "no end of line");
        read_line(p, end, tags);
    }
    prom__bytes_free(&b);
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
    check_lines(s, false);
    check_lines(s, true);
    prom_unref(s);
    prom_unref(c);
    prom_unref(r);
    free(x.kept);
    return 0;
}
