// SPDX-License-Identifier: Apache-2.0
/* formats.c - wire formats by their names: which there are, which one a client wants, how an
 * exposition is to be written, and reading one back. */
#include "core.h"

#include <string.h>

/* Those of prom_encoder_find, the usual ones first. */
static const char *const names[] = { "text",          "text1",        "openmetrics",
                                     "openmetrics0",  "openmetrics2", "protobuf",
                                     "protobuf-text", "json" };

enum { FORMATS = sizeof names / sizeof *names };

/* The encoder of the name at i, which `what` says in errors. */
static const prom_encoder *encoder_check(lua_State *L, int i, const char *what)
{
    if (lua_type(L, i) != LUA_TSTRING)
        luaL_error(L, "%s: string expected, got %s", what, luaL_typename(L, i));
    const char *name = lprom__text(L, i);
    const prom_encoder *e = lprom__api->encoder_find(name);
    if (!e)
        luaL_error(L, "%s: there is no '%s'", what, name);
    return e;
}

const prom_encoder *lprom__format_option(lua_State *L, int table, const char *field)
{
    const prom_encoder *e = NULL;
    if (lua_getfield(L, table, field) != LUA_TNIL)
        e = encoder_check(L, lua_gettop(L), field);
    lua_pop(L, 1);
    return e;
}

/* The list is as long as the scratch memory on the stack. */
const prom_encoder *const *lprom__formats_option(lua_State *L, int table, const char *field)
{
    if (lua_getfield(L, table, field) == LUA_TNIL)
        return NULL;
    int list = lua_gettop(L);
    if (!lua_istable(L, list))
        luaL_error(L, "%s: table expected, got %s", field, luaL_typename(L, list));
    size_t n = lua_rawlen(L, list);
    const prom_encoder **all = lprom__scratch(L, n + 1, sizeof *all);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        all[i] = encoder_check(L, lua_gettop(L), field);
        lua_pop(L, 1);
    }
    if (!n)
        luaL_error(L, "%s: no format is named", field);
    return all;
}

prom_escaping lprom__escaping_option(lua_State *L, int table)
{
    const char *word = lprom__opts_text(L, table, "escaping"), *known;
    prom_escaping found = PROM_UNDERSCORES;
    for (int k = 0; word && (known = lprom__api->escaping_name((prom_escaping)k)); k++)
        if (strcmp(known, word) == 0) {
            found = (prom_escaping)k;
            word = NULL;
        }
    if (word)
        luaL_error(L, "escaping: there is no '%s'", word);
    lua_pop(L, 1);
    return found;
}

prom_coding lprom__coding_option(lua_State *L, int table)
{
    static const prom_coding codings[] = { PROM_IDENTITY, PROM_GZIP, PROM_ZSTD };
    const char *word = lprom__opts_text(L, table, "compression");
    prom_coding found = PROM_IDENTITY;
    for (size_t i = 0; word && i < sizeof codings / sizeof *codings; i++)
        if (strcmp(lprom__api->coding_name(codings[i]), word) == 0) {
            found = codings[i];
            word = NULL;
        }
    if (word)
        luaL_error(L, "compression: there is no '%s'", word);
    lua_pop(L, 1);
    return found;
}

const prom_encoder *lprom__encode_options(lua_State *L, int table, prom_encode_opts *o)
{
    *o = (prom_encode_opts){ .size = sizeof *o };
    if (lua_isnoneornil(L, table))
        return lprom__api->text;
    const prom_encoder *e = lprom__format_option(L, table, "format");
    o->no_created = lprom__opts_bool(L, table, "no_created");
    o->escaping = lprom__escaping_option(L, table);
    return e ? e : lprom__api->text;
}

/* --- functions of the module -------------------------------------------------------------- */

static void set_content_type(lua_State *L, const prom_encoder *e)
{
    char type[256];
    lprom__api->content_type(e, PROM_UNDERSCORES, type, sizeof type);
    lua_pushstring(L, type);
    lua_setfield(L, -2, "content_type");
}

/* prom.formats(): { { format =, content_type = }, ... } */
int lprom__formats_list(lua_State *L)
{
    lua_createtable(L, FORMATS, 0);
    for (int i = 0, n = 0; i < FORMATS; i++) {
        const prom_encoder *e = lprom__api->encoder_find(names[i]);
        if (!e)
            continue;
        lua_createtable(L, 0, 2);
        lua_pushstring(L, names[i]);
        lua_setfield(L, -2, "format");
        set_content_type(L, e);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

/* A request's header: nil where there was none. A zero byte ends it, as the library has it. */
static const char *header(lua_State *L, int i)
{
    return lua_isnoneornil(L, i) ? NULL : luaL_checkstring(L, i);
}

/* prom.negotiate(accept, formats): { format =, escaping =, content_type = } */
int lprom__formats_negotiate(lua_State *L)
{
    const char *accept = header(L, 1);
    prom_negotiate_opts o = { .size = sizeof o };
    lua_settop(L, 2);
    lua_createtable(L, 0, 3);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, 2);
    lua_setfield(L, 4, "formats");
    o.offer = lprom__formats_option(L, 4, "formats");
    prom_format f;
    lprom__api->negotiate(accept, &o, &f);
    lua_settop(L, 3);
    for (int i = 0; i < FORMATS; i++)
        if (lprom__api->encoder_find(names[i]) == f.encoder) {
            lua_pushstring(L, names[i]);
            lua_setfield(L, 3, "format");
        }
    lua_pushstring(L, lprom__api->escaping_name(f.escaping));
    lua_setfield(L, 3, "escaping");
    lua_pushstring(L, f.content_type);
    lua_setfield(L, 3, "content_type");
    return 1;
}

/* prom.negotiate_coding(accept_encoding): "identity", "gzip" or "zstd" */
int lprom__formats_coding(lua_State *L)
{
    prom_coding c = lprom__api->negotiate_coding(header(L, 1));
    lua_pushstring(L, lprom__api->coding_name(c));
    return 1;
}

/* prom.parse(body, format or Content-Type): families as gather gives them. */
int lprom__formats_parse(lua_State *L)
{
    size_t n;
    const char *body = luaL_checklstring(L, 1, &n), *type = NULL;
    if (!lua_isnoneornil(L, 2)) {
        type = lprom__text(L, 2);
        if (!strchr(type, '/')) {
            type = encoder_check(L, 2, "format")->content_type;
            const char *name = lua_tostring(L, 2);
            if (strcmp(name, "json") == 0 || strcmp(name, "protobuf-text") == 0)
                luaL_argerror(L, 2, "is not for reading");
        }
    }
    void **held = lprom__hold(L);
    prom_snapshot *s;
    prom_err e = lprom__api->parse(type, body, n, &s);
    if (e)
        return lprom__result(L, e);
    *held = s;
    lprom__families_push(L, s);
    lprom__drop(held);
    return 1;
}
