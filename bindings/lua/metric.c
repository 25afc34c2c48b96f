// SPDX-License-Identifier: Apache-2.0
/* metric.c - metrics of all types and their updates: one series, or a family with labels.
 *
 * Each update begins with the case that matters, a series and no more arguments than it needs.
 * Everything else goes by lprom__metric_target. */
#include "core.h"

static const struct {
    prom_type type;
    const char *class;
} classes[] = {
    { PROM_COUNTER, "prom.Counter" },     { PROM_GAUGE, "prom.Gauge" },
    { PROM_HISTOGRAM, "prom.Histogram" }, { PROM_SUMMARY, "prom.Summary" },
    { PROM_UNKNOWN, "prom.Unknown" },     { PROM_INFO, "prom.Info" },
    { PROM_STATESET, "prom.StateSet" },
};

static const char *class_of(unsigned types)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (types == LPROM_MASK(classes[i].type))
            return classes[i].class;
    return types == LPROM_GAUGES ? "prom.Gauge" : "metric";
}

static inline int is_series(const metric *m, prom_type t)
{
    return m && m->magic == lprom__magic(KIND_SERIES + (unsigned)t);
}

static inline int is_family_of(const metric *m, prom_type t)
{
    return m && m->magic == lprom__magic(KIND_FAMILY + (unsigned)t);
}

static unsigned kind_of(const metric *m)
{
    uint64_t kind = (m->magic ^ (uint64_t)(uintptr_t)lprom__api) - LPROM_LAYOUT;
    return kind < 2 * KIND_CAREFUL ? (unsigned)kind : KIND_DEAD;
}

int lprom__metric_type(const metric *m)
{
    unsigned kind = m ? kind_of(m) : KIND_DEAD;
    return kind >= KIND_SERIES ? (int)(kind & (KIND_SERIES - 1)) : -1;
}

int lprom__is_careful(const metric *m)
{
    return (kind_of(m) & KIND_CAREFUL) != 0;
}

metric *lprom__metric_check(lua_State *L, unsigned types)
{
    metric *m = lprom__metric(L, 1);
    int type = lprom__metric_type(m);
    if (type < 0 || !(types & LPROM_MASK(type)))
        luaL_typeerror(L, 1, class_of(types));
    return m;
}

static int is_family(const metric *m)
{
    return m->children != NULL;
}

void *lprom__metric_target(lua_State *L, unsigned types, int first)
{
    metric *m = lprom__metric_check(L, types);
    if (is_family(m))
        return lprom__is_careful(m) ? lprom__children_look_up(L, m, first)
                                    : lprom__children_with(L, m, first);
    if (lua_gettop(L) >= first)
        luaL_error(L, "too many arguments: this metric takes no label values");
    return m->child;
}

/* --- updates -------------------------------------------------------------------- */

/* Where an update goes whose labels, if any, are at 3: the two cases that matter first. */
static inline void *update_target(lua_State *L, metric *m, prom_type t)
{
    if (is_series(m, t) && lua_gettop(L) <= 2)
        return m->child;
    if (is_family_of(m, t))
        return lprom__children_with(L, m, 3);
    return lprom__metric_target(L, t == PROM_GAUGE ? LPROM_GAUGES : LPROM_MASK(t), 3);
}

/* The number at 2; where there is none, the amount that goes without saying. */
static inline double amount(lua_State *L, double otherwise)
{
    switch (lua_type(L, 2)) {
    case LUA_TNUMBER:
        return lua_tonumber(L, 2);
    case LUA_TNIL:
    case LUA_TNONE:
        return otherwise;
    default:
        return lprom__number(L, 2);
    }
}

/* Apart, so that counter_inc needs no frame. */
static LPROM_NOINLINE int counter_inc_by(lua_State *L, metric *m)
{
    double v = amount(L, 1);
    prom_err e = lprom__api->counter_add(update_target(L, m, PROM_COUNTER), v);
    return e ? lprom__raise(L, e) : 0;
}

static LPROM_NOINLINE int counter_inc_labels(lua_State *L, metric *m)
{
    double v = amount(L, 1);
    prom_err e = lprom__api->counter_add(lprom__children_with(L, m, 3), v);
    return e ? lprom__raise(L, e) : 0;
}

