// SPDX-License-Identifier: Apache-2.0
/* visit.c - calls of the library that call back for each of many things, and the state sees
 * them in a table. */
#include "core.h"

enum { VISIT_ROOM = 8 };

visit lprom__visit_begin(lua_State *L, lua_CFunction f)
{
    luaL_checkstack(L, VISIT_ROOM, NULL);
    lua_newtable(L);
    return (visit){ .L = L, .f = f, .table = lua_gettop(L) };
}

prom_err lprom__visit_item(visit *v, const void *item)
{
    lua_pushcfunction(v->L, v->f);
    lua_pushlightuserdata(v->L, (void *)(uintptr_t)item);
    lua_pushvalue(v->L, v->table);
    if (lua_pcall(v->L, 2, 0, 0) == LUA_OK)
        return PROM_OK;
    v->failed = 1;
    return PROM_E_CALLBACK;
}

void lprom__visit_end(visit *v, prom_err e)
{
    if (v->failed) /* what was raised is on top */
        lua_error(v->L);
    if (e)
        lprom__raise(v->L, e);
}
