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
---@field namespace? string in front of the name
---@field subsystem? string between the two
---@field max_series? integer of a family; others share one. math.huge: no limit
---@field overflow? string the label values of that one, "other" if absent
---@field ttl? number seconds after which an idle series is removed
---@field constraints? table<string, prom.Constraint> by label

---What values of a label become: those that are not in the list become `otherwise` ("other" if
---absent), or a function says. Functions belong to the object that was made with them and what
---is made of it.
---@alias prom.Constraint prom.AllowedValues|fun(value: string): prom.LabelValue

---@class prom.AllowedValues
---@field [integer] string
---@field otherwise? string

---@class prom.HistogramOptions: prom.Options
---@field buckets? number[] ascending upper bounds, inclusive
---@field nan? "drop"|"count"
---@field native_factor? number above 1: a native histogram
---@field native_zero_threshold? number
---@field native_max_buckets? number 160 if absent, math.huge: no limit
---@field native_min_reset? number seconds
---@field native_max_zero_threshold? number
---@field native_max_exemplars? integer 10 if absent, negative: none
---@field native_exemplar_ttl? number seconds, 300 if absent

---@class prom.StateSetOptions: prom.Options
---@field states string[]

---@class prom.SummaryOptions: prom.Options
---@field objectives? table<number, number> quantile to allowed error of rank
---@field max_age? number length of the sliding window in seconds, 600 if absent
---@field age_buckets? integer sub-windows, 5 if absent
---@field accuracy? number relative, 0.01 if absent
---@field nan? "drop"|"count"

---@class prom.RegistryOptions
---@field order? "sorted"|"created"
---@field legacy_names? boolean refuse names outside the ASCII grammar
---@field pedantic? boolean collectors must build just what they describe
---@field max_series? integer of each family that sets none of its own

---@class prom.CollectorOptions
---@field wait_ms? integer how long a scrape on another thread waits for a fresh run
---@field describe? true|prom.BuilderFamily[]|fun(builder: prom.Builder) true: by what it builds

---@class prom.GatherOptions
---@field names? string[] only these families
---@field timeout? number seconds
---@field cancelled? fun(): boolean asked now and then; true ends the gather
---@field merge? prom.Registry[] others to join

---@alias prom.FormatName
---| "text" Prometheus text 0.0.4
---| "text1" 1.0.0
---| "openmetrics" 1.0.0
---| "openmetrics0" 0.0.1
---| "openmetrics2" 2.0.0-rc0
---| "protobuf" delimited messages
---| "protobuf-text" the same to look at
---| "json"

---@alias prom.Escaping "underscores"|"dots"|"values"|"allow-utf-8"

---@class prom.TextOptions: prom.GatherOptions
---@field format? prom.FormatName "text" without it
---@field escaping? prom.Escaping of names outside the ASCII grammar; "underscores" without it
---@field no_created? boolean OpenMetrics 1.0 without the _created lines

---@class prom.Format
---@field format prom.FormatName
---@field content_type string complete
---@field escaping prom.Escaping what negotiate() chose

---@class prom.WrapOptions
---@field prefix? string
---@field labels? table<string, prom.LabelValue>

---@class prom.ProcessOptions
---@field namespace? string
---@field pid? integer of another process
---@field extended? boolean page faults, context switches, io, pressure

---@class prom.NestedFamily
---@field path string keys from the root, "/" between
---@field type? "gauge"|"counter"|"unknown" "gauge" if absent
---@field name string
---@field help? string
---@field labels? string[] one for each level below the path
---@field unit? string
---@field const_labels? table<string, prom.LabelValue>

---@class prom.BuilderFamily: prom.Options
---@field type prom.Type

---@class prom.Exemplar
---@field labels table<string, string>
---@field value number
---@field timestamp? number unix seconds

---Counts are of each bucket alone, by index.
---@class prom.Native
---@field schema integer
---@field zero_threshold? number
---@field zero_count? integer
---@field positive? table<integer, number>
---@field negative? table<integer, number>
---@field custom? number[] bounds, where the schema is -53
---@field weight? number of all, where there are weights instead of counts
---@field zero_weight? number

