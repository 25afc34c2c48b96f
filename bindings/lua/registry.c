// SPDX-License-Identifier: Apache-2.0
/* registry.c - registries in Lua, and which of them is the default. */
#include "core.h"

#include <string.h>

/* Where a state keeps its default; a string, so that copies of this module agree on it. */
#define DEFAULT_KEY "prom.default"

prom_registry *lprom__registry_check(lua_State *L, int i)
{
    return lprom__box_check(L, i, LPROM_REGISTRY, KIND_REGISTRY)->object;
}

static int family_new(lua_State *L, prom_type t)
{
    prom_registry *r = lprom__registry_check(L, 1);
    prom_opts o;
    int constraints = lprom__opts_read(L, t, 2, &o);
    luaL_checkstack(L, 8, NULL);
    metric *m = lprom__metric_push(L, t, LPROM_FAMILY_VALUES);
    prom_err e = lprom__api->vec_new(r, t, &o, &m->vec);
    if (e)
        return lprom__raise(L, e);
    if (constraints) {
        lua_pushvalue(L, constraints);
        lua_setiuservalue(L, -2, LPROM_VALUE_CONSTRAINTS);
    }
    lprom__metric_fill(L, lua_gettop(L), m, constraints);
    return 1;
}

static int registry_counter(lua_State *L)
{
    return family_new(L, PROM_COUNTER);
}

static int registry_gauge(lua_State *L)
{
    return family_new(L, PROM_GAUGE);
}

static int registry_histogram(lua_State *L)
{
    return family_new(L, PROM_HISTOGRAM);
}

static int registry_summary(lua_State *L)
{
    return family_new(L, PROM_SUMMARY);
}

static int registry_unknown(lua_State *L)
{
    return family_new(L, PROM_UNKNOWN);
}

static int registry_info(lua_State *L)
{
    return family_new(L, PROM_INFO);
}

static int registry_stateset(lua_State *L)
{
    return family_new(L, PROM_STATESET);
}

static int registry_find(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    const char *name = lprom__text(L, 2);
    void **held = lprom__hold(L);
    prom_vec *vec;
    prom_err e = lprom__api->registry_find(r, name, &vec);
    if (e)
        return lprom__result(L, e);
    *held = vec;
    lprom__metric_of(L, vec, 0, 0);
    lprom__drop(held);
    return 1;
}

/* As find, but what is missing is an error. */
static int registry_get(lua_State *L)
{
    int n = registry_find(L);
    return n == 1 ? n : luaL_error(L, "%s", lua_tostring(L, -2));
}

/* What is at i, for the library: a metric or a registry. A series with labels is no metric of
 * its own. */
static void *object_check(lua_State *L, int i)
{
    const box *b = lprom__block(L, i, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_REGISTRY))
        return lprom__registry_check(L, i);
    const metric *m = lprom__metric(L, i);
    if (lprom__metric_type(m) < 0)
        luaL_typeerror(L, i, "metric, prom.Collector or prom.Registry");
    else if (!m->vec)
        luaL_argerror(L, i, "is one series of a metric");
    return m->vec;
}

static int registry_register(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    if (luaL_testudata(L, 2, LPROM_COLLECTOR))
        return lprom__collector_register(L);
    return lprom__result(L, lprom__api->registry_add(r, object_check(L, 2)));
}

static int registry_unregister(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    if (luaL_testudata(L, 2, LPROM_COLLECTOR))
        return lprom__collector_unregister(L);
    prom_err e = lprom__api->registry_remove(r, object_check(L, 2));
    lprom__functions_sweep(L);
    if (e != PROM_OK && e != PROM_E_NOENT)
        return lprom__raise(L, e);
    lua_pushboolean(L, e == PROM_OK);
    return 1;
}

static int registry_clear(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    lprom__api->registry_clear(r);
    lprom__collector_forget(L, r);
    lprom__functions_sweep(L);
    return 0;
}

static int registry_poll(lua_State *L)
{
    prom_err e = lprom__api->poll(lprom__registry_check(L, 1));
    lprom__functions_sweep(L);
    int n = lprom__result(L, e), top = lua_gettop(L);
    int failed = lprom__senders_poll(L, lprom__registry_check(L, 1));
    if (n == 1)
        return failed ? failed : n;
    lua_settop(L, top); /* the first error is told */
    return n;
}

