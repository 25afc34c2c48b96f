// SPDX-License-Identifier: Apache-2.0
/* collector.c - collectors written in Lua.
 *
 * Three things with three owners. The box (userdata) holds the function and the builder as
 * user values and is anchored while the collector is in some registry. The bridge is what the
 * library calls; it belongs to the prom_collector and may outlive the state. The library holds
 * the prom_collector. When the state closes, the box cuts the bridge and takes the collector
 * out of its registries, so nothing reaches into a dead state.
 *
 * Collectors are bound: the library runs them only on the thread that made them. They run on
 * the state's main coroutine and so cannot yield. */
#include "core.h"

#include <limits.h>
#include <stdlib.h>

typedef struct bridge {
    lua_State *L;    /* NULL: the state is gone */
    const void *box; /* key of the anchor */
    int running;
} bridge;

/* A registry that the collector is in. Made by Lua, so that no memory is lost to an error. */
typedef struct place {
    struct place *next;
    prom_registry *registry; /* one reference */
} place;

typedef struct collector {
    uint64_t magic;
    prom_collector *object; /* one reference; NULL: closed */
    bridge *bridge;         /* owned by the object, or by the box while there is none */
    place *places;          /* owned */
} collector;

enum { VALUE_FUNCTION = 1, VALUE_BUILDER };

/* --- called by the library ----------------------------------------------------------- */

static int message(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* Nothing in here raises outside of lua_pcall: no allocation, no metamethod. */
static prom_err call(lua_State *L, const bridge *br, prom_builder *b)
{
    lua_pushcfunction(L, message);
    int handler = lua_gettop(L);
    lprom__anchors_push(L, br->box);
    int self = lua_gettop(L);
    if (lua_isnil(L, self)) /* taken out while the gather was under way */
        return PROM_OK;
    lua_getiuservalue(L, self, VALUE_FUNCTION);
    lua_getiuservalue(L, self, VALUE_BUILDER);
    box *builder = lua_touserdata(L, -1);
    builder->object = b;
    int status = lua_pcall(L, 1, 0, handler);
    builder->object = NULL; /* alive: `self`, which is on the stack, holds it */
    if (status == LUA_OK)
        return PROM_OK;
    const char *why = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    return lprom__api->fail(PROM_E_CALLBACK, "%s", why ? why : "error without a message");
}

static prom_err collect(prom_builder *b, void *data)
{
    bridge *br = data;
    lua_State *L = br->L;
    if (!L)
        return PROM_OK;
    if (br->running)
        return lprom__api->fail(PROM_E_CALLBACK, "it gathers the registry that it is in");
    if (!lua_checkstack(L, 8))
        return lprom__api->fail(PROM_E_NOMEM, "no room on the Lua stack");
    int top = lua_gettop(L);
    br->running = 1;
    prom_err e = call(L, br, b);
    br->running = 0;
    if (br->L)
        lua_settop(L, top);
    return e;
}

/* --- the box ---------------------------------------------------------------------------- */

static collector *collector_at(lua_State *L, int i)
{
    collector *c = lprom__block(L, i, sizeof *c);
    return c && c->magic == lprom__magic(KIND_COLLECTOR) ? c : NULL;
}

static collector *collector_check(lua_State *L, int i)
{
    collector *c = collector_at(L, i);
    if (!c)
        luaL_typeerror(L, i, LPROM_COLLECTOR);
    else if (!c->object)
        luaL_argerror(L, i, "is closed");
    return c;
}

static int collector_gc(lua_State *L)
{
    collector *c = collector_at(L, 1);
    if (!c)
        return 0;
    prom_collector *object = c->object;
    bridge *br = c->bridge;
    c->object = NULL;
    c->bridge = NULL;
    if (br)
        br->L = NULL;
    while (c->places) {
        place *p = c->places;
        c->places = p->next;
        lprom__api->registry_remove(p->registry, object);
        lprom__api->unref(p->registry);
        free(p);
    }
    if (object)
        lprom__api->unref(object);
    else
        free(br);
    return 0;
}

/* Notes that the collector at i enters a registry: before it does, so that a lack of memory
 * is found in time. */
static void place_add(lua_State *L, int i, collector *c, prom_registry *r)
{
    lprom__anchors_add(L, i);
    place *p = malloc(sizeof *p);
    if (!p) {
        if (!c->places)
            lprom__anchors_remove(L, c);
        lprom__raise(L, PROM_E_NOMEM);
        return;
    }
    *p = (place){ c->places, lprom__api->ref(r) };
    c->places = p;
}

static int place_drop(lua_State *L, collector *c, const prom_registry *r)
{
    for (place **at = &c->places; *at; at = &(*at)->next) {
        if ((*at)->registry != r)
            continue;
        place *p = *at;
        *at = p->next;
        lprom__api->unref(p->registry);
        free(p);
        if (!c->places)
            lprom__anchors_remove(L, c);
        return 1;
    }
    return 0;
}

static int has_place(const collector *c, const prom_registry *r)
{
    const place *p = c->places;
    while (p && p->registry != r)
        p = p->next;
    return p != NULL;
}

int lprom__collector_register(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    collector *c = collector_check(L, 2);
    if (has_place(c, r))
        return luaL_error(L, "the collector is already in this registry");
    place_add(L, 2, c, r);
    prom_err e = lprom__api->registry_add(r, c->object);
    if (e)
        place_drop(L, c, r);
    return lprom__result(L, e);
}

int lprom__collector_unregister(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    collector *c = collector_check(L, 2);
    prom_err e = lprom__api->registry_remove(r, c->object);
    place_drop(L, c, r);
    if (e != PROM_OK && e != PROM_E_NOENT)
        return lprom__raise(L, e);
    lua_pushboolean(L, e == PROM_OK);
    return 1;
}

/* Setting an entry to nil is the one change that a walk over a table allows. */
void lprom__collector_forget(lua_State *L, prom_registry *r)
{
    lprom__anchors_table(L);
    int table = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        collector *c = collector_at(L, -1);
        if (c)
            place_drop(L, c, r);
    }
    lua_pop(L, 1);
}

