// SPDX-License-Identifier: Apache-2.0
/* host.h - what the hosts of these tests have in common. */
#ifndef TESTS_LUA_HOST_H
#define TESTS_LUA_HOST_H

#include "check.h"
#include "lprom.h"

#include <lualib.h>
#include <stdlib.h>

/* Libraries and prom.core as package.preload has it. May raise. */
static inline void host_open(lua_State *L)
{
    luaL_openlibs(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_prom_core);
    lua_setfield(L, -2, "prom.core");
    lua_pop(L, 1);
}

/* Runs a script; what went wrong is a failed check. */
static inline void host_run(lua_State *L, const char *script)
{
    if (luaL_dostring(L, script)) {
        check_report(false, __FILE__, __LINE__, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
}

static inline lua_State *host_new(void)
{
    lua_State *L = luaL_newstate();
    if (!L)
        abort();
    host_open(L);
    return L;
}

#endif
