-- SPDX-License-Identifier: Apache-2.0
---@meta

-- Types of serving, sending and measuring HTTP, for editors. Nothing here is run.

-- Times are seconds, but those of names that end in _ms.

---@class prom.HandlerOptions
---@field path? string "/metrics" if absent
---@field routes? table<string, prom.Registry> further paths
---@field no_compression? boolean
---@field max_body_bytes? integer before compression; what is larger is answered with 500
---@field format? prom.FormatName the only one, whatever is asked for
---@field formats? prom.FormatName[] to choose from
---@field on_error? "fail"|"continue" errors of collectors: 500, or what the others gave
---@field max_in_flight? integer scrapes at once; one more gets 503
---@field scrape_timeout? number for the gather of a scrape
---@field max_age? number an answer may be as old as this
---@field metrics? prom.Registry|true gets promhttp_metric_handler_*; true: the one served
---@field no_page? boolean nothing at "/"
---@field title? string of the page

---@class prom.ServeOptions: prom.HandlerOptions
---@field address? string "127.0.0.1" if absent; "unix:/run/app.sock", "fd:3", "systemd:name"
---@field port? integer 0: any free one
---@field polled? boolean no thread: server:poll serves
---@field max_connections? integer
---@field deadline_ms? integer
---@field max_header_bytes? integer
---@field cert_file? string TLS, with key_file
---@field key_file? string
---@field client_ca_file? string only clients with a certificate that it signed

---@class prom.OnceOptions
---@field timeout? number for one send with all its tries; 30 if absent
---@field on_error? "fail"|"continue" what errors of collectors do
---@field names? string[] only these families

---@class prom.SenderOptions: prom.OnceOptions
---@field interval? number send so often
---@field last? boolean send once more when it is stopped and when the state closes
---@field last_timeout? number for that; 5 if absent

---@class prom.ClientOptions
---@field headers? table<string, string>
---@field user? string
---@field password? string
---@field bearer_token? string
---@field bearer_token_file? string
---@field ca_file? string
---@field cert_file? string
---@field key_file? string
---@field insecure? boolean the server's certificate is not checked
---@field unix_socket? string
---@field proxy? string "": none
---@field follow? boolean redirects
---@field connect_timeout? number 5 if absent
---@field retries? integer 3 if absent; 0: none
---@field backoff? number 1 if absent
---@field max_backoff? number 10 if absent

---@class prom.GroupOptions: prom.ClientOptions
---@field url string
---@field job string
---@field grouping? table<string, prom.LabelValue>

---@class prom.PushOptions: prom.GroupOptions, prom.OnceOptions
---@field format? prom.FormatName "protobuf" if absent, or "text"
---@field escaping? string
---@field compression? "identity"|"gzip"

---@class prom.PusherOptions: prom.PushOptions, prom.SenderOptions
---@field add? boolean only families of the same names are replaced
---@field delete_at_end? boolean

---@class prom.GraphiteOptions: prom.SenderOptions
---@field address? string "localhost:2003" if absent
---@field udp? boolean
---@field prefix? string
---@field tags? boolean labels as tags, not as parts of the path
---@field connect_timeout? number

---@class prom.FileOptions: prom.OnceOptions
---@field mode? integer permissions; those of the file that is there, else tonumber("644", 8)
---@field no_sync? boolean
---@field temporary_folder? string
---@field format? prom.FormatName
---@field escaping? string

---@class prom.TextfileOptions: prom.FileOptions, prom.SenderOptions
---@field path string

---@class prom.RemoteWriteOptions: prom.SenderOptions, prom.ClientOptions
---@field url string
---@field version? 1|2
---@field labels? table<string, prom.LabelValue> for every series that has not the label
---@field max_samples? integer
---@field max_queue_bytes? integer
---@field no_stale_markers? boolean

