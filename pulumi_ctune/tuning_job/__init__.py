"""A tuning job: what it is, and how it is brought to its end without losing, doubling or repeating it.

Knows neither Pulumi nor HTTP.

    attributes  the names in the state
    checks      every certain rule of the inputs
    diff        what a change means: nothing, an update, or another training run; training_reasons says why
    before      source (version and checkpoint), preflight (look before money is spent), project (an id that means
                another project), adoption (find the job that an earlier run left), adopt_job (the one an input names),
                run_knowledge (what a create is told of its run), submission (exactly once)
    creation    create and update
    waiting     wait (pauses and deadline), progress (the status line), failures (what to tell of a failed job)
    after       outputs (job to state), metadata and edits (labels and names in place), records (job records that Google
                has lost), reading (refresh), cancellation, deletion
"""
