"""The names of what an evaluation run's state holds. Imports next to nothing: the program needs them too.

The state is flat: the inputs as they were checked, then the outputs, then hidden entries.
"""

from pulumi_ctune.core.type_tokens import type_of

NAME = "EvaluationRun"
"""The name of the resource's class."""

TYPE = type_of(NAME)
"""The type of the resource in states and URNs."""

INPUTS = (
    *("project", "location", "tuned_model_name", "checkpoint_id", "baseline", "data_source", "evaluation_config"),
    *("generation_config", "prompt_template", "answers", "evaluation_experiment", "labels", "encryption_spec"),
    *("triggers", "adopt_run", "deletion_policy"),
)
"""Every input of the resource; each reads back as an attribute of the same name."""

OUTPUTS = (
    *("name", "state", "model", "baseline_model", "baseline_tuned_model_names", "metrics", "baseline_metrics"),
    *("summary_metrics", "total_items", "failed_items", "evaluation_set", "result_set", "create_time"),
    *("completion_time", "console_url", "result"),
)
"""Every output of the resource that is no input as well."""

OPTIONAL_OUTPUTS = ("baseline_model", "evaluation_set", "result_set", "create_time", "completion_time")
"""Those that may be absent."""

OWN_SET = "__own_set"
"""Whether the evaluation set was made for this resource or for another one with the same rows, and not by the user."""

SERVICE, PROVIDER = ANSWERS = ("SERVICE", "PROVIDER")
"""Who asks the models: the run itself, or the provider, which hands the answers in with the rows."""

FLAT_KEYS = ("prompt", "response", "reference", "context")
"""Keys of a row of a dataset in the flat form."""
