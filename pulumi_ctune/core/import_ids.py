"""The id that somebody gives to import a resource, or to `.get()` it: read for its form before anything is asked.

The API answers to whatever a name leads to, so the id of another kind of resource would be taken for what it is not.
"""

import re

from pulumi_ctune.core import names
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.core.messages import show
from pulumi_ctune.core.names import EndpointName

_RUN = re.compile(r"projects/[^/]+/locations/[^/]+/evaluationRuns/[^/]+")
_MARK = re.compile(r"[0-9a-f]{20}")
RUN_FORM = "projects/PROJECT/locations/LOCATION/evaluationRuns/RUN"


def is_run(text: object) -> bool:
    """Whether this is the full name of an evaluation run."""
    return isinstance(text, str) and _RUN.fullmatch(text) is not None and names.is_resource(text)


def expect_alias(text: str, what: str) -> None:
    """Raises InvalidInputError, with `what` did not happen, for anything but `MODEL@ALIAS`."""
    name = names.model_name(text)
    if name is None or not names.is_alias(name.version or ""):
        raise _refusal(text, what, "projects/PROJECT/locations/LOCATION/models/MODEL@ALIAS")


def expect_version(text: str, what: str) -> None:
    """Raises InvalidInputError for anything but the name of a model or of a version."""
    if names.model_name(text) is None:
        raise _refusal(text, what, names.ModelName.FORM)


def expect_run(text: str, what: str) -> None:
    """Raises InvalidInputError for anything but the full name of an evaluation run."""
    if not is_run(text):
        raise _refusal(text, what, RUN_FORM)


def expect_deployment(text: str, what: str) -> None:
    """Raises InvalidInputError for anything but an endpoint and the mark of a resource."""
    endpoint, _, mark = text.rpartition("@")
    try:
        EndpointName.parse(endpoint)
    except ValueError:
        raise _refusal(text, what, f"{EndpointName.FORM}@MARK") from None
    if not _MARK.fullmatch(mark):
        raise _refusal(text, what, f"{EndpointName.FORM}@MARK")


def _refusal(text: str, what: str, form: str) -> InvalidInputError:
    return InvalidInputError(what, why=f"{show(text)} is not of the form {form}")
