// SPDX-License-Identifier: Apache-2.0
/* lprom.h - for programs that embed Lua: the host's registries in its scripts.
 *
 *     lprom_set_default(L, game->metrics);      // `prom.default` in this state, before or
 *     luaL_dostring(L, "require 'prom'");       // after the script requires the module
 *
 * A registry may be set in any number of states on any number of threads. The functions call
 * the library through prom_api_find(), so it does not matter which copy of libprom made the
 * registry nor which copy of this module the script loads.
 *
 * They need two free stack slots and raise Lua's memory error when there is no memory, so
 * call them from a protected call, as any function of Lua's own that may raise. */
#ifndef LPROM_H
#define LPROM_H

#include <prom/prom.h>

#include <lauxlib.h>
#include <lua.h>

PROM_BEGIN

/* What `require "prom.core"` calls; for luaL_requiref and package.preload. */
int luaopen_prom_core(lua_State *L);

/* Pushes r as a script sees it. The value holds a reference. */
void lprom_push_registry(lua_State *L, prom_registry *r);

/* Makes r this state's `prom.default`; with NULL it is that of the process again. */
void lprom_set_default(lua_State *L, prom_registry *r);

/* The registry at this index, borrowed from the value there. Another type raises an error. */
prom_registry *lprom_check_registry(lua_State *L, int index);

PROM_END
#endif
