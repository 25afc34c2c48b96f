-- SPDX-License-Identifier: Apache-2.0
---@meta prom

-- Types of `require "prom"` for editors. Nothing here is run.

---@alias prom.LabelValue string|number
---@alias prom.Labels prom.LabelValue[]|table<string, prom.LabelValue>

---What prom.Registry:counter and its like know. `name` and `help` are needed.
---@class prom.Options
---@field name? string
---@field help? string
---@field labels? string[] names of labels
---@field unit? string a base unit such as "seconds"
---@field const_labels? table<string, prom.LabelValue>

---@class prom.HistogramOptions: prom.Options
---@field buckets? number[] ascending upper bounds, inclusive
---@field nan? "drop"|"count"

---@class prom.SummaryOptions: prom.Options
---@field objectives? table<number, number> quantile to allowed error of rank
---@field max_age? number length of the sliding window in seconds, 600 if absent
---@field age_buckets? integer sub-windows, 5 if absent
---@field accuracy? number relative, 0.01 if absent
---@field nan? "drop"|"count"

---@class prom.RegistryOptions
---@field order? "sorted"|"created"
---@field legacy_names? boolean refuse names outside the ASCII grammar

---@class prom.CollectorOptions
---@field wait_ms? integer how long a scrape on another thread waits for a fresh run

---@class prom.ServeOptions
---@field address? string "127.0.0.1" if absent
---@field port? integer 0: any free one
---@field path? string "/metrics" if absent
---@field polled? boolean no thread: server:poll serves
---@field no_compression? boolean
---@field max_connections? integer
---@field deadline_ms? integer
---@field max_header_bytes? integer

---@class prom.HistogramReading
---@field sum number
---@field count integer
---@field buckets table<number, number> bound to cumulative count

---@class prom.SummaryReading
---@field sum number
---@field count integer
---@field quantiles table<number, number>

---@class prom.Metric
local Metric = {}

---Takes one series out. False if there is none.
---@param ... prom.LabelValue|prom.Labels
---@return boolean
function Metric:remove(...) end

---Takes all series out.
function Metric:clear() end

---@class prom.Counter: prom.Metric
---@overload fun(amount?: number, ...: prom.LabelValue|prom.Labels)
local Counter = {}

---@param amount? number not negative; 1 if absent
---@param ... prom.LabelValue|prom.Labels
function Counter:inc(amount, ...) end

---@param amount number not negative
---@param ... prom.LabelValue|prom.Labels
function Counter:add(amount, ...) end

---@param ... prom.LabelValue|prom.Labels
---@return number
function Counter:get(...) end

---The series with these labels, to keep.
---@param ... prom.LabelValue|prom.Labels
---@return prom.Counter
function Counter:labels(...) end

---@param ... prom.LabelValue|prom.Labels
---@return fun(amount?: number)
function Counter:bind(...) end

---@class prom.Gauge: prom.Metric
---@overload fun(value: number, ...: prom.LabelValue|prom.Labels)
local Gauge = {}

---@param value number
---@param ... prom.LabelValue|prom.Labels
function Gauge:set(value, ...) end

---@param amount? number
---@param ... prom.LabelValue|prom.Labels
function Gauge:inc(amount, ...) end

---@param amount? number
---@param ... prom.LabelValue|prom.Labels
function Gauge:dec(amount, ...) end

---@param amount number
---@param ... prom.LabelValue|prom.Labels
function Gauge:add(amount, ...) end

---@param ... prom.LabelValue|prom.Labels
function Gauge:set_to_current_time(...) end

