// SPDX-License-Identifier: Apache-2.0

// Package cloud is part of what stands in for azcore.
package cloud

type Configuration struct{}

var AzureChina, AzureGovernment, AzurePublic Configuration
