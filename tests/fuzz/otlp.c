// SPDX-License-Identifier: Apache-2.0
/* otlp.c - snapshots of any shape as OTLP, whole and cut into requests: they are well-formed
 * (otlp_dump.h), and both have the same points.
 *
 * Input: a script (script.h). */
#include "encode/otlp.h"

#include "otlp_dump.h"
#include "script.h"

static prom_snapshot *snapshot(const uint8_t *data, size_t n)
{
    prom_registry *r;
    prom_collector *c;
    prom_snapshot *s;
    script x = { .data = data, .n = n, .kept = malloc(n ? n : 1) };
    prom_registry_opts ro = { .size = sizeof ro, .order = PROM_ORDER_CREATED };
    prom_collector_opts co = { .size = sizeof co, .name = "c", .collect = build, .data = &x };
    REQUIRE(!prom_registry_new(&ro, &r) && !prom_collector_new(r, &co, &c), "no registry");
    REQUIRE(!prom_gather(r, &s), "no snapshot");
    prom_unref(c);
    prom_unref(r);
    free(x.kept);
    return s;
}

static size_t points_in(const char *text)
{
    size_t n = 0;
    for (; (text = strstr(text, " point{ ")); text++)
        n++;
    return n;
}

/* All points of all requests. */
static size_t check_requests(const prom_snapshot *s, size_t most)
{
    prom_otlp_opts o;
    prom__otlp x;
    bool more;
    size_t points = 0;
    REQUIRE(!prom__otlp_check(NULL, &o), "%s", "the defaults");
    prom__otlp_begin(&x, s, &o, 1700000000000000000);
    while (!prom__otlp_next(&x, most, &more) && more) {
        char *text = otlp_text(x.p, x.n, otlp_request);
        REQUIRE(!check_failures, "%s", text);
        REQUIRE(x.points && points_in(text) >= x.points, "%s", text);
        points += points_in(text);
        free(text);
    }
    prom__otlp_free(&x);
    return points;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    prom_snapshot *s = snapshot(data, n);
    size_t whole = check_requests(s, SIZE_MAX), cut = check_requests(s, n % 300);
    REQUIRE(whole == cut, "%zu points, %zu where it is cut", whole, cut);
    prom_unref(s);
    return 0;
}
