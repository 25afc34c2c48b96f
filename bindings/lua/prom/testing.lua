-- SPDX-License-Identifier: Apache-2.0
-- prom.testing - for tests of programs that use prom.
--
--     local testing = require "prom.testing"
--     assert(testing.compare(reg, [[
--     # TYPE hits_total counter
--     hits_total{method="GET"} 3
--     ]], { "hits_total" }))
--
-- Each function gives its result, or nil, a sentence and a code, so `assert` shows what is
-- wrong.

local core = require "prom.core"

local testing = {}

-- Indented text: what all lines have in front of them goes.
local function flush_left(text)
  local indent = text:match "^[ \t]+"
  if indent then
    text = ("\n" .. text):gsub("\n" .. indent, "\n"):sub(2)
  end
  text = text:gsub("[ \t]+$", "")
  return text
end

-- The value of a counter, gauge or unknown: of a series, or of what has just one.
testing.value = core.testing.value

-- How many metrics the families of these names (or all) of a registry or metric have.
testing.count = core.testing.count

-- Compares what a registry, metric or collector exposes with text: families and samples in
-- any order, only those of the names, if there are some. True, or nil and lines with - for
-- what was expected and + for what was found.
function testing.compare(object, text, names)
  return core.testing.compare(object, flush_left(text), names)
end

-- The same with what a URL serves.
function testing.scrape(url, text, names)
  return core.testing.scrape(url, flush_left(text), names)
end

-- Compares the native part of one histogram of a registry: native(reg, name, labels,
-- { schema =, zero_count =, positive = { [index] = count }, negative =, sum =, count = }).
testing.native = core.testing.native

-- A list of { metric =, text = }: what promtool would say of a registry, or of text.
testing.lint = core.testing.lint

return testing
