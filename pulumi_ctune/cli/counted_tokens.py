"""The tokens of a dataset as Google counts them: of every line, or of a sample that is scaled up.

`data.sample_count` says what a sample tells. Counting is free of charge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from pulumi_ctune.config import Settings
from pulumi_ctune.core.content import Content
from pulumi_ctune.core.errors import CtuneError, InvalidInputError
from pulumi_ctune.data import sample_count
from pulumi_ctune.data.counting import Turn, requests_for
from pulumi_ctune.data.limits import LIMITS
from pulumi_ctune.data.report import Report
from pulumi_ctune.data.tokens import COUNTED, Tokens
from pulumi_ctune.vertex import local_tokens
from pulumi_ctune.vertex.client import VertexClient

NOT_COUNTED = "the tokens were not counted"
SERVICE = "the service"
HERE = "Google's tokenizer on this machine"
Count = Callable[[list[Turn]], int]


@dataclass(frozen=True)
class Place:
    """Who counts: a base model, in a project and a region."""

    project: str
    region: str
    model: str

    @classmethod
    def of(cls, settings: Settings, model: str, option: str) -> Self:
        """That of the environment. Raises `InvalidInputError` where it names none."""
        for value, variable in ((settings.project, "GOOGLE_PROJECT"), (settings.region, "GOOGLE_REGION")):
            if not value:
                raise InvalidInputError(NOT_COUNTED, where=option, why=f"{variable} is not set", next_step="Set it.")
        return cls(str(settings.project), str(settings.region), model)

    def counter(self, client: VertexClient) -> Count:
        model = self.model.removeprefix("publishers/google/models/")
        return lambda contents: client.count_tokens(self.project, self.region, model, contents)


@dataclass(frozen=True)
class Counted:
    """`tokens` is None where nobody could count; `notes` say why, and which lines are above the limit."""

    tokens: Tokens | None
    notes: tuple[str, ...] = ()


def every_line(source: Content, report: Report, count: Count) -> Tokens:
    """Each line counted, files too. Raises `CtuneError`."""
    number = sum(count(contents) for contents in requests_for(source, report.method))
    return Tokens(number, number, number, f"{COUNTED}, declarations of functions left out")


def told(report: Report, model: str, count: Count | None, why: str = "") -> Counted:
    """A sample counted by the service, and the longest lines one by one.

    Where it cannot be asked (`count` None, for the reason `why`) or does not answer, Google's tokenizer on this machine
    counts, if its extra is installed and it knows the model. Who has not counted says why.
    """
    if count is not None:
        try:
            return _sample(report, count, SERVICE)
        except CtuneError as error:
            why = error.why or error.what
    notes = [f"the service counted no sample: {why}"] if why else []
    try:
        return Counted(_sample(report, local_tokens.counter(model), HERE).tokens, tuple(notes))
    except local_tokens.NoTokenizerError as error:
        if words := str(error):
            notes.append(f"Google's tokenizer on this machine counted no sample: {words}")
        return Counted(None, tuple(notes))


def _sample(report: Report, count: Count, by: str) -> Counted:
    groups = sample_count.groups_of(report, files=by == SERVICE)
    if not groups:
        return Counted(None)
    counts = [sum(map(count, group.requests)) for group in groups]
    found = sample_count.scaled(report, groups, counts, by)
    return Counted(found.tokens, _above_limit(report, found.ratio, count) if by == SERVICE else ())


def _above_limit(report: Report, ratio: float, count: Count) -> tuple[str, ...]:
    most = LIMITS[report.method].tokens
    near = sample_count.near_limit(report, ratio)
    above = [each.number for each in near if not each.contents or count(each.contents) > most]
    if not above:
        return ()
    lines = ", ".join(f"{number:,}" for number in above)
    return (f"lines above {most:,} tokens by the service's count, which it drops without a word: {lines}",)
