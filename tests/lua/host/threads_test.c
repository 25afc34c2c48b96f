// SPDX-License-Identifier: Apache-2.0
/* threads_test.c - several Lua states, each on a thread of its own, share one registry, while
 * another thread gathers. Totals are exact. */
#include "host.h"

#include <prom/encode.h>
#include <prom/model.h>

#include <pthread.h>
#include <stdatomic.h>

enum { STATES = 4, ROUNDS = 3000 };

static prom_registry *shared;
static _Atomic int running;

static const char script[] =
    "local prom = require 'prom'\n"
    "local n, me = ...\n"
    "local plain = prom.counter('plain_total', 'help')\n"
    "local hits = prom.counter('hits_total', 'help', { 'method', 'code' })\n"
    "local lat = prom.histogram('lat', 'help', { 'state' }, { buckets = { 1, 2 } })\n"
    "local size = prom.summary('size', 'help', nil, { objectives = { [0.5] = 0.05 } })\n"
    "local level = prom.gauge('level', 'help', { 'state' })\n"
    "local churn = prom.counter('churn_total', 'help', { 'a' })\n"
    "prom.collector('state ' .. me, function(b)\n"
    "  b:family('gauge', 'collected_' .. me, 'help') b:value(me)\n"
    "end)\n"
    "local bound = hits:bind('PUT', 500)\n"
    "local given = prom.gauge('given', 'help', { 'a' })\n"
    "local traced = prom.counter('traced_total', 'help')\n"
    "local all = prom.gauge('all', 'help', { 'a' })\n"
    "for i = 1, n do\n"
    "  plain:inc()\n"
    "  hits:inc(1, 'GET', '200')\n"
    "  hits:inc(2, 'GET', i % 40)\n"
    "  bound()\n"
    "  lat:observe(i % 3, me)\n"
    "  size:observe(i)\n"
    "  level:set(i, me)\n"
    "  churn:inc(1, i % 7)\n"
    "  if i % 50 == 0 then churn:remove(i % 7) prom.poll() end\n"
    "  if i % 20 == 0 then\n"
    "    pcall(given.set_function, given, function() return i end, i % 3)\n" /* may be gone */
    "  end\n"
    "  if i % 130 == 0 then pcall(given.remove, given, i % 3) end\n"
    "  traced:add_exemplar(1, { state = me, i = i })\n"
    "  if i % 300 == 0 then\n"
    "    all:replace(function(fresh) for k = 1, 5 do fresh:set(i, k) end end)\n"
    "    for _, series in all:each() do series:get() end\n"
    "    traced:read() prom.gather()\n"
    "  end\n"
    "  if i % 500 == 0 then churn:clear() prom.text() end\n"
    "end\n";

static void *run_state(void *arg)
{
    lua_State *L = host_new();
    lprom_set_default(L, shared);
    if (luaL_loadstring(L, script))
        check_report(false, __FILE__, __LINE__, lua_tostring(L, -1));
    lua_pushinteger(L, ROUNDS);
    lua_pushinteger(L, (lua_Integer)(intptr_t)arg);
    if (lua_pcall(L, 2, 0, 0))
        check_report(false, __FILE__, __LINE__, lua_tostring(L, -1));
    lua_close(L);
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static void *gather(void *arg)
{
    int *n = arg;
    do {
        char *text = NULL;
        CHECK_OK(prom_expose(shared, &prom_text, &text, NULL));
        prom_free(text);
        ++*n;
    } while (atomic_load(&running));
    return NULL;
}

static double value(const prom_snapshot *s, const char *name, const prom_label *labels)
{
    double v = -1;
    return prom_snapshot_value(s, name, labels, &v) ? -1 : v;
}

static void check_totals(void)
{
    prom_snapshot *s;
    CHECK_OK(prom_gather(shared, &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    CHECK_DBL(value(s, "plain_total", NULL), STATES * ROUNDS);
    CHECK_DBL(value(s, "hits_total", PROM_CONST_LABELS({ "method", "GET" }, { "code", "200" })),
              STATES * ROUNDS);
    CHECK_DBL(value(s, "hits_total", PROM_CONST_LABELS({ "method", "PUT" }, { "code", "500" })),
              STATES * ROUNDS);
    CHECK_DBL(value(s, "hits_total", PROM_CONST_LABELS({ "method", "GET" }, { "code", "7" })),
              2 * STATES * (ROUNDS / 40));
    for (int i = 0; i < STATES; i++) {
        char me[2] = { (char)('0' + i), 0 };
        CHECK_DBL(value(s, "lat_count", PROM_CONST_LABELS({ "state", me })), ROUNDS);
        CHECK_DBL(value(s, "level", PROM_CONST_LABELS({ "state", me })), ROUNDS);
    }
    CHECK_DBL(value(s, "size_count", NULL), STATES * ROUNDS);
    CHECK_DBL(value(s, "collected_0", NULL), -1);
    prom_unref(s);
}

static void test_states_on_threads_share_a_registry(void)
{
    pthread_t states[STATES], gatherer;
    int gathers = 0;
    CHECK_OK(prom_registry_new(NULL, &shared));
    atomic_store(&running, STATES);
    CHECK_INT(pthread_create(&gatherer, NULL, gather, &gathers), 0);
    for (intptr_t i = 0; i < STATES; i++)
        CHECK_INT(pthread_create(&states[i], NULL, run_state, (void *)i), 0);
    for (int i = 0; i < STATES; i++)
        pthread_join(states[i], NULL);
    pthread_join(gatherer, NULL);
    CHECK(gathers > 0);
    check_totals();
    prom_unref(shared);
}

TESTS(ROW(test_states_on_threads_share_a_registry))
