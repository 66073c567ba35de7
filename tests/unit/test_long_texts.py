"""However long what the user wrote is, what is told of it is short, and still says what is expected."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune.config import Settings
from pulumi_ctune.core import durations, names
from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.core.kind import Call, CheckRun, Kind
from pulumi_ctune.native.served import all_served
from pulumi_ctune.verbs import interruption, status
from pulumi_ctune.verbs.long_verb import LongVerb
from pulumi_ctune.verbs.runner import VerbFailed, VerbRunner

KINDS = [pytest.param(each.kind, id=each.name) for each in all_served().values()]
MUCH, SHORT = "a" * 20_000, 1_000
FORMS = [
    MUCH,
    "1" * len(MUCH),
    f"gs://bucket/{MUCH}",
    f"projects/{MUCH}/locations/us/models/1@1",
    f"projects/p/locations/{MUCH}/models/1@1",
    f"projects/p/locations/us/models/{MUCH}@1",
    f"projects/p/locations/us/models/1@{MUCH}",
    f"projects/p/locations/us-central1/tuningJobs/{MUCH}/x",
    f"publishers/google/models/{MUCH}",
    f"https://{MUCH}",
]


def given(text: str) -> Iterator[Any]:
    yield text
    yield from ({key: text} for key in ("a", "training_dataset_uri", "kms_key_name", "dataset_uri", "model"))
    yield {text: 1}
    yield [{text: 1}]


@pytest.mark.parametrize("kind", KINDS)
def test_reason_for_a_long_value_is_short(kind: Kind) -> None:
    """So is the path, where the key is what is long."""
    seen = 0
    for name in [*kind.inputs, MUCH]:
        for value in (each for form in FORMS for each in given(form)):
            found = kind.check(CheckRun(Call("Check", "urn:a"), {}), {}, {name: value}).failures
            seen += len(found)
            assert [each for each in found if len(each.reason) + len(each.property) > SHORT] == []

    assert seen


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("id_", ["a b" + MUCH, MUCH + "/"], ids=["blank", "slash"])
def test_error_for_a_long_id_is_short(kind: Kind, id_: str, tmp_path: Path) -> None:
    """As of an import."""
    call = Call("Read", "urn:a")
    runner = VerbRunner(kind, {"ctune:apiEndpoint": f"embedded:{tmp_path}"}.get)

    with pytest.raises((CtuneError, VerbFailed)) as failed:
        runner.read(LongVerb(call, interruption.Watch(call), status.StatusLine("")), id_, {}, {}, {})

    assert len(str(failed.value)) < SHORT


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_error_for_a_long_name_or_setting_is_short_and_tells_the_form(form: str) -> None:
    """The form stands behind what is not of it."""
    with pytest.raises(ValueError, match="is not of the form projects/") as of_name:
        names.JobName.parse(form)
    with pytest.raises(ValueError, match="is not a duration: expected") as of_duration:
        durations.parse(form)
    with pytest.raises(CtuneError, match="is none of") as of_setting:
        Settings.load({"ctune:dataChecks": form}.get, {})

    assert max(len(str(each.value)) for each in (of_name, of_duration, of_setting)) < SHORT
