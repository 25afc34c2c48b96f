-- SPDX-License-Identifier: Apache-2.0
-- Families: finding, iterating, views, all at once, constraints, bounds.

local t = require "tap"
local prom = require "prom"

local function names_of(family)
  local names = {}
  for labels in family:each() do
    names[#names + 1] = labels.a .. (labels.b and "/" .. labels.b or "")
  end
  return table.concat(names, " ")
end

t.test("find makes nothing", function()
  local g = prom.registry():gauge("g", "", { "a", "b" })
  local none, message, code = g:find("x", "y")
  t.equal(none, nil)
  t.contains(message, "g")
  t.equal(code, "PROM_E_NOENT")
  t.equal(g:size(), 0)
  g:set(3, "x", "y")
  t.equal(g:find("x", "y"):get(), 3)
  t.equal(g:find({ b = "y", a = "x" }):get(), 3)
  t.ok(g:find("x", "y") == g:labels("x", "y"))
  t.raises("2 expected, got 1", g.find, g, "x")
end)

t.test("each goes over all, in order, with labels by name", function()
  local g = prom.registry():gauge("g", "", { "b", "a" })
  g:set(1, "1", "z")
  g:set(2, "2", "x")
  local sum = 0
  for labels, series in g:each() do
    sum = sum + series:get()
    t.equal(series:get(), g:get(labels))
  end
  t.equal(sum, 3)
  t.equal(names_of(g), "x/2 z/1")
  t.raises("made with labels", function()
    local plain = prom.registry():gauge("g", "")
    return plain:each()
  end)
end)

t.test("each passes over what is removed before its turn, and allows to add", function()
  local c = prom.registry():counter("c", "", { "a" })
  for i = 1, 5 do
    c:inc(1, "k" .. i)
  end
  local seen = {}
  for labels in c:each() do
    seen[#seen + 1] = labels.a
    c:remove("k3")
    c:inc(1, "new" .. labels.a)
    collectgarbage()
  end
  t.equal(table.concat(seen, " "), "k1 k2 k4 k5")
  t.equal(c:size(), 8)
end)

t.test("a series from each is a series like others, and outlives its family", function()
  local c = prom.registry():counter("c", "", { "a" })
  c:inc(1, "x")
  local next_one = c:each()
  c = nil
  collectgarbage()
  local labels, series = next_one()
  t.equal(labels, { a = "x" })
  series:inc()
  t.equal(series:get(), 2)
  t.contains(tostring(series), 'c_total{a="x"}')
  t.equal(next_one(), nil)
  t.equal(next_one(), nil)
  t.equal(c, nil)
end)

t.test("remove_matching wants labels of the family", function()
  local g = prom.registry():gauge("g", "", { "a", "b" })
  g:preset { a = { 1, 2 }, b = { "x", "y" } }
  t.equal(g:size(), 4)
  t.equal(g:remove_matching {}, 0)
  t.raises("'z'", g.remove_matching, g, { z = 1 })
  t.raises("table expected", g.remove_matching, g, "x")
  t.equal(g:remove_matching { a = 1 }, 2)
  t.equal(names_of(g), "2/x 2/y")
end)

t.test("preset is checked", function()
  local g = prom.registry():gauge("g", "", { "a", "b" })
  t.raises("b", g.preset, g, { a = { 1 } })
  t.raises("a list of values expected, got string", g.preset, g, { a = "x", b = {} })
  t.raises("string or number expected, got table", g.preset, g, { a = { {} }, b = {} })
  t.raises("string expected", g.preset, g, { { 1 }, { 2 } })
  t.raises("zero byte", g.preset, g, { a = { "\0" }, b = { 1 } })
  t.equal(g:size(), 0)
end)

t.test("views see their part only", function()
  local c = prom.registry():counter("c", "", { "zone", "a" })
  local eu = c:curry { zone = "eu" }
  eu:inc(2, "x")
  eu:inc(3, { a = "y" })
  c:inc(7, "us", "x")
  t.equal(c:get("eu", "x"), 2)
  t.equal(names_of(eu), "x y")
  t.equal(eu:size(), 2)
  local x = eu:curry { a = "x" }
  x:inc()
  t.equal(eu:get("x"), 3)
  t.raises("zone", eu.curry, eu, { zone = "us" })
  t.equal(eu:remove("x"), true)
  t.equal(c:find("eu", "x"), nil)
  eu:clear()
  t.equal(c:size(), 1)
  local r = prom.registry()
  t.raises("view", r.register, r, eu)
end)

t.test("replace exchanges all at once", function()
  local r = prom.registry()
  local g = r:gauge("g", "", { "a" })
  g:set(1, "old")
  local kept = g:labels("both")
  local fresh_one
  g:replace(function(fresh)
    fresh_one = fresh
    fresh:set(5, "both")
    fresh:labels("new"):set(6)
    t.equal(fresh:get("both"), 5)
    t.equal(g:get("both"), 0)
    t.equal(names_of(fresh), "both new")
    t.equal(names_of(g), "both old")
  end)
  t.equal(names_of(g), "both new")
  t.equal(g:get("both"), 5)
  kept:set(9) -- of one that is no longer shown
  t.equal(g:get("both"), 5)
  t.ok(kept ~= g:labels("both"))
  -- what it was filled with is the family's now, and it may be filled again
  fresh_one:set(1, "both")
  t.equal(g:get("both"), 5)
  g:replace(fresh_one)
  t.equal(g:get("both"), 1)
  t.equal(names_of(g), "both")
end)

t.test("a fill that fails changes nothing", function()
  local g = prom.registry():gauge("g", "", { "a" })
  g:set(1, "old")
  t.raises("sensor", g.replace, g, function(fresh)
    fresh:set(2, "new")
    error("sensor is off")
  end)
  t.equal(names_of(g), "old")
  t.raises("fresh", g.replace, g, 3)
  t.raises("fresh", g.replace, g, g)
  t.raises("", prom.registry():gauge("h", "").fresh, prom.registry():gauge("h", ""))
end)

t.test("constraints: lists and functions", function()
  local calls = 0
  local c = prom.registry():counter("c", "", { "method", "path" }, {
    constraints = {
      method = { "GET", "POST", otherwise = "rest" },
      path = function(path)
        calls = calls + 1
        return (path:gsub("%d+", ":id"))
      end,
    },
  })
  c:inc(1, "GET", "/users/17")
  c:inc(1, "GET", "/users/18")
  c:inc(1, { method = "EVIL", path = "/x" })
  c:labels("WORSE", "/x"):inc()
  t.equal(c:get("GET", "/users/:id"), 2)
  t.equal(c:get("rest", "/x"), 2)
  t.equal(c:size(), 2)
  t.ok(calls >= 4)
  t.ok(c:find("GET", "/users/99"))
  c:preset { method = { "POST" }, path = { "/a/1", "/a/2" } }
  t.equal(c:size(), 3)
  local view = c:curry { path = "/users/1" }
  t.equal(view:get("GET"), 2)
  t.equal(c:remove_matching { path = "/a/7" }, 1)
  t.equal(c:remove("GET", "/users/5"), true)
  local add = c:bind("GET", "/users/6")
  add()
  t.equal(c:get("GET", "/users/7"), 1)
end)

t.test("constraints that fail", function()
  local r = prom.registry()
  local c = r:counter("c", "", { "a" }, {
    constraints = { a = function(v)
      return v == "bad" and {} or error("no such page")
    end },
  })
  t.raises("no such page", c.inc, c, 1, "x")
  t.raises("got table", c.inc, c, 1, "bad")
  t.equal(c:size(), 0)
  t.raises("a list or a function expected, got string", r.counter, r, "d", "", { "a" },
    { constraints = { a = "x" } })
  t.raises("b", r.counter, r, "e", "", { "a" }, { constraints = { b = { "x" } } })
end)

t.test("a constraint may use the metric itself", function()
  local c
  c = prom.registry():counter("c", "", { "a" }, {
    constraints = { a = function(v)
      if v == "deep" then
        c:inc(1, "deeper")
        c:clear()
        collectgarbage()
      end
      return v
    end },
  })
  c:inc(1, "deep")
  t.equal(names_of(c), "deep")
end)

t.test("beyond max_series new ones share one, until there is room", function()
  local r = prom.registry { max_series = 1 }
  local c = r:counter("c", "", { "a" }, { max_series = 2, overflow = "rest" })
  for i = 1, 3 do
    for _ = 1, 2 do
      c:inc(1, "k" .. i)
    end
  end
  t.equal(c:get("rest"), 2)
  t.equal(c:labels("k3"):get(), 2)
  c:remove("k1")
  c:inc(1, "k3")
  t.equal(names_of(c), "k2 k3 rest")
  local d = r:counter("d", "", { "a" })
  d:inc(1, "x")
  d:inc(1, "y")
  t.equal(d:get("other"), 1)
  t.raises("max_series", r.counter, r, "e", "", { "a" }, { max_series = -1 })
  t.raises("max_series", prom.registry, { max_series = 0.5 })
end)

t.test("reset sets back to new", function()
  local r = prom.registry()
  local c = r:counter("c", "", { "a" })
  c:inc(3, "x")
  c:reset("x")
  t.equal(c:get("x"), 0)
  local h = r:histogram("h", "")
  h:observe(1)
  h:reset()
  t.equal(h:get().count, 0)
  t.raises("too many arguments", h.reset, h, "x")
end)

t.test("descriptions", function()
  local c = prom.registry():counter {
    name = "reads", namespace = "app", subsystem = "disk", unit = "bytes", help = "Reads.",
    labels = { "disk" }, const_labels = { z = 1 },
  }
  local text = c:description()
  t.contains(text, 'name="app_disk_reads_bytes_total"')
  t.contains(text, "type=counter")
  t.contains(text, "labels={disk}")
  t.equal(c:labels("sda"):description(), text)
end)

t.done()
