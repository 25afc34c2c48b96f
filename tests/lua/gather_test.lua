-- SPDX-License-Identifier: Apache-2.0
-- Gathers in part, in time and joined; wrapping, nesting, listing; what collectors may build;
-- the collectors we ship; test helpers.

local t = require "tap"
local prom = require "prom"
local testing = require "prom.testing"

local function gauge_named(r, name)
  local g = r:gauge(name, "help")
  g:set(1)
  return g
end

t.test("gather gives families with all that is known", function()
  local r = prom.registry()
  r:counter { name = "c", help = "Help.", unit = "bytes", labels = { "a" } }:inc(2, "x")
  local families, errors = r:gather()
  t.equal(errors, nil)
  t.equal(#families, 1)
  local f = families[1]
  t.equal({ f.name, f.help, f.unit, f.type }, { "c_bytes_total", "Help.", "bytes", "counter" })
  t.equal(f.metrics[1].labels, { a = "x" })
  t.equal(f.metrics[1].value, 2)
end)

t.test("names, timeout, cancelled", function()
  local r = prom.registry()
  gauge_named(r, "a")
  r:counter("b", ""):inc()
  t.equal(r:text { names = { "a" } }, "# HELP a help\n# TYPE a gauge\na 1\n")
  t.equal(#r:gather { names = { "b" } }, 1)
  t.equal(r:text { names = {} }, "")
  local asked = 0
  r:collector("slow", function(b)
    asked = asked + 1
    t.equal(b:wants "s", true)
    b:family("gauge", "s", "")
    b:value(b:stopped() and 1 or 0)
  end)
  local none, message, code = r:text { cancelled = function()
    return true
  end }
  t.equal({ none, code }, { nil, "PROM_E_CANCELLED" })
  t.ok(#message > 0)
  t.raises("stop it", r.gather, r, { cancelled = function()
    error "stop it"
  end })
  t.contains(r:text { timeout = 10, cancelled = function() end }, "s 0")
  t.raises("no option 'name'", r.text, r, { name = {} })
  t.raises("timeout", r.text, r, { timeout = -1 })
  t.raises("names", r.text, r, { names = "a" })
  t.equal(asked > 0, true)
end)

t.test("several registries in one exposition", function()
  local a, b = prom.registry(), prom.registry()
  gauge_named(a, "x")
  gauge_named(b, "y")
  local text = a:text { merge = { b } }
  t.contains(text, "x 1")
  t.contains(text, "y 1")
  t.equal(#a:gather { merge = { b }, names = { "y" } }, 1)
  t.raises("Registry expected", a.text, a, { merge = { 1 } })
end)

t.test("a registry in a registry", function()
  local outer, inner = prom.registry(), prom.registry()
  gauge_named(inner, "g")
  t.equal(outer:add(inner), true)
  t.contains(outer:text(), "g 1")
  local empty = prom.registry()
  t.raises("itself", empty.add, empty, empty)
  t.equal(outer:unregister(inner), true)
  t.equal(outer:unregister(inner), false)
  t.equal(outer:text(), "")
end)

t.test("wraps add a prefix and labels", function()
  local r = prom.registry()
  local w = r:wrap { prefix = "app_", labels = { zone = "eu" } }
  w:counter("c", "", { "a" }):inc(1, "x")
  t.contains(r:text(), 'app_c_total{a="x",zone="eu"} 1')
  t.raises("zone", w.gauge, w, "g", "", { "zone" })
  t.raises("no option", r.wrap, r, { pre = "x" })
  local k = w:collector("k", function(b)
    b:family("gauge", "k", "")
    b:value(3)
  end)
  t.contains(r:text(), 'app_k{zone="eu"} 3')
  t.equal(w:unregister(k), true)
  t.lacks(r:text(), "app_k")
  w:clear()
end)

t.test("what is registered is listed", function()
  local r, inner = prom.registry(), prom.registry()
  local g = gauge_named(r, "g")
  local k = r:collector("k", function() end)
  r:add(inner)
  local list = r:list()
  t.equal(#list, 3)
  t.equal({ list[1].kind, list[1].name, list[1].type }, { "metric", "g", "gauge" })
  t.ok(list[1].object == g)
  t.equal({ list[2].kind, list[2].name }, { "collector", "k" })
  t.ok(rawequal(list[2].object, k))
  t.equal(list[3].kind, "registry")
  t.ok(list[3].object == inner)
  for _, x in ipairs(list) do
    r:unregister(x.object)
  end
  t.equal(#r:list(), 0)
end)

t.test("collectors build every type", function()
  local r = prom.registry()
  r:collector("all", function(b)
    b:family { type = "info", name = "i_info", help = "" }
    b:info({ v = 1 })
    b:family("stateset", "s", "", { "a" })
    b:stateset({ on = true, off = false }, "x")
    b:family("stateset", "o", "")
    b:stateset { { "z", true }, { "a", false } }
    b:family("unknown", "u", "")
    b:value(0 / 0)
    b:family("gaugehistogram", "gh", "")
    b:histogram(-3, 2, { [1] = 2 })
    b:family("counter", "c_total", "", { "a" })
    b:value(5, { "x" })
    b:created(1500000000)
    b:exemplar({ t = "q" }, 1, 1600000000.5)
    b:timestamp(1395066363)
    b:family("histogram", "n", "", { "a" })
    b:native(6, 4, { schema = 3, zero_count = 1, positive = { [0] = 1, [8] = 1, [13] = 1 },
      buckets = { [1] = 2 } }, { a = "x" })
    b:family("histogram", "w", "")
    b:native(1, 0, { schema = -53, weight = 1.5, positive = { [0] = 1.5 }, custom = { 1, 2 } })
  end)
  local text, errors = r:text()
  t.equal(errors, nil)
  t.contains(text, 'i_info{v="1"} 1')
  t.contains(text, 's{a="x",s="off"} 0')
  t.contains(text, 'o{o="z"} 1\no{o="a"} 0')
  t.contains(text, 'gh_bucket{le="1"} 2')
  t.contains(text, "1395066363000")
  local of = {}
  for _, f in ipairs(r:gather()) do
    of[f.name] = f.metrics[1]
  end
  t.equal(of.c_total.created, 1500000000)
  t.equal(of.c_total.timestamp, 1395066363)
  t.equal(of.c_total.exemplars,
    { { labels = { t = "q" }, value = 1, timestamp = 1600000000.5 } })
  t.equal(of.n.native.positive, { [0] = 1, [8] = 1, [13] = 1 })
  t.equal(of.n.buckets, { [1] = 2, [math.huge] = 4 })
  t.equal(of.w.native.positive, { [0] = 1.5 })
  t.equal(of.w.native.custom, { 1, 2 })
  t.equal(of.s.states, { on = true, off = false })
end)

t.test("builders refuse nonsense", function()
  local r = prom.registry()
  local function says(part, fn)
    local k = r:collector("bad", function(b)
      b:family("histogram", "h", "")
      fn(b)
    end)
    local _, errors = r:text()
    t.contains(errors and errors[1], part)
    r:unregister(k)
  end
  says("schema", function(b)
    b:native(1, 1, { schema = 0.5 })
  end)
  says("whole numbers with counts", function(b)
    b:native(1, 1, { positive = { [0.5] = 1 } })
  end)
  says("not negative", function(b)
    b:native(1, 1, { positive = { [1] = -1 } })
  end)
  says("native", function(b)
    b:native(1, 1, { schema = 3, positive = { [1] = 7 } })
  end)
  says("true or false expected", function(b)
    b:family("stateset", "s", "")
    b:stateset { "on" }
  end)
  says("is no time", function(b)
    b:created(0 / 0)
  end)
  says("no metric type 'guage'", function(b)
    b:family { type = "guage", name = "x" }
  end)
end)

t.test("collectors that describe themselves take their names", function()
  local r = prom.registry()
  local function build(b)
    b:family("gauge", "g", "help")
    b:value(1)
  end
  local list = { { type = "gauge", name = "g", help = "help" } }
  for _, describe in ipairs { true, list, function(b)
    b:family("gauge", "g", "help")
  end } do
    local k = r:collector("k", build, { describe = describe })
    t.raises("g", r.counter, r, "g", "")
    t.contains(r:text { names = { "g" } }, "g 1")
    r:unregister(k)
    r:unregister(r:gauge("g", ""))
  end
  t.raises("no idea", r.collector, r, "k", build, { describe = function()
    error "no idea"
  end })
  t.raises("no metric type", r.collector, r, "k", build, { describe = { { type = "x" } } })
  t.raises("describe: a function", r.collector, r, "k", build, { describe = 7 })
  t.equal(#r:list(), 0)
end)

t.test("a pedantic registry", function()
  local r = prom.registry { pedantic = true }
  r:collector("k", function(b)
    b:family("gauge", "other", "")
    b:value(1)
  end, { describe = { { type = "gauge", name = "g", help = "" } } })
  local text, errors = r:text()
  t.equal(text, "")
  t.contains(errors[1], "not described")
end)

t.test("nested tables", function()
  local r = prom.registry()
  local data = { mem = { used = 7, by = { a = 1, b = true, c = "text" } }, list = { 10, 20 } }
  local k = r:nested("vars", function()
    return data
  end, {
    { path = "mem/used", name = "mem_used", help = "Used." },
    { path = "mem/by", type = "gauge", name = "by", help = "By.", labels = { "k" } },
    { path = "list", name = "list", help = "List.", labels = { "i" } },
  })
  local text, errors = r:text()
  t.equal(errors, nil)
  t.contains(text, "mem_used 7")
  t.contains(text, 'by{k="a"} 1')
  t.contains(text, 'by{k="b"} 1')
  t.lacks(text, "text")
  t.contains(text, 'list{i="0"} 10')
  t.contains(text, 'list{i="1"} 20')
  data.mem.used = data -- round and round
  data.mem.by = nil
  text, errors = r:text()
  t.contains(errors[1], "deeper than")
  t.lacks(text, "list")
  r:unregister(k)
  r:nested("raises", function()
    error "broken"
  end, { { path = "a", name = "a", help = "" } })
  r:nested("nil", function() end, { { path = "b", name = "b", help = "" } })
  errors = select(2, r:text())
  t.contains(errors[1], "broken")
  t.contains(errors[2], "a table expected, got nil")
  t.raises("table or function", r.nested, r, "x", 7, {})
  t.raises("it has a number", r.nested, r, "x", {}, { 7 })
end)

t.test("the collectors we ship", function()
  local r = prom.registry()
  r:process { namespace = "app", extended = true }
  r:build_info("app", { revision = "abc" })
  r:lua { state = "main" }
  local malloc = r:malloc()
  local text, errors = r:text()
  t.equal(errors, nil)
  t.contains(text, "app_process_resident_memory_bytes")
  t.contains(text, "app_process_context_switches_total")
  t.contains(text, "app_build_info{")
  t.contains(text, 'revision="abc"')
  t.contains(text, 'lua_memory_bytes{state="main"}')
  t.contains(text, 'lua_info{state="main",version="5.4"} 1')
  if malloc then
    t.contains(text, "c_malloc_used_bytes")
    t.equal(r:unregister(malloc), true)
    t.equal(r:register(malloc), true)
  end
  t.equal(testing.lint(r), {})
  t.raises("pid", r.process, r, { pid = -1 })
  t.raises("no option", r.lua, r, { name = "x" })
  r:lua { state = "other" }
  t.contains(r:text(), 'lua_memory_bytes{state="other"}')
end)

t.test("to look at the collector of garbage leaves it as it was", function()
  local r = prom.registry()
  local before = collectgarbage("setpause", 160)
  local step = collectgarbage("setstepmul", 300)
  local running = collectgarbage "isrunning"
  r:lua()
  t.equal(r:value "lua_gc_pause_ratio", 1.6)
  t.equal(r:value "lua_gc_step_ratio", 3)
  t.equal(r:value "lua_gc_running", running and 1 or 0)
  t.ok(r:value "lua_memory_bytes" > 1000)
  t.equal(collectgarbage("setpause", before), 160)
  t.equal(collectgarbage("setstepmul", step), 300)
end)

t.test("text is parsed to families", function()
  local families = prom.parse '# TYPE a counter\na{x="y"} 3\n'
  t.equal(families[1].name, "a")
  t.equal(families[1].metrics[1].value, 3)
  local none, message, code = prom.parse "a{ 1\n"
  t.equal({ none, code }, { nil, "PROM_E_SYNTAX" })
  t.contains(message, "line 1")
end)

t.test("test helpers", function()
  local r = prom.registry()
  local c = r:counter("c", "", { "a" })
  c:inc(3, "x")
  local g = gauge_named(r, "g")
  t.equal(testing.value(g), 1)
  t.equal(testing.value(c), 3)
  t.equal(testing.value(c:labels("x")), 3)
  c:inc(1, "y")
  t.equal(select(3, testing.value(c)), "PROM_E_INVAL")
  t.equal(testing.count(r), 3)
  t.equal(testing.count(r, { "c_total" }), 2)
  t.equal(testing.count(c), 2)
  t.ok(testing.compare(r, [[
    # TYPE c_total counter
    c_total{a="y"} 1
    c_total{a="x"} 3
  ]], { "c_total" }))
  local ok, difference, code = testing.compare(g, "# TYPE g gauge\ng 7\n")
  t.equal({ ok, code }, { nil, "PROM_E_DIFFERS" })
  t.contains(difference, "g 7")
  t.contains(difference, "g 1")
  t.raises("registry, metric or collector", testing.compare, 7, "")
  local k = r:collector("k", function(b)
    b:family("gauge", "k", "")
    b:value(4)
  end)
  t.equal(testing.value(k), 4)
  local server = assert(r:serve {})
  local url = ("http://127.0.0.1:%d/metrics"):format(server:port())
  ok, difference, code = testing.scrape(url, "# TYPE g gauge\ng 1\n", { "g" })
  t.ok(ok or difference and code == "PROM_E_UNSUPPORTED")
  server:stop()
  ok, difference, code = testing.scrape(url, "", { "g" })
  t.equal(ok, nil)
  t.ok(code == "PROM_E_IO" or code == "PROM_E_UNSUPPORTED")
  t.ok(#difference > 0)
  t.equal(testing.lint("# TYPE a counter\n# HELP a h\na 1\n")[1].metric, "a")
  t.equal(select(3, testing.lint "a{ 1\n"), "PROM_E_SYNTAX")
end)

t.done()
