"""What a new tuning job must fulfil beyond the schema: the rules that the discovery document does not state.

Only what is certain, or documented as an error, is refused; documented advice is not. Whether a dataset exists and is
well formed is the job's own matter, not that of create.

Sources: the field texts of the discovery document; the pages on continuous tuning, hyperparameters and CMEK at
https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/continuous-tuning
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vertex_emulator import names
from vertex_emulator.resource_fields import check_display_name, check_labels
from vertex_emulator.schema import Violation, invalid, snake_case
from vertex_emulator.service import seconds_of
from vertex_emulator.tuning.training_steps import REINFORCEMENT
from vertex_emulator.wsgi import ApiProblem

SPECS = (
    "supervisedTuningSpec",
    "distillationSpec",
    "partnerModelTuningSpec",
    "veoTuningSpec",
    "veoLoraTuningSpec",
    "preferenceOptimizationSpec",
    "reinforcementTuningSpec",
    "fullFineTuningSpec",
)
_CLOSED_LOCATIONS = ("me-central2",)
_SOURCES = ("baseModel", "preTunedModel")
_REWARD_CONFIGS = ("singleRewardConfig", "compositeRewardConfig")
_SCORERS = ("stringMatchRewardScorer", "codeExecutionRewardScorer", "autoraterScorer", "cloudRunRewardScorer")
# A name of Google's own families, with or without its publisher path, or `publisher/model[@version]` of an open model.
_BASE_MODEL = re.compile(
    r"((projects/[^/]+/locations/[^/]+/)?publishers/google/models/)?"
    r"(gemini|gemma|veo|imagen|text-bison|chat-bison|code-bison|codechat-bison)[a-z0-9.@_-]*"
    r"|(publishers/)?[a-z0-9-]+/(models/)?[A-Za-z0-9._-]+(@[A-Za-z0-9._-]+)?"
)
_DATASET = re.compile(r"gs://[^/]+/.+|projects/[^/]+/locations/[^/]+/datasets/[^/]+")
_KMS_KEY = re.compile(r"projects/[^/]+/locations/(?P<location>[^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+")
_SERVICE_ACCOUNT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_OLDEST_SOURCE = datetime(2025, 7, 11, tzinfo=UTC)
_LEARNING_RATE_MULTIPLIERS = (0.25, 4.0)
_DEFAULT_BATCH_SIZE, _DEFAULT_SAMPLES = 32, 16
_BATCH_MULTIPLE, _LARGEST_BATCH = 16, 8_192
_MOST_OUTPUT_TOKENS = 32_768
_THINKING_BUDGET_GENERATION = "gemini-2.5"


def method_of(job: Mapping[str, Any]) -> str:
    """The field name of the job's one tuning spec. Raises `ApiProblem` 400 for none, or more than one."""
    found = _one_of(job, SPECS, oneof="tuning_spec", path="tuning_job")
    if not found:
        raise _problem("tuning_job", f"One of {_alternatives(SPECS)} must be set.")
    return found


def check_open(project: str, location: str) -> None:
    """Raises `ApiProblem` 403 for a location that Google opens on request only."""
    if location not in _CLOSED_LOCATIONS:
        return
    message = f"Permission denied on 'locations/{location}' (or it may not exist)."
    metadata = {"consumer": f"projects/{project}", "service": "", "location": location}
    contact = (
        "Access to the region is unavailable. Please contact our sales team at https://cloud.google.com/contact for "
        "further assistance."
    )
    kind = "type.googleapis.com/google.rpc."
    details: list[dict[str, Any]] = [
        {
            "@type": f"{kind}ErrorInfo",
            "reason": "LOCATION_POLICY_VIOLATED",
            "domain": "googleapis.com",
            "metadata": metadata,
        },
        {"@type": f"{kind}LocalizedMessage", "locale": "en-US", "message": message},
        {"@type": f"{kind}Help", "links": [{"description": contact}]},
    ]
    raise ApiProblem(403, message, details=details)


def check_location(location: str, base_model: str) -> None:
    """Gemini models are tuned in a region: `global` is refused."""
    if location == "global" and names.generation_of(base_model):
        message = "Tuning is not supported in the location global. Please use a regional endpoint, such as us-central1."
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")


