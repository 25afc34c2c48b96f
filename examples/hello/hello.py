# SPDX-License-Identifier: Apache-2.0
"""Greets, counts whom, and prints what Prometheus would be told."""

from libprom import CollectorRegistry, Counter, Histogram, generate_latest

# One's own; without it, metrics go to the one that C and Lua share.
registry = CollectorRegistry()

greetings = Counter("hello_greetings_total", "Who was greeted.", ["name"], registry=registry)
lengths = Histogram(
    "hello_name_length", "Letters in a name.", buckets=(4, 8), registry=registry
)

for name in ("Ada", "Prometheus", "Ada"):
    greetings.labels(name).inc()
    lengths.observe(len(name))

print(generate_latest(registry).decode(), end="")
