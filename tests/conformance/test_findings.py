"""What Google refuses is an answer to a point, and the run goes on with what does not rest on it."""

import re
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune.conformance.execution import HOLDS, HOLDS_NOT, NOT_REACHED
from pulumi_ctune.core.errors import PermissionDeniedError
from tests.conformance.rig import NOTHING_LEFT, Answer, Rig

NOT_POSSIBLE = (400, {"error": {"code": 400, "message": "Not possible here.", "status": "INVALID_ARGUMENT"}})


def test_refused_endpoint_is_a_finding(tmp_path: Path) -> None:
    """What needs it is not reached, all else is."""
    with Rig.start(tmp_path) as rig:
        rig.google.refused.append(("POST", re.compile(r"/endpoints\?endpointId"), NOT_POSSIBLE))
        rig.run()

        answers = rig.answers()
        assert answers["endpoint-multi-region"] == HOLDS_NOT
        assert [answers[id_] for id_ in ("endpoint-policy", "deploy-across", "canary", "free-id")] == [NOT_REACHED] * 4
        assert [answers[id_] for id_ in ("continuation", "evaluation-calls", "copy-continued")] == [HOLDS] * 3
        seen = {point["id"]: point["seen"] for point in rig.document()["points"]}
        assert "Not possible here." in seen["endpoint-multi-region"]
        assert rig.left() == NOTHING_LEFT


def test_refused_checkpoint_is_known_from_a_refused_version(tmp_path: Path) -> None:
    """The deployment is tried without it."""
    with Rig.start(tmp_path) as rig:
        rig.google.refused.append(("POST", re.compile(r":deployModel.*checkpointId", re.DOTALL), NOT_POSSIBLE))
        rig.run()

        answers = rig.answers()
    assert [answers[id_] for id_ in ("checkpoint-deployed", "deploy-across", "free-id")] == [HOLDS_NOT, HOLDS, HOLDS]


def test_refused_copy_as_a_source_is_known_from_a_refused_cancel(tmp_path: Path) -> None:
    """Another job is cancelled then."""
    with Rig.start(tmp_path) as rig:
        rig.google.refused.append(("POST", re.compile(r"/europe-west4/tuningJobs"), NOT_POSSIBLE))
        rig.run()

        answers = rig.answers()
        assert [answers[id_] for id_ in ("copy-continued", "cancel")] == [HOLDS_NOT, HOLDS]
        assert rig.left() == NOTHING_LEFT


def test_other_behaviour_is_a_finding(tmp_path: Path) -> None:
    """A split that Google fills in itself, a copy without its checkpoints."""

    def other(line: str, status: int, document: dict[str, Any]) -> Answer | None:
        if "/endpoints/" in line and rig.step_in_progress() == "canary" and len(document.get("trafficSplit", {})) == 2:
            return status, {**document, "trafficSplit": dict.fromkeys(document["trafficSplit"], 49)}
        if "/models/copy-" in line and "checkpoints" in document:
            return status, {**document, "checkpoints": document["checkpoints"][:1]}
        return None

    with Rig.start(tmp_path) as rig:
        rig.google.alter.append(other)
        rig.run()

        answers = rig.answers()
    assert [answers[id_] for id_ in ("split-kept", "copy-checkpoints", "canary")] == [HOLDS_NOT, HOLDS_NOT, HOLDS]


def test_answer_that_nobody_expects_is_a_finding(tmp_path: Path) -> None:
    """It is one line in the page, and no traceback."""

    def odd_split(line: str, status: int, document: dict[str, Any]) -> Answer | None:
        is_meant = rig.step_in_progress() == "canary" and re.search(r"GET .*/endpoints/\d+$", line)
        return (status, {**document, "trafficSplit": ["?"]}) if is_meant else None

    with Rig.start(tmp_path) as rig:
        rig.google.alter.append(odd_split)
        rig.run()

        steps = {step["id"]: step for step in rig.document()["steps"]}
        assert steps["canary"]["status"] == "refused"
        assert steps["evaluation"]["status"] == "done"
        assert rig.left() == NOTHING_LEFT


def test_missing_role_is_for_the_user_to_mend(tmp_path: Path) -> None:
    """A run that may not even begin has found nothing, and is begun again with the same command."""
    denied = (403, {"error": {"code": 403, "message": "No access.", "status": "PERMISSION_DENIED"}})
    with Rig.start(tmp_path) as rig:
        rig.google.refused.append(("POST", re.compile(r"/tuningJobs"), denied))
        with pytest.raises(PermissionDeniedError):
            rig.run()
        rig.google.refused.clear()

        rig.run()

        assert rig.answers()["continuation"] == HOLDS


def test_lists_of_a_place_show_only_what_the_run_made(tmp_path: Path) -> None:
    """What others have in the project is neither recorded nor compared."""

    def with_others(line: str, status: int, document: dict[str, Any]) -> Answer | None:
        if not re.search(r"GET .*/(tuningJobs|evaluationRuns)$", line) or not document:
            return None
        (key,) = document
        theirs = {"name": f"projects/1/locations/us-central1/{key}/7", "displayName": "Zyxomma", "state": "SUCCEEDED"}
        return status, {key: [theirs, *document[key]], "nextPageToken": ""}

    with Rig.start(tmp_path, with_others) as rig:
        rig.run()

        text = "".join(path.read_text() for path in (rig.folder / "recordings").glob("*.json"))
        fields = [each["field"] for each in rig.document()["differences"]]
    assert '"tuningJobs": [' in text
    assert "displayName" not in [field.rpartition(".")[2] for field in fields]
    assert "locations/us-central1/tuningJobs/7" not in text