static int counter_inc(lua_State *L)
{
    metric *m = lprom__metric(L, 1);
    if (is_series(m, PROM_COUNTER)) {
        if (lua_gettop(L) == 1) {
            lprom__api->counter_inc(m->child);
            return 0;
        }
    } else if (is_family_of(m, PROM_COUNTER)) {
        return counter_inc_labels(L, m);
    }
    return counter_inc_by(L, m);
}

static int counter_add(lua_State *L)
{
    double v = lprom__number(L, 2);
    prom_err e =
        lprom__api->counter_add(update_target(L, lprom__metric(L, 1), PROM_COUNTER), v);
    return e ? lprom__raise(L, e) : 0;
}

static int gauge_inc(lua_State *L)
{
    double v = amount(L, 1);
    lprom__api->gauge_add(update_target(L, lprom__metric(L, 1), PROM_GAUGE), v);
    return 0;
}

static int gauge_dec(lua_State *L)
{
    double v = amount(L, 1);
    lprom__api->gauge_add(update_target(L, lprom__metric(L, 1), PROM_GAUGE), -v);
    return 0;
}

static int gauge_add(lua_State *L)
{
    double v = lprom__number(L, 2);
    lprom__api->gauge_add(update_target(L, lprom__metric(L, 1), PROM_GAUGE), v);
    return 0;
}

static int gauge_set(lua_State *L)
{
    double v = lprom__number(L, 2);
    lprom__api->gauge_set(update_target(L, lprom__metric(L, 1), PROM_GAUGE), v);
    return 0;
}

static int gauge_set_to_current_time(lua_State *L)
{
    lprom__api->gauge_set_to_current_time(lprom__metric_target(L, LPROM_GAUGES, 2));
    return 0;
}

static int histogram_observe(lua_State *L)
{
    double v = lprom__number(L, 2);
    lprom__api->histogram_observe(update_target(L, lprom__metric(L, 1), PROM_HISTOGRAM), v);
    return 0;
}

static int summary_observe(lua_State *L)
{
    double v = lprom__number(L, 2);
    lprom__api->summary_observe(update_target(L, lprom__metric(L, 1), PROM_SUMMARY), v);
    return 0;
}

static int counter_get(lua_State *L)
{
    void *child = lprom__metric_target(L, LPROM_MASK(PROM_COUNTER), 2);
    lua_pushnumber(L, lprom__api->counter_value(child));
    return 1;
}

static int gauge_get(lua_State *L)
{
    void *child = lprom__metric_target(L, LPROM_GAUGES, 2);
    lua_pushnumber(L, lprom__api->gauge_value(child));
    return 1;
}

/* --- closures: the same updates with the series looked up beforehand ------------- */

static metric *bound(lua_State *L, prom_type t)
{
    metric *m = lua_touserdata(L, lua_upvalueindex(1));
    if (!is_series(m, t)) /* when the state is closing */
        luaL_error(L, "the metric is closed");
    return m;
}

static int bound_counter(lua_State *L)
{
    metric *m = bound(L, PROM_COUNTER);
    if (lua_isnoneornil(L, 1)) {
        lprom__api->counter_inc(m->child);
        return 0;
    }
    prom_err e = lprom__api->counter_add(m->child, lprom__number(L, 1));
    return e ? lprom__raise(L, e) : 0;
}

static int bound_gauge(lua_State *L)
{
    lprom__api->gauge_set(bound(L, PROM_GAUGE)->child, lprom__number(L, 1));
    return 0;
}

static int bound_unknown(lua_State *L)
{
    lprom__api->gauge_set(bound(L, PROM_UNKNOWN)->child, lprom__number(L, 1));
    return 0;
}

static int bound_histogram(lua_State *L)
{
    lprom__api->histogram_observe(bound(L, PROM_HISTOGRAM)->child, lprom__number(L, 1));
    return 0;
}

static int bound_summary(lua_State *L)
{
    lprom__api->summary_observe(bound(L, PROM_SUMMARY)->child, lprom__number(L, 1));
    return 0;
}

