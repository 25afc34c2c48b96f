// SPDX-License-Identifier: Apache-2.0
/* server.c - a registry over HTTP. The server's thread never enters a Lua state: Lua
 * collectors run in reg:poll(), or in server:poll() where it is polled. */
#include "core.h"

#include <limits.h>

static const char *const known[] = { "address",        "port",
                                     "path",           "polled",
                                     "no_compression", "max_connections",
                                     "deadline_ms",    "max_header_bytes",
                                     "max_body_bytes", "format",
                                     "formats",        NULL };

static const char *text_option(lua_State *L, int table, const char *name)
{
    if (lua_getfield(L, table, name) == LUA_TNIL)
        return NULL;
    if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "%s: string expected, got %s", name, luaL_typename(L, -1));
    return lprom__text(L, -1); /* stays on the stack */
}

static unsigned whole_option(lua_State *L, int table, const char *name, unsigned most)
{
    unsigned n = 0;
    if (lua_getfield(L, table, name) != LUA_TNIL) {
        double v = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
        if (!(v >= 0 && v <= most) || v != (double)(unsigned)v)
            luaL_error(L, "%s: whole number from 0 to %I expected", name, (LUAI_UACINT)most);
        n = (unsigned)v;
    }
    lua_pop(L, 1);
    return n;
}

static bool flag_option(lua_State *L, int table, const char *name)
{
    lua_getfield(L, table, name);
    bool on = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return on;
}

static void read_options(lua_State *L, int table, prom_http_opts *o)
{
    if (lua_isnoneornil(L, table))
        return;
    luaL_checktype(L, table, LUA_TTABLE);
    lprom__opts_known(L, table, known);
    o->address = text_option(L, table, "address");
    o->port = (uint16_t)whole_option(L, table, "port", UINT16_MAX);
    o->path = text_option(L, table, "path");
    o->polled = flag_option(L, table, "polled");
    o->no_compression = flag_option(L, table, "no_compression");
    o->max_connections = whole_option(L, table, "max_connections", UINT_MAX);
    o->deadline_ms = whole_option(L, table, "deadline_ms", UINT_MAX);
    o->max_header_bytes = whole_option(L, table, "max_header_bytes", UINT_MAX);
    o->max_body_bytes = whole_option(L, table, "max_body_bytes", UINT_MAX);
    o->encoder = lprom__format_option(L, table, "format");
    o->offer = lprom__formats_option(L, table, "formats");
}

/* The server is anchored: it works until it is stopped or the state closes, whether or not
 * the script keeps what this returns. */
int lprom__server_start(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    prom_http_opts o = { .size = sizeof o };
    read_options(L, 2, &o);
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

/* Serves what has arrived, waiting up to so many milliseconds for it. Lua collectors run in
 * here and may stop the server: a reference of our own outlives that. */
static int server_poll(lua_State *L)
{
    box *b = server_check(L);
    double ms = lua_isnoneornil(L, 2) ? 0 : lprom__number(L, 2);
    if (!(ms >= 0 && ms <= INT_MAX))
        return luaL_argerror(L, 2, "is out of range");
    if (!b->object)
        return lprom__result(L, lprom__api->fail(PROM_E_CLOSED, "the server is stopped"));
    void **held = lprom__hold(L);
    *held = lprom__api->ref(b->object);
    prom_err e = lprom__api->http_poll(b->object, (int)ms);
    lprom__drop(held);
    return lprom__result(L, e);
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
    static const luaL_Reg methods[] = { { "port", server_port },
                                        { "stop", server_stop },
                                        { "poll", server_poll },
                                        { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", server_gc },
                                     { "__close", server_stop },
                                     { "__tostring", server_tostring },
                                     { NULL, NULL } };
    lprom__class(L, LPROM_SERVER, methods, meta);
}
