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

struct bridge {
    lua_State *L;    /* NULL: the state is gone */
    const void *box; /* key of the anchor */
    int running;
};

/* A registry that the collector is in. Made by Lua, so that no memory is lost to an error. */
typedef struct place {
    struct place *next;
    prom_registry *registry; /* one reference */
} place;

typedef struct collector {
    uint64_t magic;
    prom_collector *object; /* one reference; NULL: closed */
    bridge *bridge; /* owned by the object, or by the box while there is none; NULL: it needs no
                     * state */
    place *places;  /* owned */
} collector;

enum { VALUE_FUNCTION = 1, VALUE_BUILDER, VALUE_DESCRIBE };

/* --- called by the library ----------------------------------------------------------- */

static int message(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* Nothing in here raises outside of lua_pcall: no allocation, no metamethod. */
static prom_err call(lua_State *L, const bridge *br, lua_CFunction f, void *item)
{
    lua_pushcfunction(L, message);
    int handler = lua_gettop(L);
    lprom__anchors_push(L, br->box);
    int self = lua_gettop(L);
    if (lua_isnil(L, self)) /* taken out while the gather was under way */
        return PROM_OK;
    lua_pushcfunction(L, f);
    lua_pushvalue(L, self);
    lua_pushlightuserdata(L, item);
    if (lua_pcall(L, 2, 0, handler) == LUA_OK)
        return PROM_OK;
    const char *why = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    return lprom__api->fail(PROM_E_CALLBACK, "%s", why ? why : "error without a message");
}

prom_err lprom__collector_call(void *data, lua_CFunction f, void *item)
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
    prom_err e = call(L, br, f, item);
    br->running = 0;
    if (br->L)
        lua_settop(L, top);
    return e;
}

/* Calls the function, user value `which` of the box at 1, with the builder at 2. */
static int run(lua_State *L, int which)
{
    prom_builder *b = lua_touserdata(L, 2);
    lua_getiuservalue(L, 1, VALUE_BUILDER);
    box *builder = lua_touserdata(L, -1);
    lua_getiuservalue(L, 1, which);
    lua_pushvalue(L, -2);
    builder->object = b;
    int status = lua_pcall(L, 1, 0, 0);
    builder->object = NULL; /* alive: it is on the stack */
    return status == LUA_OK ? 0 : lua_error(L);
}

static int run_collect(lua_State *L)
{
    return run(L, VALUE_FUNCTION);
}

static int run_describe(lua_State *L)
{
    return run(L, VALUE_DESCRIBE);
}

static prom_err collect(prom_builder *b, void *data)
{
    return lprom__collector_call(data, run_collect, b);
}

static prom_err describe(prom_builder *b, void *data)
{
    return lprom__collector_call(data, run_describe, b);
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

prom_collector *lprom__collector_check(lua_State *L, int i)
{
    return collector_check(L, i)->object;
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
    if (!c->bridge)
        return lprom__result(L, lprom__api->registry_add(r, c->object));
    lprom__not_in_finalizer(L);
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

static collector *collector_push(lua_State *L, int function, int describes)
{
    collector *c = lua_newuserdatauv(L, sizeof *c, 3);
    *c = (collector){ .magic = lprom__magic(KIND_COLLECTOR) };
    luaL_setmetatable(L, LPROM_COLLECTOR);
    lua_pushvalue(L, function);
    lua_setiuservalue(L, -2, VALUE_FUNCTION);
    lprom__box_push(L, LPROM_BUILDER, KIND_BUILDER);
    lua_setiuservalue(L, -2, VALUE_BUILDER);
    if (describes) {
        lua_pushvalue(L, describes);
        lua_setiuservalue(L, -2, VALUE_DESCRIBE);
    }
    return c;
}

void lprom__collector_push(lua_State *L, void **held)
{
    collector *c = lua_newuserdatauv(L, sizeof *c, 0);
    *c = (collector){ .magic = lprom__magic(KIND_COLLECTOR) };
    luaL_setmetatable(L, LPROM_COLLECTOR);
    c->object = *held;
    *held = NULL;
}

void lprom__collector_find(lua_State *L, prom_collector *object)
{
    luaL_checkstack(L, 6, NULL);
    lprom__anchors_table(L);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const collector *c = collector_at(L, -1);
        if (!c || c->object != object)
            continue;
        lua_replace(L, -3);
        lua_pop(L, 1);
        return;
    }
    void **held = lprom__hold(L);
    *held = lprom__api->ref(object);
    lprom__collector_push(L, held);
    lua_replace(L, -3);
    lua_pop(L, 1);
}

/* The main coroutine: the one that asked may be gone when the function is called. */
lua_State *lprom__main_state(lua_State *L)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
    lua_State *main = lua_tothread(L, -1);
    lua_pop(L, 1);
    return main;
}

