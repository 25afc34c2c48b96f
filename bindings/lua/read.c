// SPDX-License-Identifier: Apache-2.0
/* read.c - numbers on their way out: the text, all families, one value, one series. */
#include "core.h"

#include <string.h>

#define CLASS_CHARS "prom.chars"

static int chars_gc(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_CHARS)) {
        lprom__api->free(b->object);
        b->object = NULL;
    }
    return 0;
}

void lprom__read_classes(lua_State *L)
{
    static const luaL_Reg none[] = { { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", chars_gc }, { NULL, NULL } };
    lprom__class(L, CLASS_CHARS, none, meta);
}

void **lprom__chars_hold(lua_State *L)
{
    return &lprom__box_push(L, CLASS_CHARS, KIND_CHARS)->object;
}

void lprom__chars_push(lua_State *L, void **held)
{
    char *p = *held;
    lua_pushstring(L, p);
    *held = NULL;
    lprom__api->free(p);
}

/* --- gathering ---------------------------------------------------------------------------- */

typedef struct request {
    prom_gather_opts opts;
    prom_registry *const *registries;
    size_t n;
    lua_State *L;
    int function; /* index of `cancelled`, or 0 */
    int failed;   /* it raised: what it raised is on top */
} request;

/* A `cancelled` that raises ends the gather, too. */
static bool cancelled(void *data)
{
    request *q = data;
    lua_State *L = q->L;
    if (q->failed)
        return true;
    lua_pushvalue(L, q->function);
    if (lua_pcall(L, 0, 1, 0) != LUA_OK) {
        q->failed = 1;
        return true;
    }
    bool stop = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return stop;
}

/* The registry at 1, and those of the list on top. */
static void read_merge(lua_State *L, request *q)
{
    int list = lua_gettop(L);
    luaL_checktype(L, list, LUA_TTABLE);
    size_t n = lua_rawlen(L, list);
    prom_registry **all = lprom__scratch(L, n + 1, sizeof *all);
    all[0] = lprom__registry_check(L, 1);
    luaL_checkstack(L, (int)(n < 100000 ? n : 100000) + 4, NULL);
    for (size_t i = 1; i <= n; i++) {
        lua_rawgeti(L, list, (lua_Integer)i);
        all[i] = lprom__registry_check(L, lua_gettop(L)); /* stays on the stack */
    }
    q->registries = all;
    q->n = n + 1;
}

static const char *const gather_options[] = { "names", "timeout", "cancelled", "merge", NULL };
static const char *const text_options[] = { "names",  "timeout",  "cancelled",  "merge",
                                            "format", "escaping", "no_created", NULL };

static void read_request(lua_State *L, int options, const char *const *known, request *q)
{
    *q = (request){ .opts.size = sizeof q->opts, .L = L };
    if (lua_isnoneornil(L, options))
        return;
    luaL_checktype(L, options, LUA_TTABLE);
    luaL_checkstack(L, 16, NULL);
    lprom__opts_known(L, options, known);
    q->opts.timeout_ms = lprom__opts_seconds(L, options, "timeout");
    lua_getfield(L, options, "cancelled");
    if (!lua_isnil(L, -1)) {
        q->function = lua_gettop(L);
        luaL_checktype(L, q->function, LUA_TFUNCTION);
        q->opts.cancelled = cancelled;
        q->opts.data = q;
    }
    if (lua_getfield(L, options, "merge") != LUA_TNIL)
        read_merge(L, q);
    luaL_checkstack(L, 8, NULL);
    lua_getfield(L, options, "names");
    q->opts.names = lprom__strings(L, lua_gettop(L), "names");
    luaL_checkstack(L, 16, NULL);
}

/* A snapshot, held: it goes on the stack. It pins the records of removed series, and those who
 * call this let it go. NULL: there is none, see *e. */
static void **gather(lua_State *L, prom_registry *r, int options, const char *const *known,
                     prom_err *e)
{
    request q;
    read_request(L, options, known, &q);
    void **held = lprom__hold(L);
    prom_snapshot *s;
    *e = q.registries ? lprom__api->gather_merged(q.registries, q.n, &q.opts, &s)
                      : lprom__api->gather_with(r, &q.opts, &s);
    if (q.failed) {
        if (!*e)
            lprom__api->unref(s);
        lua_error(L);
    }
    lprom__functions_sweep(L);
    if (*e)
        return NULL;
    *held = s;
    return held;
}

void lprom__snapshot_push_errors(lua_State *L, const prom_snapshot *s)
{
    if (!lprom__api->snapshot_error(s, 0)) {
        lua_pushnil(L);
        return;
    }
    lua_newtable(L);
    const char *sentence;
    for (size_t i = 0; (sentence = lprom__api->snapshot_error(s, i)) != NULL; i++) {
        lua_pushstring(L, sentence);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

void lprom__snapshot_push_text(lua_State *L, const prom_snapshot *s, const prom_encoder *e,
                               const prom_encode_opts *o)
{
    void **chars = lprom__chars_hold(L);
    char *p;
    size_t n;
    prom_err err = lprom__api->encode_string_with(e, o, s, &p, &n);
    if (err)
        lprom__raise(L, err);
    *chars = p;
    lua_pushlstring(L, p, n);
    *chars = NULL;
    lprom__api->free(p);
}

int lprom__read_text(lua_State *L)
{
    prom_err e;
    prom_registry *r = lprom__registry_check(L, 1);
    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        luaL_checktype(L, 2, LUA_TTABLE);
    prom_encode_opts o;
    const prom_encoder *encoder = lprom__encode_options(L, 2, &o);
    void **snapshot = gather(L, r, 2, text_options, &e);
    if (e)
        return lprom__result(L, e);
    lprom__snapshot_push_text(L, *snapshot, encoder, &o);
    lprom__snapshot_push_errors(L, *snapshot);
    lprom__drop(snapshot);
    return 2;
}

/* --- families as tables ---------------------------------------------------------------------
 */

static prom_err take_metric(void *data, const prom_metric *m)
{
    return lprom__visit_item(data, m);
}

static void set_text(lua_State *L, const char *field, const char *s)
{
    if (!s)
        return;
    lua_pushstring(L, s);
    lua_setfield(L, -2, field);
}

static void push_family(lua_State *L, const prom_family *f)
{
    lua_createtable(L, 0, 5);
    set_text(L, "name", f->name);
    set_text(L, "help", f->help);
    set_text(L, "unit", f->unit);
    set_text(L, "type", lprom__api->type_name(f->type));
    visit v = lprom__visit_begin(L, lprom__metric_table);
    lprom__visit_end(&v, lprom__api->family_metrics(f, take_metric, &v));
    lua_setfield(L, -2, "metrics");
}

void lprom__families_push(lua_State *L, const prom_snapshot *s)
{
    luaL_checkstack(L, 12, NULL);
    lua_newtable(L);
    for (size_t i = 0; i < lprom__api->snapshot_size(s); i++) {
        push_family(L, lprom__api->snapshot_at(s, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

int lprom__read_gather(lua_State *L)
{
    prom_err e;
    void **snapshot = gather(L, lprom__registry_check(L, 1), 2, gather_options, &e);
    if (e)
        return lprom__result(L, e);
    lprom__families_push(L, *snapshot);
    lprom__snapshot_push_errors(L, *snapshot);
    lprom__drop(snapshot);
    return 2;
}

/* --- one value, one series ------------------------------------------------------------------
 */

int lprom__read_value(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    const char *name = lprom__text(L, 2);
    lua_settop(L, 3);
    const prom_label *labels = lprom__label_pairs(L, 3);
    luaL_checkstack(L, 8, NULL);
    prom_err e;
    void **snapshot = gather(L, r, lua_gettop(L) + 1, gather_options, &e);
    double v = 0;
    if (!e) {
        e = lprom__api->snapshot_value(*snapshot, name, labels, &v);
        lprom__drop(snapshot);
    }
    if (e)
        return lprom__result(L, e);
    lua_pushnumber(L, v);
    return 1;
}

/* The table of the series of the metric at 1, on top. */
static prom_err read(lua_State *L, unsigned types)
{
    void **held = lprom__hold(L);
    lua_insert(L, 2);
    *held = lprom__api->ref(lprom__metric_target(L, types, 3));
    visit v = lprom__visit_begin(L, lprom__metric_table);
    prom_err e = lprom__api->child_read(*held, take_metric, &v);
    if (e == PROM_E_CLOSED || e == PROM_E_NOENT)
        return e;
    lprom__visit_end(&v, e);
    lprom__drop(held);
    lua_rawgeti(L, -1, 1);
    return PROM_OK;
}

int lprom__read_metric(lua_State *L)
{
    prom_err e = read(L, LPROM_ANY);
    return e ? lprom__result(L, e) : 1;
}

/* Of a histogram or summary: sum, count, buckets or quantiles. */
int lprom__read_numbers(lua_State *L)
{
    static const char *const fields[] = { "sum", "count", "buckets", "quantiles" };
    prom_err e = read(L, LPROM_OBSERVERS);
    if (e)
        return lprom__result(L, e);
    lua_createtable(L, 0, 3);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        lua_getfield(L, -2, fields[i]);
        lua_setfield(L, -2, fields[i]);
    }
    return 1;
}
