// SPDX-License-Identifier: Apache-2.0
/* handler.c - the exposition for hosts that have an HTTP server of their own.
 *
 * A request's strings come from the network, so nothing that is in them raises; a field of
 * another type than a string is the script's mistake, and does. */
#include "core.h"

#include <limits.h>
#include <string.h>

enum { MOST_FIELDS = 1000 };

/* registry, options */
int lprom__handler_new(lua_State *L)
{
    prom_registry *r = lprom__registry_check(L, 1);
    prom_http_opts o;
    lprom__http_options(L, 2, 0, r, &o);
    box *b = lprom__box_push(L, LPROM_HANDLER, KIND_HANDLER);
    prom_handler *h;
    prom_err e = lprom__api->handler_new(r, &o, &h);
    if (e)
        return lprom__raise(L, e);
    b->object = h;
    return 1;
}

/* The string at i; NULL: it has a zero byte, which no request may have. */
static const char *field(lua_State *L, int i, const char *what)
{
    size_t n;
    if (lua_type(L, i) != LUA_TSTRING && lua_type(L, i) != LUA_TNUMBER)
        luaL_error(L, "%s: string expected, got %s", what, luaL_typename(L, i));
    const char *s = lua_tolstring(L, i, &n);
    return strlen(s) == n ? s : NULL;
}

typedef struct fields {
    prom_label *list;
    size_t n, room; /* in the list, without its end */
    bool bad;       /* there is a zero byte, or there are too many */
} fields;

/* The values of a name: the string on top, or a list of them. Those of a list stay on the
 * stack only by the table that they are in. */
static void add_values(lua_State *L, fields *f, const char *name)
{
    int at = lua_gettop(L);
    bool list = lua_istable(L, at);
    size_t n = list ? lua_rawlen(L, at) : 1;
    for (size_t i = 1; i <= n; i++) {
        if (list)
            lua_rawgeti(L, at, (lua_Integer)i);
        if (list && lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "headers: %s: strings expected, got %s", name ? name : "?",
                       luaL_typename(L, -1));
        const char *value = field(L, lua_gettop(L), "headers");
        f->bad |= !name || !value || f->n == f->room;
        if (!f->bad)
            f->list[f->n++] = (prom_label){ name, value };
        if (list)
            lua_pop(L, 1);
    }
}

static size_t count_fields(lua_State *L, int table)
{
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        n += lua_istable(L, -1) ? lua_rawlen(L, -1) : 1;
    return n < MOST_FIELDS ? n : MOST_FIELDS;
}

/* { name = value or list of values }; numbers are values, too, and are turned into strings in
 * copies, which stay on the stack. */
static void read_fields(lua_State *L, int table, fields *f)
{
    if (lua_isnil(L, table))
        return;
    luaL_checktype(L, table, LUA_TTABLE);
    f->room = count_fields(L, table);
    f->list = lprom__scratch(L, f->room + 1, sizeof *f->list);
    for (lua_pushnil(L); lua_next(L, table) && !f->bad;) {
        luaL_checkstack(L, 8, NULL);
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "headers: names are strings, got a %s", luaL_typename(L, -2));
        lua_pushvalue(L, -2); /* name, value, and the name again to go on from */
        lua_insert(L, -2);
        add_values(L, f, field(L, -3, "headers"));
        if (lua_type(L, -1) == LUA_TSTRING)
            lua_insert(L, -2); /* it may have been a number in the table */
        else
            lua_pop(L, 1);
    }
}

static void push_headers(lua_State *L, const prom_label *h)
{
    lua_createtable(L, 0, 8);
    for (; h->name; h++) {
        lua_pushstring(L, h->value);
        lua_setfield(L, -2, h->name);
    }
}

/* Not by a luaL_Buffer, which does not collect garbage when memory is short. */
static void push_body(lua_State *L, const prom_http_response *a)
{
    size_t n = lprom__api->http_response_pieces(a);
    luaL_checkstack(L, n < INT_MAX - 8 ? (int)n + 8 : INT_MAX, NULL);
    for (size_t i = 0; i < n; i++) {
        prom_str piece = lprom__api->http_response_piece(a, i);
        lua_pushlstring(L, piece.p, piece.n);
    }
    lua_concat(L, (int)n);
}

static int bad_request(lua_State *L)
{
    static const prom_label none[] = { { "Content-Length", "0" }, { NULL, NULL } };
    lua_pushinteger(L, 400);
    push_headers(L, none);
    lua_pushliteral(L, "");
    return 3;
}

/* handler:handle(method, target, headers): status, headers, body */
static int handle(lua_State *L)
{
    prom_handler *h = lprom__box_check(L, 1, LPROM_HANDLER, KIND_HANDLER)->object;
    fields f = { .list = NULL };
    lua_settop(L, 4);
    prom_http_request q = { .size = sizeof q,
                            .method = field(L, 2, "method"),
                            .target = field(L, 3, "target") };
    read_fields(L, 4, &f);
    if (f.bad || !q.method || !q.target)
        return bad_request(L);
    q.headers = f.list;
    luaL_checkstack(L, 12, NULL);
    void **held = lprom__hold(L);
    prom_http_response *a;
    prom_err e = lprom__api->http_handle(h, &q, &a);
    if (e)
        return lprom__raise(L, e);
    *held = a;
    lprom__functions_sweep(L);
    lua_pushinteger(L, (lua_Integer)lprom__api->http_response_status(a));
    push_headers(L, lprom__api->http_response_headers(a));
    push_body(L, a);
    lprom__drop(held);
    return 3;
}

static int handler_gc(lua_State *L)
{
    box *b = lprom__block(L, 1, sizeof *b);
    if (b && b->magic == lprom__magic(KIND_HANDLER))
        lprom__drop(&b->object);
    return 0;
}

void lprom__handler_classes(lua_State *L)
{
    static const luaL_Reg methods[] = { { "handle", handle }, { NULL, NULL } };
    static const luaL_Reg meta[] = { { "__gc", handler_gc }, { NULL, NULL } };
    lprom__class(L, LPROM_HANDLER, methods, meta);
}
