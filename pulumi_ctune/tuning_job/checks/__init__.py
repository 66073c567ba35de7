"""The rules that a job's inputs can be held to before anything is sent: in a preview, offline, within milliseconds.

Owns no rule itself: `inputs` has those of a job's own inputs, `core.schema_checks` those of the API's schema,
`core.message_rules` those of its messages, `core.grammar` the grammars, `advice` what is merely worth a warning. Only
what is certain is refused; models and regions come and go, so those are the server's to judge. Values that are not
known yet are skipped, and so is a rule over several values while one of them is unknown.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.kind import Failure, failures_of
from pulumi_ctune.core.messages import Findings
from pulumi_ctune.tuning_job.checks import advice
from pulumi_ctune.tuning_job.checks.inputs import check_inputs


def check(inputs: Mapping[str, Any]) -> list[Failure]:
    """Everything that is wrong with these inputs, at most one failure per field; empty if nothing is.

    `inputs` are plain values with `UNKNOWN` where a value is not known yet. Whole floats count as whole numbers.
    """
    found: Findings = {}
    check_inputs(inputs, found)
    return failures_of(found)


def warnings(inputs: Mapping[str, Any]) -> list[str]:
    """What is allowed but hardly meant, a sentence each, of inputs that `check` finds nothing wrong with."""
    return advice.warnings(inputs)
