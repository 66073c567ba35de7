"""An alias on a model version.

Knows neither Pulumi nor HTTP.

    attributes, checks, diff   the names in the state, the rules of the inputs, what a change means
    creation                   create and update: the alias put on a version, wherever it was
    reading, deletion          refresh, delete
    outputs                    what the state holds
"""
