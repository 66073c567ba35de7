"""Look a dataset up: which generation it has now, and how many examples and tokens that has.

Two requests tell the first; for the second the content is read to its end and checked, as a job's would be. Knows
neither HTTP nor Pulumi.
"""

from dataclasses import dataclass

from pulumi_ctune.core import names
from pulumi_ctune.core.api import StorageObject, Vertex
from pulumi_ctune.core.errors import ApiError, CtuneError, InvalidInputError
from pulumi_ctune.core.messages import any_of, show
from pulumi_ctune.core.spending import Spending
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.limits import METHODS, MOST_BYTES, Method
from pulumi_ctune.data.report import Report

_WHAT = "the dataset could not be looked up"


@dataclass(frozen=True)
class FoundDataset:
    """One generation of an object. `report` is None where it was not read: by the stack's `dataChecks`, or since it is
    larger than any dataset of a job.
    """

    stored: StorageObject
    report: Report | None


def look_up(vertex: Vertex, uri: object, method: object, spending: Spending) -> FoundDataset:
    """The object at `uri` as it is now. `method` None: told from its lines. Raises `CtuneError`."""
    if not isinstance(uri, str) or names.object_in(uri) is None:
        next_step = "Give the URI of one file, gs://BUCKET/OBJECT."
        raise InvalidInputError(_WHAT, where="uri", why=f"{show(uri)} names no object", next_step=next_step)
    known = _method(method)
    try:
        stored = vertex.get_object(uri)
        if stored is None:
            raise InvalidInputError(
                _WHAT,
                where=uri,
                why="ctune:apiEndpoint names a service of your own, and nothing says where its Cloud Storage is",
                next_step="Set ctune:storageEndpoint to its base URL.",
            )
        return FoundDataset(stored, _report(vertex, uri, stored, known, spending))
    except ApiError as error:
        raise error.but(what=_WHAT, where=uri) from error
    except InvalidInputError:
        raise
    except CtuneError as error:
        raise error.explaining(_WHAT, where=uri) from error


def _method(method: object) -> Method | None:
    for known in METHODS:
        if method == known:
            return known
    if method is None:
        return None
    raise InvalidInputError(_WHAT, where="method", why=f"{show(method)} is not a method: {any_of(METHODS)} is")


def _report(
    vertex: Vertex, uri: str, stored: StorageObject, method: Method | None, spending: Spending
) -> Report | None:
    if spending.data_checks != "full" or stored.size_bytes > MOST_BYTES:
        return None
    content = vertex.open_object(uri, stored)
    if content is None:
        return None
    report = check_dataset(content, options=Options(method, most_problems=0))
    return report if report.read_all else None
