"""The client's side of `object_parts`: answers that stay as the object is stored, and end where they are cut.

A module of its own, since it needs the HTTP library, which loads with the first request.
"""

from collections.abc import Iterator, MutableMapping
from typing import Any

import httpx2

from pulumi_ctune.vertex.object_parts import CUT, ENCODING, MOST, PARTIAL

_OK = 200


def keep_as_stored(response: httpx2.Response) -> None:
    """Hook of the client: takes the answers of `read_part` as they come."""
    most = response.request.extensions.get(MOST)
    if most is None or response.status_code not in (_OK, PARTIAL):
        return
    response.extensions[ENCODING] = response.headers.pop("content-encoding", "")
    response.stream = _AsMuchAsComes(response.stream, most, response.extensions)


class _AsMuchAsComes(httpx2.SyncByteStream):
    """A stream that ends where it is cut, after the first bytes, and after `most` bytes."""

    def __init__(self, stream: Any, most: int, extensions: MutableMapping[str, Any]) -> None:
        self._stream = stream
        self._left = most
        self._extensions = extensions

    def __iter__(self) -> Iterator[bytes]:
        has_begun = False
        try:
            for chunk in self._stream:
                if not self._left:  # asked for once more, since a connection is kept only after the end of an answer
                    return
                kept = chunk[: self._left]
                self._left -= len(kept)
                has_begun = True
                yield kept
        except httpx2.TransportError:
            if not has_begun:
                raise
            self._extensions[CUT] = True

    def close(self) -> None:
        self._stream.close()
