-- SPDX-License-Identifier: Apache-2.0
-- hello.lua - greets, counts whom, and prints what Prometheus would be told.
local prom = require "prom"

-- One's own; prom.default is shared with C, Python and all other scripts of the process.
local registry = prom.registry()

local greetings = registry:counter("hello_greetings_total", "Who was greeted.", { "name" })
local lengths = registry:histogram {
  name = "hello_name_length",
  help = "Letters in a name.",
  buckets = { 4, 8 },
}

for _, name in ipairs { "Ada", "Prometheus", "Ada" } do
  greetings:inc(1, name)
  lengths:observe(#name)
end

io.write((registry:text()))