static int metric_bind(lua_State *L)
{
    static const lua_CFunction closures[] = { [PROM_COUNTER] = bound_counter,
                                              [PROM_GAUGE] = bound_gauge,
                                              [PROM_UNKNOWN] = bound_unknown,
                                              [PROM_HISTOGRAM] = bound_histogram,
                                              [PROM_SUMMARY] = bound_summary };
    metric *m = lprom__metric_check(L, LPROM_NUMBERS | LPROM_OBSERVERS);
    int type = lprom__metric_type(m);
    if (is_family(m))
        lprom__metric_labels(L);
    else
        lprom__metric_target(L, LPROM_ANY, 2); /* for its check of the arguments */
    lua_pushcclosure(L, closures[type], 1);
    return 1;
}

/* --- the object ---------------------------------------------------------------------- */

static int metric_gc(lua_State *L)
{
    metric *m = lprom__metric(L, 1);
    if (m && (lprom__metric_type(m) >= 0 || kind_of(m) == KIND_UNFILLED)) {
        void *child = m->child, *vec = m->vec;
        m->magic = KIND_DEAD;
        m->child = m->vec = NULL;
        m->children = NULL;
        lprom__api->unref(child);
        lprom__api->unref(vec);
    }
    return 0;
}

static int metric_eq(lua_State *L)
{
    metric *a = lprom__metric(L, 1), *b = lprom__metric(L, 2);
    int same = lprom__metric_type(a) >= 0 && lprom__metric_type(b) >= 0 &&
               a->child == b->child && (is_family(a) ? a->vec == b->vec : !is_family(b));
    lua_pushboolean(L, same);
    return 1;
}

/* Adds {method="GET"}, or {method} where there are no values. */
static void add_labels(lua_State *L, luaL_Buffer *out, const metric *m,
                       const char *const *names)
{
    for (unsigned i = 0; i < m->n_labels; i++) {
        luaL_addchar(out, i ? ',' : '{');
        luaL_addstring(out, names[i]);
        if (!is_family(m)) {
            luaL_addstring(out, "=\"");
            lua_getiuservalue(L, 1, (int)i + 1);
            luaL_addvalue(out);
            luaL_addchar(out, '"');
        }
    }
    if (m->n_labels)
        luaL_addchar(out, '}');
}

static int metric_tostring(lua_State *L)
{
    metric *m = lprom__metric(L, 1);
    int type = lprom__metric_type(m);
    if (type < 0) {
        lua_pushliteral(L, "closed metric");
        return 1;
    }
    void **held = lprom__hold(L);
    prom_vec *vec = m->vec;
    if (!vec && lprom__api->child_vec(m->child, &vec) == PROM_OK)
        *held = vec;
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    luaL_addstring(&out, class_of(LPROM_MASK(type)));
    luaL_addstring(&out, ": ");
    if (vec) {
        const prom_opts *o = lprom__api->vec_opts(vec);
        luaL_addstring(&out, o->name);
        add_labels(L, &out, m, o->labels);
    } else {
        luaL_addstring(&out, "removed series");
    }
    luaL_pushresult(&out);
    lprom__drop(held);
    return 1;
}

metric *lprom__metric_push(lua_State *L, prom_type t, unsigned n_values)
{
    if (!(LPROM_ANY & LPROM_MASK(t)))
        luaL_error(L, "this module knows no %s metrics", lprom__api->type_name(t));
    metric *m = lua_newuserdatauv(L, sizeof *m, (int)n_values);
    *m = (metric){ .magic = lprom__magic(KIND_UNFILLED) };
    luaL_setmetatable(L, class_of(LPROM_MASK(t)));
    return m;
}

void lprom__metric_fill(lua_State *L, int i, metric *m, int careful)
{
    const prom_opts *o = lprom__api->vec_opts(m->vec);
    unsigned type = (unsigned)lprom__api->vec_type(m->vec);
    while (o->labels && o->labels[m->n_labels])
        m->n_labels++;
    if (m->n_labels > LPROM_MAX_LABELS)
        luaL_error(L, "%s has more than %d labels", o->name, (int)LPROM_MAX_LABELS);
    if (m->n_labels) {
        lprom__children_new(L, lua_absindex(L, i));
        m->magic = lprom__magic((careful ? KIND_CAREFUL : KIND_FAMILY) + type);
        return;
    }
    void *child;
    prom_err e = lprom__api->vec_with(m->vec, NULL, 0, &child);
    if (e)
        lprom__raise(L, e);
    m->child = child;
    m->magic = lprom__magic(KIND_SERIES + type);
}

