"""What becomes of a tuned version after training: who looks it up, which limits it must meet, which alias it gets, and
where it serves.

    gates, requirement_checks      `require`: what it means, and its rules
    name_checks                    the rules of the names that alias and deployment are given
    aliases, alias_checks,         an alias on a version: its verbs, what is refused, and
    alias_attributes               the names in the state
    deployments                    the verbs of a version on an endpoint, with its modules:
    deployment_plans, _checks,     what a change means, what is refused, and
    deployment_attributes          the names in the state
    candidates                     what is to serve: found, checked and judged, before anything is changed
    rollout                        deploy, shift, undeploy: steps that can be repeated
    traffic, traffic_claims        the arithmetic of splits, and who owns one
    deployed_ids                   how our deployments are told from other people's
    lookup, versions               find versions and checkpoints, or say which there are
"""
