// SPDX-License-Identifier: Apache-2.0
/* opts.c - a prom_opts from arguments: by place, or one table.
 *
 * The opts point into Lua's strings and into scratch userdata. All of them stay on the stack,
 * so that nothing a script does can free them before the library has copied them. */
#include "core.h"

#include <limits.h>
#include <string.h>

static const char *const known[] = { "name",         "help",     "labels",     "unit",
                                     "const_labels", "buckets",  "objectives", "max_age",
                                     "age_buckets",  "accuracy", "nan",        NULL };
static const char *const known_family[] = { "name", "help",         "labels",
                                            "unit", "const_labels", NULL };
enum { KNOWN_IDENTITY = 3 }; /* those that may come by place */

void lprom__opts_known(lua_State *L, int i, const char *const *names)
{
    i = lua_absindex(L, i);
    for (lua_pushnil(L); lua_next(L, i); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        const char *const *name = names;
        while (key && *name && strcmp(*name, key) != 0)
            name++;
        if (!key || !*name)
            luaL_error(L, "no option '%s'", key ? key : luaL_tolstring(L, -2, NULL));
    }
}

/* Pushes table[name]; false if it is nil. */
static int field(lua_State *L, int table, const char *name)
{
    lua_pushstring(L, name);
    return lua_rawget(L, table) != LUA_TNIL;
}

static void field_type(lua_State *L, const char *name, int type)
{
    if (lua_type(L, -1) != type)
        luaL_error(L, "%s: %s expected, got %s", name, lua_typename(L, type),
                   luaL_typename(L, -1));
}

/* The string on top, which stays there. */
static const char *text(lua_State *L, const char *name)
{
    size_t n;
    field_type(L, name, LUA_TSTRING);
    const char *s = lua_tolstring(L, -1, &n);
    if (strlen(s) != n)
        luaL_error(L, "%s contains a zero byte", name);
    return s;
}

static double number(lua_State *L, const char *name)
{
    field_type(L, name, LUA_TNUMBER);
    return lua_tonumber(L, -1);
}

static const char *const *label_names(lua_State *L, int list)
{
    size_t n = lua_rawlen(L, list);
    size_t keys = 0;
    luaL_checkstack(L, (int)(n < LPROM_MAX_LABELS ? n : LPROM_MAX_LABELS) + 4, NULL);
    for (lua_pushnil(L); lua_next(L, list); lua_pop(L, 1))
        keys++;
    if (keys != n)
        luaL_error(L, "labels: a list of names expected");
    if (n > LPROM_MAX_LABELS)
        luaL_error(L, "labels: more than %d", (int)LPROM_MAX_LABELS);
    const char **names = lprom__scratch(L, n + 1, sizeof *names);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        names[i] = text(L, "labels");
    }
    return n ? names : NULL;
}

static const prom_label *const_labels(lua_State *L)
{
    int table = lua_gettop(L);
    size_t n = 0;
    field_type(L, "const_labels", LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        n++;
    if (n > LPROM_MAX_LABELS)
        luaL_error(L, "const_labels: more than %d", (int)LPROM_MAX_LABELS);
    luaL_checkstack(L, (int)n * 2 + 6, NULL);
    prom_label *labels = lprom__scratch(L, n + 1, sizeof *labels);
    lua_pushnil(L);
    for (size_t i = 0; i < n && lua_next(L, table); i++) {
        lua_pushvalue(L, -2); /* name, value, and the name again to go on from */
        labels[i].name = text(L, "const_labels");
        prom_str value = lprom__label_value(L, lua_gettop(L) - 1, labels[i].name);
        if (strlen(value.p) != value.n)
            luaL_error(L, "const_labels: '%s' contains a zero byte", labels[i].name);
        labels[i].value = value.p;
    }
    return labels;
}

static const double *buckets(lua_State *L)
{
    int list = lua_gettop(L);
    field_type(L, "buckets", LUA_TTABLE);
    size_t n = lua_rawlen(L, list);
    double *bounds = lprom__scratch(L, n + 1, sizeof *bounds);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        bounds[i] = number(L, "buckets");
        lua_pop(L, 1);
        if (bounds[i] == INFINITY && i + 1 < n)
            luaL_error(L, "buckets: the infinite one must be the last");
    }
    bounds[n] = INFINITY;
    return bounds;
}

