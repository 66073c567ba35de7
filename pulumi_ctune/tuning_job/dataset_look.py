"""The datasets of a job looked at before it is submitted: what is wrong with them, and what the job would cost.

Reads objects through the API's seam and hands them to `data`. What was read once in a run is not read again while the
objects are the same. Says nothing of objects that cannot be read: it raises.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pulumi_ctune.core import amounts, names, training_sum
from pulumi_ctune.core.api import StorageObject, Vertex
from pulumi_ctune.core.content import Content
from pulumi_ctune.core.printable import count_of
from pulumi_ctune.core.run import current_run
from pulumi_ctune.core.spending import Spending
from pulumi_ctune.data import references
from pulumi_ctune.data.band import Band
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.estimate import Estimate, estimate, total
from pulumi_ctune.data.hyper_parameters import HyperParameters
from pulumi_ctune.data.limits import METHOD_OF_SPEC, MOST_BYTES
from pulumi_ctune.data.problems import Part, Problem, severity_of
from pulumi_ctune.data.report import Report
from pulumi_ctune.tuning_job.request import Spec
from pulumi_ctune.tuning_job.spending import prices_of

HEAD = 1024 * 1024
"""Bytes of each dataset that `ctune:dataChecks` `head` reads."""

PREVIEW = 32 * 1024 * 1024
"""Bytes of each dataset that a preview reads at most: it has to be quick, and `up` reads all."""

NOTHING_KNOWN: Mapping[str, StorageObject] = {}

_DROPPED = ("too-long", "media-limit")
_NAMED = 5  # lines of each rule


@dataclass(frozen=True)
class Look:
    """`problems` by the path of their input. `estimate` is None where there is nothing to train on."""

    problems: Mapping[str, str]
    warnings: tuple[str, ...]
    estimate: Estimate | None


def look_at_datasets(
    vertex: Vertex,
    canonical: Mapping[str, Any],
    spec: Spec,
    spending: Spending,
    base_model: str,
    limit: int | None,
    known: Mapping[str, StorageObject] = NOTHING_KNOWN,
) -> Look | None:
    """Look at the datasets of inputs in canonical form; None where objects are not looked at.

    `limit` is how many bytes of each are read, `known` what was just found at URIs, which is not asked again. Raises
    `CtuneError` for what cannot be read.
    """
    uris = [uri for uri in (spec.training_dataset_uri, spec.validation_dataset_uri) if uri]
    if spending.data_checks == "off" or any(names.is_dataset(uri) for uri in uris):
        return None
    sources = [source for uri in uris if (source := vertex.open_object(uri, known.get(uri))) is not None]
    if len(sources) != len(uris):
        return None
    limits = [HEAD if spending.data_checks == "head" else None, limit, HEAD if _is_too_large(sources) else None]
    head = min((each for each in limits if each is not None), default=None)
    given = canonical[spec.name]
    reward = given.get(spec.reward) if spec.reward else None
    options = Options(METHOD_OF_SPEC[spec.name], base_model or None, references.read_by(reward), head=head)
    report = current_run().part(_Reports).of(sources, options)
    found = estimate(
        report,
        base_model or None,
        HyperParameters.parse(given.get("hyper_parameters") or {}),
        prices_of(spending),
        today=datetime.now(UTC).date(),
        reward=reward if spec.name == "reinforcement_tuning_spec" else None,
    )
    return Look(
        _problems(report, spec), (*_dropped(report), *_not_known(report, spec)), found if report.examples else None
    )


class _Reports:
    """What was found in a run, by objects and options. Safe for threads; two may read the same at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Any, Report] = {}

    def of(self, sources: list[Content], options: Options) -> Report:
        key = (*((source.name, source.generation, source.size) for source in sources), options)
        with self._lock:
            found = self._found.get(key)
        if found is None:
            found = check_dataset(sources[0], sources[1] if len(sources) > 1 else None, options)
            with self._lock:
                self._found[key] = found
        return found


def _is_too_large(sources: list[Content]) -> bool:
    return any((source.size or 0) > MOST_BYTES for source in sources)


