// SPDX-License-Identifier: Apache-2.0
/* builder.c - what a collector's function writes with. The box is empty between calls, so a
 * builder that a script keeps is refused. */
#include "core.h"

#include <string.h>

static prom_builder *builder_check(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (!b || b->magic != lprom__magic(KIND_BUILDER))
        luaL_typeerror(L, 1, LPROM_BUILDER);
    else if (!b->object)
        luaL_error(L, "builder is closed: it lives only while the collector is called");
    return b->object;
}

static prom_type type_check(lua_State *L, int i)
{
    const char *word = luaL_checkstring(L, i);
    for (int t = 0; lprom__api->type_name((prom_type)t); t++)
        if (strcmp(lprom__api->type_name((prom_type)t), word) == 0)
            return (prom_type)t;
    luaL_argerror(L, i, lua_pushfstring(L, "no metric type '%s'", word));
    return PROM_UNKNOWN;
}

static int done(lua_State *L, prom_err e)
{
    return e ? lprom__raise(L, e) : 0;
}

/* b:family("gauge", "name", "help", { labels }, { unit =, const_labels = }), or a table of the
 * same after the type. */
static int builder_family(lua_State *L)
{
    prom_builder *b = builder_check(L);
    prom_type t = type_check(L, 2);
    prom_opts o;
    lprom__opts_read_family(L, 3, &o);
    return done(L, lprom__api->build_family(b, t, &o));
}

/* { method = "GET" }: names with values, as the library wants them for this one metric. */
static prom_err labels_by_name(lua_State *L, prom_builder *b, int table)
{
    prom_label_str labels[LPROM_MAX_LABELS];
    size_t n = 0;
    luaL_checkstack(L, 2 * LPROM_MAX_LABELS + 6, NULL);
    for (lua_pushnil(L); lua_next(L, table); n++) {
        if (n == LPROM_MAX_LABELS)
            luaL_error(L, "more than %d labels", (int)LPROM_MAX_LABELS);
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "label names are strings, got a %s", luaL_typename(L, -2));
        lua_pushvalue(L, -2); /* name, value, and the name again to go on from */
        labels[n].name.p = lua_tolstring(L, -3, &labels[n].name.n);
        labels[n].value = lprom__label_value(L, lua_gettop(L) - 1, labels[n].name.p);
    }
    return lprom__api->build_labels(b, labels, n);
}

/* The labels of the metric that the next call builds, from `first` on. */
static void labels(lua_State *L, prom_builder *b, int first)
{
    prom_str values[LPROM_MAX_LABELS];
    prom_err e = PROM_OK;
    if (lua_gettop(L) == first && lua_istable(L, first)) {
        lua_Integer n = (lua_Integer)lua_rawlen(L, first);
        if (n == 0) {
            e = labels_by_name(L, b, first);
        } else {
            luaL_checkstack(L, LPROM_MAX_LABELS + 4, NULL);
            for (lua_Integer i = 1; i <= n && i <= LPROM_MAX_LABELS + 1; i++)
                lua_rawgeti(L, first, i);
            e = lprom__api->build_values(b, values, lprom__labels_read(L, first + 1, values));
        }
    } else if (lua_gettop(L) >= first) {
        e = lprom__api->build_values(b, values, lprom__labels_read(L, first, values));
    }
    if (e)
        lprom__raise(L, e);
}

static int builder_value(lua_State *L)
{
    prom_builder *b = builder_check(L);
    double v = lprom__number(L, 2);
    labels(L, b, 3);
    return done(L, lprom__api->build_value(b, NULL, v));
}

static uint64_t count_check(lua_State *L, int i)
{
    double v = lprom__number(L, i);
    if (!(v >= 0 && v < 0x1p64))
        luaL_argerror(L, i, "a count is not negative");
    return (uint64_t)v;
}

/* A number-to-number map as sorted pairs in scratch memory: prom_bucket has its count where
 * this has a double, so the caller converts. */
typedef struct pair {
    double key, value;
} pair;

static pair *pairs_read(lua_State *L, int table, size_t *n)
{
    luaL_checktype(L, table, LUA_TTABLE);
    size_t room = 0, count = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        room++;
    pair *list = lprom__scratch(L, room, sizeof *list);
    for (lua_pushnil(L); count < room && lua_next(L, table); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TNUMBER || lua_type(L, -1) != LUA_TNUMBER)
            luaL_argerror(L, table, "numbers expected as keys and values");
        pair p = { lua_tonumber(L, -2), lua_tonumber(L, -1) };
        size_t i = count++;
        for (; i && list[i - 1].key > p.key; i--)
            list[i] = list[i - 1];
        list[i] = p;
    }
    *n = count;
    return list;
}

/* b:histogram(sum, count, { [bound] = cumulative count }, labels...) */
static int builder_histogram(lua_State *L)
{
    prom_builder *b = builder_check(L);
    double sum = lprom__number(L, 2);
    uint64_t count = count_check(L, 3);
    int top = lua_gettop(L);
    size_t n;
    const pair *pairs = pairs_read(L, 4, &n);
    prom_bucket *buckets = lprom__scratch(L, n, sizeof *buckets);
    for (size_t i = 0; i < n; i++) {
        if (!(pairs[i].value >= 0 && pairs[i].value < 0x1p64))
            luaL_argerror(L, 4, "a count is not negative");
        buckets[i] = (prom_bucket){ pairs[i].key, (uint64_t)pairs[i].value };
    }
    lua_rotate(L, 2, lua_gettop(L) - top); /* the scratch memory below the labels */
    labels(L, b, 5 + lua_gettop(L) - top);
    return done(L, lprom__api->build_histogram(b, NULL, sum, count, buckets, n));
}

/* b:summary(sum, count, { [quantile] = value }, labels...) */
static int builder_summary(lua_State *L)
{
    prom_builder *b = builder_check(L);
    double sum = lprom__number(L, 2);
    uint64_t count = count_check(L, 3);
    int top = lua_gettop(L);
    size_t n;
    const pair *pairs = pairs_read(L, 4, &n);
    prom_quantile *quantiles = lprom__scratch(L, n, sizeof *quantiles);
    for (size_t i = 0; i < n; i++)
        quantiles[i] = (prom_quantile){ pairs[i].key, pairs[i].value };
    lua_rotate(L, 2, lua_gettop(L) - top);
    labels(L, b, 5 + lua_gettop(L) - top);
    return done(L, lprom__api->build_summary(b, NULL, sum, count, quantiles, n));
}

/* Unix seconds, of the metric just added. */
static int builder_timestamp(lua_State *L)
{
    prom_builder *b = builder_check(L);
    double seconds = lprom__number(L, 2);
    if (!(seconds > -9e15 && seconds < 9e15))
        luaL_argerror(L, 2, "is no time");
    return done(L, lprom__api->build_timestamp(b, (int64_t)(seconds * 1000)));
}

void lprom__builder_classes(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "family", builder_family },       { "value", builder_value },
        { "histogram", builder_histogram }, { "summary", builder_summary },
        { "timestamp", builder_timestamp }, { NULL, NULL }
    };
    static const luaL_Reg meta[] = { { NULL, NULL } };
    lprom__class(L, LPROM_BUILDER, methods, meta);
}
