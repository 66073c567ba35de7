"""An alias on a model version: the names in its state, its rules, and its verbs.

Knows neither Pulumi nor HTTP.
"""
