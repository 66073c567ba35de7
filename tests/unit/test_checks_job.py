"""Plan-time rules of a job's own inputs: place, source, names, labels, and what two of them have in common."""

from typing import Any

import pytest

from pulumi_ctune.core.values import UNKNOWN
from tests.unit.job_inputs import DPO, MODEL, PLACE, RFT, SFT, reasons

KEY = "projects/acme-ml/locations/us-central1/keyRings/ring/cryptoKeys/key"
MODEL_FORM = "projects/PROJECT/locations/LOCATION/models/MODEL[@VERSION]"
ALIAS_GRAMMAR = (
    "2 to 128 characters a-z, A-Z, 0-9 or -, starting with a small letter, ending with a small letter or a digit"
)
SPECS = "'supervised_tuning_spec', 'reinforcement_tuning_spec' or 'preference_optimization_spec'"


def _case(name: str, inputs: dict[str, Any], expected: dict[str, str]) -> Any:
    return pytest.param(inputs, expected, id=name)


def _without(inputs: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in inputs.items() if name not in names}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        _case(
            "nothing given",
            {},
            {
                "project": "missing: set this input, stack config (`pulumi config set gcp:project PROJECT`) or "
                "environment variable GOOGLE_PROJECT",
                "location": "missing: set this input, stack config (`pulumi config set gcp:region REGION`) or "
                "environment variable GOOGLE_REGION",
                "base_model": "missing: give exactly one of 'base_model' or 'pre_tuned_model'",
                "supervised_tuning_spec": f"missing: give exactly one of {SPECS}",
            },
        ),
        _case(
            "two sources and two specs",
            {**SFT, **DPO, "pre_tuned_model": RFT["pre_tuned_model"]},
            {
                "pre_tuned_model": "given together with base_model: only one of 'base_model' or 'pre_tuned_model' is "
                "allowed",
                "preference_optimization_spec": f"given together with supervised_tuning_spec: only one of {SPECS} is "
                "allowed",
            },
        ),
        _case(
            "source empty",
            {**SFT, "base_model": ""},
            {"base_model": "empty: name a model, such as 'gemini-3.5-flash', or leave it out"},
        ),
        _case(
            "unknown input",
            {**SFT, "labls": {}, "deletionPolicy": "DELETE", "epoch_count": 3, "trainingDatasetUri": "gs://a/b"},
            {
                "labls": "no such key; did you mean 'labels'?",
                "deletionPolicy": "no such key; did you mean 'deletion_policy'?",
                "epoch_count": "no such key here; 'epoch_count' belongs in 'supervised_tuning_spec.hyper_parameters', "
                "'reinforcement_tuning_spec.hyper_parameters' or 'preference_optimization_spec.hyper_parameters'",
                "trainingDatasetUri": f"no such key here; 'training_dataset_uri' belongs in {SPECS}",
            },
        ),
    ],
)
def test_sources_specs_and_names_of_inputs(inputs: dict[str, Any], expected: dict[str, str]) -> None:
    """All failures come at once, each at the input that is missing, one too many, or misspelt."""
    assert reasons(inputs) == expected


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (
            "global",
            "'global' serves models but does not tune them: give a region, such as 'us-central1' or 'europe-west4'",
        ),
        ("us-central1-a", "'us-central1-a' is a zone, and jobs run in a region; did you mean 'us-central1'?"),
        ("US Central1", "'US Central1' is not a location; did you mean 'us-central1'?"),
        (
            "projects/p/locations/us-central1",
            "'projects/p/locations/us-central1' is not a location; did you mean 'us-central1'?",
        ),
        ("Iowa", "'Iowa' is not a location, such as us-central1 or europe-west4"),
        ("-", "'-' is not a location, such as us-central1 or europe-west4"),
        (1, "1 is not text; write '1'"),
    ],
    ids=["global", "zone", "spelling", "full name", "place", "nothing like it", "number"],
)
def test_location_that_no_job_can_run_in(location: object, reason: str) -> None:
    """A job runs in a region or multi-region; which of them tune a model is for the server."""
    assert reasons({**SFT, "location": location}) == {"location": reason}


