// SPDX-License-Identifier: Apache-2.0
/* box.c - userdata, their classes, and those kept alive until the state closes. */
#include "core.h"

#include <pthread.h>
#include <string.h>

#define CLASS_HELD "prom.held"

const prom_api *lprom__api;

static pthread_once_t find_once = PTHREAD_ONCE_INIT;

static void find_api(void)
{
    lprom__api = prom_api_find();
}

void lprom__drop(void **held)
{
    void *object = *held;
    *held = NULL;
    lprom__api->unref(object);
}

static int held_gc(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_HELD))
        lprom__drop(&b->object);
    return 0;
}

static void held_class(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", held_gc }, { NULL, NULL } };
    lprom__class(L, CLASS_HELD, none, meta);
}

/* Each step may be repeated, so a state that ran out of memory half way can try again. */
void lprom__load(lua_State *L)
{
    pthread_once(&find_once, find_api);
    if (!PROM_API_HAS(lprom__api, http_abandon))
        luaL_error(L, "the libprom of this process (%s) is older than this module",
                   lprom__api->version);
    held_class(L);
    lprom__anchors_open(L);
    lprom__children_classes(L);
    lprom__metric_classes(L);
    lprom__timer_classes(L);
    lprom__function_classes(L);
    lprom__collector_classes(L);
    lprom__builder_classes(L);
    lprom__server_classes(L);
    lprom__handler_classes(L);
    lprom__snapshot_classes(L);
    lprom__sender_classes(L);
    lprom__exchange_classes(L);
    lprom__registry_classes(L);
    lprom__read_classes(L);
}

static void push_functions(lua_State *L, const luaL_Reg *functions, int more)
{
    int n = 0;
    while (functions[n].name)
        n++;
    lua_createtable(L, 0, n + more);
    luaL_setfuncs(L, functions, 0);
}

/* The metatable enters the Lua registry when it is complete.
 *
 * The tables have room for all from the start (prom.lua adds to the methods) and get what hot
 * calls look for first: then it stands at the head of its chain, whatever it collides with. */
void lprom__class(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta)
{
    if (luaL_getmetatable(L, name) == LUA_TNIL) {
        lua_createtable(L, 0, 8);
        push_functions(L, methods, 4);
        lua_setfield(L, -2, "__index");
        luaL_setfuncs(L, meta, 0);
        lua_pushstring(L, name);
        lua_setfield(L, -2, "__name");
        lua_pushstring(L, name);
        lua_setfield(L, -2, "__metatable");
        lua_setfield(L, LUA_REGISTRYINDEX, name);
    }
    lua_pop(L, 1);
}

box *lprom__box_push(lua_State *L, const char *class, unsigned kind)
{
    box *b = lua_newuserdatauv(L, sizeof *b, 0);
    b->magic = lprom__magic(kind);
    b->object = NULL;
    luaL_setmetatable(L, class);
    return b;
}

box *lprom__box_check(lua_State *L, int i, const char *class, unsigned kind)
{
    box *b = lprom__block(L, i, sizeof *b);
    if (!b || b->magic != lprom__magic(kind))
        luaL_typeerror(L, i, class);
    else if (!b->object)
        luaL_argerror(L, i, "is closed");
    return b;
}

void **lprom__hold(lua_State *L)
{
    return &lprom__box_push(L, CLASS_HELD, KIND_HELD)->object;
}

void *lprom__scratch(lua_State *L, size_t n, size_t size)
{
    if (n > SIZE_MAX / size)
        luaL_error(L, "%s", lprom__api->error(PROM_E_NOMEM));
    void *p = lua_newuserdatauv(L, n * size, 0);
    memset(p, 0, n * size);
    return p;
}

/* --- anchors -------------------------------------------------------------- */

/* Its key in the Lua registry: an address that copies of this module have in common. */
static const void *anchors_key(void)
{
    return &lprom__api->version;
}

void lprom__anchors_open(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, anchors_key()) == LUA_TNIL) {
        lua_newtable(L);
        lua_rawsetp(L, LUA_REGISTRYINDEX, anchors_key());
    }
    lua_pop(L, 1);
}

void lprom__anchors_table(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, anchors_key());
}

void lprom__anchors_add(lua_State *L, int i)
{
    i = lua_absindex(L, i);
    lprom__anchors_table(L);
    lua_pushvalue(L, i);
    lua_rawsetp(L, -2, lua_touserdata(L, i));
    lua_pop(L, 1);
}

void lprom__anchors_remove(lua_State *L, const void *block)
{
    lprom__anchors_push(L, block);
    if (!lua_isnil(L, -1)) {
        lprom__anchors_table(L);
        lua_pushnil(L);
        lua_rawsetp(L, -2, block);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void lprom__anchors_push(lua_State *L, const void *block)
{
    lprom__anchors_table(L);
    if (lua_istable(L, -1))
        lua_rawgetp(L, -1, block);
    else
        lua_pushnil(L);
    lua_remove(L, -2);
}
