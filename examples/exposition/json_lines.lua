-- SPDX-License-Identifier: Apache-2.0
-- A format of one's own: each sample as a line of JSON, for whatever reads logs.
local prom = require "prom"

-- --- the format --------------------------------------------------------------------------

-- Label values are UTF-8, and may hold anything.
local function quote(s)
  return '"' .. s:gsub('[%c"\\]', function(c)
    return ("\\u%04x"):format(c:byte())
  end) .. '"'
end

-- JSON has neither NaN nor infinities.
local function number(v)
  local is_finite = v - v == 0
  return (is_finite and "%.17g" or '"%g"'):format(v)
end

local function line(sample)
  local labels = {}
  for name, value in pairs(sample.labels) do
    labels[#labels + 1] = quote(name) .. ":" .. quote(value)
  end
  table.sort(labels)
  return ('{"name":%s,"labels":{%s},"value":%s}\n'):format(quote(sample.name),
    table.concat(labels, ","), number(sample.value))
end

-- --- where it goes -----------------------------------------------------------------------

-- Nothing and a message is what Lua's files say when they fail, and what makes a send fail.
local function send(snapshot)
  for _, sample in ipairs(snapshot:samples()) do
    local ok, message = io.stdout:write(line(sample))
    if not ok then
      return nil, "standard output takes no more: " .. message
    end
  end
  local ok, message = io.stdout:flush()
  return ok, not ok and "standard output takes no more: " .. message or nil
end

-- --- the program -------------------------------------------------------------------------

local reg = prom.registry()
reg:counter("jobs_total", "Jobs done.", { "kind" }):inc(1, 'say "hi"\n')
reg:histogram("job_seconds", "How long jobs took.", nil, { buckets = { 1 } }):observe(0.25)

-- Each minute, in reg:poll(), which this program is too short for; and at the end.
local sender = reg:sender { name = "stdout", send = send, interval = 60, last = true }
local ok, message = sender:stop()
if not ok then
  io.stderr:write("json_lines: ", message, "\n")
  os.exit(1, true)
end
