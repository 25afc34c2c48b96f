-- SPDX-License-Identifier: Apache-2.0
-- As bridge.c: tcp|udp ADDRESS PREFIX paths|tags
local prom = require "prom"

local protocol, address, prefix, form = ...
local reg = prom.registry()
reg:counter("e2e_requests", "Requests.", { "path", "code" }):inc(17, "/a b;c", 200)
reg:gauge("e2e_level", "Level."):set(-2.5)
reg:histogram("e2e_seconds", "Seconds.", nil, { buckets = { 0.5 } }):observe_many { 0.25, 4 }

local sender = assert(reg:graphite { address = address, udp = protocol == "udp",
  prefix = prefix, tags = form == "tags", interval = 3600, last = true })
assert(sender:stop())
