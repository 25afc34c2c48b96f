// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

const (
	nSeries = 100_000
	nMixed  = 10_000
)

var (
	methods = []string{"GET", "PUT", "POST", "HEAD", "DELETE"}
	codes   = []string{"200", "201", "204", "301", "400", "404", "500", "503"}
)

func counterInc([]float64) float64 {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "c_total", Help: "h"})
	return perOp(func(n int) {
		for range n {
			c.Inc()
		}
	})
}

func gaugeSet(values []float64) float64 {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "g", Help: "h"})
	mask := len(values) - 1
	return perOp(func(n int) {
		for i := range n {
			g.Set(values[i&mask])
		}
	})
}

func histogramObserve(values []float64) float64 {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "h", Help: "h"})
	mask := len(values) - 1
	return perOp(func(n int) {
		for i := range n {
			h.Observe(values[i&mask])
		}
	})
}

func nativeObserve(values []float64) float64 {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "h", Help: "h", NativeHistogramBucketFactor: 1.1,
	})
	mask := len(values) - 1
	return perOp(func(n int) {
		for i := range n {
			h.Observe(values[i&mask])
		}
	})
}

func summaryObserve(values []float64) float64 {
	s := prometheus.NewSummary(prometheus.SummaryOpts{
		Name: "s", Help: "h", MaxAge: 10 * time.Minute, AgeBuckets: 5,
		Objectives: map[float64]float64{0.5: 0.05, 0.9: 0.01, 0.99: 0.001},
	})
	mask := len(values) - 1
	return perOp(func(n int) {
		for i := range n {
			s.Observe(values[i&mask])
		}
	})
}

func lookupInc(values []float64) float64 {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "c_total", Help: "h"},
		[]string{"method", "code"})
	pairs := make([][2]string, len(values))
	for i, x := range values {
		k := int(x*1e6) % (len(methods) * len(codes))
		pairs[i] = [2]string{methods[k/len(codes)], codes[k%len(codes)]}
	}
	mask := len(values) - 1
	return perOp(func(n int) {
		for i := range n {
			p := &pairs[i&mask]
			v.WithLabelValues(p[0], p[1]).Inc()
		}
	})
}

// labelValues are those of series i; labelText is what they take in the exposition.
func labelValues(i int) (method, path, code string) {
	return methods[i%5], fmt.Sprintf("/items/%05d", i/40), codes[i/5%8]
}

func labelText(i int) float64 {
	m, p, c := labelValues(i)
	return float64(len(`code="",method="",path=""`) + len(m) + len(p) + len(c))
}

func fill(v *prometheus.CounterVec) {
	for i := range nSeries {
		m, p, c := labelValues(i)
		v.WithLabelValues(c, m, p).Add(float64(i))
	}
}

func newCounters() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "c_total", Help: "h"},
		[]string{"code", "method", "path"})
}

func newRegistry(v *prometheus.CounterVec) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(v)
	return r
}

// scrapeMs keeps the buffer between scrapes, as a server would.
func scrapeMs(r *prometheus.Registry, out *bytes.Buffer) float64 {
	out.Reset()
	figure := timed(func(int) { writeText(r, out) }, 1)
	if lines := bytes.Count(out.Bytes(), []byte("\n")); lines != nSeries+2 {
		fail(fmt.Errorf("text has %d lines", lines))
	}
	return float64(figure.Nanoseconds()) / 1e6
}

func firstTextMs([]float64) float64 {
	v := newCounters()
	fill(v)
	return scrapeMs(newRegistry(v), &bytes.Buffer{})
}

func textMs([]float64) float64 {
	v := newCounters()
	r := newRegistry(v)
	fill(v)
	var out bytes.Buffer
	scrapeMs(r, &out)
	figures := make([]float64, 3)
	for i := range figures {
		fill(v)
		figures[i] = scrapeMs(r, &out)
	}
	return median(figures)
}

// newMixed has 2,500 series of each type, with some observations in each.
func newMixed() *prometheus.Registry {
	labels := []string{"code", "method", "path"}
	c := newCounters()
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "g", Help: "h"}, labels)
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "h", Help: "h"}, labels)
	s := prometheus.NewSummaryVec(prometheus.SummaryOpts{
		Name: "s", Help: "h", MaxAge: 10 * time.Minute, AgeBuckets: 5,
		Objectives: map[float64]float64{0.5: 0.05, 0.9: 0.01, 0.99: 0.001},
	}, labels)
	r := prometheus.NewRegistry()
	r.MustRegister(c, g, h, s)
	for i := range nMixed / 4 {
		method, path, code := labelValues(i)
		c.WithLabelValues(code, method, path).Inc()
		g.WithLabelValues(code, method, path).Set(float64(i))
		for k := 1; k <= 10; k++ {
			h.WithLabelValues(code, method, path).Observe(0.1 * float64(k))
			s.WithLabelValues(code, method, path).Observe(0.1 * float64(k))
		}
	}
	return r
}

func mixedMs([]float64) float64 {
	r := newMixed()
	return perOp(func(n int) {
		for range n {
			if _, err := r.Gather(); err != nil {
				fail(err)
			}
		}
	}) / 1e6
}

func writeText(r *prometheus.Registry, out *bytes.Buffer) {
	families, err := r.Gather()
	if err != nil {
		fail(err)
	}
	encoder := expfmt.NewEncoder(out, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range families {
		if err := encoder.Encode(f); err != nil {
			fail(err)
		}
	}
}

func counterBytes([]float64) float64 {
	v := newCounters()
	before := heapBytes()
	fill(v)
	grown := heapBytes() - before
	runtime.KeepAlive(v)
	return withoutText(grown)
}

func scrapedBytes([]float64) float64 {
	v := newCounters()
	r := newRegistry(v)
	before := heapBytes()
	fill(v)
	for range 3 {
		scrapeMs(r, &bytes.Buffer{})
	}
	grown := heapBytes() - before
	runtime.KeepAlive(r)
	return withoutText(grown)
}

func histogramBytes([]float64) float64 {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "h", Help: "h"},
		[]string{"code", "method", "path"})
	before := heapBytes()
	for i := range nSeries {
		m, p, c := labelValues(i)
		v.WithLabelValues(c, m, p).Observe(float64(i))
	}
	grown := heapBytes() - before
	runtime.KeepAlive(v)
	return withoutText(grown)
}

func nativeBytes(values []float64) float64 {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "h", Help: "h", NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160,
	}, []string{"code", "method", "path"})
	mask := len(values) - 1
	before := heapBytes()
	for i := range nSeries {
		m, p, c := labelValues(i)
		h := v.WithLabelValues(c, m, p)
		for k := range 20 {
			h.Observe(values[(20*i+k)&mask])
		}
	}
	grown := heapBytes() - before
	runtime.KeepAlive(v)
	return withoutText(grown)
}

func withoutText(grown float64) float64 {
	for i := range nSeries {
		grown -= labelText(i)
	}
	return grown / nSeries
}
