-- SPDX-License-Identifier: Apache-2.0
-- prom - Prometheus metrics. The work is done in C (prom.core); here stands what reads better
-- in Lua: functions that call back and may yield, and `prom.default`.

local core = require "prom.core"

local prom = {}
for name, value in pairs(core) do
  prom[name] = value
end
prom.default, prom.methods, prom.testing = nil, nil, nil

-- Not a copy: a host may set another default at any time.
setmetatable(prom, {
  __index = function(_, name)
    if name == "default" then
      return core.default()
    end
  end,
})

local function finish(timer, ok, ...)
  timer:stop()
  if not ok then
    error((...), 0)
  end
  return ...
end

-- metric:time(fn, ...) calls fn(...) and observes how long it took, whether it returns, raises
-- or yields in between. With labels: metric:labels("GET"):time(fn, ...).
local function time(metric, fn, ...)
  return finish(metric:timer(), pcall(fn, ...))
end

-- counter:count_errors(fn, ...) calls fn(...), counts one if it raises, and raises that again.
local function count_errors(counter, fn, ...)
  return (function(ok, ...)
    if ok then
      return ...
    end
    counter:inc()
    error((...), 0)
  end)(pcall(fn, ...))
end

-- gauge:track(fn, ...) calls fn(...) and counts it in the gauge as long as it runs.
local function track(gauge, fn, ...)
  gauge:inc()
  return (function(ok, ...)
    gauge:dec()
    if ok then
      return ...
    end
    error((...), 0)
  end)(pcall(fn, ...))
end

local methods = core.methods
for _, class in ipairs { "Gauge", "Unknown", "Histogram", "Summary" } do
  methods[class].time = time
end
methods.Counter.count_errors = count_errors
methods.Gauge.track, methods.Unknown.track = track, track

-- family:replace(fill): fill(fresh) fills an empty family, which then takes the place of all
-- that this one has, at once; or it is a family that family:fresh() gave.
for _, own in pairs(methods) do
  local put = own.replace
  if put then
    function own.replace(family, fill)
      if type(fill) == "function" then
        local fresh = family:fresh()
        fill(fresh)
        fill = fresh
      end
      return put(family, fill)
    end
  end
end

-- What the garbage collector tells without changing anything: to read a parameter is to set it,
-- so it is set back.
local function gc_parameter(name)
  local before = collectgarbage(name, 200)
  collectgarbage(name, before)
  return before
end

-- reg:lua { state = "main" } shows this Lua state: its memory, its garbage collector, its
-- version.
local function lua(registry, options)
  options = options or {}
  for name in pairs(options) do
    if name ~= "state" then
      error(("no option '%s'"):format(tostring(name)), 2)
    end
  end
  local const = options.state and { state = options.state }
  local families = {
    { type = "gauge", name = "lua_memory_bytes", help = "Memory in use by this Lua state." },
    { type = "gauge", name = "lua_gc_running", help = "Whether the garbage collector runs." },
    { type = "gauge", name = "lua_gc_pause_ratio",
      help = "How large memory grows between cycles, as a multiple of what was left." },
    { type = "gauge", name = "lua_gc_step_ratio",
      help = "Speed of the garbage collector relative to allocation." },
    { type = "info", name = "lua_info", help = "The version of Lua." },
  }
  for _, family in ipairs(families) do
    family.const_labels = const
  end
  return registry:collector("lua", function(b)
    b:family(families[1])
    b:value(collectgarbage "count" * 1024)
    b:family(families[2])
    b:value(collectgarbage "isrunning" and 1 or 0)
    b:family(families[3])
    b:value(gc_parameter "setpause" / 100)
    b:family(families[4])
    b:value(gc_parameter "setstepmul" / 100)
    b:family(families[5])
    b:info { version = _VERSION:match "%d+%.%d+" or _VERSION }
  end, { describe = families })
end

methods.Registry.lua = lua

function prom.lua(options)
  return lua(core.default(), options)
end

-- --- HTTP exchanges -------------------------------------------------------------------------

-- Without an accessor: a request is a method or a table that has one, an answer likewise a
-- status.
local function method_of(request)
  return type(request) == "table" and request.method or request
end

local function status_of(answer)
  return type(answer) == "table" and answer.status or answer
end

local function text_or_nil(method)
  return type(method) == "string" and method or nil
end

local function number_or_nil(status)
  return type(status) == "number" and status or nil
end

local of_request = { "request_bytes", "labels", "exemplar" }
local accessors = { method = true, status = true, response_bytes = true }
for _, name in ipairs(of_request) do
  accessors[name] = true
end

-- What an accessor says: it is a function, or says the same always.
local function say(accessor, ...)
  if type(accessor) == "function" then
    return (accessor(...))
  end
  return accessor
end

local function finish_exchange(exchange, how, request, ...)
  local outcome = {
    status = number_or_nil(say(how.status, ...)),
    response_bytes = say(how.response_bytes, ...),
  }
  for _, name in ipairs(of_request) do
    outcome[name] = say(how[name], table.unpack(request, 1, request.n))
  end
  exchange:finish(outcome)
  return ...
end

-- m:wrap(fn, how) is fn, measured. `how` has functions, or values: method, request_bytes,
-- labels and exemplar of what fn is called with, status and response_bytes of what it returns.
-- What fn raises passes through, and such a call is not recorded.
function methods.HttpMetrics.wrap(metrics, fn, how)
  how = how or {}
  for name in pairs(how) do
    if not accessors[name] then
      error(("no option '%s'"):format(tostring(name)), 2)
    end
  end
  local all = { method = method_of, status = status_of }
  for name, accessor in pairs(how) do
    all[name] = accessor
  end
  return function(...)
    local exchange <close> = metrics:begin(text_or_nil(say(all.method, ...)))
    return finish_exchange(exchange, all, table.pack(...), fn(...))
  end
end

-- The exemplar of a request that W3C's header traceparent says is sampled, or nil.
function prom.traceparent(header)
  if type(header) ~= "string" then
    return nil
  end
  local version, trace, span, flags = header:match "^(%x%x)%-(%x+)%-(%x+)%-(%x%x)"
  local is_whole = version and #trace == 32 and #span == 16 and version ~= "ff"
  if not is_whole or not trace:find "[^0]" or not span:find "[^0]"
    or tonumber(flags, 16) % 2 == 0 then
    return nil
  end
  return { trace_id = trace:lower(), span_id = span:lower() }
end

return prom
