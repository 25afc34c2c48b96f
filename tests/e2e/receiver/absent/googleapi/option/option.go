// SPDX-License-Identifier: Apache-2.0

// Package option is part of what stands in for a sender's log-in that a receiver has no use for.
package option

import "golang.org/x/oauth2/google"

type ClientOption struct{}

const ServiceAccount = 0

func WithScopes(...string) ClientOption                { return ClientOption{} }
func WithAuthCredentialsFile(int, string) ClientOption { return ClientOption{} }
func WithCredentials(*google.Credentials) ClientOption { return ClientOption{} }
