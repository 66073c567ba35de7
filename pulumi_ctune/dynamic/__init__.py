"""Everything that knows Pulumi's dynamic provider host.

The engine starts the host as a process, `python -m pulumi.dynamic`, and calls it over gRPC. That host serves four calls
at a time, gives a provider neither URN nor timeout, drops the engine's Cancel, shows every error as a traceback and
outlives a killed engine. The modules here change that from inside, each with a way to go on without:

    tuning_jobs   translates the verbs of `ContinuousTuningJob`
    aliases       `ModelVersionAlias`
    deployments   `ModelDeployment`
    held          which alias and deployment the resources of a run have
    verb_runs     what these translations share: settings, client, surroundings, one-line errors
    answers       what they share too: the core's findings as the host takes them
    run_registry  what one run knows of the tuning jobs in its states; one for the process
    saved_state   what the saved state holds of tuning jobs, asked of the CLI
    source_fates  what becomes of the model versions that other jobs continue from; one for the process
    secret_inputs keeps inputs that are marked as secret out of everything that is printed
    operation     what a provider's verb starts with: its call, its watch, its status line, its way to fail
    host          the set-up in `configure()`: own threads, Cancel, leaving with the engine; what could not be had
    pools         the thread pools, and the engine-side limit of four
    orphan_watch  the process ends when the engine is gone
    interruption  Ctrl-C and a lost engine, for those who wait
    frames        where the rest finds what the host does not hand over
    calls         the call that this thread serves: URN, timeout, preview
    status        lines on the resource's row and in the diagnostics
    failure       one-line errors, and errors that keep the resource in the state
    values        the host's values as plain Python, and back

Tested with CLI 3.259 on pulumi 3.235 with grpcio 1.68 and on pulumi 3.272 with grpcio 1.85.
"""
