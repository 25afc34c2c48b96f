# SPDX-License-Identifier: Apache-2.0
"""A format of one's own: each sample as a line of JSON, for whatever reads logs."""

import json
import math
import os
import sys

import libprom

# --- the format ---------------------------------------------------------------------------


def number(value):
    """JSON has neither NaN nor infinities."""
    return value if math.isfinite(value) else str(value)


def lines(snapshot):
    for family in snapshot.collect():
        for sample in family.samples:
            if sample.name != f"{family.name}_created":
                line = {"name": sample.name, "labels": sample.labels}
                yield json.dumps({**line, "value": number(sample.value)}) + "\n"


# --- where it goes ------------------------------------------------------------------------


def send(snapshot, delivery):
    """Whatever is raised is the error of the send."""
    text = "".join(lines(snapshot)).encode()
    try:
        while text:
            text = text[os.write(1, text) :]
    except OSError as error:
        raise OSError(f"standard output takes no more: {error}") from error


# --- the program --------------------------------------------------------------------------


def main():
    registry = libprom.CollectorRegistry()
    seconds = libprom.Histogram(
        "job_seconds", "How long jobs took.", buckets=[1], registry=registry
    )
    jobs = libprom.Counter("jobs", "Jobs done.", ["kind"], registry=registry)
    # Each minute, and at the end.
    sender = libprom.sender(send, registry, name="stdout", interval=60, last=True)
    jobs.labels('say "hi"\n').inc()
    seconds.observe(0.25)
    try:
        sender.stop()
    except OSError as error:
        sys.exit(f"json_lines: {error}")


main()
