"""The policy pack: the rules of `rules.py` as Pulumi policies, with their settings.

Pulumi runs this file in an environment of its own (`requirements.txt`), once for each command. Rules refuse what
breaks them; a pack config makes one advisory, or switches it off.
"""

from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

import rules

NAMES = {"type": "array", "items": {"type": "string"}}
PROD_STACKS = {"prod_stacks": NAMES | {"default": ["prod"]}}


def policy(rule: rules.Rule, settings: dict[str, dict[str, Any]] | None = None) -> ResourceValidationPolicy:
    """A policy of the rule's name. `settings` are those that it reads, as JSON Schema."""

    def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
        kind = rules.kind_of(args.resource_type)
        if kind is None:
            return
        resource = rules.Resource(
            kind=kind,
            stack=rules.stack_of(args.urn),
            inputs=rules.InSnakeCase(args.props),
            config=args.provider.props if args.provider else {},
        )
        for violation in rule(resource, args.get_config()):
            report_violation(violation, None)

    assert rule.__doc__ is not None
    return ResourceValidationPolicy(
        name=rule.__name__,
        description=rule.__doc__,
        validate=validate,
        config_schema=PolicyConfigSchema(settings) if settings else None,
    )


PolicyPack(
    "ctune",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        policy(rules.epoch_count_set),
        policy(rules.budget_set, {"stack_budget": {"type": "boolean", "default": True}}),
        policy(rules.protected_in_prod, PROD_STACKS),
        policy(rules.gated_in_prod, PROD_STACKS),
        policy(rules.allowed_model, {"models": NAMES}),
        policy(rules.allowed_region, {"regions": NAMES}),
    ],
)
