"""The rules that an evaluation run's inputs are held to before anything is sent: in a preview, offline.

Values that are not known yet are skipped, and so is a rule over several values while one of them is unknown.
"""

import re
from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core import grammar, import_ids, names
from pulumi_ctune.core.fields import by_name, fields_of, spelling
from pulumi_ctune.core.input_rules import check_deletion_policy, check_labels, check_text
from pulumi_ctune.core.kind import Failure, failures_of
from pulumi_ctune.core.messages import Findings, any_of, child, nearest, not_one_of, quoted, show
from pulumi_ctune.core.name_checks import check_names, pinned_name
from pulumi_ctune.core.names import EndpointName, ModelName
from pulumi_ctune.core.schema_checks import check_fields
from pulumi_ctune.core.values import Unknown, has_unknown
from pulumi_ctune.evaluation_run.attributes import ANSWERS, INPUTS, PROVIDER
from pulumi_ctune.evaluation_run.models import is_endpoint
from pulumi_ctune.evaluation_run.request import MESSAGES, SOURCES

_VERSIONED = re.compile(r".+_v[0-9]+")
_RUN_ID = re.compile(r"[0-9]+")


def check(inputs: Mapping[str, Any]) -> list[Failure]:
    """Everything that is wrong with the inputs of an evaluation run, at most one failure for each field."""
    found: Findings = {}
    check_names(inputs, {"tuned_model_name": _version}, found)
    for key in inputs:
        if key not in INPUTS and not str(key).startswith("__") and inputs[key] is not None:
            close = nearest(key, INPUTS)
            found[child("", key)] = (
                f"no such input; {f'did you mean {show(close)}?' if close else f'there are {any_of(INPUTS)}'}"
            )
    for name, form in (("project", grammar.project), ("location", grammar.location)):
        if inputs.get(name) != "":
            check_text(inputs, name, form, found)
    answers = inputs.get("answers")
    if answers is not None and not isinstance(answers, Unknown) and answers not in ANSWERS:
        found["answers"] = not_one_of(answers, ANSWERS)
    check_deletion_policy(inputs.get("deletion_policy"), found)
    for name, message in MESSAGES.items():
        value = inputs.get(name)
        if value is not None and not isinstance(value, Mapping | Unknown):
            found[name] = f"{show(value)} is not a dict"
        elif isinstance(value, Mapping):
            check_fields(message, value, name, found)
    _check_source(inputs.get("data_source"), found)
    _check_own_answers(inputs, found)
    _check_baseline(inputs.get("baseline"), found)
    config = inputs.get("evaluation_config")
    if isinstance(config, Mapping):
        config = by_name(config, fields_of(MESSAGES["evaluation_config"]))
    _check_metrics(config, found)
    _check_places(inputs, config, found)
    labels = inputs.get("labels")
    if labels is not None and not isinstance(labels, Mapping | Unknown):
        found["labels"] = f"{show(labels)} is not a dict"
    check_labels(labels, found)
    _check_others(inputs, found)
    return failures_of(found)


def _version(text: str) -> str:
    return pinned_name(
        text, base_model="what is judged is a version of a tuned model; a base model can be the baseline"
    )


def _check_source(source: Any, found: Findings) -> None:
    if source is None:
        found["data_source"] = "missing: give 'dataset_uri', or another of its keys"
    elif not isinstance(source, Mapping | Unknown):
        found["data_source"] = f"{show(source)} is not a dict"
    elif isinstance(source, Mapping):
        given = [key for key in SOURCES if source.get(key) is not None]
        wrong = [key for key in source if key not in SOURCES and source[key] is not None]
        for key in wrong:
            found[child("data_source", key)] = f"no such key; there are {any_of(SOURCES)}"
        if len(given) != 1 and (given or not wrong):
            reason = f"only one of {any_of(given)} can be given" if given else f"missing: give {any_of(SOURCES)}"
            found.setdefault("data_source", reason)
        _check_rows(source, found)


def _check_rows(source: Mapping[str, Any], found: Findings) -> None:
    uri = source.get("dataset_uri")
    if uri is not None and not isinstance(uri, Unknown) and (not isinstance(uri, str) or names.object_in(uri) is None):
        found["data_source.dataset_uri"] = f"{show(uri)} is not an object in Cloud Storage, gs://BUCKET/OBJECT"
    request_set = source.get("bigquery_request_set")
    if isinstance(request_set, Mapping) and request_set.get("sampling_config") is None:
        found["data_source.bigquery_request_set.sampling_config"] = (
            "missing: without it Google judges 100 rows, however many there are; set sampling_count"
        )


def _check_own_answers(inputs: Mapping[str, Any], found: Findings) -> None:
    """What the provider can ask the models by itself: rows and a template that it has."""
    source, template = inputs.get("data_source"), inputs.get("prompt_template")
    if inputs.get("answers") != PROVIDER:
        return
    if isinstance(source, Mapping) and not has_unknown(source) and not source.get("dataset_uri"):
        found.setdefault("answers", f"{show(PROVIDER)} takes rows of 'dataset_uri': only these can be read here")
    if isinstance(template, Mapping) and template.get("gcs_uri") is not None:
        found.setdefault(
            "prompt_template.gcs_uri", f"is not read where answers is {show(PROVIDER)}: write it as 'prompt_template'"
        )


