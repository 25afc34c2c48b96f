// SPDX-License-Identifier: Apache-2.0

// Command reader reads bodies with the parsers of a Prometheus server.
//
//	reader CONTENT_TYPE < body       one JSON line for each series
//	reader -bench FOLDER [row ...]   MB/s, in tests/bench
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

type taken struct {
	Labels      map[string]string `json:"labels"`
	Value       string            `json:"value,omitempty"`
	Histogram   string            `json:"histogram,omitempty"`
	Schema      *int32            `json:"schema,omitempty"`
	CreatedMs   int64             `json:"created_ms,omitempty"`
	TimestampMs *int64            `json:"timestamp_ms,omitempty"`
	Exemplars   []caseOf          `json:"exemplars,omitempty"`
}

type caseOf struct {
	Labels      map[string]string `json:"labels"`
	Value       float64           `json:"value"`
	TimestampMs int64             `json:"timestamp_ms"`
}

// parse calls each for every series.
func parse(body []byte, contentType string, each func(textparse.Parser, *taken, labels.Labels)) {
	p, err := textparse.New(body, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	check(err)
	var l labels.Labels
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		check(err)
		var t taken
		switch entry {
		case textparse.EntrySeries:
			var v float64
			_, t.TimestampMs, v = p.Series()
			t.Value = fmt.Sprint(v)
		case textparse.EntryHistogram:
			var h *histogram.Histogram
			var f *histogram.FloatHistogram
			_, t.TimestampMs, h, f = p.Histogram()
			if h != nil {
				t.Histogram, t.Schema = h.String(), &h.Schema
			} else {
				t.Histogram, t.Schema = f.String(), &f.Schema
			}
		default:
			continue
		}
		p.Labels(&l)
		each(p, &t, l)
	}
}

func show(contentType string) {
	body, err := io.ReadAll(os.Stdin)
	check(err)
	out := json.NewEncoder(os.Stdout)
	parse(body, contentType, func(p textparse.Parser, t *taken, l labels.Labels) {
		t.Labels = l.Map()
		t.CreatedMs = p.StartTimestamp()
		var x exemplar.Exemplar
		for p.Exemplar(&x) {
			t.Exemplars = append(t.Exemplars, caseOf{x.Labels.Map(), x.Value, x.Ts})
			x = exemplar.Exemplar{}
		}
		check(out.Encode(t))
	})
}

// cpuNs counts all threads, the garbage collector's too.
func cpuNs() int64 {
	var used syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return used.Utime.Nano() + used.Stime.Nano()
}

// series does what a scrape does with series that are new: their labels are made.
func series(body []byte, contentType string) (n int) {
	p, err := textparse.New(body, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	check(err)
	var l labels.Labels
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return n
		}
		check(err)
		if entry == textparse.EntrySeries {
			p.Series()
			p.Labels(&l)
			n++
		}
	}
}

func bench(folder string, rows []string) {
	for _, r := range []struct{ row, file, contentType string }{
		{"read text", "text", "text/plain; version=0.0.4"},
		{"read OpenMetrics", "openmetrics", "application/openmetrics-text; version=1.0.0"},
		{"read protobuf", "protobuf", "application/vnd.google.protobuf; " +
			"proto=io.prometheus.client.MetricFamily; encoding=delimited"},
	} {
		if len(rows) > 0 && !slices.Contains(rows, r.row) {
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder, "body."+r.file))
		check(err)
		var figures []float64
		for range 5 {
			start := cpuNs()
			if series(body, r.contentType) != 100_000 {
				check(errors.New("not all series were read"))
			}
			figures = append(figures, float64(len(body))*1e3/float64(cpuNs()-start))
		}
		slices.Sort(figures)
		check(json.NewEncoder(os.Stdout).Encode(map[string]any{
			"row": r.row, "who": "Prometheus", "value": figures[2], "unit": "MB/s",
		}))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "reader:", err)
		os.Exit(1)
	}
}

func main() {
	switch {
	case len(os.Args) == 2:
		show(os.Args[1])
	case len(os.Args) > 2 && os.Args[1] == "-bench":
		bench(os.Args[2], os.Args[3:])
	default:
		check(errors.New("usage: reader CONTENT_TYPE | -bench FOLDER [row ...]"))
	}
}
