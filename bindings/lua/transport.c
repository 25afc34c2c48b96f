// SPDX-License-Identifier: Apache-2.0
/* transport.c - senders whose transport is written in Lua.
 *
 * What the library calls finds the state by the call that is under way on its thread
 * (lprom__sender_enter): in send(), poll() and stop() of the sender, and when the state closes.
 * Elsewhere, as on the thread that ends senders when the process exits, there is no state, and
 * the send fails. */
#include "senders.h"

#include <stdlib.h>

typedef struct parcel {
    const prom_snapshot *snapshot; /* NULL: the end */
    double left;                   /* seconds */
    prom_err e;                    /* what the function said by nil and a message */
} parcel;

static int message(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* Protected: the sender, a parcel. */
static int run(lua_State *L)
{
    parcel *p = lua_touserdata(L, 2);
    box *snapshot = p->snapshot ? lprom__snapshot_push(L, p->snapshot) : NULL;
    lua_getiuservalue(L, 1, snapshot ? LPROM_SENDER_SEND : LPROM_SENDER_FINISH);
    if (snapshot)
        lua_pushvalue(L, 3);
    lua_pushnumber(L, p->left);
    int status = lua_pcall(L, snapshot ? 2 : 1, 2, 0);
    if (snapshot)
        lprom__snapshot_close(snapshot); /* alive: it is on the stack */
    if (status != LUA_OK)
        return lua_error(L);
    if (!lua_toboolean(L, -2) && lua_type(L, -1) == LUA_TSTRING)
        p->e = lprom__api->fail(PROM_E_IO, "%s", lua_tostring(L, -1));
    return 0;
}

/* Only the thread that entered with a state sees it. */
static lua_State *state_of(const sender_bridge *b)
{
    return pthread_equal(atomic_load(&b->thread), pthread_self()) ? b->L : NULL;
}

/* Nothing in here raises outside of lua_pcall. The sender is at 1 in this frame. */
static prom_err call(const prom_delivery *d, const prom_snapshot *s, const void *data)
{
    lua_State *L = state_of(data);
    if (!L)
        return lprom__api->fail(PROM_E_CALLBACK,
                                "a transport written in Lua runs in its state only");
    if (!lua_checkstack(L, 8))
        return lprom__api->fail(PROM_E_NOMEM, "no room on the Lua stack");
    parcel p = { .snapshot = s, .left = lprom__api->delivery_left_ms(d) / 1000.0 };
    int top = lua_gettop(L);
    lua_pushcfunction(L, message);
    lua_pushcfunction(L, run);
    lua_pushvalue(L, 1);
    lua_pushlightuserdata(L, &p);
    if (lua_pcall(L, 2, 0, top + 1) != LUA_OK) {
        const char *why = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
        p.e = lprom__api->fail(PROM_E_CALLBACK, "%s", why ? why : "error without a message");
    }
    lua_settop(L, top);
    return p.e;
}

static prom_err deliver(prom_delivery *d, const prom_snapshot *s, void *data)
{
    return call(d, s, data);
}

static prom_err finish(prom_delivery *d, void *data)
{
    return state_of(data) ? call(d, NULL, data) : PROM_OK;
}

static prom_err make(prom_registry *r, const void *opts, const prom_sender_opts *so,
                     sender *own, prom_sender **out)
{
    prom_transport t = *(const prom_transport *)opts;
    t.data = own->bridge;
    t.free_data = free;
    return lprom__api->sender_new(r, &t, so, out);
}

/* Moves the function that the table at 2 has to the sender on top; false: there is none. */
static bool take_function(lua_State *L, const char *name, int value)
{
    if (lua_getfield(L, 2, name) == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    if (!lua_isfunction(L, -1))
        luaL_error(L, "%s: function expected, got %s", name, luaL_typename(L, -1));
    lua_setiuservalue(L, -2, value);
    return true;
}

/* reg:sender { name =, send = function(snapshot, left) ... end, finish =, ... } */
int lprom__senders_own(lua_State *L)
{
    static const char *const known[] = { LPROM_SENDER_OPTIONS, "name", "send", "finish", NULL };
    prom_registry *r = lprom__registry_check(L, 1);
    prom_sender_opts so;
    prom_transport t = { .size = sizeof t, .send = deliver };
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lprom__opts_known(L, 2, known);
    lprom__sender_options(L, 2, &so);
    t.name = lprom__opts_text(L, 2, "name");
    sender *s = lprom__sender_box(L);
    if (!take_function(L, "send", LPROM_SENDER_SEND))
        return luaL_error(L, "send: function expected, got nil");
    bool finishes = take_function(L, "finish", LPROM_SENDER_FINISH);
    t.finish = finishes ? finish : NULL;
    lprom__not_in_finalizer(L); /* where the box would not free it */
    s->bridge = malloc(sizeof *s->bridge);
    if (!s->bridge)
        return lprom__raise(L, PROM_E_NOMEM);
    s->bridge->L = NULL;
    atomic_init(&s->bridge->thread, pthread_self());
    s->interval = so.interval_ms / 1000.0;
    so.interval_ms = 0; /* it has no thread */
    return lprom__sender_fill(L, s, r, make, &t, &so, finishes);
}
