-- SPDX-License-Identifier: Apache-2.0
-- Runs the shared cases of tests/cases from Lua. What a step may say stands in
-- tests/cases/README.md; the same files run from C and Python.

local t = require "tap"
local prom = require "prom"
local testing = require "prom.testing"
local json = require "dkjson"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$" or "."
local folder = here .. "/../cases"

-- --- reading ------------------------------------------------------------------

local function number(v)
  local special = { NaN = 0 / 0, ["+Inf"] = math.huge, ["-Inf"] = -math.huge }
  return type(v) == "string" and special[v] or tonumber(v)
end

local function numbers(list)
  local out = {}
  for i, v in ipairs(list) do
    out[i] = number(v)
  end
  return out
end

-- Pairs [key, number] as a table.
local function by_number(pairs_list)
  local out = {}
  for _, pair in ipairs(pairs_list or {}) do
    out[number(pair[1])] = number(pair[2])
  end
  return out
end

local function options(from)
  local o = {}
  for name, value in pairs(from) do
    o[name] = value
  end
  for _, name in ipairs { "native_factor", "native_zero_threshold", "ttl",
    "native_max_zero_threshold" } do
    o[name] = o[name] and number(o[name])
  end
  o.buckets = o.buckets and numbers(o.buckets)
  if o.objectives then
    local n = #o.objectives
    o.objectives = by_number(o.objectives)
    local kept = 0
    for _ in pairs(o.objectives) do
      kept = kept + 1
    end
    assert(kept == n, "objectives: the same quantile twice") -- which a table cannot say
  end
  if o.allowed then
    o.constraints = {}
    for label, values in pairs(o.allowed) do
      local allowed = { otherwise = o.otherwise }
      table.move(values, 1, #values, 1, allowed)
      o.constraints[label] = allowed
    end
    o.allowed, o.otherwise = nil, nil
  end
  return o
end

-- --- the world of a case ----------------------------------------------------------

local world

local function object(step)
  return assert(world.things[step.on], "nothing was made under this name")
end

local function registry(step)
  return step["in"] and world.things[step["in"]] or world.registry
end

local function keep(step, made)
  world.things[step.as or ""] = made
  return true
end

-- The series that a step is about.
local function series(step)
  local m = object(step)
  if step.labels and next(step.labels) then
    if step.labels[1] ~= nil then
      return m:labels(table.unpack(step.labels))
    end
    return m:labels(step.labels)
  end
  return m
end

local function exposition(step)
  return registry(step):text { names = step.names }
end

local function lines(list)
  local text = table.concat(list, "\n")
  return text == "" and "" or text .. "\n"
end

-- --- collectors ---------------------------------------------------------------------

local function metric(b, kind, m)
  local labels = m.labels or {}
  local function build(method, ...)
    local all = table.pack(...)
    if next(labels) then
      all.n = all.n + 1
      all[all.n] = labels
    end
    b[method](b, table.unpack(all, 1, all.n))
  end
  if kind == "histogram" or kind == "gaugehistogram" then
    if m.native then
      local n = { schema = m.native.schema, zero_threshold = m.native.zero_threshold,
        zero_count = m.native.zero_count, positive = by_number(m.native.positive),
        negative = by_number(m.native.negative), buckets = by_number(m.buckets) }
      build("native", number(m.sum), m.count, n)
    else
      for i = 2, #m.buckets do -- which a table cannot say
        assert(number(m.buckets[i][1]) > number(m.buckets[i - 1][1]), "h_: buckets must ascend")
      end
      for _, pair in ipairs(m.buckets) do
        assert(number(pair[1]) == number(pair[1]), "h_: a bucket is NaN")
      end
      build("histogram", number(m.sum), m.count, by_number(m.buckets))
    end
  elseif kind == "summary" then
    build("summary", number(m.sum), m.count, by_number(m.quantiles))
  elseif kind == "stateset" then
    build("stateset", m.states)
  elseif kind == "info" then
    build("info", m.info)
  else
    build("value", number(m.v))
  end
  if m.timestamp_ms then
    b:timestamp(m.timestamp_ms / 1000)
  end
  if m.created then
    b:created(m.created)
  end
  if m.exemplar then
    b:exemplar(m.exemplar.labels, number(m.exemplar.value))
  end
end

local function families(b, list, with_metrics)
  for _, f in ipairs(list) do
    b:family { type = f.type, name = f.name, help = f.help, labels = f.labels, unit = f.unit,
      const_labels = f.const_labels }
    for _, m in ipairs(with_metrics and f.metrics or {}) do
      metric(b, f.type, m)
    end
  end
end

-- --- steps ----------------------------------------------------------------------------

local verbs = {}

function verbs.new(s)
  local r = registry(s)
  return keep(s, r[s.type](r, options(s.opts)))
end

function verbs.registry(s)
  return keep(s, prom.registry { pedantic = s.pedantic, max_series = s.max_series })
end

function verbs.wrap(s)
  return keep(s, registry(s):wrap { prefix = s.prefix, labels = s.labels })
end

function verbs.curry(s)
  return keep(s, object(s):curry(s.labels))
end

function verbs.register(s)
  return registry(s):register(object(s))
end

function verbs.unregister(s)
  return registry(s):unregister(object(s))
end

function verbs.clear_registry(s)
  registry(s):clear()
  return true
end

local function update(f)
  return function(s)
    f(series(s), s)
    return true
  end
end

verbs.inc = update(function(m, s)
  if s.exemplar then
    m:add_exemplar(number(s.v or 1), s.exemplar)
  else
    m:inc(number(s.v or 1))
  end
end)
verbs.dec = update(function(m, s)
  m:dec(number(s.v or 1))
end)
verbs.set = update(function(m, s)
  m:set(number(s.v))
end)
verbs.observe = update(function(m, s)
  if s.exemplar then
    m:observe_exemplar(number(s.v), s.exemplar)
  elseif s.n then
    m:observe_n(number(s.v), s.n)
  else
    m:observe(number(s.v))
  end
end)
verbs.observe_many = update(function(m, s)
  m:observe_many(numbers(s.values))
end)
verbs.info = update(function(m, s)
  m:set(s.set)
end)
verbs.state = update(function(m, s)
  if s.is == nil then
    m:enter(s.state)
  else
    m:set(s.state, s.is)
  end
end)
verbs.reset = update(function(m)
  m:reset()
end)
verbs.make = update(function() end)
verbs["function"] = update(function(m, s)
  if not s.returns and not s.raises then
    m:set_function(nil)
    return
  end
  m:set_function(function()
    return s.raises and error(s.raises) or number(s.returns)
  end)
end)

function verbs.get(s)
  return object(s):find(table.unpack(s.labels))
end

function verbs.remove(s)
  return object(s):remove(s.labels)
end

function verbs.remove_matching(s)
  t.equal(object(s):remove_matching(s.labels), s.expect)
  return true
end

function verbs.clear(s)
  object(s):clear()
  return true
end

function verbs.size(s)
  t.equal(object(s):size(), s.expect)
  return true
end

function verbs.preset(s)
  object(s):preset(s.labels)
  return true
end

function verbs.replace(s)
  object(s):replace(function(fresh)
    for _, one in ipairs(s.series) do
      fresh:set(number(one[2]), table.unpack(one[1]))
    end
  end)
  return true
end

function verbs.each(s)
  local got = {}
  for labels, child in object(s):each() do
    t.ok(child:size() == 1)
    got[#got + 1] = labels
  end
  t.equal(#got, #s.expect)
  for i, values in ipairs(s.expect) do
    local left = {}
    for _, value in pairs(got[i]) do
      left[#left + 1] = value
    end
    local want = { table.unpack(values) }
    table.sort(left)
    table.sort(want)
    t.equal(left, want)
  end
  return true
end

function verbs.collector(s)
  local describe = s.describe
  if describe == true then
    describe = function(b)
      families(b, s.families)
    end
  elseif describe then
    describe = s.describe
  end
  return keep(s, registry(s):collector(s.name, function(b)
    families(b, s.families, true)
    if s.raises then
      error(s.raises)
    end
  end, { describe = describe }))
end

function verbs.value(s)
  local r = series(s):read()
  t.equal(r.count or r.value, number(s.expect))
  return true
end

function verbs.native(s)
  local r, e = series(s):read(), s.expect
  t.equal(r.native.schema, e.schema)
  t.equal(r.native.zero_count, e.zero_count or 0)
  t.equal(r.count, e.count or 0)
  t.equal(r.sum, number(e.sum or 0))
  t.equal(r.native.positive, by_number(e.positive))
  t.equal(r.native.negative, by_number(e.negative))
  return true
end

function verbs.exemplars(s)
  local r = series(s):read()
  local got = (s.native and r.native_exemplars or r.exemplars) or {}
  t.equal(#got, #s.expect)
  for i, want in ipairs(s.expect) do
    t.equal({ got[i].value, got[i].labels }, { number(want[1]), want[2] })
  end
  return true
end

function verbs.text(s)
  t.equal(exposition(s), lines(s.expect))
  return true
end

function verbs.has(s)
  local found = exposition(s):find(s.line .. "\n", 1, true) ~= nil
  t.equal(found, s.expect ~= false)
  return true
end

function verbs.errors(s)
  local _, errors = registry(s):text()
  t.equal(#(errors or {}), #s.expect)
  for i, part in ipairs(s.expect) do
    t.contains(errors[i], part)
  end
  return true
end

function verbs.compare(s)
  return testing.compare(registry(s), lines(s.lines), s.names)
end

function verbs.count(s)
  t.equal(testing.count(registry(s), s.names), s.expect)
  return true
end

function verbs.lint(s)
  local want = {}
  for i, pair in ipairs(s.expect) do
    want[i] = { metric = pair[1], text = pair[2] }
  end
  t.equal(testing.lint(registry(s)), want)
  return true
end

-- --- running ------------------------------------------------------------------------------

local function run_step(step)
  local verb = verbs[step["do"]]
  if not step.fails then
    local ok, message = verb(step)
    if not ok then
      error(message or (step["do"] .. " failed"), 0)
    end
    return
  end
  local ok, result, message = pcall(verb, step)
  if ok and result then
    error("it should have failed with " .. step.fails, 0)
  end
  message = ok and message or result
  if step.says and message then
    t.contains(message, step.says)
  end
end

local function for_lua(case)
  for _, language in ipairs(case.languages or { "lua" }) do
    if language == "lua" then
      return true
    end
  end
  return false
end

local function run_case(case)
  world = { registry = prom.registry(), things = {} }
  for i, step in ipairs(case.steps) do
    local ok, message = xpcall(run_step, debug.traceback, step)
    if not ok then
      error(("step %d (%s): %s"):format(i, step["do"], message), 0)
    end
  end
end

local files = {}
for name in io.popen("ls '" .. folder .. "'/*.json"):lines() do
  files[#files + 1] = name
end

for _, name in ipairs(files) do
  local file = assert(io.open(name))
  local cases = assert(json.decode(file:read "a", 1, nil, nil))
  file:close()
  for _, case in ipairs(cases) do
    if for_lua(case) then
      t.test(name:match "[^/]*$" .. ": " .. case.name, function()
        run_case(case)
      end)
    end
  end
end

t.done()