/* --- wrapping, listing ----------------------------------------------------------------- */

/* reg:wrap { prefix = "app_", labels = { zone = "eu" } } */
static int registry_wrap(lua_State *L)
{
    static const char *const known[] = { "prefix", "labels", NULL };
    prom_registry *r = lprom__registry_check(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lprom__opts_known(L, 2, known);
    prom_wrap_opts o = { .size = sizeof o };
    o.prefix = lprom__opts_text(L, 2, "prefix");
    lua_getfield(L, 2, "labels");
    o.labels = lprom__label_pairs(L, lua_gettop(L));
    luaL_checkstack(L, 4, NULL);
    box *b = lprom__box_push(L, LPROM_REGISTRY, KIND_REGISTRY);
    prom_registry *wrap;
    prom_err e = lprom__api->registry_wrap(r, &o, &wrap);
    if (e)
        return lprom__raise(L, e);
    b->object = wrap;
    return 1;
}

/* { kind =, name =, type =, object = } for the list at 2. */
static int take_registered(lua_State *L)
{
    static const char *const kinds[] = { [PROM_REGISTERED_METRIC] = "metric",
                                         [PROM_REGISTERED_COLLECTOR] = "collector",
                                         [PROM_REGISTERED_REGISTRY] = "registry" };
    const prom_registered *x = lua_touserdata(L, 1);
    lua_createtable(L, 0, 4);
    lua_pushstring(L, kinds[x->kind]);
    lua_setfield(L, -2, "kind");
    lua_pushstring(L, x->name);
    lua_setfield(L, -2, "name");
    if (x->kind == PROM_REGISTERED_METRIC) {
        lua_pushstring(L, lprom__api->type_name(x->type));
        lua_setfield(L, -2, "type");
        lprom__metric_of(L, x->object, 0, 0);
    } else if (x->kind == PROM_REGISTERED_COLLECTOR) {
        lprom__collector_find(L, x->object);
    } else {
        box *b = lprom__box_push(L, LPROM_REGISTRY, KIND_REGISTRY);
        b->object = lprom__api->ref(x->object);
    }
    lua_setfield(L, -2, "object");
    lua_rawseti(L, 2, (lua_Integer)lua_rawlen(L, 2) + 1);
    return 0;
}

static prom_err each_registered(void *data, const prom_registered *x)
{
    return lprom__visit_item(data, x);
}

static int registry_list(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    visit v = lprom__visit_begin(L, take_registered);
    lprom__visit_end(&v, lprom__api->registry_each(r, each_registered, &v));
    return 1;
}

/* --- the object ------------------------------------------------------------------------ */

static int registry_gc(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_REGISTRY))
        lprom__drop(&b->object);
    return 0;
}

static int registry_eq(lua_State *L)
{
    const box *a = lprom__block(L, 1, sizeof *a), *b = lprom__block(L, 2, sizeof *b);
    lua_pushboolean(L, a && b && a->magic == b->magic && a->object == b->object);
    return 1;
}

static int registry_new(lua_State *L)
{
    static const char *const known[] = { "order", "legacy_names", "pedantic", "max_series",
                                         NULL };
    prom_registry_opts o = { .size = sizeof o };
    if (!lua_isnoneornil(L, 1)) {
        luaL_checktype(L, 1, LUA_TTABLE);
        lprom__opts_known(L, 1, known);
        o.pedantic = lprom__opts_bool(L, 1, "pedantic");
        double most = lprom__opts_number(L, 1, "max_series", 0);
        if (!(most >= 0 && most < PROM_NO_LIMIT) || most != (double)(unsigned)most)
            luaL_error(L, "max_series: %f is not a whole number in range", most);
        o.max_series = (unsigned)most;
        lua_getfield(L, 1, "legacy_names");
        o.legacy_names = lua_toboolean(L, -1);
        lua_getfield(L, 1, "order");
        if (!lua_isnil(L, -1)) {
            static const char *const words[] = { "sorted", "created", NULL };
            static const prom_order orders[] = { PROM_ORDER_SORTED, PROM_ORDER_CREATED };
            o.order = orders[luaL_checkoption(L, lua_gettop(L), NULL, words)];
        }
    }
    box *b = lprom__box_push(L, LPROM_REGISTRY, KIND_REGISTRY);
    prom_registry *r;
    prom_err e = lprom__api->registry_new(&o, &r);
    if (e)
        return lprom__raise(L, e);
    b->object = r;
    return 1;
}

