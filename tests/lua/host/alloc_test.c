// SPDX-License-Identifier: Apache-2.0
/* alloc_test.c - Lua's allocator fails at each call in turn: once, which makes Lua collect all
 * garbage there and go on, or from then on, which is an error to the script and to nobody else.
 * What leaks or is used too late is for the sanitizers to see. */
#include "host.h"

#include <prom/model.h>

typedef struct failing {
    long left; /* calls until it fails; < 0: never */
    bool for_good;
    bool failed;
} failing;

static void *allocate(void *data, void *p, size_t old, size_t n)
{
    failing *f = data;
    (void)old;
    if (n == 0) {
        free(p);
        return NULL;
    }
    bool grows = !p || n > old; /* Lua takes it for granted that blocks can shrink */
    if (grows && f->left >= 0 && (f->left == 0 || --f->left == 0)) {
        f->failed = true;
        if (!f->for_good)
            f->left = -1;
        return NULL;
    }
    return realloc(p, n);
}

static const char script[] =
    "local prom = require 'prom'\n"
    "local reg = prom.registry { order = 'created' }\n"
    "local c = reg:counter('hits', 'help', { 'a', 'b' }, { const_labels = { z = 1 } })\n"
    "local long = ('x'):rep(50)\n"
    "for i = 1, 40 do c:inc(i, 'a' .. i, i) c:inc(1, long, i) end\n"
    "c:inc(1, { a = 'x', b = 'y' }) c:inc(1, { 'x', 2.5 })\n"
    "local hit = c:bind('x', 'y') hit() hit(2)\n"
    "local child = c:labels('x', 'y') child() tostring(child) tostring(c)\n"
    "local h = reg:histogram { name = 'h', help = '', buckets = { 1, 2 } }\n"
    "h:observe(1) h:get() h:timer():stop()\n"
    "do local t <close> = h:timer() end\n"
    "local s = reg:summary('s', '', { 'q' }, { objectives = { [0.5] = 0.1, [0.9] = 0.1 } })\n"
    "s:observe(1, 'x') s:labels('x'):get()\n"
    "h:time(function() end)\n"
    "local k = reg:collector('c', function(b)\n"
    "  b:family('gauge', { name = 'g', help = '', labels = { 'a' } })\n"
    "  b:value(1, 'x') b:value(2, { 'y' })\n"
    "  b:family('histogram', 'i', '') b:histogram(1, 1, { [1] = 1 })\n"
    "  b:family('gauge', 'j', '') b:value(1, { a = 1, b = 2 })\n"
    "end, { wait_ms = 1 })\n"
    "local text, errors = reg:text()\n"
    "if not errors then assert(text:find 'g{a=\"y\"} 2', text) end\n"
    "reg:value('hits_total', { a = 'x', b = 'y', z = 1 })\n"
    "reg:find('h') reg:find('absent') reg:poll()\n"
    "reg:unregister(k) reg:register(k)\n"
    "c:remove('x', 'y') c:clear() reg:clear()\n"
    "prom.exponential(1, 2, 5)\n"
    "pcall(c.inc, c, 1, {}) pcall(c.inc, c, -1, 'x', 'y') pcall(reg.counter, reg, 'h', '')\n"
    "local server = reg:serve { polled = true, path = '/m' }\n"
    "if server then server:port() server:poll(0) server:stop() end\n"
    "prom.default:poll()\n";

