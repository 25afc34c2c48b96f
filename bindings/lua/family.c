// SPDX-License-Identifier: Apache-2.0
/* family.c - families and their series: finding, removing, views, all at once. */
#include "core.h"

#include <string.h>

metric *lprom__family_check(lua_State *L)
{
    metric *m = lprom__metric_check(L, LPROM_ANY);
    if (!m->children)
        luaL_error(L, "only a metric that was made with labels can do that");
    return m;
}

/* --- finding -------------------------------------------------------------------------- */

/* Pushes the box of a series with the labels from `at` on, which has no child yet. */
static metric *series_push(lua_State *L, const metric *family, int at)
{
    unsigned n = family->n_labels;
    luaL_checkstack(L, 4, NULL);
    metric *series = lprom__metric_push(L, (prom_type)lprom__metric_type(family), n);
    for (unsigned i = 0; i < n; i++) {
        lua_pushvalue(L, at + (int)i);
        lua_setiuservalue(L, -2, (int)i + 1);
    }
    series->n_labels = n;
    return series;
}

/* Takes the reference over. */
static void series_fill(metric *series, const metric *family, void *child)
{
    series->child = child;
    series->magic = lprom__magic(KIND_SERIES + (unsigned)lprom__metric_type(family));
}

/* By the cache, which keeps the box. The labels are at the top of the stack and stay there. */
static void series_keep(lua_State *L, metric *family, int at)
{
    metric *series = series_push(L, family, at);
    lua_insert(L, 2);
    at++;
    series_fill(series, family, lprom__api->ref(lprom__children_with(L, family, at)));
    lua_settop(L, at + (int)family->n_labels - 1);
    lprom__children_keep(L, family, at, 2);
    lua_settop(L, 2);
}

/* Without it: the labels were constrained when they were pushed, and are not again. */
static void series_look_up(lua_State *L, metric *family, const prom_str *values, int at)
{
    metric *series = series_push(L, family, at);
    void *child;
    prom_err e = lprom__api->vec_with(family->vec, values, family->n_labels, &child);
    if (e)
        lprom__raise(L, e);
    series_fill(series, family, child);
}

int lprom__metric_labels(lua_State *L)
{
    metric *m = lprom__family_check(L);
    int top = lua_gettop(L);
    if (lprom__children_push_kept(L, m, 2))
        return 1;
    lua_settop(L, top);
    prom_str values[LPROM_MAX_LABELS];
    int at = lprom__labels_push(L, m, 2, values);
    if (lprom__is_careful(m)) {
        series_look_up(L, m, values, at);
        return 1;
    }
    if (lprom__children_push_kept(L, m, at)) /* now that they are strings */
        return 1;
    lua_settop(L, at + (int)m->n_labels - 1);
    series_keep(L, m, at);
    return 1;
}

/* f:find(labels...): the series if there is one. */
static int family_find(lua_State *L)
{
    metric *m = lprom__family_check(L);
    prom_str values[LPROM_MAX_LABELS];
    int at = lprom__labels_push(L, m, 2, values);
    void **held = lprom__hold(L);
    void *child;
    prom_err e = lprom__api->vec_get(m->vec, values, m->n_labels, &child);
    if (e)
        return lprom__result(L, e);
    *held = child;
    metric *series = series_push(L, m, at);
    series_fill(series, m, lprom__api->ref(child));
    lprom__drop(held);
    return 1;
}

typedef struct walked {
    void *child;
    const prom_label_str *labels;
    size_t n;
    metric *family;
} walked;

typedef struct walk {
    visit visit;
    metric *family;
} walk;

/* A series of its own for the list at 2. */
static int take_child(lua_State *L)
{
    const walked *w = lua_touserdata(L, 1);
    luaL_checkstack(L, (int)w->n + 6, NULL);
    int at = lua_gettop(L) + 1;
    for (size_t i = 0; i < w->n; i++)
        lua_pushlstring(L, w->labels[i].value.p, w->labels[i].value.n);
    metric *series = series_push(L, w->family, at);
    series_fill(series, w->family, lprom__api->ref(w->child));
    lua_rawseti(L, 2, (lua_Integer)lua_rawlen(L, 2) + 1);
    return 0;
}

static prom_err walk_child(void *data, void *child, const prom_label_str *labels, size_t n)
{
    walk *w = data;
    walked x = { child, labels, n, w->family };
    return lprom__visit_item(&w->visit, &x);
}

