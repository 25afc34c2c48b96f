-- SPDX-License-Identifier: Apache-2.0
-- Requests answered without a socket, for hosts with a server of their own.
local prom = require "prom"
local t = require "tap"

local function registry()
  local r = prom.registry()
  r:gauge("g", "help"):set(1)
  return r
end

t.test("a scrape", function()
  local h = registry():handler()
  local status, headers, body = h:handle("GET", "/metrics")
  t.equal(status, 200)
  t.contains(headers["Content-Type"], "text/plain")
  t.equal(headers["Content-Length"], tostring(#body))
  t.contains(body, "\ng 1\n")
end)

-- As in README.md.
t.test("in a server whose handlers are functions of Lua", function()
  local app = prom.registry()
  app:gauge("a", "help"):set(2)
  local handler = registry():handler { routes = { ["/metrics/app"] = app } }

  local function serve_metrics(request)
    local status, headers, body = handler:handle(request.method, request.target,
      request.headers)
    return { status = status, headers = headers, body = body }
  end

  local answer = serve_metrics { method = "GET", target = "/metrics/app", headers = {} }
  t.equal(answer.status, 200)
  t.contains(answer.body, "a 2\n")
  t.equal(serve_metrics({ method = "PUT", target = "/metrics" }).status, 405)
end)

t.test("format and coding by what is asked for", function()
  local h = registry():handler()
  local _, headers, body = h:handle("GET", "/metrics",
    { ACCEPT = "application/openmetrics-text;version=1.0.0" })
  t.contains(headers["Content-Type"], "openmetrics-text")
  t.contains(body, "# EOF\n")
  _, headers = h:handle("GET", "/metrics",
    { accept = { "text/html", "application/openmetrics-text" } }) -- joined
  t.contains(headers["Content-Type"], "openmetrics-text")
  _, headers, body = h:handle("GET", "/metrics", { ["Accept-Encoding"] = "gzip" })
  t.equal(headers["Content-Encoding"], "gzip")
  t.equal(body:sub(1, 2), "\31\139")
  local only = registry():handler { format = "json", no_compression = true }
  _, headers, body = only:handle("GET", "/metrics", { ["Accept-Encoding"] = "gzip" })
  t.equal(headers["Content-Encoding"], nil)
  t.contains(body, '{"families":[')
end)

t.test("names, paths, methods", function()
  local r, other = registry(), prom.registry()
  r:gauge("h", "help"):set(2)
  other:gauge("o", "help"):set(3)
  local h = r:handler { path = "/m", routes = { ["/o"] = other } }
  local _, _, body = h:handle("GET", "/m?name[]=h")
  t.contains(body, "h 2\n")
  t.lacks(body, "g 1")
  _, _, body = h:handle("GET", "/o")
  t.contains(body, "o 3\n")
  t.equal(h:handle("GET", "/metrics"), 404)
  local status, headers, none = h:handle("HEAD", "/m")
  t.equal({ status, none }, { 200, "" })
  t.ok(tonumber(headers["Content-Length"]) > 10)
  status, headers = h:handle("POST", "/m")
  t.equal(status, 405)
  t.contains(headers.Allow, "GET")
  t.equal(h:handle("OPTIONS", "/m"), 204)
  t.equal(h:handle("GET", "/"), 200)
  t.equal(r:handler({ no_page = true }):handle("GET", "/"), 404)
end)

t.test("collectors run in it, and their errors", function()
  local r = registry()
  local calls = 0
  r:collector("c", function(b)
    calls = calls + 1
    b:family("gauge", "calls", "help")
    b:value(calls)
  end)
  local _, _, body = r:handler():handle("GET", "/metrics")
  t.contains(body, "calls 1\n")
  r:collector("bad", function()
    error "broken"
  end)
  local status
  status, _, body = r:handler():handle("GET", "/metrics")
  t.equal(status, 500)
  t.contains(body, "broken")
  status, _, body = r:handler({ on_error = "continue" }):handle("GET", "/metrics")
  t.equal(status, 200)
  t.contains(body, "calls 3\n")
end)

t.test("whatever a peer sends is answered", function()
  local h = registry():handler()
  t.equal(h:handle("GET\0", "/metrics"), 400)
  t.equal(h:handle("GET", "/metrics\0"), 400)
  t.equal(h:handle("GET", "/metrics", { Accept = "a\0b" }), 400)
  t.equal(h:handle("GET", "/metrics", { ["A\0"] = "b" }), 400)
  t.equal(h:handle("", ""), 404)
  t.equal(h:handle("GET", ("x"):rep(100000)), 404)
  t.equal(h:handle("GET", "/metrics?name[]=%zz&&="), 200)
  local many = {}
  for i = 1, 1001 do
    many[i] = "text/plain"
  end
  t.equal(h:handle("GET", "/metrics", { Accept = many }), 400)
  t.equal(h:handle("GET", "/metrics", { ["Content-Length"] = 17 }), 200)
  t.equal(h:handle("GET", "/metrics", { Accept = {} }), 200)
end)

t.test("wrong use is an error", function()
  local r = registry()
  local h = r:handler()
  t.raises("no option 'port'", r.handler, r, { port = 1 })
  t.raises("'metrics'", r.handler, r, { path = "metrics" })
  t.raises("method: string expected", h.handle, h)
  t.raises("target: string expected", h.handle, h, "GET")
  t.raises("table expected", h.handle, h, "GET", "/", "headers")
  t.raises("names are strings", h.handle, h, "GET", "/", { "a" })
  t.raises("headers: string expected", h.handle, h, "GET", "/", { a = true })
  t.raises("strings expected", h.handle, h, "GET", "/", { a = { {} } })
  t.raises("prom.Handler expected", h.handle, r, "GET", "/")
  local meta = debug.getmetatable(h)
  meta.__gc(h)
  t.raises("is closed", h.handle, h, "GET", "/")
end)

t.done()
