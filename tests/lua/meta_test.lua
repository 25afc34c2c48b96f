-- SPDX-License-Identifier: Apache-2.0
-- What meta/*.lua tells editors is what there is.

local t = require "tap"
local core = require "prom.core"
local prom = require "prom"
local testing = require "prom.testing"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$" or "."

-- class -> set of the functions that a file of annotations declares, added to `classes`
local function declared(file, classes)
  classes = classes or {}
  for line in io.lines(here .. "/../../bindings/lua/meta/" .. file) do
    local class, name = line:match "^function ([%w_]+)[.:]([%w_]+)%("
    if class then
      classes[class] = classes[class] or {}
      classes[class][name] = true
    end
  end
  return classes
end

local function names_missing(from, ...)
  local missing = {}
  for name, value in pairs(from) do
    local found = type(value) ~= "function" and value ~= true
    for _, set in ipairs { ... } do
      found = found or set[name] ~= nil
    end
    if not found then
      missing[#missing + 1] = name
    end
  end
  return missing
end

local meta = declared("exposition.lua", declared "prom.lua")

t.test("methods of classes", function()
  meta.Unknown = meta.Gauge
  for class, methods in pairs(core.methods) do
    local common = methods.description and meta.Metric or {} -- of metrics
    t.equal({ class, names_missing(methods, meta[class], common) }, { class, {} })
    t.equal({ class, names_missing(meta[class], methods) }, { class, {} })
    t.equal({ class, names_missing(common, methods) }, { class, {} })
  end
end)

t.test("functions of the modules", function()
  t.equal(names_missing(prom, meta.prom), {})
  t.equal(names_missing(meta.prom, prom), {})
  local of_testing = declared "testing.lua".testing
  t.equal(names_missing(testing, of_testing), {})
  t.equal(names_missing(of_testing, testing), {})
end)

t.test("methods of a builder", function()
  local r = prom.registry()
  r:collector("k", function(b)
    for name in pairs(meta.Builder) do
      t.equal({ name, type(b[name]) }, { name, "function" })
    end
  end)
  t.equal(select(2, r:text()), nil)
end)

t.done()
