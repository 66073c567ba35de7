"""The reward of a job looked at before it is submitted: what is certain stops the job, what is likely is a warning.

Read in the config: what can be read there is certain where no answer could change it. Tried on some lines of the
dataset, in a process of its own and within seconds (`data.rewards.apart`): that is never more than likely, since the
answers are made of the references. Patterns and snippets are run with `ctune:dataChecks` `full` only.

That a preview runs a snippet at all is on purpose: what is likely helps only before somebody decides. The snippet comes
from the program, which runs with more rights beside it.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_ctune.core import names, secret_inputs
from pulumi_ctune.core.api import Vertex
from pulumi_ctune.core.errors import CtuneError, InvalidInputError, WaitInterruptedError
from pulumi_ctune.core.run import current_run
from pulumi_ctune.core.spending import Spending
from pulumi_ctune.core.values import has_unknown
from pulumi_ctune.data.rewards import examples, traps
from pulumi_ctune.data.rewards.apart import Attempt, tried_apart
from pulumi_ctune.data.rewards.config import RewardConfig, of_document
from pulumi_ctune.data.rewards.examples import Examples
from pulumi_ctune.data.rewards.traps import Trap
from pulumi_ctune.tuning_job.request import Spec

ALL_THE_SAME = "to submit it all the same: `pulumi config set ctune:dataChecks off`"

HEAD = 1024 * 1024
"""Bytes of the dataset from which lines are chosen."""

LINES = 8
"""How many lines a reward is tried on."""

_ONLY_TRIED = ("stringMatchRewardScorer", "codeExecutionRewardScorer")
"""The scorers that can be computed here."""


@dataclass
class RewardLook:
    """`problems` by the path of their input; `notes` say what could not be tried."""

    problems: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_reward(canonical: Mapping[str, Any], spec: Spec, spending: Spending, urn: str) -> RewardLook:
    """What the config alone shows. Runs nothing, and asks nobody. Of a secret reward nothing is quoted."""
    look = RewardLook()
    config = _config(canonical, spec) if spending.data_checks != "off" else None
    if config and _is_secret(urn, spec):
        if any(trap.is_certain for trap in traps.of_config(config)):
            why = f"it can give no reward, and is secret: `ctune reward test` says why ({ALL_THE_SAME})"
            look.problems[f"{spec.name}.{spec.reward}"] = why
    elif config:
        for trap in traps.of_config(config):
            if trap.is_certain:
                look.problems.setdefault(_path(spec, trap), f"{trap.text} ({ALL_THE_SAME})")
            else:
                look.warnings.append(f"{_path(spec, trap)}: {trap.text}")
    return look


def try_reward(vertex: Vertex, canonical: Mapping[str, Any], spec: Spec, spending: Spending, urn: str) -> RewardLook:
    """What the reward gives for some lines of the dataset. Nothing is said of a dataset that cannot be read: the look
    at the datasets has told. A secret reward is not run.
    """
    look = RewardLook()
    config = _config(canonical, spec)
    if config is None or spending.data_checks == "off" or names.is_dataset(spec.training_dataset_uri):
        return look
    if _is_secret(urn, spec):
        return look
    try:
        head = vertex.read_object_head(spec.training_dataset_uri, HEAD)
        found = (
            None
            if head is None
            else examples.read(_Head(spec.training_dataset_uri, head), LINES, is_cut=len(head) >= HEAD)
        )
    except WaitInterruptedError:
        raise
    except CtuneError:
        return look
    if found is None:
        return look
    look.warnings += [f"{_path(spec, trap)}: {trap.text}" for trap in traps.of_examples(config, found)]
    if spending.data_checks != "full" or not any(reward.scorer in _ONLY_TRIED for reward in config.rewards):
        return look
    if any(reward.scorer not in _ONLY_TRIED for reward in config.rewards):
        return look  # of a composite, the total is what counts
    attempt = current_run().part(_Attempts).of(config, found)
    place = f"{spec.name}.{spec.reward}"
    of_lines = f"tried on {len(found.tried)} line{'' if len(found.tried) == 1 else 's'}; `ctune reward test` shows more"
    look.warnings += [f"{place}: {text} ({of_lines})" for text in attempt.traps]
    if attempt.not_tried:
        look.notes.append(
            f"{place}: the reward was not tried here: {attempt.not_tried}; `ctune reward test` takes its time"
        )
    return look


def _config(canonical: Mapping[str, Any], spec: Spec) -> RewardConfig | None:
    """The reward; None while part of it is not known, and for what only `checks` has to say."""
    reward = canonical[spec.name].get(spec.reward) if spec.reward else None
    if reward is None or has_unknown(reward):
        return None
    try:
        return of_document({spec.reward: reward}, spec.name)
    except InvalidInputError:
        return None


def _is_secret(urn: str, spec: Spec) -> bool:
    return secret_inputs.has_secrets(urn, f"{spec.name}.{spec.reward}")


def _path(spec: Spec, trap: Trap) -> str:
    return ".".join(filter(None, (spec.name, spec.reward, trap.path)))


@dataclass(frozen=True)
class _Head:
    """The beginning of an object, as a source."""

    name: str
    content: bytes
    size: None = None
    generation: None = None
    encoding: str = ""

    def pieces(self) -> Iterator[bytes]:
        yield self.content


class _Attempts:
    """What was tried in a run, by reward and lines: the engine checks a resource more than once. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, Attempt] = {}

    def of(self, config: RewardConfig, found: Examples) -> Attempt:
        key = repr((config.wire, [(each.line, each.content) for each in found.tried]))
        with self._lock:  # one at a time: each is a process
            if key not in self._found:
                self._found[key] = tried_apart(config, found.tried)
            return self._found[key]
