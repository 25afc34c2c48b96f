# SPDX-License-Identifier: Apache-2.0
"""A transport of one's own: samples as lines of StatsD, in datagrams.

Usage: statsd.py HOST PORT

StatsD wants to be told by how much a counter has grown, so the transport keeps what it has said
last; gauges are told as they are. Labels are DogStatsD's tags."""

import math
import re
import socket
import sys

import libprom

PACKET = 1432  # bytes

# --- lines --------------------------------------------------------------------------------


def word(text):
    """What would end a tag is an underscore."""
    return re.sub(r"[\x00-\x1f:|#,]", "_", text)


def tags_of(labels):
    """ "|#a:1,b:2" """
    tags = ",".join(f"{word(k)}:{word(v)}" for k, v in sorted(labels.items()))
    return f"|#{tags}" if tags else ""


def is_counter(family, sample):
    return family.type in ("counter", "histogram") or (
        family.type == "summary" and "quantile" not in sample.labels
    )


class StatsD:
    """What libprom.sender() takes: a function of a snapshot."""

    def __init__(self, host, port):
        self.peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.peer.connect((host, port))
        self.known = {}  # counters, as they were sent last

    def growth(self, series, value):
        """One that fell began anew."""
        before = self.known.get(series, 0)
        self.known[series] = value
        return value - before if value >= before else value

    def lines_of(self, family, sample):
        if math.isnan(sample.value) or sample.name == f"{family.name}_created":
            return
        name, value, tags = sample.name, sample.value, tags_of(sample.labels)
        if is_counter(family, sample):
            growth = self.growth(name + tags, value)
            if growth:
                yield f"{name}:{growth:.17g}|c{tags}\n"
            return
        if value < 0:  # a sign would mean: by so much less
            yield f"{name}:0|g{tags}\n"
        yield f"{name}:{value:.17g}|g{tags}\n"

    def __call__(self, snapshot, delivery):
        packet = b""
        for family in snapshot.collect():
            for sample in family.samples:
                line = "".join(self.lines_of(family, sample)).encode()
                if packet and len(packet) + len(line) > PACKET:
                    self.peer.send(packet)
                    packet = b""
                packet += line
        if packet:
            self.peer.send(packet)


# --- the program --------------------------------------------------------------------------


def main():
    host, port = sys.argv[1:]
    try:
        statsd = StatsD(host, int(port))
    except OSError:
        sys.exit(f"there is no StatsD at '{host}:{port}'")
    registry = libprom.CollectorRegistry()
    jobs = libprom.Counter("jobs", "Jobs done.", ["kind"], registry=registry)
    level = libprom.Gauge("level", "Of the water.", registry=registry)
    with libprom.sender(statsd, registry, name="statsd", interval=10, last=True) as sender:
        for i in range(1, 4):
            jobs.labels("a|b").inc(i)
            level.set(i - 1.5)
            sender.send()  # not to wait for its turn
        jobs.labels("a|b").inc()  # for the last send


main()