void lprom__metric_of(lua_State *L, prom_vec *vec, int constraints, int careful)
{
    metric *m = lprom__metric_push(L, lprom__api->vec_type(vec), LPROM_FAMILY_VALUES);
    m->vec = lprom__api->ref(vec);
    if (constraints) {
        lua_pushvalue(L, constraints);
        lua_setiuservalue(L, -2, LPROM_VALUE_CONSTRAINTS);
    }
    lprom__metric_fill(L, lua_gettop(L), m, careful || constraints);
}

/* --- classes ---------------------------------------------------------------------------- */

#define META(call)                                                                   \
    { "__gc", metric_gc }, { "__eq", metric_eq }, { "__tostring", metric_tostring }, \
        { "__call", call },                                                          \
    {                                                                                \
        NULL, NULL                                                                   \
    }
#define TIMED                        \
    { "timer", lprom__timer_start }, \
    {                                \
        "bind", metric_bind          \
    }
#define GAUGE                                                                               \
    { "set", gauge_set }, { "inc", gauge_inc }, { "dec", gauge_dec }, { "add", gauge_add }, \
        { "set_to_current_time", gauge_set_to_current_time }, { "get", gauge_get },         \
        { "value", gauge_get }, { "set_function", lprom__function_set }, TIMED,             \
    {                                                                                       \
        NULL, NULL                                                                          \
    }

static const luaL_Reg counter_methods[] = { { "inc", counter_inc },
                                            { "add", counter_add },
                                            { "add_exemplar", lprom__add_exemplar },
                                            { "get", counter_get },
                                            { "value", counter_get },
                                            { "set_function", lprom__function_set },
                                            { "bind", metric_bind },
                                            { NULL, NULL } };
static const luaL_Reg gauge_methods[] = { GAUGE };
static const luaL_Reg histogram_methods[] = { { "observe", histogram_observe },
                                              { "observe_n", lprom__observe_n },
                                              { "observe_many", lprom__observe_many },
                                              { "observe_exemplar", lprom__observe_exemplar },
                                              { "get", lprom__read_numbers },
                                              TIMED,
                                              { NULL, NULL } };
static const luaL_Reg summary_methods[] = { { "observe", summary_observe },
                                            { "observe_n", lprom__observe_n },
                                            { "observe_many", lprom__observe_many },
                                            { "get", lprom__read_numbers },
                                            TIMED,
                                            { NULL, NULL } };
static const luaL_Reg info_methods[] = { { "set", lprom__info_set }, { NULL, NULL } };
static const luaL_Reg stateset_methods[] = { { "set", lprom__stateset_set },
                                             { "enter", lprom__stateset_enter },
                                             { NULL, NULL } };
static const luaL_Reg counter_meta[] = { META(counter_inc) };
static const luaL_Reg gauge_meta[] = { META(gauge_set) };
static const luaL_Reg histogram_meta[] = { META(histogram_observe) };
static const luaL_Reg summary_meta[] = { META(summary_observe) };
static const luaL_Reg info_meta[] = { META(lprom__info_set) };
static const luaL_Reg stateset_meta[] = { META(lprom__stateset_enter) };

/* What is of the type first: see lprom__class. */
static void make(lua_State *L, prom_type t, const luaL_Reg *own, const luaL_Reg *meta)
{
    enum { MOST = 48 };
    luaL_Reg all[MOST] = { { NULL, NULL } };
    size_t n = 0;
    for (; own->name && n < MOST - 1; own++)
        all[n++] = *own;
    for (const luaL_Reg *m = lprom__family_methods; m->name && n < MOST - 1; m++)
        all[n++] = *m;
    lprom__class(L, class_of(LPROM_MASK(t)), all, meta);
}

void lprom__metric_classes(lua_State *L)
{
    make(L, PROM_COUNTER, counter_methods, counter_meta);
    make(L, PROM_GAUGE, gauge_methods, gauge_meta);
    make(L, PROM_HISTOGRAM, histogram_methods, histogram_meta);
    make(L, PROM_SUMMARY, summary_methods, summary_meta);
    make(L, PROM_UNKNOWN, gauge_methods, gauge_meta);
    make(L, PROM_INFO, info_methods, info_meta);
    make(L, PROM_STATESET, stateset_methods, stateset_meta);
}
