// SPDX-License-Identifier: Apache-2.0
/* embed_test.c - a host's registry and metrics in its scripts, and scripts that go away. */
#include "host.h"

#include <prom/encode.h>
#include <prom/model.h>

#include <pthread.h>

static prom_registry *new_registry(void)
{
    prom_registry *r;
    CHECK_OK(prom_registry_new(NULL, &r));
    return r;
}

static double value(prom_registry *r, const char *name)
{
    prom_snapshot *s;
    double v = -1;
    CHECK_OK(prom_gather(r, &s));
    if (prom_snapshot_value(s, name, NULL, &v))
        v = -1;
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    prom_unref(s);
    return v;
}

static void test_default_set_before_require(void)
{
    prom_registry *r = new_registry();
    lua_State *L = host_new();
    lprom_set_default(L, r);
    host_run(L, "require('prom').counter('a_total', 'help'):inc(3)");
    CHECK_DBL(value(r, "a_total"), 3);
    lua_close(L);
    CHECK_DBL(value(r, "a_total"), 3);
    prom_unref(r);
}

static void test_default_set_after_require(void)
{
    prom_registry *r = new_registry();
    lua_State *L = host_new();
    host_run(L, "prom = require 'prom'; before = prom.default");
    lprom_set_default(L, r);
    host_run(L, "assert(prom.default ~= before)\n"
                "prom.counter('a_total', 'help'):inc(3)");
    CHECK_DBL(value(r, "a_total"), 3);
    lprom_set_default(L, NULL);
    host_run(L, "assert(prom.default == before)");
    lua_close(L);
    prom_unref(r);
}

static void test_registry_goes_in_and_comes_back(void)
{
    prom_registry *r = new_registry();
    lua_State *L = host_new();
    lprom_push_registry(L, r);
    CHECK(lprom_check_registry(L, -1) == r);
    lua_setglobal(L, "game");
    host_run(L, "game:gauge('g', 'help'):set(4); game = nil; collectgarbage()");
    CHECK_DBL(value(r, "g"), 4);
    CHECK_INT(lua_gettop(L), 0);
    lua_close(L);
    prom_unref(r);
}

static int check_registry(lua_State *L)
{
    lprom_check_registry(L, 1);
    return 0;
}

static void test_other_values_are_no_registry(void)
{
    lua_State *L = host_new();
    void *other = lua_newuserdatauv(L, 2 * sizeof(void *), 0);
    memset(other, 0, 2 * sizeof(void *));
    lua_setglobal(L, "other");
    lua_pushlightuserdata(L, L);
    lua_setglobal(L, "light");
    lua_pushcfunction(L, check_registry);
    lua_setglobal(L, "check");
    host_run(L, "for _, v in ipairs { other, light, {}, 'x', 1, print } do\n"
                "  local ok, message = pcall(check, v)\n"
                "  assert(not ok and message:find 'prom.Registry expected', message)\n"
                "end\n"
                "assert(not pcall(check))");
    lua_close(L);
}

static void test_host_and_script_share_a_metric(void)
{
    prom_registry *r = new_registry();
    prom_counter *c;
    CHECK_OK(prom_counter_new(r, PROM_OPTS(.name = "a_total", .help = "help"), &c));
    lua_State *L = host_new();
    lprom_set_default(L, r);
    host_run(L, "c = require('prom').counter('a_total', 'help'); c:inc(2)");
    prom_counter_inc(c);
    CHECK_DBL(prom_counter_value(c), 3);
    host_run(L, "assert(c:get() == 3)");
    lua_close(L);
    prom_counter_inc(c);
    CHECK_DBL(prom_counter_value(c), 4);
    prom_unref(c);
    prom_unref(r);
}

static void test_collectors_go_with_their_state(void)
{
    prom_registry *r = new_registry();
    lua_State *L = host_new();
    lprom_set_default(L, r);
    host_run(L, "require('prom').collector('c', function(b)\n"
                "  b:family('gauge', 'from_lua', 'help') b:value(1)\n"
                "end)");
    CHECK_DBL(value(r, "from_lua"), 1);
    CHECK_INT(lua_gettop(L), 0);
    lua_close(L);
    CHECK_DBL(value(r, "from_lua"), -1);
    CHECK_OK(prom_poll(r));
    prom_unref(r);
}

