// SPDX-License-Identifier: Apache-2.0
/* sender.c - senders in Lua: the value, its methods, and when it ends.
 *
 * The threads of the library never enter a Lua state. A sender with a transport of the library
 * works there whatever the state does; one with a transport written in Lua (transport.c) has no
 * thread, and sends when it is asked to, or when it is polled and due.
 *
 * Those that work by themselves are anchored, in a table of their own, until they are stopped
 * or the state closes. A closing state runs finalizers of what came last first; so that a
 * sender's last send has all that gives numbers, an object that is newer than any of that
 * (`closing`) ends the senders. */
#include "senders.h"

#include <stdlib.h>

#define CLASS_CLOSING "prom.closing"

/* Keys in the Lua registry that copies of this module have in common. */
static const void *table_key(void)
{
    return &lprom__api->size;
}

static const void *closing_key(void)
{
    return &lprom__api->abi;
}

/* --- calls in which Lua may run -------------------------------------------------------- */

lua_State *lprom__sender_enter(lua_State *L, const sender *s)
{
    if (!s->bridge)
        return NULL;
    lua_State *outer = s->bridge->L;
    atomic_store(&s->bridge->thread, pthread_self());
    s->bridge->L = L;
    return outer;
}

void lprom__sender_leave(const sender *s, lua_State *outer)
{
    if (s->bridge)
        s->bridge->L = outer;
}

/* --- anchors --------------------------------------------------------------------------- */

static void anchor(lua_State *L, int i)
{
    i = lua_absindex(L, i);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, table_key()) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, table_key());
    }
    lua_pushvalue(L, i);
    lua_rawsetp(L, -2, lua_touserdata(L, i));
    lua_pop(L, 1);
}

/* Does not raise. */
static void unanchor(lua_State *L, const sender *s)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, table_key()) == LUA_TTABLE) {
        if (lua_rawgetp(L, -1, s) != LUA_TNIL) {
            lua_pushnil(L);
            lua_rawsetp(L, -3, s);
        }
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static sender *sender_at(lua_State *L, int i)
{
    sender *s = lprom__block(L, i, sizeof *s);
    return s && s->magic == lprom__magic(KIND_SENDER) ? s : NULL;
}

/* Pushes a list of those that are anchored: their functions may change the table. */
static lua_Integer list_anchored(lua_State *L)
{
    lua_Integer n = 0;
    luaL_checkstack(L, 8, NULL);
    lua_newtable(L);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, table_key()) == LUA_TTABLE)
        for (lua_pushnil(L); lua_next(L, -2); lua_rawseti(L, -4, ++n))
            ;
    lua_pop(L, 1);
    return n;
}

/* --- the end of the state ---------------------------------------------------------------- */

static void end_sender(lua_State *L, sender *s)
{
    if (!s->object)
        return;
    lua_State *outer = lprom__sender_enter(L, s);
    (void)lprom__api->sender_stop(s->object);
    lprom__sender_leave(s, outer);
}

static int closing_gc(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, closing_key());
    if (lua_touserdata(L, 1) != lua_touserdata(L, -1))
        return 0; /* there is a newer one */
    lua_Integer n = list_anchored(L);
    int list = lua_gettop(L);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, list, i);
        lua_replace(L, 1); /* where transports look for it */
        sender *s = sender_at(L, 1);
        if (s)
            end_sender(L, s);
    }
    return 0;
}

static void closing_renew(lua_State *L)
{
    lprom__box_push(L, CLASS_CLOSING, KIND_CLOSING);
    lua_rawsetp(L, LUA_REGISTRYINDEX, closing_key());
}

void lprom__senders_outlast(lua_State *L)
{
    luaL_checkstack(L, 4, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, closing_key()) != LUA_TNIL)
        closing_renew(L);
    lua_pop(L, 1);
}

/* --- making one --------------------------------------------------------------------------- */

sender *lprom__sender_box(lua_State *L)
{
    sender *s = lua_newuserdatauv(L, sizeof *s, LPROM_SENDER_VALUES);
    *s = (sender){ .magic = lprom__magic(KIND_SENDER) };
    luaL_setmetatable(L, LPROM_SENDER);
    return s;
}

int lprom__sender_fill(lua_State *L, sender *s, prom_registry *r, sender_maker *make,
                       const void *opts, const prom_sender_opts *so, bool lasts)
{
    s->lasts = lasts || so->interval_ms || so->last || s->interval > 0;
    s->registry = r;
    lprom__not_in_finalizer(L);
    if (s->lasts) {
        anchor(L, -1);
        closing_renew(L);
    }
    prom_sender *object;
    prom_err e = make(r, opts, so, s, &object);
    if (e) {
        unanchor(L, s);
        return lprom__result(L, e);
    }
    s->object = object;
    s->since = lprom__api->timer_start();
    s->running = s->interval > 0;
    return 1;
}

int lprom__sender_make(lua_State *L, prom_registry *r, sender_maker *make, const void *opts,
                       const prom_sender_opts *so, bool lasts)
{
    luaL_checkstack(L, 8, NULL);
    return lprom__sender_fill(L, lprom__sender_box(L), r, make, opts, so, lasts);
}

int lprom__sender_once(lua_State *L, prom_registry *r, sender_maker *make, const void *opts,
                       const prom_sender_opts *so)
{
    luaL_checkstack(L, 8, NULL);
    void **held = lprom__hold(L);
    prom_sender *object;
    prom_err e = make(r, opts, so, NULL, &object);
    if (e)
        return lprom__result(L, e);
    *held = object;
    e = lprom__api->send(object);
    lprom__functions_sweep(L);
    int n = lprom__result(L, e);
    lprom__drop(held);
    return n;
}

