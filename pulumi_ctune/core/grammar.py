"""Texts that have a grammar: resource names, URIs, emails, labels.

Each function returns the reason why a text is not of its form, with the nearest right thing, or "" where nothing is
certainly wrong. Pure text: whether the thing exists, or a model can be tuned, is for the server.

Sources:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
https://docs.cloud.google.com/storage/docs/buckets#naming https://docs.cloud.google.com/kms/docs/resource-hierarchy
https://docs.cloud.google.com/resource-manager/docs/labels-overview
https://docs.cloud.google.com/iam/docs/service-account-types
"""

import re
import unicodedata

from pulumi_ctune.core import names
from pulumi_ctune.core.messages import meant, show
from pulumi_ctune.core.names import ModelName

DATASET_FORMS = "gs://BUCKET/OBJECT or projects/PROJECT/locations/LOCATION/datasets/DATASET"
KEY_FORM = "projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY"
LONGEST_LABEL = 64  # characters of a key or a value

_STORAGE_PAGE = re.compile(r"https?://storage\.(?:googleapis|cloud\.google)\.com/(?P<object>[^/?#]+/[^?#]+)(?:\?.*)?")
_RELATIVE_PATH = re.compile(r"[a-z0-9][a-z0-9._-]+/[^\s:]+")
_HTTPS = re.compile(r"https://[^\s/?#]+\S*")
_KEY = re.compile(
    r"projects/[^/\s]+/locations/(?P<location>[a-z][a-z0-9-]*)/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63}"
)
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*@[A-Za-z0-9.-]+\.gserviceaccount\.com")
_ZONE = re.compile(r"(?P<region>[a-z]+-[a-z]+[0-9]+)-[a-z]")


def project(text: str) -> str:
    """https://docs.cloud.google.com/resource-manager/docs/creating-managing-projects: no capitals, no underscores."""
    is_name = _survives(text, "us-central1")
    if is_name and not re.search("[A-Z_]", text):
        return ""
    project_id = text.removeprefix("projects/").split("/")[0] if text.startswith("projects/") else ""
    if is_name:
        project_id = text.lower().replace("_", "-")
    return f"{show(text)} is not a project id or number{meant(project_id)}"


def location(text: str) -> str:
    """A region, or a multi-region such as `us`; never `global`: Google refuses to tune Gemini models there."""
    if text == "global":
        return "'global' serves models but does not tune them: give a region, such as 'us-central1' or 'europe-west4'"
    if zone := _ZONE.fullmatch(text):
        return f"{show(text)} is a zone, and jobs run in a region{meant(zone['region'])}"
    if _survives("project", text):
        return ""
    return f"{show(text)} is not a location{meant(_location_in(text)) or ', such as us-central1 or europe-west4'}"


def _survives(project: str, location: str) -> bool:
    """Whether both come back whole out of a resource name that is put together from them."""
    name = names.parent(project, location)
    try:
        return (names.project_of(name), names.location_of(name)) == (project, location)
    except ValueError:
        return False


def _location_in(text: str) -> str:
    region = text.rpartition("/")[2].strip().lower().replace("_", "-").replace(" ", "-")
    return region if re.fullmatch(r"us|eu|[a-z]+-[a-z]+[0-9]+", region) else ""


def base_model(text: str) -> str:
    """Anything that does not name a tuned model, an endpoint or a job: which models can be tuned is for the server."""
    try:
        ModelName.parse(text)
    except ValueError:
        pass
    else:
        return f"{show(text)} is a tuned model: give it as pre_tuned_model={{'tuned_model_name': {show(text)}}}"
    if re.fullmatch(r"(models/)?[0-9]+(@.*)?", text):
        full_name = f"projects/PROJECT/locations/LOCATION/models/{text.removeprefix('models/')}"
        return f"{show(text)} is a tuned model's id: give pre_tuned_model={{'tuned_model_name': {show(full_name)}}}"
    if kind := _kind_of_other(text):
        return (
            f"{show(text)} is {kind}, not a base model such as 'gemini-3.5-flash'; to continue from a tuned model give "
            f"pre_tuned_model with the model's name, {ModelName.FORM}"
        )
    if re.search(r"\s", text):
        return f"{show(text)} is not a base model{meant('-'.join(text.lower().split()))}"
    return ""


