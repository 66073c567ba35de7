"""What a new evaluation run must fulfil beyond the schema.

Whether an endpoint answers and whether items have what a metric needs is the run's own matter, not that of create.

Source: the field texts of the discovery document
"""

import re
from collections.abc import Mapping
from typing import Any

from vertex_emulator import names
from vertex_emulator.evaluation.collection import SETS
from vertex_emulator.resource_fields import check_display_name, check_labels
from vertex_emulator.store import Transaction
from vertex_emulator.wsgi import ApiProblem

_SOURCES = ("evaluationSet", "evaluationSetRevision", "bigqueryRequestSet")
_LONGEST_CANDIDATE = 128
_MOST_SAMPLES = 32  # of a judge, for each row
_MODEL = re.compile(r"projects/[^/]+/locations/(?P<location>[^/]+)/(endpoints/[^/]+|publishers/[^/]+/models/[^/]+)")
_KMS_KEY = re.compile(r"projects/[^/]+/locations/(?P<location>[^/]+)/keyRings/[^/]+/cryptoKeys/[^/]+")
_NOT_SERVED = ("agentConfig", "agentRunConfig", "agents", "harborRunConfig")


def check_run(tx: Transaction, run: Mapping[str, Any], location: str) -> None:
    """Raises 400, 404 for a set that does not exist, 501 for what the emulator does not serve."""
    check_display_name(run.get("displayName"))
    check_labels(run.get("labels") or {})
    if run.get("serviceAccount"):
        raise ApiProblem(400, "service_account must not be set: no inference config of this run requires it.")
    if run.get("evaluationExperiment") and run.get("name"):
        raise ApiProblem(400, "name must not be set for an evaluation run with an evaluation experiment.")
    _check_key((run.get("encryptionSpec") or {}).get("kmsKeyName", ""), location)
    _check_source(tx, run.get("dataSource") or {})
    config = run.get("evaluationConfig") or {}
    if config.get("datasetCustomMetrics"):
        raise ApiProblem(501, "The emulator does not serve dataset_custom_metrics.")
    crosses = bool(config.get("allowCrossRegionModel"))
    for candidate, inference in (run.get("inferenceConfigs") or {}).items():
        _check_inference(candidate, inference, location, crosses=crosses)
    autorater = config.get("autoraterConfig") or {}
    if not 1 <= autorater.get("sampleCount", 1) <= _MOST_SAMPLES:
        raise ApiProblem(400, f"autorater_config.sample_count must be between 1 and {_MOST_SAMPLES}.")
    judge = autorater.get("autoraterModel", "")
    if judge and not crosses and names.location_of(judge) not in ("", location):
        raise _crossing(judge, location)


def _check_source(tx: Transaction, source: Mapping[str, Any]) -> None:
    found = [name for name in _SOURCES if name in source]
    if len(found) != 1:
        raise ApiProblem(400, f"Exactly one of {', '.join(_SOURCES)} must be set in data_source.")
    if found[0] != "evaluationSet":
        raise ApiProblem(501, f"The emulator evaluates evaluation sets only: {found[0]} is not served.")
    SETS.find(tx, source["evaluationSet"])


def _check_inference(candidate: str, config: Mapping[str, Any], location: str, *, crosses: bool) -> None:
    if not candidate or len(candidate) > _LONGEST_CANDIDATE:
        raise ApiProblem(400, f"The name of a candidate must have 1 to {_LONGEST_CANDIDATE} characters.")
    if unserved := [name for name in _NOT_SERVED if name in config]:
        raise ApiProblem(501, f"The emulator does not serve {unserved[0]} (candidate {candidate!r}).")
    model = config.get("model", "")
    match = _MODEL.fullmatch(model)
    if match is None:
        message = f"Invalid model {model!r} of the candidate {candidate!r}: expected the full name of an endpoint or a"
        raise ApiProblem(400, f"{message} publisher model.")
    if match["location"] != location and not crosses:
        raise _crossing(model, location)


def _crossing(model: str, location: str) -> ApiProblem:
    message = f"The model {model} is not in the location of the evaluation run, {location}: allow_cross_region_model"
    return ApiProblem(400, f"{message} must be true.")


def _check_key(key: str, location: str) -> None:
    if not key:
        return
    match = _KMS_KEY.fullmatch(key)
    if match is None:
        raise ApiProblem(400, f"Invalid KMS key name: {key}.")
    if match["location"] != location:
        raise ApiProblem(400, f"The KMS key {key} is not in the location of the evaluation run, {location}.")
