// SPDX-License-Identifier: Apache-2.0

// Package http is part of what stands in for a sender's log-in that a receiver has no use for.
package http

import (
	"context"
	"errors"
	"net/http"

	"google.golang.org/api/option"
)

func NewTransport(context.Context, http.RoundTripper, ...option.ClientOption) (http.RoundTripper, error) {
	return nil, errors.ErrUnsupported
}
