"""The datasets that a command names: files, stdin, and objects in Cloud Storage with the sign-in of the environment."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from pulumi_ctune.core.content import Content
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.data.dataset_source import NOT_CHECKED, Stream, open_file

if TYPE_CHECKING:
    from pulumi_ctune.vertex.session import Session


@contextlib.contextmanager
def open_datasets(environ: Mapping[str, str]) -> Iterator[Callable[[str], Content]]:
    """Gives what opens a dataset by its name. Raises `CtuneError` for one that cannot be read."""
    with contextlib.ExitStack() as open_until_end:
        sessions: list[Session] = []

        def open_dataset(text: str) -> Content:
            if text == "-" and sys.stdin is None:
                raise InvalidInputError(NOT_CHECKED, where="-", why="stdin is closed")
            if text == "-":
                return Stream("-", sys.stdin.buffer)
            if not text.startswith("gs://"):
                return open_file(text)
            if not sessions:
                sessions.append(_session(environ))
                open_until_end.callback(sessions[0].close)
            return _stored(sessions[0], text)

        yield open_dataset


def _session(environ: Mapping[str, str]) -> "Session":
    from pulumi_ctune.config import Settings
    from pulumi_ctune.vertex.session import Session

    return Session(Settings.load(lambda _: None, environ))


def _stored(session: "Session", uri: str) -> Content:
    from pulumi_ctune.vertex.rest import Rest
    from pulumi_ctune.vertex.stored_dataset import StoredDataset

    storage_url = session.storage_url
    if storage_url is None:
        raise InvalidInputError(
            NOT_CHECKED,
            where=uri,
            why="CTUNE_API_ENDPOINT names a service of your own, and nothing says where its Cloud Storage is",
            next_step="Set STORAGE_EMULATOR_HOST to its base URL.",
        )
    return StoredDataset(Rest(session, sleep=time.sleep), storage_url, uri)
