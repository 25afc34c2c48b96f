// SPDX-License-Identifier: Apache-2.0

// Package azcore stands in for a sender's log-in that a receiver has no use for.
package azcore

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

type AccessToken struct {
	Token     string
	ExpiresOn time.Time
}

type TokenCredential interface {
	GetToken(context.Context, policy.TokenRequestOptions) (AccessToken, error)
}

type ClientOptions struct{ Cloud cloud.Configuration }
