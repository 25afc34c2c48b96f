-- SPDX-License-Identifier: Apache-2.0
---@meta prom.testing

-- Types of `require "prom.testing"` for editors. Each function gives nil, a sentence and a code
-- where it fails.

---@class prom.testing
local testing = {}

---@class prom.Problem
---@field metric string
---@field text string

---The value of a counter, gauge or unknown: of a series, or of what has exactly one.
---@param object prom.Metric|prom.Collector
---@return number?, string? message, string? code
function testing.value(object) end

---How many metrics there are in families of these names, or in all.
---@param object prom.Registry|prom.Metric|prom.Collector
---@param names? string[]
---@return integer?, string? message, string? code
function testing.count(object, names) end

---Compares what is exposed with text, which may be indented.
---@param object prom.Registry|prom.Metric|prom.Collector
---@param text string
---@param names? string[]
---@return true?, string? difference, string? code
function testing.compare(object, text, names) end

---@param url string
---@param text string
---@param names? string[]
---@return true?, string? difference, string? code
function testing.scrape(url, text, names) end

---@param registry prom.Registry
---@param name string
---@param labels? table<string, prom.LabelValue>
---@param expected prom.Native|{ sum?: number, count?: integer }
---@return true?, string? difference, string? code
function testing.native(registry, name, labels, expected) end

---What promtool would say.
---@param what prom.Registry|string a registry, or text in the format 0.0.4
---@return prom.Problem[]?, string? message, string? code
function testing.lint(what) end

return testing
