"""Inputs that the program marks as secret, in what the real provider tells the engine."""

from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider

from pulumi_ctune.providers import ContinuousTuningJobProvider, ModelDeploymentProvider, ModelVersionAliasProvider
from tests.engine.emulator import SUBMISSION, VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name
from tests.engine.programs import SFT

from .harness import ProviderError, ProviderHost, urn

JOB, ALIAS, DEPLOYMENT = ContinuousTuningJobProvider, ModelVersionAliasProvider, ModelDeploymentProvider
VERSION = "projects/acme/locations/us-central1/models/7@1"
SECRET = "hunter2 Secret"
PLACE: dict[str, Any] = {"project": "acme", "location": "us-central1"}
INPUTS: dict[type[ResourceProvider], dict[str, Any]] = {
    JOB: {**PLACE, **SFT},
    ALIAS: {"tuned_model_name": VERSION, "alias": "prod"},
    DEPLOYMENT: {"tuned_model_name": VERSION, "endpoint": "projects/acme/locations/us-central1/endpoints/9"},
}


def urn_of(provider: type[ResourceProvider]) -> str:
    return urn("next", type=f"pulumi-python:dynamic/ctune:{provider.__name__.removesuffix('Provider')}")


@pytest.mark.parametrize(
    ("provider", "change", "path"),
    [
        (JOB, {"service_account": SECRET}, ["service_account"]),
        (JOB, {"supervised_tuning_spec": {"training_dataset_uri": SECRET}}, ["supervised_tuning_spec"]),
        (JOB, {"location": SECRET}, ["location"]),
        (JOB, {"labels": {"team": SECRET}}, ["labels", "team"]),
        (JOB, {"encryption_spec": {"kms_key_name": SECRET}}, ["encryption_spec", "kms_key_name"]),
        (JOB, {"adopt_job": SECRET}, ["adopt_job"]),
        (ALIAS, {"alias": SECRET}, ["alias"]),
        (ALIAS, {"tuned_model_name": SECRET}, ["tuned_model_name"]),
        (DEPLOYMENT, {"endpoint": SECRET}, ["endpoint"]),
        (DEPLOYMENT, {"tuned_model_name": SECRET}, ["tuned_model_name"]),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, list) else None,
)
def test_refusal_of_a_secret_input_does_not_show_it(
    provider: type[ResourceProvider], change: dict[str, Any], path: list[str]
) -> None:
    """The field is named; neither the value nor a hint made of it is."""
    inputs = {**INPUTS[provider], **change, "__program": {"secret_inputs": [path]}}
    with ProviderHost(
        provider(), config={"ctune:apiEndpoint": "embedded:never-used", "ctune:dataChecks": "off"}
    ) as host:
        checked = host.check(inputs, urn=urn_of(provider))
        printed = f"{checked.failures} {host.logs} {host.stderr()}"

    assert any(failed.startswith(path[0]) for failed, _ in checked.failures)
    assert "hunter2" not in printed


@pytest.mark.parametrize(
    ("provider", "change"),
    [
        (JOB, {"service_account": "a\x1b[31m\u202e"}),
        (JOB, {"labels": {"a\x1b[31m\u202e": "x"}}),
        (ALIAS, {"alias": "a\x1b[31m\u202e"}),
        (DEPLOYMENT, {"endpoint": "a\x1b[31m\u202e"}),
    ],
    ids=["value", "key", "alias", "endpoint"],
)
def test_refusal_shows_what_steers_a_terminal_as_an_escape(
    provider: type[ResourceProvider], change: dict[str, Any]
) -> None:
    """Neither path nor reason of a refused value can colour or turn the terminal's text."""
    with ProviderHost(
        provider(), config={"ctune:apiEndpoint": "embedded:never-used", "ctune:dataChecks": "off"}
    ) as host:
        checked = host.check({**INPUTS[provider], **change}, urn=urn_of(provider))

    shown = "".join(path + reason for path, reason in checked.failures)
    assert "x1b" in shown
    assert not any(char in shown for char in "\x1b\u202e\n")


def test_answer_that_quotes_a_secret_input_is_shown_without_it(vertex: VertexEmulator) -> None:
    """Whatever the API says of a value that was secret in the program, and a change of it, new and old."""
    old, new = ("hunter2old@acme.iam.gserviceaccount.com", "hunter2new@acme.iam.gserviceaccount.com")
    vertex.faults.add(**SUBMISSION, status=400, message=f"{new} is no {old}", times=0)
    marked = {"__program": {"secret_inputs": [["service_account"]]}}
    olds = {**INPUTS[JOB], "service_account": old}
    with ProviderHost(JOB(), config={"ctune:apiEndpoint": f"embedded:{vertex.folder}"}) as host:
        checked = host.check({**olds, "service_account": new, **marked}, olds, urn=urn_of(JOB))
        with pytest.raises(ProviderError) as refused:
            host.create(checked.inputs, urn=urn_of(JOB))
        printed = f"{refused.value} {refused.value.raw} {host.logs} {host.stderr()}"

    assert "[secret] is no [secret]" in str(refused.value)
    assert "hunter2" not in printed


def test_refresh_of_a_state_without_marks_goes_by_those_of_its_inputs(vertex: VertexEmulator) -> None:
    """A resource of an earlier version, unchanged since: the last `up` has put the marks into its inputs alone."""
    account = "hunter2@acme.iam.gserviceaccount.com"
    config = {"ctune:apiEndpoint": f"embedded:{vertex.folder}"}
    with ProviderHost(JOB(), config=config) as host:
        inputs = host.check({**INPUTS[JOB], "service_account": account}, urn=urn_of(JOB)).inputs
        created = host.create(inputs, urn=urn_of(JOB))
    vertex.faults.add(method="GET", status=403, message=f"{account} is nobody", times=0)
    with ProviderHost(JOB(), config=config) as later:
        marked = {**inputs, "__secrets": [["service_account"]]}
        error = later.start_read(created.id, created.outputs, marked, urn=urn_of(JOB)).error()
        printed = f"{error.message} {later.logs} {later.stderr()}"

    assert "[secret] is nobody" in error.message
    assert "hunter2" not in printed


def test_mark_that_is_taken_away_leaves_the_state(vertex: VertexEmulator) -> None:
    """What the program no longer marks is remembered no longer."""
    with ProviderHost(JOB(), config={"ctune:apiEndpoint": f"embedded:{vertex.folder}"}) as host:
        marked = host.check({**INPUTS[JOB], "__program": {"secret_inputs": [["base_model"]]}}, urn=urn_of(JOB)).inputs
        created = host.create(marked, urn=urn_of(JOB))
        plain = host.check(INPUTS[JOB], marked, urn=urn_of(JOB)).inputs
        same = host.diff(created.id, created.outputs, plain, urn=urn_of(JOB))
        updated = host.update(created.id, created.outputs, plain, urn=urn_of(JOB))

    assert created.outputs["__secrets"] == marked["__secrets"] == [["base_model"]]
    assert same.changes is False
    assert "__secrets" not in {**plain, **updated}