static unsigned read_wait(lua_State *L, int options)
{
    static const char *const known[] = { "wait_ms", NULL };
    if (lua_isnoneornil(L, options))
        return 0;
    luaL_checktype(L, options, LUA_TTABLE);
    lprom__opts_known(L, options, known);
    lua_getfield(L, options, "wait_ms");
    double ms = lua_isnil(L, -1) ? 0 : lprom__number(L, -1);
    if (!(ms >= 0 && ms <= UINT_MAX))
        luaL_error(L, "wait_ms: %f is out of range", ms);
    lua_pop(L, 1);
    return (unsigned)ms;
}

static collector *collector_push(lua_State *L, int function)
{
    collector *c = lua_newuserdatauv(L, sizeof *c, 2);
    *c = (collector){ .magic = lprom__magic(KIND_COLLECTOR) };
    luaL_setmetatable(L, LPROM_COLLECTOR);
    lua_pushvalue(L, function);
    lua_setiuservalue(L, -2, VALUE_FUNCTION);
    lprom__box_push(L, LPROM_BUILDER, KIND_BUILDER);
    lua_setiuservalue(L, -2, VALUE_BUILDER);
    return c;
}

/* The main coroutine: the one that asked may be gone when the function is called. */
static lua_State *main_state(lua_State *L)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    lua_State *main = lua_tothread(L, -1);
    lua_pop(L, 1);
    return main;
}

int lprom__collector_new(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    prom_collector_opts o = {
        .size = sizeof o, .collect = collect, .free_data = free, .bound = true
    };
    o.name = lprom__text(L, 2);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    o.wait_ms = read_wait(L, 4);
    collector *c = collector_push(L, 3);
    o.data = c->bridge = malloc(sizeof *c->bridge);
    if (!c->bridge)
        return lprom__raise(L, PROM_E_NOMEM);
    *c->bridge = (bridge){ .L = main_state(L), .box = c };
    place_add(L, lua_gettop(L), c, r);
    prom_err e = lprom__api->collector_new(r, &o, &c->object);
    if (e) {
        place_drop(L, c, r);
        return lprom__raise(L, e);
    }
    return 1;
}

static int collector_tostring(lua_State *L)
{
    collector *c = collector_at(L, 1);
    lua_pushfstring(L, "%s: %p", LPROM_COLLECTOR, (void *)c);
    return 1;
}

void lprom__collector_classes(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", collector_gc },
                                     { "__tostring", collector_tostring },
                                     { NULL, NULL } };
    lprom__class(L, LPROM_COLLECTOR, none, meta);
}
