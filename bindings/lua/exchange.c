// SPDX-License-Identifier: Apache-2.0
/* exchange.c - what an HTTP server or client written in Lua is doing, as metrics: begun and
 * finished by hand here, around a function in prom.lua. */
#include "core.h"

#include <math.h>
#include <string.h>

enum { VALUE_LABELS = 1, VALUE_METRICS = 1 };

/* registry, options. The value keeps the list of its further labels. */
int lprom__http_metrics_new(lua_State *L)
{
    static const char *const known[] = {
        "client",  "namespace",    "extra_methods", "no_code", "no_method", "labels",
        "buckets", "const_labels", "size_buckets",  "native",  NULL
    };
    prom_registry *r = lprom__registry_check(L, 1);
    prom_http_metrics_opts o = { .size = sizeof o };
    lua_settop(L, 2);
    luaL_checkstack(L, 40, NULL);
    int labels = 0;
    if (!lua_isnil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        lprom__opts_known(L, 2, known);
        o.client = lprom__opts_flag(L, 2, "client");
        o.namespace_ = lprom__opts_text(L, 2, "namespace");
        lua_getfield(L, 2, "extra_methods");
        o.extra_methods = lprom__strings(L, -1, "extra_methods");
        luaL_checkstack(L, 40, NULL);
        o.no_code = lprom__opts_flag(L, 2, "no_code");
        o.no_method = lprom__opts_flag(L, 2, "no_method");
        lua_getfield(L, 2, "const_labels");
        o.const_labels = lprom__label_pairs(L, lua_gettop(L));
        luaL_checkstack(L, 40, NULL);
        o.buckets = lprom__opts_buckets(L, 2, "buckets");
        o.size_buckets = lprom__opts_buckets(L, 2, "size_buckets");
        o.native = lprom__opts_flag(L, 2, "native");
        lua_getfield(L, 2, "labels");
        labels = lua_gettop(L);
        o.labels = lprom__strings(L, labels, "labels");
    }
    luaL_checkstack(L, 12, NULL);
    lua_newtable(L); /* a copy, which nobody changes */
    int names = lua_gettop(L);
    for (lua_Integer i = 1; labels && o.labels && o.labels[i - 1]; i++) {
        lua_pushstring(L, o.labels[i - 1]);
        lua_rawseti(L, names, i);
    }
    box *b = lua_newuserdatauv(L, sizeof *b, 1);
    *b = (box){ lprom__magic(KIND_HTTP_METRICS), NULL };
    luaL_setmetatable(L, LPROM_HTTP_METRICS);
    lua_pushvalue(L, names);
    lua_setiuservalue(L, -2, VALUE_LABELS);
    prom_http_metrics *m;
    prom_err e = lprom__api->http_metrics_new(r, &o, &m);
    if (e)
        return lprom__raise(L, e);
    b->object = m;
    return 1;
}

static int metrics_gc(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_HTTP_METRICS))
        lprom__drop(&b->object);
    return 0;
}

/* --- one exchange ---------------------------------------------------------------------- */

typedef struct exchange {
    uint64_t magic;
    bool open; /* it was begun, and neither finished nor abandoned */
    prom_http_exchange x;
} exchange;

/* m:begin(method): a peer's word, so whatever it is is no error. */
static int begin(lua_State *L)
{
    prom_http_metrics *m =
        lprom__box_check(L, 1, LPROM_HTTP_METRICS, KIND_HTTP_METRICS)->object;
    size_t n;
    const char *method = luaL_optlstring(L, 2, NULL, &n);
    if (method && strlen(method) != n)
        method = NULL;
    exchange *e = lua_newuserdatauv(L, sizeof *e, 1);
    *e = (exchange){ .magic = lprom__magic(KIND_EXCHANGE) };
    luaL_setmetatable(L, LPROM_EXCHANGE);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, VALUE_METRICS);
    e->x = lprom__api->http_begin(m, method);
    e->open = true;
    return 1;
}

static exchange *exchange_check(lua_State *L)
{
    exchange *e = lprom__block(L, 1, sizeof *e);
    if (!e || e->magic != lprom__magic(KIND_EXCHANGE))
        luaL_typeerror(L, 1, LPROM_EXCHANGE);
    return e;
}

/* The number at i; 0: nil. One that is no status counts as unknown. */
static int status_at(lua_State *L, int i)
{
    enum { NONE = 1 };
    if (lua_isnoneornil(L, i))
        return 0;
    if (lua_type(L, i) != LUA_TNUMBER)
        luaL_error(L, "status: number expected, got %s", luaL_typename(L, i));
    double v = lua_tonumber(L, i);
    return v >= 100 && v < 600 ? (int)v : NONE;
}

