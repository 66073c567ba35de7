"""The core: what a tuning job is, and how it is brought to its end without losing, doubling or repeating it.

Knows neither Pulumi nor HTTP, so that a native multi-language provider can sit on it later.

    inputs      fields (the API's table), canonical (one spelling for each meaning), checks (every certain rule),
                values (what is not known yet), attributes (the names in the state)
    before      source and pinned (version and checkpoint), preflight (look before money is spent), identity (labels),
                adoption (find the job that an earlier run left), named_job (adopt the one that is named),
                run_knowledge (what a create is told of its run), submission (exactly once)
    waiting     wait (pauses, patience, deadline), states (what each means), progress (the status line),
                failures (what to tell of a failed job), operations (those that Google calls long-running)
    after       outputs (job to state), metrics (training series), metadata (labels and names in place),
                reading (refresh), deletion, results (what a verb brings back)
    changes     compare (nothing, an update, or another training run), differences (in words)
    verbs       lifecycle (create and update)
    the API     resources (its records, and `Vertex`, the one seam), names (resource names), shares (percentages)
"""
