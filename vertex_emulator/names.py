"""Resource names: projects by number, names taken apart and put together, the location that serves a tuned model.

Knows no stored state. Requests may name a project by id or number; everything stored and returned has the number, as at
Google. Patterns: https://cloud.google.com/apis/design/resource_names
"""

import hashlib
import re

from vertex_emulator.wsgi import ApiProblem

_PROJECT_IN_NAME = re.compile(r"projects/([^/]+)(?=/|$)")
_VERSIONED_MODEL = re.compile(r"(?P<model>projects/[^/]+/locations/[^/]+/models/[^/@:]+)(?:@(?P<version>[^/@:]+))?")
_GEMINI_GENERATION = re.compile(r"gemini-(\d+)")
_LOWEST_PROJECT_NUMBER = 100_000_000_000
_FIRST_MULTI_REGION_GENERATION = 3  # from Gemini 3 on, tuned models are served from `us` or `eu` only


def project_number(project: str) -> str:
    """The 12-digit number of a project id, the same in every process; a number stays as it is."""
    if project.isdigit():
        return project
    digest = hashlib.sha256(project.encode()).digest()
    return str(_LOWEST_PROJECT_NUMBER + int.from_bytes(digest[:8], "big") % (9 * _LOWEST_PROJECT_NUMBER))


def parent(project: str, location: str) -> str:
    """`projects/NUMBER/locations/LOCATION`."""
    return f"projects/{project_number(project)}/locations/{location}"


def canonical(name: str) -> str:
    """The name with its project id turned into the number: the form in which everything is stored."""
    return _PROJECT_IN_NAME.sub(lambda match: f"projects/{project_number(match[1])}", name, count=1)


def location_of(name: str) -> str:
    """The location segment of a full name, empty if it has none."""
    match = re.search(r"/locations/([^/]+)", name)
    return match[1] if match else ""


def last_segment(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def split_version(name: str) -> tuple[str, str]:
    """A model name as (canonical `projects/NUMBER/locations/L/models/M`, version id or alias, empty where not given).

    Raises `ApiProblem` 400 for anything else.
    """
    match = _VERSIONED_MODEL.fullmatch(name)
    if match is None:
        raise ApiProblem(400, f"Invalid resource name: {name!r}. Expected projects/*/locations/*/models/*[@version].")
    return canonical(match["model"]), match["version"] or ""


def generation_of(base_model: str) -> int:
    """The major version of a Gemini model name (`gemini-3.5-flash` is 3), 0 for other models."""
    match = _GEMINI_GENERATION.search(base_model)
    return int(match[1]) if match else 0


def serving_location(location: str, base_model: str) -> str:
    """Where the endpoints of a job in `location` lie: from Gemini 3 on `us` or `eu`, before that the job's location."""
    if generation_of(base_model) >= _FIRST_MULTI_REGION_GENERATION:
        for region, multi_region in (("us-", "us"), ("europe-", "eu")):
            if location.startswith(region):
                return multi_region
    return location
