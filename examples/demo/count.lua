-- SPDX-License-Identifier: Apache-2.0
-- count.lua - the job in Lua. c_side.c and count.py do the same.
--
-- The engine gives `engine.folders`, `engine.kinds`, `engine.languages` and `engine.entries`,
-- and has made its registry the default one of `prom`.
local prom = require "prom"

local ME = "Lua"

-- What C made is found by name.
local files = prom.get("demo_files_total")
local bytes = prom.get("demo_bytes_total")
local lines = prom.get("demo_lines_total")
local unreadable = prom.get("demo_unreadable_files_total"):labels(ME)
local in_progress = prom.get("demo_files_in_progress"):labels(ME)

-- What Lua brings, C and Python will find.
local file_bytes = prom.summary {
  name = "demo_file_bytes",
  help = "Sizes of the files.",
  labels = { "language" },
  objectives = { [0.5] = 0.05, [0.9] = 0.01, [0.99] = 0.001 },
}:labels(ME)

local kinds = {}
for _, kind in ipairs(engine.kinds) do
  kinds[kind] = true
  -- A series that is asked for is there, at zero, before anything is counted.
  for _, family in ipairs { files, bytes, lines } do
    family:labels(ME, kind)
  end
end

prom.collector("Lua's heap", function(builder)
  builder:family("gauge", "demo_lua_heap_bytes", "Memory of the Lua state.")
  builder:value(collectgarbage("count") * 1024)
end)

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

local function count_file(path, kind, read_seconds)
  in_progress:inc()
  local text = read_seconds:time(read, path)
  if text then
    local _, n = text:gsub("\n", "\n")
    files:inc(1, ME, kind)
    bytes:inc(#text, ME, kind)
    lines:inc(n, ME, kind)
    file_bytes:observe(#text)
  else
    unreadable:inc()
  end
  in_progress:dec()
end

local function count_folder(folder, read_seconds)
  for name, is_folder in engine.entries(folder) do
    local path = folder .. "/" .. name
    local kind = name:match("%.([^.]*)$")
    if is_folder then
      count_folder(path, read_seconds)
    elseif kinds[kind] then
      count_file(path, kind, read_seconds)
    end
  end
end

local script = {}

function script.count()
  -- Python brings this one; all are loaded by now.
  local read_seconds = prom.get("demo_read_seconds"):labels(ME)
  for _, folder in ipairs(engine.folders) do
    count_folder(folder, read_seconds)
    prom.poll() -- scrapes of this moment see the heap of this moment
  end
end

-- Reads the series of all languages, each by its name and labels.
function script.look()
  local sum = 0
  for _, language in ipairs(engine.languages) do
    for kind in pairs(kinds) do
      sum = sum + (prom.value("demo_files_total", { language = language, kind = kind }) or 0)
    end
  end
  prom.get("demo_seen_files"):set(sum, ME)
end

return script
