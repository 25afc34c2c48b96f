// SPDX-License-Identifier: Apache-2.0
/* testing.c - core.testing, which prom/testing.lua is made of. */
#include "core.h"

/* The library's object in the box at i: a registry, metric or collector. Borrowed. */
static void *object_check(lua_State *L, int i)
{
    const metric *m = lprom__metric(L, i);
    if (lprom__metric_type(m) >= 0)
        return m->child && !m->vec ? m->child : (void *)m->vec;
    if (luaL_testudata(L, i, LPROM_COLLECTOR))
        return lprom__collector_check(L, i);
    const box *b = lprom__block(L, i, sizeof *b);
    if (!b || b->magic != lprom__magic(KIND_REGISTRY))
        luaL_typeerror(L, i, "registry, metric or collector");
    return lprom__registry_check(L, i);
}

/* nil, sentence, code: to a test whatever went wrong is a result. */
static int failed(lua_State *L, prom_err e)
{
    lua_pushnil(L);
    lua_pushstring(L, lprom__api->error(e));
    lua_pushstring(L, lprom__api->err_name(e));
    return 3;
}

static const char *const *names(lua_State *L, int i)
{
    lua_settop(L, i);
    return lprom__strings(L, i, "names");
}

/* value(metric): of one that has exactly one series */
static int value(lua_State *L)
{
    double v;
    prom_err e = lprom__api->test_value(object_check(L, 1), &v);
    if (e)
        return failed(L, e);
    lua_pushnumber(L, v);
    return 1;
}

/* count(object, names) */
static int count(lua_State *L)
{
    void *object = object_check(L, 1);
    const char *const *list = names(L, 2);
    size_t n;
    prom_err e = lprom__api->test_count(object, list, &n);
    if (e)
        return failed(L, e);
    lua_pushinteger(L, (lua_Integer)n);
    return 1;
}

/* true, or nil, what differs and a code */
static int compared(lua_State *L, prom_err e, char *difference, void **held)
{
    *held = difference;
    if (!e) {
        lua_pushboolean(L, 1);
        return 1;
    }
    int n = failed(L, e);
    if (!difference)
        return n;
    lprom__chars_push(L, held);
    lua_replace(L, -3);
    return n;
}

/* compare(object, text, names) */
static int compare(lua_State *L)
{
    void *object = object_check(L, 1);
    const char *expected = lprom__text(L, 2);
    const char *const *list = names(L, 3);
    void **held = lprom__chars_hold(L);
    char *difference = NULL;
    prom_err e = lprom__api->test_compare(object, expected, list, &difference);
    return compared(L, e, difference, held);
}

/* scrape(url, text, names) */
static int scrape(lua_State *L)
{
    const char *url = lprom__text(L, 1), *expected = lprom__text(L, 2);
    const char *const *list = names(L, 3);
    void **held = lprom__chars_hold(L);
    char *difference = NULL;
    prom_err e = lprom__api->test_scrape(url, expected, list, &difference);
    return compared(L, e, difference, held);
}

/* native(registry, name, labels, { sum =, count =, schema =, ... }) */
static int native(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    const char *name = lprom__text(L, 2);
    luaL_checktype(L, 4, LUA_TTABLE);
    lua_settop(L, 4);
    const prom_label *labels = lprom__label_pairs(L, 3);
    double sum = lprom__opts_number(L, 4, "sum", 0), n = lprom__opts_number(L, 4, "count", 0);
    if (!(n >= 0 && n < 0x1p64))
        luaL_error(L, "count: %f is none", n);
    prom_native expected;
    lprom__native_read(L, 4, &expected);
    prom_err e = lprom__api->test_native(r, name, labels, sum, (uint64_t)n, &expected);
    if (e)
        return failed(L, e);
    lua_pushboolean(L, 1);
    return 1;
}

/* { metric =, text = } for the list at 2. */
static int take_problem(lua_State *L)
{
    const prom_lint_problem *p = lua_touserdata(L, 1);
    lua_createtable(L, 0, 2);
    lua_pushstring(L, p->metric);
    lua_setfield(L, -2, "metric");
    lua_pushstring(L, p->text);
    lua_setfield(L, -2, "text");
    lua_rawseti(L, 2, (lua_Integer)lua_rawlen(L, 2) + 1);
    return 0;
}

static prom_err each_problem(void *data, const prom_lint_problem *p)
{
    return lprom__visit_item(data, p);
}

/* lint(registry or text): a list of problems */
static int lint(lua_State *L)
{
    size_t n = 0;
    const char *text = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &n) : NULL;
    void **held = lprom__hold(L);
    prom_err e = PROM_OK;
    if (!text) {
        prom_snapshot *s;
        e = lprom__api->gather(lprom__registry_check(L, 1), &s);
        if (e)
            return failed(L, e);
        *held = s;
    }
    visit v = lprom__visit_begin(L, take_problem);
    e = text ? lprom__api->lint_text(text, n, NULL, 0, each_problem, &v)
             : lprom__api->lint(*held, NULL, 0, each_problem, &v);
    if (e == PROM_E_SYNTAX)
        return failed(L, e);
    lprom__visit_end(&v, e);
    lprom__drop(held);
    return 1;
}

void lprom__testing_functions(lua_State *L)
{
    static const luaL_Reg functions[] = { { "value", value },     { "count", count },
                                          { "compare", compare }, { "scrape", scrape },
                                          { "native", native },   { "lint", lint },
                                          { NULL, NULL } };
    luaL_newlib(L, functions);
    lua_setfield(L, -2, "testing");
}
