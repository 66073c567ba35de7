"""The native plugin `pulumi-resource-ctune`: the same resources for programs in any language of Pulumi.

A front on `verbs` and kinds, as `dynamic` is. It converts names and values, says which call is served, and tells what
went wrong; what a verb means is the kind's.

    __main__      the process: port, SIGINT, leaving with the engine
    servicer      the engine's calls
    served        which kind serves which type, and what a program in Python tells that others cannot
    functions     the lookups
    answers       a plan as the answer to Diff, an error as the engine takes it
    wire_values   protobuf's values as plain Python, and back; marks of secrets
    wire_names    snake_case to camelCase and back, by the schema
    setting_texts inputs of a provider as settings; for commands too
    saved_entries what the CLI tells of resources, by the names of the core; for commands too
    wording       texts for people by those names
    kept_schema   the schema as schema.json has it

`make reference` derives schema.json from the classes of `program`.
"""