def _check_baseline(baseline: Any, found: Findings) -> None:
    if baseline is None or isinstance(baseline, Unknown):
        return
    if not isinstance(baseline, Mapping):
        found["baseline"] = f'{show(baseline)} is not a dict: write {{"model": ...}}'
        return
    for key in baseline:
        if key != "model":
            found[child("baseline", key)] = "no such key; there is 'model'"
    model = baseline.get("model")
    if model is None or model == "":
        found["baseline.model"] = "missing: name an endpoint, a version of a tuned model, or a base model"
    elif not isinstance(model, str | Unknown):
        found["baseline.model"] = f"{show(model)} is not text{quoted(model)}"
    elif isinstance(model, str) and "/" in model and not _is_model(model):
        found["baseline.model"] = (
            f"{show(model)} is neither {EndpointName.FORM} nor {ModelName.FORM} nor a base model such as "
            "'gemini-3.5-flash'"
        )


def _is_model(text: str) -> bool:
    return is_endpoint(text) or names.model_name(text) is not None or names.publisher_model_id(text) is not None


def _check_metrics(config: Any, found: Findings) -> None:
    if config is None:
        found["evaluation_config"] = "missing: give 'metrics'"
    metrics = config.get("metrics") if isinstance(config, Mapping) else None
    if isinstance(config, Mapping) and not metrics and not isinstance(metrics, Unknown):
        found.setdefault("evaluation_config.metrics", "missing: name at least one metric")
    seen: set[str] = set()
    for index, metric in enumerate(metrics if isinstance(metrics, list | tuple) else ()):
        if isinstance(metric, Mapping):
            _check_metric(metric, f"evaluation_config.metrics[{index}]", seen, found)


def _check_metric(metric: Mapping[str, Any], path: str, seen: set[str], found: Findings) -> None:
    name = metric.get("metric")
    if name is None or name == "":
        found.setdefault(f"{path}.metric", "missing: the name by which gates ask for it, such as 'exact_match'")
    elif isinstance(name, str):
        if "/" in name:
            found.setdefault(f"{path}.metric", f"{show(name)} has a slash, which parts the keys of a summary")
        elif name in seen:
            found.setdefault(f"{path}.metric", f"{show(name)} is there twice: give each metric a name of its own")
        seen.add(name)
    for above in ((), ("metric_config",)):
        where, predefined = _at(metric, path, *above, "predefined_metric_spec", "metric_spec_name")
        if isinstance(predefined, str) and not _VERSIONED.fullmatch(predefined):
            found.setdefault(
                where,
                f"{show(predefined)} has no version: write one, such as {show(predefined + '_v2')}, since versions "
                "score differently, and 'safety_v1' even the other way round than 'safety_v3'",
            )


def _at(value: Any, path: str, *names: str) -> tuple[str, Any]:
    """What a map has below a field of a field, and the path to it as it is spelled there."""
    for name in names:
        key = spelling(value, name) if isinstance(value, Mapping) else name
        path, value = child(path, key), value.get(key) if isinstance(value, Mapping) else None
    return path, value


def _check_places(inputs: Mapping[str, Any], config: Any, found: Findings) -> None:
    """What is known offline: where the endpoint of the baseline lies. The version's own endpoint is looked up later."""
    baseline = inputs.get("baseline")
    model = baseline.get("model") if isinstance(baseline, Mapping) else None
    name, location = inputs.get("tuned_model_name"), inputs.get("location")
    if has_unknown([model, config, name, location]) or not isinstance(model, str) or not is_endpoint(model):
        return
    if found or inputs.get("answers") == PROVIDER or not isinstance(config, Mapping):
        return
    here, there = str(location or ModelName.parse(str(name)).location), EndpointName.parse(model).location
    if here != there and not config.get("allow_cross_region_model"):
        found["evaluation_config.allow_cross_region_model"] = (
            f"the baseline lies in {show(there)}, the run in {show(here)}: set it to True to allow that. Google may "
            "then send rows to other places too, 'global' among them, which matters where data must not leave a region"
        )


def _check_others(inputs: Mapping[str, Any], found: Findings) -> None:
    checkpoint_id, triggers, adopt = (inputs.get(key) for key in ("checkpoint_id", "triggers", "adopt_run"))
    if checkpoint_id is not None and not isinstance(checkpoint_id, str | int | float | Unknown):
        found["checkpoint_id"] = f"{show(checkpoint_id)} is not the id of a checkpoint, such as '2'"
    if triggers is not None and not isinstance(triggers, list | tuple | Unknown):
        found["triggers"] = f"{show(triggers)} is not a list; write [...] around it"
    if adopt is None or isinstance(adopt, Unknown) or adopt == "":
        return
    if not isinstance(adopt, str) or not (_RUN_ID.fullmatch(adopt) or import_ids.is_run(adopt)):
        found["adopt_run"] = (
            f"{show(adopt)} is not the id (digits, in quotes) or full name of a run, {import_ids.RUN_FORM}"
        )
