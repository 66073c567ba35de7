"""What the door between Pulumi's host and the verbs makes of a fault of our own."""

from typing import Any, NoReturn

import pytest

from pulumi_ctune.dynamic.adapter import Adapter
from pulumi_ctune.dynamic.failure import OperationFailed
from pulumi_ctune.tuning_job.kind import TuningJobKind


class Faulty(TuningJobKind):
    """A kind that has a fault; its words quote what it was given."""

    def diff(self, run: Any, id_: str, state: Any, inputs: Any) -> NoReturn:
        raise RuntimeError(f"cannot use\n{inputs}")


def test_fault_of_our_own_is_one_line_that_tells_where_and_no_secret() -> None:
    """Pulumi's host would print the whole traceback, which ends with the exception's words."""
    inputs = {"service_account": "hunter2@acme", "labels": {"team": "search"}, "__secrets": [["service_account"]]}

    with pytest.raises(OperationFailed) as failed:
        Adapter(Faulty(), {}.get).diff("1", {}, inputs)

    reported = str(failed.value)
    assert reported.startswith("the operation met a fault of pulumi-ctune itself: RuntimeError at test_adapter.py:")
    assert reported.endswith("cannot use {'service_account': '[secret]', 'labels': {'team': 'search'}}")
