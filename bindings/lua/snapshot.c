// SPDX-License-Identifier: Apache-2.0
/* snapshot.c - what a transport written in Lua is given: all that was gathered, in whatever
 * form it wants. It is closed when the transport is back. */
#include "core.h"

box *lprom__snapshot_push(lua_State *L, const prom_snapshot *s)
{
    box *b = lprom__box_push(L, LPROM_SNAPSHOT, KIND_SNAPSHOT);
    b->object = lprom__api->ref((void *)(uintptr_t)s);
    return b;
}

void lprom__snapshot_close(box *b)
{
    lprom__drop(&b->object);
}

static const prom_snapshot *snapshot_check(lua_State *L)
{
    return lprom__box_check(L, 1, LPROM_SNAPSHOT, KIND_SNAPSHOT)->object;
}

static int text(lua_State *L)
{
    static const char *const known[] = { "format", "escaping", "no_created", NULL };
    const prom_snapshot *s = snapshot_check(L);
    prom_encode_opts o;
    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        lprom__opts_known(L, 2, known);
    }
    const prom_encoder *e = lprom__encode_options(L, 2, &o);
    lprom__snapshot_push_text(L, s, e, &o);
    return 1;
}

static int families(lua_State *L)
{
    lprom__families_push(L, snapshot_check(L));
    return 1;
}

static int errors(lua_State *L)
{
    lprom__snapshot_push_errors(L, snapshot_check(L));
    return 1;
}

/* { name =, type =, labels =, value =, timestamp = } for the list at 2. */
static int take_sample(lua_State *L)
{
    const prom_sample *x = lua_touserdata(L, 1);
    lua_createtable(L, 0, 5);
    lua_pushfstring(L, "%s%s", x->family->name, x->suffix);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, lprom__api->type_name(x->family->type));
    lua_setfield(L, -2, "type");
    lua_createtable(L, 0, (int)x->n_labels);
    for (size_t i = 0; i < x->n_labels; i++) {
        lua_pushlstring(L, x->labels[i].name.p, x->labels[i].name.n);
        lua_pushlstring(L, x->labels[i].value.p, x->labels[i].value.n);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "labels");
    lua_pushnumber(L, x->value);
    lua_setfield(L, -2, "value");
    if (x->timestamp_ms != INT64_MIN) {
        lua_pushnumber(L, (double)x->timestamp_ms / 1000);
        lua_setfield(L, -2, "timestamp");
    }
    lua_rawseti(L, 2, (lua_Integer)lua_rawlen(L, 2) + 1);
    return 0;
}

static prom_err each_sample(void *data, const prom_sample *x)
{
    return lprom__visit_item(data, x);
}

static int samples(lua_State *L)
{
    const prom_snapshot *s = snapshot_check(L);
    visit v = lprom__visit_begin(L, take_sample);
    for (size_t i = 0; i < lprom__api->snapshot_size(s); i++) {
        const prom_family *f = lprom__api->snapshot_at(s, i);
        lprom__visit_end(&v, lprom__api->family_samples(f, each_sample, &v));
    }
    return 1;
}

static int snapshot_gc(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_SNAPSHOT))
        lprom__drop(&b->object);
    return 0;
}

void lprom__snapshot_classes(lua_State *L)
{
    static const luaL_Reg methods[] = { { "text", text },
                                        { "families", families },
                                        { "samples", samples },
                                        { "errors", errors },
                                        { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", snapshot_gc }, { NULL, NULL } };
    lprom__class(L, LPROM_SNAPSHOT, methods, meta);
}