---All that is known of one series; what does not apply is nil.
---@class prom.Reading
---@field labels table<string, string>
---@field value? number
---@field sum? number
---@field count? number an integer, or the weight of a native histogram that has one
---@field buckets? table<number, number> bound to cumulative count
---@field quantiles? table<number, number>
---@field states? table<string, boolean>
---@field native? prom.Native
---@field exemplars? prom.Exemplar[]
---@field native_exemplars? prom.Exemplar[]
---@field timestamp? number unix seconds
---@field created? number unix seconds

---@class prom.Family
---@field name string
---@field help? string
---@field unit? string
---@field type prom.Type
---@field metrics prom.Reading[]

---@class prom.Registered
---@field kind "metric"|"collector"|"registry"
---@field name string
---@field type? prom.Type
---@field object prom.Metric|prom.Collector|prom.Registry

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

---The series with these labels, if there is one.
---@param ... prom.LabelValue|prom.Labels
---@return prom.Metric?, string? message, string? code
function Metric:find(...) end

---All that is known of one series.
---@param ... prom.LabelValue|prom.Labels
---@return prom.Reading
function Metric:read(...) end

---Sets one series back to what it was when new.
---@param ... prom.LabelValue|prom.Labels
function Metric:reset(...) end

---for labels, series in family:each() do: the series that are there now.
---@return fun(): table<string, string>, prom.Metric
function Metric:each() end

---@return integer n series
function Metric:size() end

---Takes out all series with these labels. No labels match nothing.
---@param labels table<string, prom.LabelValue>
---@return integer n
function Metric:remove_matching(labels) end

---The family with these labels set, over the same series.
---@generic M: prom.Metric
---@param self M
---@param labels table<string, prom.LabelValue>
---@return M
function Metric:curry(labels) end

---Makes the series of all combinations.
---@param values table<string, prom.LabelValue[]>
function Metric:preset(values) end

---An empty family of the same description, to be filled for replace.
---@generic M: prom.Metric
---@param self M
---@return M
function Metric:fresh() end

---Puts the series of a fresh family, or those that a function fills one with, in the place of
---all.
---@param fill prom.Metric|fun(fresh: prom.Metric)
function Metric:replace(fill) end

---@return string description to be read by people
function Metric:description() end

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

---The same as get.
---@param ... prom.LabelValue|prom.Labels
---@return number
function Counter:value(...) end

---The series with these labels, to keep.
---@param ... prom.LabelValue|prom.Labels
---@return prom.Counter
function Counter:labels(...) end

---@param ... prom.LabelValue|prom.Labels
---@return fun(amount?: number)
function Counter:bind(...) end

---inc with an exemplar.
---@param amount number
---@param exemplar table<string, prom.LabelValue>
---@param ... prom.LabelValue|prom.Labels
function Counter:add_exemplar(amount, exemplar, ...) end

---Where the value comes from; nil: it stays as it is.
---@param fn (fun(): number)?
---@param ... prom.LabelValue|prom.Labels
function Counter:set_function(fn, ...) end

---Calls fn(...), which may yield, and counts one if it raises.
---@generic R
---@param fn fun(...): R
---@param ... any arguments of fn
---@return R
function Counter:count_errors(fn, ...) end

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

---The same as get.
---@param ... prom.LabelValue|prom.Labels
---@return number
function Gauge:value(...) end

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

---Where the value comes from; nil: it stays as it is.
---@param fn (fun(): number)?
---@param ... prom.LabelValue|prom.Labels
function Gauge:set_function(fn, ...) end

---Calls fn(...), which may yield, and counts it as long as it runs.
---@generic R
---@param fn fun(...): R
---@param ... any arguments of fn
---@return R
function Gauge:track(fn, ...) end

---A gauge of which only the type is not told.
---@class prom.Unknown: prom.Gauge

---@class prom.Info: prom.Metric
---@overload fun(labels: table<string, prom.LabelValue>, ...: prom.LabelValue|prom.Labels)
local Info = {}

