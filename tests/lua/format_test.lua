-- SPDX-License-Identifier: Apache-2.0
-- Wire formats: every one written and read, negotiation, and golden vectors.
local json = require "dkjson"
local prom = require "prom"
local t = require "tap"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$" or "."
local golden = here .. "/../golden/"

local function load(name)
  local f = assert(io.open(golden .. name))
  local text = f:read "a"
  f:close()
  return assert(json.decode(text))
end

local function registry()
  local r = prom.registry()
  r:counter("hits", "Pages.", { "code" }):inc(3, "200")
  r:gauge { name = "room.heat", help = "Warmth." }:set(21.5)
  return r
end

t.test("text in every format", function()
  local r = registry()
  local starts = {
    text = "# HELP hits_total Pages.\n",
    text1 = "# HELP hits_total Pages.\n",
    openmetrics = "# TYPE hits counter\n",
    openmetrics0 = "# TYPE hits counter\n",
    openmetrics2 = "# TYPE hits_total counter\n",
    ["protobuf-text"] = 'name: "hits_total"\n',
    json = '{"families":[',
  }
  local seen = 0
  for _, f in ipairs(prom.formats()) do
    local body, errors = r:text { format = f.format }
    t.equal(errors, nil)
    local start = starts[f.format]
    if start then
      t.equal(body:sub(1, #start), start)
      seen = seen + 1
    else
      t.equal(f.format, "protobuf")
      t.ok(body:find("\10\10hits_total", 1, true)) -- field 1, 10 bytes
    end
    t.ok(f.content_type:find("/", 1, true))
  end
  t.equal(seen, 7)
  t.equal(r:text {}, r:text())
  t.equal(r:text { format = "text" }, r:text())
end)

t.test("escaping of names", function()
  local r = prom.registry()
  r:gauge { name = "room.heat", help = "" }:set(1)
  local names = {
    underscores = "room_heat",
    dots = "room_dot_heat",
    values = "U__room_2e_heat",
    ["allow-utf-8"] = '{"room.heat"}',
  }
  for escaping, name in pairs(names) do
    t.contains(r:text { escaping = escaping }, "\n" .. name .. " 1\n")
    local body = r:text { format = "openmetrics", escaping = escaping }
    t.contains(body, "\n" .. name .. " 1.0\n# EOF\n")
  end
end)

t.test("created lines", function()
  local r = registry()
  t.contains(r:text { format = "openmetrics" }, "\nhits_created{")
  local bare = r:text { format = "openmetrics", no_created = true }
  t.equal(bare:find("_created", 1, true), nil)
end)

t.test("options of gathers hold in every format", function()
  local r = registry()
  r:collector("k", function()
    error "broken"
  end)
  local body, errors = r:text { format = "json", names = { "hits" } }
  t.equal(#json.decode(body).families, 1)
  t.contains(errors[1], "broken")
end)

t.test("wrong options are errors", function()
  local r = registry()
  t.raises("there is no 'xml'", r.text, r, { format = "xml" })
  t.raises("format: string expected", r.text, r, { format = 3 })
  t.raises("there is no 'quotes'", r.text, r, { escaping = "quotes" })
  t.raises("no_created", r.text, r, { no_created = "yes" })
  t.raises("fromat", r.text, r, { fromat = "text" })
  t.raises("table expected", r.text, r, "openmetrics")
  t.raises("format", r.gather, r, { format = "text" })
end)

-- Without what a format does not say.
local function numbers(families)
  local out = {}
  for _, f in ipairs(families) do
    for _, m in ipairs(f.metrics) do
      out[#out + 1] = { f.name, f.type, f.help, m.labels, m.value }
    end
  end
  return out
end

t.test("what is written is read again", function()
  local r = registry()
  local want = numbers(r:gather())
  for _, format in ipairs { "text1", "openmetrics", "protobuf" } do
    local body = r:text { format = format, escaping = "allow-utf-8" }
    t.equal({ format, numbers(assert(prom.parse(body, format))) }, { format, want })
    local f = prom.negotiate(nil, { format })
    t.equal(numbers(assert(prom.parse(body, f.content_type))), want)
  end
end)

t.test("what a metric has is read", function()
  local families = assert(prom.parse(
    [[
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
wait_seconds_bucket{le="1.0"} 2 # {trace_id="a"} 0.5 10.25
wait_seconds_bucket{le="+Inf"} 3
wait_seconds_count 3
wait_seconds_sum 7.5
wait_seconds_created 12.5
# TYPE mode stateset
mode{mode="on"} 1
mode{mode="off"} 0
# TYPE late gauge
late 4 99.5
# EOF
]],
    "openmetrics"
  ))
  local wait, mode, late = families[1], families[2], families[3]
  t.equal({ wait.name, wait.type, wait.unit }, { "wait_seconds", "histogram", "seconds" })
  local m = wait.metrics[1]
  t.equal({ m.count, m.sum, m.created }, { 3, 7.5, 12.5 })
  t.equal(m.buckets, { [1] = 2, [math.huge] = 3 })
  t.equal(m.exemplars, { { labels = { trace_id = "a" }, value = 0.5, timestamp = 10.25 } })
  t.equal({ mode.type, #mode.metrics > 0 }, { "stateset", true })
  t.equal({ late.metrics[1].value, late.metrics[1].timestamp }, { 4, 99.5 })
end)

t.test("native histograms are read", function()
  local r = prom.registry()
  local h = r:histogram { name = "h", help = "", native_factor = 2 }
  h:observe(0.75)
  h:observe_exemplar(3, { trace_id = "x" })
  local families = assert(prom.parse(r:text { format = "protobuf" }, "protobuf"))
  local m, was = families[1].metrics[1], r:gather()[1].metrics[1]
  t.equal(m.native, was.native)
  t.equal(m.native.positive, { [0] = 1, [2] = 1 })
  t.equal({ m.count, m.sum }, { 2, 3.75 })
  t.equal(m.native_exemplars[1].labels, { trace_id = "x" })
end)

t.test("the count of a histogram of weights", function()
  local r = prom.registry()
  r:collector("k", function(b)
    b:family("histogram", "h", "")
    b:native(5, 0, { schema = 0, weight = 7.5, zero_weight = 1.5, positive = { [0] = 6 } })
  end)
  local m = r:gather()[1].metrics[1]
  t.equal({ m.count, m.buckets }, { 7.5, { [math.huge] = 7.5 } })
  t.equal(r:value "h_count", 7.5)
  m = assert(prom.parse(r:text { format = "protobuf" }, "protobuf"))[1].metrics[1]
  t.equal({ m.count, m.native.weight }, { 7.5, 7.5 })
end)

t.test("many buckets, in no order, are built as they were read", function()
  local lines = { "# TYPE h histogram" }
  for i = 1, 5000 do
    lines[#lines + 1] = ('h_bucket{le="%d.5"} %d'):format(i, i)
  end
  lines[#lines + 1] = 'h_bucket{le="+Inf"} 5000\nh_sum 3\nh_count 5000\n'
  local text = table.concat(lines, "\n")
  local m = assert(prom.parse(text))[1].metrics[1]
  local positive = {}
  for i = 1, 500 do
    positive[i * 37 % 501 - 250] = i
  end
  local r = prom.registry()
  r:collector("k", function(b)
    b:family("histogram", "h")
    b:histogram(m.sum, m.count, m.buckets)
    b:family("histogram", "n")
    b:native(1, 500 * 501 // 2, { schema = 0, positive = positive })
  end)
  local out, errors = r:text { names = { "h" } }
  t.equal({ out, errors }, { text })
  t.equal(r:gather { names = { "n" } }[1].metrics[1].native.positive, positive)
end)

t.test("times of collectors are rounded, not cut", function()
  local r = prom.registry()
  r:collector("k", function(b)
    b:family("counter", "c_total", "h")
    b:value(1)
    b:exemplar({ a = "b" }, 1, 1520879607.789)
    b:created(1520879602.89)
    b:timestamp(1520879607.789)
  end)
  t.equal(
    r:text { format = "openmetrics" },
    "# TYPE c counter\n# HELP c h\n"
      .. 'c_total 1.0 1520879607.789 # {a="b"} 1.0 1520879607.789\n'
      .. "c_created 1520879602.89\n# EOF\n"
  )
end)

t.test("what cannot be read", function()
  local none, message, code = prom.parse("a 1\n", "openmetrics")
  t.equal({ none, code }, { nil, "PROM_E_SYNTAX" })
  t.contains(message, "line ")
  none, message, code = prom.parse("\255\255", "protobuf")
  t.equal({ none, code }, { nil, "PROM_E_SYNTAX" })
  t.contains(message, "byte ")
  t.raises("there is no 'xml'", prom.parse, "", "xml")
  t.raises("not for reading", prom.parse, "", "json")
  t.raises("string", prom.parse, "", 7)
  t.raises("string", prom.parse)
end)

t.test("negotiation", function()
  t.equal(prom.negotiate(), {
    format = "text",
    escaping = "underscores",
    content_type = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
  })
  local accept = "application/openmetrics-text;version=1.0.0"
  t.equal(prom.negotiate(accept).format, "openmetrics")
  t.equal(prom.negotiate(accept, { "protobuf", "text" }).format, "text")
  t.equal(prom.negotiate(accept, { "protobuf" }).format, "protobuf")
  t.equal(prom.negotiate("application/json", { "text", "json" }).format, "json")
  t.raises("no format is named", prom.negotiate, nil, {})
  t.raises("there is no 'xml'", prom.negotiate, nil, { "xml" })
  t.raises("table expected", prom.negotiate, nil, "text")
end)

t.test("negotiation, golden", function()
  local vectors = load("negotiation.json").vectors
  for _, v in ipairs(vectors) do
    local accept = v.accept ~= json.null and v.accept or nil
    t.equal({ accept, prom.negotiate(accept).content_type }, { accept, v.expect })
  end
  t.ok(#vectors > 40)
end)

t.test("codings, golden", function()
  local which = prom.negotiate_coding "zstd" == "zstd" and "expect_gzip_zstd" or "expect_gzip"
  local vectors = load("accept_encoding.json").vectors
  for _, v in ipairs(vectors) do
    local accept = v.accept_encoding ~= json.null and v.accept_encoding or nil
    t.equal({ accept, prom.negotiate_coding(accept) }, { accept, v[which] })
  end
  t.ok(#vectors > 10)
end)

t.done()
