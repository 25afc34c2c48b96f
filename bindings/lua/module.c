// SPDX-License-Identifier: Apache-2.0
/* module.c - prom.core: what `require "prom"` (prom.lua) dresses with sugar. */
#include "core.h"

enum { BUCKETS_MOST = 100000 };

/* A list of n finite bounds, made by one of the library's helpers. */
static int buckets(lua_State *L, prom_err (*make)(double, double, size_t, double *))
{
    double a = lprom__number(L, 1), b = lprom__number(L, 2), n = lprom__number(L, 3);
    if (!(n >= 0 && n <= BUCKETS_MOST) || n != (double)(size_t)n)
        return luaL_argerror(L, 3, "is no count of buckets");
    double *bounds = lprom__scratch(L, (size_t)n + 1, sizeof *bounds);
    prom_err e = make(a, b, (size_t)n, bounds);
    if (e)
        return lprom__raise(L, e);
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < (size_t)n; i++) {
        lua_pushnumber(L, bounds[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int linear(lua_State *L)
{
    return buckets(L, lprom__api->buckets_linear);
}

static int exponential(lua_State *L)
{
    return buckets(L, lprom__api->buckets_exponential);
}

static int exponential_range(lua_State *L)
{
    return buckets(L, lprom__api->buckets_exponential_range);
}

static int get_default(lua_State *L)
{
    lprom__registry_push_default(L);
    return 1;
}

/* core.methods: the classes' method tables, for prom.lua to add to. */
static void push_methods(lua_State *L)
{
    static const char *const names[] = { "Counter",     "Gauge",   "Histogram", "Summary",
                                         "Unknown",     "Info",    "StateSet",  "Registry",
                                         "Server",      "Handler", "Sender",    "Snapshot",
                                         "HttpMetrics", "Exchange" };
    lua_newtable(L);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        luaL_getmetatable(L, lua_pushfstring(L, "prom.%s", names[i]));
        lua_getfield(L, -1, "__index");
        lua_setfield(L, -4, names[i]);
        lua_pop(L, 2);
    }
}

int luaopen_prom_core(lua_State *L)
{
    static const luaL_Reg functions[] = { { "default", get_default },
                                          { "linear", linear },
                                          { "exponential", exponential },
                                          { "exponential_range", exponential_range },
                                          { "parse", lprom__formats_parse },
                                          { "formats", lprom__formats_list },
                                          { "negotiate", lprom__formats_negotiate },
                                          { "negotiate_coding", lprom__formats_coding },
                                          { "push_url", lprom__senders_push_url },
                                          { NULL, NULL } };
    luaL_checkversion(L);
    lprom__load(L);
    luaL_newlib(L, functions);
    lprom__registry_functions(L);
    lprom__testing_functions(L);
    push_methods(L);
    lua_setfield(L, -2, "methods");
    lua_pushstring(L, lprom__api->version);
    lua_setfield(L, -2, "_VERSION");
    return 1;
}
