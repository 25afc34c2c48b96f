# SPDX-License-Identifier: Apache-2.0
"""Native histograms: as an instrument, and what is read back."""

import math

import pytest

from libprom import Exemplar, Histogram


def test_native_histogram(registry):
    h = Histogram("h", "h", registry=registry, native_factor=2, native_zero_threshold=0.01)
    h.observe_many([0, 1.5, 3, 3, -5])
    got = h.get()
    assert (got.count_value, got.sum_value, got.buckets) == (5, 2.5, {})
    native = got.native
    assert (native.schema, native.zero_threshold, native.zero_count) == (0, 0.01, 1)
    assert (native.pos_spans, native.pos_deltas) == (((1, 2),), (1, 1))
    assert (native.neg_spans, native.neg_deltas) == (((3, 1),), (1,))
    (family,) = registry.collect()
    assert [s.native_histogram for s in family.samples if s.native_histogram] == [native]


def test_native_and_classic(registry):
    h = Histogram("h", "h", registry=registry, native_factor=1.1, buckets=[1, 10])
    h.observe(5, {"n": "1"})
    got = h.get()
    assert got.buckets == {1: 0, 10: 1, math.inf: 1}
    assert got.native.schema == 3
    assert [Exemplar(e.labels, e.value) for e in got.native.nh_exemplars] == [
        ({"n": "1"}, 5, None)
    ]
    assert registry.get_sample_value("h_bucket", {"le": "10"}) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"native_factor": 2, "native_zero_threshold": -1},
        {"native_factor": 2, "native_min_reset": -1},
        {"native_factor": math.nan},
    ],
)
def test_bad_native_options(registry, options):
    with pytest.raises(ValueError):
        Histogram("h", "h", registry=registry, **options)
    assert list(registry.collect()) == []
