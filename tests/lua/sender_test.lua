-- SPDX-License-Identifier: Apache-2.0
-- Senders: those of the library, and transports written in Lua.
local json = require "dkjson"
local prom = require "prom"
local t = require "tap"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$" or "."

local function slurp(file)
  local f = io.open(file, "rb")
  local text = f and f:read("a") or ""
  if f then
    f:close()
  end
  return text
end

local function with_file(fn)
  local file = os.tmpname()
  os.remove(file)
  local ok, message = xpcall(fn, debug.traceback, file)
  os.remove(file)
  if not ok then
    error(message, 0)
  end
end

local function registry()
  local r = prom.registry()
  r:gauge("g", "help", { "a" }):set(1, "x")
  return r
end

local function nothing() end

-- --- transports written in Lua --------------------------------------------------------------

t.test("a transport is given all that there is, in many forms", function()
  local r = registry()
  r:counter("c", "help"):inc(2)
  local seen
  local s = r:sender { name = "own", timeout = 5, send = function(snapshot, left)
    seen = { snapshot = snapshot, left = left, text = snapshot:text(),
      json = snapshot:text { format = "json" }, families = snapshot:families(),
      samples = snapshot:samples(), errors = snapshot:errors() }
  end }
  t.equal(s:send(), true)
  t.ok(seen.left > 1 and seen.left <= 5)
  t.contains(seen.text, "c_total 2\n")
  t.contains(seen.json, '{"families":[')
  t.equal({ #seen.families, seen.families[1].name }, { 2, "c_total" })
  t.equal(seen.samples, {
    { name = "c_total", type = "counter", labels = {}, value = 2 },
    { name = "g", type = "gauge", labels = { a = "x" }, value = 1 },
  })
  t.equal(seen.errors, nil)
  t.raises("is closed", seen.snapshot.text, seen.snapshot)
  t.raises("is closed", seen.snapshot.samples, seen.snapshot)
  t.equal(s:stats().sent, 1)
  t.ok(s:stats().last_success > 1600000000)
  t.equal(s:stats().message, nil)
end)

t.test("timestamps of samples, only some names", function()
  local r = registry()
  r:collector("k", function(b)
    b:family("gauge", "k", "help")
    b:value(5)
    b:timestamp(1700000000.5)
  end)
  local samples
  local s = r:sender { name = "own", names = { "k" }, send = function(snapshot)
    samples = snapshot:samples()
  end }
  s:send()
  t.equal(samples, {
    { name = "k", type = "gauge", labels = {}, value = 5, timestamp = 1700000000.5 },
  })
end)

t.test("what a transport says and raises", function()
  local answer
  local s = registry():sender { name = "own", send = function()
    return table.unpack(answer, 1, 2)
  end }
  local function says(...)
    answer = { ... }
    return { s:send() }
  end
  t.equal(says(), { true })
  t.equal(says(true), { true })
  t.equal(says(nil), { true })
  t.equal(says(false), { true })
  t.equal(says(17, "written"), { true })
  t.equal(says(nil, "the road is closed"), { nil, "the road is closed", "PROM_E_IO" })
  t.equal(says(false, "closed"), { nil, "closed", "PROM_E_IO" })
  local stats = s:stats()
  t.equal({ stats.sent, stats.failed, stats.message, stats.code },
    { 5, 2, "closed", "PROM_E_IO" })
  local bad = registry():sender { name = "bad", send = function()
    error { }
  end }
  local ok, message, code = bad:send()
  t.equal({ ok, code }, { nil, "PROM_E_CALLBACK" })
  t.contains(message, "table: ")
  local worse = registry():sender { name = "worse", send = function()
    error(setmetatable({}, { __tostring = error }))
  end }
  ok, message, code = worse:send()
  t.equal({ ok, code }, { nil, "PROM_E_CALLBACK" })
  t.ok(message)
  local yields = registry():sender { name = "yields", send = coroutine.yield }
  coroutine.wrap(function()
    ok, message = yields:send()
  end)()
  t.equal(ok, nil)
  t.contains(message, "yield")
end)

t.test("errors of collectors", function()
  local r = registry()
  r:collector("bad", function()
    error "broken"
  end)
  local errors
  local function send(snapshot)
    errors = snapshot:errors()
  end
  t.equal(r:sender({ name = "own", send = send }):send(), true)
  t.contains(errors[1], "broken")
  local ok, message, code = r:sender({ name = "own", on_error = "fail", send = send }):send()
  t.equal({ ok, code }, { nil, "PROM_E_CALLBACK" })
  t.contains(message, "broken")
end)

t.test("collectors of the state run in a send", function()
  local r, calls = prom.registry(), 0
  r:collector("c", function(b)
    calls = calls + 1
    b:family("gauge", "calls", "help")
    b:value(calls)
  end)
  local text
  local s = r:sender { name = "own", send = function(snapshot)
    text = snapshot:text()
  end }
  coroutine.wrap(function()
    s:send()
  end)()
  t.contains(text, "calls 1\n")
end)

t.test("a transport and what it is in", function()
  local r = registry()
  local s, inner
  s = r:sender { name = "own", interval = 0.001, send = function()
    local ok, message = pcall(s.send, s)
    t.equal(ok, false)
    t.contains(message, "cannot send while it sends")
    t.equal(inner:send(), true) -- another may
    t.equal(r:poll(), true)
    collectgarbage()
    s:stop()
    s:stop()
  end }
  inner = r:sender { name = "inner", send = nothing }
  t.equal(s:send(), true)
  t.equal(s:stats().sent, 1)
  t.equal(inner:stats().sent, 1)
end)

t.test("a sender that is polled", function()
  local r, other, sent = registry(), registry(), 0
  local s = r:sender { name = "own", interval = 0.02, send = function()
    sent = sent + 1
  end }
  t.equal(s:poll(), true)
  t.equal(sent, 0) -- after one interval
  os.execute("sleep 0.05")
  t.equal(other:poll(), true)
  t.equal(sent, 0) -- of another registry
  t.equal(r:poll(), true)
  t.equal(sent, 1)
  t.ok(t.eventually(function()
    return s:poll() and sent > 1
  end))
  s:stop()
  local before = sent
  os.execute("sleep 0.05")
  t.equal({ r:poll(), s:poll() }, { true, true })
  t.equal(sent, before)
  t.equal(s:start(), true)
  t.equal(s:start(), true)
  t.ok(t.eventually(function()
    return r:poll() and sent > before
  end))
  s:stop()
end)

t.test("turns that were missed are left out", function()
  local sent = 0
  local s <close> = registry():sender { name = "own", interval = 0.001, send = function()
    sent = sent + 1
  end }
  os.execute("sleep 0.1")
  s:poll()
  t.equal(sent, 1)
end)

t.test("what fails in reg:poll() is told there", function()
  local r = registry()
  local sent = 0
  local bad <close> = r:sender { name = "bad", interval = 0.001, send = function()
    return nil, "closed"
  end }
  local good <close> = r:sender { name = "good", interval = 0.001, send = function()
    sent = sent + 1
  end }
  os.execute("sleep 0.01")
  t.equal({ r:poll() }, { nil, "closed", "PROM_E_IO" })
  t.equal(sent, 1)
  r:collector("broken", function()
    error "broken"
  end)
  os.execute("sleep 0.01")
  local _, message = r:poll()
  t.contains(message, "broken") -- what was first
  t.equal(sent, 2)
  t.equal(bad:stats().failed, 2)
  t.equal(good:stats().failed, 0)
end)

t.test("the last send and the end", function()
  local r, log = registry(), {}
  local function start()
    return r:sender { name = "own", last = true, last_timeout = 2, send = function()
      log[#log + 1] = "send"
    end, finish = function(left)
      log[#log + 1] = "finish"
      t.ok(left > 0 and left <= 2)
    end }
  end
  local s = start()
  t.equal(s:stop(), true)
  t.equal(log, { "send", "finish" })
  s:stop()
  t.equal(#log, 2)
  t.equal(s:send(), true) -- still works
  t.equal(#log, 3)
  s:stop()
  t.equal(#log, 5)
  do
    local closed <close> = start()
    t.ok(closed)
  end
  t.equal(#log, 7)
  local failing = r:sender { name = "own", last = true, send = function()
    return nil, "closed"
  end }
  t.equal({ failing:stop() }, { nil, "closed", "PROM_E_IO" })
end)

t.test("a sender that has work of its own lives on, others may go", function()
  local r, sent = registry(), 0
  local function send()
    sent = sent + 1
  end
  local weak = setmetatable({}, { __mode = "v" })
  weak.timed = r:sender { name = "own", interval = 0.001, send = send }
  weak.last = r:sender { name = "own", last = true, send = send }
  weak.plain = r:sender { name = "own", send = send }
  collectgarbage()
  collectgarbage()
  t.ok(weak.timed)
  t.ok(weak.last)
  if os.getenv("PROM_GC") ~= "stop" then
    t.equal(weak.plain, nil)
  end
  os.execute("sleep 0.01")
  r:poll()
  t.equal(sent, 1)
  weak.timed:stop()
  weak.last:stop()
  t.equal(sent, 2)
  collectgarbage()
  collectgarbage()
  if os.getenv("PROM_GC") ~= "stop" then
    t.equal(weak.timed, nil)
  end
end)

t.test("a collector may stop the sender that runs it", function()
  local r = registry()
  local s
  r:collector("c", function()
    s:stop()
  end)
  s = r:sender { name = "own", interval = 0.001, send = nothing }
  local ok, _, code = s:send()
  t.equal({ ok, code }, { nil, "PROM_E_CANCELLED" })
  t.equal(s:poll(), true) -- stopped
end)

-- --- senders of the library ------------------------------------------------------------------

t.test("a text file, once", function()
  with_file(function(file)
    local r = registry()
    t.equal(r:write_textfile(file), true)
    t.contains(slurp(file), 'g{a="x"} 1\n')
    t.equal(r:write_textfile(file, { format = "openmetrics", names = { "none" }, no_sync = true,
      mode = 384, timeout = 5, on_error = "fail" }), true)
    t.equal(slurp(file), "# EOF\n")
  end)
end)

t.test("a text file that cannot be", function()
  local r = registry()
  local ok, message, code = r:write_textfile("/absent/folder/x.prom")
  t.equal({ ok, code }, { nil, "PROM_E_IO" })
  t.contains(message, "/absent/folder/x.prom")
  local s = r:textfile { path = "/absent/folder/x.prom" }
  t.equal(s:send(), nil)
  t.equal({ s:stats().failed, s:stats().code }, { 1, "PROM_E_IO" })
  r:collector("bad", function()
    error "broken"
  end)
  with_file(function(file)
    ok, message, code = r:write_textfile(file)
    t.equal({ ok, code }, { nil, "PROM_E_CALLBACK" })
    t.contains(message, "broken")
    t.equal(slurp(file), "")
    t.equal(r:write_textfile(file, { on_error = "continue" }), true)
  end)
end)

t.test("a sender works while the script is busy", function()
  with_file(function(file)
    local r = registry()
    r:collector("c", function(b)
      b:family("gauge", "polled", "help")
      b:value(7)
    end)
    local s <close> = r:textfile { path = file, interval = 0.01, no_sync = true }
    t.ok(t.eventually(function()
      return slurp(file):find('g{a="x"} 1\n', 1, true)
    end))
    t.lacks(slurp(file), "polled") -- never on its thread
    t.equal(r:poll(), true)
    t.ok(t.eventually(function()
      return slurp(file):find("polled 7\n", 1, true)
    end))
    t.raises("thread of its own", s.poll, s)
    t.equal(s:stop(), true)
    os.remove(file)
    t.equal(s:start(), true)
    t.ok(t.eventually(function()
      return slurp(file) ~= ""
    end))
  end)
end)

t.test("a push waits for a fresh value as long as it is told", function()
  with_file(function(file)
    local r = prom.registry()
    r:collector("c", function(b)
      b:family("gauge", "v", "help")
      b:value(5)
    end, { wait_ms = 5000 })
    local s <close> = r:textfile { path = file, interval = 0.001, no_sync = true }
    t.ok(t.eventually(function()
      r:poll()
      return slurp(file):find("v 5\n", 1, true)
    end))
    t.ok(s)
  end)
end)

t.test("a push that waits for a collector ends at once when it is stopped", function()
  with_file(function(file)
    local r, waits = prom.registry(), 1e9 -- some days
    r:collector("c", function(b)
      b:family("gauge", "v", "help")
      b:value(5)
    end, { wait_ms = waits })
    local s = r:textfile { path = file, interval = 0.001, no_sync = true }
    os.execute("sleep 0.05") -- it waits, or will
    t.ok(s:stop() or s:stats().code == "PROM_E_CANCELLED")
    local timed <close> = r:textfile { path = file, interval = 0.001, timeout = 0.05 }
    t.ok(t.eventually(function()
      return timed:stats().sent + timed:stats().failed > 0
    end))
  end)
end)

t.test("the last file", function()
  with_file(function(file)
    local r = registry()
    do
      local s <close> = r:textfile { path = file, last = true }
      t.equal(slurp(file), "")
      t.ok(s)
    end
    t.contains(slurp(file), 'g{a="x"} 1\n')
  end)
end)

t.test("Graphite that is not there", function()
  local r = registry()
  local s = r:graphite { address = "127.0.0.1:1", prefix = "a.b", tags = true,
    connect_timeout = 2 }
  local ok, message, code = s:send()
  t.equal({ ok, code }, { nil, "PROM_E_IO" })
  t.contains(message, "127.0.0.1:1")
  local udp = r:graphite { address = "127.0.0.1:9", udp = true, names = { "none" } }
  t.equal(udp:send(), true) -- there is nothing to send
  t.raises("prefix", r.graphite, r, { prefix = "a b" })
  t.raises("address", r.graphite, r, { address = "[::1" })
end)

-- --- senders by HTTP -------------------------------------------------------------------

-- A build without libcurl or libsnappy says so.
local has = {}
for _, name in ipairs { "pusher", "remote_write", "otlp" } do
  local r = prom.registry()
  local o = { url = "http://127.0.0.1:1/", job = name == "pusher" and "j" or nil }
  local sender, _, code = r[name](r, o)
  has[name] = code ~= "PROM_E_UNSUPPORTED"
  if sender then
    sender:stop()
  end
end

local function of(name, title, fn)
  t.test(name .. ": " .. title, function()
    if has[name] then
      fn()
    end
  end)
end

local NOBODY = "http://127.0.0.1:1/x"

local function fails(part, sender)
  local ok, message, code = sender:send()
  t.equal({ ok, code }, { nil, "PROM_E_IO" })
  t.contains(message, part)
  t.equal(sender:stats().failed, 1)
  sender:stop()
end

local function of_nobody(more)
  local o = { url = NOBODY, retries = 0, connect_timeout = 2, timeout = 5 }
  for name, value in pairs(more) do
    o[name] = value
  end
  return o
end

of("remote_write", "nobody is there", function()
  fails("127.0.0.1", registry():remote_write(of_nobody { version = 2, max_samples = 10,
    max_queue_bytes = 1000, no_stale_markers = true, labels = { job = "j", instance = 1 } }))
end)

of("otlp", "nobody is there", function()
  fails("127.0.0.1", registry():otlp(of_nobody { resource = { ["service.name"] = "s" },
    scope_name = "n", scope_version = "1", compression = "gzip" }))
end)

of("pusher", "nobody is there", function()
  fails("127.0.0.1", registry():pusher(of_nobody { job = "j", add = true,
    grouping = { instance = 1 }, format = "text", escaping = "values", compression = "gzip",
    headers = { ["X-A"] = "b", ["X-B"] = 1 }, user = "u", password = "p" }))
  local r = registry()
  local ok, message, code = r:push { url = NOBODY, job = "j", retries = 1, backoff = 0.001,
    max_backoff = 0.001, bearer_token = "secret" }
  t.equal({ ok, code }, { nil, "PROM_E_IO" })
  t.lacks(message, "secret")
  for _, method in ipairs { r.push_add, r.push_delete } do
    ok, message, code = method(r, { url = NOBODY, job = "j", retries = 0 })
    t.equal({ ok, code }, { nil, "PROM_E_IO" })
    t.contains(message, "127.0.0.1")
  end
end)

local server = prom.registry():serve()
local url = server and ("http://127.0.0.1:%d/metrics"):format(server:port())
if server then
  of("remote_write", "somebody else is there", function()
    fails("405", registry():remote_write { url = url, retries = 0, no_stale_markers = true })
  end)
  of("otlp", "somebody else is there", function()
    fails("405", registry():otlp { url = url, retries = 0 })
  end)
  of("pusher", "somebody else is there", function()
    fails("404", registry():pusher { url = url, job = "j", retries = 0 })
  end)
  server:stop()
end

of("pusher", "what a gateway would refuse is an error", function()
  local r = prom.registry()
  r:gauge("g", "help", { "job" }):set(1, "x")
  t.raises("job", r.push, r, { url = NOBODY, job = "j", retries = 0 })
  t.raises("job", r.push, r, { url = NOBODY, retries = 0 })
  t.raises("URL", r.push, r, { job = "j" })
end)

of("pusher", "the URL of a group", function()
  local group = { b = "2", a = "x/y" }
  t.equal(prom.push_url { url = "gateway:9091", job = "backup", grouping = group },
    "http://gateway:9091/metrics/job/backup/a@base64/eC95/b/2")
  local file = assert(io.open(here .. "/../golden/pushgateway_url.json"))
  local vectors = json.decode(file:read "a").vectors
  file:close()
  t.ok(#vectors > 10)
  for _, v in ipairs(vectors) do
    group = {}
    for _, pair in ipairs(v.grouping) do
      group[pair[1]] = pair[2]
    end
    t.equal(prom.push_url { url = v.base, job = v.job, grouping = group }, v.expect_url)
  end
  t.raises("no option 'format'", prom.push_url, { url = "x", job = "y", format = "text" })
end)

-- --- misuse -----------------------------------------------------------------------------

t.test("wrong use is an error", function()
  local r = registry()
  local function own(o)
    o.name = o.name or "own"
    return function()
      return r:sender(o)
    end
  end
  t.raises("table expected", r.sender, r)
  t.raises("send: function expected, got nil", own {})
  t.raises("send: function expected, got string", own { send = "x" })
  t.raises("finish: function expected", own { send = nothing, finish = 1 })
  t.raises("needs a name", r.sender, r, { send = nothing })
  t.raises("no option 'job'", own { send = nothing, job = "x" })
  t.raises("interval: ", own { send = nothing, interval = -1 })
  t.raises("timeout: number expected", own { send = nothing, timeout = "1" })
  t.raises("on_error: ", own { send = nothing, on_error = "stop" })
  t.raises("names: a list", own { send = nothing, names = "g" })
  local s = own { send = nothing }()
  t.raises("no interval", s.start, s)
  t.raises("no interval", s.poll, s)
  t.raises("prom.Sender expected", s.send, r)
  t.contains(tostring(s), "prom.Sender: ")
  t.raises("no option 'interval'", r.write_textfile, r, "x", { interval = 1 })
  t.raises("no option 'interval'", r.push, r, { interval = 1 })
  t.raises("string expected", r.write_textfile, r)
  t.raises("path", r.textfile, r, {})
  t.raises("mode: whole number", r.textfile, r, { path = "x", mode = 1e9 })
  t.raises("format: there is no 'xml'", r.textfile, r, { path = "x", format = "xml" })
  t.raises("escaping: there is no 'x'", r.textfile, r, { path = "x", escaping = "x" })
  t.raises("compression: there is no 'lz4'", r.otlp, r, { compression = "lz4" })
  t.raises("version: whole number from 0 to 2", r.remote_write, r, { version = 3 })
  t.raises("retries: whole number", r.otlp, r, { retries = -1 })
  t.raises("names are strings", r.otlp, r, { headers = { 1 } })
  t.raises("resource: table expected", r.otlp, r, { resource = "x" })
  t.raises("grouping: table expected", r.pusher, r, { grouping = 1 })
  local meta = debug.getmetatable(s)
  meta.__gc(s)
  t.raises("is closed", s.send, s)
  meta.__gc(s)
end)

t.done()
