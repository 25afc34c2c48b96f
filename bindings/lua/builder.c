// SPDX-License-Identifier: Apache-2.0
/* builder.c - what a collector's function writes with. The box is empty between calls, so a
 * builder that a script keeps is refused. */
#include "core.h"

#include <stdlib.h>
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

static int done(lua_State *L, prom_err e)
{
    return e ? lprom__raise(L, e) : 0;
}

/* b:family("gauge", "name", "help", { labels }, { unit =, const_labels = }), or a table of the
 * same after the type or with it. */
static int builder_family(lua_State *L)
{
    prom_builder *b = builder_check(L);
    if (lua_istable(L, 2)) {
        lua_settop(L, 2);
        lua_getfield(L, 2, "type");
        lua_insert(L, 2);
    }
    prom_type t = lprom__type_check(L, 2);
    prom_opts o;
    lprom__opts_read_family(L, 3, &o);
    return done(L, lprom__api->build_family(b, t, &o));
}

/* { method = "GET" }: names with values, as the library wants them for this one metric. */
static prom_err labels_by_name(lua_State *L, prom_builder *b, int table)
{
    size_t n;
    const prom_label_str *labels = lprom__label_pairs_str(L, table, &n);
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

static int by_key(const void *a, const void *b)
{
    double x = ((const pair *)a)->key, y = ((const pair *)b)->key;
    return (x > y) - (x < y);
}

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
        list[count++] = (pair){ lua_tonumber(L, -2), lua_tonumber(L, -1) };
    }
    qsort(list, count, sizeof *list, by_key);
    *n = count;
    return list;
}

static prom_bucket *buckets_read(lua_State *L, int table, size_t *n)
{
    const pair *pairs = pairs_read(L, table, n);
    prom_bucket *buckets = lprom__scratch(L, *n, sizeof *buckets);
    for (size_t i = 0; i < *n; i++) {
        if (!(pairs[i].value >= 0 && pairs[i].value < 0x1p64))
            luaL_argerror(L, table, "a count is not negative");
        buckets[i] = (prom_bucket){ pairs[i].key, (uint64_t)pairs[i].value };
    }
    return buckets;
}

/* b:histogram(sum, count, { [bound] = cumulative count }, labels...) */
static int builder_histogram(lua_State *L)
{
    prom_builder *b = builder_check(L);
    double sum = lprom__number(L, 2);
    uint64_t count = count_check(L, 3);
    int top = lua_gettop(L);
    size_t n;
    const prom_bucket *buckets = buckets_read(L, 4, &n);
    labels(L, b, lprom__labels_behind(L, top, 5));
    return done(L, lprom__api->build_histogram(b, NULL, sum, count, buckets, n));
}

/* b:native(sum, count, { schema =, positive =, ..., buckets = }, labels...) */
static int builder_native(lua_State *L)
{
    prom_builder *b = builder_check(L);
    double sum = lprom__number(L, 2);
    uint64_t count = count_check(L, 3);
    luaL_checktype(L, 4, LUA_TTABLE);
    int top = lua_gettop(L);
    prom_native native;
    size_t n = 0;
    lprom__native_read(L, 4, &native);
    const prom_bucket *buckets = NULL;
    if (lua_getfield(L, 4, "buckets") != LUA_TNIL)
        buckets = buckets_read(L, lua_gettop(L), &n);
    labels(L, b, lprom__labels_behind(L, top, 5));
    return done(L, lprom__api->build_native(b, NULL, sum, count, &native, buckets, n));
}

/* b:info({ version = "1" }, labels...) */
static int builder_info(lua_State *L)
{
    prom_builder *b = builder_check(L);
    int top = lua_gettop(L);
    size_t n;
    const prom_label_str *info = lprom__label_pairs_str(L, 2, &n);
    labels(L, b, lprom__labels_behind(L, top, 3));
    return done(L, lprom__api->build_info(b, NULL, info, n));
}

/* One state: of a table by name, or of a list of { name, on }. */
static void read_state(lua_State *L, prom_state *s)
{
    int at = lua_gettop(L); /* key, value */
    int name = at - 1, on = at;
    if (lua_istable(L, at)) {
        lua_rawgeti(L, at, 1);
        lua_rawgeti(L, at, 2);
        name = at + 1, on = at + 2;
    }
    if (lua_type(L, name) != LUA_TSTRING || !lua_isboolean(L, on))
        luaL_error(L, "states: a name with true or false expected");
    s->name.p = lua_tolstring(L, name, &s->name.n);
    s->on = lua_toboolean(L, on);
    lua_settop(L, at); /* the table holds the name */
}

