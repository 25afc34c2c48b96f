-- SPDX-License-Identifier: Apache-2.0
-- bench - what calls from Lua cost, next to an empty method of a userdata.
--
--   lua5.4 bench.lua              nanoseconds of every row, as "row<tab>ns" lines
--   lua5.4 bench.lua ROW N        runs a row N times, for a counter of instructions
--
-- The rows run in turns, batch by batch, so that a slow moment of the machine meets all of
-- them; the figure is the median. The loop around the call is part of every row.

local prom = require "prom"
local empty = require "empty"

local reg = prom.registry()
local c = reg:counter("plain_total", "help")
local hits = reg:counter("hits_total", "help", { "method", "code" })
local h = reg:histogram("latency_seconds", "help", nil)
local g = reg:gauge("level", "help")
local child, bound = hits:labels("GET", "200"), c:bind()

local rows = {
  { "c:nop()", function(n) for _ = 1, n do empty:nop() end end },
  { 'c:nop(1, "GET", "200")',
    function(n) for _ = 1, n do empty:nop(1, "GET", "200") end end },
  { "c:inc()", function(n) for _ = 1, n do c:inc() end end },
  { "c:inc(2)", function(n) for _ = 1, n do c:inc(2) end end },
  { "c()", function(n) for _ = 1, n do c() end end },
  { "hit(), bound", function(n) for _ = 1, n do bound() end end },
  { "g:set(0.3)", function(n) for _ = 1, n do g:set(0.3) end end },
  { "h:observe(0.3)", function(n) for _ = 1, n do h:observe(0.3) end end },
  { 'c:inc(1, "GET", "200")', function(n) for _ = 1, n do hits:inc(1, "GET", "200") end end },
  { 'c:inc(1, { "GET", "200" })',
    function(n) for _ = 1, n do hits:inc(1, { "GET", "200" }) end end },
  { 'c:labels("GET", "200"):inc()',
    function(n) for _ = 1, n do hits:labels("GET", "200"):inc() end end },
  { "child:inc()", function(n) for _ = 1, n do child:inc() end end },
}

local wanted, count = ...
if wanted then
  for _, row in ipairs(rows) do
    if row[1] == wanted then
      row[2](tonumber(count))
      os.exit(0)
    end
  end
  error("no row " .. wanted)
end

local BATCHES, PER_BATCH = 25, 200000

local times = {}
for batch = 0, BATCHES do -- the first warms up
  for i, row in ipairs(rows) do
    local start = os.clock()
    row[2](PER_BATCH)
    times[i] = times[i] or {}
    if batch > 0 then
      times[i][batch] = (os.clock() - start) / PER_BATCH * 1e9
    end
  end
end
for i, row in ipairs(rows) do
  table.sort(times[i])
  print(("%s\t%.2f"):format(row[1], times[i][BATCHES // 2 + 1]))
end
