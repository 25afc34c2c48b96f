-- SPDX-License-Identifier: Apache-2.0
-- A transport of one's own: samples as lines of StatsD, in datagrams. Needs LuaSocket.
--
--     lua statsd.lua HOST PORT
--
-- StatsD wants to be told by how much a counter has grown, so the transport keeps what it has
-- said last; gauges are told as they are. Labels are DogStatsD's tags.
local prom = require "prom"
local socket = require "socket"

local PACKET = 1432 -- bytes

-- --- lines -------------------------------------------------------------------------------

-- What would end a tag is an underscore.
local function word(s)
  return (s:gsub("[%c:|#,]", "_"))
end

-- "|#a:1,b:2"
local function tags_of(sample)
  local tags = {}
  for name, value in pairs(sample.labels) do
    tags[#tags + 1] = word(name) .. ":" .. word(value)
  end
  table.sort(tags)
  return #tags > 0 and "|#" .. table.concat(tags, ",") or ""
end

local function is_counter(sample)
  local kind = sample.type
  return kind == "counter" or kind == "histogram"
    or kind == "summary" and not sample.labels.quantile
end

local function format(name, value, kind, tags)
  return ("%s:%.17g|%s%s\n"):format(name, value, kind, tags)
end

-- The lines of a sample; `known` has what was said of counters last. One that fell began anew.
local function lines_of(sample, known)
  local name, value, tags = sample.name, sample.value, tags_of(sample)
  if value ~= value then
    return ""
  elseif is_counter(sample) then
    local series = name .. tags
    local before = known[series] or 0
    local growth = value >= before and value - before or value
    known[series] = value
    return growth ~= 0 and format(name, growth, "c", tags) or ""
  end
  -- A sign would mean: by so much more or less.
  local zero = value < 0 and format(name, 0, "g", tags) or ""
  return zero .. format(name, value, "g", tags)
end

-- --- the transport -----------------------------------------------------------------------

local function statsd(reg, host, port, options)
  local peer = assert(socket.udp())
  local ok = peer:setpeername(host, port)
  if not ok then
    return nil, ("there is no StatsD at '%s:%s'"):format(host, port)
  end
  local known = {}

  local function put(packet)
    local sent, message = peer:send(packet)
    return sent, not sent and "StatsD does not take datagrams: " .. message or nil
  end

  local function send(snapshot)
    local packet = ""
    for _, sample in ipairs(snapshot:samples()) do
      local lines = lines_of(sample, known)
      if packet ~= "" and #packet + #lines > PACKET then
        local sent, message = put(packet)
        if not sent then
          return nil, message
        end
        packet = ""
      end
      packet = packet .. lines
    end
    if packet ~= "" then
      return put(packet)
    end
  end

  options.name, options.send = "statsd", send
  return reg:sender(options)
end

-- --- the program -------------------------------------------------------------------------

local host, port = ...
if not port then
  io.stderr:write "usage: statsd.lua HOST PORT\n"
  os.exit(2)
end
local reg = prom.registry()
local sender, message = statsd(reg, host, port, { interval = 10, last = true })
if not sender then
  io.stderr:write("statsd: ", message, "\n")
  os.exit(1, true)
end
local jobs = reg:counter("jobs_total", "Jobs done.", { "kind" })
local level = reg:gauge("level", "Of the water.")
for i = 1, 3 do
  jobs:inc(i, "a|b")
  level:set(i - 1.5)
  assert(sender:send()) -- not to wait for its turn, which is in reg:poll()
end
jobs:inc(1, "a|b") -- for the last send
assert(sender:stop())
