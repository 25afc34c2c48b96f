// SPDX-License-Identifier: Apache-2.0

// Command bench runs one round of the benchmarks with client_golang and prints JSON lines.
// Usage: bench VALUES [row ...], or bench --serve SERIES for scrapes.py; see
// tests/bench/README.md.
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
)

type measured func(values []float64) float64

type row struct {
	name string
	unit string
	run  measured
}

var rows = []row{
	{"counter inc", "ns", counterInc},
	{"gauge set", "ns", gaugeSet},
	{"histogram observe, 11 bounds", "ns", histogramObserve},
	{"native histogram observe, factor 1.1", "ns", nativeObserve},
	{"summary observe, 3 objectives", "ns", summaryObserve},
	{"look-up of 2 labels and inc", "ns", lookupInc},
	{"text of 100,000 counters, 3 labels", "ms", textMs},
	{"first text of 100,000 counters, 3 labels", "ms", firstTextMs},
	{"gather of 10,000 mixed series, 3 labels", "ms", mixedMs},
	{"memory of a counter series, 3 labels", "B", counterBytes},
	{"memory of a counter series after scrapes", "B", scrapedBytes},
	{"memory of a histogram series, 11 bounds", "B", histogramBytes},
	{"memory of a native series, 20 observations", "B", nativeBytes},
	{"push: 10,000 series to a Pushgateway", "ms", pushMs},
}

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: bench VALUES [row ...]"))
	}
	if os.Args[1] == "--serve" {
		serve(os.Args[2])
		return
	}
	values := readValues(os.Args[1])
	for _, r := range append(rows, formatRows...) {
		if len(os.Args) == 2 || slices.Contains(os.Args[2:], r.name) {
			report(r, r.run(values))
		}
	}
}

func readValues(path string) []float64 {
	raw, err := os.ReadFile(path)
	if err != nil {
		fail(err)
	}
	values := make([]float64, len(raw)/8)
	for i := range values {
		values[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	if n := len(values); n == 0 || n&(n-1) != 0 {
		fail(fmt.Errorf("%s: %d values, not a power of two", path, n))
	}
	return values
}

func report(r row, value float64) {
	line, err := json.Marshal(map[string]any{
		"row": r.name, "who": "client_golang", "value": value, "unit": r.unit,
	})
	if err != nil {
		fail(err)
	}
	fmt.Println(string(line))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}