---@param ... prom.LabelValue|prom.Labels
---@return number
function Gauge:get(...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.Gauge
function Gauge:labels(...) end

---@param ... prom.LabelValue|prom.Labels
---@return fun(value: number)
function Gauge:bind(...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.Timer
function Gauge:timer(...) end

---@generic R
---@param fn fun(...): R
---@param ... any arguments of fn
---@return R
function Gauge:time(fn, ...) end

---@class prom.Histogram: prom.Metric
---@overload fun(value: number, ...: prom.LabelValue|prom.Labels)
local Histogram = {}

---@param value number
---@param ... prom.LabelValue|prom.Labels
function Histogram:observe(value, ...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.HistogramReading?, string? message, string? code
function Histogram:get(...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.Histogram
function Histogram:labels(...) end

---@param ... prom.LabelValue|prom.Labels
---@return fun(value: number)
function Histogram:bind(...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.Timer
function Histogram:timer(...) end

---Calls fn(...), which may yield, and observes the seconds that it took.
---@generic R
---@param fn fun(...): R
---@param ... any arguments of fn
---@return R
function Histogram:time(fn, ...) end

---@class prom.Summary: prom.Metric
---@overload fun(value: number, ...: prom.LabelValue|prom.Labels)
local Summary = {}

---@param value number
---@param ... prom.LabelValue|prom.Labels
function Summary:observe(value, ...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.SummaryReading?, string? message, string? code
function Summary:get(...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.Summary
function Summary:labels(...) end

---@param ... prom.LabelValue|prom.Labels
---@return fun(value: number)
function Summary:bind(...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.Timer
function Summary:timer(...) end

---@generic R
---@param fn fun(...): R
---@param ... any arguments of fn
---@return R
function Summary:time(fn, ...) end

---Observes once, when it is stopped or its scope (`local t <close>`) is left.
---@class prom.Timer
local Timer = {}

---@return number seconds what was observed
function Timer:stop() end

---@return number seconds so far, or what was observed
function Timer:elapsed() end

---@class prom.Collector

---Lives only while the collector's function is called.
---@class prom.Builder
local Builder = {}

---@alias prom.Type
---| "unknown"
---| "counter"
---| "gauge"
---| "histogram"
---| "summary"
---| "info"
---| "stateset"

---@param type prom.Type
---@param name string
---@param help? string
---@param labels? string[]
---@param options? { unit?: string, const_labels?: table<string, prom.LabelValue> }
---@overload fun(self: prom.Builder, type: prom.Type, options: prom.Options)
function Builder:family(type, name, help, labels, options) end

---@param value number
---@param ... prom.LabelValue|prom.Labels
function Builder:value(value, ...) end

---@param sum number
---@param count number
---@param buckets table<number, number> bound to cumulative count
---@param ... prom.LabelValue|prom.Labels
function Builder:histogram(sum, count, buckets, ...) end

---@param sum number
---@param count number
---@param quantiles table<number, number>
---@param ... prom.LabelValue|prom.Labels
function Builder:summary(sum, count, quantiles, ...) end

---Of the metric just added.
---@param seconds number unix time
function Builder:timestamp(seconds) end

---@class prom.Server
local Server = {}

---@return integer port 0 once it is stopped
function Server:port() end

function Server:stop() end

---Of a polled server: serves what has arrived, waiting up to ms milliseconds for it.
---@param ms? integer
---@return true?, string? message, string? code
function Server:poll(ms) end

---@class prom.Registry
local Registry = {}

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.Options
---@return prom.Counter
---@overload fun(self: prom.Registry, options: prom.Options): prom.Counter
function Registry:counter(name, help, labels, options) end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.Options
---@return prom.Gauge
---@overload fun(self: prom.Registry, options: prom.Options): prom.Gauge
function Registry:gauge(name, help, labels, options) end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.HistogramOptions
---@return prom.Histogram
---@overload fun(self: prom.Registry, options: prom.HistogramOptions): prom.Histogram
function Registry:histogram(name, help, labels, options) end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.SummaryOptions
---@return prom.Summary
---@overload fun(self: prom.Registry, options: prom.SummaryOptions): prom.Summary
function Registry:summary(name, help, labels, options) end

---@param name string who to name when it fails
---@param fn fun(builder: prom.Builder)
---@param options? prom.CollectorOptions
---@return prom.Collector
function Registry:collector(name, fn, options) end

---@param name string
---@return prom.Metric?, string? message, string? code
function Registry:find(name) end

---As find, but an absent metric is an error.
---@param name string
---@return prom.Metric
function Registry:get(name) end

---@param what prom.Metric|prom.Collector
---@return true
function Registry:register(what) end

---@param what prom.Metric|prom.Collector
---@return boolean found
function Registry:unregister(what) end

function Registry:clear() end

---@return string text
---@return string[]? errors of collectors that failed
function Registry:text() end

---The value of one sample.
---@param name string "x_count"
---@param labels? table<string, prom.LabelValue> all of them
---@return number?, string? message, string? code
function Registry:value(name, labels) end

---Runs this state's collectors, for scrapes on other threads.
---@return true?, string? message, string? code
function Registry:poll() end

---@param options? prom.ServeOptions
---@return prom.Server?, string? message, string? code
function Registry:serve(options) end

---@class prom
---@field _VERSION string
---@field default prom.Registry
local prom = {}

---@param options? prom.RegistryOptions
---@return prom.Registry
function prom.registry(options) end

---@param start number
---@param width number
---@param n integer
---@return number[]
function prom.linear(start, width, n) end

---@param start number
---@param factor number
---@param n integer
---@return number[]
function prom.exponential(start, factor, n) end

---@param min number
---@param max number
---@param n integer
---@return number[]
function prom.exponential_range(min, max, n) end

-- The methods of the default registry.

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.Options
---@return prom.Counter
---@overload fun(options: prom.Options): prom.Counter
function prom.counter(name, help, labels, options) end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.Options
---@return prom.Gauge
---@overload fun(options: prom.Options): prom.Gauge
function prom.gauge(name, help, labels, options) end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.HistogramOptions
---@return prom.Histogram
---@overload fun(options: prom.HistogramOptions): prom.Histogram
function prom.histogram(name, help, labels, options) end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.SummaryOptions
---@return prom.Summary
---@overload fun(options: prom.SummaryOptions): prom.Summary
function prom.summary(name, help, labels, options) end

---@param name string
---@param fn fun(builder: prom.Builder)
---@param options? prom.CollectorOptions
---@return prom.Collector
function prom.collector(name, fn, options) end

---@param name string
---@return prom.Metric?, string? message, string? code
function prom.find(name) end

---@param name string
---@return prom.Metric
function prom.get(name) end

---@param what prom.Metric|prom.Collector
---@return true
function prom.register(what) end

---@param what prom.Metric|prom.Collector
---@return boolean found
function prom.unregister(what) end

function prom.clear() end

---@return string text
---@return string[]? errors
function prom.text() end

---@param name string
---@param labels? table<string, prom.LabelValue>
---@return number?, string? message, string? code
function prom.value(name, labels) end

---@return true?, string? message, string? code
function prom.poll() end

---@param options? prom.ServeOptions
---@return prom.Server?, string? message, string? code
function prom.serve(options) end

return prom