int lprom__collector_make(lua_State *L, prom_registry *r, int function, int describes,
                          collector_maker *make, void *opts)
{
    lprom__not_in_finalizer(L);
    collector *c = collector_push(L, function, describes);
    lprom__senders_outlast(L);
    bridge *br = c->bridge = malloc(sizeof *br);
    if (!br)
        return lprom__raise(L, PROM_E_NOMEM);
    *br = (bridge){ .L = lprom__main_state(L), .box = c };
    place_add(L, lua_gettop(L), c, r);
    prom_err e = make(r, opts, br, free, &c->object);
    if (e) {
        place_drop(L, c, r);
        return lprom__raise(L, e);
    }
    return 1;
}

static prom_err make(prom_registry *r, void *opts, void *data, void (*free_data)(void *),
                     prom_collector **out)
{
    prom_collector_opts *o = opts;
    o->data = data;
    o->free_data = free_data;
    return lprom__api->collector_new(r, o, out);
}

/* What describes a collector that gave a list of tables: b:family() for each. */
static int describe_list(lua_State *L)
{
    lua_settop(L, 1);
    luaL_checkstack(L, 6, NULL);
    for (lua_Integer i = 1; lua_rawgeti(L, lua_upvalueindex(1), i) != LUA_TNIL; i++) {
        lua_getfield(L, 1, "family");
        lua_pushvalue(L, 1);
        lua_rotate(L, -3, 2);
        lua_call(L, 2, 0);
    }
    return 0;
}

/* The option at the top: a function, a list of families, or true. Index of a function, or 0. */
static int read_describe(lua_State *L, prom_collector_opts *o)
{
    int at = lua_gettop(L);
    if (lua_isboolean(L, at)) {
        o->describe_by_collect = lua_toboolean(L, at);
        return 0;
    }
    if (lua_istable(L, at))
        lua_pushcclosure(L, describe_list, 1);
    else if (!lua_isfunction(L, at))
        luaL_error(L, "describe: a function, a list of families or true expected, got %s",
                   luaL_typename(L, at));
    o->describe = describe;
    return at;
}

int lprom__collector_new(lua_State *L)
{
    static const char *const known[] = { "wait_ms", "describe", NULL };
    prom_registry *r = lprom__registry_check(L, 1);
    prom_collector_opts o = { .size = sizeof o, .collect = collect, .bound = true };
    int describes = 0;
    o.name = lprom__text(L, 2);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    if (!lua_isnoneornil(L, 4)) {
        luaL_checktype(L, 4, LUA_TTABLE);
        lprom__opts_known(L, 4, known);
        double ms = lprom__opts_number(L, 4, "wait_ms", 0);
        if (!(ms >= 0 && ms <= UINT_MAX))
            luaL_error(L, "wait_ms: %f is out of range", ms);
        o.wait_ms = (unsigned)ms;
        if (lua_getfield(L, 4, "describe") != LUA_TNIL)
            describes = read_describe(L, &o);
    }
    return lprom__collector_make(L, r, 3, describes, make, &o);
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
