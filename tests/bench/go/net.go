// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/push"
)

// serve prints its port and serves as many counters as it is told until its input ends.
func serve(series string) {
	n, err := strconv.Atoi(series)
	if err != nil {
		fail(err)
	}
	w := wideCounters(n)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	http.Handle("/metrics", promhttp.HandlerFor(w.r, promhttp.HandlerOpts{}))
	go http.Serve(listener, nil)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	io.Copy(io.Discard, os.Stdin)
}

// pushMs is the processor time of one push; every value has changed since the last one.
func pushMs([]float64) float64 {
	w := wideCounters(nMixed)
	pusher := push.New(os.Getenv("BENCH_GATEWAY"), "client_golang").Gatherer(w.r)
	figures := make([]float64, 5)
	for i := range figures {
		w.fill()
		figures[i] = float64(timed(func(int) {
			if err := pusher.Push(); err != nil {
				fail(err)
			}
		}, 1)) / float64(time.Millisecond)
	}
	return median(figures)
}
