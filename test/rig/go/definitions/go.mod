module lethe.test/definitions

go 1.26.0

// Of these modules only files are read, nothing is built: custom resource definitions, and the schema of the Kubernetes API.
require (
	github.com/cilium/cilium v1.20.2
	k8s.io/kubernetes v1.36.3
	sigs.k8s.io/network-policy-api v0.2.0
)
