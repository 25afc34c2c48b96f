-- SPDX-License-Identifier: Apache-2.0
-- HTTP exchanges, measured by hand and around a function.
local prom = require "prom"
local t = require "tap"

local GET = { code = "200", method = "get" }

t.test("begun and finished by hand", function()
  local r = prom.registry()
  local m = r:http_metrics()
  local x = m:begin("GET")
  t.equal(r:value("http_requests_in_flight"), 1)
  x:first_byte(200)
  x:first_byte(500) -- only the first counts
  t.equal(x:finish { status = 200, request_bytes = 7, response_bytes = 512 }, true)
  t.equal(r:value("http_requests_in_flight"), 0)
  t.equal(r:value("http_requests_total", GET), 1)
  t.equal(r:value("http_request_size_bytes_sum", GET), 7)
  t.equal(r:value("http_response_size_bytes_sum", GET), 512)
  t.equal(r:value("http_time_to_first_byte_seconds_count", GET), 1)
  t.equal(r:value("http_request_duration_seconds_count", GET), 1)
  t.equal(m:begin("GET"):finish(), true)
  t.equal(m:begin("get"):finish(200.0), true)
  t.equal(r:value("http_requests_total", GET), 3)
  t.raises("the exchange is over", x.finish, x)
  x:abandon()
  x:first_byte(200)
  t.equal(r:value("http_requests_in_flight"), 0)
end)

t.test("an exchange that is not finished is not recorded", function()
  local r = prom.registry()
  local m = r:http_metrics()
  m:begin("GET"):abandon()
  do
    local x <close> = m:begin("GET")
    t.equal(r:value("http_requests_in_flight"), 1)
    x:first_byte(200)
  end
  m:begin("GET")
  collectgarbage()
  collectgarbage()
  if os.getenv("PROM_GC") ~= "stop" then
    t.equal(r:value("http_requests_in_flight"), 0)
  end
  t.equal(r:value("http_requests_total", GET), nil)
end)

t.test("methods and codes that nobody knows", function()
  local r = prom.registry()
  local m = r:http_metrics { extra_methods = { "PURGE" } }
  local function count(code, method)
    return r:value("http_requests_total", { code = code, method = method })
  end
  m:begin("BREW"):finish(418)
  m:begin("GET\0X"):finish(1e300)
  m:begin():finish(0 / 0)
  m:begin("purge"):finish(-1)
  t.equal(count("418", "unknown"), 1)
  t.equal(count("unknown", "unknown"), 2)
  t.equal(count("unknown", "purge"), 1)
end)

t.test("options", function()
  local r = prom.registry()
  local m = r:http_metrics { client = true, namespace = "shop", no_code = true,
    labels = { "route" }, const_labels = { zone = "eu" }, buckets = { 1, 2 },
    size_buckets = { 100 }, native = true }
  t.equal(m:begin("PUT"):finish { labels = { "/a" } }, true)
  t.equal(m:begin("PUT"):finish { labels = { route = 17 } }, true)
  t.equal(r:value("shop_http_client_requests_total",
    { method = "put", route = "/a", zone = "eu" }), 1)
  t.equal(r:value("shop_http_client_requests_total",
    { method = "put", route = "17", zone = "eu" }), 1)
  local d = r:get("shop_http_client_request_duration_seconds"):read("put", "/a")
  t.ok(d.native)
  t.equal(d.buckets[2], 1)
  local alike = r:http_metrics { client = true, namespace = "shop", no_code = true,
    labels = { "route" }, const_labels = { zone = "eu" }, buckets = { 1, 2 },
    size_buckets = { 100 }, native = true }
  alike:begin("PUT"):finish { labels = { "/a" } }
  t.equal(r:value("shop_http_client_requests_total",
    { method = "put", route = "/a", zone = "eu" }), 2)
end)

