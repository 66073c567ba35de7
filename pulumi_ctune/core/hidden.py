"""The hidden entries that states of several kinds of resources have. Pulumi shows them to nobody.

Imports nothing: the program needs them too.
"""

OWNER = "__owner"
"""Who a resource belongs to: `organization`, `project`, `stack` and `name`; of a job also the `token` of this state
entry, of a deployment the `urn`, all as they were when it was made. `ownership.Owner.of` reads it. Of an alias only
`SERVICE` is there.
"""

SERVICE = "service"
"""In `OWNER`: the kind of service that the resource was made at, `google` or `emulator`; states of 0.1.0 have none."""

HOLD = "__hold"
"""The mark that this state entry put on its model version, see `ownership`; states of 0.1.0 have none."""

SHARED = "__shared"
"""Whether another resource had the job when this entry took it: then a delete leaves what the job made, whoever goes
first. Absent for what nobody else had.
"""

RECORDED = "__recorded"
"""Whether the outputs are complete; else the job has still to be waited for."""

ECHOED = "__echoed"
"""That the inputs in a state are what the API told of a resource that no program had described: defaults of the service
are among them, and what the API never tells is not. Gone with the first update, which writes the program's inputs.
"""

SECRETS = "__secrets"
"""Which inputs the program marks as secret, each as the list of keys that lead to it, in inputs and state of every
resource that has some. Without values: these are where they always are. The engine hands secrets over in plain, and
before a read or delete there may be no check to tell.
"""