def check_job(job: Mapping[str, Any], *, method: str, location: str) -> None:
    """Check what the request says by itself. Raises `ApiProblem` 400."""
    if not _one_of(job, _SOURCES, oneof="source_model", path="tuning_job"):
        raise _problem("tuning_job", f"One of {_alternatives(_SOURCES)} must be set.")
    if "baseModel" in job and not _BASE_MODEL.fullmatch(job["baseModel"]):
        raise _problem("tuning_job.base_model", f"Base model {job['baseModel']} is not supported.")
    if "preTunedModel" in job and not job["preTunedModel"].get("tunedModelName"):
        raise _problem("tuning_job.pre_tuned_model.tuned_model_name", "The tuned model name is required.")
    if "tunedModelDisplayName" in job:
        check_display_name(job["tunedModelDisplayName"])
    check_labels(job.get("labels", {}))
    _check_key(job.get("encryptionSpec", {}).get("kmsKeyName", ""), location)
    account = job.get("serviceAccount")
    if account and not _SERVICE_ACCOUNT.fullmatch(account):
        raise _problem("tuning_job.service_account", f"Invalid service account: {account}.")
    path = f"tuning_job.{snake_case(method)}"
    _check_datasets(job[method], path, needed=method.endswith("TuningSpec") or "Optimization" in method)
    if (
        "learningRate" in job[method].get("hyperParameters", {})
        and "learningRateMultiplier" in job[method]["hyperParameters"]
    ):
        raise _problem(f"{path}.hyper_parameters", "Only one of learning_rate and learning_rate_multiplier may be set.")
    if method == REINFORCEMENT:
        _check_rewards(job[method], path)


def check_hyper_parameters(spec: Mapping[str, Any], *, method: str, base_model: str) -> None:
    """Check the ranges of hyperparameters, some of which depend on the base model. Raises `ApiProblem` 400."""
    given = spec.get("hyperParameters", {})
    path = f"tuning_job.{snake_case(method)}.hyper_parameters"
    for name in ("epochCount", "stepCount", "batchSize", "samplesPerPrompt", "evaluateInterval", "checkpointInterval"):
        if name in given and int(given[name]) < 1:
            raise _problem(f"{path}.{snake_case(name)}", f"{snake_case(name)} must be at least 1, got {given[name]}.")
    multiplier = given.get("learningRateMultiplier", 1)
    if not isinstance(multiplier, int | float) or multiplier <= 0:
        raise _problem(f"{path}.learning_rate_multiplier", f"The multiplier must be positive, got {multiplier}.")
    if method == REINFORCEMENT:
        _check_reinforcement(given, path, base_model)


def check_source(source: Mapping[str, Any], version: Mapping[str, Any], job: Mapping[str, Any], location: str) -> None:
    """Check the version that a job continues from. `version` is its `Model` message. Raises `ApiProblem` 400 or 404."""
    path = "tuning_job.pre_tuned_model"
    name = f"{version['name']}@{version['versionId']}"
    if names.location_of(version["name"]) != location:
        message = f"The pre-tuned model {name} is not in the location of the tuning job, {location}."
        raise _problem(f"{path}.tuned_model_name", message)
    if seconds_of(version["versionCreateTime"]) < _OLDEST_SOURCE.timestamp():
        message = f"The pre-tuned model {name} was tuned before July 11, 2025 and cannot be tuned further."
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")
    checkpoint_id = source.get("checkpointId")
    known = [item["checkpointId"] for item in version.get("checkpoints", [])]
    if checkpoint_id and checkpoint_id not in known:
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise ApiProblem(404, f"The checkpoint {checkpoint_id} of the model {name} does not exist; {has}.")
    source_key = version.get("encryptionSpec", {}).get("kmsKeyName", "")
    key = job.get("encryptionSpec", {}).get("kmsKeyName", "")
    if names.canonical(source_key) != names.canonical(key):
        wanted = (
            f"the key of the pre-tuned model, {source_key}" if source_key else "no key, as the pre-tuned model has none"
        )
        raise _problem("tuning_job.encryption_spec", f"A continuous tuning job must use {wanted}.")


