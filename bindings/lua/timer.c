// SPDX-License-Identifier: Apache-2.0
/* timer.c - `local t <close> = h:timer("GET")`: observes once, when it is stopped or closed. */
#include "core.h"

typedef struct timer {
    uint64_t magic;
    prom_timer start;
    void *child;    /* one reference; NULL once it is observed */
    double seconds; /* what was observed */
} timer;

int lprom__timer_start(lua_State *L)
{
    static const unsigned types = 1u << PROM_GAUGE | 1u << PROM_HISTOGRAM | 1u << PROM_SUMMARY;
    luaL_checkany(L, 1);
    timer *t = lua_newuserdatauv(L, sizeof *t, 0);
    *t = (timer){ .magic = lprom__magic(KIND_TIMER) };
    luaL_setmetatable(L, LPROM_TIMER);
    lua_insert(L, 2); /* below the labels */
    t->child = lprom__api->ref(lprom__metric_target(L, types, 3));
    t->start = lprom__api->timer_start();
    lua_settop(L, 2);
    return 1;
}

static timer *timer_check(lua_State *L)
{
    timer *t = lprom__block(L, 1, sizeof *t);
    if (!t || t->magic != lprom__magic(KIND_TIMER))
        luaL_typeerror(L, 1, LPROM_TIMER);
    return t;
}

/* The seconds it observed, also when it is called again. */
static int timer_stop(lua_State *L)
{
    timer *t = timer_check(L);
    void *child = t->child;
    if (child) {
        t->seconds = lprom__api->timer_observe(t->start, child);
        t->child = NULL;
        lprom__api->unref(child);
    }
    lua_pushnumber(L, t->seconds);
    return 1;
}

static int timer_elapsed(lua_State *L)
{
    timer *t = timer_check(L);
    lua_pushnumber(L, t->child ? lprom__api->timer_seconds(t->start) : t->seconds);
    return 1;
}

static int timer_gc(lua_State *L)
{
    timer *t = timer_check(L);
    void *child = t->child;
    t->child = NULL;
    lprom__api->unref(child);
    return 0;
}

void lprom__timer_classes(lua_State *L)
{
    static const luaL_Reg methods[] = { { "stop", timer_stop },
                                        { "elapsed", timer_elapsed },
                                        { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__close", timer_stop },
                                     { "__gc", timer_gc },
                                     { NULL, NULL } };
    lprom__class(L, LPROM_TIMER, methods, meta);
}
