"""The bytes of a dataset, wherever they are: what a check reads, and what a file, a pipe and an object each are.

Knows nothing of lines. `data.dataset_source` has files and pipes, `vertex.stored_dataset` has objects.
"""

from collections.abc import Iterator
from typing import Protocol


class Content(Protocol):
    """One dataset, to be read from its beginning to its end: `name` as users know it, `size` in bytes and `generation`
    where they are known before. `encoding` is `gzip` for an object that is stored so, and empty for anything else.
    """

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int | None: ...

    @property
    def generation(self) -> str | None: ...

    @property
    def encoding(self) -> str: ...

    def pieces(self) -> Iterator[bytes]:
        """The content. Raises `CtuneError` for what cannot be read."""
        ...
