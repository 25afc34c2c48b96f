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

prom_str lprom__label_constrain(lua_State *L, const metric *m, int i, const char *label)
{
    prom_str value = lprom__label_value(L, i, label);
    if (!lprom__is_careful(m))
        return value;
    int top = lua_gettop(L);
    luaL_checkstack(L, 4, NULL);
    if (lua_getiuservalue(L, 1, LPROM_VALUE_CONSTRAINTS) == LUA_TTABLE &&
        lua_getfield(L, -1, label) == LUA_TFUNCTION) {
        lua_pushvalue(L, i);
        lua_call(L, 1, 1);
        lua_replace(L, i);
        value = lprom__label_value(L, i, label);
    }
    lua_settop(L, top);
    return value;
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
        out[i] = lprom__label_constrain(L, m, top + 1 + i, names[i]);
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

prom_label_str *lprom__label_pairs_str(lua_State *L, int i, size_t *n)
{
    luaL_checktype(L, i, LUA_TTABLE);
    size_t count = 0;
    luaL_checkstack(L, 6, NULL);
    for (lua_pushnil(L); lua_next(L, i); lua_pop(L, 1))
        count++;
    if (count > LPROM_MAX_LABELS)
        luaL_error(L, "more than %d labels", (int)LPROM_MAX_LABELS);
    luaL_checkstack(L, 2 * (int)count + 6, NULL);
    prom_label_str *labels = lprom__scratch(L, count + 1, sizeof *labels);
    lua_pushnil(L);
    for (*n = 0; *n < count && lua_next(L, i); ++*n) {
        prom_label_str *l = &labels[*n];
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "label names are strings, got a %s", luaL_typename(L, -2));
        lua_pushvalue(L, -2); /* name, value, and the name again to go on from */
        l->name.p = lua_tolstring(L, -3, &l->name.n);
        l->value = lprom__label_value(L, lua_gettop(L) - 1, l->name.p);
    }
    return labels;
}

const prom_label *lprom__label_pairs(lua_State *L, int i)
{
    if (lua_isnoneornil(L, i))
        return NULL;
    size_t n;
    const prom_label_str *from = lprom__label_pairs_str(L, i, &n);
    luaL_checkstack(L, 4, NULL);
    prom_label *labels = lprom__scratch(L, n + 1, sizeof *labels);
    for (size_t k = 0; k < n; k++) {
        labels[k] = (prom_label){ from[k].name.p, from[k].value.p };
        if (strlen(from[k].name.p) != from[k].name.n ||
            strlen(from[k].value.p) != from[k].value.n)
            luaL_error(L, "label %s contains a zero byte", from[k].name.p);
    }
    return labels;
}

int lprom__labels_behind(lua_State *L, int top, int first)
{
    int more = lua_gettop(L) - top;
    lua_rotate(L, 2, more);
    return first + more;
}

const char *const *lprom__strings(lua_State *L, int i, const char *what)
{
    i = lua_absindex(L, i);
    if (lua_isnoneornil(L, i))
        return NULL;
    if (!lua_istable(L, i))
        luaL_error(L, "%s: a list of strings expected, got %s", what, luaL_typename(L, i));
    size_t n = lua_rawlen(L, i);
    if (n > 100000)
        luaL_error(L, "%s: too many", what);
    luaL_checkstack(L, (int)n + 4, NULL);
    const char **list = lprom__scratch(L, n + 1, sizeof *list);
    for (size_t k = 0; k < n; k++) {
        size_t length;
        lua_rawgeti(L, i, (lua_Integer)k + 1);
        if (!lua_isstring(L, -1))
            luaL_error(L, "%s: a list of strings expected, it has a %s", what,
                       luaL_typename(L, -1));
        lprom__label_value(L, lua_gettop(L), what);
        list[k] = lua_tolstring(L, -1, &length);
        if (strlen(list[k]) != length)
            luaL_error(L, "%s: '%s' contains a zero byte", what, list[k]);
    }
    return list;
}
