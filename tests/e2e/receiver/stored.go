// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"math"
	"net/http"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// A sample as the tests read it: a number spelled by Go, "stale", or a histogram as Prometheus
// shows it.
type sample struct {
	TimeMs    int64            `json:"t"`
	StartMs   int64            `json:"start,omitempty"`
	Value     string           `json:"value,omitempty"`
	Histogram *nativeHistogram `json:"histogram,omitempty"`
}

type nativeHistogram struct {
	Text          string  `json:"text"`
	Schema        int32   `json:"schema"`
	Count         float64 `json:"count"`
	Sum           string  `json:"sum"`
	ZeroThreshold float64 `json:"zero_threshold"`
	ZeroCount     float64 `json:"zero_count"`
	Hint          string  `json:"hint"`
	Float         bool    `json:"float,omitempty"`
}

type caseOf struct {
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
	TimeMs int64             `json:"t"`
}

type series struct {
	Labels    map[string]string `json:"labels"`
	Samples   []sample          `json:"samples"`
	Exemplars []caseOf          `json:"exemplars,omitempty"`
}

func number(v float64) string {
	if value.IsStaleNaN(v) {
		return "stale"
	}
	if math.IsNaN(v) {
		return fmt.Sprintf("NaN:%x", math.Float64bits(v))
	}
	return fmt.Sprint(v)
}

func hint(h histogram.CounterResetHint) string {
	return [...]string{"unknown", "reset", "no reset", "gauge"}[h]
}

func sampleOf(start, t int64, v float64, h *histogram.Histogram, f *histogram.FloatHistogram) sample {
	s := sample{TimeMs: t, StartMs: start}
	whole := h != nil
	if whole {
		f = h.ToFloat(nil)
	}
	if f == nil {
		s.Value = number(v)
		return s
	}
	if value.IsStaleNaN(f.Sum) {
		s.Value = "stale"
		return s
	}
	s.Histogram = &nativeHistogram{
		f.String(), f.Schema, f.Count, number(f.Sum), f.ZeroThreshold, f.ZeroCount,
		hint(f.CounterResetHint), !whole,
	}
	return s
}

func casesOf(all []exemplar.Exemplar) (out []caseOf) {
	for _, e := range all {
		out = append(out, caseOf{e.Labels.Map(), e.Value, e.Ts})
	}
	return out
}

func samplesOf(i chunkenc.Iterator) (out []sample) {
	for kind := i.Next(); kind != chunkenc.ValNone; kind = i.Next() {
		switch kind {
		case chunkenc.ValFloat:
			t, v := i.At()
			out = append(out, sampleOf(0, t, v, nil, nil))
		case chunkenc.ValHistogram:
			t, h := i.AtHistogram(nil)
			out = append(out, sampleOf(0, t, 0, h, nil))
		case chunkenc.ValFloatHistogram:
			t, f := i.AtFloatHistogram(nil)
			out = append(out, sampleOf(0, t, 0, nil, f))
		}
	}
	check(i.Err())
	return out
}

func (s *server) showStored(w http.ResponseWriter, r *http.Request) {
	every := labels.MustNewMatcher(labels.MatchNotEqual, labels.MetricName, "")
	exemplars := map[string][]caseOf{}
	eq, err := s.db.ExemplarQuerier(context.Background())
	check(err)
	found, err := eq.Select(math.MinInt64/2, math.MaxInt64/2, []*labels.Matcher{every})
	check(err)
	for _, f := range found {
		exemplars[f.SeriesLabels.String()] = casesOf(f.Exemplars)
	}
	q, err := s.db.Querier(math.MinInt64/2, math.MaxInt64/2)
	check(err)
	defer q.Close()
	var all []series
	set := q.Select(r.Context(), true, nil, every)
	for set.Next() {
		l := set.At().Labels()
		all = append(all, series{
			l.Map(), samplesOf(set.At().Iterator(nil)), exemplars[l.String()],
		})
	}
	check(set.Err())
	show(w, all)
}