/* The labels of the series on top, by name. */
static void push_label_table(lua_State *L, const metric *family, int series)
{
    const char *const *names = lprom__api->vec_opts(family->vec)->labels;
    lua_createtable(L, 0, (int)family->n_labels);
    for (unsigned i = 0; i < family->n_labels; i++) {
        lua_getiuservalue(L, series, (int)i + 1);
        lua_setfield(L, -2, names[i]);
    }
}

/* Upvalues: family, list, place, and whether the series are exposed until they are removed. */
static int next_child(lua_State *L)
{
    metric *family = lprom__metric(L, lua_upvalueindex(1));
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(3));
    if (!family->vec) /* when the state is closing */
        return 0;
    for (;;) {
        lua_settop(L, 0);
        if (lua_rawgeti(L, lua_upvalueindex(2), ++i) == LUA_TNIL)
            return 1;
        metric *series = lprom__metric(L, 1);
        if (!lua_toboolean(L, lua_upvalueindex(4)) || lprom__api->child_exposed(series->child))
            break;
    }
    lua_pushinteger(L, i);
    lua_replace(L, lua_upvalueindex(3));
    push_label_table(L, family, 1);
    lua_insert(L, 1);
    return 2;
}

/* for labels, series in f:each() do: those that are there now, unless they are removed before
 * their turn. */
static int family_each(lua_State *L)
{
    metric *m = lprom__family_check(L);
    lua_settop(L, 1);
    walk w = { lprom__visit_begin(L, take_child), m };
    lprom__visit_end(&w.visit, lprom__api->vec_each(m->vec, walk_child, &w));
    lua_pushinteger(L, 0);
    lua_rawgeti(L, 2, 1);
    const metric *first = lprom__metric(L, -1);
    lua_pushboolean(L,
                    first && lprom__api->child_exposed(first->child)); /* not in fresh ones */
    lua_remove(L, -2);
    lua_pushcclosure(L, next_child, 4);
    return 1;
}

static int family_size(lua_State *L)
{
    metric *m = lprom__metric_check(L, LPROM_ANY);
    lua_pushinteger(L, m->vec ? (lua_Integer)lprom__api->vec_size(m->vec) : 1);
    return 1;
}

/* --- removing ------------------------------------------------------------------------- */

static int family_remove(lua_State *L)
{
    metric *m = lprom__family_check(L);
    prom_str values[LPROM_MAX_LABELS];
    lprom__labels_push(L, m, 2, values);
    prom_err e = lprom__api->vec_remove_str(m->vec, values, m->n_labels);
    lprom__functions_sweep(L);
    if (e != PROM_OK && e != PROM_E_NOENT)
        return lprom__raise(L, e);
    lua_pushboolean(L, e == PROM_OK);
    return 1;
}

/* The names and values of the table at 2, constrained; they stay on the stack. */
static prom_label_str *pairs(lua_State *L, const metric *m, size_t *n)
{
    lua_settop(L, 2);
    prom_label_str *labels = lprom__label_pairs_str(L, 2, n);
    for (size_t i = 0; i < *n;
         i++) /* above the count: scratch, name, value, name, value, ... */
        labels[i].value = lprom__label_constrain(L, m, 5 + 2 * (int)i, labels[i].name.p);
    return labels;
}

/* f:remove_matching { method = "GET" }: how many they were. No labels match nothing. */
static int family_remove_matching(lua_State *L)
{
    metric *m = lprom__family_check(L);
    size_t n, removed = 0;
    const prom_label_str *labels = pairs(L, m, &n);
    prom_err e = lprom__api->vec_remove_matching(m->vec, labels, n, &removed);
    lprom__functions_sweep(L);
    if (e)
        return lprom__raise(L, e);
    lua_pushinteger(L, (lua_Integer)removed);
    return 1;
}

static int metric_clear(lua_State *L)
{
    metric *m = lprom__metric_check(L, LPROM_ANY);
    if (!m->vec)
        return luaL_error(L, "a series with labels is removed through its family");
    prom_err e = lprom__api->vec_clear(m->vec);
    if (e)
        return lprom__raise(L, e);
    lprom__functions_sweep(L);
    if (m->children) {
        lprom__children_clear(m);
        return 0;
    }
    void *child, *before = m->child;
    if ((e = lprom__api->vec_with(m->vec, NULL, 0, &child)) != PROM_OK)
        return lprom__raise(L, e);
    m->child = child;
    lprom__api->unref(before);
    return 0;
}

/* m:reset(labels...): back to new. */
static int metric_reset(lua_State *L)
{
    prom_err e = lprom__api->child_reset(lprom__metric_target(L, LPROM_ANY, 2));
    return e ? lprom__raise(L, e) : 0;
}

/* --- views, and all at once ------------------------------------------------------------- */