@pytest.mark.parametrize(
    ("project", "reason"),
    [
        ("projects/acme-ml", "'projects/acme-ml' is not a project id or number; did you mean 'acme-ml'?"),
        ("a/locations/b", "'a/locations/b' is not a project id or number"),
        ("acme ml", "'acme ml' is not a project id or number"),
        ("Acme-ML", "'Acme-ML' is not a project id or number; did you mean 'acme-ml'?"),
        ("Bad_Project", "'Bad_Project' is not a project id or number; did you mean 'bad-project'?"),
        (1234567, "1234567 is not text; write '1234567'"),
    ],
    ids=["resource name", "path", "space", "capitals", "underscore", "number"],
)
def test_project_that_is_none(project: object, reason: str) -> None:
    """A project is named by id or number, as text."""
    assert reasons({**SFT, "project": project}) == {"project": reason}


@pytest.mark.parametrize(
    ("base_model", "reason"),
    [
        (f"{MODEL}@2", f"'{MODEL}@2' is a tuned model: give it as pre_tuned_model={{'tuned_model_name': '{MODEL}@2'}}"),
        (
            "4711@2",
            "'4711@2' is a tuned model's id: give "
            "pre_tuned_model={'tuned_model_name': 'projects/PROJECT/locations/LOCATION/models/4711@2'}",
        ),
        (
            "projects/p/locations/us/endpoints/1",
            "'projects/p/locations/us/endpoints/1' is an endpoint, not a base model such as 'gemini-3.5-flash'; to "
            f"continue from a tuned model give pre_tuned_model with the model's name, {MODEL_FORM}",
        ),
        (
            "projects/p/locations/us/tuningJobs/1",
            "'projects/p/locations/us/tuningJobs/1' is a tuning job, not a base model such as 'gemini-3.5-flash'; to "
            f"continue from a tuned model give pre_tuned_model with the model's name, {MODEL_FORM}",
        ),
        ("Gemini 2.5 Flash", "'Gemini 2.5 Flash' is not a base model; did you mean 'gemini-2.5-flash'?"),
        (2.5, "2.5 is not text; write '2.5'"),
    ],
    ids=["tuned model", "id of a tuned model", "endpoint", "job", "display name", "number"],
)
def test_base_model_that_is_none(base_model: object, reason: str) -> None:
    """A tuned model given as a base model is told apart, and so is anything else that is certainly none."""
    assert reasons({**SFT, "base_model": base_model}) == {"base_model": reason}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "gemini-2.5-flash",
            "'gemini-2.5-flash' is a base model: give it as base_model, and leave pre_tuned_model out",
        ),
        (
            "publishers/google/models/gemini-2.5-flash",
            "'publishers/google/models/gemini-2.5-flash' is a base model: give it as base_model, and leave "
            "pre_tuned_model out",
        ),
        (
            "projects/p/locations/us/endpoints/1",
            "'projects/p/locations/us/endpoints/1' is an endpoint: the name of the model that it belongs to is wanted, "
            f"{MODEL_FORM} (output tuned_model_name of a job)",
        ),
        (
            "4711@2",
            "'4711@2' is not a full name; did you mean 'projects/PROJECT/locations/LOCATION/models/4711@2'?",
        ),
        (
            "models/4711",
            "'models/4711' is not a full name; did you mean 'projects/PROJECT/locations/LOCATION/models/4711'?",
        ),
        (
            f"{MODEL}@Golden One",
            f"'Golden One' after the @ is neither a version number nor an alias ({ALIAS_GRAMMAR}); did you mean "
            "'golden-one'?",
        ),
        (
            f"{MODEL}@",
            f"'' after the @ is neither a version number nor an alias ({ALIAS_GRAMMAR})",
        ),
        (f"{MODEL}/versions/2", f"'{MODEL}/versions/2' is not of the form {MODEL_FORM}"),
        ("", f"missing: give the model to continue from, {MODEL_FORM}"),
        (4711, "4711 is not text; write '4711'"),
        (
            "projects/acme-ml/locations/europe-west4/models/4711@2",
            "the model is in 'europe-west4' and the job would run in 'us-central1': a job continues from a model of "
            "its own location; set location to 'europe-west4' or name another model",
        ),
        (
            "projects/acme-ml/locations/eu/models/4711@2",
            "the model is in 'eu' and the job would run in 'us-central1': a job continues from a model of its own "
            "location; set location to 'eu' or name another model",
        ),
    ],
    ids=[
        "base model",
        "publisher model",
        "endpoint",
        "id",
        "short name",
        "spelling of an alias",
        "empty version",
        "version as a path",
        "empty",
        "number",
        "other region",
        "other multi-region",
    ],
)
def test_tuned_model_name_that_is_none(name: object, reason: str) -> None:
    """The source is a model of the job's location, by its full name, at a version, an alias or none."""
    inputs = {**RFT, "pre_tuned_model": {"tuned_model_name": name}}

    assert reasons(inputs) == {"pre_tuned_model.tuned_model_name": reason}


