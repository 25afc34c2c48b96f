module github.com/Azure/azure-sdk-for-go/sdk/azidentity

go 1.26.7

require github.com/Azure/azure-sdk-for-go/sdk/azcore v0.0.0
