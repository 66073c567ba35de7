"""The emulator's own controls over HTTP, below `/emulator/v1/`: clock, settings, faults, grants, what is withheld,
request log, reset.

    GET    /emulator/v1/                the state of all of them
    POST   /emulator/v1/clock:advance   {"duration": "1h30m"}
    GET    /emulator/v1/settings        PATCH changes some: {"job_duration_s": 5}
    GET    /emulator/v1/faults          POST adds one (the fields of `Fault`), DELETE removes all, DELETE .../ID one
    GET    /emulator/v1/grants          POST gives a role: {"project", "role", "member"}, DELETE removes all
    GET    /emulator/v1/withheld        POST takes a service or permission away: {"name"}, DELETE gives all back
    GET    /emulator/v1/requests        DELETE forgets them
    POST   /emulator/v1/reset           forget everything

These requests are not logged and meet no faults.
"""

from typing import Any

from vertex_emulator import clock, faults, grants, request_log, settings, withheld
from vertex_emulator.service import Call, Handler, timestamp
from vertex_emulator.wsgi import ApiProblem, Router

PREFIX = "/emulator/v1/"
_GRANT = ("project", "role", "member")


def overview(call: Call) -> dict[str, Any]:
    return {**show_time(call), "settings": show_settings(call), **list_faults(call)}


def show_time(call: Call) -> dict[str, Any]:
    return {"time": timestamp(call.now)}


def advance_clock(call: Call) -> dict[str, Any]:
    by = clock.parse_duration(str(call.request.json().get("duration", "")))
    clock.advance(call.tx, by)
    return {"time": timestamp(call.now + by.total_seconds())}


def show_settings(call: Call) -> dict[str, Any]:
    return settings.stored_values(call.settings)


def change_settings(call: Call) -> dict[str, Any]:
    return settings.stored_values(settings.change(call.tx, call.settings, call.request.json()))


def list_faults(call: Call) -> dict[str, Any]:
    return {"faults": faults.listed(call.tx)}


def add_fault(call: Call) -> dict[str, Any]:
    return {"id": faults.add(call.tx, faults.Fault.of(call.request.json()))}


def remove_faults(call: Call) -> dict[str, Any]:
    faults.remove(call.tx, call.request.params.get("fault", ""))
    return list_faults(call)


def list_grants(call: Call) -> dict[str, Any]:
    return {"grants": grants.listed(call.tx)}


def add_grant(call: Call) -> dict[str, Any]:
    given = call.request.json()
    wrong = sorted(given.keys() ^ set(_GRANT)) or [name for name in _GRANT if not isinstance(given[name], str)]
    if wrong:
        raise ApiProblem(400, f"A grant has {', '.join(_GRANT)}, each a text: {wrong[0]!r} is wrong.")
    grants.add(call.tx, **given)
    return list_grants(call)


def remove_grants(call: Call) -> dict[str, Any]:
    grants.remove_all(call.tx)
    return list_grants(call)


def list_withheld(call: Call) -> dict[str, Any]:
    return {"withheld": withheld.listed(call.tx)}


def withhold(call: Call) -> dict[str, Any]:
    given = call.request.json()
    if set(given) != {"name"} or not isinstance(given["name"], str) or not given["name"]:
        raise ApiProblem(400, "What is withheld has a name: that of a service or of a permission.")
    withheld.add(call.tx, given["name"])
    return list_withheld(call)


def give_back(call: Call) -> dict[str, Any]:
    withheld.remove_all(call.tx)
    return list_withheld(call)


def list_requests(call: Call) -> dict[str, Any]:
    return {"requests": request_log.read(call.tx)}


def forget_requests(call: Call) -> dict[str, Any]:
    request_log.clear(call.tx)
    return {}


def reset(call: Call) -> dict[str, Any]:
    call.tx.clear()
    return {}


ROUTER: Router[Handler] = Router()
for _method, _path, _handler in (
    ("GET", "", overview),
    ("GET", "clock", show_time),
    ("POST", "clock:advance", advance_clock),
    ("GET", "settings", show_settings),
    ("PATCH", "settings", change_settings),
    ("GET", "faults", list_faults),
    ("POST", "faults", add_fault),
    ("DELETE", "faults", remove_faults),
    ("DELETE", "faults/{fault}", remove_faults),
    ("GET", "grants", list_grants),
    ("POST", "grants", add_grant),
    ("DELETE", "grants", remove_grants),
    ("GET", "withheld", list_withheld),
    ("POST", "withheld", withhold),
    ("DELETE", "withheld", give_back),
    ("GET", "requests", list_requests),
    ("DELETE", "requests", forget_requests),
    ("POST", "reset", reset),
):
    ROUTER.add(_method, PREFIX + _path, _handler)
