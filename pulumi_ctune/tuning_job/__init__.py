"""A tuning job: what it is, and how it is brought to its end without losing, doubling or repeating it.

Knows neither Pulumi nor HTTP.

    kind        the verbs as a front calls them
    attributes  the names in the state
    request     the inputs, parsed once, and the request that is submitted; draft, while some are unknown
    state       what a state holds, parsed once; outputs writes it
    checks      every certain rule of the inputs
    diff        what a change means: nothing, an update, or another training run; training_reasons says why
    before      source_lookup (version and checkpoint), preflight (look before money is spent), own_jobs (find the job
                that an earlier run left), named_job (adopt the one that an input names), state_entries (what is known
                of the states, to decide by); core.submission sends it exactly once
    money       preview (in a check), dataset_look (lines and estimate), spending (budget and prices), budget_hold (the
                estimate against the budget), budget_watch (the service's count against it)
    creation    create and update; respelled asks Google whether another spelling still means the same
    waiting     wait (pauses and deadline), progress (the status line), failures (what to tell of a failed job)
    after       recording (what a finished job has made), metadata and edits (labels and names in place), job_lookup (of
                a job whose record may be lost at Google), reading (refresh), cancellation, deletion (what the policy
                says), removal
"""
