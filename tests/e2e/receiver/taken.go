// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"sync"

	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

type metadata struct {
	Type   string `json:"type"`
	Unit   string `json:"unit"`
	Help   string `json:"help"`
	Family string `json:"family,omitempty"`
}

// appended is one append that the database took, or why it did not.
type appended struct {
	Labels    map[string]string `json:"labels"`
	Sample    *sample           `json:"sample,omitempty"`
	Metadata  *metadata         `json:"metadata,omitempty"`
	Exemplars []caseOf          `json:"exemplars,omitempty"`
	Error     string            `json:"error,omitempty"`
	Request   int               `json:"request"` // of which transaction, from 1
}

// taken hands on to the database what the handlers append and keeps a list of it.
type taken struct {
	to storage.AppendableV2

	mutex    sync.Mutex
	all      []appended
	requests int
}

type transaction struct {
	storage.ExemplarAppenderV2
	in    *taken
	under []appended
}

func (t *taken) AppenderV2(ctx context.Context) storage.AppenderV2 {
	return &transaction{t.to.AppenderV2(ctx).(storage.ExemplarAppenderV2), t, nil}
}

func (t *taken) show(w http.ResponseWriter, _ *http.Request) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	show(w, t.all)
}

func (x *transaction) note(a appended, err error) {
	if err != nil {
		a.Error = err.Error()
	}
	x.under = append(x.under, a)
}

func (x *transaction) Append(ref storage.SeriesRef, l labels.Labels, st, t int64, v float64,
	h *histogram.Histogram, f *histogram.FloatHistogram, o storage.AOptions,
) (storage.SeriesRef, error) {
	s := sampleOf(st, t, v, h, f)
	a := appended{Labels: l.Map(), Sample: &s, Exemplars: casesOf(o.Exemplars)}
	if !o.Metadata.IsEmpty() || o.MetricFamilyName != "" {
		a.Metadata = &metadata{
			string(o.Metadata.Type), o.Metadata.Unit, o.Metadata.Help, o.MetricFamilyName,
		}
	}
	ref, err := x.ExemplarAppenderV2.Append(ref, l, st, t, v, h, f, o)
	x.note(a, err)
	return ref, err
}

func (x *transaction) AppendExemplars(ref storage.SeriesRef, l labels.Labels,
	all []exemplar.Exemplar,
) (storage.SeriesRef, error) {
	a := appended{Labels: l.Map(), Exemplars: casesOf(all)}
	ref, err := x.ExemplarAppenderV2.AppendExemplars(ref, l, all)
	x.note(a, err)
	return ref, err
}

func (x *transaction) end(err error) error {
	x.in.mutex.Lock()
	defer x.in.mutex.Unlock()
	x.in.requests++
	for i := range x.under {
		x.under[i].Request = x.in.requests
		if err != nil && x.under[i].Error == "" {
			x.under[i].Error = err.Error()
		}
	}
	x.in.all = append(x.in.all, x.under...)
	return err
}

func (x *transaction) Commit() error {
	return x.end(x.ExemplarAppenderV2.Commit())
}

func (x *transaction) Rollback() error {
	err := x.ExemplarAppenderV2.Rollback()
	x.end(context.Canceled)
	return err
}
