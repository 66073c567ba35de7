"""Write the two extracts of Vertex AI's discovery document: the provider's (jobs and their data) and the emulator's.

    python tools/extract_discovery.py            fetch the newest google-api-python-client with pip, write the extracts
    python tools/extract_discovery.py --wheel W  read a wheel that is already there
    python tools/extract_discovery.py --check    write nothing; exit code 1 if an extract would change

The wheel is only unpacked here: neither it nor the rest of the 4 MB document is needed at run time.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PROVIDER = ROOT / "pulumi_ctune" / "core" / "discovery" / "tuning_job_v1beta1.json"
EMULATOR = ROOT / "vertex_emulator" / "discovery" / "aiplatform_v1beta1.json"
DOCUMENTS = "googleapiclient/discovery_cache/documents"
PREFIX = "GoogleCloudAiplatformV1beta1"
PREFIX_V1 = "GoogleCloudAiplatformV1"
KEPT = ("type", "format", "enum", "readOnly", "deprecated", "$ref", "items", "additionalProperties", "properties")
NOTICE = (
    "Extract of the discovery document of the Vertex AI API (aiplatform.googleapis.com), Copyright Google LLC, "
    "licensed under the Apache License, Version 2.0. Changed: only the schemas listed here, without descriptions."
)

ROOTS = (
    # tuning
    *("TuningJob", "ListTuningJobsResponse"),
    *("ValidateReinforcementTuningRewardRequest", "ValidateReinforcementTuningRewardResponse"),
    *("GeminiExample", "GeminiPreferenceExample", "ReinforcementTuningExample"),
    # Model Registry
    *("Model", "ListModelsResponse", "ListModelVersionsResponse", "ListModelVersionCheckpointsResponse"),
    *("MergeVersionAliasesRequest", "CopyModelRequest", "CopyModelResponse", "CopyModelOperationMetadata"),
    *("UploadModelRequest", "UploadModelResponse", "UploadModelOperationMetadata"),
    *("GenericOperationMetadata", "DeleteOperationMetadata"),
    # endpoints
    *("Endpoint", "ListEndpointsResponse", "UpdateEndpointLongRunningRequest", "CreateEndpointOperationMetadata"),
    *("DeployModelRequest", "DeployModelResponse", "DeployModelOperationMetadata"),
    *("UndeployModelRequest", "UndeployModelResponse", "UndeployModelOperationMetadata"),
    *("MutateDeployedModelRequest", "MutateDeployedModelResponse", "MutateDeployedModelOperationMetadata"),
    *("GenerateContentRequest", "GenerateContentResponse", "CountTokensRequest", "CountTokensResponse"),
    # evaluation
    *("EvaluationRun", "ListEvaluationRunsResponse", "CancelEvaluationRunRequest"),
    *("EvaluationSet", "ListEvaluationSetsResponse", "ImportEvaluationSetRequest"),
    *("EvaluationItem", "ListEvaluationItemsResponse", "EvaluationMetric", "ListEvaluationMetricsResponse"),
    *("EvaluationExperiment", "ListEvaluationExperimentsResponse"),
    # training series
    *("Context", "ListContextsResponse", "Artifact", "ListArtifactsResponse"),
    *("Tensorboard", "TensorboardExperiment", "ListTensorboardExperimentsResponse"),
    *("TensorboardRun", "ListTensorboardRunsResponse", "TensorboardTimeSeries", "ListTensorboardTimeSeriesResponse"),
    *("ReadTensorboardTimeSeriesDataResponse", "BatchReadTensorboardTimeSeriesDataResponse"),
    *("ExportTensorboardTimeSeriesDataRequest", "ExportTensorboardTimeSeriesDataResponse"),
)
PROVIDER_ROOTS = (
    *("TuningJob", "GeminiExample", "GeminiPreferenceExample", "ReinforcementTuningExample"),
    *("EvaluationRunEvaluationConfig", "EvaluationRunDataSource"),
)
FOREIGN_ROOTS = (
    *("GoogleIamV1Policy", "GoogleIamV1SetIamPolicyRequest"),
    *("GoogleIamV1TestIamPermissionsRequest", "GoogleIamV1TestIamPermissionsResponse"),
    *("GoogleLongrunningOperation", "GoogleLongrunningListOperationsResponse", "GoogleRpcStatus"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the extracts of Vertex AI's discovery document.")
    parser.add_argument("--wheel", type=Path, help="a google-api-python-client wheel; default: fetched with pip")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if an extract would change")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = options.wheel or fetched_wheel(Path(folder))
        whole = extract(document_in(wheel, "aiplatform.v1beta1"), document_in(wheel, "aiplatform.v1"))
    texts = {EMULATOR: rendered(whole), PROVIDER: rendered(of_provider(whole))}
    if options.check:
        return 0 if all(target.read_text(encoding="utf-8") == text for target, text in texts.items()) else 1
    for target, text in texts.items():
        target.write_text(text, encoding="utf-8")
        print(f"{target.name}: {len(text) / 1000:.0f} kB, revision {whole['revision']}")
    return 0


def fetched_wheel(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*pip, "--dest", str(folder), "google-api-python-client"], check=True)
    return next(folder.glob("*.whl"))


def document_in(wheel: Path, name: str) -> dict[str, Any]:
    with zipfile.ZipFile(wheel) as archive:
        document: dict[str, Any] = json.loads(archive.read(f"{DOCUMENTS}/{name}.json"))
        return document


def extract(beta: Mapping[str, Any], v1: Mapping[str, Any]) -> dict[str, Any]:
    """The extract as a document: the schemas that the roots reach, and what of them v1 lacks."""
    wanted = closure(beta["schemas"], [*(PREFIX + root for root in ROOTS), *FOREIGN_ROOTS])
    schemas = {name: slimmed(beta["schemas"][name]) for name in sorted(wanted)}
    return {
        "notice": NOTICE,
        "version": beta["version"],
        "revision": beta["revision"],
        "schemas": schemas,
        "absentFromV1": {
            name: absent for name in schemas if (absent := absent_from(v1["schemas"], name, schemas[name]))
        },
    }


def of_provider(whole: Mapping[str, Any]) -> dict[str, Any]:
    """What of an extract the provider needs: the schemas that its inputs and the lines of datasets reach."""
    wanted = closure(whole["schemas"], [PREFIX + root for root in PROVIDER_ROOTS])
    head = {key: whole[key] for key in ("notice", "version", "revision")}
    return {**head, "schemas": {name: whole["schemas"][name] for name in sorted(wanted)}}


def closure(schemas: Mapping[str, Any], roots: list[str]) -> set[str]:
    found: set[str] = set()
    while roots:
        name = roots.pop()
        if name not in found:
            found.add(name)
            roots.extend(references_in(schemas[name]))
    return found


def references_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references_in(child)


def slimmed(schema: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: schema[key] for key in KEPT if key in schema}
    for key in ("items", "additionalProperties"):
        if key in kept:
            kept[key] = slimmed(kept[key])
    if "properties" in kept:
        kept["properties"] = {name: slimmed(part) for name, part in sorted(kept["properties"].items())}
    return kept


def absent_from(v1: Mapping[str, Any], name: str, schema: Mapping[str, Any]) -> list[str]:
    name_v1 = PREFIX_V1 + name.removeprefix(PREFIX) if name.startswith(PREFIX) else name
    if name_v1 not in v1:
        return ["*"]
    return sorted(set(schema.get("properties", {})) - set(v1[name_v1].get("properties", {})))


def rendered(document: Mapping[str, Any]) -> str:
    """JSON with one line per field, so that a new revision reads as a diff and the file stays small."""
    lines = [f"  {json.dumps(key)}: {json.dumps(document[key])}," for key in ("notice", "version", "revision")]
    lines.append('  "schemas": {')
    for name, schema in document["schemas"].items():
        head = {key: value for key, value in schema.items() if key != "properties"}
        opening = f"    {json.dumps(name)}: {{{json.dumps(head)[1:-1]}"
        fields = [
            f"      {json.dumps(field)}: {json.dumps(part)}" for field, part in schema.get("properties", {}).items()
        ]
        lines.append(f'{opening}, "properties": {{\n' + ",\n".join(fields) + "\n    }}," if fields else f"{opening}}},")
    lines[-1] = lines[-1].removesuffix(",")
    if "absentFromV1" not in document:
        return "{\n" + "\n".join([*lines, "  }", "}"]) + "\n"
    lines.append('  },\n  "absentFromV1": {')
    absent = [f"    {json.dumps(name)}: {json.dumps(fields)}" for name, fields in document["absentFromV1"].items()]
    return "{\n" + "\n".join([*lines, ",\n".join(absent), "  }", "}"]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
