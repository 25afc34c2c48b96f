// SPDX-License-Identifier: Apache-2.0
/* compat.h - all that differs between versions of Lua. The rest is written for 5.4. */
#ifndef LPROM_COMPAT_H
#define LPROM_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM < 504
#error "this module needs the headers of Lua 5.4 or newer"
#endif

/* Strings of up to so many bytes are interned: the same text is the same object. */
#define LPROM_INTERNED 40

/* The identity of the string at i: no two live values share it. Other values have none of a
 * string's, which spares the look at their type. */
#define lprom__identity(L, i) lua_topointer((L), (i))

#endif