void lprom__registry_push_default(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, DEFAULT_KEY) != LUA_TNIL)
        return;
    lua_pop(L, 1);
    box *b = lprom__box_push(L, LPROM_REGISTRY, KIND_REGISTRY);
    b->object = lprom__api->ref(lprom__api->registry_default());
    if (!b->object)
        lprom__raise(L, PROM_E_NOMEM);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, DEFAULT_KEY);
}

/* --- for hosts ---------------------------------------------------------------------------- */

void lprom_push_registry(lua_State *L, prom_registry *r)
{
    lprom__load(L);
    lprom__box_push(L, LPROM_REGISTRY, KIND_REGISTRY)->object = lprom__api->ref(r);
}

void lprom_set_default(lua_State *L, prom_registry *r)
{
    if (r)
        lprom_push_registry(L, r);
    else
        lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, DEFAULT_KEY);
}

prom_registry *lprom_check_registry(lua_State *L, int index)
{
    lprom__load(L);
    return lprom__registry_check(L, index);
}

/* --- class ----------------------------------------------------------------------------------
 */

static const luaL_Reg methods[] = { { "counter", registry_counter },
                                    { "gauge", registry_gauge },
                                    { "histogram", registry_histogram },
                                    { "summary", registry_summary },
                                    { "unknown", registry_unknown },
                                    { "info", registry_info },
                                    { "stateset", registry_stateset },
                                    { "collector", lprom__collector_new },
                                    { "nested", lprom__nested_new },
                                    { "process", lprom__process_new },
                                    { "malloc", lprom__malloc_new },
                                    { "build_info", lprom__build_info_new },
                                    { "find", registry_find },
                                    { "get", registry_get },
                                    { "register", registry_register },
                                    { "unregister", registry_unregister },
                                    { "clear", registry_clear },
                                    { "add", registry_register },
                                    { "wrap", registry_wrap },
                                    { "list", registry_list },
                                    { "text", lprom__read_text },
                                    { "gather", lprom__read_gather },
                                    { "value", lprom__read_value },
                                    { "poll", registry_poll },
                                    { "serve", lprom__server_start },
                                    { "handler", lprom__handler_new },
                                    { "pusher", lprom__senders_pusher },
                                    { "push", lprom__senders_push },
                                    { "push_add", lprom__senders_push_add },
                                    { "push_delete", lprom__senders_push_delete },
                                    { "graphite", lprom__senders_graphite },
                                    { "textfile", lprom__senders_textfile },
                                    { "write_textfile", lprom__senders_write_textfile },
                                    { "remote_write", lprom__senders_remote_write },
                                    { "otlp", lprom__senders_otlp },
                                    { "sender", lprom__senders_own },
                                    { "http_metrics", lprom__http_metrics_new },
                                    { NULL, NULL } };

void lprom__registry_classes(lua_State *L)
{
    static const luaL_Reg meta[] = { { "__gc", registry_gc },
                                     { "__eq", registry_eq },
                                     { NULL, NULL } };
    lprom__class(L, LPROM_REGISTRY, methods, meta);
}

/* prom.counter(...) is prom.default:counter(...). The default goes below the arguments and the
 * method runs in this very frame, so that its errors point at the caller. */
static int on_default(lua_State *L)
{
    lua_CFunction method = lua_tocfunction(L, lua_upvalueindex(1));
    lprom__registry_push_default(L);
    lua_insert(L, 1);
    return method(L);
}

void lprom__registry_functions(lua_State *L)
{
    for (const luaL_Reg *m = methods; m->name; m++) {
        lua_pushcfunction(L, m->func);
        lua_pushcclosure(L, on_default, 1);
        lua_setfield(L, -2, m->name);
    }
    lua_pushcfunction(L, registry_new);
    lua_setfield(L, -2, "registry");
}
