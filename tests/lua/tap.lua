-- SPDX-License-Identifier: Apache-2.0
-- tap - named tests, checks that print both values, and a closing "N passed, N failed".
--
--     local t = require "tap"
--     t.test("a counter starts at zero", function() t.equal(c:get(), 0) end)
--     t.done()
--
-- A failed check ends its test and names its line; the other tests go on. With PROM_GC=stop in
-- the environment nothing is collected during a test, with PROM_GC=stress nearly everything
-- at once, with PROM_GC=generational by that collector.

local tap = {}

local passed, failed = 0, 0

local modes = {
  stop = function()
    collectgarbage("stop")
  end,
  stress = function()
    collectgarbage("incremental", 1, 1000, 1)
  end,
  generational = function()
    collectgarbage("generational", 1, 1)
  end,
}
local mode = modes[os.getenv("PROM_GC") or ""]
if mode then
  mode()
end

local function show(v)
  if type(v) == "string" then
    return string.format("%q", v)
  elseif type(v) ~= "table" then
    return tostring(v)
  end
  local parts = {}
  for key, value in pairs(v) do
    parts[#parts + 1] = ("[%s] = %s"):format(show(key), show(value))
  end
  table.sort(parts)
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b or (a ~= a and b ~= b)
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

local function check(ok, message, ...)
  if not ok then
    error(message:format(...), 3)
  end
end

function tap.equal(got, want)
  check(same(got, want), "got %s, want %s", show(got), show(want))
end

function tap.ok(got)
  check(got, "got %s", show(got))
end

function tap.contains(text, part)
  local found = type(text) == "string" and text:find(part, 1, true)
  check(found, "%s is not in %s", show(part), show(text))
end

function tap.lacks(text, part)
  check(not text:find(part, 1, true), "%s is in %s", show(part), show(text))
end

-- fn(...) raises an error with this text in it.
function tap.raises(part, fn, ...)
  local ok, message = pcall(fn, ...)
  check(not ok, "no error; want one with %s", show(part))
  check(type(message) == "string" and message:find(part, 1, true), "got %s, want %s",
    show(message), show(part))
end

function tap.test(name, fn)
  local ok, message = xpcall(fn, debug.traceback)
  if mode then
    collectgarbage()
    mode()
  end
  if ok then
    passed = passed + 1
  else
    failed = failed + 1
    io.stderr:write("not ok - ", name, "\n", message, "\n")
  end
end

-- Waits until fn() is true; false after 10 seconds. For what another process does.
function tap.eventually(fn)
  local stop = os.time() + 10
  while not fn() do
    if os.time() > stop then
      return false
    end
  end
  return true
end

function tap.done()
  print(("%d passed, %d failed"):format(passed, failed))
  os.exit(failed == 0 and passed > 0, true)
end

return tap