@pytest.mark.parametrize(
    ("pre_tuned_model", "expected"),
    [
        (
            f"{MODEL}@2",
            {"pre_tuned_model": f"'{MODEL}@2' is not a dict; write {{'tuned_model_name': '{MODEL}@2'}}"},
        ),
        (
            {"tuned_model_name": MODEL, "base_model": "gemini-2.5-flash"},
            {
                "pre_tuned_model.base_model": "an output of the API, not an input: leave it out, the base model "
                "follows from the tuned model"
            },
        ),
        (
            {"tuned_model_name": MODEL, "checkpoint_id": 2.5},
            {"pre_tuned_model.checkpoint_id": "2.5 is not text; write '2.5'"},
        ),
        (
            {"tunedModelName": MODEL},
            {
                "pre_tuned_model.tunedModelName": "no such key; did you mean 'tuned_model_name'?",
                "pre_tuned_model.tuned_model_name": f"missing: give the model to continue from, {MODEL_FORM}",
            },
        ),
    ],
    ids=["bare name", "output as input", "half a checkpoint", "camelCase"],
)
def test_pre_tuned_model_of_another_shape(pre_tuned_model: object, expected: dict[str, str]) -> None:
    """The source is a message with two fields."""
    assert reasons({**RFT, "pre_tuned_model": pre_tuned_model}) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (
            {"Team": "x"},
            {
                "labels.Team": "the key 'Team' holds 'T': only lowercase letters, digits, _ and - are allowed; did you "
                "mean 'team'?"
            },
        ),
        (
            {"a.b": "x"},
            {
                "labels['a.b']": "the key 'a.b' holds '.': only lowercase letters, digits, _ and - are allowed; did "
                "you mean 'a-b'?"
            },
        ),
        ({"1st": "x"}, {"labels.1st": "the key '1st' does not start with a lowercase letter"}),
        ({"": "x"}, {"labels['']": "the key '' does not start with a lowercase letter"}),
        ({"k" * 65: "x"}, {f"labels.{'k' * 65}": "the key is 65 characters long: at most 64 are allowed"}),
        ({"team": "v" * 65}, {"labels.team": "the value is 65 characters long: at most 64 are allowed"}),
        (
            {"team": "A b"},
            {
                "labels.team": "the value 'A b' holds ' ', 'A': only lowercase letters, digits, _ and - are allowed; "
                "did you mean 'a-b'?"
            },
        ),
        ({"year": 2026, "billed": True}, {}),
        ({"team": ["a"]}, {"labels.team": "['a'] is not text"}),
        (
            {"ctune-name": "x", "google-vertex-llm-tuning-job-id": "1"},
            {
                "labels.ctune-name": "the key 'ctune-name' is reserved: pulumi-ctune writes such labels itself",
                "labels.google-vertex-llm-tuning-job-id": "the key 'google-vertex-llm-tuning-job-id' is reserved: "
                "Google's tuning service writes such labels itself",
            },
        ),
        (["team"], {"labels": "['team'] is not a dict"}),
    ],
    ids=[
        "capital",
        "dot",
        "digit first",
        "empty",
        "long key",
        "long value",
        "value",
        "number",
        "list inside",
        "reserved",
        "list",
    ],
)
def test_labels_that_google_refuses(labels: object, expected: dict[str, str]) -> None:
    """Keys and values are of Google's grammar; keys that we or the service write are not the user's."""
    assert reasons({**SFT, "labels": labels}) == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tuned_model_display_name": "n" * 129}, "the name is 129 characters long: at most 128 are allowed"),
        ({"description": 5}, "5 is not text; write '5'"),
        (
            {"service_account": "serviceAccount:tuner@acme-ml.iam.gserviceaccount.com"},
            "'serviceAccount:tuner@acme-ml.iam.gserviceaccount.com' is not the email of a service account; did you "
            "mean 'tuner@acme-ml.iam.gserviceaccount.com'?",
        ),
        (
            {"service_account": "projects/acme-ml/serviceAccounts/tuner@acme-ml.iam.gserviceaccount.com"},
            "'projects/acme-ml/serviceAccounts/tuner@acme-ml.iam.gserviceaccount.com' is not the email of a service "
            "account; did you mean 'tuner@acme-ml.iam.gserviceaccount.com'?",
        ),
        (
            {"service_account": "me@example.com"},
            "'me@example.com' is not the email of a service account, such as NAME@PROJECT.iam.gserviceaccount.com",
        ),
        (
            {"encryption_spec": KEY},
            f"'{KEY}' is not a dict; write {{'kms_key_name': '{KEY}'}}",
        ),
        ({"triggers": "v1"}, "'v1' is not a list; write [...] around it"),
        (
            {"deletion_policy": "delete"},
            "'delete' is not one of 'ABANDON', 'DELETE' or 'PREVENT'; did you mean 'DELETE'?",
        ),
        ({"deletion_policy": "RETAIN"}, "'RETAIN' is not one of 'ABANDON', 'DELETE' or 'PREVENT'"),
        ({"adopt_job": 5964102599678000128.0}, "not text: a number loses digits of an id; write it in quotes"),
        (
            {"adopt_job": MODEL},
            f"'{MODEL}' is not a job's id (digits) or full name, projects/PROJECT/locations/LOCATION/tuningJobs/JOB",
        ),
        (
            {"adopt_job": "projects/1/locations/europe-west4/tuningJobs/2"},
            "the job is in location 'europe-west4', this resource in 'us-central1': set location to 'europe-west4'",
        ),
        (
            {"adopt_job": "projects/other-ml/locations/us-central1/tuningJobs/2"},
            "the job is in project 'other-ml', this resource in 'acme-ml': set project to 'other-ml'",
        ),
    ],
    ids=[
        "long display name",
        "description",
        "IAM member",
        "account's resource name",
        "person",
        "bare key",
        "bare trigger",
        "spelling of a policy",
        "unknown policy",
        "job id as number",
        "model as job",
        "job elsewhere",
        "job of another project",
    ],
)
def test_other_inputs_out_of_form(change: dict[str, Any], reason: str) -> None:
    """The failure is at the input, shows its value and names the nearest right thing."""
    (name,) = change

    assert reasons({**SFT, **change}) == {name: reason}


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (
            f"{KEY}/cryptoKeyVersions/1",
            f"'{KEY}/cryptoKeyVersions/1' is not of the form "
            f"projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY; did you mean '{KEY}'?",
        ),
        ("key", "'key' is not of the form projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY"),
        (
            KEY.replace("us-central1", "us"),
            "the key is in 'us' and the job would run in 'us-central1': use a key of the job's location",
        ),
        ("", "missing: give the key, projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY"),
    ],
    ids=["version of a key", "bare name", "multi-region", "empty"],
)
def test_key_that_cannot_be_used(key: str, reason: str) -> None:
    """The key lies in the very location of the job."""
    assert reasons({**SFT, "encryption_spec": {"kms_key_name": key}}) == {"encryption_spec.kms_key_name": reason}


