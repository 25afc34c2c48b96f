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

// writeMs throws the bytes away; every value changes between two scrapes.
func writeMs(w *wide, t expfmt.FormatType, out func() io.WriteCloser) float64 {
	if w.n < 1_000_000 {
		writeAs(w.r, t, io.Discard)
	}
	figures := make([]float64, rounds(w.n))
	for i := range figures {
		w.fill()
		figures[i] = float64(timed(func(int) {
			to := out()
			writeAs(w.r, t, to)
			to.Close()
		}, 1).Nanoseconds()) / 1e6
	}
	return median(figures)
}

type discard struct{ io.Writer }

func (discard) Close() error { return nil }

func nowhere() io.WriteCloser { return discard{io.Discard} }

// As promhttp does it.
func zipped() io.WriteCloser { return gzip.NewWriter(io.Discard) }

func writtenMs(t expfmt.FormatType, n int) func([]float64) float64 {
	return func([]float64) float64 { return writeMs(wideCounters(n), t, nowhere) }
}

func gzipMs([]float64) float64 {
	return writeMs(wideCounters(nSeries), expfmt.TypeTextPlain, zipped)
}

func classicMs(values []float64) float64 {
	return writeMs(wideHistograms(0, values), expfmt.TypeProtoDelim, nowhere)
}

func nativeMs(values []float64) float64 {
	return writeMs(wideHistograms(1.1, values), expfmt.TypeProtoDelim, nowhere)
}

func allocatedBytes(t expfmt.FormatType) func([]float64) float64 {
	return func([]float64) float64 {
		w := wideCounters(nSeries)
		writeAs(w.r, t, io.Discard)
		w.fill()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		writeAs(w.r, t, io.Discard)
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
}

// readMBs reads the body that libprom wrote with expfmt.
func readMBs(name string, t expfmt.FormatType) func([]float64) float64 {
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

var formatRows = []row{
	{"OpenMetrics of 100,000 counters", "ms", writtenMs(expfmt.TypeOpenMetrics, nSeries)},
	{"protobuf of 100,000 counters", "ms", writtenMs(expfmt.TypeProtoDelim, nSeries)},
	{"text of 100,000 counters through gzip", "ms", gzipMs},
	{"text of 1,000 counters", "ms", writtenMs(expfmt.TypeTextPlain, 1000)},
	{"text of 1,000,000 counters", "ms", writtenMs(expfmt.TypeTextPlain, 1_000_000)},
	{"protobuf of 10,000 histograms, 11 bounds", "ms", classicMs},
	{"protobuf of 10,000 native histograms", "ms", nativeMs},
	{"allocated by a scrape of 100,000 counters, text", "B", allocatedBytes(expfmt.TypeTextPlain)},
	{"allocated by a scrape of 100,000 counters, OpenMetrics", "B",
		allocatedBytes(expfmt.TypeOpenMetrics)},
	{"allocated by a scrape of 100,000 counters, protobuf", "B",
		allocatedBytes(expfmt.TypeProtoDelim)},
	{"read text", "MB/s", readMBs("text", expfmt.TypeTextPlain)},
	{"read protobuf", "MB/s", readMBs("protobuf", expfmt.TypeProtoDelim)},
}