/* What came with the whole model. */
static const char model[] =
    "local prom = require 'prom'\n"
    "local reg = prom.registry { pedantic = false, max_series = 9 }\n"
    "local c = reg:counter('c', '', { 'a', 'b' }, { namespace = 'n', max_series = 3,\n"
    "  constraints = { a = { 'x', 'y', otherwise = 'z' },\n"
    "    b = function(v) return v .. '!' end } })\n"
    "for i = 1, 5 do c:inc(1, 'x', i) end\n"
    "c:add_exemplar(1, { t = 1 }, 'x', 1) c:read('x', 1) c:find('x', 2) c:find('q', 2)\n"
    "for labels, one in c:each() do one:inc() assert(labels.a) end\n"
    "c:curry { a = 'x' }:inc(1, 'z') c:remove_matching { a = 'x' } c:description()\n"
    "local g = reg:gauge('g', '', { 'a' })\n"
    "g:preset { a = { 1, 2 } } g:set_function(function() return 1 end, 'f')\n"
    "g:set_function(function() return 2 end, 'f') g:set_function(function() return {} end, 2)\n"
    "g:set_function(function() return 3 end, 'left') reg:poll() reg:text() g:remove('f')\n"
    "local h = reg:histogram('h', '', nil, { native_factor = 1.1, buckets = { 1 } })\n"
    "h:observe_many { 1, 2, 3 } h:observe_exemplar(1, { t = 'a' }) h:read() h:reset()\n"
    "reg:info('i', ''):set { a = 'b' }\n"
    "reg:stateset('s', '', nil, { states = { 'a', 'b' } }):enter 'b'\n"
    "local k = reg:collector('k', function(b)\n"
    "  b:family { type = 'info', name = 'k_info', help = '' } b:info { v = 1 }\n"
    "  b:family('stateset', 'ks', '') b:stateset { on = true } b:family('histogram', 'kh', "
    "'')\n"
    "  b:native(3, 2, { schema = 0, positive = { [1] = 2 } }) b:created(5)\n"
    "  b:exemplar({ t = 1 }, 1)\n"
    "end, { describe = { { type = 'info', name = 'k_info', help = '' },\n"
    "  { type = 'stateset', name = 'ks', help = '' },\n"
    "  { type = 'histogram', name = 'kh', help = '' } } })\n"
    "local w = reg:wrap { prefix = 'w_', labels = { z = 1 } } w:gauge('g', '')\n"
    "reg:nested('n', { a = { b = 1 } }, { { path = 'a', name = 'na', help = '',\n"
    "  labels = { 'k' } } })\n"
    "reg:lua { state = 'x' } reg:build_info('p', { v = 1 })\n"
    "reg:gather { names = { 'g', 'h' }, timeout = 5 } reg:gather() reg:list()\n"
    "prom.parse '# TYPE a gauge\\na 1\\n'\n"
    "local testing = require 'prom.testing'\n"
    "testing.compare(g, 'g 1\\n') testing.count(reg) testing.lint(reg) testing.value(h)\n"
    "g:replace(function(fresh) fresh:set(1, 'x') end)\n"
    "reg:unregister(k) reg:clear()\n";

/* Every format, both ways, and what is wrong with them. */
static const char formats[] =
    "local prom = require 'prom'\n"
    "local reg = prom.registry()\n"
    "reg:counter('c', 'h', { 'a.b' }):add_exemplar(1, { t = 'x' }, 'y')\n"
    "reg:histogram('h', '', nil, { native_factor = 2, buckets = { 1 } })\n"
    "  :observe_exemplar(3, { t = 'x' })\n"
    "reg:collector('k', function(b)\n"
    "  b:family('histogram', 'w', '')\n"
    "  b:native(5, 0, { schema = -53, weight = 7.5, positive = { [0] = 6 }, custom = { 1 } })\n"
    "  b:family('summary', 's', '') b:summary(1, 2, { [0.5] = 3 })\n"
    "  b:family('stateset', 't', '') b:stateset { on = true, off = false }\n"
    "end)\n"
    "for _, f in ipairs(prom.formats()) do\n"
    "  for _, e in ipairs { 'underscores', 'allow-utf-8' } do\n"
    "    local text, errors = reg:text { format = f.format, escaping = e, no_created = true }\n"
    "    if not errors and not f.format:find('json') and f.format ~= 'protobuf-text'\n"
    "        and f.format ~= 'openmetrics2' then\n"
    "      assert(prom.parse(text, f.format)) assert(prom.parse(text, f.content_type))\n"
    "    end\n"
    "  end\n"
    "end\n"
    "prom.parse('a{', 'text') prom.parse('\\255', 'protobuf') prom.parse('a 1\\n\\0')\n"
    "local f = prom.negotiate('application/json;q=0.5, text/plain', { 'json', 'text' })\n"
    "assert(f.format == 'text', f.content_type)\n"
    "prom.negotiate() prom.negotiate_coding 'zstd;q=0.1, gzip' prom.negotiate_coding()\n"
    "pcall(prom.negotiate, '', { 'yaml' }) pcall(prom.negotiate, '', {})\n"
    "pcall(prom.parse, '', 'json') pcall(reg.text, reg, { escaping = 'rot13' })\n"
    "reg:text { names = { 'h', 's' }, merge = { prom.registry() } }\n";

