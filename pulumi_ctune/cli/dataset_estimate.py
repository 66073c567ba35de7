"""`ctune estimate DATASET`: one dataset read, counted and priced, with the settings of the environment."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pulumi_ctune.cli import documents
from pulumi_ctune.cli.catalog import Catalog
from pulumi_ctune.cli.count_cache import CountCache
from pulumi_ctune.cli.counted_tokens import Counting, counter
from pulumi_ctune.cli.datasets import open_datasets
from pulumi_ctune.cli.read_progress import reading
from pulumi_ctune.cli.terminal import ERR, status_line
from pulumi_ctune.config import Settings
from pulumi_ctune.core.errors import CtuneError, InvalidInputError
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.estimate import Estimate, estimate
from pulumi_ctune.data.hyper_parameters import HyperParameters
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.prices import Prices
from pulumi_ctune.vertex.client import VertexClient

NOT_DONE = "nothing was estimated"


@dataclass(frozen=True)
class _Service:
    """The service by the settings of the environment. Nothing is asked yet."""

    settings: Settings
    client: VertexClient


def estimate_dataset(
    dataset: str,
    method: Method | None,
    model: str,
    given: HyperParameters,
    prices: Prices,
    reward: Path | None,
    *,
    exact: bool,
    catalog: bool,
) -> Estimate:
    """What a job on this dataset would train and cost. Raises `CtuneError` for what cannot be read."""
    if exact and dataset == "-":
        raise InvalidInputError(NOT_DONE, where="--exact", why="stdin can be read only once", next_step="Name a file.")
    rewarded = None if reward is None else documents.read_reward(reward, "--reward", NOT_DONE)
    with open_datasets(os.environ) as open_dataset, _service() as service:
        source = open_dataset(dataset)
        with reading(ERR, source.size) as progress:
            report = check_dataset(source, None, Options(method, model, digest=True, weigh=True), progress)
        if report.why_nothing:
            next_step = "`ctune validate` lists what is wrong."
            raise CtuneError(NOT_DONE, where=dataset, why=report.why_nothing, next_step=next_step)
        with status_line("counting tokens"):
            counting = _counting(service, model)
            counted = counting.every_line(report, lambda: open_dataset(dataset)) if exact else counting.sample(report)
        price_notes: tuple[str, ...] = ()
        if catalog:
            if isinstance(service, InvalidInputError):
                raise service
            prices, price_notes = Catalog(service.client).over(prices, model, report.method)
    today = datetime.now(UTC).date()
    try:
        found = estimate(report, model, given, prices, today=today, reward=rewarded, counted=counted.tokens)
    except ValueError as error:
        raise InvalidInputError(NOT_DONE, where=f"--reward {reward}", why=str(error)) from None
    return replace(found, assumptions=(*found.assumptions, *price_notes, *counted.notes))


@contextlib.contextmanager
def _service() -> Iterator[_Service | InvalidInputError]:
    """The service, or why the settings cannot be used: a file on this machine needs none."""
    try:
        settings = Settings.load(lambda _: None, os.environ)
    except InvalidInputError as error:
        yield error
        return
    client = VertexClient(settings)
    try:
        yield _Service(settings, client)
    finally:
        client.close()


def _counting(service: _Service | InvalidInputError, model: str) -> Counting:
    """By the service that the environment names, if it does."""
    if isinstance(service, InvalidInputError):
        return Counting(model, None, str(service))
    settings, cache = service.settings, CountCache.of(service.settings, os.environ)
    for value, variable in ((settings.project, "GOOGLE_PROJECT"), (settings.region, "GOOGLE_REGION")):
        if not value:
            return Counting(model, None, f"{variable} is not set", cache)
    count = counter(service.client, str(settings.project), str(settings.region), model)
    return Counting(model, count, cache=cache)
