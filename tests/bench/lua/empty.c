// SPDX-License-Identifier: Apache-2.0
/* empty.c - the least that `object:method()` can cost: a method of a userdata that does
 * nothing. require "empty" gives such an object. */
#include <lauxlib.h>
#include <lua.h>

int luaopen_empty(lua_State *L);

static int nop(lua_State *L)
{
    (void)L;
    return 0;
}

int luaopen_empty(lua_State *L)
{
    lua_newuserdatauv(L, 16, 0);
    lua_createtable(L, 0, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, nop);
    lua_setfield(L, -2, "nop");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    return 1;
}
