# SPDX-License-Identifier: Apache-2.0
"""What is done over and over, and a watch over what it leaves behind.

Usage: operations.py NAME, which ends well if NAME leaves nothing. A release build of CPython
has no count of all references, so three things are watched: the number of objects the garbage
collector knows, the references to objects that operations share, and resident memory.
"""

import gc
import sys
import threading
from array import array

import libprom
from libprom import (
    Counter,
    Enum,
    Gauge,
    GaugeMetricFamily,
    Histogram,
    Info,
    StateSet,
    Summary,
    generate_latest,
)

REGISTRY = libprom.CollectorRegistry()
COUNTER = Counter("c", "h", registry=REGISTRY)
FAMILY = Counter("f", "h", ["a", "b"], registry=REGISTRY)
GAUGE = Gauge("g", "h", registry=REGISTRY)
HISTOGRAM = Histogram("h", "h", registry=REGISTRY)
SUMMARY = Summary("s", "h", registry=REGISTRY, objectives={0.5: 0.1})
# Shared with the operations; long, so that they are not among CPython's own.
TEXT, OTHER, NUMBER = "a text of its own", "another such text", 12345.678
MANY = array("d", [1, 2, NUMBER])


def refuse(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except Exception:
        return
    raise AssertionError(f"{function} {args} {kwargs} was not refused")


def update():
    COUNTER.inc()
    COUNTER.inc(NUMBER)
    COUNTER.inc(amount=NUMBER, exemplar=None)
    COUNTER.inc(NUMBER, {"trace": TEXT})
    HISTOGRAM.observe(NUMBER, exemplar={"trace": OTHER})
    HISTOGRAM.observe_n(NUMBER, 3)
    HISTOGRAM.observe_many(MANY)
    SUMMARY.observe_many([NUMBER, 1, True])
    SUMMARY.observe_many(iter([NUMBER, 1, True]))
    GAUGE.set(NUMBER)
    GAUGE.set("1.5")
    GAUGE.inc(NUMBER)
    GAUGE.dec(amount=NUMBER)
    HISTOGRAM.observe(NUMBER)
    SUMMARY.observe(NUMBER)
    GAUGE.get()


def refused_update():
    refuse(COUNTER.inc, -NUMBER)
    refuse(COUNTER.inc, TEXT)
    refuse(COUNTER.inc, NUMBER, amount=NUMBER)
    refuse(COUNTER.inc, NUMBER, {"__x": TEXT})
    refuse(COUNTER.inc, NUMBER, {TEXT: NUMBER})
    refuse(COUNTER.inc, NUMBER, [TEXT])
    refuse(HISTOGRAM.observe, NUMBER, {TEXT: TEXT * 20})
    refuse(HISTOGRAM.observe_n, NUMBER, -1)
    refuse(HISTOGRAM.observe_many, [NUMBER, TEXT])
    refuse(HISTOGRAM.observe_many, TEXT)
    refuse(HISTOGRAM.observe_many, NUMBER)
    refuse(COUNTER.set_function, TEXT)
    refuse(COUNTER.inc, value=NUMBER)
    refuse(GAUGE.set, TEXT)
    refuse(FAMILY.inc)
    refuse(HISTOGRAM.observe)


def labels():
    FAMILY.labels(TEXT, OTHER).inc()
    FAMILY.labels(a=TEXT, b=OTHER).inc()
    FAMILY.labels(str(1000), 1000).inc()


def refused_labels():
    refuse(FAMILY.labels, TEXT)
    refuse(FAMILY.labels, a=TEXT)
    refuse(FAMILY.labels, a=TEXT, x=OTHER)
    refuse(FAMILY.labels, TEXT, b=OTHER)
    refuse(FAMILY.labels, TEXT, "\ud800")
    refuse(FAMILY.labels(TEXT, OTHER).labels, TEXT)
    refuse(COUNTER.labels, TEXT)
    refuse(FAMILY.remove, TEXT)


def remove():
    FAMILY.labels(TEXT, OTHER).inc()
    FAMILY.remove(TEXT, OTHER)
    FAMILY.labels(TEXT, OTHER).inc()
    FAMILY.remove_by_labels({"a": TEXT})
    FAMILY.labels(TEXT, OTHER).inc()
    FAMILY.clear()


def families():
    FAMILY.preset({"a": [TEXT, 1], "b": (OTHER,)})
    for labels, child in FAMILY.children():
        child.reset(), labels
    assert FAMILY.child(TEXT, OTHER) is not None
    assert FAMILY.child(a=NUMBER, b=OTHER) is None
    view = FAMILY.curry(a=TEXT)
    view.labels(OTHER).inc()
    view.collect()
    with FAMILY.fresh() as fresh:
        fresh.labels(TEXT, 1).inc()
    FAMILY.replace({(TEXT, OTHER): 2})
    FAMILY.clear()


def refused_families():
    refuse(FAMILY.preset, {"a": [TEXT]})
    refuse(FAMILY.preset, {"a": [TEXT], "b": ["\ud800"]})
    refuse(FAMILY.preset, {"a": [TEXT], "b": TEXT})
    refuse(FAMILY._preset, (TEXT, OTHER))
    refuse(FAMILY.child, TEXT)
    refuse(FAMILY.curry, c=TEXT)
    refuse(FAMILY.curry, a="\ud800")
    refuse(FAMILY._replace, FAMILY)
    refuse(FAMILY._replace, TEXT)
    refuse(FAMILY.remove_by_labels, {"c": TEXT})
    refuse(FAMILY.replace, {(TEXT,): 1})
    refuse(FAMILY.replace, {(TEXT, OTHER): TEXT})


CONSTRAINED = Counter("limited", "h", ["a", "b"], registry=REGISTRY, overflow="rest",
                      constraints={"a": [TEXT], "b": lambda value: value[:3]})  # fmt: skip
BOUNDED = Counter("bounded", "h", ["a"], registry=REGISTRY, max_series=2)


def limits():
    CONSTRAINED.labels(TEXT, OTHER).inc()
    CONSTRAINED.labels(OTHER, TEXT).inc()
    CONSTRAINED.remove(OTHER, TEXT)
    refuse(CONSTRAINED.labels, OTHER, "\ud800")
    for value in (TEXT, OTHER, NUMBER, str(NUMBER)):
        BOUNDED.labels(value).inc()


INFO = Info("info", "h", registry=REGISTRY)
STATES = StateSet("states", "h", states=[TEXT, OTHER], registry=REGISTRY)
ENUM = Enum("enum", "h", ["l"], states=[TEXT, OTHER], registry=REGISTRY)


def states():
    INFO.info({"a": TEXT, "b": NUMBER})
    INFO.get(), STATES.get(), HISTOGRAM.get(), SUMMARY.get()
    STATES.set(TEXT, False)
    STATES.state(OTHER)
    ENUM.labels(TEXT).state(OTHER)
    ENUM.labels(TEXT).get()
    ENUM.clear()
    refuse(INFO.info, {"a": None})
    refuse(INFO.info, {"__a": TEXT})
    refuse(STATES.set, "no such state")
    refuse(STATES.state, NUMBER)
    refuse(Enum, "x", "h", states=[TEXT, 1], registry=REGISTRY)
    refuse(Enum, "x", "h", states=[TEXT, TEXT], registry=REGISTRY)


def make():
    registry = libprom.CollectorRegistry()
    Counter("c", TEXT, ["l"], "n", "s", "bytes", registry).labels(OTHER).inc()
    Gauge("g", TEXT, registry=registry, multiprocess_mode="sum").set(1)
    Histogram("h", TEXT, registry=registry, buckets=[1, 2, NUMBER]).observe(1)
    Summary("s", TEXT, registry=registry, objectives=[(0.5, 0.1)]).observe(1)
    Counter("c", TEXT, ["l"], "n", "s", "bytes", registry).labels(OTHER).inc()


def refused_make():
    registry = libprom.CollectorRegistry()
    Counter("c", TEXT, registry=registry)
    refuse(Counter, "c", OTHER, registry=registry)
    refuse(Counter, "", TEXT, registry=registry)
    refuse(Counter, TEXT, None, registry=registry)
    refuse(Counter, "d", TEXT, [OTHER, 1], registry=registry)
    refuse(Counter, "d", TEXT, ["__x"], registry=registry)
    refuse(Gauge, "d", TEXT, multiprocess_mode=OTHER)
    refuse(Histogram, "d", TEXT, registry=registry, buckets=[2, 1])
    refuse(Histogram, "d", TEXT, registry=registry, buckets=[NUMBER, TEXT])
    refuse(Summary, "d", TEXT, registry=registry, objectives={0.5: TEXT})
    refuse(Summary, "d", TEXT, registry=registry, objectives=[(0.5,)])


def find():
    REGISTRY.find("f").labels(TEXT, OTHER).inc()
    REGISTRY.find("h").observe(NUMBER)
    refuse(REGISTRY.find, TEXT)
    refuse(REGISTRY.find, "\0")
    refuse(REGISTRY._find, "f", {})
    refuse(REGISTRY._find, "f", {"counter": Histogram})


class Child(Counter):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.note = TEXT


def subclass():
    family = Child("c", TEXT, ["l"], registry=None)
    family.labels(OTHER).inc()
    family.labels(OTHER).parent = family


def read():
    generate_latest(REGISTRY)
    list(REGISTRY.collect())
    REGISTRY.get_sample_value("f_total", {"a": TEXT, "b": OTHER})
    COUNTER.collect()
    COUNTER.describe()
    repr(FAMILY), str(FAMILY), FAMILY._labelnames, FAMILY._kwargs
    refuse(REGISTRY.get_sample_value, "x", {TEXT: 1})


class Fixed:
    def __init__(self, value=1):
        self.value = value

    def collect(self):
        return [GaugeMetricFamily("mine", TEXT, self.value)]


def collectors():
    registry = libprom.CollectorRegistry()
    fixed = Fixed()
    fixed.registry = registry
    registry.register(fixed)
    generate_latest(registry)
    registry.unregister(fixed)
    registry.register(Fixed(TEXT))
    refuse(generate_latest, registry)
    other = libprom.CollectorRegistry.from_capsule(registry.capsule())
    refuse(generate_latest, other)
    refuse(other.register, FAMILY.labels(TEXT, OTHER))


def build(builder):
    builder.family("histogram", "h", TEXT)
    builder.histogram(NUMBER, 3, [(0.5, 1), (NUMBER, 2)], {TEXT: OTHER}, timestamp=NUMBER)
    builder.family("summary", "s", TEXT)
    builder.summary(NUMBER, 3, [(0.5, NUMBER)], {TEXT: OTHER})
    refuse(builder.histogram, NUMBER, TEXT, [])
    refuse(builder.histogram, NUMBER, 1, [(NUMBER, TEXT)])
    refuse(builder.summary, NUMBER, 1, [TEXT])
    refuse(builder.value, NUMBER, {TEXT: 1})
    refuse(builder.family, TEXT, TEXT)


def builders():
    registry = libprom.CollectorRegistry()
    box = registry.collector(TEXT, build)
    generate_latest(registry)
    box.close()


def servers():
    registry = libprom.CollectorRegistry()
    registry.register(Fixed())
    with libprom.serve(registry=registry) as server:
        refuse(libprom.serve, server.port, registry=registry)


def timers():
    with HISTOGRAM.time():
        pass
    HISTOGRAM.time()(refuse)
    with COUNTER.count_exceptions(), GAUGE.track_inprogress():
        pass


def functions():
    registry = libprom.CollectorRegistry()
    gauge = Gauge("g", "h", ["l"], registry=registry)
    child = gauge.labels(TEXT)
    child.set_function(lambda: NUMBER)
    generate_latest(registry)
    child.set_function(lambda: TEXT)
    refuse(generate_latest, registry)
    gauge.labels(OTHER).set_function(Fixed)
    gauge.remove(TEXT)
    registry.gather().errors()


def registries():
    registry = libprom.CollectorRegistry(pedantic=True, max_series=5)
    registry.register(SHARED_FAMILIES)
    wrapped = registry.wrap("p_", {"w": TEXT})
    Counter("c", TEXT, ["l"], registry=wrapped).labels(OTHER).inc()
    outer = libprom.CollectorRegistry()
    outer.register(registry)
    list(outer.collect(names=["p_c", TEXT], timeout=60))
    list(libprom.gather(outer, REGISTRY, names=[TEXT], cancelled=lambda: False).collect())
    outer.registered(), registry.registered()
    refuse(libprom.gather, outer, cancelled=lambda: True)
    refuse(libprom.gather, outer, TEXT)
    refuse(libprom.gather, outer, names=[NUMBER])
    refuse(outer.register, registry)
    refuse(registry.register, outer)
    refuse(registry.wrap, TEXT, {"__x": TEXT})
    refuse(registry.collector, TEXT, build, lambda b: b.family("gauge", "g"), timeout=-1)
    refuse(registry.collector, TEXT, build, lambda b: 1 / 0)
    refuse(registry.collector, TEXT, build, TEXT)
    outer.unregister(registry)


def SHARED_FAMILIES():
    native = libprom.NativeHistogram(3, 5.0, 0, 0.5, 1, ((0, 2),), None, (1, 0), None)
    family = libprom.Metric("h", TEXT, "histogram")
    family.add_sample("h", {"l": OTHER}, 3, native_histogram=native)
    states = libprom.StateSetMetricFamily("s", TEXT, {TEXT: True, OTHER: False})
    counter = libprom.CounterMetricFamily("c", TEXT, labels=["l"])
    exemplar = libprom.Exemplar({"t": TEXT}, 1, NUMBER)
    counter.add_metric([TEXT], NUMBER, created=NUMBER, exemplar=exemplar)
    return family, states, counter


def more_builders():
    registry = libprom.CollectorRegistry()
    registry.register(SHARED_FAMILIES)
    generate_latest(registry)
    list(registry.collect())
    registry.unregister(SHARED_FAMILIES)
    registry.collector("bad", build_badly)
    generate_latest(registry)


def build_badly(b):
    b.family("histogram", "h", TEXT, None, ["a", "b"])
    refuse(b.family, "gauge", "g", TEXT, None, [TEXT, 1])
    refuse(b.histogram, 1, 1, [], native=(1, 2))
    refuse(b.histogram, 1, 1, [], native=TEXT)
    refuse(b.histogram, 1, 1, [], native=(1, 1.0, 0, 0, 0, ((0, 1),), None, (TEXT,)))
    refuse(b.histogram, 1, 1, [], native=(1, 1.0, 0, 0, 0, (TEXT,), None, (1,)))
    refuse(b.histogram, 1, 1, [], exemplars=[(TEXT, 1)])
    b.family("counter", "c_total", TEXT)
    refuse(b.value, 1, {"x": "1"}, exemplar=({"t": 1}, TEXT))
    refuse(b.value, 1, {"x": "2"}, created=TEXT)
    b.family("stateset", "s", TEXT)
    refuse(b.stateset, {TEXT: 1})
    refuse(b.stateset, {1: True})


def shipped():
    registry = libprom.CollectorRegistry()
    libprom.PlatformCollector(registry)
    libprom.GCCollector(registry)
    libprom.RuntimeCollector(registry)
    libprom.BuildInfoCollector(TEXT, {"a": NUMBER}, registry)
    family = libprom.NestedFamily("a", "n", TEXT, ["l"])
    nested = libprom.NestedCollector(lambda: {"a": {TEXT: NUMBER}}, [family], registry)
    libprom.ProcessCollector("p", lambda: "self", registry=registry)
    generate_latest(registry)
    nested.collect()
    refuse(libprom.NestedCollector, {}, [(TEXT,)], registry)
    refuse(libprom.NestedCollector, {}, [("a", "n", TEXT, [NUMBER])], registry)
    refuse(libprom.BuildInfoCollector, TEXT, {"__a": TEXT}, registry)


def descriptions():
    desc = libprom.Desc("counter", TEXT, OTHER, [TEXT], constraints={TEXT: str.lower})
    str(desc), repr(desc), desc.name, desc.documentation, desc.labelnames, desc.const_labels
    metric = desc.metric(libprom.CollectorRegistry())
    metric.labels(TEXT).inc()
    libprom.Desc.of(metric.labels(TEXT)), libprom.Desc.of(metric)
    refuse(libprom.Desc.invalid(TEXT).metric, None)
    bad = libprom.Desc("histogram", TEXT, OTHER, buckets=[NUMBER, 1])
    repr(bad.error)
    refuse(libprom.Desc, TEXT, TEXT)
    refuse(libprom.Desc, "counter", TEXT, OTHER, registry=REGISTRY)
    registry = libprom.CollectorRegistry()
    refuse(registry.collector, TEXT, build, lambda b: b.desc(bad))
    snapshot = libprom.gather(REGISTRY)
    registry.collector(TEXT, lambda b: (b.desc(desc), b.snapshot(snapshot), b.desc(TEXT)))
    registry.gather().errors()
    registry.wrap("w_").collector(TEXT, lambda b: b.snapshot(snapshot))
    generate_latest(registry.gather())


def processes():
    for _ in range(4):  # what each might leave behind is small
        libprom.ProcessCollector(pid=lambda: TEXT, registry=None)


def helpers():
    testing = libprom.testing
    testing.value(COUNTER), testing.count(FAMILY, ["f_total"])
    text = "# TYPE mine gauge\nmine 1\n"
    testing.compare(Fixed(), text)
    refuse(testing.compare, Fixed(), text + "x{")
    refuse(testing.compare, Fixed(), "# TYPE mine gauge\nmine 2\n")
    refuse(testing.value, FAMILY)
    refuse(testing.value, lambda: [TEXT])
    testing.lint(Fixed(), [lambda family: [TEXT]])
    refuse(testing.lint, Fixed(), [lambda family: [NUMBER]])
    refuse(testing.lint, "x{")


def formats():
    for format in ("text1", "openmetrics", "openmetrics2", "protobuf", "json"):
        libprom.encode(REGISTRY, format, "dots")
    libprom.exposition.choose_encoder("application/openmetrics-text")[0](REGISTRY)
    libprom.exposition.gzip_accepted(TEXT)
    libprom.openmetrics.exposition.generate_latest(REGISTRY.gather())
    refuse(libprom.encode, REGISTRY, TEXT)
    refuse(libprom.encode, REGISTRY, "text", TEXT)
    refuse(libprom.content_type, TEXT)
    refuse(libprom.exposition.choose_encoder, b"x")


OPENMETRICS = """# TYPE a counter
a_total{b="c"} 1 5 # {d="e"} 0.5 6.25
a_created{b="c"} 7
# TYPE s stateset
s{s="x"} 1
# TYPE h histogram
h_bucket{le="1.0"} 1 # {} 1
h_bucket{le="+Inf"} 2
# EOF
"""


def parsers():
    for family in libprom.parser.text_string_to_metric_families("a 1\r\nb 2"):
        assert family.samples
    list(libprom.openmetrics.parser.text_fd_to_metric_families(OPENMETRICS.split("\n")[:-1]))
    snapshot = libprom.parse(OPENMETRICS, "application/openmetrics-text")
    protobuf = libprom.content_type("protobuf")
    list(libprom.parse(libprom.encode(snapshot, "protobuf"), protobuf).collect())
    next(libprom.parser.text_string_to_metric_families(b"a 1\nb 2\n"))
    refuse(libprom.parse, TEXT)
    refuse(libprom.parse, TEXT.encode(), protobuf)
    refuse(libprom.parse, NUMBER)
    refuse(snapshot._family, 3)
    refuse(snapshot._family, TEXT)
    refuse(libprom._native.parse, dict, TEXT, None)


def keep(snapshot, delivery):
    keep.snapshot, keep.delivery, keep.left = snapshot, delivery, delivery.left


def raise_it(snapshot, delivery):
    raise ValueError(TEXT)


def senders():
    registry = libprom.CollectorRegistry()
    registry.register(Fixed())
    with libprom.sender(keep, registry, name=TEXT, names=["mine"], finish=str) as s:
        s.send(), s.stats()
        refuse(keep.delivery.fileno)
    refuse(s.start)
    told = []
    s = libprom.sender(raise_it, registry, last=True, on_failure=told.append)
    refuse(s.send)
    refuse(s.stop)
    assert str(told[0]) == "ValueError: " + TEXT
    circle = type("Circle", (), {"__call__": lambda self, *_: None})()
    circle.sender = libprom.sender(circle, registry, on_failure=circle.__call__)
    circle.sender.send()


def refused_senders():
    refuse(libprom.sender, keep, REGISTRY, timeout=TEXT)
    refuse(libprom.sender, keep, REGISTRY, names=[TEXT, NUMBER])
    refuse(libprom.sender, keep, REGISTRY, on_failure=TEXT)
    refuse(libprom.sender, TEXT, REGISTRY, nonsense=TEXT)
    refuse(libprom.Pusher, "x", TEXT, REGISTRY, grouping={TEXT: OTHER}, headers={TEXT: NUMBER})
    refuse(libprom.Pusher, "x", TEXT, REGISTRY, headers={"a": TEXT}, format=TEXT)
    refuse(libprom.textfile, TEXT, REGISTRY, tmpdir=NUMBER)
    refuse(libprom.remote_write, TEXT, REGISTRY, labels={TEXT: NUMBER, "__a": TEXT})
    refuse(libprom._native.Sender, TEXT, REGISTRY, {})
    refuse(libprom._native.push_url, {"url": TEXT, "job": ""})
    libprom._native.push_url({"url": "x", "job": TEXT, "grouping": {"a": NUMBER}})
    snapshot = libprom.gather(REGISTRY)
    libprom._native.graphite_lines(snapshot, "prefix", True, 1)
    refuse(libprom._native.graphite_lines, snapshot, TEXT, True, 1)
    libprom._native._stop_senders(())


def periodic():
    once = threading.Event()
    with libprom.sender(lambda *_: once.set(), REGISTRY, interval=1e-3, last=True) as s:
        assert once.wait(20)
    s.start()
    s.stop()
    s = libprom.sender(keep, REGISTRY, last=True)
    libprom._native._stop_senders((s,))
    s.stop()


APP = libprom.make_wsgi_app(REGISTRY)


def handlers():
    handler = libprom.serving.Exposition(Fixed(), True, {"formats": ["text"], "title": TEXT})
    answer = handler.answer("GET", TEXT, [("Accept", TEXT), (TEXT, "\0"), ("\ud800", OTHER)])
    answer.status, answer.headers, answer.body, list(answer)
    handler = libprom.serving.Exposition(Fixed(TEXT), True, {})
    assert handler.answer("GET", "", ()).status == 500
    environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": "name[]=c_total", "HTTP_ACCEPT": TEXT}
    b"".join(APP(environ, lambda status, headers: None))
    refuse(handler.handle, "GET", "/", [TEXT])
    refuse(handler.handle, "GET", "/", NUMBER)
    refuse(handler.handle, NUMBER, "/")
    refuse(libprom.make_wsgi_app, REGISTRY, formats=["text", TEXT])
    refuse(libprom.make_wsgi_app, REGISTRY, max_age=TEXT)
    refuse(libprom.make_wsgi_app, REGISTRY, format=TEXT)


def polled():
    other = libprom.CollectorRegistry()
    with libprom.serve(
        registry=REGISTRY, polled=True, routes={"/other": other}, title=TEXT
    ) as server:
        server.poll(), server.poll(0, NUMBER), server.fileno(), server.wait_seconds()
        refuse(server.poll, TEXT)
    refuse(libprom.serve, registry=REGISTRY, routes={"/metrics": other})
    refuse(libprom.serve, registry=REGISTRY, path=TEXT)


HTTP = libprom.HTTPMetrics(REGISTRY, namespace="leaks", labels=["tenant"])


def exchanges():
    HTTP.begin("GET").end(200, 1, 2, (TEXT,), {"trace": TEXT})
    HTTP.begin(TEXT).abandon()
    HTTP.begin(NUMBER)
    refuse(HTTP.begin("GET").end, 200, labels=(TEXT, OTHER))
    refuse(HTTP.begin("GET").end, 200, 1, 2, (TEXT,), {"trace": TEXT * 20})
    refuse(HTTP.begin("GET").end, 200, TEXT)
    refuse(HTTP.begin("GET").first_byte, TEXT)
    libprom.HTTPMetrics(libprom.CollectorRegistry(), const_labels={"a": TEXT}, buckets=[1, 2])
    refuse(libprom.HTTPMetrics, REGISTRY, namespace="leaks")
    refuse(libprom.HTTPMetrics, REGISTRY, buckets=[TEXT])
    environ = {"REQUEST_METHOD": "GET"}
    app = libprom.WSGIMiddleware(APP, HTTP, labels=lambda environ: {"tenant": OTHER})
    body = app(environ, lambda status, headers: None)
    b"".join(body)
    body.close()


OPERATIONS = {
    f.__name__: f
    for f in (update, refused_update, labels, refused_labels, remove, make, refused_make,
              find, subclass, read, collectors, builders, servers, timers, families,
              refused_families, limits, states, functions, registries, more_builders, shipped,
              descriptions, processes, helpers, formats, parsers, senders, refused_senders,
              periodic, handlers, polled, exchanges)
}  # fmt: skip
SHARED = (TEXT, OTHER, NUMBER, None, REGISTRY, COUNTER, FAMILY, Fixed, Child, libprom.Counter,
          libprom._native.Counter, libprom._native.Builder, libprom._native.Collector,
          libprom.DuplicateTimeseries, build, libprom.Sender, libprom.Snapshot,
          libprom.serving.Exposition, libprom._native.Sender, libprom._native.Delivery,
          libprom._native.Response, libprom._native.Exchange, HTTP)  # fmt: skip


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


def state():
    gc.collect()
    # None is counted all over CPython, and immortal since 3.12: a few are no leak.
    return len(gc.get_objects()), [sys.getrefcount(o) for o in SHARED]


def main(
    name,
    slow=("servers", "shipped", "periodic", "polled"),
    fewer=("senders", "refused_senders", "handlers", "exchanges"),
):
    operation = OPERATIONS[name]
    rounds = 20 if name in slow else 100 if name in fewer else 400
    for _ in range(rounds):
        operation()
    objects, references = state()
    for _ in range(rounds):
        operation()
    more_objects, more_references = state()
    grown = [
        (repr(o)[:40], after - before)
        for o, before, after in zip(SHARED, references, more_references)
        if after - before > rounds // 8
    ]
    assert more_objects - objects < rounds // 8, f"{more_objects - objects} objects more"
    assert not grown, grown
    before = resident()
    for i in range(rounds * 50):
        operation()
        if i % 500 == 0:  # or cycles that wait for the collector would look like a leak
            gc.collect()
    gc.collect()
    # 64 bytes left by each operation would be 1.2 MB; malloc takes some at a time.
    growth = resident() - before
    assert growth < 1 << 20, f"{growth} bytes more"


if __name__ == "__main__":
    main(sys.argv[1])