t.test("exemplars, also such as are none", function()
  local r = prom.registry()
  local m = r:http_metrics()
  t.equal(m:begin("GET"):finish { exemplar = { trace_id = "abc" } }, true)
  local c = r:get("http_requests_total"):read("200", "get")
  t.equal(c.exemplars[1].labels, { trace_id = "abc" })
  local ok, message, code = m:begin("GET"):finish { exemplar = { trace_id = ("x"):rep(200) } }
  t.equal(ok, nil)
  t.ok(#message > 10)
  t.contains(code, "PROM_E_")
  t.equal(r:value("http_requests_total", GET), 2) -- counted all the same
end)

t.test("a function is wrapped", function()
  local r = prom.registry()
  local m = r:http_metrics { labels = { "route" } }
  local function serve(request, extra)
    request.route = "/shop"
    return { status = 201, body = "four" }, extra, nil
  end
  local served = m:wrap(serve, {
    request_bytes = 10,
    response_bytes = function(answer)
      return #answer.body
    end,
    labels = function(request)
      return { request.route }
    end,
    exemplar = function(request)
      return prom.traceparent(request.traceparent)
    end,
  })
  local trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  local got = table.pack(served({ method = "POST", traceparent = trace }, 17))
  t.equal({ got.n, got[1].status, got[2] }, { 3, 201, 17 })
  local labels = { code = "201", method = "post", route = "/shop" }
  t.equal(r:value("http_requests_total", labels), 1)
  t.equal(r:value("http_request_size_bytes_sum", labels), 10)
  t.equal(r:value("http_response_size_bytes_sum", labels), 4)
  local c = r:get("http_requests_total"):read("201", "post", "/shop")
  t.equal(c.exemplars[1].labels.span_id, "b7ad6b7169203331")
end)

t.test("what a wrapped function returns and is called with by default", function()
  local r = prom.registry()
  local m = r:http_metrics()
  t.equal(m:wrap(function()
    return 404
  end)("GET"), 404)
  t.equal(select("#", m:wrap(function() end)()), 0)
  t.equal(m:wrap(function()
    return "text"
  end)({ method = 7 }), "text")
  t.equal(r:value("http_requests_total", { code = "404", method = "get" }), 1)
  t.equal(r:value("http_requests_total", { code = "200", method = "unknown" }), 2)
end)

t.test("errors pass through and are not recorded", function()
  local r = prom.registry()
  local m = r:http_metrics()
  local thrown = {}
  local ok, err = pcall(m:wrap(function()
    error(thrown)
  end), "GET")
  t.equal({ ok, rawequal(err, thrown) }, { false, true })
  t.equal(r:value("http_requests_total", GET), nil)
  t.equal(r:value("http_requests_in_flight"), 0)
end)

t.test("a wrapped function may yield", function()
  local r = prom.registry()
  local m = r:http_metrics()
  local co = coroutine.wrap(m:wrap(function(_, n)
    return coroutine.yield(n + 1)
  end))
  t.equal(co("GET", 1), 2)
  t.equal(r:value("http_requests_in_flight"), 1)
  t.equal(co(200), 200)
  t.equal(r:value("http_requests_total", GET), 1)
  local dead = coroutine.create(m:wrap(coroutine.yield))
  coroutine.resume(dead, "GET")
  t.equal(r:value("http_requests_in_flight"), 1)
  coroutine.close(dead)
  t.equal(r:value("http_requests_in_flight"), 0)
end)

t.test("traceparent", function()
  local trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
  local function header(version, flags, a, b)
    return ("%s-%s-%s-%s"):format(version, a or trace, b or span, flags)
  end
  t.equal(prom.traceparent(header("00", "01")), { trace_id = trace, span_id = span })
  t.equal(prom.traceparent(header("01", "03-more")), { trace_id = trace, span_id = span })
  t.equal(prom.traceparent(header("00", "00")), nil) -- not sampled
  t.equal(prom.traceparent(header("ff", "01")), nil)
  t.equal(prom.traceparent(header("00", "01", ("0"):rep(32))), nil)
  t.equal(prom.traceparent(header("00", "01", nil, ("0"):rep(16))), nil)
  t.equal(prom.traceparent(header("00", "01", trace .. "0")), nil)
  t.equal(prom.traceparent(header("00", "01", nil, "b7")), nil)
  t.equal(prom.traceparent("00-xyz"), nil)
  t.equal(prom.traceparent(""), nil)
  t.equal(prom.traceparent(), nil)
end)

t.test("wrong use is an error", function()
  local r = prom.registry()
  local m = r:http_metrics { labels = { "route" } }
  local function finish(outcome)
    return function()
      m:begin("GET"):finish(outcome)
    end
  end
  t.raises("no option 'code'", r.http_metrics, r, { code = true })
  t.raises("no option 'size'", finish { size = 1 })
  t.raises("labels: 'route' is missing", finish { labels = {} })
  t.raises("labels: table expected, got nil", finish(200))
  t.raises("labels: 1 expected, got 2", finish { labels = { "a", "b" } })
  t.raises("labels: 1 expected, got 2", finish { labels = { route = "a", other = "b" } })
  t.raises("label route: string or number expected", finish { labels = { true } })
  t.raises("request_bytes: ", finish { request_bytes = -1, labels = { "a" } })
  t.raises("response_bytes: ", finish { response_bytes = 0 / 0, labels = { "a" } })
  t.raises("status: number expected", finish { status = "200", labels = { "a" } })
  t.raises("no option 'path'", m.wrap, m, print, { path = 1 })
  local other = prom.registry()
  other:gauge("http_requests_total", "taken")
  t.raises("http_requests_total", other.http_metrics, other)
  t.equal(#other:list(), 1)
end)

t.done()
