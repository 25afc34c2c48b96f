// SPDX-License-Identifier: Apache-2.0

// Package policy is part of what stands in for azcore.
package policy

type TokenRequestOptions struct{ Scopes []string }
