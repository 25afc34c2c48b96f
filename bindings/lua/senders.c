// SPDX-License-Identifier: Apache-2.0
/* senders.c - the senders of the library: Pushgateway, Graphite, a file, remote write, OTLP.
 *
 * Each reads a table of options, whose strings stay on the stack until the library has copied
 * them, and hands them to the library through a function of one shape. */
#include "senders.h"

#include <limits.h>

/* The registry at 1 and a table at 2 with these options. */
static prom_registry *arguments(lua_State *L, const char *const *known)
{
    prom_registry *r = lprom__registry_check(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    luaL_checkstack(L, 40, NULL);
    lprom__opts_known(L, 2, known);
    return r;
}

static const prom_label *read_labels(lua_State *L, int table, const char *name)
{
    if (lua_getfield(L, table, name) != LUA_TNIL && !lua_istable(L, -1))
        luaL_error(L, "%s: table expected, got %s", name, luaL_typename(L, -1));
    const prom_label *labels = lprom__label_pairs(L, lua_gettop(L));
    luaL_checkstack(L, 40, NULL);
    return labels;
}

/* --- Pushgateway ---------------------------------------------------------------------- */

/* What says which group, and how to reach it. */
#define GROUP_OPTIONS LPROM_CLIENT_OPTIONS, "url", "job", "grouping"
#define PUSH_OPTIONS  GROUP_OPTIONS, "format", "escaping", "compression"

typedef struct push {
    prom_push_opts opts;
    prom_client_opts client;
} push;

static void read_group(lua_State *L, int table, push *p)
{
    p->opts = (prom_push_opts){ .size = sizeof p->opts, .client = &p->client };
    lprom__client_options(L, table, &p->client);
    p->opts.url = lprom__opts_text(L, table, "url");
    p->opts.job = lprom__opts_text(L, table, "job");
    p->opts.grouping = read_labels(L, table, "grouping");
}

static void read_push(lua_State *L, int table, push *p)
{
    read_group(L, table, p);
    p->opts.encoder = lprom__format_option(L, table, "format");
    p->opts.escaping = lprom__escaping_option(L, table);
    p->opts.coding = lprom__coding_option(L, table);
}

static prom_err make_push(prom_registry *r, const void *opts, const prom_sender_opts *so,
                          sender *own, prom_sender **out)
{
    (void)own;
    return lprom__api->push_new(r, opts, so, out);
}

int lprom__senders_pusher(lua_State *L)
{
    static const char *const known[] = { LPROM_SENDER_OPTIONS, PUSH_OPTIONS, "add",
                                         "delete_at_end", NULL };
    prom_registry *r = arguments(L, known);
    prom_sender_opts so;
    push p;
    lprom__sender_options(L, 2, &so);
    read_push(L, 2, &p);
    p.opts.add = lprom__opts_flag(L, 2, "add");
    p.opts.delete_at_end = lprom__opts_flag(L, 2, "delete_at_end");
    return lprom__sender_make(L, r, make_push, &p.opts, &so, p.opts.delete_at_end);
}

static int push_once(lua_State *L, bool add)
{
    static const char *const known[] = { LPROM_ONCE_OPTIONS, PUSH_OPTIONS, NULL };
    prom_registry *r = arguments(L, known);
    prom_sender_opts so;
    push p;
    lprom__sender_options(L, 2, &so);
    read_push(L, 2, &p);
    p.opts.add = add;
    return lprom__sender_once(L, r, make_push, &p.opts, &so);
}

int lprom__senders_push(lua_State *L)
{
    return push_once(L, false);
}

int lprom__senders_push_add(lua_State *L)
{
    return push_once(L, true);
}

int lprom__senders_push_delete(lua_State *L)
{
    static const char *const known[] = { GROUP_OPTIONS, NULL };
    push p;
    (void)arguments(L, known);
    read_group(L, 2, &p);
    return lprom__result(L, lprom__api->push_delete(&p.opts));
}

/* prom.push_url(options) */
int lprom__senders_push_url(lua_State *L)
{
    static const char *const known[] = { GROUP_OPTIONS, NULL };
    push p;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lprom__opts_known(L, 1, known);
    read_group(L, 1, &p);
    void **held = lprom__chars_hold(L);
    char *url;
    prom_err e = lprom__api->push_url(&p.opts, &url);
    if (e)
        return lprom__result(L, e);
    *held = url;
    lprom__chars_push(L, held);
    return 1;
}

/* --- Graphite ---------------------------------------------------------------------------- */

static prom_err make_graphite(prom_registry *r, const void *opts, const prom_sender_opts *so,
                              sender *own, prom_sender **out)
{
    (void)own;
    return lprom__api->graphite_new(r, opts, so, out);
}

int lprom__senders_graphite(lua_State *L)
{
    static const char *const known[] = {
        LPROM_SENDER_OPTIONS, "address", "udp", "prefix", "tags", "connect_timeout", NULL
    };
    prom_registry *r = arguments(L, known);
    prom_graphite_opts o = { .size = sizeof o };
    prom_sender_opts so;
    lprom__sender_options(L, 2, &so);
    o.address = lprom__opts_text(L, 2, "address");
    o.udp = lprom__opts_flag(L, 2, "udp");
    o.prefix = lprom__opts_text(L, 2, "prefix");
    o.tags = lprom__opts_flag(L, 2, "tags");
    o.connect_timeout_ms = lprom__opts_seconds(L, 2, "connect_timeout");
    return lprom__sender_make(L, r, make_graphite, &o, &so, false);
}

/* --- a file ------------------------------------------------------------------------------ */

#define FILE_OPTIONS "mode", "no_sync", "temporary_folder", "format", "escaping"

static void read_file(lua_State *L, int table, prom_textfile_opts *o)
{
    *o = (prom_textfile_opts){ .size = sizeof *o };
    o->mode = lprom__opts_whole(L, table, "mode", 07777);
    o->no_sync = lprom__opts_flag(L, table, "no_sync");
    o->temporary_folder = lprom__opts_text(L, table, "temporary_folder");
    o->encoder = lprom__format_option(L, table, "format");
    o->escaping = lprom__escaping_option(L, table);
}

static prom_err make_textfile(prom_registry *r, const void *opts, const prom_sender_opts *so,
                              sender *own, prom_sender **out)
{
    (void)own;
    return lprom__api->textfile_new(r, opts, so, out);
}

int lprom__senders_textfile(lua_State *L)
{
    static const char *const known[] = { LPROM_SENDER_OPTIONS, FILE_OPTIONS, "path", NULL };
    prom_registry *r = arguments(L, known);
    prom_textfile_opts o;
    prom_sender_opts so;
    lprom__sender_options(L, 2, &so);
    read_file(L, 2, &o);
    o.path = lprom__opts_text(L, 2, "path");
    return lprom__sender_make(L, r, make_textfile, &o, &so, false);
}

/* reg:write_textfile(path, options) */
int lprom__senders_write_textfile(lua_State *L)
{
    static const char *const known[] = { LPROM_ONCE_OPTIONS, FILE_OPTIONS, NULL };
    prom_registry *r = lprom__registry_check(L, 1);
    prom_textfile_opts o = { .size = sizeof o };
    prom_sender_opts so = { .size = sizeof so };
    const char *path = lprom__text(L, 2);
    lua_settop(L, 3);
    if (!lua_isnil(L, 3)) {
        luaL_checktype(L, 3, LUA_TTABLE);
        lprom__opts_known(L, 3, known);
        lprom__sender_options(L, 3, &so);
        read_file(L, 3, &o);
    }
    o.path = path;
    return lprom__sender_once(L, r, make_textfile, &o, &so);
}

/* --- remote write, OTLP --------------------------------------------------------------------
 */

static prom_err make_remote_write(prom_registry *r, const void *opts,
                                  const prom_sender_opts *so, sender *own, prom_sender **out)
{
    (void)own;
    return lprom__api->remote_write_new(r, opts, so, out);
}

/* Anchored in any case: its end sends stale markers, which is not for the garbage collector to
 * do at some time. */
int lprom__senders_remote_write(lua_State *L)
{
    static const char *const known[] = {
        LPROM_SENDER_OPTIONS, LPROM_CLIENT_OPTIONS, "url", "version", "labels", "max_samples",
        "max_queue_bytes",    "no_stale_markers",   NULL
    };
    prom_registry *r = arguments(L, known);
    prom_client_opts client;
    prom_remote_write_opts o = { .size = sizeof o, .client = &client };
    prom_sender_opts so;
    lprom__sender_options(L, 2, &so);
    lprom__client_options(L, 2, &client);
    o.url = lprom__opts_text(L, 2, "url");
    o.version = lprom__opts_whole(L, 2, "version", 2);
    o.labels = read_labels(L, 2, "labels");
    o.max_samples = lprom__opts_whole(L, 2, "max_samples", UINT_MAX);
    o.max_queue_bytes = lprom__opts_whole(L, 2, "max_queue_bytes", UINT_MAX);
    o.no_stale_markers = lprom__opts_flag(L, 2, "no_stale_markers");
    return lprom__sender_make(L, r, make_remote_write, &o, &so, !o.no_stale_markers);
}

static prom_err make_otlp(prom_registry *r, const void *opts, const prom_sender_opts *so,
                          sender *own, prom_sender **out)
{
    (void)own;
    return lprom__api->otlp_new(r, opts, so, out);
}

int lprom__senders_otlp(lua_State *L)
{
    static const char *const known[] = {
        LPROM_SENDER_OPTIONS, LPROM_CLIENT_OPTIONS, "url",         "resource",
        "scope_name",         "scope_version",      "compression", NULL
    };
    prom_registry *r = arguments(L, known);
    prom_client_opts client;
    prom_otlp_opts o = { .size = sizeof o, .client = &client };
    prom_sender_opts so;
    lprom__sender_options(L, 2, &so);
    lprom__client_options(L, 2, &client);
    o.url = lprom__opts_text(L, 2, "url");
    o.resource = read_labels(L, 2, "resource");
    o.scope_name = lprom__opts_text(L, 2, "scope_name");
    o.scope_version = lprom__opts_text(L, 2, "scope_version");
    o.coding = lprom__coding_option(L, 2);
    return lprom__sender_make(L, r, make_otlp, &o, &so, false);
}
