"""Plan-time rules of an alias and of `require`: each at its own field, offline."""

from typing import Any

import pytest

from pulumi_ctune.alias.checks import check, warnings
from pulumi_ctune.core.kind import failures_of
from pulumi_ctune.core.values import UNKNOWN

VERSION = "projects/acme/locations/us-central1/models/4711@2"
GOOD: dict[str, Any] = {"tuned_model_name": VERSION, "alias": "prod"}


def gate(**entry: Any) -> dict[str, Any]:
    """Inputs with one requirement, which lacks nothing but what is changed."""
    given = {"metric": "/eval_total_loss", "at_most": 0.8, **entry}
    return GOOD | {"require": [{key: value for key, value in given.items() if value is not None}]}


@pytest.mark.parametrize(
    "inputs",
    [
        GOOD,
        GOOD | {"alias": "default"},
        GOOD | {"alias": "a" * 128},
        GOOD | {"require": None},
        GOOD | {"require": []},
        GOOD | {"require": UNKNOWN},
        GOOD | {"require": [UNKNOWN]},
        {"tuned_model_name": UNKNOWN, "alias": UNKNOWN, "require": None},
        gate(),
        gate(at_least=0, aggregate="min"),
        gate(at_least=0.8),
        gate(metric=UNKNOWN, at_most=UNKNOWN, aggregate=UNKNOWN),
        gate(metric="answer/eval_mean_reward", at_most=None, at_least=-1),
    ],
    ids=str,
)
def test_inputs_without_a_fault_pass(inputs: dict[str, Any]) -> None:
    """What may be right is not refused, unknown values least of all."""
    assert check(inputs) == []


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ({"alias": "prod"}, {"tuned_model_name": "missing: set this input"}),
        (
            GOOD | {"tuned_model_name": VERSION.replace("@2", "")},
            {
                "tuned_model_name": f"'{VERSION[:-2]}' names no version: pin one by its number, ..@VERSION (output "
                "tuned_model_name of a job or of ctune.get_tuned_model)"
            },
        ),
        (
            GOOD | {"tuned_model_name": VERSION.replace("@2", "@golden")},
            {
                "tuned_model_name": f"'{VERSION[:-2]}@golden' names its version by the alias 'golden', which moves: "
                "pin the number, ..@VERSION (output tuned_model_name of a job or of ctune.get_tuned_model)"
            },
        ),
        (
            GOOD | {"tuned_model_name": "gemini-3.5-flash"},
            {"tuned_model_name": "'gemini-3.5-flash' is a base model: aliases are put on versions of tuned models"},
        ),
        (GOOD | {"tuned_model_name": 4711}, {"tuned_model_name": "4711 is not text; write '4711'"}),
        (GOOD | {"alias": ""}, {"alias": "missing: set this input"}),
        (
            GOOD | {"alias": "2"},
            {"alias": "'2' is a number, and numbers name versions: give a word, such as 'prod'"},
        ),
        (
            GOOD | {"alias": "Prod_EU"},
            {
                "alias": "'Prod_EU' is not an alias (2 to 128 characters a-z, A-Z, 0-9 or -, starting with a small "
                "letter, ending with a small letter or a digit); did you mean 'prod-eu'?"
            },
        ),
        (GOOD | {"alias": "releaseB1"}, {}),
        (GOOD | {"require": {"metric": "m"}}, {"require": "{'metric': 'm'} is not a list; write [...] around it"}),
        (
            GOOD | {"require": ["/eval_total_loss"]},
            {
                "require[0]": "'/eval_total_loss' is not a dict; write one such as "
                '{"metric": "/eval_total_loss", "at_most": 0.8}'
            },
        ),
        (gate(at_most=None), {"require[0]": "no limit: give at_least, at_most or both"}),
        (gate(metric=None), {"require[0].metric": "missing: name a training series, such as '/eval_total_loss'"}),
        (gate(at_most="0,8"), {"require[0].at_most": "'0,8' is not a number"}),
        (
            gate(at_least="0.9", at_most="0.8"),
            {"require[0].at_most": "0.8 is below at_least, 0.9: no value is within both"},
        ),
        (gate(at_most=True), {"require[0].at_most": "True is not a number"}),
        (gate(at_least=1), {"require[0].at_most": "0.8 is below at_least, 1: no value is within both"}),
        (gate(aggregate="mean"), {"require[0].aggregate": "'mean' is not one of 'last', 'min' or 'max'"}),
        (gate(atMost=1), {"require[0].atMost": "no such key; did you mean 'at_most'?"}),
        (
            gate(unit="s"),
            {"require[0].unit": "no such key; there are 'metric', 'at_least', 'at_most' or 'aggregate'"},
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_fault_is_reported_at_its_field(inputs: dict[str, Any], found: dict[str, str]) -> None:
    """One reason a field: what was given, what is allowed, and the nearest right thing."""
    assert check(inputs) == failures_of(found)


def test_all_faults_are_reported_at_once() -> None:
    """Nobody has to run a preview for each mistake."""
    inputs = {"tuned_model_name": "x", "alias": "2", "require": [{"metric": 1}, {"aggregate": "sum"}]}

    assert sorted(failure.property for failure in check(inputs)) == [
        "alias",
        "require[0]",
        "require[0].metric",
        "require[1]",
        "require[1].aggregate",
        "require[1].metric",
        "tuned_model_name",
    ]


def test_series_name_without_a_slash_is_warned_of() -> None:
    """Every series known today has a slash; a gate on a name without one would only fail after the training."""
    assert warnings(gate()) == []
    assert warnings(gate(metric="eval_total_loss")) == [
        "require[0].metric: the name of a training series has a slash, as in '/eval_total_loss' or "
        "'REWARD/eval_mean_reward', and 'eval_total_loss' has none; did you mean '/eval_total_loss'?"
    ]