static void test_collectors_go_with_a_state_from_every_registry(void)
{
    prom_registry *r = new_registry(), *s = new_registry();
    lua_State *L = host_new();
    lprom_push_registry(L, r);
    lua_setglobal(L, "r");
    lprom_push_registry(L, s);
    lua_setglobal(L, "s");
    host_run(L, "c = r:collector('c', function(b)\n"
                "  b:family('gauge', 'g', 'help') b:value(1)\n"
                "end)\n"
                "s:register(c)");
    CHECK_DBL(value(s, "g"), 1);
    lua_close(L);
    CHECK_DBL(value(r, "g"), -1);
    CHECK_DBL(value(s, "g"), -1);
    prom_unref(r);
    prom_unref(s);
}

/* The series keeps the last value that the function gave. */
static void test_functions_go_with_their_state(void)
{
    prom_registry *r = new_registry();
    lua_State *L = host_new();
    lprom_set_default(L, r);
    host_run(L, "local prom = require 'prom'\n"
                "local n = 0\n"
                "prom.gauge('g', ''):set_function(function() n = n + 1 return n end)\n"
                "local f = prom.gauge('f', '', { 'a' })\n"
                "f:set_function(function() return 1 end, 'x')\n"
                "f:set_function(function() return 2 end, 'x')\n");
    CHECK_DBL(value(r, "g"), 1);
    CHECK_INT(lua_gettop(L), 0);
    lua_close(L);
    CHECK_DBL(value(r, "g"), 1);
    CHECK_OK(prom_poll(r));
    prom_unref(r);
}

static void *clear(void *r)
{
    prom_registry_clear(r);
    return NULL;
}

static void on_another_thread(void *(*f)(void *), void *data)
{
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, f, data), 0);
    pthread_join(thread, NULL);
}

static void test_another_thread_may_let_functions_go(void)
{
    prom_registry *r = new_registry();
    lua_State *L = host_new();
    lprom_set_default(L, r);
    host_run(L, "prom = require 'prom'\n"
                "held = setmetatable({}, { __mode = 'k' })\n"
                "for i = 1, 10 do\n"
                "  local big = {}\n"
                "  held[big] = true\n"
                "  prom.gauge('g' .. i, ''):set_function(function() return big and i end)\n"
                "end\n"
                "collectgarbage() collectgarbage()\n"
                "assert(next(held))");
    on_another_thread(clear, r);
    host_run(L, "collectgarbage() collectgarbage() assert(next(held))\n"
                "prom.poll()\n"
                "collectgarbage() collectgarbage() assert(not next(held))");
    host_run(L, "prom.gauge('h', ''):set_function(function() return 1 end)");
    on_another_thread(clear, r);
    lua_close(L);
    prom_unref(r);
}

static void *gather(void *r)
{
    CHECK_DBL(value(r, "g"), 5);
    return NULL;
}

static void test_another_thread_sees_what_poll_got(void)
{
    prom_registry *r = new_registry();
    lua_State *L = host_new();
    lprom_set_default(L, r);
    host_run(L, "prom = require 'prom'\n"
                "n = 4\n"
                "prom.gauge('g', ''):set_function(function() n = n + 1 return n end)\n"
                "prom.poll()");
    on_another_thread(gather, r);
    host_run(L, "assert(n == 5)");
    lua_close(L);
    on_another_thread(gather, r);
    prom_unref(r);
}

/* The registry, and so the function, outlives the state; the series goes later. */
static void test_functions_are_freed_after_their_state(void)
{
    prom_registry *r = new_registry();
    prom_vec *v;
    lua_State *L = host_new();
    lprom_set_default(L, r);
    host_run(L, "f = require('prom').gauge('f', '', { 'a' })\n"
                "f:set_function(function() return 1 end, 'x')\n"
                "f:set_function(function() f:remove('y') return 2 end, 'y')");
    CHECK_OK(prom_registry_find(r, "f", &v));
    CHECK_OK(prom_poll(r));
    lua_close(L);
    CHECK_OK(prom_vec_clear(v));
    prom_unref(v);
    prom_unref(r);
}