---What it says from now on.
---@param labels table<string, prom.LabelValue>
---@param ... prom.LabelValue|prom.Labels
function Info:set(labels, ...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.Info
function Info:labels(...) end

---@class prom.StateSet: prom.Metric
---@overload fun(state: string, ...: prom.LabelValue|prom.Labels)
local StateSet = {}

---Switches one state.
---@param state string
---@param on boolean
---@param ... prom.LabelValue|prom.Labels
function StateSet:set(state, on, ...) end

---Switches one state on and all others off.
---@param state string
---@param ... prom.LabelValue|prom.Labels
function StateSet:enter(state, ...) end

---@param ... prom.LabelValue|prom.Labels
---@return prom.StateSet
function StateSet:labels(...) end

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

---The value, n times over.
---@param value number
---@param n integer
---@param ... prom.LabelValue|prom.Labels
function Histogram:observe_n(value, n, ...) end

---@param values number[]
---@param ... prom.LabelValue|prom.Labels
function Histogram:observe_many(values, ...) end

---@param value number
---@param exemplar table<string, prom.LabelValue>
---@param ... prom.LabelValue|prom.Labels
function Histogram:observe_exemplar(value, exemplar, ...) end

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

---The value, n times over.
---@param value number
---@param n integer
---@param ... prom.LabelValue|prom.Labels
function Summary:observe_n(value, n, ...) end

---@param values number[]
---@param ... prom.LabelValue|prom.Labels
function Summary:observe_many(values, ...) end

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
---| "gaugehistogram"

---@param type prom.Type
---@param name string
---@param help? string
---@param labels? string[]
---@param options? { unit?: string, const_labels?: table<string, prom.LabelValue> }
---@overload fun(self: prom.Builder, type: prom.Type, options: prom.Options)
---@overload fun(self: prom.Builder, family: prom.BuilderFamily)
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

---Of a histogram, with classic buckets too if it has some.
---@param sum number
---@param count number
---@param native prom.Native|{ buckets?: table<number, number> }
---@param ... prom.LabelValue|prom.Labels
function Builder:native(sum, count, native, ...) end

---@param info table<string, prom.LabelValue>
---@param ... prom.LabelValue|prom.Labels
function Builder:info(info, ...) end

---By name, or a list of { name, on } in its order.
---@param states table<string, boolean>|{ [1]: string, [2]: boolean }[]
---@param ... prom.LabelValue|prom.Labels
function Builder:stateset(states, ...) end

---Of the metric just added.
---@param seconds number unix time
function Builder:timestamp(seconds) end

---Of the counter, histogram or summary just added.
---@param seconds number unix time
function Builder:created(seconds) end

---Of the counter or histogram just added.
---@param labels table<string, prom.LabelValue>
---@param value number
---@param seconds? number unix time
function Builder:exemplar(labels, value, seconds) end

---Whether this gather asks for the family.
---@param name string
---@return boolean
function Builder:wants(name) end

---Whether the gather has no more time.
---@return boolean
function Builder:stopped() end

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

---@param what prom.Metric|prom.Collector|prom.Registry
---@return true
function Registry:register(what) end

---@param what prom.Metric|prom.Collector|prom.Registry
---@return boolean found
function Registry:unregister(what) end

function Registry:clear() end

---The exposition, in any format.
---@param options? prom.TextOptions
---@return string? text
---@return string[]|string? errors of collectors that failed, or a message
---@return string? code
function Registry:text(options) end

---The value of one sample.
---@param name string "x_count"
---@param labels? table<string, prom.LabelValue> all of them
---@return number?, string? message, string? code
function Registry:value(name, labels) end

---Runs this state's collectors and functions, for scrapes on other threads, removes what has
---expired, and sends by those of `Registry:sender` that are due.
---@return true?, string? message, string? code
function Registry:poll() end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.Options
---@return prom.Unknown
---@overload fun(self: prom.Registry, options: prom.Options): prom.Unknown
function Registry:unknown(name, help, labels, options) end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.Options
---@return prom.Info
---@overload fun(self: prom.Registry, options: prom.Options): prom.Info
function Registry:info(name, help, labels, options) end

---@param name string
---@param help string
---@param labels string[]?
---@param options prom.StateSetOptions
---@return prom.StateSet
---@overload fun(self: prom.Registry, options: prom.StateSetOptions): prom.StateSet
function Registry:stateset(name, help, labels, options) end

---A collector of a table, or of what a function returns at each gather: its numbers and
---booleans.
---@param name string
---@param source table|fun(): table
---@param families prom.NestedFamily[]
---@return prom.Collector
function Registry:nested(name, source, families) end

---The collector of this process, or of another.
---@param options? prom.ProcessOptions
---@return prom.Collector?, string? message, string? code
function Registry:process(options) end

---The collector of the C allocator.
---@return prom.Collector?, string? message, string? code
function Registry:malloc() end

---`<program>_build_info` with these labels.
---@param program string
---@param labels? table<string, prom.LabelValue>
---@return prom.Collector?, string? message, string? code
function Registry:build_info(program, labels) end

---The collector of this Lua state.
---@param options? { state?: string } a label to tell it from others
---@return prom.Collector
function Registry:lua(options) end

---The same as register.
---@param what prom.Metric|prom.Collector|prom.Registry
---@return true
function Registry:add(what) end

---A registry that passes on what is made or added in it, with a prefix and labels.
---@param options prom.WrapOptions
---@return prom.Registry
function Registry:wrap(options) end

---@return prom.Registered[]
function Registry:list() end

---@param options? prom.GatherOptions
---@return prom.Family[]?, string[]|string? errors of collectors, string? code
function Registry:gather(options) end

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

---@param what prom.Metric|prom.Collector|prom.Registry
---@return true
function prom.register(what) end

---@param what prom.Metric|prom.Collector|prom.Registry
---@return boolean found
function prom.unregister(what) end

function prom.clear() end

---@param options? prom.TextOptions
---@return string? text
---@return string[]|string? errors
---@return string? code
function prom.text(options) end

---@param name string
---@param labels? table<string, prom.LabelValue>
---@return number?, string? message, string? code
function prom.value(name, labels) end

---@return true?, string? message, string? code
function prom.poll() end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.Options
---@return prom.Unknown
---@overload fun(options: prom.Options): prom.Unknown
function prom.unknown(name, help, labels, options) end

---@param name string
---@param help string
---@param labels? string[]
---@param options? prom.Options
---@return prom.Info
---@overload fun(options: prom.Options): prom.Info
function prom.info(name, help, labels, options) end

---@param name string
---@param help string
---@param labels string[]?
---@param options prom.StateSetOptions
---@return prom.StateSet
---@overload fun(options: prom.StateSetOptions): prom.StateSet
function prom.stateset(name, help, labels, options) end

---A collector of a table, or of what a function returns at each gather: its numbers and
---booleans.
---@param name string
---@param source table|fun(): table
---@param families prom.NestedFamily[]
---@return prom.Collector
function prom.nested(name, source, families) end

---The collector of this process, or of another.
---@param options? prom.ProcessOptions
---@return prom.Collector?, string? message, string? code
function prom.process(options) end

---The collector of the C allocator.
---@return prom.Collector?, string? message, string? code
function prom.malloc() end

---`<program>_build_info` with these labels.
---@param program string
---@param labels? table<string, prom.LabelValue>
---@return prom.Collector?, string? message, string? code
function prom.build_info(program, labels) end

---The collector of this Lua state.
---@param options? { state?: string } a label to tell it from others
---@return prom.Collector
function prom.lua(options) end

---The same as register.
---@param what prom.Metric|prom.Collector|prom.Registry
---@return true
function prom.add(what) end

---A registry that passes on what is made or added in it, with a prefix and labels.
---@param options prom.WrapOptions
---@return prom.Registry
function prom.wrap(options) end

---@return prom.Registered[]
function prom.list() end

---@param options? prom.GatherOptions
---@return prom.Family[]?, string[]|string? errors of collectors, string? code
function prom.gather(options) end

---Families of an exposition: text, OpenMetrics or delimited protobuf.
---@param body string
---@param format? prom.FormatName|string a format, or a Content-Type; text without it
---@return prom.Family[]?, string? message, string? code
function prom.parse(body, format) end

---The formats there are, with what HTTP calls them.
---@return { format: prom.FormatName, content_type: string }[]
function prom.formats() end

---What to answer to an Accept header, whatever is in it: at worst text.
---@param accept? string several of a request joined by commas; nil: there was none
---@param formats? prom.FormatName[] to choose from; without it text, OpenMetrics and protobuf
---@return prom.Format
function prom.negotiate(accept, formats) end

---What to do about an Accept-Encoding header.
---@param accept_encoding? string
---@return "identity"|"gzip"|"zstd"
function prom.negotiate_coding(accept_encoding) end

return prom
