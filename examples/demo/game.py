# SPDX-License-Identifier: Apache-2.0
"""The game's economy in Python: what is earned, and by how much it varies."""

import libprom

ticks = libprom.Counter(
    "demo_ticks", "Times that a part of the game was run.", ["language"]
).labels("Python")
loot = libprom.Summary(
    "demo_loot_gold", "Gold found at once.", objectives={0.5: 0.05, 0.99: 0.001}
)


def tick(frame):
    ticks.inc()
    loot.observe(frame * 37 % 100)