static int first_byte(lua_State *L)
{
    exchange *e = exchange_check(L);
    int status = status_at(L, 2);
    if (e->open)
        lprom__api->http_first_byte(&e->x, status);
    return 0;
}

static uint64_t bytes_of(lua_State *L, int table, const char *name)
{
    double v = lprom__opts_number(L, table, name, 0);
    if (!(v >= 0 && v < 0x1p63))
        luaL_error(L, "%s: %f is no size", name, v);
    return (uint64_t)v;
}

/* The values of the further labels from the table on top: a list, or by name. They stay on the
 * stack. */
static const char *const *read_labels(lua_State *L)
{
    int table = lua_gettop(L);
    lua_getiuservalue(L, 1, VALUE_METRICS);
    lua_getiuservalue(L, -1, VALUE_LABELS);
    int names = lua_gettop(L);
    size_t n = lua_rawlen(L, names), got = 0;
    if (lua_isnil(L, table) && !n)
        return NULL;
    if (!lua_istable(L, table))
        luaL_error(L, "labels: table expected, got %s", luaL_typename(L, table));
    luaL_checkstack(L, (int)n * 2 + 8, NULL);
    bool list = lua_rawlen(L, table) > 0;
    const char **values = lprom__scratch(L, n + 1, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, names, (lua_Integer)i + 1);
        const char *name = lua_tostring(L, -1);
        if (list) {
            lua_rawgeti(L, table, (lua_Integer)i + 1);
        } else {
            lua_pushvalue(L, -1);
            lua_rawget(L, table);
        }
        if (lua_isnil(L, -1))
            luaL_error(L, "labels: '%s' is missing", name);
        values[i] = lprom__label_value(L, lua_gettop(L), name).p;
    }
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        got++;
    if (got != n)
        luaL_error(L, "labels: %d expected, got %d", (int)n, (int)got);
    return values;
}

/* { trace_id = "..." } */
static const prom_label *read_exemplar(lua_State *L, int table)
{
    if (lua_getfield(L, table, "exemplar") == LUA_TNIL)
        return NULL;
    const prom_label *exemplar = lprom__label_pairs(L, lua_gettop(L));
    luaL_checkstack(L, 20, NULL);
    return exemplar;
}

static void read_outcome(lua_State *L, prom_http_outcome *o)
{
    static const char *const known[] = { "status", "request_bytes", "response_bytes",
                                         "labels", "exemplar",      NULL };
    luaL_checkstack(L, 20, NULL);
    if (!lua_istable(L, 2)) {
        o->status = status_at(L, 2);
        lua_pushnil(L);
    } else {
        lprom__opts_known(L, 2, known);
        lua_getfield(L, 2, "status");
        o->status = status_at(L, lua_gettop(L));
        o->request_bytes = bytes_of(L, 2, "request_bytes");
        o->response_bytes = bytes_of(L, 2, "response_bytes");
        o->exemplar = read_exemplar(L, 2);
        lua_getfield(L, 2, "labels");
    }
    o->labels = read_labels(L);
}

/* x:finish(status or outcome): true; or nil, sentence, code, where the exemplar was left out or
 * nothing was measured. It may be the peer's, so it is no error. */
static int finish(lua_State *L)
{
    exchange *e = exchange_check(L);
    prom_http_outcome o = { .size = sizeof o };
    lua_settop(L, 2);
    read_outcome(L, &o);
    if (!e->open)
        return luaL_error(L, "the exchange is over");
    e->open = false;
    prom_err err = lprom__api->http_end(&e->x, &o);
    if (!err) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, lprom__api->error(err));
    lua_pushstring(L, lprom__api->err_name(err));
    return 3;
}

/* abandon(), when it is closed, and when it was forgotten. */
static int abandon(lua_State *L)
{
    exchange *e = exchange_check(L);
    if (e->open) {
        e->open = false;
        lprom__api->http_abandon(&e->x);
    }
    return 0;
}

void lprom__exchange_classes(lua_State *L)
{
    static const luaL_Reg metrics_methods[] = { { "begin", begin }, { NULL, NULL } };
    static const luaL_Reg metrics_meta[] = { { "__gc", metrics_gc }, { NULL, NULL } };
    static const luaL_Reg methods[] = { { "first_byte", first_byte },
                                        { "finish", finish },
                                        { "abandon", abandon },
                                        { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", abandon },
                                     { "__close", abandon },
                                     { NULL, NULL } };
    lprom__class(L, LPROM_HTTP_METRICS, metrics_methods, metrics_meta);
    lprom__class(L, LPROM_EXCHANGE, methods, meta);
}
