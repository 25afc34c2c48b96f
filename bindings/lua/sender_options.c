// SPDX-License-Identifier: Apache-2.0
/* sender_options.c - what a table says of every sender, and of how to speak to a server. */
#include "senders.h"

#include <limits.h>

void lprom__sender_options(lua_State *L, int table, prom_sender_opts *o)
{
    luaL_checkstack(L, 40, NULL);
    *o = (prom_sender_opts){ .size = sizeof *o };
    o->interval_ms = lprom__opts_seconds(L, table, "interval");
    o->timeout_ms = lprom__opts_seconds(L, table, "timeout");
    o->last = lprom__opts_flag(L, table, "last");
    o->last_timeout_ms = lprom__opts_seconds(L, table, "last_timeout");
    o->on_error = lprom__opts_on_error(L, table);
    lua_getfield(L, table, "names");
    o->names = lprom__strings(L, lua_gettop(L), "names");
}

/* { ["X-Scope"] = "a" } as "X-Scope: a". */
static const char *const *read_headers(lua_State *L, int table)
{
    if (lua_getfield(L, table, "headers") == LUA_TNIL)
        return NULL;
    const prom_label *from = lprom__label_pairs(L, lua_gettop(L));
    size_t n = 0;
    while (from[n].name)
        n++;
    luaL_checkstack(L, (int)n + 40, NULL);
    const char **headers = lprom__scratch(L, n + 1, sizeof *headers);
    for (size_t i = 0; i < n; i++)
        headers[i] = lua_pushfstring(L, "%s: %s", from[i].name, from[i].value);
    return headers;
}

/* nil is what goes without saying, 0 is none. */
static unsigned read_retries(lua_State *L, int table)
{
    bool said = lua_getfield(L, table, "retries") != LUA_TNIL;
    lua_pop(L, 1);
    unsigned n = lprom__opts_whole(L, table, "retries", 1000);
    return said && !n ? PROM_NO_RETRIES : n;
}

void lprom__client_options(lua_State *L, int table, prom_client_opts *o)
{
    luaL_checkstack(L, 40, NULL);
    *o = (prom_client_opts){ .size = sizeof *o };
    o->headers = read_headers(L, table);
    o->user = lprom__opts_text(L, table, "user");
    o->password = lprom__opts_text(L, table, "password");
    o->bearer_token = lprom__opts_text(L, table, "bearer_token");
    o->bearer_token_file = lprom__opts_text(L, table, "bearer_token_file");
    o->ca_file = lprom__opts_text(L, table, "ca_file");
    o->cert_file = lprom__opts_text(L, table, "cert_file");
    o->key_file = lprom__opts_text(L, table, "key_file");
    o->insecure = lprom__opts_flag(L, table, "insecure");
    o->unix_socket = lprom__opts_text(L, table, "unix_socket");
    o->proxy = lprom__opts_text(L, table, "proxy");
    o->follow = lprom__opts_flag(L, table, "follow");
    o->connect_timeout_ms = lprom__opts_seconds(L, table, "connect_timeout");
    o->retries = read_retries(L, table);
    o->backoff_ms = lprom__opts_seconds(L, table, "backoff");
    o->max_backoff_ms = lprom__opts_seconds(L, table, "max_backoff");
}
