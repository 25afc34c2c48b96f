// SPDX-License-Identifier: Apache-2.0
/* observe.c - updates that say more: many values, exemplars, what an info says, states. */
#include "core.h"

static uint64_t times(lua_State *L, int i)
{
    double n = lprom__number(L, i);
    if (!(n >= 0 && n < 0x1p63) || n != (double)(uint64_t)n)
        luaL_argerror(L, i, "is no count");
    return (uint64_t)n;
}

static int of_type(lua_State *L, prom_type t)
{
    return lprom__metric_type(lprom__metric(L, 1)) == (int)t;
}

/* m:observe_n(v, n, labels...) */
int lprom__observe_n(lua_State *L)
{
    double v = lprom__number(L, 2);
    uint64_t n = times(L, 3);
    void *child = lprom__metric_target(L, LPROM_OBSERVERS, 4);
    if (of_type(L, PROM_HISTOGRAM))
        lprom__api->histogram_observe_n(child, v, n);
    else
        lprom__api->summary_observe_n(child, v, n);
    return 0;
}

/* m:observe_many({ values }, labels...): all of them, or none where one is no number. */
int lprom__observe_many(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TTABLE);
    int top = lua_gettop(L);
    size_t n = lua_rawlen(L, 2);
    double *values = lprom__scratch(L, n, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, 2, (lua_Integer)i + 1) != LUA_TNUMBER)
            luaL_argerror(
                L, 2, lua_pushfstring(L, "value %d is a %s", (int)i + 1, luaL_typename(L, -1)));
        values[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    void *child = lprom__metric_target(L, LPROM_OBSERVERS, lprom__labels_behind(L, top, 3));
    if (of_type(L, PROM_HISTOGRAM))
        lprom__api->histogram_observe_many(child, values, n);
    else
        lprom__api->summary_observe_many(child, values, n);
    return 0;
}

static int done(lua_State *L, prom_err e)
{
    return e ? lprom__raise(L, e) : 0;
}

/* m:add_exemplar(v, { trace_id = "..." }, labels...) */
static int exemplar(lua_State *L, prom_type t)
{
    double v = lprom__number(L, 2);
    int top = lua_gettop(L);
    luaL_checktype(L, 3, LUA_TTABLE);
    const prom_label *labels = lprom__label_pairs(L, 3);
    void *child = lprom__metric_target(L, LPROM_MASK(t), lprom__labels_behind(L, top, 4));
    return done(L, t == PROM_COUNTER
                       ? lprom__api->counter_add_exemplar(child, v, labels)
                       : lprom__api->histogram_observe_exemplar(child, v, labels));
}

int lprom__add_exemplar(lua_State *L)
{
    return exemplar(L, PROM_COUNTER);
}

int lprom__observe_exemplar(lua_State *L)
{
    return exemplar(L, PROM_HISTOGRAM);
}

/* i:set({ version = "1" }, labels...) */
int lprom__info_set(lua_State *L)
{
    int top = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    const prom_label *labels = lprom__label_pairs(L, 2);
    int first = lprom__labels_behind(L, top, 3);
    return done(
        L, lprom__api->info_set(lprom__metric_target(L, LPROM_MASK(PROM_INFO), first), labels));
}

/* s:set("running", true, labels...) */
int lprom__stateset_set(lua_State *L)
{
    const char *state = lprom__text(L, 2);
    luaL_checktype(L, 3, LUA_TBOOLEAN);
    bool on = lua_toboolean(L, 3);
    void *child = lprom__metric_target(L, LPROM_MASK(PROM_STATESET), 4);
    return done(L, lprom__api->stateset_set(child, state, on));
}

/* s:enter("running", labels...) */
int lprom__stateset_enter(lua_State *L)
{
    const char *state = lprom__text(L, 2);
    void *child = lprom__metric_target(L, LPROM_MASK(PROM_STATESET), 3);
    return done(L, lprom__api->stateset_enter(child, state));
}
