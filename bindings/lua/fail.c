// SPDX-License-Identifier: Apache-2.0
/* fail.c - from error codes to Lua, and the checks of plain arguments. */
#include "core.h"

#include <string.h>

int lprom__raise(lua_State *L, prom_err e)
{
    return luaL_error(L, "%s", lprom__api->error(e));
}

int lprom__result(lua_State *L, prom_err e)
{
    switch (e) {
    case PROM_OK:
        lua_pushboolean(L, 1);
        return 1;
    case PROM_E_NOENT:
    case PROM_E_CALLBACK:
    case PROM_E_IO:
    case PROM_E_CLOSED:
    case PROM_E_UNSUPPORTED:
    case PROM_E_TIMEOUT:
    case PROM_E_CANCELLED:
    case PROM_E_SYNTAX:
    case PROM_E_DIFFERS:
        lua_pushnil(L);
        lua_pushstring(L, lprom__api->error(e));
        lua_pushstring(L, lprom__api->err_name(e));
        return 3;
    default:
        return lprom__raise(L, e);
    }
}

double lprom__number(lua_State *L, int i)
{
    if (lua_type(L, i) != LUA_TNUMBER)
        luaL_typeerror(L, i, "number");
    return lua_tonumber(L, i);
}

const char *lprom__text(lua_State *L, int i)
{
    size_t n;
    if (lua_type(L, i) != LUA_TSTRING)
        luaL_typeerror(L, i, "string");
    const char *s = lua_tolstring(L, i, &n);
    if (strlen(s) != n)
        luaL_argerror(L, i, "contains a zero byte");
    return s;
}

/* While a state closes, what is new gets no finalizer, so nothing would tell the library that
 * the state is gone; only in finalizers does lua_gc() say that it is out of order. */
void lprom__not_in_finalizer(lua_State *L)
{
    if (lua_gc(L, LUA_GCCOUNT) < 0)
        luaL_error(L, "a finalizer cannot register what works after it");
}
