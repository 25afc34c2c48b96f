// SPDX-License-Identifier: Apache-2.0

// Package azidentity stands in for a sender's log-in that a receiver has no use for.
package azidentity

import (
	"crypto"
	"crypto/x509"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

type (
	ClientID string

	ManagedIdentityCredentialOptions struct {
		ClientOptions azcore.ClientOptions
		ID            ClientID
	}
	WorkloadIdentityCredentialOptions struct {
		ClientOptions                     azcore.ClientOptions
		ClientID, TenantID, TokenFilePath string
	}
	ClientSecretCredentialOptions struct{ ClientOptions azcore.ClientOptions }
	DefaultAzureCredentialOptions struct {
		ClientOptions azcore.ClientOptions
		TenantID      string
	}
	ClientCertificateCredentialOptions struct {
		ClientOptions        azcore.ClientOptions
		SendCertificateChain bool
	}
)

func NewManagedIdentityCredential(*ManagedIdentityCredentialOptions) (azcore.TokenCredential, error) {
	return nil, errors.ErrUnsupported
}

func NewWorkloadIdentityCredential(*WorkloadIdentityCredentialOptions) (azcore.TokenCredential, error) {
	return nil, errors.ErrUnsupported
}

func NewClientSecretCredential(string, string, string, *ClientSecretCredentialOptions) (azcore.TokenCredential, error) {
	return nil, errors.ErrUnsupported
}

func NewDefaultAzureCredential(*DefaultAzureCredentialOptions) (azcore.TokenCredential, error) {
	return nil, errors.ErrUnsupported
}

func NewClientCertificateCredential(string, string, []*x509.Certificate, crypto.PrivateKey,
	*ClientCertificateCredentialOptions,
) (azcore.TokenCredential, error) {
	return nil, errors.ErrUnsupported
}

func ParseCertificates([]byte, []byte) ([]*x509.Certificate, crypto.PrivateKey, error) {
	return nil, nil, errors.ErrUnsupported
}
