-- SPDX-License-Identifier: Apache-2.0
local prom = require "prom"
local t = require "tap"

local function family(names)
  local reg = prom.registry()
  return reg:counter("hits_total", "help", names or { "method", "code" }), reg
end

t.test("labels come as trailing arguments", function()
  local c, reg = family()
  c:inc(1, "GET", "200")
  c:inc(2, "GET", "200")
  c:inc(nil, "PUT", "500")
  c(1, "PUT", "500")
  t.equal(reg:value("hits_total", { method = "GET", code = "200" }), 3)
  t.equal(reg:value("hits_total", { method = "PUT", code = "500" }), 2)
  t.equal(c:get("GET", "200"), 3)
end)

t.test("labels come as one table, by place or by name", function()
  local c = family()
  c:inc(1, { "GET", "200" })
  c:inc(1, { method = "GET", code = "200" })
  c:labels({ "GET", "200" }):inc()
  c:labels({ code = "200", method = "GET" }):inc()
  c:bind("GET", "200")()
  c:bind({ "GET", "200" })()
  t.equal(c:get("GET", "200"), 6)
  t.equal(c:get { code = 200, method = "GET" }, 6)
end)

t.test("a table for one label is still the labels", function()
  local c = family { "method" }
  c:inc(1, { "GET" })
  c:inc(1, { method = "GET" })
  c:inc(1, "GET")
  t.equal(c:get("GET"), 3)
end)

t.test("a child is the series, held", function()
  local c, reg = family()
  local child = c:labels("GET", "200")
  child:inc()
  child()
  child:bind()(2)
  t.equal(child:get(), 4)
  t.equal(c:get("GET", "200"), 4)
  t.ok(child == c:labels("GET", "200"))
  t.ok(child ~= c:labels("GET", "404"))
  t.ok(child ~= c)
  t.raises("takes no label values", child.inc, child, 1, "GET")
  t.raises("with labels", child.labels, child, "GET")
  t.raises("through its family", child.clear, child)
  t.raises("is one series", reg.unregister, reg, child)
end)

t.test("labels gives the same object while the series is there", function()
  local c = family()
  local child = c:labels("GET", "200")
  t.ok(rawequal(child, c:labels("GET", 200)))
  t.ok(rawequal(child, c:labels { method = "GET", code = "200" }))
  t.ok(not rawequal(child, c:labels("PUT", "200")))
  t.ok(c:remove("GET", "200"))
  local again = c:labels("GET", "200")
  t.ok(again ~= child)
  again:inc()
  t.equal(c:get("GET", "200"), 1)
  c:clear()
  t.ok(c:labels("GET", "200") ~= again)
end)

t.test("numbers are texts, whole ones without a point", function()
  local c = family { "code" }
  c:inc(1, 200)
  c:inc(1, 200.0)
  c:inc(1, "200")
  c:inc(1, 1.5)
  c:inc(1, -0.0)
  t.equal(c:get("200"), 3)
  t.equal(c:get("1.5"), 1)
  t.equal(c:get("0"), 1)
end)

t.test("other types are refused by name", function()
  local c = family()
  t.raises("label code: string or number expected, got boolean", c.inc, c, 1, "GET", true)
  t.raises("label method: string or number expected, got nil", c.inc, c, 1, nil, "200")
  t.raises("label code: string or number expected, got table", c.inc, c, 1, "GET", {})
  t.raises("label method: string or number expected, got function", c.labels, c, print, "x")
end)

t.test("the number of values must be right", function()
  local c, reg = family()
  local plain = reg:counter("plain_total", "help")
  t.raises("hits_total has the labels (method, code): 2 expected, got 0", c.inc, c)
  t.raises("2 expected, got 1", c.inc, c, 1, "GET")
  t.raises("2 expected, got 3", c.inc, c, 1, "GET", "200", "x")
  t.raises("2 expected, got 1", c.labels, c, { "GET" })
  t.raises("2 expected, got 3", c.labels, c, { "GET", "200", "x" })
  t.raises("2 expected, got 0", c.get, c)
  t.raises("takes no label values", plain.inc, plain, 1, "GET")
  t.raises("takes no label values", plain.get, plain, "GET")
  t.raises("takes no label values", plain.bind, plain, "GET")
  t.raises("with labels", plain.labels, plain)
  t.raises("with labels", plain.remove, plain)
end)

t.test("a table by name must have all the names and no other", function()
  local c = family()
  t.raises("hits_total: label 'code' is missing", c.inc, c, 1, { method = "GET" })
  t.raises("hits_total has no label 'status'", c.inc, c, 1,
    { method = "GET", code = "200", status = "x" })
  t.raises("label 'method' is missing", c.inc, c, 1, {})
  t.raises("has no label 'true'", c.inc, c, 1, { method = "G", code = "2", [true] = "x" })
end)

