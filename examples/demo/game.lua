-- SPDX-License-Identifier: Apache-2.0
-- game.lua - the game's rules in Lua: what is spawned, and how many are alive.
local prom = require "prom"

local ticks = prom.counter("demo_ticks_total", "Times that a part of the game was run.",
  { "language" }):labels("Lua")
local alive = prom.gauge("demo_monsters", "Monsters that are alive.", { "kind" })

return function(frame)
  ticks:inc()
  alive:set(frame % 7, "orc")
  alive:set(frame % 3, "troll")
end