/* Serving, sending, measuring. */
static const char exposition[] =
    "local prom = require 'prom'\n"
    "local reg, app = prom.registry(), prom.registry()\n"
    "reg:gauge('g', '', { 'a' }):set(1, 'x')\n"
    "local h = reg:handler { routes = { ['/b'] = app, ['/a'] = app }, metrics = reg,\n"
    "  on_error = 'continue', title = 't', formats = { 'text', 'json' }, max_age = 1 }\n"
    "local status = h:handle('GET', '/metrics', { Accept = { 'text/plain', '*/*' }, n = 1 })\n"
    "assert(status == 200) assert(h:handle('GET\\0', '/') == 400)\n"
    "h:handle('GET', '/')\n"
    "local server = reg:serve { polled = true, routes = { ['/a'] = app }, metrics = true }\n"
    "if server then server:fd() server:wait_ms() server:poll(0, 10) server:stop() end\n"
    "local m = reg:http_metrics { labels = { 'r' }, extra_methods = { 'PURGE' },\n"
    "  const_labels = { z = 1 }, buckets = { 1, 2 }, size_buckets = { 1 } }\n"
    "m:begin('GET'):finish { status = 404, labels = { r = 'x' }, exemplar = { t = 'y' } }\n"
    "m:wrap(function() return 200 end, { labels = { 'w' } })('PUT')\n"
    "do local x <close> = m:begin('GET') x:first_byte(200) end m:begin()\n"
    "prom.traceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')\n"
    "local sent = 0\n"
    "local function send(s, left)\n"
    "  s:text { format = 'json' } s:families() s:samples() s:errors() sent = sent + 1\n"
    "end\n"
    "local own = reg:sender { name = 'own', names = { 'g', 'h' }, interval = 1e-3, send = "
    "send,\n"
    "  finish = send }\n"
    "own:send() own:stats() tostring(own) reg:poll() own:stop() own:start() own:poll()\n"
    "reg:sender { name = 'last', last = true, send = function() return nil, 'no' end }\n"
    "reg:collector('c', function(b) b:family('gauge', 'c', '') b:value(1) end)\n"
    "local bad = reg:write_textfile('/absent/x.prom', { format = 'text', mode = 384 })\n"
    "assert(not bad) reg:textfile { path = '/absent/x.prom', last = true }:stop()\n"
    "local g = reg:graphite { address = '127.0.0.1:1', prefix = 'p' } g:stop()\n"
    "local http = { url = 'http://127.0.0.1:1/', headers = { A = 'b', C = 1 }, user = 'u',\n"
    "  password = 'p', retries = 0, names = { 'g' } }\n"
    "local function with(more) for k, v in pairs(http) do more[k] = v end return more end\n"
    "local function try(s) if s then s:stop() end end\n"
    "try(reg:pusher(with { job = 'j', grouping = { a = 1, b = '/' } }))\n"
    "try(reg:otlp(with { resource = { a = 'b' } }))\n"
    "try(reg:remote_write(with { labels = { a = 'b' }, no_stale_markers = true }))\n"
    "prom.push_url { url = 'x', job = 'y', grouping = { a = '/' } }\n"
    "pcall(reg.push, reg, { url = 'x' }) pcall(reg.sender, reg, { name = 'x' })\n"
    "return {}\n"; /* an allocation behind what swallows errors */

