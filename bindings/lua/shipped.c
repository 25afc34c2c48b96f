// SPDX-License-Identifier: Apache-2.0
/* shipped.c - the collectors we ship: of nested tables, of a process, of the C allocator, of
 * what a program was built from. */
#include "core.h"

#include <limits.h>

/* --- nested tables ----------------------------------------------------------------------- */

enum { DEPTH_MOST = 64, VALUE_SOURCE = 1, FAMILIES_MOST = 10000 };

static void check(lua_State *L, prom_err e)
{
    if (e)
        lprom__raise(L, e);
}

/* The key at i as text: a list's places count from 0. False: it is none. */
static int key(lua_State *L, int i, prom_str *out)
{
    int type = lua_type(L, i), whole;
    if (type != LUA_TSTRING && type != LUA_TNUMBER)
        return 0;
    lua_pushvalue(L, i); /* lua_next must find the key as it was */
    lua_Integer n = lua_tointegerx(L, -1, &whole);
    if (type == LUA_TNUMBER && whole) {
        lua_pop(L, 1);
        lua_pushinteger(L, n - 1);
    }
    out->p = lua_tolstring(L, -1, &out->n);
    return 1;
}

/* The value on top. */
static void walk(lua_State *L, prom_nested_visit *w, int depth)
{
    int at = lua_gettop(L);
    if (lua_type(L, at) == LUA_TNUMBER)
        check(L, lprom__api->nested_number(w, lua_tonumber(L, at)));
    else if (lua_isboolean(L, at))
        check(L, lprom__api->nested_number(w, lua_toboolean(L, at)));
    if (!lua_istable(L, at))
        return;
    if (depth == DEPTH_MOST)
        luaL_error(L, "the table is nested deeper than %d levels", (int)DEPTH_MOST);
    luaL_checkstack(L, 6, "the table is nested too deeply");
    for (lua_pushnil(L); lua_next(L, at); lua_settop(L, at + 1)) {
        prom_str name;
        if (!key(L, at + 1, &name))
            continue;
        check(L, lprom__api->nested_enter(w, name));
        lua_pushvalue(L, at + 2);
        walk(L, w, depth + 1);
        check(L, lprom__api->nested_leave(w));
    }
}

/* Box, visit. */
static int run_walk(lua_State *L)
{
    prom_nested_visit *w = lua_touserdata(L, 2);
    if (lua_getiuservalue(L, 1, VALUE_SOURCE) == LUA_TFUNCTION)
        lua_call(L, 0, 1);
    if (!lua_istable(L, -1))
        luaL_error(L, "a table expected, got %s", luaL_typename(L, -1));
    walk(L, w, 0);
    return 0;
}

static prom_err visit_table(prom_nested_visit *w, void *data)
{
    return lprom__collector_call(data, run_walk, w);
}

static prom_err make_nested(prom_registry *r, void *opts, void *data, void (*free_data)(void *),
                            prom_collector **out)
{
    prom_nested_opts *o = opts;
    o->data = data;
    o->free_data = free_data;
    return lprom__api->nested_collector_new(r, o, out);
}

/* { path = "a/b", type = "gauge", name = ..., help = ..., labels = ... } at i; what it points
 * to stays on the stack. */
static void read_family(lua_State *L, int i, prom_nested_family *f, prom_opts *o)
{
    luaL_checkstack(L, 8, NULL);
    if (!lua_istable(L, i))
        luaL_error(L, "families: a list of tables expected, it has a %s", luaL_typename(L, i));
    f->path = lprom__opts_text(L, i, "path");
    lua_getfield(L, i, "type");
    f->type = lua_isnil(L, -1) ? PROM_GAUGE : lprom__type_check(L, lua_gettop(L));
    lua_pushvalue(L, i);
    lprom__opts_read_family(L, lua_gettop(L), o);
    f->opts = o;
}

/* reg:nested("name", table or function, { families }) */
int lprom__nested_new(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    prom_nested_opts o = { .size = sizeof o, .walk = visit_table, .bound = true };
    o.name = lprom__text(L, 2);
    if (!lua_istable(L, 3) && !lua_isfunction(L, 3))
        luaL_typeerror(L, 3, "table or function");
    luaL_checktype(L, 4, LUA_TTABLE);
    lua_settop(L, 4);
    o.n = lua_rawlen(L, 4);
    if (o.n > FAMILIES_MOST)
        luaL_argerror(L, 4, "too many families");
    prom_nested_family *families = lprom__scratch(L, o.n + 1, sizeof *families);
    prom_opts *opts = lprom__scratch(L, o.n + 1, sizeof *opts);
    for (size_t i = 0; i < o.n; i++) {
        luaL_checkstack(L, 4, NULL);
        lua_rawgeti(L, 4, (lua_Integer)i + 1);
        read_family(L, lua_gettop(L), &families[i], &opts[i]);
    }
    o.families = families;
    return lprom__collector_make(L, r, 3, 0, make_nested, &o);
}

/* --- those that need no state --------------------------------------------------------------
 */

static int result(lua_State *L, prom_err e, prom_collector *c, void **held)
{
    if (e)
        return lprom__result(L, e);
    *held = c;
    lprom__collector_push(L, held);
    return 1;
}

static prom_err this_pid(void *data, int *out)
{
    *out = (int)(intptr_t)data;
    return PROM_OK;
}

/* reg:process { namespace =, pid =, extended = } */
int lprom__process_new(lua_State *L)
{
    static const char *const known[] = { "namespace", "pid", "extended", NULL };
    prom_registry *r = lprom__registry_check(L, 1);
    prom_process_opts o = { .size = sizeof o };
    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        lprom__opts_known(L, 2, known);
        o.namespace_ = lprom__opts_text(L, 2, "namespace");
        o.extended = lprom__opts_bool(L, 2, "extended");
        double pid = lprom__opts_number(L, 2, "pid", 0);
        if (!(pid >= 0 && pid <= INT_MAX) || pid != (double)(int)pid)
            luaL_error(L, "pid: %f is no process", pid);
        o.data = (void *)(intptr_t)pid;
        o.pid = pid > 0 ? this_pid : NULL;
    }
    void **held = lprom__hold(L);
    prom_collector *c;
    prom_err e = lprom__api->process_collector_with(r, &o, &c);
    return result(L, e, c, held);
}

int lprom__malloc_new(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    void **held = lprom__hold(L);
    prom_collector *c;
    prom_err e = lprom__api->malloc_collector_new(r, &c);
    return result(L, e, c, held);
}

/* reg:build_info("program", { version = "1.2" }) */
int lprom__build_info_new(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    const char *program = lprom__text(L, 2);
    lua_settop(L, 3);
    const prom_label *labels = lprom__label_pairs(L, 3);
    void **held = lprom__hold(L);
    prom_collector *c;
    prom_err e = lprom__api->build_info_collector_new(r, program, labels, &c);
    return result(L, e, c, held);
}
