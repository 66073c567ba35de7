"""The alias `prod` on version 1, because your own evaluation of that version was good enough.

Set `model` to `projects/P/locations/L/models/M`, and `results` to what your harness has written:
{"tuned_model_name": "../models/M@1", "metrics": {"accuracy": 0.9}, "total_items": 400, "source": "lm-eval"}
"""

import pulumi

import pulumi_ctune as ctune

config = pulumi.Config()
results: ctune.EvaluationResultArgs = config.require_object("results")

prod = ctune.ModelVersionAlias(
    "prod",
    tuned_model_name=f"{config.require('model')}@1",
    alias="prod",
    require=[{"evaluation": results, "metric": "accuracy", "at_least": 0.85, "fewest_items": 300}],
)
pulumi.export("prod", prod.id)
pulumi.export("version_id", prod.version_id)