---@class prom.OtlpOptions: prom.SenderOptions, prom.ClientOptions
---@field url? string "http://localhost:4318/v1/metrics" if absent
---@field resource? table<string, prom.LabelValue>
---@field scope_name? string
---@field scope_version? string
---@field compression? "identity"|"gzip"

---@class prom.OwnSenderOptions: prom.SenderOptions
---@field name string
---@field send fun(snapshot: prom.Snapshot, left: number): any, string? nil, message: it failed
---@field finish? fun(left: number): any, string? after the last send

---@class prom.SenderStats
---@field sent integer
---@field failed integer
---@field last_success? number unix time
---@field code? string of the last send that failed
---@field message? string

---@class prom.HttpMetricsOptions
---@field client? boolean
---@field namespace? string
---@field extra_methods? string[]
---@field no_code? boolean
---@field no_method? boolean
---@field labels? string[] further ones, said at the end
---@field const_labels? table<string, prom.LabelValue>
---@field buckets? number[] of durations
---@field size_buckets? number[]
---@field native? boolean

---@class prom.Outcome
---@field status? integer 200 if absent
---@field request_bytes? integer
---@field response_bytes? integer
---@field labels? table<string|integer, prom.LabelValue>
---@field exemplar? table<string, prom.LabelValue>

---@class prom.WrapAccessors
---@field method? string|fun(...): string of what the function is called with
---@field request_bytes? integer|fun(...): integer
---@field labels? table|fun(...): table
---@field exemplar? table|fun(...): table?
---@field status? integer|fun(...): integer of what it returns
---@field response_bytes? integer|fun(...): integer

---@class prom.Sample
---@field name string
---@field type prom.Type of its family
---@field labels table<string, string>
---@field value number
---@field timestamp? number

---@class prom.Server
local Server = {}

---@return integer port 0 once it is stopped, or without one
function Server:port() end

function Server:stop() end

---Of a polled server: serves what has arrived, waiting up to ms milliseconds for it.
---@param ms? integer
---@param budget_us? integer new work is begun as long as this lasts
---@return true?, string? message, string? code
function Server:poll(ms, budget_us) end

---Of a polled server: readable when there is something to poll for.
---@return integer?
function Server:fd() end

---After how many milliseconds to poll though it is not; nil: never.
---@return integer?
function Server:wait_ms() end

---@class prom.Handler
local Handler = {}

---@param method string
---@param target string path, and query behind "?"
---@param headers? table<string, string|string[]> names in any case
---@return integer status, table<string, string> headers, string body
function Handler:handle(method, target, headers) end

---@class prom.Sender
local Sender = {}

---Sends now.
---@return true?, string? message, string? code
function Sender:send() end

---Begins to send periodically again, after a stop.
---@return true?, string? message, string? code
function Sender:start() end

---Ends, with the last send if it is wanted, of which the error is.
---@return true?, string? message, string? code
function Sender:stop() end

---@return prom.SenderStats
function Sender:stats() end

---Of one whose transport is written in Lua: sends if it is due.
---@return true?, string? message, string? code
function Sender:poll() end

---Lives as long as the call of the transport that it was given to.
---@class prom.Snapshot
local Snapshot = {}

---@param options? { format?: prom.FormatName, escaping?: string, no_created?: boolean }
---@return string
function Snapshot:text(options) end

---The families as Registry:gather has them.
---@return prom.Family[]
function Snapshot:families() end

---The lines of the text format.
---@return prom.Sample[]
function Snapshot:samples() end

---@return string[]? errors of collectors
function Snapshot:errors() end

---@class prom.HttpMetrics
local HttpMetrics = {}

---@param method? string
---@return prom.Exchange
function HttpMetrics:begin(method) end

---A function that does the same and is measured. By default the method is the first argument or
---its field `method`, the status the first result or its field `status`.
---@param fn function
---@param how? prom.WrapAccessors
---@return function
function HttpMetrics:wrap(fn, how) end

