"""What `Pulumi.<stack>.yaml` decides, as typed values.

One program serves all stacks. A stack either tunes (`tune: true`), or serves what another stack has tuned: `release`
pins it, a block that `ctune promote` writes; `releaseFrom` follows the other stack instead.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import pulumi

QUALITY = "quality"
"""The evaluation that a stack with `evaluate` makes: its name among the `evaluations` of a release, and in gates."""


def how_to_promote() -> str:
    """What to do about a release that is missing."""
    return f"Run `ctune promote --from STAGE --to {pulumi.get_stack()}`, STAGE being the stack before it."


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one stack; in the YAML they stand as `support-bot:NAME`, in camelCase."""

    region: str
    """`gcp:region`: where jobs run and data lie."""

    tune: bool = False
    """Whether this stack tunes. Then it has neither `release` nor `release_from`."""
    base_model: str = "gemini-3.5-flash"
    """The Gemini model that the chain starts from."""
    dedicated_account: bool = False
    """Whether jobs read the data as an account of their own instead of Google's tuning service agent. The account needs
    that agent too, and it exists only after the project's first tuning job."""
    encrypt: bool = False
    """Whether the stack has a key of its own (CMEK): for what it tunes, evaluates or copies, and for an endpoint in
    the same region."""
    evaluate: bool = False
    """Whether this stack judges what it tunes on held-out rows, and hands the result on with the release."""
    baseline: str
    """What is judged beside it on the same rows: an endpoint by its full name (that of prod: what serves), or a base
    model. Default: `base_model`. A change is another evaluation."""

    release: dict[str, Any] | None = None
    """What to serve, as another stack released it: `tuned_model_name` (with its version number) and more."""
    release_from: str | None = None
    """The stack whose current `release` is served: `dev`, or ORGANIZATION/PROJECT/STACK. Nobody reviews its changes."""

    copy_releases: bool = False
    """Whether a release of another Google Cloud project is copied to this stack's own before it is served."""

    serving_location: str
    """Where the endpoint is. Default: `region`. Gemini 3 models are tuned in `us-central1` and served in `us`."""
    endpoint_id: str
    """The endpoint's number, at most nine digits: the address, so it is chosen once for each stack."""
    traffic_percent: int = 100
    """The new version's share of the traffic; below 100 the previous version keeps the rest."""
    gates: list[dict[str, Any]] = field(default_factory=list)
    """What a version must have reached before anything is changed: `ctune.MetricRequirementArgs`, where `evaluation` is
    the name of a result among the `evaluations` of the release."""
    callers: list[str] = field(default_factory=list)
    """Who may call the endpoint: `group:support@example.com`, `serviceAccount:...`."""

    @classmethod
    def load(cls) -> Self:
        """The settings of this stack; what cannot be right ends the program with one line."""
        config = pulumi.Config()
        percent = config.get_int("trafficPercent")
        region = pulumi.Config("gcp").require("region")
        base_model = config.get("baseModel") or cls.base_model
        settings = cls(
            region=region,
            tune=config.get_bool("tune") or False,
            base_model=base_model,
            dedicated_account=config.get_bool("dedicatedAccount") or False,
            encrypt=config.get_bool("encrypt") or False,
            evaluate=config.get_bool("evaluate") or False,
            baseline=config.get("baseline") or base_model,
            release=config.get_object("release"),
            release_from=config.get("releaseFrom"),
            copy_releases=config.get_bool("copyReleases") or False,
            serving_location=config.get("servingLocation") or region,
            endpoint_id=_endpoint_id(config.require("endpointId")),
            traffic_percent=cls.traffic_percent if percent is None else percent,
            gates=config.get_object("gates") or [],
            callers=list(dict.fromkeys(map(_caller, config.get_object("callers") or []))),
        )
        ways = {"tune": settings.tune, "release": settings.release, "releaseFrom": settings.release_from}
        chosen = [name for name, value in ways.items() if value]
        if not chosen:
            raise pulumi.RunError(
                f"stack {pulumi.get_stack()} neither tunes nor has a release to serve. {how_to_promote()}"
            )
        if len(chosen) > 1:
            raise pulumi.RunError(f"stack {pulumi.get_stack()} has {' and '.join(chosen)}: keep one of them.")
        if settings.tune:
            settings.check_served(region, "what this stack tunes")
            settings.check_gates(
                [QUALITY] if settings.evaluate else [], "this stack", "Set evaluate to true, or take the gate out."
            )
        elif settings.encrypt and settings.serving_location != region and not settings.copy_releases:
            raise pulumi.RunError(
                f"encrypt is true, but stack {pulumi.get_stack()} has nothing to encrypt: it neither tunes nor copies, "
                f"and a key in {region} is none for an endpoint in {settings.serving_location}. Take encrypt out: a "
                "key ring can never be deleted."
            )
        return settings

    def check_served(self, location: str, what: str) -> None:
        """End the program if versions of a location cannot serve here: before an endpoint is made in vain."""
        regions = {"us": "us-", "eu": "europe-"}.get(self.serving_location)
        if location != self.serving_location and not (regions and location.startswith(regions)):
            raise pulumi.RunError(
                f"servingLocation is {self.serving_location!r}, and {what} lies in {location!r}: it serves there or in "
                "the multi-region around it."
            )

    def check_gates(self, evaluations: Collection[str], source: str, next_step: str) -> None:
        """End the program if a gate asks for an evaluation that there is not: a gate never passes for want of one."""
        for index, gate in enumerate(self.gates):
            name = gate.get("evaluation") if isinstance(gate, Mapping) else None
            if isinstance(name, str) and name not in evaluations:
                there_is = f"it has {', '.join(map(repr, evaluations))}" if evaluations else "it has none"
                raise pulumi.RunError(
                    f"gates[{index}] asks for the evaluation {name!r} of {source}, and {there_is}. {next_step}"
                )


def _endpoint_id(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise pulumi.RunError(f"endpointId {text!r} is not a number of at most nine digits.")
    return text


def _caller(member: Any) -> str:
    if not isinstance(member, str) or ":" not in member:
        raise pulumi.RunError(f"callers: {member!r} is not a member such as 'group:support@example.com'.")
    return member
