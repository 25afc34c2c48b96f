// SPDX-License-Identifier: Apache-2.0
/* builder.c - the functions that collectors build with, in any order, with good and bad
 * arguments. The text that comes of it must be well-formed; and if only the calls that
 * succeeded are made again, the same metrics must come: a call that fails changes nothing.
 *
 * Input: a script (script.h). */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "dump.h"
#include "grammar.h"
#include "script.h"

/* --- running it --------------------------------------------------------- */

/* The text, and in *dump all there is, for free() of the C library. */
static char *run(script *x, prom_order order, size_t *n, char **dump, size_t *n_dump)
{
    prom_registry *r;
    prom_collector *c;
    prom_snapshot *s;
    char *text = NULL;
    prom_registry_opts ro = { .size = sizeof ro, .order = order };
    prom_collector_opts co = { .size = sizeof co, .name = "c", .collect = build, .data = x };
    REQUIRE(!prom_registry_new(&ro, &r) && !prom_collector_new(r, &co, &c), "no registry");
    REQUIRE(!prom_gather(r, &s), "no snapshot");
    REQUIRE(!prom_encode_string(&prom_text, s, &text, n), "no exposition");
    FILE *out = open_memstream(dump, n_dump);
    REQUIRE(out && !dump_snapshot(out, s) && !fclose(out), "no dump");
    prom_unref(s);
    prom_unref(c);
    prom_unref(r);
    return text;
}

static void check_grammar(char *text, size_t n)
{
    grammar_line l;
    bool typed = false;
    for (char *at = text; grammar_next(&at, text + n, &l);) {
        typed |= l.kind == GRAMMAR_TYPE;
        REQUIRE(typed || l.kind != GRAMMAR_SAMPLE, "a sample before its type");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    prom_order order = n && data[0] & 0x80 ? PROM_ORDER_CREATED : PROM_ORDER_SORTED;
    size_t length, again_length, n_dump, again_n_dump;
    char *dump, *again_dump;
    script first = { .data = data, .n = n, .kept = malloc(n ? n : 1) };
    char *text = run(&first, order, &length, &dump, &n_dump);
    script second = { .data = first.kept, .n = first.n_kept, .kept = malloc(n ? n : 1) };
    char *again = run(&second, order, &again_length, &again_dump, &again_n_dump);
    REQUIRE(second.failed == 0, "%zu of %zu calls fail without those that failed before",
            second.failed, second.calls);
    REQUIRE(length == again_length && memcmp(text, again, length) == 0,
            "calls that failed have changed\n%s---\n%s", again, text);
    REQUIRE(n_dump == again_n_dump && memcmp(dump, again_dump, n_dump) == 0,
            "calls that failed have changed\n%s---\n%s", again_dump, dump);
    check_grammar(text, length);
    free(dump);
    free(again_dump);
    prom_free(text);
    prom_free(again);
    free(first.kept);
    free(second.kept);
    return 0;
}