t.test("values are any UTF-8, zero bytes and long texts too", function()
  local c, reg = family { "v" }
  local long = ("x"):rep(5000)
  for _, value in ipairs { "", "a\nb", 'q"\\', "zero\0byte", "Zürich", long } do
    c:inc(1, value)
    c:inc(1, value .. "")
    t.equal(c:get(value), 2)
    t.equal(c:labels(value):get(), 2)
  end
  t.contains(reg:text(), [[hits_total{v="a\nb"} 2]])
  t.ok(not pcall(c.inc, c, 1, "\xff"))
  t.equal(c:get("zero"), 0)
end)

t.test("long texts that differ only at the end are different series", function()
  local c = family { "v" }
  local stem = ("y"):rep(60)
  for i = 1, 50 do
    c:inc(i, stem .. i)
  end
  for i = 1, 50 do
    t.equal(c:get(stem .. i), i)
  end
end)

t.test("more series than any cache holds are each their own", function()
  local c = family { "a", "b" }
  for round = 1, 3 do
    for i = 1, 3000 do
      c:inc(i, "a" .. i % 100, "b" .. i)
      if i % 500 == 0 then
        collectgarbage("step")
      end
    end
    t.equal(c:get("a7", "b1007"), 1007 * round)
  end
  for i = 1, 3000 do
    t.equal(c:get("a" .. i % 100, "b" .. i), 3 * i)
  end
end)

t.test("values swapped between labels are another series", function()
  local c = family { "a", "b" }
  c:inc(1, "x", "y")
  c:inc(2, "y", "x")
  c:inc(4, "x", "x")
  t.equal(c:get("x", "y"), 1)
  t.equal(c:get("y", "x"), 2)
  t.equal(c:get("x", "x"), 4)
end)

t.test("remove takes one series out, and it begins anew", function()
  local c, reg = family()
  local child = c:labels("GET", "200")
  c:inc(5, "GET", "200")
  c:inc(1, "GET", "404")
  t.equal(c:remove("GET", "200"), true)
  t.equal(c:remove { method = "GET", code = "200" }, false)
  t.lacks(reg:text(), 'code="200"')
  child:inc(100)
  t.lacks(reg:text(), 'code="200"')
  c:inc(1, "GET", "200")
  t.equal(c:get("GET", "200"), 1)
  t.equal(c:get("GET", "404"), 1)
  t.equal(tostring(child), "prom.Counter: removed series")
end)

t.test("a series that somebody else removes begins anew here too", function()
  local c, reg = family { "a" }
  local other = reg:find("hits_total")
  c:inc(5, "x")
  other:inc(5, "x")
  t.equal(other:remove("x"), true)
  c:inc(1, "x")
  other:inc(1, "x")
  t.equal(reg:value("hits_total", { a = "x" }), 2)
  c:clear()
  other:inc(1, "x")
  t.equal(reg:value("hits_total", { a = "x" }), 1)
end)

t.test("clear takes all series out", function()
  local c, reg = family()
  for i = 1, 100 do
    c:inc(1, "GET", i)
  end
  c:clear()
  t.lacks(reg:text(), "hits_total{")
  c:inc(1, "GET", 7)
  t.equal(c:get("GET", 7), 1)
end)

t.test("gauges, histograms and summaries take labels alike", function()
  local reg = prom.registry()
  local g = reg:gauge("g", "", { "a" })
  local h = reg:histogram("h", "", { "a" }, { buckets = { 1, 2 } })
  local s = reg:summary("s", "", { "a" })
  g:set(3, "x")
  g:inc(2, "x")
  g:dec(1, "x")
  g:add(1, "x")
  t.equal(g:get("x"), 5)
  g(7, "x")
  t.equal(g:labels("x"):get(), 7)
  g:set_to_current_time("y")
  t.ok(g:get("y") > 1e9)
  h:observe(1.5, "x")
  h:labels("x"):observe(0.5)
  h:bind("x")(9)
  h:timer("y"):stop()
  h:labels("z"):time(function() end)
  t.equal(h:get("x"), { sum = 11, count = 3, buckets = { 1, 2, [math.huge] = 3 } })
  t.equal(h:labels("x"):get(), h:get("x"))
  t.equal(h:get("y").count, 1)
  t.equal(h:get("z").count, 1)
  s:observe(4, "x")
  t.equal(s:labels("x"):get(), { sum = 4, count = 1, quantiles = {} })
end)

t.test("a removed histogram reads on, for who has it", function()
  local h = prom.registry():histogram("h", "", { "a" })
  local child = h:labels("x")
  child:observe(3)
  h:remove("x")
  t.equal(child:get().count, 1)
  t.equal(h:size(), 0)
end)

t.test("families of many labels", function()
  local names, values = {}, {}
  for i = 1, 32 do
    names[i], values[i] = "l" .. i, "v" .. i
  end
  local c, reg = family(names)
  c:inc(1, table.unpack(values))
  c:inc(1, values)
  t.equal(c:get(values), 2)
  names[33] = "l33"
  t.raises("more than 32", reg.counter, reg, "x", "", names)
end)

t.done()
