// SPDX-License-Identifier: Apache-2.0
/* lua_side.c - Lua in the engine: what a script is given, and how it is called.
 *
 * The state is made, used and closed by one thread. The script's collector is bound to that
 * thread: scrapes, which run on the server's, see what it built last, so the thread lets it
 * build anew whenever it is idle. */
#include "engine.h"
#include "lprom.h" /* <prom/lprom.h> where libprom is installed */

#include <prom/model.h>

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct lua_side {
    const job *job;
    lua_State *L; /* on its stack, at 1: what the script returned */
} lua_side;

/* --- engine.entries ------------------------------------------------------------------------
 */

#define FOLDER "engine.Folder"

static int folder_close(lua_State *L)
{
    DIR **d = luaL_checkudata(L, 1, FOLDER);
    if (*d)
        closedir(*d);
    *d = NULL;
    return 0;
}

static int folder_next(lua_State *L)
{
    DIR **d = luaL_checkudata(L, 1, FOLDER);
    bool is_folder;
    const char *name = *d ? engine_next_entry(*d, &is_folder) : NULL;
    if (!name)
        return 0;
    lua_pushstring(L, name);
    lua_pushboolean(L, is_folder);
    return 2;
}

/* for name, is_folder in engine.entries(path): nothing of a folder that does not open. */
static int entries(lua_State *L)
{
    const char *path = luaL_checkstring(L, 1);
    lua_pushcfunction(L, folder_next);
    DIR **d = lua_newuserdatauv(L, sizeof *d, 0);
    *d = NULL;
    luaL_setmetatable(L, FOLDER);
    *d = opendir(path);   /* by now there is someone to close it */
    lua_pushnil(L);       /* where the iteration begins */
    lua_pushvalue(L, -2); /* closed when the loop is left, in whichever way */
    return 4;
}

static void make_folder_class(lua_State *L)
{
    static const luaL_Reg methods[] = { { "__gc", folder_close },
                                        { "__close", folder_close },
                                        { NULL, NULL } };
    luaL_newmetatable(L, FOLDER);
    luaL_setfuncs(L, methods, 0);
    lua_pop(L, 1);
}

/* --- what a script finds --------------------------------------------------------------------
 */

static void push_strings(lua_State *L, const char *const *strings, size_t n)
{
    lua_newtable(L);
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, strings[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_names(lua_State *L)
{
    lua_newtable(L);
    for (size_t i = 0; engine_languages[i]; i++) {
        lua_pushstring(L, engine_languages[i]->name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* The global table `engine`. */
static void make_engine(lua_State *L, const job *j)
{
    size_t n_kinds = 0;
    while (engine_kinds[n_kinds])
        n_kinds++;
    make_folder_class(L);
    lua_newtable(L);
    lua_pushcfunction(L, entries);
    lua_setfield(L, -2, "entries");
    push_names(L);
    lua_setfield(L, -2, "languages");
    push_strings(L, engine_kinds, n_kinds);
    lua_setfield(L, -2, "kinds");
    push_strings(L, (const char *const *)j->folders, j->n_folders);
    lua_setfield(L, -2, "folders");
    lua_setglobal(L, "engine");
}

/* Runs in a protected call: all of this may raise. */
static int set_up(lua_State *L)
{
    const job *j = lua_touserdata(L, 1);
    luaL_openlibs(L);
    /* The module is linked into the engine, so no script can load another build of it. */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, luaopen_prom_core);
    lua_setfield(L, -2, "prom.core");
    /* From here on `prom.counter` and its like mean the engine's registry. */
    lprom_set_default(L, j->registry);
    make_engine(L, j);
    lua_pushfstring(L, "%s/count.lua", j->scripts);
    if (luaL_loadfile(L, lua_tostring(L, -1)) != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 1);
    luaL_checktype(L, -1, LUA_TTABLE);
    return 1;
}

/* --- the language ---------------------------------------------------------------------------
 */

/* Calls the function at the top, below `n` arguments, and leaves `results` or says why not. */
static bool call(lua_State *L, int n, int results)
{
    if (lua_pcall(L, n, results, 0) == LUA_OK)
        return true;
    const char *why = lua_tostring(L, -1);
    fprintf(stderr, "demo: Lua: %s\n", why ? why : "an error without a message");
    lua_pop(L, 1);
    return false;
}

static void unload(void *self)
{
    lua_side *s = self;
    if (s->L)
        lua_close(s->L);
    free(s);
}

static void *load(const job *j)
{
    lua_side *s = malloc(sizeof *s);
    if (!s) {
        perror("demo: Lua");
        return NULL;
    }
    *s = (lua_side){ .job = j, .L = luaL_newstate() };
    if (s->L) {
        lua_pushcfunction(s->L, set_up); /* neither of these two can fail */
        lua_pushlightuserdata(s->L, (void *)(uintptr_t)j);
        if (call(s->L, 1, 1))
            return s;
    }
    unload(s);
    return NULL;
}

static bool call_script(lua_side *s, const char *function)
{
    bool ok = lua_getfield(s->L, 1, function) == LUA_TFUNCTION && call(s->L, 0, 0);
    lua_settop(s->L, 1);
    return ok;
}

static bool count(void *self)
{
    return call_script(self, "count");
}

static bool look(void *self)
{
    return call_script(self, "look");
}

static void idle(void *self)
{
    lua_side *s = self;
    /* A collector that fails is named by the next scrape. */
    (void)prom_poll(s->job->registry);
}

const language language_lua = {
    .name = "Lua", .load = load, .count = count, .look = look, .idle = idle, .unload = unload
};
