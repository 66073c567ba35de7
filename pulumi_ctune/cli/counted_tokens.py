"""The tokens of a dataset as Google counts them: of every line, or of a sample that is scaled up.

`data.sample_count` says what a sample tells. Counting is free of charge.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pulumi_ctune.cli.count_cache import CountCache
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
_DOUBT = 0.02  # of a count on this machine: the service has been seen to give the same, and promises nothing
Count = Callable[[list[Turn]], int]


def counter(client: VertexClient, project: str, region: str, model: str) -> Count:
    """What has the service count, as a base model does in a project and a region."""
    name = model.removeprefix("publishers/google/models/")
    return lambda contents: client.count_tokens(project, region, name, contents)


@dataclass(frozen=True)
class Counted:
    """`tokens` is None where nobody could count; `notes` say why, and which lines are above the limit."""

    tokens: Tokens | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counting:
    """How the tokens of a dataset are counted for a model. `count` asks the service; None where it cannot be asked, for
    the reason `why`. What it has counted before is in `cache`, if there is one.
    """

    model: str
    count: Count | None
    why: str = ""
    cache: CountCache | None = None

    def every_line(self, report: Report, read_again: Callable[[], Content]) -> Counted:
        """Each line counted by the service, files too. Raises `CtuneError`."""
        if self.cache and (found := self.cache.find(report, self.model, exact=True)):
            return Counted(*found)
        if self.count is None:
            raise InvalidInputError(NOT_COUNTED, where="--exact", why=self.why)
        number = sum(self.count(contents) for contents in requests_for(read_again(), report.method))
        tokens = Tokens(number, number, number, f"{COUNTED}; declarations of functions left out")
        if self.cache:
            self.cache.keep(report, self.model, tokens, ())
        return Counted(tokens)

    def sample(self, report: Report) -> Counted:
        """A sample counted by the service, and the longest lines one by one.

        Where it cannot be asked or does not answer, Google's tokenizer on this machine counts, if its extra is
        installed and it knows the model. Who has not counted says why.
        """
        if self.cache and (found := self.cache.find(report, self.model, exact=False)):
            return Counted(*found)
        why = self.why
        if self.count is not None:
            try:
                counted = _sample(report, self.count, SERVICE)
            except CtuneError as error:
                why = error.why or error.what
            else:
                if self.cache and counted.tokens:
                    self.cache.keep(report, self.model, counted.tokens, counted.notes)
                return counted
        notes = [f"the service counted no sample: {why}"] if why else []
        try:
            return Counted(_sample(report, local_tokens.counter(self.model), HERE).tokens, tuple(notes))
        except local_tokens.NoTokenizerError as error:
            if words := str(error):
                notes.append(f"Google's tokenizer on this machine counted no sample: {words}")
            return Counted(None, tuple(notes))


def _sample(report: Report, count: Count, by: str) -> Counted:
    groups = sample_count.groups_of(report, files=by == SERVICE)
    if not groups:
        return Counted(None)
    counts = [sum(map(count, group.requests)) for group in groups]
    found = sample_count.scaled(report, groups, counts, by, doubt=0.0 if by == SERVICE else _DOUBT)
    return Counted(found.tokens, _above_limit(report, found.ratio, count) if by == SERVICE else ())


def _above_limit(report: Report, ratio: float, count: Count) -> tuple[str, ...]:
    most = LIMITS[report.method].tokens
    near = sample_count.near_limit(report, ratio)
    above = [each.number for each in near if not each.contents or count(each.contents) > most]
    if not above:
        return ()
    lines = ", ".join(f"{number:,}" for number in above)
    return (f"lines above {most:,} tokens by the service's count, which it drops without a word: {lines}",)
