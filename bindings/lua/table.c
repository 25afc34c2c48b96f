// SPDX-License-Identifier: Apache-2.0
/* table.c - metrics as tables: all that is known of one, for those who read. */
#include "core.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void set_number(lua_State *L, const char *field, double v)
{
    lua_pushnumber(L, v);
    lua_setfield(L, -2, field);
}

/* A count as an integer, beyond those as a float. */
static void push_count(lua_State *L, uint64_t n)
{
    if (n <= INT64_MAX)
        lua_pushinteger(L, (lua_Integer)n);
    else
        lua_pushnumber(L, (double)n);
}

static void set_count(lua_State *L, const char *field, uint64_t n)
{
    push_count(L, n);
    lua_setfield(L, -2, field);
}

static void push_labels(lua_State *L, const prom_label_str *labels, size_t n)
{
    lua_createtable(L, 0, (int)n);
    for (size_t i = 0; i < n; i++) {
        lua_pushlstring(L, labels[i].name.p, labels[i].name.n);
        lua_pushlstring(L, labels[i].value.p, labels[i].value.n);
        lua_rawset(L, -3);
    }
}

/* --- native histograms ------------------------------------------------------------------- */

static void set_side(lua_State *L, const char *field, const prom_native *n,
                     const prom_native_bucket *side, size_t count)
{
    lua_createtable(L, 0, (int)count);
    for (size_t i = 0; i < count; i++) {
        if (n->is_float)
            lua_pushnumber(L, side[i].n.weight);
        else
            push_count(L, side[i].n.count);
        lua_rawseti(L, -2, side[i].index);
    }
    lua_setfield(L, -2, field);
}

