-- SPDX-License-Identifier: Apache-2.0
-- The HTTP server from Lua. The client is bash, whose /dev/tcp is in every Debian.
local prom = require "prom"
local t = require "tap"

local REQUEST = [[timeout 10 bash -c '
  exec 3<>/dev/tcp/127.0.0.1/%d
  printf "GET %s HTTP/1.0\r\n\r\n" >&3
  cat <&3' >%s 2>&1]]

local function request(port, path, to)
  return REQUEST:format(port, path, to)
end

local function get(port, path)
  local pipe = io.popen(request(port, path or "/metrics", "/dev/stdout"))
  local answer = pipe:read("a")
  pipe:close()
  return answer
end

local function slurp(file)
  local f = io.open(file, "rb")
  local text = f and f:read("a") or ""
  if f then
    f:close()
  end
  return text
end

local probe, _, unsupported = prom.registry():serve()
if unsupported == "PROM_E_UNSUPPORTED" then
  t.test("a build without the server says so", function()
    t.equal(probe, nil)
  end)
  t.done()
end
probe:stop()

t.test("formats of a server", function()
  local r = prom.registry()
  r:counter("hits", "h"):inc()
  local only = assert(r:serve { format = "openmetrics" })
  local first = assert(r:serve { formats = { "json" }, max_body_bytes = 1000 })
  t.contains(get(only:port()), "# EOF\n")
  t.contains(get(first:port()), '{"families":[')
  only:stop()
  first:stop()
  local small = assert(r:serve { max_body_bytes = 5 })
  t.contains(get(small:port()), " 500 ")
  small:stop()
  t.raises("there is no 'xml'", r.serve, r, { format = "xml" })
  t.raises("there is no 'xml'", r.serve, r, { formats = { "text", "xml" } })
  t.raises("max_body_bytes", r.serve, r, { max_body_bytes = -1 })
end)

t.test("a server answers from a thread of its own", function()
  local reg = prom.registry()
  reg:counter("hits_total", "help"):inc(3)
  local server <close> = reg:serve { port = 0 }
  t.ok(server:port() > 0)
  t.contains(get(server:port()), "200 OK")
  t.contains(get(server:port()), "hits_total 3\n")
  t.contains(get(server:port(), "/other"), "404")
  t.contains(tostring(server), "port " .. server:port())
end)

t.test("address, path and the rest are options", function()
  local reg = prom.registry()
  reg:gauge("g", "help"):set(1)
  local server <close> = reg:serve {
    address = "127.0.0.1", path = "/m", max_connections = 4, deadline_ms = 2000,
    max_header_bytes = 4096, no_compression = true,
  }
  t.contains(get(server:port(), "/m"), "g 1\n")
  t.contains(get(server:port(), "/metrics"), "404")
end)

t.test("stop frees the port and may be repeated", function()
  local reg = prom.registry()
  local server = reg:serve()
  local port = server:port()
  server:stop()
  server:stop()
  t.equal(server:port(), 0)
  t.contains(tostring(server), "stopped")
  local again = reg:serve { port = port }
  t.equal(again:port(), port)
  again:stop()
  local ok, message, code = server:poll()
  t.equal(ok, nil)
  t.contains(message, "stopped")
  t.equal(code, "PROM_E_CLOSED")
end)

t.test("a port that is taken gives nil, a sentence and a code", function()
  local reg = prom.registry()
  local server <close> = reg:serve()
  local none, message, code = reg:serve { port = server:port() }
  t.equal(none, nil)
  t.contains(message, tostring(server:port()))
  t.equal(code, "PROM_E_IO")
  none, _, code = reg:serve { address = "no address" }
  t.equal(none, nil)
  t.equal(code, "PROM_E_IO")
end)

t.test("wrong options are errors", function()
  local reg = prom.registry()
  t.raises("no option 'prot'", reg.serve, reg, { prot = 1 })
  t.raises("port: whole number from 0 to 65535", reg.serve, reg, { port = 65536 })
  t.raises("port: whole number", reg.serve, reg, { port = "80" })
  t.raises("port: whole number", reg.serve, reg, { port = 1.5 })
  t.raises("address: string expected", reg.serve, reg, { address = 1 })
  t.raises("table expected", reg.serve, reg, 9100)
end)

t.test("a server lives on when its value is dropped", function()
  local reg = prom.registry()
  reg:gauge("g", "help"):set(1)
  local port = reg:serve():port()
  reg = nil
  collectgarbage()
  collectgarbage()
  t.contains(get(port), "g 1\n")
  t.equal(reg, nil)
end)

t.test("a threaded server is not polled by hand", function()
  local server <close> = prom.registry():serve()
  t.raises("has a thread of its own", server.poll, server)
end)

t.test("a polled server answers in poll, with this state's collectors", function()
  local reg = prom.registry()
  local calls = 0
  reg:collector("c", function(b)
    calls = calls + 1
    b:family("gauge", "calls", "help")
    b:value(calls)
  end)
  local server <close> = reg:serve { polled = true }
  local file = os.tmpname()
  os.execute(request(server:port(), "/metrics", file) .. " &")
  t.ok(t.eventually(function()
    t.equal(server:poll(20), true)
    return slurp(file):find("calls 1\n", 1, true)
  end))
  os.remove(file)
  t.raises("out of range", server.poll, server, -1)
end)

t.test("routes, and metrics of the server", function()
  local reg, app = prom.registry(), prom.registry()
  reg:gauge("g", "help"):set(1)
  app:gauge("a", "help"):set(2)
  local server <close> = reg:serve { routes = { ["/app"] = app, ["/app/2"] = app },
    metrics = true, title = "Shop <1>" }
  t.contains(get(server:port()), "g 1\n")
  t.contains(get(server:port(), "/app"), "a 2\n")
  t.contains(get(server:port(), "/app/2"), "a 2\n")
  t.contains(get(server:port()), 'promhttp_metric_handler_requests_total{code="200"} ')
  local page = get(server:port(), "/")
  t.contains(page, "text/html")
  t.contains(page, '"paths":["/metrics","/app","/app/2"]')
  t.contains(page, "Shop ")
  local plain <close> = app:serve { no_page = true, metrics = reg }
  t.contains(get(plain:port(), "/"), " 404 ")
end)

t.test("errors of collectors, by option", function()
  local reg = prom.registry()
  reg:gauge("g", "help"):set(1)
  reg:collector("bad", function()
    error "broken"
  end)
  reg:poll()
  local strict <close> = reg:serve { on_error = "fail" }
  local easy <close> = reg:serve { on_error = "continue" }
  t.contains(get(strict:port()), " 500 ")
  t.contains(get(easy:port()), "g 1\n")
end)

t.test("an answer may be as old as it is told", function()
  local reg = prom.registry()
  local g = reg:gauge("g", "help")
  local server <close> = reg:serve { max_age = 600, max_in_flight = 10, scrape_timeout = 5 }
  g:set(1)
  t.contains(get(server:port()), "g 1\n")
  g:set(2)
  t.contains(get(server:port()), "g 1\n")
end)

t.test("a unix socket", function()
  local reg = prom.registry()
  local path = os.tmpname()
  os.remove(path)
  local server = reg:serve { address = "unix:" .. path }
  t.equal(server:port(), 0)
  t.ok(os.rename(path, path)) -- it is there
  server:stop()
  t.equal(os.rename(path, path), nil)
end)

t.test("files of TLS that are not there", function()
  local none, message, code = prom.registry():serve { cert_file = "/absent.pem",
    key_file = "/absent.key" }
  t.equal(none, nil)
  t.contains(message, "/absent.")
  t.equal(code, "PROM_E_IO")
end)

t.test("wrong options of routes and the like are errors", function()
  local reg = prom.registry()
  t.raises("routes: table expected", reg.serve, reg, { routes = 1 })
  t.raises("routes: a table of registries by path", reg.serve, reg, { routes = { reg } })
  t.raises("routes: prom.Registry expected, got number", reg.serve, reg,
    { routes = { ["/a"] = 1 } })
  t.raises("contains a zero byte", reg.serve, reg, { routes = { ["/a\0"] = reg } })
  t.raises("metrics: prom.Registry expected", reg.serve, reg, { metrics = "reg" })
  t.raises("on_error: 'fail' or 'continue'", reg.serve, reg, { on_error = "go on" })
  t.raises("max_age: -1", reg.serve, reg, { max_age = -1 })
  t.raises("scrape_timeout: number expected", reg.serve, reg, { scrape_timeout = "1" })
  t.raises("max_in_flight: whole number", reg.serve, reg, { max_in_flight = 0.5 })
  t.raises("title: string expected", reg.serve, reg, { title = {} })
end)

t.test("a polled server in a loop of the host", function()
  local reg = prom.registry()
  reg:gauge("g", "help"):set(1)
  local server = reg:serve { polled = true }
  t.ok(server:fd() >= 0)
  t.equal(server:poll(0, 100), true)
  local wait = server:wait_ms()
  t.ok(wait == nil or wait >= 0)
  local file = os.tmpname()
  os.execute(request(server:port(), "/metrics", file) .. " &")
  t.ok(t.eventually(function()
    server:poll(5, 1000)
    return slurp(file):find("g 1\n", 1, true)
  end))
  os.remove(file)
  t.raises("out of range", server.poll, server, 0, -1)
  t.raises("out of range", server.poll, server, 0, 0 / 0)
  server:stop()
  t.equal(server:fd(), nil)
  t.equal(server:wait_ms(), nil)
  local threaded <close> = reg:serve()
  t.equal(threaded:fd(), nil)
end)

t.test("a threaded server shows what collectors built in poll", function()
  local reg = prom.registry()
  local value = 0
  reg:collector("c", function(b)
    value = value + 1
    b:family("gauge", "v", "help")
    b:value(value)
  end)
  local server <close> = reg:serve()
  t.lacks(get(server:port()), "v 1\n")
  t.equal(reg:poll(), true)
  t.contains(get(server:port()), "v 1\n")
  t.contains(get(server:port()), "v 1\n")
  reg:poll()
  t.contains(get(server:port()), "v 2\n")
end)

t.test("a scrape waits for a fresh value as long as it is told", function()
  local reg = prom.registry()
  reg:collector("c", function(b)
    b:family("gauge", "v", "help")
    b:value(5)
  end, { wait_ms = 5000 })
  local server <close> = reg:serve()
  local file = os.tmpname()
  os.execute(request(server:port(), "/metrics", file) .. " &")
  t.ok(t.eventually(function()
    reg:poll()
    return slurp(file):find("v 5\n", 1, true)
  end))
  os.remove(file)
end)

t.test("a collector may stop the server that runs it", function()
  local reg = prom.registry()
  local server = reg:serve { polled = true }
  reg:collector("c", function()
    if server then
      server:stop()
      server = nil
      collectgarbage()
    end
  end)
  local polled = server
  os.execute(request(server:port(), "/metrics", "/dev/null") .. " &")
  t.ok(t.eventually(function()
    polled:poll(20)
    return server == nil
  end))
end)

t.done()