static void test_finalizers_may_use_metrics_to_the_end(void)
{
    prom_registry *r = new_registry();
    lua_State *L = host_new();
    lprom_set_default(L, r);
    host_run(L, "local prom = require 'prom'\n"
                "local c = prom.counter('closed_total', 'help')\n"
                "local hit, child = c:bind(), prom.counter('d_total', 'help', { 'a' })\n"
                "local function last()\n"
                "  pcall(c.inc, c) pcall(hit) pcall(child.inc, child, 1, 'x')\n"
                "  pcall(prom.text) pcall(prom.poll) pcall(tostring, child)\n"
                "end\n"
                "early = setmetatable({}, { __gc = last })\n"
                "prom.collector('x', function() last() end)\n"
                "late = setmetatable({}, { __gc = last })");
    lua_close(L);
    prom_unref(r);
}

static void test_two_states_on_one_thread(void)
{
    prom_registry *r = new_registry();
    lua_State *a = host_new(), *b = host_new();
    lprom_set_default(a, r);
    lprom_set_default(b, r);
    host_run(a, "prom = require 'prom'\n"
                "prom.collector('a', function(b)\n"
                "  collectgarbage() b:family('gauge', 'ga', 'help') b:value(1)\n"
                "end)");
    host_run(b, "prom = require 'prom'\n"
                "prom.collector('b', function(b)\n"
                "  b:family('gauge', 'gb', 'help') b:value(2)\n"
                "end)\n"
                "local text = prom.text()\n"
                "assert(text:find 'ga 1' and text:find 'gb 2', text)");
    lua_close(a);
    CHECK_DBL(value(r, "ga"), -1);
    CHECK_DBL(value(r, "gb"), 2);
    lua_close(b);
    prom_unref(r);
}

/* This program has the module linked in; the script finds core.so by LUA_CPATH. */
static void test_script_may_load_another_copy_of_the_module(void)
{
    prom_registry *r = new_registry();
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lprom_set_default(L, r);
    host_run(L, "prom = require 'prom'\n"
                "assert(package.searchpath('prom.core', package.cpath))\n"
                "local hits = prom.counter('hits_total', 'help', { 'a' })\n"
                "hits:inc(2, 'x') hits:labels('x'):inc()\n"
                "k = prom.collector('c', function(b)\n"
                "  b:family('gauge', 'g', 'help') b:value(hits:get('x'))\n"
                "end)\n"
                "collectgarbage()\n"
                "assert(prom.default:unregister(k) and prom.register(k))\n"
                "n = 0\n"
                "s = prom.sender { name = 'own', interval = 100,\n"
                "  send = function(x) n = n + #x:samples() end }\n"
                "assert(s:send() and s:stop() and n == 2, n)\n"
                "local _, _, body = prom.handler():handle('GET', '/metrics')\n"
                "assert(body:find 'g 3', body)\n"
                "local x <close> = prom.http_metrics():begin('GET') assert(x:finish(200))");
    CHECK_DBL(value(r, "g"), 3);
    lua_getglobal(L, "prom");
    lua_getfield(L, -1, "default");
    CHECK(lprom_check_registry(L, -1) == r);
    lua_close(L);
    CHECK_DBL(value(r, "g"), -1);
    prom_unref(r);
}

/* --- senders ------------------------------------------------------------------------ */

static int taken(lua_State *L)
{
    char *to = lua_touserdata(L, lua_upvalueindex(1));
    snprintf(to, 1000, "%s", luaL_checkstring(L, 1));
    return 0;
}

/* Sets `taken(text)`, which leaves the text to us. */
static void set_taken(lua_State *L, char to[1000])
{
    lua_pushlightuserdata(L, to);
    lua_pushcclosure(L, taken, 1);
    lua_setglobal(L, "taken");
}

