// SPDX-License-Identifier: Apache-2.0
/* registry.c - registries in Lua, and which of them is the default. */
#include "core.h"

#include <string.h>

/* Where a state keeps its default; a string, so that copies of this module agree on it. */
#define DEFAULT_KEY "prom.default"

prom_registry *lprom__registry_check(lua_State *L, int i)
{
    return lprom__box_check(L, i, LPROM_REGISTRY, KIND_REGISTRY)->object;
}

static int family_new(lua_State *L, prom_type t)
{
    prom_registry *r = lprom__registry_check(L, 1);
    prom_opts o;
    lprom__opts_read(L, 2, &o);
    metric *m = lprom__metric_push(L, t, 1);
    prom_err e = lprom__api->vec_new(r, t, &o, &m->vec);
    if (e)
        return lprom__raise(L, e);
    lprom__metric_fill(L, lua_gettop(L), m);
    return 1;
}

static int registry_counter(lua_State *L)
{
    return family_new(L, PROM_COUNTER);
}

static int registry_gauge(lua_State *L)
{
    return family_new(L, PROM_GAUGE);
}

static int registry_histogram(lua_State *L)
{
    return family_new(L, PROM_HISTOGRAM);
}

static int registry_summary(lua_State *L)
{
    return family_new(L, PROM_SUMMARY);
}

static int registry_find(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    const char *name = lprom__text(L, 2);
    void **held = lprom__hold(L);
    prom_vec *vec;
    prom_err e = lprom__api->registry_find(r, name, &vec);
    if (e)
        return lprom__result(L, e);
    *held = vec;
    metric *m = lprom__metric_push(L, lprom__api->vec_type(vec), 1);
    m->vec = vec;
    *held = NULL;
    lprom__metric_fill(L, lua_gettop(L), m);
    return 1;
}

/* As find, but what is missing is an error. */
static int registry_get(lua_State *L)
{
    int n = registry_find(L);
    return n == 1 ? n : luaL_error(L, "%s", lua_tostring(L, -2));
}

/* The family of the metric at i; a series with labels is no metric of its own. */
static prom_vec *vec_check(lua_State *L, int i)
{
    metric *m = lprom__metric(L, i);
    if (lprom__metric_type(m) < 0)
        luaL_typeerror(L, i, "metric or prom.Collector");
    else if (!m->vec)
        luaL_argerror(L, i, "is one series of a metric");
    return m->vec;
}

static int registry_register(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    if (luaL_testudata(L, 2, LPROM_COLLECTOR))
        return lprom__collector_register(L);
    return lprom__result(L, lprom__api->registry_add(r, vec_check(L, 2)));
}

static int registry_unregister(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    if (luaL_testudata(L, 2, LPROM_COLLECTOR))
        return lprom__collector_unregister(L);
    prom_err e = lprom__api->registry_remove(r, vec_check(L, 2));
    if (e != PROM_OK && e != PROM_E_NOENT)
        return lprom__raise(L, e);
    lua_pushboolean(L, e == PROM_OK);
    return 1;
}

static int registry_clear(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    lprom__api->registry_clear(r);
    lprom__collector_forget(L, r);
    return 0;
}

static int registry_poll(lua_State *L)
{
    return lprom__result(L, lprom__api->poll(lprom__registry_check(L, 1)));
}

/* --- the object ------------------------------------------------------------------------ */

static int registry_gc(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_REGISTRY))
        lprom__drop(&b->object);
    return 0;
}

static int registry_eq(lua_State *L)
{
    const box *a = lprom__block(L, 1, sizeof *a), *b = lprom__block(L, 2, sizeof *b);
    lua_pushboolean(L, a && b && a->magic == b->magic && a->object == b->object);
    return 1;
}

static int registry_new(lua_State *L)
{
    static const char *const known[] = { "order", "legacy_names", NULL };
    prom_registry_opts o = { .size = sizeof o };
    if (!lua_isnoneornil(L, 1)) {
        luaL_checktype(L, 1, LUA_TTABLE);
        lprom__opts_known(L, 1, known);
        lua_getfield(L, 1, "legacy_names");
        o.legacy_names = lua_toboolean(L, -1);
        lua_getfield(L, 1, "order");
        if (!lua_isnil(L, -1)) {
            static const char *const words[] = { "sorted", "created", NULL };
            static const prom_order orders[] = { PROM_ORDER_SORTED, PROM_ORDER_CREATED };
            o.order = orders[luaL_checkoption(L, lua_gettop(L), NULL, words)];
        }
    }
    box *b = lprom__box_push(L, LPROM_REGISTRY, KIND_REGISTRY);
    prom_registry *r;
    prom_err e = lprom__api->registry_new(&o, &r);
    if (e)
        return lprom__raise(L, e);
    b->object = r;
    return 1;
}

void lprom__registry_push_default(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, DEFAULT_KEY) != LUA_TNIL)
        return;
    lua_pop(L, 1);
    box *b = lprom__box_push(L, LPROM_REGISTRY, KIND_REGISTRY);
    b->object = lprom__api->ref(lprom__api->registry_default());
    if (!b->object)
        lprom__raise(L, PROM_E_NOMEM);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, DEFAULT_KEY);
}

/* --- for hosts ---------------------------------------------------------------------------- */

void lprom_push_registry(lua_State *L, prom_registry *r)
{
    lprom__load(L);
    lprom__box_push(L, LPROM_REGISTRY, KIND_REGISTRY)->object = lprom__api->ref(r);
}

void lprom_set_default(lua_State *L, prom_registry *r)
{
    if (r)
        lprom_push_registry(L, r);
    else
        lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, DEFAULT_KEY);
}

prom_registry *lprom_check_registry(lua_State *L, int index)
{
    lprom__load(L);
    return lprom__registry_check(L, index);
}

/* --- class ----------------------------------------------------------------------------------
 */

static const luaL_Reg methods[] = { { "counter", registry_counter },
                                    { "gauge", registry_gauge },
                                    { "histogram", registry_histogram },
                                    { "summary", registry_summary },
                                    { "collector", lprom__collector_new },
                                    { "find", registry_find },
                                    { "get", registry_get },
                                    { "register", registry_register },
                                    { "unregister", registry_unregister },
                                    { "clear", registry_clear },
                                    { "text", lprom__read_text },
                                    { "value", lprom__read_value },
                                    { "poll", registry_poll },
                                    { "serve", lprom__server_start },
                                    { NULL, NULL } };

void lprom__registry_classes(lua_State *L)
{
    static const luaL_Reg meta[] = { { "__gc", registry_gc },
                                     { "__eq", registry_eq },
                                     { NULL, NULL } };
    lprom__class(L, LPROM_REGISTRY, methods, meta);
}

/* prom.counter(...) is prom.default:counter(...). The default goes below the arguments and the
 * method runs in this very frame, so that its errors point at the caller. */
static int on_default(lua_State *L)
{
    lua_CFunction method = lua_tocfunction(L, lua_upvalueindex(1));
    lprom__registry_push_default(L);
    lua_insert(L, 1);
    return method(L);
}

void lprom__registry_functions(lua_State *L)
{
    for (const luaL_Reg *m = methods; m->name; m++) {
        lua_pushcfunction(L, m->func);
        lua_pushcclosure(L, on_default, 1);
        lua_setfield(L, -2, m->name);
    }
    lua_pushcfunction(L, registry_new);
    lua_setfield(L, -2, "registry");
}