def _check_reinforcement(given: Mapping[str, Any], path: str, base_model: str) -> None:
    if "epochCount" in given and "stepCount" in given:
        raise _problem(path, "Only one of epoch_count and step_count may be set.")
    lowest, highest = _LEARNING_RATE_MULTIPLIERS
    if not lowest <= given.get("learningRateMultiplier", 1) <= highest:
        message = (
            f"learning_rate_multiplier must be between {lowest} and {highest:g}, got {given['learningRateMultiplier']}."
        )
        raise _problem(f"{path}.learning_rate_multiplier", message)
    batch = given.get("batchSize", _DEFAULT_BATCH_SIZE) * given.get("samplesPerPrompt", _DEFAULT_SAMPLES)
    if batch % _BATCH_MULTIPLE or batch > _LARGEST_BATCH:
        message = (
            f"batch_size * samples_per_prompt must be a multiple of {_BATCH_MULTIPLE} and at most {_LARGEST_BATCH}, "
            f"got {batch}."
        )
        raise _problem(path, message)
    tokens = given.get("maxOutputTokens", _MOST_OUTPUT_TOKENS)
    if not 0 < tokens <= _MOST_OUTPUT_TOKENS:
        message = f"max_output_tokens must be between 1 and {_MOST_OUTPUT_TOKENS}, got {tokens}."
        raise _problem(f"{path}.max_output_tokens", message)
    if "thinkingBudget" in given and _THINKING_BUDGET_GENERATION not in base_model:
        message = f"thinking_budget is not supported for {base_model}. Use thinking_level instead."
        raise _problem(f"{path}.thinking_budget", message)
    if "thinkingLevel" in given and names.generation_of(base_model) < 3:
        raise _problem(f"{path}.thinking_level", f"thinking_level is not supported for {base_model}.")


def _check_rewards(spec: Mapping[str, Any], path: str) -> None:
    kind = _one_of(spec, _REWARD_CONFIGS, oneof="reward_config", path=path)
    if not kind:
        raise _problem(path, f"One of {_alternatives(_REWARD_CONFIGS)} must be set.")
    check_reward_config(spec[kind], kind, f"{path}.{snake_case(kind)}")


def check_reward_config(config: Mapping[str, Any], kind: str, path: str) -> None:
    """A single reward has exactly one scorer, a composite at least one reward. Raises `ApiProblem` 400."""
    if kind == "singleRewardConfig":
        if not _one_of(config, _SCORERS, oneof="reward_scorer", path=path):
            raise _problem(path, f"One of {_alternatives(_SCORERS)} must be set.")
        return
    weighted = config.get("weightedRewardConfigs", [])
    if not weighted:
        raise _problem(path, "weighted_reward_configs must not be empty.")
    for index, item in enumerate(weighted):
        inner = f"{path}.weighted_reward_configs[{index}].reward_config"
        check_reward_config(item.get("rewardConfig", {}), "singleRewardConfig", inner)
    names_given = [item["rewardConfig"]["rewardName"] for item in weighted if item["rewardConfig"].get("rewardName")]
    if len(set(names_given)) < len(names_given):
        raise _problem(path, "Each reward of a composite must have its own reward_name.")


def _check_datasets(spec: Mapping[str, Any], path: str, *, needed: bool) -> None:
    if needed and not spec.get("trainingDatasetUri"):
        raise _problem(f"{path}.training_dataset_uri", "The training dataset URI is required.")
    for field in ("trainingDatasetUri", "validationDatasetUri"):
        uri = spec.get(field)
        if isinstance(uri, str) and not _DATASET.fullmatch(uri):
            message = f"Invalid dataset URI {uri!r}: expected gs://BUCKET/OBJECT or projects/*/locations/*/datasets/*."
            raise _problem(f"{path}.{snake_case(field)}", message)


def _check_key(key: str, location: str) -> None:
    if not key:
        return
    match = _KMS_KEY.fullmatch(key)
    if match is None:
        raise _problem("tuning_job.encryption_spec.kms_key_name", f"Invalid KMS key name: {key}.")
    if match["location"] != location:
        message = f"The KMS key {key} is not in the location of the tuning job, {location}."
        raise _problem("tuning_job.encryption_spec.kms_key_name", message)


def _one_of(message: Mapping[str, Any], fields: tuple[str, ...], *, oneof: str, path: str) -> str:
    """The one of these fields that is set, empty for none; more than one is refused in Google's words."""
    found = [field for field in message if field in fields]
    if len(found) > 1:
        text = f"oneof field '{oneof}' is already set. Cannot set '{found[1]}'"
        raise _problem(path, f"Invalid value at '{path}' (oneof), {text}")
    return found[0] if found else ""


def _alternatives(fields: tuple[str, ...]) -> str:
    return ", ".join(snake_case(field) for field in fields)


def _problem(path: str, description: str) -> ApiProblem:
    return invalid([Violation(path, description)])
