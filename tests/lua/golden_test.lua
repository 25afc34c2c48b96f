-- SPDX-License-Identifier: Apache-2.0
-- The vectors of tests/golden/exposition, built and written from Lua, byte for byte. What Lua
-- cannot say is left to the tests in C: another order than the sorted one, which is that of
-- Lua's collectors, native histograms as spans, times to the nanosecond.
local json = require "dkjson"
local prom = require "prom"
local t = require "tap"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$" or "."
local folder = here .. "/../golden/exposition/"

local SPECIAL = { NaN = 0 / 0, ["+Inf"] = math.huge, ["-Inf"] = -math.huge }
local FORMATS = {
  text = { format = "text" },
  ["text-utf8"] = { format = "text1", escaping = "allow-utf-8" },
  ["text-dots"] = { format = "text1", escaping = "dots" },
  ["text-values"] = { format = "text1", escaping = "values" },
  om1 = { format = "openmetrics" },
  ["om1-nocreated"] = { format = "openmetrics", no_created = true },
  ["om1-utf8"] = { format = "openmetrics", escaping = "allow-utf-8" },
  om2 = { format = "openmetrics2", escaping = "allow-utf-8" },
}

local function number(s)
  return SPECIAL[s] or tonumber(s)
end

local function names_of(pairs_list)
  local names = {}
  for i, pair in ipairs(pairs_list) do
    names[i] = pair[1]
  end
  return names
end

local function values_of(pairs_list)
  local values = {}
  for i, pair in ipairs(pairs_list) do
    values[i] = pair[2]
  end
  return values
end

local function ascending(list)
  for i = 2, #list do
    if list[i] <= list[i - 1] then
      return false
    end
  end
  return true
end

local KINDS = {
  gauge = true,
  counter = true,
  unknown = true,
  histogram = true,
  gaugehistogram = true,
  summary = true,
}
-- Counts beyond those of Lua, the order of an exemplar's labels, a time to the nanosecond.
local LEFT_OUT = {
  ["13_values_big_integers.json"] = true,
  ["16_exemplar_counter.json"] = true,
  ["19_exemplar_128_runes.json"] = true,
}

local function can_say(family)
  local first, keys = family.metrics[1], {}
  if not KINDS[family.type] or not first or not ascending(names_of(first.labels)) then
    return false
  end
  local names = table.concat(names_of(first.labels), ",")
  for i, m in ipairs(family.metrics) do
    if m.native or m.created or table.concat(names_of(m.labels), ",") ~= names then
      return false
    end
    keys[i] = table.concat(values_of(m.labels), "\0")
  end
  return ascending(keys)
end

local function can_say_all(families)
  local names = {}
  for i, family in ipairs(families) do
    names[i] = family.name
    if not can_say(family) then
      return false
    end
  end
  return #names > 0 and ascending(names)
end

local function build_exemplar(b, exemplar)
  if not exemplar or exemplar == json.null then
    return
  end
  local labels = {}
  for _, pair in ipairs(exemplar.labels) do
    labels[pair[1]] = pair[2]
  end
  local at = exemplar.timestamp ~= json.null and exemplar.timestamp
  b:exemplar(labels, number(exemplar.value), at and at[1] + at[2] / 1e9 or nil)
end

local function by_number(list, key, value)
  local out = {}
  for _, item in ipairs(list or {}) do
    out[number(item[key])] = number(item[value])
  end
  return out
end

local function build_metric(b, family, m)
  local labels = values_of(m.labels)
  if family.type == "histogram" or family.type == "gaugehistogram" then
    b:histogram(number(m.sum), number(m.count), by_number(m.buckets, "le", "count"),
      table.unpack(labels))
    for _, bucket in ipairs(m.buckets) do
      build_exemplar(b, bucket.exemplar)
    end
  elseif family.type == "summary" then
    b:summary(number(m.sum), number(m.count), by_number(m.quantiles, 1, 2),
      table.unpack(labels))
  else
    b:value(number(m.value), table.unpack(labels))
    build_exemplar(b, m.exemplar)
  end
  if m.timestamp_ms and m.timestamp_ms ~= json.null then
    b:timestamp(m.timestamp_ms / 1000)
  end
end

local function registry_of(families)
  local r = prom.registry { order = "created" }
  r:collector("vector", function(b)
    for _, family in ipairs(families) do
      local help = family.help ~= json.null and family.help or nil
      local unit = family.unit ~= json.null and family.unit or nil
      local names = names_of(family.metrics[1].labels)
      b:family(family.type, family.name, help, names, { unit = unit })
      for _, m in ipairs(family.metrics) do
        build_metric(b, family, m)
      end
    end
  end)
  return r
end

local function files()
  local pipe = assert(io.popen("ls '" .. folder .. "'"))
  local names = {}
  for name in pipe:lines() do
    names[#names + 1] = name
  end
  pipe:close()
  return names
end

local compared = 0

for _, name in ipairs(files()) do
  local f = assert(io.open(folder .. name))
  local vector = assert(json.decode(f:read "a"))
  f:close()
  if not LEFT_OUT[name] and can_say_all(vector.families) then
    t.test(name, function()
      local r = registry_of(vector.families)
      for key, options in pairs(FORMATS) do
        local output = vector.outputs[key]
        if output then
          local text, errors = r:text(options)
          t.equal(errors, nil)
          t.equal({ key, text }, { key, output.text })
          compared = compared + 1
        end
      end
    end)
  end
end

t.test("no vector is passed over that can be said", function()
  t.equal(compared, 60)
end)

t.done()
