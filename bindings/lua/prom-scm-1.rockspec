-- Run from the root of the repository:
--   luarocks --lua-version 5.4 make bindings/lua/prom-scm-1.rockspec PROM_DIR=/usr/local
rockspec_format = "3.0"
package = "prom"
version = "scm-1"
source = { url = "git+file://." }
description = {
  summary = "Prometheus metrics at the speed of C",
  detailed = [[
Counters, gauges, histograms, summaries and collectors for Lua, exposed over HTTP or as text.
A C program and all of its Lua states, on any threads, share one registry. Needs libprom.]],
  license = "Apache-2.0",
  labels = { "prometheus", "metrics", "monitoring" },
}
dependencies = { "lua >= 5.4, < 5.5" }
external_dependencies = { PROM = { header = "prom/api.h", library = "prom" } }
build = {
  type = "builtin",
  modules = {
    prom = "bindings/lua/prom.lua",
    ["prom.testing"] = "bindings/lua/prom/testing.lua",
    ["prom.core"] = {
      sources = {
        "bindings/lua/box.c",
        "bindings/lua/builder.c",
        "bindings/lua/children.c",
        "bindings/lua/collector.c",
        "bindings/lua/exchange.c",
        "bindings/lua/fail.c",
        "bindings/lua/family.c",
        "bindings/lua/formats.c",
        "bindings/lua/function.c",
        "bindings/lua/handler.c",
        "bindings/lua/http_options.c",
        "bindings/lua/labels.c",
        "bindings/lua/metric.c",
        "bindings/lua/module.c",
        "bindings/lua/observe.c",
        "bindings/lua/opts.c",
        "bindings/lua/read.c",
        "bindings/lua/registry.c",
        "bindings/lua/sender.c",
        "bindings/lua/sender_options.c",
        "bindings/lua/senders.c",
        "bindings/lua/server.c",
        "bindings/lua/shipped.c",
        "bindings/lua/snapshot.c",
        "bindings/lua/table.c",
        "bindings/lua/testing.c",
        "bindings/lua/timer.c",
        "bindings/lua/transport.c",
        "bindings/lua/visit.c",
      },
      libraries = { "prom", "pthread" },
      incdirs = { "$(PROM_INCDIR)", "bindings/lua" },
      libdirs = { "$(PROM_LIBDIR)" },
    },
  },
}
