-- SPDX-License-Identifier: Apache-2.0
-- What a script sends, and when it says so by a line: senders.lua push|job|write URL ...
local prom = require "prom"

local what, url, version = ...
local reg = prom.registry()
local jobs = reg:counter("e2e_jobs", "Jobs.", { "kind" })
jobs:inc(3, "a/b")

local function say(...)
  print(...)
  io.stdout:flush()
  io.read()
end

local function push()
  local group = { url = url, job = "lua", grouping = { path = "/x y" }, retries = 0,
    timeout = 20 }
  assert(reg:push(group))
  say "pushed"
  local other = prom.registry()
  other:gauge("e2e_level", "Level."):set(-2.5)
  group.format, group.compression = "text", "gzip"
  assert(other:push_add(group))
  say "added"
  group.format, group.compression, group.timeout = nil, nil, nil
  local clash = prom.registry()
  clash:gauge("clash", "h", { "path" }):set(1, "x")
  local ok, message = pcall(clash.push, clash, group)
  assert(not ok and message:find "path", message)
  say(assert(prom.push_url(group)))
  assert(prom.push_delete(group))
  say "deleted"
end

-- A job: nothing of it is kept by the script, and what the last push sends came after it.
local function job()
  prom.pusher { url = url, job = "job", interval = 3600, last = true }
  local done = 0
  prom.collector("late", function(b)
    b:family("counter", "e2e_done_total", "Done.")
    b:value(done)
  end)
  say "ready"
  done = 5
end

local function write()
  local sender <close> = assert(reg:remote_write { url = url, version = tonumber(version),
    interval = 0.1, labels = { job = "lua", instance = "1" } })
  for _ = 1, 20 do
    jobs:inc(1, "a/b")
  end
  say "writing"
  assert(sender:stats().failed == 0, sender:stats().message)
end

({ push = push, job = job, write = write })[what]()
