"""What the door between Pulumi's host and the verbs makes of a fault of our own."""

from typing import Any, NoReturn

import pytest

from pulumi_ctune.dynamic.failure import OperationFailed
from pulumi_ctune.dynamic.guarded_verbs import GuardedVerbs


class Faulty:
    """Verbs that have a fault; its words quote what they were given."""

    def create(self, new_inputs: dict[str, Any]) -> NoReturn:
        raise RuntimeError(f"cannot use\n{new_inputs}")

    check = diff = update = read = delete = create


def test_fault_of_our_own_is_one_line_that_tells_where_and_no_secret() -> None:
    """Pulumi's host would print the whole traceback, which ends with the exception's words."""
    inputs = {"service_account": "hunter2@acme", "labels": {"team": "search"}, "__secrets": [["service_account"]]}

    with pytest.raises(OperationFailed) as failed:
        GuardedVerbs(Faulty(), ["service_account", "labels"]).create(inputs)

    told = str(failed.value)
    assert told.startswith("the operation met a fault of pulumi-ctune itself: RuntimeError at test_guarded_verbs.py:")
    assert told.endswith("cannot use {'service_account': '[secret]', 'labels': {'team': 'search'}}")
