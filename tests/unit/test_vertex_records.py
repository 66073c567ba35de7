"""Documents of the API as records: total over whatever JSON there is."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ctune.vertex import documents, records
from tests.unit.vertex_wire import JOB, Wire, client

FUNCTIONS: list[Callable[[Any], object]] = [
    records.tuning_job,
    records.checkpoint,
    records.model_version,
    records.endpoint,
    records.operation,
    records.series_point,
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1e5", "1.5", "soon"])
FIELDS = st.sampled_from(
    [
        "name",
        "state",
        "error",
        "createTime",
        "endTime",
        "tunedModel",
        "model",
        "endpoint",
        "endpoints",
        "checkpoints",
        "checkpointId",
        "epoch",
        "labels",
        "tuningJobMetadata",
        "completedEpochCount",
        "tuningDataStats",
        "supervisedTuningDataStats",
        "totalBillableTokenCount",
        "droppedExampleReasons",
        "deployedModels",
        "trafficSplit",
        "versionAliases",
        "encryptionSpec",
        "versionCreateTime",
        "done",
        "code",
        "message",
        "details",
        "fieldViolations",
        "retryDelay",
        "step",
        "scalar",
        "value",
        "preTunedModel",
    ]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6), max_leaves=30
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_every_document_is_a_record(document: Any) -> None:
    """Whatever stands in a document, reading it raises nothing."""
    for function in FUNCTIONS:
        function(document)


ODD: dict[str, Any] = {
    "time": {"createTime": "yesterday"},
    "count": {"tuningDataStats": {"supervisedTuningDataStats": {"totalBillableTokenCount": "1e5"}}},
    "epoch": {"tunedModel": {"checkpoints": [{"checkpointId": 1, "epoch": "1.5"}, None]}},
    "labels": {"labels": None},
    "null label": {"labels": {"a": None}},
    "state": {"state": 7},
    "error": {"error": "it broke"},
    "empty time": {"endTime": ""},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_list_with_an_odd_job_is_whole(odd: dict[str, Any]) -> None:
    """A stranger's job that fits no type ends no list, on whichever page."""
    wire = Wire({"tuningJobs": [{"name": "odd", **odd}, None], "nextPageToken": "2"}, {"tuningJobs": [{"name": JOB}]})

    jobs = client(wire).list_jobs("acme", "us-central1")

    assert [job.name for job in jobs] == ["odd", JOB]


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_own_job_that_is_odd_keeps_its_name(odd: dict[str, Any]) -> None:
    """A job that was made is read, whatever else its document says."""
    assert client(Wire({"name": JOB, **odd})).get_job(JOB).name == JOB


def test_document_that_is_nested_too_deep_loses_only_what_is_deep() -> None:
    """Python's parser would end in a RecursionError; quotes and brackets within texts count for nothing."""
    deep = "[" * 100_000 + "]" * 100_000
    text = f'{{"a": "]}}\\"[", "b": {deep}, "c": {{"d": {deep}}}, "e": 1}}'

    document = documents.parse(text)

    assert (document["a"], document["e"]) == (']}"[', 1)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' * 100_000, "]" * 100_000])
def test_deep_document_that_is_cut_is_no_json(text: str) -> None:
    """What does not end is an error and never half a document."""
    with pytest.raises(ValueError, match=r"Expecting|Extra|Unterminated"):
        documents.parse(text)


def test_job_that_is_nested_too_deep_ends_no_list() -> None:
    """A stranger's document costs nobody else's create."""
    nested = '{"a": ' * 100_000 + "1" + "}" * 100_000
    body = f'{{"tuningJobs": [{{"name": "deep", "labels": {nested}}}, {{"name": "{JOB}"}}]}}'
    wire = Wire(httpx2.Response(200, content=body.encode()))

    assert [job.name for job in client(wire).list_jobs("acme", "us-central1")] == ["deep", JOB]
