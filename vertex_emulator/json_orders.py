"""Orders from outside (faults, courses of jobs) as JSON: their field names and types checked against a dataclass."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from vertex_emulator.wsgi import ApiProblem


def checked(order: type, document: Any, what: str) -> dict[str, Any]:
    """The document's fields, as arguments of the dataclass `order`; `what` names it in errors, such as "a fault".

    A field takes values of its default's type; one whose default is None takes numbers of zero or more, and None.

    Raises:
        ApiProblem: 400 for an unknown field or a value of another type.
    """
    known = {item.name: item for item in fields(order)}
    if not isinstance(document, Mapping):
        raise ApiProblem(400, f"Not {what}: {document!r}.")
    for name, value in document.items():
        if name not in known:
            raise ApiProblem(400, f"There is no field {name!r} in {what}; there are {', '.join(known)}.")
        if not _fits(value, _default(known[name])):
            raise ApiProblem(400, f"The value of {name!r} in {what} cannot be {value!r}.")
    return dict(document)


def _default(item: "Field[Any]") -> Any:
    return item.default if item.default_factory is MISSING else item.default_factory()


def _fits(value: Any, default: Any) -> bool:
    if default is None:
        return value is None or _fits(value, 0.0)
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, int | float):
        return isinstance(value, int | float if isinstance(default, float) else int) and 0 <= value < float("inf")
    return isinstance(value, Mapping if isinstance(default, Mapping) else type(default))
