-- SPDX-License-Identifier: Apache-2.0
-- prom - Prometheus metrics. The work is done in C (prom.core); here stands what reads better
-- in Lua: functions that call back and may yield, and `prom.default`.

local core = require "prom.core"

local prom = {}
for name, value in pairs(core) do
  prom[name] = value
end
prom.default, prom.methods = nil, nil

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

for _, methods in pairs(core.methods) do
  methods.time = time
end

return prom