void lprom__native_push(lua_State *L, const prom_native *n)
{
    lua_createtable(L, 0, 8);
    lua_pushinteger(L, n->schema);
    lua_setfield(L, -2, "schema");
    set_number(L, "zero_threshold", n->zero_threshold);
    if (n->is_float) {
        set_number(L, "zero_weight", n->zero_weight);
        set_number(L, "weight", n->weight);
    } else {
        set_count(L, "zero_count", n->zero_count);
    }
    set_side(L, "positive", n, n->positive, n->n_positive);
    set_side(L, "negative", n, n->negative, n->n_negative);
    if (!n->n_custom)
        return;
    lua_createtable(L, (int)n->n_custom, 0);
    for (size_t i = 0; i < n->n_custom; i++) {
        lua_pushnumber(L, n->custom[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "custom");
}

/* The number on top. */
static uint64_t count(lua_State *L, const char *what)
{
    double v = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
    if (!(v >= 0 && v < 0x1p64))
        luaL_error(L, "%s: a count expected, that is not negative", what);
    return lua_isinteger(L, -1) ? (uint64_t)lua_tointeger(L, -1) : (uint64_t)v;
}

static int by_index(const void *a, const void *b)
{
    int32_t x = ((const prom_native_bucket *)a)->index;
    int32_t y = ((const prom_native_bucket *)b)->index;
    return (x > y) - (x < y);
}

/* { [index] = count } ascending by index. */
static const prom_native_bucket *read_side(lua_State *L, int table, const char *field,
                                           bool is_float, size_t *n)
{
    *n = 0;
    if (lua_getfield(L, table, field) == LUA_TNIL)
        return NULL;
    int from = lua_gettop(L);
    if (!lua_istable(L, from))
        luaL_error(L, "%s: a table expected, got %s", field, luaL_typename(L, from));
    size_t room = 0;
    for (lua_pushnil(L); lua_next(L, from); lua_pop(L, 1))
        room++;
    prom_native_bucket *side = lprom__scratch(L, room + 1, sizeof *side);
    for (lua_pushnil(L); *n < room && lua_next(L, from); lua_pop(L, 1)) {
        lua_Integer index = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : LUA_MAXINTEGER;
        if (index < INT32_MIN || index > INT32_MAX || lua_type(L, -1) != LUA_TNUMBER)
            luaL_error(L, "%s: whole numbers with counts expected", field);
        prom_native_bucket b = { .index = (int32_t)index };
        if (is_float)
            b.n.weight = lua_tonumber(L, -1);
        else
            b.n.count = count(L, field);
        side[(*n)++] = b;
    }
    qsort(side, *n, sizeof *side, by_index);
    lua_settop(L, from + 1);
    return side;
}

/* It points to scratch memory, which stays on the stack. */
void lprom__native_read(lua_State *L, int table, prom_native *n)
{
    static const char *const known[] = { "schema",   "zero_threshold", "zero_count",
                                         "positive", "negative",       "weight",
                                         "custom",   "zero_weight",    "buckets",
                                         "sum",      "count",          NULL };
    luaL_checkstack(L, 20, NULL);
    lprom__opts_known(L, table, known);
    *n = (prom_native){ .size = sizeof *n };
    double schema = lprom__opts_number(L, table, "schema", 0);
    if (!(schema >= -1000 && schema <= 1000) || schema != (double)(int)schema)
        luaL_error(L, "schema: %f is none", schema);
    n->schema = (int)schema;
    n->zero_threshold = lprom__opts_number(L, table, "zero_threshold", 0);
    n->is_float = lua_getfield(L, table, "weight") != LUA_TNIL;
    lua_pop(L, 1);
    if (n->is_float) {
        n->weight = lprom__opts_number(L, table, "weight", 0);
        n->zero_weight = lprom__opts_number(L, table, "zero_weight", 0);
    } else if (lua_getfield(L, table, "zero_count") != LUA_TNIL) {
        n->zero_count = count(L, "zero_count");
    }
    n->positive = read_side(L, table, "positive", n->is_float, &n->n_positive);
    n->negative = read_side(L, table, "negative", n->is_float, &n->n_negative);
    if (lua_getfield(L, table, "custom") == LUA_TNIL)
        return;
    if (!lua_istable(L, -1))
        luaL_error(L, "custom: a list of bounds expected");
    int list = lua_gettop(L);
    n->n_custom = lua_rawlen(L, list);
    double *custom = lprom__scratch(L, n->n_custom + 1, sizeof *custom);
    for (size_t i = 0; i < n->n_custom; i++) {
        if (lua_rawgeti(L, list, (lua_Integer)i + 1) != LUA_TNUMBER)
            luaL_error(L, "custom: a list of bounds expected");
        custom[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    n->custom = custom;
}

/* --- metrics -------------------------------------------------------------------------------
 */

static void set_exemplars(lua_State *L, const char *field, const prom_exemplar *x, size_t n)
{
    if (!n)
        return;
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_createtable(L, 0, 3);
        push_labels(L, x[i].labels, x[i].n_labels);
        lua_setfield(L, -2, "labels");
        set_number(L, "value", x[i].value);
        if (x[i].timestamp_ns != PROM_NO_TIME)
            set_number(L, "timestamp", (double)x[i].timestamp_ns / 1e9);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, field);
}

static bool weighed(const prom_metric *m)
{
    return m->native && m->native->is_float;
}

static void set_buckets(lua_State *L, const prom_metric *m)
{
    lua_createtable(L, 0, (int)m->n_buckets + 1);
    for (size_t i = 0; i < m->n_buckets; i++) {
        lua_pushnumber(L, m->buckets[i].upper);
        lua_pushnumber(L, (double)m->buckets[i].count);
        lua_rawset(L, -3);
    }
    lua_pushnumber(L, (lua_Number)INFINITY);
    lua_pushnumber(L, weighed(m) ? m->native->weight : (double)m->count);
    lua_rawset(L, -3);
    lua_setfield(L, -2, "buckets");
}

static void set_quantiles(lua_State *L, const prom_metric *m)
{
    lua_createtable(L, 0, (int)m->n_quantiles);
    for (size_t i = 0; i < m->n_quantiles; i++) {
        lua_pushnumber(L, m->quantiles[i].quantile);
        lua_pushnumber(L, m->quantiles[i].value);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "quantiles");
}

static void set_states(lua_State *L, const prom_metric *m)
{
    lua_createtable(L, 0, (int)m->n_states);
    for (size_t i = 0; i < m->n_states; i++) {
        lua_pushlstring(L, m->states[i].name.p, m->states[i].name.n);
        lua_pushboolean(L, m->states[i].on);
        lua_rawset(L, -3);
    }
    lua_setfield(L, -2, "states");
}

static void set_numbers(lua_State *L, const prom_metric *m)
{
    prom_type t = m->family->type;
    if (t != PROM_HISTOGRAM && t != PROM_GAUGE_HISTOGRAM && t != PROM_SUMMARY) {
        if (m->n_states)
            set_states(L, m);
        else
            set_number(L, "value", m->value);
        return;
    }
    set_number(L, "sum", m->sum);
    if (weighed(m))
        set_number(L, "count", m->native->weight);
    else
        set_count(L, "count", m->count);
    if (t == PROM_SUMMARY)
        set_quantiles(L, m);
    else
        set_buckets(L, m);
    if (m->native) {
        lprom__native_push(L, m->native);
        lua_setfield(L, -2, "native");
    }
}

int lprom__metric_table(lua_State *L)
{
    const prom_metric *m = lua_touserdata(L, 1);
    luaL_checkstack(L, 12, NULL);
    lua_createtable(L, 0, 8);
    push_labels(L, m->labels, m->n_labels);
    lua_setfield(L, -2, "labels");
    set_numbers(L, m);
    set_exemplars(L, "exemplars", m->exemplars, m->n_exemplars);
    set_exemplars(L, "native_exemplars", m->native_exemplars, m->n_native_exemplars);
    if (m->timestamp_ms != PROM_NO_TIME)
        set_number(L, "timestamp", (double)m->timestamp_ms / 1e3);
    if (m->created_ns)
        set_number(L, "created", (double)m->created_ns / 1e9);
    lua_rawseti(L, 2, (lua_Integer)lua_rawlen(L, 2) + 1);
    return 0;
}