def _problems(report: Report, spec: Spec) -> dict[str, str]:
    """One line for each dataset that has an error: the first of them, and how many more there are."""
    found: dict[str, str] = {}
    parts = {"training": spec.training_dataset_uri, "validation": spec.validation_dataset_uri}
    for part, uri in parts.items():
        errors = [each for each in report.problems if each.severity == "error" and each.part == part]
        if not errors:
            continue
        beside = f" --validation {spec.validation_dataset_uri}" if spec.validation_dataset_uri else ""
        command = f"`ctune validate {spec.training_dataset_uri}{beside}` lists all"
        more = f"; {len(errors) - 1:,} more like this" if len(errors) > 1 else ""
        found[f"{spec.name}.{part}_dataset_uri"] = f"{uri}: {_in_words(errors[0])}{more} ({command})"
    if report.errors and not found:  # warnings have filled the list
        path = f"{spec.name}.training_dataset_uri"
        found[path] = f"{spec.training_dataset_uri} has {report.errors:,} errors: `ctune validate` lists them"
    return found


def _in_words(problem: Problem) -> str:
    where = f"line {problem.line:,}" if problem.line else ""
    where += f" {problem.path}" if problem.path not in ("", "$") else ""
    fix = f". {problem.fix.rstrip('.')}" if problem.fix else ""
    return f"{where}: {problem.message}{fix}".removeprefix(": ")


def _dropped(report: Report) -> list[str]:
    """Examples that the service would leave out without a word."""
    lines_dropped = []
    for rule in _DROPPED:
        lines = [each.line for each in report.problems if each.rule == rule and each.part == "training" and each.line]
        if number := report.counts.get(("warning", rule), 0):
            shown = ", ".join(f"{line:,}" for line in lines[:_NAMED]) + (", ..." if number > _NAMED else "")
            where = f"line{'' if number == 1 else 's'} {shown}"
            lines_dropped.append(
                f"{report.dataset}: the service would drop {count_of(number, 'example')} ({rule}): {where}"
            )
    return lines_dropped


def _not_known(report: Report, spec: Spec) -> list[str]:
    """What may be an error: nobody outside of the service knows. The first of each kind."""
    uris: Mapping[Part, str] = {"training": spec.training_dataset_uri, "validation": spec.validation_dataset_uri}
    found: dict[tuple[str, Part], str] = {}
    for each in report.problems:
        if each.severity == "warning" and severity_of(each.rule) == "error":
            found.setdefault((each.rule, each.part), f"{uris[each.part]}: {_in_words(each)}")
    return [*found.values()]


@dataclass
class Total:
    """The jobs of a run that are to be trained, by URN. Safe for threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _estimates: dict[str, Estimate | None] = field(default_factory=dict)
    _file: str = ""

    def tell_in(self, file: str) -> None:
        """Keep the line for all of them in this file: see `training_sum`."""
        with self._lock:
            self._file = file

    def note(self, urn: str, found: Estimate | None) -> None:
        """Note a job; None while nobody can tell what it would train."""
        with self._lock:
            self._estimates[urn] = found
            if self._file and (line := _sum_in_words([*self._estimates.values()])):
                training_sum.write(self._file, line)

    def has(self, urn: str) -> bool:
        with self._lock:
            return self._estimates.get(urn) is not None


def _sum_in_words(runs: Sequence[Estimate | None]) -> str:
    """Empty where nothing is known of any of them."""
    known = [each for each in runs if each]
    if not known:
        return ""
    number = "1 training run" if len(runs) == 1 else f"{len(runs)} training runs"
    if left_out := len(runs) - len(known):
        number += f", {left_out} of them not counted, as nobody knows yet what it trains"
    return f"{number}: {in_words(total(known), known)}"


def in_words(found: Estimate, parts: list[Estimate] | None = None) -> str:
    """Tokens and list price in one line, each with its band."""
    tokens = f"about {_band(found.training.rounded(0), lambda number: f'{number:,.0f}')} tokens to train"
    if found.files:
        tokens += f" and {found.files:,} files, which only the service counts"
    priced = [each for each in parts or [found] if each.usd]
    if not priced:
        if found.model:
            return f"{tokens}, no price known for {found.model}"
        return f"{tokens}, no price known" if parts else f"{tokens}, no price before its base model is known"
    usd = total(priced).usd or Band(0, 0, 0)
    dates = sorted({each.price.in_words for each in priced if each.price})
    without = len(parts) - len(priced) if parts else 0
    rest = f", {without} of them without a known price" if without else ""
    return f"{tokens}, about {_band(usd.in_dollars(), amounts.dollars)} by {', '.join(dates)}{rest}"


def _band(band: Band, shown: Callable[[float], str]) -> str:
    return f"{shown(band.estimate)} ({shown(band.low)} to {shown(band.high)})"
