// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"slices"
	"time"
)

const (
	batch   = 20 * time.Millisecond
	batches = 9
)

// perOp gives the nanoseconds of one of the n operations that run(n) does.
func perOp(run func(n int)) float64 {
	n := 1000
	for timed(run, n) < batch {
		n *= 2
	}
	figures := make([]float64, batches)
	for i := range figures {
		figures[i] = float64(timed(run, n).Nanoseconds()) / float64(n)
	}
	return median(figures)
}

func timed(run func(n int), n int) time.Duration {
	start := time.Now()
	run(n)
	return time.Since(start)
}

func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// heapBytes counts what is alive; two collections, because finalizers run after the first.
func heapBytes() float64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc)
}
