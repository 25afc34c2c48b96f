// SPDX-License-Identifier: Apache-2.0
/* labels.c - label values from arguments and tables. */
#include "core.h"

#include <string.h>

prom_str lprom__label_value(lua_State *L, int i, const char *label)
{
    int type = lua_type(L, i), is_integer;
    if (type == LUA_TNUMBER) {
        lua_Integer n = lua_tointegerx(L, i, &is_integer);
        if (is_integer) { /* so that 200.0 is "200" */
            lua_pushinteger(L, n);
            lua_replace(L, i);
        }
    } else if (type != LUA_TSTRING) {
        luaL_error(L, "label %s: string or number expected, got %s", label ? label : "value",
                   luaL_typename(L, i));
    }
    prom_str s;
    s.p = lua_tolstring(L, i, &s.n);
    return s;
}

/* "hits_total has the labels (method, code): 2 values expected, got 1" */
static int wrong_count(lua_State *L, const metric *m, int got)
{
    const prom_opts *o = lprom__api->vec_opts(m->vec);
    luaL_Buffer names;
    luaL_buffinit(L, &names);
    for (unsigned i = 0; i < m->n_labels; i++) {
        if (i)
            luaL_addstring(&names, ", ");
        luaL_addstring(&names, o->labels[i]);
    }
    luaL_pushresult(&names);
    return luaL_error(L, "%s has the labels (%s): %d expected, got %d", o->name,
                      lua_tostring(L, -1), (int)m->n_labels, got);
}

/* Something in the table is not a label: say what. */
static int unknown_label(lua_State *L, const prom_opts *o, int table)
{
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        const char *const *name = o->labels;
        while (key && *name && strcmp(*name, key) != 0)
            name++;
        if (!key || !*name)
            return luaL_error(L, "%s has no label '%s'", o->name,
                              key ? key : luaL_tolstring(L, -2, NULL));
    }
    return luaL_error(L, "%s: the label table changed while it was read", o->name);
}

static void push_by_name(lua_State *L, const metric *m, int table)
{
    const prom_opts *o = lprom__api->vec_opts(m->vec);
    unsigned n = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        n++;
    for (unsigned i = 0; i < m->n_labels; i++) {
        lua_pushstring(L, o->labels[i]);
        lua_rawget(L, table);
        if (lua_isnil(L, -1))
            luaL_error(L, "%s: label '%s' is missing", o->name, o->labels[i]);
    }
    if (n != m->n_labels)
        unknown_label(L, o, table);
}

static void push_by_place(lua_State *L, const metric *m, int table)
{
    size_t n = lua_rawlen(L, table);
    if (n != m->n_labels)
        wrong_count(L, m, (int)n);
    for (unsigned i = 1; i <= m->n_labels; i++)
        lua_rawgeti(L, table, (lua_Integer)i);
}

int lprom__labels_push(lua_State *L, const metric *m, int first, prom_str *out)
{
    int top = lua_gettop(L), n = (int)m->n_labels;
    luaL_checkstack(L, n + 4, "too many labels");
    if (top == first && lua_istable(L, first)) {
        if (lua_rawlen(L, first) > 0)
            push_by_place(L, m, first);
        else
            push_by_name(L, m, first);
    } else if (top - first + 1 != n) {
        wrong_count(L, m, top < first ? 0 : top - first + 1);
    } else {
        for (int i = 0; i < n; i++)
            lua_pushvalue(L, first + i);
    }
    const char *const *names = lprom__api->vec_opts(m->vec)->labels;
    for (int i = 0; i < n; i++)
        out[i] = lprom__label_value(L, top + 1 + i, names[i]);
    return top + 1;
}

size_t lprom__labels_read(lua_State *L, int first, prom_str *out)
{
    int n = lua_gettop(L) - first + 1;
    if (n > LPROM_MAX_LABELS)
        luaL_error(L, "more than %d labels", (int)LPROM_MAX_LABELS);
    for (int i = 0; i < n; i++)
        out[i] = lprom__label_value(L, first + i, NULL);
    return n < 0 ? 0 : (size_t)n;
}
