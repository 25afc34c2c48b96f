// SPDX-License-Identifier: Apache-2.0
/* runner.c - runs one Lua file in a program that has the module linked in. */
#include "lprom.h"

#include <lualib.h>
#include <stdio.h>

static int run(lua_State *L)
{
    luaL_openlibs(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_prom_core);
    lua_setfield(L, -2, "prom.core");
    if (luaL_dofile(L, lua_tostring(L, 1)))
        lua_error(L);
    return 0;
}

int main(int argc, char **argv)
{
    lua_State *L = luaL_newstate();
    if (!L || argc != 2)
        return 2;
    lua_pushcfunction(L, run);
    lua_pushstring(L, argv[1]);
    int failed = lua_pcall(L, 1, 0, 0); /* a test file ends by os.exit */
    fprintf(stderr, "%s: %s\n", argv[1], failed ? lua_tostring(L, -1) : "no closing line");
    lua_close(L);
    return 1;
}