/* A family made of the one at 1, with its functions. */
static int push_related(lua_State *L, prom_vec *vec, void **held, int careful)
{
    *held = vec;
    int type = lua_getiuservalue(L, 1, LPROM_VALUE_CONSTRAINTS);
    lprom__metric_of(L, vec, type == LUA_TTABLE ? lua_gettop(L) : 0, careful);
    lprom__drop(held);
    return 1;
}

/* f:curry { zone = "eu" }: the family with that label set. */
static int family_curry(lua_State *L)
{
    metric *m = lprom__family_check(L);
    size_t n;
    const prom_label_str *labels = pairs(L, m, &n);
    void **held = lprom__hold(L);
    prom_vec *view;
    prom_err e = lprom__api->vec_curry(m->vec, labels, n, &view);
    return e ? lprom__raise(L, e) : push_related(L, view, held, lprom__is_careful(m));
}

static int family_fresh(lua_State *L)
{
    metric *m = lprom__family_check(L);
    void **held = lprom__hold(L);
    prom_vec *fresh;
    prom_err e = lprom__api->vec_fresh(m->vec, &fresh);
    return e ? lprom__raise(L, e) : push_related(L, fresh, held, 1);
}

/* f:replace(fresh) */
static int family_replace(lua_State *L)
{
    metric *m = lprom__family_check(L), *fresh = lprom__metric(L, 2);
    if (lprom__metric_type(fresh) < 0 || !fresh->vec)
        luaL_typeerror(L, 2, "family that fresh() gave");
    prom_err e = lprom__api->vec_replace(m->vec, fresh->vec);
    lprom__functions_sweep(L);
    return e ? lprom__raise(L, e) : 0;
}

/* The list of values on top, constrained, as a list of strings. */
static const char *const *preset_values(lua_State *L, const metric *m, const char *name)
{
    int list = lua_gettop(L);
    luaL_checkstack(L, 6, NULL);
    if (!lua_istable(L, list))
        luaL_error(L, "%s: a list of values expected, got %s", name, luaL_typename(L, list));
    lua_newtable(L);
    for (lua_Integer i = 1; lua_rawgeti(L, list, i) != LUA_TNIL; i++) {
        lprom__label_constrain(L, m, lua_gettop(L), name);
        lua_rawseti(L, list + 1, i);
    }
    lua_pop(L, 1);
    return lprom__strings(L, list + 1, name);
}

/* f:preset { method = { "GET", "POST" }, code = { 200 } } */
static int family_preset(lua_State *L)
{
    metric *m = lprom__family_check(L);
    luaL_checktype(L, 2, LUA_TTABLE);
    prom_label_values labels[LPROM_MAX_LABELS];
    size_t n = 0;
    luaL_checkstack(L, 8, NULL);
    for (lua_pushnil(L); lua_next(L, 2); n++) {
        if (n == LPROM_MAX_LABELS)
            luaL_error(L, "more than %d labels", (int)LPROM_MAX_LABELS);
        int value = lua_gettop(L);
        labels[n].name = lprom__text(L, value - 1);
        labels[n].values = preset_values(L, m, labels[n].name);
        luaL_checkstack(L, 8, NULL);
        lua_pushvalue(L, value - 1);
    }
    prom_err e = lprom__api->vec_preset(m->vec, labels, n);
    return e ? lprom__raise(L, e) : 0;
}

/* --- descriptions ------------------------------------------------------------------------ */

static int metric_description(lua_State *L)
{
    metric *m = lprom__metric_check(L, LPROM_ANY);
    void **held = lprom__hold(L), **chars = lprom__chars_hold(L);
    prom_desc *d;
    char *s;
    prom_err e = lprom__api->desc_of(m->vec ? (void *)m->vec : m->child, &d);
    if (e)
        return lprom__result(L, e);
    *held = d;
    if ((e = lprom__api->desc_string(d, &s)) != PROM_OK)
        return lprom__raise(L, e);
    lprom__drop(held);
    *chars = s;
    lprom__chars_push(L, chars);
    return 1;
}

const luaL_Reg lprom__family_methods[] = { { "labels", lprom__metric_labels },
                                           { "remove", family_remove },
                                           { "clear", metric_clear },
                                           { "read", lprom__read_metric },
                                           { "reset", metric_reset },
                                           { "find", family_find },
                                           { "each", family_each },
                                           { "size", family_size },
                                           { "remove_matching", family_remove_matching },
                                           { "curry", family_curry },
                                           { "fresh", family_fresh },
                                           { "replace", family_replace },
                                           { "preset", family_preset },
                                           { "description", metric_description },
                                           { NULL, NULL } };