static int open_and_run_exposition(lua_State *L)
{
    host_open(L);
    if (luaL_dostring(L, exposition))
        lua_error(L);
    return 0;
}

static int open_and_run_formats(lua_State *L)
{
    host_open(L);
    if (luaL_dostring(L, formats))
        lua_error(L);
    return 0;
}

static int open_and_run_model(lua_State *L)
{
    host_open(L);
    if (luaL_dostring(L, model))
        lua_error(L);
    return 0;
}

static int open_and_run(lua_State *L)
{
    host_open(L);
    if (luaL_dostring(L, script))
        lua_error(L);
    return 0;
}

/* LUA_OK, LUA_ERRMEM or what lua_pcall gave; *failed: the allocator came to fail. */
static int run(lua_CFunction what, long n, bool for_good, bool *failed)
{
    failing f = { .left = -1, .for_good = for_good };
    lua_State *L = lua_newstate(allocate, &f);
    if (!L)
        abort();
    /* Where there is no memory to call it, Lua passes over a finalizer for good, and what it
     * would have let go of is lost: so they are all left to lua_close, which has memory. */
    if (for_good)
        lua_gc(L, LUA_GCSTOP);
    f.left = n;
    lua_pushcfunction(L, what);
    int status = lua_pcall(L, 0, 0, 0);
    if (status != LUA_OK && status != LUA_ERRMEM)
        fprintf(stderr, "at allocation %ld: %s\n", n, lua_tostring(L, -1));
    *failed = f.failed;
    f.left = -1;
    lua_close(L);
    return status;
}

static void one_failure(lua_CFunction what)
{
    bool failed = true;
    long n = 1;
    for (; failed; n++)
        if (!CHECK_INT(run(what, n, false, &failed), LUA_OK))
            break;
    CHECK(n > 500);
}

/* A pcall in the script may swallow the error, but then the next allocation fails too. */
static void no_more(lua_CFunction what)
{
    bool failed = true;
    long n = 1;
    for (; failed; n++) {
        int status = run(what, n, true, &failed);
        if (!CHECK_INT(status, failed ? LUA_ERRMEM : LUA_OK))
            break;
    }
    CHECK(n > 500);
}

static void test_one_failure_is_a_collection(void)
{
    one_failure(open_and_run);
}

static void test_one_failure_is_a_collection_to_the_model(void)
{
    one_failure(open_and_run_model);
}

static void test_one_failure_is_a_collection_to_the_formats(void)
{
    one_failure(open_and_run_formats);
}

static void test_no_more_memory_is_an_error(void)
{
    no_more(open_and_run);
}

static void test_no_more_memory_is_an_error_to_the_model(void)
{
    no_more(open_and_run_model);
}

static void test_no_more_memory_is_an_error_to_the_formats(void)
{
    no_more(open_and_run_formats);
}

static void test_one_failure_is_a_collection_to_the_exposition(void)
{
    one_failure(open_and_run_exposition);
}

static void test_no_more_memory_is_an_error_to_the_exposition(void)
{
    no_more(open_and_run_exposition);
}

static void test_the_default_registry_is_unharmed(void)
{
    prom_snapshot *s;
    CHECK_OK(prom_gather(prom_registry_default(), &s));
    CHECK_STR(prom_snapshot_error(s, 0), NULL);
    prom_unref(s);
}

TESTS(ROW(test_one_failure_is_a_collection), ROW(test_one_failure_is_a_collection_to_the_model),
      ROW(test_one_failure_is_a_collection_to_the_formats),
      ROW(test_one_failure_is_a_collection_to_the_exposition),
      ROW(test_no_more_memory_is_an_error_to_the_exposition),
      ROW(test_no_more_memory_is_an_error), ROW(test_no_more_memory_is_an_error_to_the_formats),
      ROW(test_no_more_memory_is_an_error_to_the_model),
      ROW(test_the_default_registry_is_unharmed))
