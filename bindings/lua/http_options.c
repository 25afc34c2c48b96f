// SPDX-License-Identifier: Apache-2.0
/* http_options.c - a prom_http_opts from a table: of a server, and of a handler without one.
 *
 * Strings, lists and registries stay on the stack, as in opts.c. Times of options whose name
 * ends in _ms are milliseconds, all others seconds. */
#include "core.h"

#include <limits.h>
#include <string.h>

enum { MOST_ROUTES = 1000 };

/* Both know these; what is about connections is the server's. */
#define COMMON                                                                             \
    "path", "no_compression", "max_body_bytes", "format", "formats", "routes", "on_error", \
        "max_in_flight", "scrape_timeout", "max_age", "metrics", "no_page", "title"

static const char *const of_handler[] = { COMMON, NULL };
static const char *const of_server[] = {
    COMMON,        "address",          "port",      "polled",   "max_connections",
    "deadline_ms", "max_header_bytes", "cert_file", "key_file", "client_ca_file",
    NULL
};

static prom_registry *registry_on_top(lua_State *L, const char *option)
{
    const box *b = lprom__block(L, -1, sizeof *b);
    if (!b || b->magic != lprom__magic(KIND_REGISTRY) || !b->object) {
        luaL_error(L, "%s: %s expected, got %s", option, LPROM_REGISTRY, luaL_typename(L, -1));
        return NULL;
    }
    return b->object;
}

/* { ["/app"] = registry, ... }, by path, so that the page has them in an order. */
static const prom_http_route *read_routes(lua_State *L, int table)
{
    lua_getfield(L, table, "routes");
    int from = lua_gettop(L);
    size_t n = 0;
    if (lua_isnil(L, from))
        return NULL;
    if (!lua_istable(L, from))
        luaL_error(L, "routes: table expected, got %s", luaL_typename(L, from));
    for (lua_pushnil(L); lua_next(L, from); lua_pop(L, 1))
        if (lua_type(L, -2) != LUA_TSTRING || n++ == MOST_ROUTES)
            luaL_error(L, "routes: a table of registries by path expected");
    prom_http_route *routes = lprom__scratch(L, n + 1, sizeof *routes);
    lua_pushnil(L);
    for (size_t i = 0; i < n && lua_next(L, from); i++, lua_pop(L, 1)) {
        const char *path = lua_tostring(L, -2);
        if (strlen(path) != lua_rawlen(L, -2))
            luaL_error(L, "routes: '%s' contains a zero byte", path);
        prom_http_route one = { path, registry_on_top(L, "routes") };
        size_t at = i;
        for (; at && strcmp(routes[at - 1].path, one.path) > 0; at--)
            routes[at] = routes[at - 1];
        routes[at] = one;
    }
    return routes;
}

/* A registry, or true for the one that is served. */
static prom_registry *read_metrics(lua_State *L, int table, prom_registry *r)
{
    lua_getfield(L, table, "metrics");
    if (!lua_toboolean(L, -1))
        return NULL;
    return lua_isboolean(L, -1) ? r : registry_on_top(L, "metrics");
}

static void read_common(lua_State *L, int table, prom_registry *r, prom_http_opts *o)
{
    o->path = lprom__opts_text(L, table, "path");
    o->no_compression = lprom__opts_flag(L, table, "no_compression");
    o->max_body_bytes = lprom__opts_whole(L, table, "max_body_bytes", UINT_MAX);
    o->encoder = lprom__format_option(L, table, "format");
    o->offer = lprom__formats_option(L, table, "formats");
    o->routes = read_routes(L, table);
    o->on_error = lprom__opts_on_error(L, table);
    o->max_in_flight = lprom__opts_whole(L, table, "max_in_flight", UINT_MAX);
    o->scrape_timeout_ms = lprom__opts_seconds(L, table, "scrape_timeout");
    o->max_age_ms = lprom__opts_seconds(L, table, "max_age");
    o->metrics = read_metrics(L, table, r);
    o->no_page = lprom__opts_flag(L, table, "no_page");
    o->title = lprom__opts_text(L, table, "title");
}

static void read_connections(lua_State *L, int table, prom_http_opts *o)
{
    o->address = lprom__opts_text(L, table, "address");
    o->port = (uint16_t)lprom__opts_whole(L, table, "port", UINT16_MAX);
    o->polled = lprom__opts_flag(L, table, "polled");
    o->max_connections = lprom__opts_whole(L, table, "max_connections", UINT_MAX);
    o->deadline_ms = lprom__opts_whole(L, table, "deadline_ms", UINT_MAX);
    o->max_header_bytes = lprom__opts_whole(L, table, "max_header_bytes", UINT_MAX);
    o->cert_file = lprom__opts_text(L, table, "cert_file");
    o->key_file = lprom__opts_text(L, table, "key_file");
    o->client_ca_file = lprom__opts_text(L, table, "client_ca_file");
}

void lprom__http_options(lua_State *L, int table, int is_server, prom_registry *r,
                         prom_http_opts *o)
{
    *o = (prom_http_opts){ .size = sizeof *o };
    if (lua_isnoneornil(L, table))
        return;
    luaL_checktype(L, table, LUA_TTABLE);
    luaL_checkstack(L, 40, NULL);
    lprom__opts_known(L, table, is_server ? of_server : of_handler);
    read_common(L, table, r, o);
    if (is_server)
        read_connections(L, table, o);
}