---Ended by finish; else it is abandoned when it is closed or collected.
---@class prom.Exchange
local Exchange = {}

---@param status? integer
function Exchange:first_byte(status) end

---@param outcome? integer|prom.Outcome a status, or more
---@return true?, string? message, string? code
function Exchange:finish(outcome) end

function Exchange:abandon() end

---@class prom.Registry
local Registry = {}

---@class prom
local prom = {}

---The exemplar of a request that W3C's header traceparent says is sampled, or nil.
---@param header? string
---@return { trace_id: string, span_id: string }?
function prom.traceparent(header) end

---The URL of a group of a Pushgateway.
---@param options prom.GroupOptions
---@return string
function prom.push_url(options) end

---@param options? prom.ServeOptions
---@return prom.Server?, string? message, string? code
function Registry:serve(options) end

---For hosts that have an HTTP server of their own.
---@param options? prom.HandlerOptions
---@return prom.Handler
function Registry:handler(options) end

---Replaces a group of a Pushgateway.
---@param options prom.PushOptions
---@return true?, string? message, string? code
function Registry:push(options) end

---Replaces families of the same names in a group.
---@param options prom.PushOptions
---@return true?, string? message, string? code
function Registry:push_add(options) end

---Deletes a group.
---@param options prom.GroupOptions
---@return true?, string? message, string? code
function Registry:push_delete(options) end

---@param options prom.PusherOptions
---@return prom.Sender?, string? message, string? code
function Registry:pusher(options) end

---@param options prom.GraphiteOptions
---@return prom.Sender?, string? message, string? code
function Registry:graphite(options) end

---@param options prom.TextfileOptions
---@return prom.Sender?, string? message, string? code
function Registry:textfile(options) end

---A file for node_exporter's textfile collector, replaced as a whole.
---@param path string
---@param options? prom.FileOptions
---@return true?, string? message, string? code
function Registry:write_textfile(path, options) end

---@param options prom.RemoteWriteOptions
---@return prom.Sender?, string? message, string? code
function Registry:remote_write(options) end

---@param options prom.OtlpOptions
---@return prom.Sender?, string? message, string? code
function Registry:otlp(options) end

---A sender with a transport of your own, which only this state's thread runs.
---@param options prom.OwnSenderOptions
---@return prom.Sender?, string? message, string? code
function Registry:sender(options) end

---@param options? prom.HttpMetricsOptions
---@return prom.HttpMetrics
function Registry:http_metrics(options) end

-- The methods of the default registry.

---@param options? prom.ServeOptions
---@return prom.Server?, string? message, string? code
function prom.serve(options) end

---@param options? prom.HandlerOptions
---@return prom.Handler
function prom.handler(options) end

---@param options prom.PushOptions
---@return true?, string? message, string? code
function prom.push(options) end

---@param options prom.PushOptions
---@return true?, string? message, string? code
function prom.push_add(options) end

---@param options prom.GroupOptions
---@return true?, string? message, string? code
function prom.push_delete(options) end

---@param options prom.PusherOptions
---@return prom.Sender?, string? message, string? code
function prom.pusher(options) end

---@param options prom.GraphiteOptions
---@return prom.Sender?, string? message, string? code
function prom.graphite(options) end

---@param options prom.TextfileOptions
---@return prom.Sender?, string? message, string? code
function prom.textfile(options) end

---@param path string
---@param options? prom.FileOptions
---@return true?, string? message, string? code
function prom.write_textfile(path, options) end

---@param options prom.RemoteWriteOptions
---@return prom.Sender?, string? message, string? code
function prom.remote_write(options) end

---@param options prom.OtlpOptions
---@return prom.Sender?, string? message, string? code
function prom.otlp(options) end

---@param options prom.OwnSenderOptions
---@return prom.Sender?, string? message, string? code
function prom.sender(options) end

---@param options? prom.HttpMetricsOptions
---@return prom.HttpMetrics
function prom.http_metrics(options) end

return prom
