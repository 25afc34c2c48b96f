// SPDX-License-Identifier: Apache-2.0

package main

import (
	"runtime"
	"slices"
	"syscall"
	"time"
)

const (
	batch   = 20 * time.Millisecond
	batches = 9
)

// perOp gives the nanoseconds of one of the n operations that run(n) does.
func perOp(run func(n int)) float64 {
	n := 1
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
	start := cpuTime()
	run(n)
	return cpuTime() - start
}

// cpuTime counts all threads of the process, the garbage collector's too, and leaves out what
// other programs take meanwhile.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		fail(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
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
