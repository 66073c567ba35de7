"""The `tuningJobs` collection of the API: create, get, list, cancel.

There is no delete and no patch, as at Google. `create_rules` says what a new job must fulfil, `job_progress` what
becomes of it.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from vertex_emulator import grants, list_filter, names
from vertex_emulator.job_course import JobCourse
from vertex_emulator.registry import models
from vertex_emulator.service import Call, Route, next_page, page_after
from vertex_emulator.tuning import create_rules, job_progress, records
from vertex_emulator.tuning.records import JobRecord
from vertex_emulator.wsgi import ApiProblem, Response

_LOWEST_ID = 10**18  # Google's ids have 19 digits
_FILTER_FIELDS: list_filter.Fields = {  # Google documents none: the standard ones, and what tells jobs apart
    "state": lambda job: str(job.get("state", "")),
    "tunedModelDisplayName": lambda job: str(job.get("tunedModelDisplayName", "")),
    "baseModel": lambda job: str(job.get("baseModel", "")),
}
_PARENT = "projects/{project}/locations/{location}"


def create(call: Call) -> Response | dict[str, Any]:
    """Answers at once with a job that is PENDING, or QUEUED over the limit of jobs that run."""
    location = call.param("location")
    create_rules.check_open(call.param("project"), location)
    job = call.schema.read("TuningJob", call.request.json(), path="tuning_job")
    method = create_rules.method_of(job)
    create_rules.check_location(location, job.get("baseModel", "gemini-2.5"))
    create_rules.check_job(job, method=method, location=location)
    base_model, parent_model, parent_name = job.get("baseModel", ""), "", ""
    if "preTunedModel" in job:
        source = job["preTunedModel"]
        version = models.find_version(call, source["tunedModelName"])
        create_rules.check_source(source, version, job, location)
        base_model = _base_model_of(version)
        parent_model, parent_name = version["name"], version["displayName"]
        source["tunedModelName"] = names.canonical(source["tunedModelName"])
        source["baseModel"] = base_model
    create_rules.check_hyper_parameters(job[method], method=method, base_model=base_model)
    account = job.get("serviceAccount")
    if account and grants.are_young(call, account):
        problem = _lacks_role(account)
        return Response.of_json(problem.body(), problem.code)
    number = call.tx.next_number("tuning job")
    job_id = _job_id(number)
    display_name = job.setdefault("tunedModelDisplayName", parent_name or f"tuned-model-{job_id[:8]}")
    parent = names.parent(call.param("project"), location)
    stamp = datetime.fromtimestamp(call.now, UTC).strftime("%Y%m%d%H%M%S")
    record = JobRecord(
        name=f"{parent}/tuningJobs/{job_id}",
        request=job,
        method=method,
        base_model=base_model,
        parent_model=parent_model if display_name == parent_name else "",
        course=call.effects.job or JobCourse(),
        experiment=f"{parent}/metadataStores/default/contexts/tuning-experiment-{stamp}{number:06d}",
        created=call.now,
    )
    record = job_progress.begin(call, record)
    call.tx.put("experiment", record.experiment, {"job": record.name})
    return _shown(call, record)


def get(call: Call) -> dict[str, Any]:
    return _shown(call, _find(call))


def list_jobs(call: Call) -> dict[str, Any]:
    """The newest first."""
    create_rules.check_open(call.param("project"), call.param("location"))
    parent = names.parent(call.param("project"), call.param("location"))
    wanted = list_filter.parse(call.request.query.get("filter", []), _FILTER_FIELDS)
    fresh = call.now - call.effects.stale_s

    def found_after(name: str) -> Iterator[dict[str, Any]]:
        if name and records.find(call.tx, name) is None:
            raise ApiProblem(400, "The page token is invalid: it belongs to another list.")
        for record in records.listed(call.tx, parent, newest_first=True, after=name):
            if call.effects.stale_s and record.created > fresh:
                continue
            job = records.shown(record, call.now)
            if wanted(job):
                yield call.schema.shown("TuningJob", job)

    page, token = page_after(call, found_after, default_size=100)
    return {"tuningJobs": page} | next_page(token)


def cancel(call: Call) -> dict[str, Any]:
    job_progress.cancel(call, _find(call))
    return {}


def not_served(call: Call) -> dict[str, Any]:
    raise ApiProblem(501, f"The emulator does not serve {call.request.path.rsplit('/', 1)[-1]}.")


def all_jobs(call: Call) -> list[dict[str, Any]]:
    """Every job of every project, from old to new."""
    return [records.shown(record, call.now) for record in records.listed(call.tx)]


def _find(call: Call) -> JobRecord:
    name = f"{names.parent(call.param('project'), call.param('location'))}/tuningJobs/{call.param('job')}"
    record = records.find(call.tx, name)
    if record is None:
        raise ApiProblem(404, "The TuningJob does not exist.")
    return record


def _shown(call: Call, record: JobRecord) -> dict[str, Any]:
    return call.schema.shown("TuningJob", records.shown(record, call.now))


def _lacks_role(account: str) -> ApiProblem:
    message = (
        f"The Vertex AI service agent lacks roles/iam.serviceAccountTokenCreator on the service account {account}."
    )
    return ApiProblem(403, message)


def _base_model_of(version: dict[str, Any]) -> str:
    source = version.get("baseModelSource", {})
    uri = source.get("modelGardenSource", {}).get("publicModelName", "") or source.get("genieSource", {}).get(
        "baseModelUri", ""
    )
    if not uri:
        message = (
            f"The model {version['name']}@{version['versionId']} is not a tuned model and cannot be tuned further."
        )
        raise ApiProblem(400, message, status="FAILED_PRECONDITION")
    return names.last_segment(uri)


def _job_id(number: int) -> str:
    """19 digits that look like Google's and are the same in every run; the number in them keeps them apart."""
    digest = int.from_bytes(hashlib.sha256(f"tuning job {number}".encode()).digest()[:8], "big")
    return str(_LOWEST_ID + digest % (8 * _LOWEST_ID) // 1_000_000 * 1_000_000 + number % 1_000_000)


ROUTES: list[Route] = [
    ("POST", f"{_PARENT}/tuningJobs", create),
    ("GET", f"{_PARENT}/tuningJobs", list_jobs),
    ("GET", f"{_PARENT}/tuningJobs/{{job}}", get),
    ("POST", f"{_PARENT}/tuningJobs/{{job}}:cancel", cancel),
    ("POST", f"{_PARENT}/tuningJobs:rebaseTunedModel", not_served),
    ("POST", f"{_PARENT}/tuningJobs:optimizePrompt", not_served),
    ("POST", f"{_PARENT}/tuningJobs:processData", not_served),
]