/* From { [0.5] = 0.05, [0.99] = 0.001 }, in order of the quantiles. */
static const prom_objective *objectives(lua_State *L)
{
    int table = lua_gettop(L);
    size_t n = 0;
    field_type(L, "objectives", LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        n++;
    prom_objective *list = lprom__scratch(L, n + 1, sizeof *list);
    size_t count = 0;
    for (lua_pushnil(L); count < n && lua_next(L, table); lua_pop(L, 1)) {
        prom_objective o = { .error = number(L, "objectives") };
        lua_pushvalue(L, -2);
        o.quantile = number(L, "objectives");
        lua_pop(L, 1);
        if (!(o.quantile >= 0)) /* a negative one would end the array */
            luaL_error(L, "objectives: %f is not between 0 and 1", o.quantile);
        size_t i = count++;
        for (; i && list[i - 1].quantile > o.quantile; i--)
            list[i] = list[i - 1];
        list[i] = o;
    }
    list[count].quantile = -1;
    lua_settop(L, table + 1); /* the key, where the table changed under the loop */
    return list;
}

static unsigned whole(lua_State *L, const char *name)
{
    double v = number(L, name);
    if (!(v >= 0 && v <= UINT_MAX) || v != (double)(unsigned)v)
        luaL_error(L, "%s: %f is not a whole number in range", name, v);
    return (unsigned)v;
}

static prom_nan nan_policy(lua_State *L)
{
    const char *word = text(L, "nan");
    if (strcmp(word, "count") == 0)
        return PROM_NAN_COUNT;
    if (strcmp(word, "drop") != 0)
        luaL_error(L, "nan: 'drop' or 'count' expected, got '%s'", word);
    return PROM_NAN_DROP;
}

static void options(lua_State *L, int table, prom_opts *o)
{
    if (field(L, table, "unit"))
        o->unit = text(L, "unit");
    if (field(L, table, "const_labels"))
        o->const_labels = const_labels(L);
    if (field(L, table, "buckets"))
        o->buckets = buckets(L);
    if (field(L, table, "objectives"))
        o->objectives = objectives(L);
    if (field(L, table, "max_age"))
        o->max_age = number(L, "max_age");
    if (field(L, table, "age_buckets"))
        o->age_buckets = whole(L, "age_buckets");
    if (field(L, table, "accuracy"))
        o->accuracy = number(L, "accuracy");
    if (field(L, table, "nan"))
        o->nan = nan_policy(L);
}

static void read_table(lua_State *L, int table, prom_opts *o, const char *const *names)
{
    lprom__opts_known(L, table, names);
    if (field(L, table, "name"))
        o->name = text(L, "name");
    if (field(L, table, "help"))
        o->help = text(L, "help");
    if (field(L, table, "labels")) {
        field_type(L, "labels", LUA_TTABLE);
        o->labels = label_names(L, lua_gettop(L));
    }
    options(L, table, o);
}

static void read(lua_State *L, int first, prom_opts *o, const char *const *names)
{
    luaL_checkstack(L, 40, NULL);
    if (lua_istable(L, first)) {
        if (lua_gettop(L) > first)
            luaL_argerror(L, first + 1, "nothing may follow the table");
        read_table(L, first, o, names);
        return;
    }
    lua_settop(L, first + 3);
    o->name = lprom__text(L, first);
    if (!lua_isnil(L, first + 1))
        o->help = lprom__text(L, first + 1);
    if (!lua_isnil(L, first + 2)) {
        luaL_checktype(L, first + 2, LUA_TTABLE);
        o->labels = label_names(L, first + 2);
    }
    if (!lua_isnil(L, first + 3)) {
        luaL_checktype(L, first + 3, LUA_TTABLE);
        lprom__opts_known(L, first + 3, names + KNOWN_IDENTITY);
        options(L, first + 3, o);
    }
}

void lprom__opts_read(lua_State *L, int first, prom_opts *o)
{
    *o = (prom_opts)PROM_OPTS_INIT;
    read(L, first, o, known);
}

void lprom__opts_read_family(lua_State *L, int first, prom_opts *o)
{
    *o = (prom_opts)PROM_OPTS_INIT;
    read(L, first, o, known_family);
}
