// SPDX-License-Identifier: Apache-2.0
/* opts.c - a prom_opts from arguments: by place, or one table.
 *
 * The opts point into Lua's strings and into scratch userdata. All of them stay on the stack,
 * so that nothing a script does can free them before the library has copied them. */
#include "core.h"

#include <limits.h>
#include <string.h>

static const char *const known[] = { "name",
                                     "help",
                                     "labels",
                                     "unit",
                                     "const_labels",
                                     "buckets",
                                     "objectives",
                                     "max_age",
                                     "age_buckets",
                                     "accuracy",
                                     "nan",
                                     "namespace",
                                     "subsystem",
                                     "states",
                                     "native_factor",
                                     "native_zero_threshold",
                                     "native_max_buckets",
                                     "native_min_reset",
                                     "native_max_zero_threshold",
                                     "native_max_exemplars",
                                     "native_exemplar_ttl",
                                     "max_series",
                                     "overflow",
                                     "ttl",
                                     "constraints",
                                     NULL };
static const char *const known_family[] = { "name",         "help", "labels", "unit",
                                            "const_labels", "type", "path",   NULL };
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
    luaL_checkstack(L, 8, NULL);
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

/* A number, or math.huge for none. */
static unsigned limit(lua_State *L, const char *name)
{
    return number(L, name) == (double)INFINITY ? PROM_NO_LIMIT : whole(L, name);
}

double lprom__opts_number(lua_State *L, int table, const char *name, double otherwise)
{
    double v = field(L, table, name) ? number(L, name) : otherwise;
    lua_pop(L, 1);
    return v;
}

int lprom__opts_bool(lua_State *L, int table, const char *name)
{
    int v = field(L, table, name);
    if (v) {
        field_type(L, name, LUA_TBOOLEAN);
        v = lua_toboolean(L, -1);
    }
    lua_pop(L, 1);
    return v;
}

int lprom__opts_flag(lua_State *L, int table, const char *name)
{
    int v = field(L, table, name) && lua_toboolean(L, -1);
    lua_pop(L, 1);
    return v;
}

const char *lprom__opts_text(lua_State *L, int table, const char *name)
{
    return field(L, table, name) ? text(L, name) : NULL;
}

unsigned lprom__opts_seconds(lua_State *L, int table, const char *name)
{
    double s = lprom__opts_number(L, table, name, 0);
    if (!(s >= 0 && s * 1000 <= UINT_MAX))
        luaL_error(L, "%s: %f seconds is out of range", name, s);
    return s > 0 && s < 0.001 ? 1 : (unsigned)(s * 1000);
}

unsigned lprom__opts_whole(lua_State *L, int table, const char *name, unsigned most)
{
    unsigned n = 0;
    if (field(L, table, name)) {
        double v = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
        if (!(v >= 0 && v <= most) || v != (double)(unsigned)v)
            luaL_error(L, "%s: whole number from 0 to %I expected", name, (LUAI_UACINT)most);
        n = (unsigned)v;
    }
    lua_pop(L, 1);
    return n;
}

prom_on_error lprom__opts_on_error(lua_State *L, int table)
{
    prom_on_error on = PROM_ON_ERROR_DEFAULT;
    if (field(L, table, "on_error")) {
        const char *word = text(L, "on_error");
        if (strcmp(word, "continue") == 0)
            on = PROM_ON_ERROR_CONTINUE;
        else if (strcmp(word, "fail") == 0)
            on = PROM_ON_ERROR_FAIL;
        else
            luaL_error(L, "on_error: 'fail' or 'continue' expected, got '%s'", word);
    }
    lua_pop(L, 1);
    return on;
}

const double *lprom__opts_buckets(lua_State *L, int table, const char *name)
{
    return field(L, table, name) ? buckets(L) : NULL;
}