static const char last_script[] =
    "prom = require 'prom'\n"
    "prom.sender { name = 'own', last = true, send = function(s) taken(s:text()) end }\n"
    "prom.collector('late', function(b) b:family('gauge', 'late', 'h') b:value(1) end)\n"
    "local n = 0\n"
    "prom.gauge('f', 'h', { 'a' }):set_function(function() n = n + 1 return n end, 'x')\n";

/* What gives numbers came after the sender, so it would be collected before it. */
static void test_the_last_send_of_a_state_has_all(void)
{
    prom_registry *r = new_registry();
    char text[1000] = "";
    lua_State *L = host_new();
    lprom_set_default(L, r);
    set_taken(L, text);
    host_run(L, last_script);
    CHECK_STR(text, "");
    lua_close(L);
    CHECK(strstr(text, "late 1\n"));
    CHECK(strstr(text, "f{a=\"x\"} 1\n"));
    CHECK_DBL(value(r, "late"), -1);
    prom_unref(r);
}

/* Finalizers and transports of a closing state may do what they like. */
static void test_senders_of_a_closing_state(void)
{
    prom_registry *r = new_registry();
    char text[1000] = "";
    lua_State *L = host_new();
    lprom_set_default(L, r);
    set_taken(L, text);
    host_run(L, "prom = require 'prom'\n"
                "local n, g = 0, prom.gauge('g', '')\n"
                "local function more(s)\n"
                "  n = n + 1 taken(tostring(n)) collectgarbage()\n"
                "  local function try(f, ...)\n"
                "    local ok, message = pcall(f, ...)\n"
                "    assert(not ok and message:find 'a finalizer cannot', message)\n"
                "  end\n"
                "  try(prom.sender, { name = 'more', last = true, send = more })\n"
                "  try(prom.textfile, { path = '/absent', last = true })\n"
                "  try(prom.collector, 'c' .. n, function() end)\n"
                "  try(g.set_function, g, function() return 1 end)\n"
                "  try(prom.serve, {})\n"
                "  taken(tostring(n + 10))\n"
                "  error 'closing'\n"
                "end\n"
                "early = setmetatable({}, { __gc = function() one:stop() one:send() end })\n"
                "one = prom.sender { name = 'one', last = true, finish = more, send = more }\n"
                "two = prom.textfile { path = '/absent/x.prom', last = true }\n"
                "three = prom.sender { name = 'three', interval = 1, send = more }\n"
                "late = setmetatable({}, { __gc = function() one:stop() two:send() end })");
    lua_close(L);
    CHECK(atoi(text) >= 12);
    prom_unref(r);
}

static void *close_state(void *L)
{
    lua_close(L);
    return NULL;
}

/* A sender goes by the thread that calls; a state may be closed on another than it was made. */
static void test_senders_of_a_state_that_moves(void)
{
    prom_registry *r = new_registry();
    char text[1000] = "";
    lua_State *L = host_new();
    lprom_set_default(L, r);
    set_taken(L, text);
    host_run(L, "require('prom').sender { name = 'own', last = true,\n"
                "  send = function(s) taken('sent') end }:send()");
    CHECK_STR(text, "sent");
    text[0] = '\0';
    on_another_thread(close_state, L);
    CHECK_STR(text, "sent");
    prom_unref(r);
}

TESTS(ROW(test_the_last_send_of_a_state_has_all), ROW(test_senders_of_a_closing_state),
      ROW(test_senders_of_a_state_that_moves),
      ROW(test_script_may_load_another_copy_of_the_module),
      ROW(test_default_set_before_require), ROW(test_default_set_after_require),
      ROW(test_registry_goes_in_and_comes_back), ROW(test_other_values_are_no_registry),
      ROW(test_host_and_script_share_a_metric), ROW(test_collectors_go_with_their_state),
      ROW(test_collectors_go_with_a_state_from_every_registry),
      ROW(test_functions_go_with_their_state), ROW(test_another_thread_may_let_functions_go),
      ROW(test_another_thread_sees_what_poll_got),
      ROW(test_functions_are_freed_after_their_state),
      ROW(test_finalizers_may_use_metrics_to_the_end), ROW(test_two_states_on_one_thread))