/* --- methods ------------------------------------------------------------------------------ */

static sender *sender_check(lua_State *L)
{
    sender *s = sender_at(L, 1);
    if (!s)
        luaL_typeerror(L, 1, LPROM_SENDER);
    else if (!s->object)
        luaL_argerror(L, 1, "is closed");
    return s;
}

/* Calls a function of the library with the sender at 1, whose transport and collectors run in
 * there and may do what they like. */
static prom_err call(lua_State *L, sender *s, prom_err (*f)(prom_sender *))
{
    lua_State *outer = lprom__sender_enter(L, s);
    prom_err e = f(s->object);
    lprom__sender_leave(s, outer);
    return e;
}

static int sender_send(lua_State *L)
{
    prom_err e = call(L, sender_check(L), lprom__api->send);
    int n = lprom__result(L, e);
    lprom__functions_sweep(L);
    return n;
}

static int sender_start(lua_State *L)
{
    sender *s = sender_check(L);
    if (s->bridge && !(s->interval > 0))
        return luaL_error(L, "the sender has no interval");
    if (s->bridge && !s->running) {
        s->since = lprom__api->timer_start();
        s->turns = 0;
    }
    lua_settop(L, 1);
    anchor(L, 1);
    closing_renew(L);
    prom_err e = s->bridge ? PROM_OK : lprom__api->sender_start(s->object);
    if (e) {
        unanchor(L, s);
        return lprom__result(L, e);
    }
    s->running = s->bridge != NULL;
    lua_pushboolean(L, 1);
    return 1;
}

static prom_err stop(lua_State *L)
{
    sender *s = sender_check(L);
    s->running = false;
    unanchor(L, s);
    return call(L, s, lprom__api->sender_stop);
}

static int sender_stop(lua_State *L)
{
    return lprom__result(L, stop(L));
}

/* Whoever wants to know whether the last send failed calls stop(). */
static int sender_close(lua_State *L)
{
    (void)stop(L);
    return 0;
}

static int sender_stats(lua_State *L)
{
    const sender *s = sender_check(L);
    prom_sender_stats st = { .size = sizeof st };
    prom_err e = lprom__api->sender_stats_read(s->object, &st);
    if (e)
        return lprom__raise(L, e);
    lua_createtable(L, 0, 5);
    lua_pushinteger(L, (lua_Integer)st.sent);
    lua_setfield(L, -2, "sent");
    lua_pushinteger(L, (lua_Integer)st.failed);
    lua_setfield(L, -2, "failed");
    if (st.last_success_ns) {
        lua_pushnumber(L, (double)st.last_success_ns / 1e9);
        lua_setfield(L, -2, "last_success");
    }
    if (st.last_error) {
        lua_pushstring(L, lprom__api->err_name(st.last_error));
        lua_setfield(L, -2, "code");
        lua_pushstring(L, st.sentence);
        lua_setfield(L, -2, "message");
    }
    return 1;
}

/* --- those that are polled ---------------------------------------------------------------- */

/* Turns that were missed are left out. */
static bool is_due(sender *s)
{
    if (!s->object || !s->running)
        return false;
    double turns = (double)(uint64_t)(lprom__api->timer_seconds(s->since) / s->interval);
    if (turns <= s->turns)
        return false;
    s->turns = turns;
    return true;
}

static int sender_poll(lua_State *L)
{
    sender *s = sender_check(L);
    if (!s->bridge)
        return luaL_error(L, "the sender has a thread of its own, or no interval");
    if (!(s->interval > 0))
        return luaL_error(L, "the sender has no interval");
    if (is_due(s))
        return sender_send(L);
    lua_pushboolean(L, 1);
    return 1;
}

int lprom__senders_poll(lua_State *L, prom_registry *r)
{
    int top = lua_gettop(L), failed = 0;
    luaL_checkstack(L, 12, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, table_key()) == LUA_TNIL) {
        lua_pop(L, 1);
        return 0;
    }
    lua_pop(L, 1);
    lua_Integer n = list_anchored(L);
    int list = top + 1;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, list, i);
        sender *s = sender_at(L, -1);
        if (s && s->registry == r && is_due(s)) {
            lua_pushcfunction(L, sender_send);
            lua_insert(L, -2);
            lua_call(L, 1, 3);
            if (!failed && lua_isnil(L, -3)) {
                failed = 3;
                lua_rotate(L, list, 3);
                list += 3;
            } else {
                lua_pop(L, 3);
            }
        } else {
            lua_pop(L, 1);
        }
    }
    lua_settop(L, top + failed);
    return failed;
}

/* --- the class ------------------------------------------------------------------------------
 */

static int sender_gc(lua_State *L)
{
    sender *s = sender_at(L, 1);
    if (s && s->object) {
        end_sender(L, s);
        lprom__api->unref(s->object);
        s->object = NULL;
    } else if (s) {
        free(s->bridge);
    }
    if (s)
        s->bridge = NULL;
    return 0;
}

static int sender_tostring(lua_State *L)
{
    lua_pushfstring(L, "%s: %p", LPROM_SENDER, lua_touserdata(L, 1));
    return 1;
}

void lprom__sender_classes(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg closing_meta[] = { { "__gc", closing_gc }, { NULL, NULL } };
    static const luaL_Reg methods[] = { { "send", sender_send }, { "start", sender_start },
                                        { "stop", sender_stop }, { "stats", sender_stats },
                                        { "poll", sender_poll }, { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", sender_gc },
                                     { "__close", sender_close },
                                     { "__tostring", sender_tostring },
                                     { NULL, NULL } };
    lprom__class(L, CLASS_CLOSING, none, closing_meta);
    lprom__class(L, LPROM_SENDER, methods, meta);
}
