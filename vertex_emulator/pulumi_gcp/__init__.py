"""The emulator's gcp plugin: takes the place of that of pulumi-gcp in stacks and tests on the Vertex AI emulator.

The engine starts it as a process, `pulumi-resource-gcp`, and calls it over gRPC. A program stays as it is: it imports
pulumi_gcp, and what it declares lands in the state directory of the Vertex AI emulator. There a bucket, an object, an
endpoint and an endpoint's policy are the real things of that emulator: a dataset that a BucketObject uploads is the one
that a job reads, and a member is on the endpoint that a job made. Everything else is a record beside them.

It is never a provider for Google: it opens no connection and knows no credentials. It never works by accident: the
engine finds it only where somebody installed its launcher, and it refuses to work unless the stack's config (or the
program's `gcp.Provider`) says `vertexAiCustomEndpoint: embedded:DIR`, which no real plugin takes for a URL.

    __main__          the process: port, end
    launcher          the executable that the engine looks for
    provider          the engine's calls
    configuration     what the provider was configured with
    inputs            Check: defaults, automatic names
    differences       Diff: what a change means
    values            property values and assets on the wire
    functions         invokes

    catalogue         the kinds of resources, one line each
    kinds             what a resource type is
    client            the state directory: requests to Vertex AI and Cloud Storage, records
    buckets, objects, endpoints, endpoint_members     types that live in the emulator
    recorded          types that are records
    access            bindings of a member and a role

The protocol and what the real plugin answers: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto,
https://www.pulumi.com/registry/packages/gcp/api-docs/
"""