def tuned_model_name(text: str) -> str:
    try:
        ModelName.parse(text)
    except ValueError:
        pass
    else:
        return ""
    if text.startswith("gemini-") or names.publisher_model_id(text):
        return f"{show(text)} is a base model: give it as base_model, and leave pre_tuned_model out"
    if kind := _kind_of_other(text):
        return (
            f"{show(text)} is {kind}: the name of the model that it belongs to is wanted, {ModelName.FORM} "
            "(output tuned_model_name of a job)"
        )
    model, _, version = text.partition("@")
    if re.fullmatch(r"(models/)?[A-Za-z0-9_-]+", model):
        return f"{show(text)} is not a full name{meant(f'projects/PROJECT/locations/LOCATION/models/{_id(text)}')}"
    try:
        ModelName.parse(model)
    except ValueError:
        return f"{show(text)} is not of the form {ModelName.FORM}"
    return (
        f"{show(version)} after the @ is neither a version number nor an alias ({names.ALIAS_GRAMMAR})"
        f"{meant(_alias_in(version))}"
    )


def _kind_of_other(text: str) -> str:
    kinds = {"endpoints": "an endpoint", "tuningJobs": "a tuning job", "datasets": "a dataset"}
    return next((kind for part, kind in kinds.items() if f"/{part}/" in f"/{text}"), "")


def _id(text: str) -> str:
    return text.removeprefix("models/")


def _alias_in(version: str) -> str:
    alias = re.sub(r"[\s_.]", "-", version.strip().lower())
    return alias if names.is_alias(alias) else ""


def dataset_uri(text: str) -> str:
    """A file in Cloud Storage, or a multimodal dataset; patterns and folders are for `advice`."""
    if names.object_in(text) or names.is_dataset(text):
        return ""
    if re.fullmatch(r"gs://[^/]*/?", text):
        return f"{show(text)} names no object in the bucket: give the file's whole URI, gs://BUCKET/OBJECT"
    uri = ""
    if page := _STORAGE_PAGE.fullmatch(text):
        uri = f"gs://{page['object']}"
    elif re.match(r"(?i)gs:/", text):
        bucket, _, file = re.sub(r"(?i)^gs:/+", "", text).partition("/")
        uri = f"gs://{bucket.lower()}/{file}"
    elif _RELATIVE_PATH.fullmatch(text) and not text.startswith("projects/"):
        uri = f"gs://{text}"
    return f"{show(text)} is not of the form {DATASET_FORMS}{meant(uri if names.object_in(uri) else '')}"


def https_url(text: str) -> str:
    if _HTTPS.fullmatch(text):
        return ""
    url = "https://" + re.sub(r"^[a-z]*:?//", "", text)
    return f"{show(text)} is not an https URL{meant(url if _HTTPS.fullmatch(url) and '.' in url else '')}"


def kms_key_name(text: str) -> str:
    if _KEY.fullmatch(text):
        return ""
    found = _KEY.search(text)
    return f"{show(text)} is not of the form {KEY_FORM}{meant(found[0] if found else '')}"


def location_of_key(text: str) -> str:
    """The location of a key's name; "" for other text."""
    found = _KEY.fullmatch(text)
    return found["location"] if found else ""


def service_account(text: str) -> str:
    if _EMAIL.fullmatch(text):
        return ""
    found = _EMAIL.search(text.rpartition("serviceAccount:")[2].rpartition("/")[2])
    example = ", such as NAME@PROJECT.iam.gserviceaccount.com"
    return f"{show(text)} is not the email of a service account{meant(found[0] if found else '') or example}"


def label_key(text: str) -> str:
    if len(text) > LONGEST_LABEL:
        return f"the key is {len(text)} characters long: at most {LONGEST_LABEL} are allowed"
    if wrong := _label("key", text):
        return wrong
    if re.match(r"[0-9_-]|$", text):
        return f"the key {show(text)} does not start with a lowercase letter"
    return ""


def label_value(text: str) -> str:
    if len(text) > LONGEST_LABEL:
        return f"the value is {len(text)} characters long: at most {LONGEST_LABEL} are allowed"
    return _label("value", text)


def _label(part: str, text: str) -> str:
    wrong = sorted({character for character in text if not _is_label_character(character)})
    if not wrong:
        return ""
    allowed = "".join(character if _is_label_character(character) else "-" for character in text.lower())
    return (
        f"the {part} {show(text)} holds {', '.join(map(show, wrong))}: only lowercase letters, digits, _ and - are "
        f"allowed{meant(allowed)}"
    )


def _is_label_character(character: str) -> bool:
    """Beyond ASCII only capitals, spaces and control characters are certain to be refused."""
    if ord(character) < 128:
        return re.fullmatch(r"[a-z0-9_-]", character) is not None
    return unicodedata.category(character) not in ("Lu", "Lt") and unicodedata.category(character)[0] not in "ZC"
