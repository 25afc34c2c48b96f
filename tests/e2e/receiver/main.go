// SPDX-License-Identifier: Apache-2.0

// Command receiver is what a Prometheus server is to those who push to it: its own handlers of
// remote write and OTLP, over its own database. It prints its port and ends when standard input
// does.
//
//	receiver [-types] FOLDER
//
//	POST /api/v1/write              remote write 1.0 and 2.0
//	POST /api/v1/write1             remote write 1.0 alone: 415 to 2.0, as older servers
//	POST /api/v1/otlp/v1/metrics    OTLP
//	POST /otlp/STRATEGY             OTLP with another translation: NoTranslation, ...
//	GET  /stored                    every sample of every series, as the database has them
//	GET  /taken                     each append that the handlers made, in order, with what the
//	                                database does not keep: metadata, start times, exemplars
//	POST /fail?status=N&times=N     so many of the next requests are answered so
//	                                (&retry_after=SECONDS, &body=TEXT)
//	GET  /requests                  method, path, headers and status of every request
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	remoteapi "github.com/prometheus/client_golang/exp/api/remote"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/otlptranslator"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/storage/remote"
	"github.com/prometheus/prometheus/tsdb"
)

type request struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Status  int               `json:"status"`
}

// failing answers requests in place of the handlers, as /fail has asked.
type failing struct {
	status     int
	times      int
	retryAfter string
	body       string
}

type server struct {
	db    *tsdb.DB
	taken *taken

	mutex    sync.Mutex
	requests []request
	fail     failing
}

// status remembers what a handler has answered.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// fails takes one of the failures that were asked for.
func (s *server) fails() (failing, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.fail.times == 0 {
		return failing{}, false
	}
	s.fail.times--
	return s.fail, true
}

func (f failing) answer(w http.ResponseWriter) {
	if f.retryAfter != "" {
		w.Header().Set("Retry-After", f.retryAfter)
	}
	w.WriteHeader(f.status)
	io.WriteString(w, f.body)
}

// receive records a request and hands it on.
func (s *server) receive(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := status{w, http.StatusOK}
		if f, fails := s.fails(); fails {
			io.Copy(io.Discard, r.Body)
			f.answer(&seen)
		} else {
			h.ServeHTTP(&seen, r)
		}
		headers := map[string]string{}
		for name := range r.Header {
			headers[strings.ToLower(name)] = r.Header.Get(name)
		}
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.requests = append(s.requests, request{r.Method, r.URL.Path, headers, seen.code})
	})
}

func (s *server) setFail(w http.ResponseWriter, r *http.Request) {
	number := func(name string) int {
		n, err := strconv.Atoi(r.FormValue(name))
		if err != nil {
			http.Error(w, name+": "+err.Error(), http.StatusBadRequest)
		}
		return n
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.fail = failing{
		number("status"), number("times"), r.FormValue("retry_after"), r.FormValue("body"),
	}
}

func (s *server) showRequests(w http.ResponseWriter, _ *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	show(w, s.requests)
}

func show[T any](w http.ResponseWriter, all []T) {
	if all == nil {
		all = []T{}
	}
	w.Header().Set("Content-Type", "application/json")
	check(json.NewEncoder(w).Encode(all))
}

func (s *server) otlp(logger *slog.Logger, strategy otlptranslator.TranslationStrategyOption,
	types bool,
) http.Handler {
	c := config.DefaultConfig
	c.OTLPConfig.TranslationStrategy = strategy
	return remote.NewOTLPWriteHandler(logger, prometheus.NewRegistry(), s.taken,
		func() config.Config { return c },
		remote.OTLPOptions{EnableTypeAndUnitLabels: types})
}

func (s *server) handler(types bool) http.Handler {
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	write := func(accepted ...remoteapi.WriteMessageType) http.Handler {
		return s.receive(remote.NewWriteHandler(logger, prometheus.NewRegistry(), s.taken,
			accepted, types, true))
	}
	mux := http.NewServeMux()
	mux.Handle("/api/v1/write", write(remoteapi.WriteV1MessageType, remoteapi.WriteV2MessageType))
	mux.Handle("/api/v1/write1", write(remoteapi.WriteV1MessageType))
	mux.Handle("/api/v1/otlp/v1/metrics",
		s.receive(s.otlp(logger, otlptranslator.UnderscoreEscapingWithSuffixes, types)))
	for _, strategy := range []otlptranslator.TranslationStrategyOption{
		otlptranslator.UnderscoreEscapingWithSuffixes,
		otlptranslator.UnderscoreEscapingWithoutSuffixes,
		otlptranslator.NoUTF8EscapingWithSuffixes,
		otlptranslator.NoTranslation,
	} {
		mux.Handle("/otlp/"+string(strategy), s.receive(s.otlp(logger, strategy, types)))
	}
	mux.HandleFunc("GET /stored", s.showStored)
	mux.HandleFunc("GET /taken", s.taken.show)
	mux.HandleFunc("POST /fail", s.setFail)
	mux.HandleFunc("GET /requests", s.showRequests)
	return mux
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "receiver:", err)
		os.Exit(1)
	}
}

func openDatabase(folder string) *tsdb.DB {
	o := tsdb.DefaultOptions()
	o.EnableExemplarStorage = true
	o.MaxExemplars = 100_000
	db, err := tsdb.Open(folder, slog.New(slog.DiscardHandler), nil, o, nil)
	check(err)
	return db
}

func main() {
	types := len(os.Args) > 1 && os.Args[1] == "-types"
	folder := os.Args[len(os.Args)-1]
	if len(os.Args) < 2 || (types && len(os.Args) != 3) || (!types && len(os.Args) != 2) {
		check(fmt.Errorf("usage: receiver [-types] FOLDER"))
	}
	db := openDatabase(folder)
	s := &server{db: db, taken: &taken{to: db}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() { check(http.Serve(listener, s.handler(types))) }()
	io.Copy(io.Discard, bufio.NewReader(os.Stdin))
	check(db.Close())
}
