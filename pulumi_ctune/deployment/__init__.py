"""A model version that serves on an endpoint.

Knows neither Pulumi nor HTTP.

    attributes, checks, diff   the names in the state, the rules of the inputs, what a change means
    creation                   create and update
    reading, deletion          refresh, delete
    outputs                    what the state holds, and what of it is ours on the endpoint
    candidate                  what is to serve: found, checked and judged, before anything is changed
    rollout                    look, deploy, shift, undeploy: steps that can be repeated
    deploying                  one version under the first id that it can have, exactly once
    split, split_claims        the arithmetic of traffic splits, and who owns one
    ids                        how our deployments are told from other people's
"""