static int by_name(const void *a, const void *b)
{
    const prom_state *x = a, *y = b;
    return strcmp(x->name.p, y->name.p);
}

/* b:stateset({ on = true, off = false }, labels...), or { { "on", true }, { "off", false } }
 * for an order of one's own. */
static int builder_stateset(lua_State *L)
{
    prom_builder *b = builder_check(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    int top = lua_gettop(L);
    size_t room = 0, n = 0;
    luaL_checkstack(L, 8, NULL);
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1))
        room++;
    prom_state *states = lprom__scratch(L, room + 1, sizeof *states);
    for (lua_pushnil(L); n < room && lua_next(L, 2); lua_pop(L, 1))
        read_state(L, &states[n++]);
    lua_settop(L, top + 1);
    if (lua_rawlen(L, 2) == 0) /* a table has no order */
        qsort(states, n, sizeof *states, by_name);
    labels(L, b, lprom__labels_behind(L, top, 3));
    return done(L, lprom__api->build_stateset(b, NULL, states, n));
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
    labels(L, b, lprom__labels_behind(L, top, 5));
    return done(L, lprom__api->build_summary(b, NULL, sum, count, quantiles, n));
}

static int64_t rounded(double v)
{
    return (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
}

/* Unix seconds at i. */
static int64_t unix_ms(lua_State *L, int i)
{
    double seconds = lprom__number(L, i);
    if (!(seconds > -9e15 && seconds < 9e15))
        luaL_argerror(L, i, "is no time");
    return rounded(seconds * 1e3);
}

/* To the microsecond: a double that holds a time of today tells no finer ones apart. */
static int64_t unix_ns(lua_State *L, int i)
{
    double seconds = lprom__number(L, i);
    if (!(seconds > -9e9 && seconds < 9e9))
        luaL_argerror(L, i, "is no time");
    return rounded(seconds * 1e6) * 1000;
}

/* Unix seconds, of the metric just added. */
static int builder_timestamp(lua_State *L)
{
    prom_builder *b = builder_check(L);
    return done(L, lprom__api->build_timestamp(b, unix_ms(L, 2)));
}

static int builder_created(lua_State *L)
{
    prom_builder *b = builder_check(L);
    return done(L, lprom__api->build_created(b, unix_ns(L, 2)));
}

/* b:exemplar({ trace_id = "..." }, value, unix seconds) */
static int builder_exemplar(lua_State *L)
{
    prom_builder *b = builder_check(L);
    lua_settop(L, 4);
    prom_exemplar e = { .value = lprom__number(L, 3), .timestamp_ns = PROM_NO_TIME };
    if (!lua_isnil(L, 4))
        e.timestamp_ns = unix_ns(L, 4);
    e.labels = lprom__label_pairs_str(L, 2, &e.n_labels);
    return done(L, lprom__api->build_exemplar(b, &e));
}

static int builder_wants(lua_State *L)
{
    prom_builder *b = builder_check(L);
    lua_pushboolean(L, lprom__api->build_wants(b, lprom__text(L, 2)));
    return 1;
}

static int builder_stopped(lua_State *L)
{
    lua_pushboolean(L, lprom__api->build_stopped(builder_check(L)));
    return 1;
}

void lprom__builder_classes(lua_State *L)
{
    static const luaL_Reg methods[] = { { "family", builder_family },
                                        { "value", builder_value },
                                        { "histogram", builder_histogram },
                                        { "summary", builder_summary },
                                        { "native", builder_native },
                                        { "info", builder_info },
                                        { "stateset", builder_stateset },
                                        { "timestamp", builder_timestamp },
                                        { "created", builder_created },
                                        { "exemplar", builder_exemplar },
                                        { "wants", builder_wants },
                                        { "stopped", builder_stopped },
                                        { NULL, NULL } };
    static const luaL_Reg meta[] = { { NULL, NULL } };
    lprom__class(L, LPROM_BUILDER, methods, meta);
}
