-- SPDX-License-Identifier: Apache-2.0
-- tour.lua - one small function for each thing that is more than a counter with labels. Each
-- makes metrics in a registry; the last line prints what Prometheus would be told.
local prom = require "prom"

-- A native histogram needs no buckets: their number follows what is observed. In the text
-- format only its sum and count can be seen; an exemplar leads to the trace of one case.
local function native(registry)
  local walk = registry:histogram {
    name = "tour_walk_seconds",
    help = "Walks.",
    native_factor = 1.1,
  }
  walk:observe_exemplar(2.5, { trace_id = "4bf92f35" })
  walk:observe_many { 0.5, 1.0 }
end

-- Facts, and states of which one is on.
local function facts(registry)
  registry:info("tour_build", "What this is."):set { version = "1.2", color = "blue" }
  local weather = registry:stateset {
    name = "tour_weather",
    help = "Outside.",
    states = { "rain", "sun" },
  }
  weather:enter("sun")
end

-- A value that a function gives when it is asked for.
local function asked(registry)
  registry:gauge("tour_steps", "Taken so far."):set_function(function()
    return 42
  end)
end

-- Labels that strangers fill: what is not on the list is "other", and there are never more than
-- a hundred series. Some show before they are first used; a view has one label set already.
local function bounded(registry)
  local visits = registry:counter {
    name = "tour_visits_total",
    help = "Visits.",
    labels = { "method", "place" },
    max_series = 100,
    constraints = { method = { "foot", "post" } },
  }
  visits:preset { method = { "foot" }, place = { "mill", "lake" } }
  visits:inc(1, "balloon", "lake")
  visits:curry({ method = "post" }):inc(1, "mill")
end

-- Numbers that somebody else keeps, in a registry that adds a label to all of them.
local function elsewhere(registry)
  registry:wrap({ labels = { side = "north" } }):collector("lake", function(b)
    b:family("gauge", "tour_depth_meters", "Of the lake.", { "place" })
    b:value(31.5, "lake")
  end)
end

local tour = prom.registry()
for _, stop in ipairs { native, facts, asked, bounded, elsewhere } do
  stop(tour)
end
io.write((tour:text()))