prom_type lprom__type_check(lua_State *L, int i)
{
    const char *word = luaL_checkstring(L, i);
    for (int t = 0; lprom__api->type_name((prom_type)t); t++)
        if (strcmp(lprom__api->type_name((prom_type)t), word) == 0)
            return (prom_type)t;
    luaL_error(L, "no metric type '%s'", word);
    return PROM_UNKNOWN;
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

/* { method = { "GET", "POST", otherwise = "rest" }, path = function(value) ... end }: the lists
 * are for the library; the functions become a table of their own, at *functions. */
static const prom_constraint *constraints(lua_State *L, int *functions)
{
    int table = lua_gettop(L);
    size_t n = 0;
    field_type(L, "constraints", LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        n++;
    prom_constraint *list = lprom__scratch(L, n + 1, sizeof *list);
    lua_newtable(L);
    int own = lua_gettop(L);
    lua_pushnil(L);
    for (size_t i = 0, lists = 0; i < n && lua_next(L, table); i++) {
        luaL_checkstack(L, 8, NULL);
        lua_insert(L, -2); /* value, name */
        const char *label = text(L, "constraints");
        if (lua_isfunction(L, -2)) {
            *functions = own;
            lua_pushvalue(L, -1);
            lua_pushvalue(L, -3);
            lua_rawset(L, own);
        } else {
            int value = lua_gettop(L) - 1;
            if (!lua_istable(L, value))
                luaL_error(L, "constraints: '%s': a list or a function expected, got %s", label,
                           luaL_typename(L, value));
            list[lists].label = label;
            list[lists].allowed = lprom__strings(L, value, label);
            list[lists++].otherwise = field(L, value, "otherwise") ? text(L, label) : NULL;
            lua_pushvalue(L, value + 1);
        }
    }
    return list;
}

static void more_of_names(lua_State *L, int table, prom_opts *o)
{
    if (field(L, table, "namespace"))
        o->namespace_ = text(L, "namespace");
    if (field(L, table, "subsystem"))
        o->subsystem = text(L, "subsystem");
    if (field(L, table, "unit"))
        o->unit = text(L, "unit");
    if (field(L, table, "const_labels"))
        o->const_labels = const_labels(L);
    if (field(L, table, "states"))
        o->states = lprom__strings(L, -1, "states");
}

static void more_of_native(lua_State *L, int table, prom_opts *o)
{
    o->native_factor = lprom__opts_number(L, table, "native_factor", 0);
    o->native_zero_threshold = lprom__opts_number(L, table, "native_zero_threshold", 0);
    o->native_min_reset = lprom__opts_number(L, table, "native_min_reset", 0);
    o->native_max_zero_threshold = lprom__opts_number(L, table, "native_max_zero_threshold", 0);
    o->native_exemplar_ttl = lprom__opts_number(L, table, "native_exemplar_ttl", 0);
    if (field(L, table, "native_max_buckets"))
        o->native_max_buckets = limit(L, "native_max_buckets");
    if (field(L, table, "native_max_exemplars")) {
        double n = number(L, "native_max_exemplars");
        if (!(n >= INT_MIN && n <= INT_MAX) || n != (double)(int)n)
            luaL_error(L, "native_max_exemplars: %f is not a whole number in range", n);
        o->native_max_exemplars = (int)n;
    }
}

static int more_of_bounds(lua_State *L, int table, prom_opts *o)
{
    int functions = 0;
    if (field(L, table, "max_series"))
        o->max_series = limit(L, "max_series");
    if (field(L, table, "overflow"))
        o->overflow = text(L, "overflow");
    o->ttl = lprom__opts_number(L, table, "ttl", 0);
    if (field(L, table, "constraints"))
        o->constraints = constraints(L, &functions);
    return functions;
}

static int options(lua_State *L, int table, prom_opts *o)
{
    more_of_names(L, table, o);
    if (field(L, table, "buckets"))
        o->buckets = buckets(L);
    if (field(L, table, "objectives"))
        o->objectives = objectives(L);
    o->max_age = lprom__opts_number(L, table, "max_age", 0);
    if (field(L, table, "age_buckets"))
        o->age_buckets = whole(L, "age_buckets");
    o->accuracy = lprom__opts_number(L, table, "accuracy", 0);
    if (field(L, table, "nan"))
        o->nan = nan_policy(L);
    more_of_native(L, table, o);
    return more_of_bounds(L, table, o);
}

static int read_table(lua_State *L, int table, prom_opts *o, const char *const *names)
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
    return options(L, table, o);
}

static int read(lua_State *L, int first, prom_opts *o, const char *const *names)
{
    luaL_checkstack(L, 40, NULL);
    if (lua_istable(L, first)) {
        if (lua_gettop(L) > first)
            luaL_argerror(L, first + 1, "nothing may follow the table");
        return read_table(L, first, o, names);
    }
    lua_settop(L, first + 3);
    o->name = lprom__text(L, first);
    if (!lua_isnil(L, first + 1))
        o->help = lprom__text(L, first + 1);
    if (!lua_isnil(L, first + 2)) {
        luaL_checktype(L, first + 2, LUA_TTABLE);
        o->labels = label_names(L, first + 2);
    }
    if (lua_isnil(L, first + 3))
        return 0;
    luaL_checktype(L, first + 3, LUA_TTABLE);
    lprom__opts_known(L, first + 3, names + KNOWN_IDENTITY);
    return options(L, first + 3, o);
}

/* Options that only one type has: an error in another, which would pass them over. */
static void check_type(lua_State *L, prom_type t, const prom_opts *o)
{
    const char *other = NULL;
    if (t != PROM_HISTOGRAM && o->buckets)
        other = "buckets";
    else if (t != PROM_HISTOGRAM && o->native_factor != 0)
        other = "native_factor";
    else if (t != PROM_SUMMARY && o->objectives)
        other = "objectives";
    else if (t != PROM_SUMMARY && o->max_age != 0)
        other = "max_age";
    else if (t != PROM_STATESET && o->states)
        other = "states";
    if (other)
        luaL_error(L, "no option '%s' in a %s", other, lprom__api->type_name(t));
}

int lprom__opts_read(lua_State *L, prom_type t, int first, prom_opts *o)
{
    *o = (prom_opts)PROM_OPTS_INIT;
    int constraints = read(L, first, o, known);
    check_type(L, t, o);
    return constraints;
}

void lprom__opts_read_family(lua_State *L, int first, prom_opts *o)
{
    *o = (prom_opts)PROM_OPTS_INIT;
    read(L, first, o, known_family);
}
