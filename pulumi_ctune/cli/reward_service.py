"""What `ctune reward test` asks the service for: its own verdicts, and answers of a model. Several at a time.

With the settings of the environment. What one answer cannot be asked for is its own trouble; what no request could
succeed with (no permission, no such model) ends the command.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, Self, TypeVar

from pulumi_ctune.cli.interruption import Interruption
from pulumi_ctune.config import Settings
from pulumi_ctune.core.errors import ApiError, CredentialsError, InvalidInputError, NotFoundError, PermissionDeniedError
from pulumi_ctune.data.rewards.cases import Answer
from pulumi_ctune.data.rewards.config import NOT_TRIED, RewardConfig
from pulumi_ctune.data.rewards.examples import Example
from pulumi_ctune.data.rewards.trial import Verdict, response_of

_AT_A_TIME = 8
_TICK_S = 0.2
_FINAL = (CredentialsError, NotFoundError, PermissionDeniedError)
T = TypeVar("T")
R = TypeVar("R")
Watch = Callable[[Iterable[Any], int], Iterable[Any]]
"""Shows how far along a number of things are, while they come."""


class Service:
    """Open until it is left."""

    def __init__(self, environ: Mapping[str, str], watch: Watch) -> None:
        from pulumi_ctune.vertex.client import VertexClient

        self._settings = Settings.load(lambda _: None, environ)
        self._interruption = Interruption()
        self._client = VertexClient(self._settings, on_interruption=self._interruption.watch)
        self._watch = watch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._client.close()

    def verdicts(self, config: RewardConfig, asked: Sequence[tuple[Example, Answer]]) -> list[Verdict]:
        """The validator's word on each answer."""
        project, region = self._place("--google")

        def verdict(pair: tuple[Example, Answer]) -> Verdict:
            example, answer = pair
            trial = {"example": example.content, "sampleResponse": response_of(answer.text), **config.wire}
            try:
                found = self._client.compute_reward(project, region, trial)
            except _FINAL:
                raise
            except ApiError as error:
                return Verdict(None, {}, error.why or error.what)
            return Verdict(found.overall, found.rewards, "; ".join(found.troubles))

        return self._all(verdict, asked)

    def samples(self, model: str, number: int, examples: Sequence[Example]) -> tuple[list[tuple[Example, Answer]], str]:
        """So many answers to each prompt, and why some are missing."""
        from pulumi_ctune.vertex.generation import model_name

        project, region = ("", "") if model.startswith("projects/") else self._place("--model")
        name = model_name(model, project, region)

        def sample(pair: tuple[Example, int]) -> tuple[Example, Answer] | str:
            example, seed = pair
            try:
                found = self._client.generate(name, _request(example.content, seed))
            except _FINAL:
                raise
            except ApiError as error:
                return error.why or error.what
            return example, Answer(found.text, "sample")  # no text is an answer, too: it would be scored in training

        found = self._all(sample, [(example, seed) for example in examples for seed in range(1, number + 1)])
        missing = [each for each in found if isinstance(each, str)]
        return [each for each in found if not isinstance(each, str)], missing[0] if missing else ""

    def _all(self, ask: Callable[[T], R], asked: Sequence[T]) -> list[R]:
        pool = ThreadPoolExecutor(_AT_A_TIME)
        try:
            answers = [pool.submit(ask, each) for each in asked]
            return [*self._watch(map(_result, answers), len(answers))]
        except BaseException:  # the first error, or Ctrl-C: nobody waits for the others
            self._interruption.come()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _place(self, option: str) -> tuple[str, str]:
        project, region = self._settings.project, self._settings.region
        if not project or not region:
            missing = "GOOGLE_PROJECT" if not project else "GOOGLE_REGION"
            why = f"the environment names no {'region' if project else 'project'}"
            raise InvalidInputError(NOT_TRIED, where=option, why=why, next_step=f"Set {missing}.")
        return project, region


def _result(answer: "Future[R]") -> R:
    """Its result; a Ctrl-C that another thread was told of is heard within the tick."""
    while not wait([answer], timeout=_TICK_S).done:
        pass
    return answer.result()


def _request(content: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """A `GenerateContentRequest` for the prompt. With a seed, the same samples come again as far as the model can."""
    contents = [{"role": "user", **turn} for turn in content["contents"]]
    given = {key: content[key] for key in ("systemInstruction", "tools") if content.get(key)}
    return {"contents": contents, **given, "generationConfig": {"seed": seed}}
