// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// wide is one family of n series in a registry.
type wide struct {
	r    *prometheus.Registry
	n    int
	fill func()
}

var wideLabels = []string{"code", "method", "path"}

func wideCounters(n int) *wide {
	v := newCounters()
	w := &wide{r: newRegistry(v), n: n, fill: func() {
		for i := range n {
			m, p, c := labelValues(i)
			v.WithLabelValues(c, m, p).Add(float64(i))
		}
	}}
	w.fill()
	return w
}

func wideDoubles(n int, values []float64) *wide {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "g", Help: "h"}, wideLabels)
	r := prometheus.NewRegistry()
	r.MustRegister(v)
	mask, filled := len(values)-1, 0
	w := &wide{r: r, n: n, fill: func() {
		filled++
		for i := range n {
			m, p, c := labelValues(i)
			v.WithLabelValues(c, m, p).Set(values[(i+filled)&mask])
		}
	}}
	w.fill()
	return w
}

func wideHistograms(factor float64, values []float64) *wide {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "h", Help: "h",
		NativeHistogramBucketFactor: factor, NativeHistogramMaxBucketNumber: 160,
	}, wideLabels)
	if factor == 0 {
		v = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "h", Help: "h"}, wideLabels)
	}
	r := prometheus.NewRegistry()
	r.MustRegister(v)
	mask := len(values) - 1
	w := &wide{r: r, n: nMixed, fill: func() {
		for i := range nMixed {
			m, p, c := labelValues(i)
			h := v.WithLabelValues(c, m, p)
			for k := range 20 {
				h.Observe(values[(20*i+k)&mask])
			}
		}
	}}
	w.fill()
	return w
}

func writeAs(r *prometheus.Registry, t expfmt.FormatType, out io.Writer) {
	families, err := r.Gather()
	if err != nil {
		fail(err)
	}
	encoder := expfmt.NewEncoder(out, expfmt.NewFormat(t))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			fail(err)
		}
	}
	if closer, ok := encoder.(expfmt.Closer); ok {
		if err := closer.Close(); err != nil {
			fail(err)
		}
	}
}

// rounds: a scrape of a million takes so long that it is measured once.
func rounds(n int) int {
	switch {
	case n >= 1_000_000:
		return 1
	case n >= nSeries:
		return 3
	}
	return 9
}

// fewBatch scrapes of 1,000 series are timed together, because one is over too soon.
const fewBatch = 100

// writeNs throws the bytes away; every value changes between two scrapes.
func writeNs(w *wide, t expfmt.FormatType, out func() io.WriteCloser) float64 {
	if w.n < 1_000_000 {
		writeAs(w.r, t, io.Discard)
	}
	scrapes := 1
	if w.n < nMixed {
		scrapes = fewBatch
	}
	figures := make([]float64, rounds(w.n))
	for i := range figures {
		var took time.Duration
		for range scrapes {
			w.fill()
			took += timed(func(int) {
				to := out()
				writeAs(w.r, t, to)
				to.Close()
			}, 1)
		}
		figures[i] = float64(took.Nanoseconds()) / float64(scrapes)
	}
	return median(figures)
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }

func nowhere() io.WriteCloser { return discard{io.Discard} }

var zipper = gzip.NewWriter(nil)

// zipped does as promhttp, which keeps its writers.
func zipped() io.WriteCloser {
	zipper.Reset(io.Discard)
	return zipper
}

func countersNs(n int, out func() io.WriteCloser) func(expfmt.FormatType) measured {
	return func(t expfmt.FormatType) measured {
		return func([]float64) float64 { return writeNs(wideCounters(n), t, out) / float64(n) }
	}
}

func doublesNs(t expfmt.FormatType) measured {
	return func(values []float64) float64 {
		return writeNs(wideDoubles(nSeries, values), t, nowhere) / nSeries
	}
}

func histogramsMs(factor float64) func(expfmt.FormatType) measured {
	return func(t expfmt.FormatType) measured {
		return func(values []float64) float64 {
			return writeNs(wideHistograms(factor, values), t, nowhere) / 1e6
		}
	}
}

func allocatedBytes(n int) func(expfmt.FormatType) measured {
	return func(t expfmt.FormatType) measured {
		return func([]float64) float64 {
			w := wideCounters(n)
			for range 2 {
				writeAs(w.r, t, io.Discard)
			}
			w.fill()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			writeAs(w.r, t, io.Discard)
			runtime.ReadMemStats(&after)
			return float64(after.TotalAlloc - before.TotalAlloc)
		}
	}
}

// readMBs reads the body that libprom wrote with expfmt.
func readMBs(name string, t expfmt.FormatType) measured {
	return func([]float64) float64 {
		body, err := os.ReadFile(filepath.Join(os.Getenv("BENCH_WORK"), "body."+name))
		if err != nil {
			fail(err)
		}
		figures := make([]float64, 3)
		for i := range figures {
			took := timed(func(int) {
				decoder := expfmt.NewDecoder(bytes.NewReader(body), expfmt.NewFormat(t))
				var f dto.MetricFamily
				if err := decoder.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
					fail(err)
				}
				if len(f.Metric) != nSeries {
					fail(fmt.Errorf("%d series were read", len(f.Metric)))
				}
			}, 1)
			figures[i] = float64(len(body)) * 1e3 / float64(took.Nanoseconds())
		}
		return median(figures)
	}
}

type format struct {
	name string
	t    expfmt.FormatType
}

var (
	texts = []format{
		{"text", expfmt.TypeTextPlain}, {"OpenMetrics", expfmt.TypeOpenMetrics},
	}
	protobuf = []format{{"protobuf", expfmt.TypeProtoDelim}}
	all      = slices.Concat(texts, protobuf)
)

// inEach makes a row for each format; %s in its name becomes the format's.
func inEach(formats []format, name, unit string, of func(expfmt.FormatType) measured) []row {
	var made []row
	for _, f := range formats {
		made = append(made, row{fmt.Sprintf(name, f.name), unit, of(f.t)})
	}
	return made
}

var formatRows = slices.Concat(
	inEach(all, "%s of 1,000 counters, a series", "ns", countersNs(1000, nowhere)),
	inEach(all, "%s of 100,000 counters, a series", "ns", countersNs(nSeries, nowhere)),
	inEach(all, "%s of 1,000,000 counters, a series", "ns", countersNs(1_000_000, nowhere)),
	inEach(texts, "%s of 100,000 doubles, a series", "ns", doublesNs),
	inEach(all, "%s of 100,000 counters through gzip, a series", "ns",
		countersNs(nSeries, zipped)),
	inEach(all, "%s of 10,000 histograms, 11 bounds", "ms", histogramsMs(0)),
	inEach(protobuf, "%s of 10,000 native histograms", "ms", histogramsMs(1.1)),
	inEach(all, "allocated by a scrape of 1,000 counters, %s", "B", allocatedBytes(1000)),
	inEach(all, "allocated by a scrape of 100,000 counters, %s", "B", allocatedBytes(nSeries)),
	inEach(all, "allocated by a scrape of 1,000,000 counters, %s", "B",
		allocatedBytes(1_000_000)),
	[]row{
		{"read text", "MB/s", readMBs("text", expfmt.TypeTextPlain)},
		{"read protobuf", "MB/s", readMBs("protobuf", expfmt.TypeProtoDelim)},
	},
)
