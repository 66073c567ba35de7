"""A copy of a model version, in another project or region.

Knows neither Pulumi nor HTTP.

    attributes, checks, diff   the names in the state, the rules of the inputs, what a change means
    creation                   create and update: source and gate first, then the copy
    copying                    one version under one model, exactly once
    marks                      whose copy a version is, by its labels
    reading, deletion          refresh, delete
    outputs                    what the state holds
"""