@pytest.mark.parametrize(
    "change",
    [
        {"project": "1234567", "location": "us"},
        {"project": "example.com:old-project"},
        {"base_model": "publishers/google/models/gemini-3.5-flash"},
        {"base_model": "meta/llama3_1@llama-3.1-8b-instruct"},
        {"project": UNKNOWN, "location": UNKNOWN},
        {"base_model": UNKNOWN},
        {"base_model": None, "pre_tuned_model": UNKNOWN},
        {"base_model": None, "pre_tuned_model": {"tuned_model_name": UNKNOWN, "checkpoint_id": UNKNOWN}},
        {"base_model": None, "pre_tuned_model": {"tuned_model_name": MODEL, "checkpoint_id": 2.0}},
        {"base_model": None, "pre_tuned_model": {"tuned_model_name": MODEL.replace("us-central1", "us")}},
        {
            "base_model": None,
            "location": "eu",
            "pre_tuned_model": {"tuned_model_name": f"{MODEL}@default".replace("us-central1", "europe-west4")},
        },
        {"location": UNKNOWN, "encryption_spec": {"kms_key_name": KEY}},
        {"encryption_spec": {"kms_key_name": UNKNOWN}},
        {"labels": {"team": "", "größe": "größer", "a_b-1": "1_2-3", "k" * 64: "v" * 64}},
        {"labels": UNKNOWN},
        {"labels": {"team": UNKNOWN}},
        {"tuned_model_display_name": "ü" * 128, "description": "", "service_account": ""},
        {"service_account": "1234-compute@developer.gserviceaccount.com"},
        {"service_account": "tuner@acme.com.acme-ml.iam.gserviceaccount.com"},
        {"adopt_job": "4711", "deletion_policy": "PREVENT", "triggers": [1, "a", {"b": None}]},
        {"adopt_job": "projects/1/locations/us-central1/tuningJobs/2"},
        {"adopt_job": UNKNOWN, "deletion_policy": UNKNOWN, "triggers": UNKNOWN},
        {"__owner": {"organization": "acme"}, "pre_tuned_model": None, "reinforcement_tuning_spec": None},
    ],
    ids=str,
)
def test_nothing_is_refused_without_certainty(change: dict[str, Any]) -> None:
    """Unknown values, None, models of any kind and a model in the multi-region of the job's region pass."""
    assert reasons({**SFT, **change}) == {}


def test_unknown_source_beside_another_passes() -> None:
    """An Output may turn out to be None, and then there is one source and one spec only."""
    inputs = {**SFT, "pre_tuned_model": UNKNOWN, "reinforcement_tuning_spec": UNKNOWN}

    assert reasons(inputs) == {}


def test_no_source_is_missed_while_one_is_unknown() -> None:
    """The rule over both is skipped, and asked again when the value is known."""
    inputs = {
        **_without(SFT, "base_model", "supervised_tuning_spec"),
        **dict.fromkeys(("pre_tuned_model", "preference_optimization_spec"), UNKNOWN),
    }

    assert reasons(inputs) == {}


def test_place_is_enough_to_go_on_with() -> None:
    """Failures do not hide each other."""
    assert set(reasons({**PLACE, "location": "global"})) == {"location", "base_model", "supervised_tuning_spec"}
