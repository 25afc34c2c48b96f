// SPDX-License-Identifier: Apache-2.0
/* alloc_test.c - Lua's allocator fails at each call in turn: once, which makes Lua collect all
 * garbage there and go on, or from then on, which is an error to the script and to nobody else.
 * What leaks or is used too late is for the sanitizers to see. */
#include "host.h"

#include <prom/model.h>

typedef struct failing {
    long left; /* calls until it fails; < 0: never */
    bool for_good;
    bool failed;
} failing;

static void *allocate(void *data, void *p, size_t old, size_t n)
{
    failing *f = data;
    (void)old;
    if (n == 0) {
        free(p);
        return NULL;
    }
    bool grows = !p || n > old; /* Lua takes it for granted that blocks can shrink */
    if (grows && f->left >= 0 && (f->left == 0 || --f->left == 0)) {
        f->failed = true;
        if (!f->for_good)
            f->left = -1;
        return NULL;
    }
    return realloc(p, n);
}

static const char script[] =
    "local prom = require 'prom'\n"
    "local reg = prom.registry { order = 'created' }\n"
    "local c = reg:counter('hits', 'help', { 'a', 'b' }, { const_labels = { z = 1 } })\n"
    "local long = ('x'):rep(50)\n"
    "for i = 1, 40 do c:inc(i, 'a' .. i, i) c:inc(1, long, i) end\n"
    "c:inc(1, { a = 'x', b = 'y' }) c:inc(1, { 'x', 2.5 })\n"
    "local hit = c:bind('x', 'y') hit() hit(2)\n"
    "local child = c:labels('x', 'y') child() tostring(child) tostring(c)\n"
    "local h = reg:histogram { name = 'h', help = '', buckets = { 1, 2 } }\n"
    "h:observe(1) h:get() h:timer():stop()\n"
    "do local t <close> = h:timer() end\n"
    "local s = reg:summary('s', '', { 'q' }, { objectives = { [0.5] = 0.1, [0.9] = 0.1 } })\n"
    "s:observe(1, 'x') s:labels('x'):get()\n"
    "h:time(function() end)\n"
    "local k = reg:collector('c', function(b)\n"
    "  b:family('gauge', { name = 'g', help = '', labels = { 'a' } })\n"
    "  b:value(1, 'x') b:value(2, { 'y' })\n"
    "  b:family('histogram', 'i', '') b:histogram(1, 1, { [1] = 1 })\n"
    "  b:family('gauge', 'j', '') b:value(1, { a = 1, b = 2 })\n"
    "end, { wait_ms = 1 })\n"
    "local text, errors = reg:text()\n"
    "if not errors then assert(text:find 'g{a=\"y\"} 2', text) end\n"
    "reg:value('hits_total', { a = 'x', b = 'y', z = 1 })\n"
    "reg:find('h') reg:find('absent') reg:poll()\n"
    "reg:unregister(k) reg:register(k)\n"
    "c:remove('x', 'y') c:clear() reg:clear()\n"
    "prom.exponential(1, 2, 5)\n"
    "pcall(c.inc, c, 1, {}) pcall(c.inc, c, -1, 'x', 'y') pcall(reg.counter, reg, 'h', '')\n"
    "local server = reg:serve { polled = true, path = '/m' }\n"
    "if server then server:port() server:poll(0) server:stop() end\n"
    "prom.default:poll()\n";

static int open_and_run(lua_State *L)
{
    host_open(L);
    if (luaL_dostring(L, script))
        lua_error(L);
    return 0;
}

/* LUA_OK, LUA_ERRMEM or what lua_pcall gave; *failed: the allocator came to fail. */
static int run(long n, bool for_good, bool *failed)
{
    failing f = { .left = -1, .for_good = for_good };
    lua_State *L = lua_newstate(allocate, &f);
    if (!L)
        abort();
    f.left = n;
    lua_pushcfunction(L, open_and_run);
    int status = lua_pcall(L, 0, 0, 0);
    if (status != LUA_OK && status != LUA_ERRMEM)
        fprintf(stderr, "at allocation %ld: %s\n", n, lua_tostring(L, -1));
    *failed = f.failed;
    f.left = -1;
    lua_close(L);
    return status;
}

static void test_one_failure_is_a_collection(void)
{
    bool failed = true;
    long n = 1;
    for (; failed; n++)
        if (!CHECK_INT(run(n, false, &failed), LUA_OK))
            break;
    CHECK(n > 500);
}

/* A pcall in the script may swallow the error, but then the next allocation fails too. */
static void test_no_more_memory_is_an_error(void)
{
    bool failed = true;
    long n = 1;
    for (; failed; n++) {
        int status = run(n, true, &failed);
        if (!CHECK_INT(status, failed ? LUA_ERRMEM : LUA_OK))
            break;
    }
    CHECK(n > 500);
}

static void test_the_default_registry_is_unharmed(void)
{
    prom_snapshot *s;
    CHECK_OK(prom_gather(prom_registry_default(), &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    prom_unref(s);
}

TESTS(ROW(test_one_failure_is_a_collection), ROW(test_no_more_memory_is_an_error),
      ROW(test_the_default_registry_is_unharmed))
