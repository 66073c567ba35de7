"""Everything that knows Pulumi's dynamic provider host.

The engine starts the host as a process, `python -m pulumi.dynamic`, and calls it over gRPC. That host serves four calls
at a time, gives a provider neither URN nor timeout, drops the engine's Cancel, shows every error as a traceback and
outlives a killed engine. The modules here change that from inside, each with a way to go on without:

    adapter       serves any kind of resource: values, the call, errors, no secret in a text
    secret_marks  which inputs the program marks as secret, and the marks that go back
    long_verbs    what Create, Update, Delete and Read start with: the call, a watch, a status line
    host          the set-up in `configure()`: own threads, Cancel, leaving with the engine; what could not be had
    pools         the thread pools, and the engine-side limit of four
    frames        where the rest finds what the host does not hand over
    calls         the call that this thread serves: URN, timeout, preview
    failure       one-line errors, and errors that keep the resource in the state
    values        the host's values as plain Python, and back

Tested with CLI 3.259 on pulumi 3.235 with grpcio 1.68 and on pulumi 3.272 with grpcio 1.85.
"""
