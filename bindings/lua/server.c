// SPDX-License-Identifier: Apache-2.0
/* server.c - a registry over HTTP. The server's thread never enters a Lua state: Lua
 * collectors run in reg:poll(), or in server:poll() where it is polled. */
#include "core.h"

#include <limits.h>

/* The server is anchored: it works until it is stopped or the state closes, whether or not
 * the script keeps what this returns. */
int lprom__server_start(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    prom_http_opts o;
    lprom__http_options(L, 2, 1, r, &o);
    lprom__not_in_finalizer(L);
    box *b = lprom__box_push(L, LPROM_SERVER, KIND_SERVER);
    lprom__anchors_add(L, -1);
    prom_http *h;
    prom_err e = lprom__api->http_start(r, &o, &h);
    if (e) {
        lprom__anchors_remove(L, b);
        return lprom__result(L, e);
    }
    b->object = h;
    return 1;
}

static box *server_check(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (!b || b->magic != lprom__magic(KIND_SERVER))
        luaL_typeerror(L, 1, LPROM_SERVER);
    return b;
}

/* 0 once it is stopped, or in a forked child. */
static int server_port(lua_State *L)
{
    const box *b = server_check(L);
    lua_pushinteger(L, b->object ? lprom__api->http_port(b->object) : 0);
    return 1;
}

static int server_stop(lua_State *L)
{
    box *b = server_check(L);
    prom_http *h = b->object;
    if (h) {
        lprom__anchors_remove(L, b);
        b->object = NULL;
        lprom__api->http_stop(h);
        lprom__api->unref(h);
    }
    return 0;
}

/* Serves what has arrived, waiting up to so many milliseconds for it, and begins new work as
 * long as the budget of microseconds lasts, if there is one. Lua collectors run in
 * here and may stop the server: a reference of our own outlives that. */
static int server_poll(lua_State *L)
{
    box *b = server_check(L);
    double ms = lua_isnoneornil(L, 2) ? 0 : lprom__number(L, 2);
    double budget_us = lua_isnoneornil(L, 3) ? -1 : lprom__number(L, 3);
    if (!(ms >= 0 && ms <= INT_MAX))
        return luaL_argerror(L, 2, "is out of range");
    if (!(budget_us >= 0 && budget_us <= UINT_MAX) && !lua_isnoneornil(L, 3))
        return luaL_argerror(L, 3, "is out of range");
    if (!b->object)
        return lprom__result(L, lprom__api->fail(PROM_E_CLOSED, "the server is stopped"));
    void **held = lprom__hold(L);
    *held = lprom__api->ref(b->object);
    prom_err e = budget_us < 0
                     ? lprom__api->http_poll(b->object, (int)ms)
                     : lprom__api->http_poll_for(b->object, (int)ms, (unsigned)budget_us);
    lprom__drop(held);
    return lprom__result(L, e);
}

/* A number, or nil where the library says -1: there is none. */
static int number_or_nil(lua_State *L, int n)
{
    if (n < 0)
        lua_pushnil(L);
    else
        lua_pushinteger(L, n);
    return 1;
}

static int server_fd(lua_State *L)
{
    const box *b = server_check(L);
    return number_or_nil(L, b->object ? lprom__api->http_fd(b->object) : -1);
}

static int server_wait_ms(lua_State *L)
{
    const box *b = server_check(L);
    return number_or_nil(L, b->object ? lprom__api->http_wait_ms(b->object) : -1);
}

static int server_gc(lua_State *L)
{
    box *b = server_check(L);
    prom_http *h = b->object;
    b->object = NULL;
    if (h) {
        lprom__api->http_stop(h);
        lprom__api->unref(h);
    }
    return 0;
}

static int server_tostring(lua_State *L)
{
    const box *b = server_check(L);
    if (b->object)
        lua_pushfstring(L, "%s: port %d", LPROM_SERVER, (int)lprom__api->http_port(b->object));
    else
        lua_pushfstring(L, "%s: stopped", LPROM_SERVER);
    return 1;
}

void lprom__server_classes(lua_State *L)
{
    static const luaL_Reg methods[] = { { "port", server_port },       { "stop", server_stop },
                                        { "poll", server_poll },       { "fd", server_fd },
                                        { "wait_ms", server_wait_ms }, { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", server_gc },
                                     { "__close", server_stop },
                                     { "__tostring", server_tostring },
                                     { NULL, NULL } };
    lprom__class(L, LPROM_SERVER, methods, meta);
}
