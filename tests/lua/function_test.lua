-- SPDX-License-Identifier: Apache-2.0
-- Series whose value a function gives.

local t = require "tap"
local prom = require "prom"

t.test("a function gives the value at each gather", function()
  local r = prom.registry()
  local g, n = r:gauge("g", ""), 0
  g:set_function(function()
    n = n + 1
    return n
  end)
  collectgarbage()
  t.contains(r:text(), "\ng 1\n")
  t.contains(r:text(), "\ng 2\n")
  g:set_function(nil)
  t.contains(r:text(), "\ng 2\n")
  t.equal(n, 2)
end)

t.test("a family of functions", function()
  local r = prom.registry()
  local g = r:gauge("g", "", { "a" })
  for i = 1, 3 do
    g:set_function(function()
      return i
    end, "k" .. i)
  end
  g:labels("x"):set_function(function()
    return 1.5
  end)
  local text = r:text()
  for _, line in ipairs { 'g{a="k1"} 1', 'g{a="k3"} 3', 'g{a="x"} 1.5' } do
    t.contains(text, line .. "\n")
  end
  t.raises("1 expected, got 0", g.set_function, g, print)
  t.raises("function expected", g.set_function, g, 7, "x")
  t.raises("", prom.registry():histogram("h", "").set_function, g, print)
end)

t.test("counters and unknowns may have one, histograms not", function()
  local r = prom.registry()
  local c, u = r:counter("c", ""), r:unknown("u", "")
  c:set_function(function()
    return 3
  end)
  u:set_function(function()
    return -3
  end)
  t.equal(r:value "c_total", 3)
  t.equal(r:value "u", -3)
  c:set_function(function()
    return -1
  end)
  local text, errors = r:text()
  t.contains(errors[1], "a counter cannot be -1")
  t.lacks(text, "c_total 3")
  t.equal(r:histogram("h", "").set_function, nil)
end)

t.test("one that raises or returns nonsense costs its own series only", function()
  local r = prom.registry()
  local g = r:gauge("g", "", { "a" })
  g:set(1, "fine")
  g:set_function(function()
    error "sensor is off"
  end, "raises")
  g:set_function(function()
    error {}
  end, "odd")
  g:set_function(function()
    return "7"
  end, "text")
  g:set_function(function() end, "nothing")
  g:set_function(function()
    return 2, 3
  end, "two")
  local text, errors = r:text()
  t.contains(text, 'g{a="fine"} 1')
  t.contains(text, 'g{a="two"} 2')
  t.lacks(text, "raises")
  t.equal(#errors, 4)
  local all = table.concat(errors, "\n")
  t.contains(all, "sensor is off")
  t.contains(all, "error without a message")
  t.contains(all, "its function gave a string, not a number")
  t.contains(all, "its function gave a nil, not a number")
  local ok, message, code = r:poll()
  t.equal({ ok, code }, { nil, "PROM_E_CALLBACK" })
  t.ok(#message > 0)
end)

-- Whether what `held` refers to weakly has been collected.
local function gone(held)
  collectgarbage()
  collectgarbage()
  return next(held) == nil
end

local function weak_function(held)
  local big = {}
  held[big] = true
  return function()
    return big and 1
  end
end

t.test("the function goes with its series", function()
  local r = prom.registry()
  local held = setmetatable({}, { __mode = "k" })
  local ways = {
    function(g)
      g:set_function(nil, "x")
    end,
    function(g)
      g:set_function(print, "x")
    end,
    function(g)
      g:remove("x")
    end,
    function(g)
      g:remove_matching { a = "x" }
    end,
    function(g)
      g:clear()
    end,
    function(g)
      g:replace(function() end)
    end,
    function(g)
      r:unregister(g)
    end,
    function()
      r:clear()
    end,
  }
  for i, way in ipairs(ways) do
    local g = r:gauge("g" .. i, "", { "a" })
    g:set_function(weak_function(held), "x")
    t.equal(gone(held), false)
    way(g)
    g:clear()
    t.ok(gone(held))
  end
end)

t.test("a metric that is in no registry goes with its function", function()
  local r = prom.registry()
  local held = setmetatable({}, { __mode = "k" })
  local g = r:gauge("g", "")
  g:set_function(weak_function(held))
  r:text()
  t.equal(gone(held), false)
  r:unregister(g)
  g = nil
  collectgarbage()
  r:poll()
  t.ok(gone(held))
  t.equal(g, nil)
end)

t.test("a function may remove itself, set another, register and gather", function()
  local r = prom.registry()
  local g = r:gauge("g", "", { "a" })
  g:set_function(function()
    g:set_function(nil, "x")
    collectgarbage()
    return 5
  end, "x")
  g:set_function(function()
    g:remove("y")
    collectgarbage()
    return 6
  end, "y")
  g:set_function(function()
    r:gauge("made_inside", ""):set(1)
    g:set_function(function()
      return 8
    end, "z")
    return 7
  end, "z")
  r:text()
  local text, errors = r:text()
  t.equal(errors, nil)
  t.contains(text, 'g{a="z"} 8')
  t.contains(text, "made_inside 1")
  t.lacks(text, '"y"')
  local h = r:gauge("h", "")
  local inner
  h:set_function(function()
    inner = select(2, r:text())
    return 1
  end)
  t.contains(r:text(), "\nh 1\n")
  t.contains(table.concat(inner, "\n"), "asks for itself")
end)

t.test("a function of a removed series is refused", function()
  local g = prom.registry():gauge("g", "", { "a" })
  local x = g:labels("x")
  g:remove("x")
  t.raises("removed", x.set_function, x, print)
end)

t.test("poll calls functions of this state, for gathers elsewhere", function()
  local r = prom.registry()
  local calls = 0
  r:gauge("g", ""):set_function(function()
    calls = calls + 1
    return calls
  end)
  t.equal(r:poll(), true)
  t.equal(calls, 1)
  local server = assert(r:serve {})
  r:poll()
  t.equal(calls, 2)
  server:stop()
end)

t.test("functions from coroutines that are gone", function()
  local r = prom.registry()
  coroutine.wrap(function()
    r:gauge("g", ""):set_function(function()
      return coroutine.isyieldable() and 1 or 2
    end)
  end)()
  collectgarbage()
  t.contains(r:text(), "\ng 2\n")
end)

t.done()
