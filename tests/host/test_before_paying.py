"""What a check says of a job that is to be made: its data looked at, its price, its budget; and when it asks nobody."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pulumi_ctune.core import training_sum
from pulumi_ctune.providers import ContinuousTuningJobProvider
from tests.data.examples import SFT as SFT_LINES
from tests.data.examples import encoded
from tests.engine.emulator import VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name
from tests.engine.programs import RFT, SFT
from vertex_emulator.transport import EmbeddedTransport

from .harness import UNKNOWN, Checked, ProviderHost, urn

TYPE = "pulumi-python:dynamic/ctune:ContinuousTuningJob"
FIELD = "supervised_tuning_spec.training_dataset_uri"


@pytest.fixture
def host(vertex: VertexEmulator) -> Iterator[ProviderHost]:
    with run_on(vertex) as provider:
        yield provider


def run_on(vertex: VertexEmulator, **config: str) -> ProviderHost:
    settings = {"ctune:apiEndpoint": f"embedded:{vertex.folder}", **{f"ctune:{key}": config[key] for key in config}}
    return ProviderHost(ContinuousTuningJobProvider(), config=settings)


def check(host: ProviderHost, name: str = "sft", olds: dict[str, Any] | None = None, **changes: Any) -> Checked:
    owner = {"organization": "acme-org", "project": "infra", "stack": "dev", "name": name}
    inputs = {"project": "acme", "location": "us-central1", "__owner": owner, **SFT, **changes}
    given = {key: value for key, value in inputs.items() if value is not None}
    return host.check(given, olds, urn=urn(name, type=TYPE))


def spec(uri: str, **more: Any) -> dict[str, Any]:
    return {"training_dataset_uri": uri, "hyper_parameters": {"epoch_count": 2}, **more}


def reported(host: ProviderHost) -> list[tuple[str, str]]:
    """What was said at resources: severity and text."""
    return [(line.severity, line.text) for line in host.logs if line.urn and not line.ephemeral]


def test_job_that_is_to_be_made_is_reported_with_tokens_and_list_price(host: ProviderHost) -> None:
    """A band, the day of the price, and nothing else."""
    answer = check(host)

    ((severity, text),) = reported(host)
    assert (answer.failures, severity) == ([], "INFO")
    assert text.startswith("about ")
    assert " tokens to train, about $0.0006 ($0.0006 to $0.0" in text
    assert text.endswith("by list price of 2026-09-28")


def test_sum_of_all_jobs_waits_for_the_program_in_its_file(host: ProviderHost, tmp_path: Path) -> None:
    """Nobody tells the host which job is the last. A job of which nothing is known yet is not passed over."""
    file = str(tmp_path / "sum")
    told_of_file = {"__program": {"sum_file": file}}
    check(host, **told_of_file)
    check(host, "other", triggers=["other"], **told_of_file)
    spec = {"training_dataset_uri": UNKNOWN}
    check(host, "later", supervised_tuning_spec=spec, **told_of_file)

    (line,) = training_sum.take(file)
    assert line.startswith("3 training runs, 1 of them not counted, as nobody knows yet what it trains: about ")
    assert [*tmp_path.glob("sum*")] == []


def test_sum_of_a_run_that_was_killed_is_removed_by_a_later_one(host: ProviderHost, tmp_path: Path) -> None:
    """A day later, and nothing else of that folder."""
    names = (f"pulumi-ctune-{'1' * 32}.4711", f"pulumi-ctune-{'2' * 32}.4712", "pulumi-ctune-0.1.0.tar.gz")
    killed, running, no_sum = (tmp_path / name for name in names)
    for path in (killed, running, no_sum):
        path.write_text("1 training run")
    for path in (killed, no_sum):
        os.utime(path, (0, 0))

    check(host, __program={"sum_file": str(tmp_path / "sum")})

    assert [killed.exists(), running.exists(), no_sum.exists()] == [False, True, True]


def test_job_that_is_there_asks_nobody(host: ProviderHost, vertex: VertexEmulator) -> None:
    """A preview in which nothing changes stays without requests."""
    owner = {"organization": "acme-org", "project": "infra", "stack": "dev", "name": "sft"}
    check(host, olds={"project": "acme", "location": "us-central1", "__owner": owner, **SFT})

    assert vertex.emulator.requests() == []
    assert reported(host) == []


def test_job_that_is_taken_over_is_not_priced(host: ProviderHost, vertex: VertexEmulator) -> None:
    check(host, adopt_job="123")

    assert (vertex.emulator.requests(), reported(host)) == ([], [])


def test_wrong_line_is_an_error_at_the_field(host: ProviderHost, vertex: VertexEmulator) -> None:
    """With line and path, before anything is submitted."""
    vertex.emulator.put_object("data", "bad.jsonl", b'{"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}')

    answer = check(host, supervised_tuning_spec=spec("gs://data/bad.jsonl"))

    ((field, reason),) = answer.failures
    assert field == FIELD
    assert reason.startswith("gs://data/bad.jsonl: line 1 $.contents[0].role: 'assistant' is not a role")
    assert "`ctune validate gs://data/bad.jsonl` lists all" in reason


def test_wrong_line_of_the_validation_set_is_an_error_at_its_field(host: ProviderHost, vertex: VertexEmulator) -> None:
    vertex.emulator.put_object("data", "bad.jsonl", b"{}")

    answer = check(
        host, supervised_tuning_spec=spec("gs://data/train.jsonl", validation_dataset_uri="gs://data/bad.jsonl")
    )

    assert [field for field, _ in answer.failures] == ["supervised_tuning_spec.validation_dataset_uri"]


def test_packed_dataset_is_checked_and_reported(host: ProviderHost, vertex: VertexEmulator) -> None:
    """Its lines are looked at like any others; that the service may not unpack it is a warning."""
    query = {"uploadType": "media", "name": "packed.jsonl", "contentEncoding": "gzip"}
    with httpx2.Client(transport=EmbeddedTransport(vertex.emulator), base_url="http://embedded.localhost") as http:
        content = gzip.compress(encoded(*SFT_LINES.values()))
        http.post("/upload/storage/v1/b/data/o", params=query, content=content).raise_for_status()

    answer = check(host, supervised_tuning_spec=spec("gs://data/packed.jsonl"))

    (warning,) = [text for severity, text in reported(host) if severity == "WARNING"]
    assert answer.failures == []
    assert (
        "gs://data/packed.jsonl: the object is stored as gzip: whether the service unpacks it is not known" in warning
    )
    assert any(" tokens to train" in text for severity, text in reported(host) if severity == "INFO")


def test_dataset_that_is_not_there_yet_is_a_warning(host: ProviderHost) -> None:
    """The program may be going to make it."""
    answer = check(host, supervised_tuning_spec=spec("gs://data/later.jsonl"))

    ((severity, text),) = reported(host)
    assert (answer.failures, severity) == ([], "WARNING")
    assert text.startswith(f"{FIELD}: gs://data/later.jsonl could not be read: ")
    assert text.endswith("`pulumi up` looks again before it submits the job")


def test_bucket_that_cannot_be_read_is_a_warning(host: ProviderHost, vertex: VertexEmulator) -> None:
    vertex.faults.add(method="GET", path="/storage/v1/", status=403, message="no storage.objects.get", times=0)

    answer = check(host)

    assert answer.failures == []
    assert [severity for severity, _ in reported(host)] == ["WARNING"]


def test_dataset_that_is_not_known_yet_is_not_looked_at(host: ProviderHost, vertex: VertexEmulator) -> None:
    answer = check(host, supervised_tuning_spec=spec(UNKNOWN))

    assert (answer.failures, vertex.emulator.requests(), reported(host)) == ([], [], [])


def test_budget_below_the_estimate_is_an_error(host: ProviderHost) -> None:
    answer = check(host, budget={"max_tokens": 10})

    ((field, reason),) = answer.failures
    assert field == "budget"
    assert "at least " in reason
    assert reason.endswith("tokens are above budget.max_tokens 10. Raise it, or train on less")


def test_budget_of_the_stack_is_held_too(vertex: VertexEmulator) -> None:
    with run_on(vertex, budget=json.dumps({"max_tokens": 10})) as host:
        answer = check(host)

    ((field, reason),) = answer.failures
    assert field == "budget"
    assert "above ctune:budget.max_tokens 10" in reason


def test_budget_that_is_not_known_yet_is_not_that_of_the_stack(vertex: VertexEmulator) -> None:
    """It may be above it, and then refuses nothing."""
    with run_on(vertex, budget=json.dumps({"max_tokens": 10})) as host:
        answers = [check(host, budget=budget) for budget in (UNKNOWN, {"max_tokens": UNKNOWN})]

    assert [answer.failures for answer in answers] == [[], []]


def test_epochs_that_are_not_known_yet_have_no_price(host: ProviderHost) -> None:
    """They are set, so they are not what the service would choose; one epoch may be within the budget."""
    known = {"training_dataset_uri": "gs://data/train.jsonl"}
    given = {**known, "hyper_parameters": {"epoch_count": UNKNOWN}}

    answers = [
        check(host, supervised_tuning_spec=spec, budget={"max_tokens": 10})
        for spec in (given, {**known, "hyper_parameters": UNKNOWN})
    ]

    assert [answer.failures for answer in answers] == [[], []]
    assert reported(host) == [
        (
            "INFO",
            f"supervised_tuning_spec.hyper_parameters{path}: not known yet; `pulumi up` tells what the job would cost",
        )
        for path in (".epoch_count", "")
    ]


def test_files_are_reported_and_no_budget_holds_them(host: ProviderHost, vertex: VertexEmulator) -> None:
    """What images cost only the service knows: a price of the texts alone would be none."""
    vertex.emulator.put_object("data", "images.jsonl", encoded(SFT_LINES["image"]))

    answer = check(host, supervised_tuning_spec=spec("gs://data/images.jsonl"), budget={"max_tokens": 1_000_000})

    (warning, note) = (text for _, text in sorted(reported(host), reverse=True))
    assert answer.failures == []
    assert warning.startswith("budget is held without 1 files, which only the service counts")
    assert " tokens to train and 1 files, which only the service counts, about $" in note


def test_budget_needs_epochs_and_a_price(host: ProviderHost) -> None:
    """Both are said at once, and the data are not read."""
    answer = check(
        host,
        base_model="gemini-2.0-flash",
        supervised_tuning_spec={"training_dataset_uri": "gs://data/train.jsonl"},
        budget={"max_usd": 10},
    )

    assert [field for field, _ in answer.failures] == [
        "supervised_tuning_spec.hyper_parameters.epoch_count",
        "budget.max_usd",
    ]


def test_checks_that_are_off_ask_nobody(vertex: VertexEmulator) -> None:
    with run_on(vertex, dataChecks="off") as host:
        answer = check(host)
        lines = reported(host)

    assert (answer.failures, vertex.emulator.requests(), lines) == ([], [], [])


def test_own_price_is_said_to_be_ones_own(vertex: VertexEmulator) -> None:
    with run_on(vertex, prices=json.dumps({"gemini-3.5-flash": {"sft": 1000}})) as host:
        check(host)
        ((_, text),) = reported(host)

    assert text.endswith("by price from ctune:prices")


def test_continued_job_has_the_price_of_what_the_program_says(host: ProviderHost) -> None:
    """In a preview the source's name is not known; the program knows which job makes it."""
    source = {"tuned_model_name": UNKNOWN, "checkpoint_id": "1"}
    check(host, base_model=None, **{"supervised_tuning_spec": None, **RFT, "pre_tuned_model": source})
    check(
        host,
        "priced",
        base_model=None,
        __program={"base_model": "gemini-3.5-flash"},
        **{"supervised_tuning_spec": None, **RFT, "pre_tuned_model": source},
    )

    first, second = (text for _, text in reported(host))
    assert "no price before its base model is known" in first
    assert "$" in second
