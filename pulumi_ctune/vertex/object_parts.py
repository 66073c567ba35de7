"""Parts of an object's content as they are stored: ranges of bytes, neither unpacked nor longer than asked for.

An HTTP client unpacks what a server calls gzip. Of an object that is stored so, ranges are ranges of the packed bytes
(and only where the request takes gzip: otherwise Cloud Storage unpacks it and sends all of it, whatever the range).
Unpacked, a part would be lost that begins in the middle. So the answers of these requests stay as they are; and what
came before a connection was cut counts too.

Sources: https://docs.cloud.google.com/storage/docs/transcoding
https://docs.cloud.google.com/storage/docs/json_api/v1/objects/get
"""

import re
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2

from pulumi_ctune.core.errors import CtuneError

if TYPE_CHECKING:
    from pulumi_ctune.vertex.rest import Rest

GZIP = "gzip"
_MOST = "ctune_most_bytes"  # marks a request: its answer stays as it is, and no more of it is read
_CUT = "ctune_cut"
_ENCODING = "ctune_encoding"
_PARTIAL, _OK = 206, 200
_RANGE = re.compile(r"bytes (?P<first>\d+)-\d+/(?P<size>\d+|\*)", re.ASCII)


class Part(NamedTuple):
    """Bytes of an object. `cut`: the connection ended before all had come. `size` is that of all the object's bytes,
    where the answer says so.
    """

    content: bytes
    cut: bool
    size: int | None
    encoding: str


def read_part(rest: "Rest", url: str, what: str, start: int, stop: int, *, encoding: str) -> Part:
    """The bytes from `start` up to `stop`, or the first ones of them. One request; `url` asks for the content.

    `encoding` is what the object is stored with. Raises `ApiError`, or `CtuneError` for an answer with other bytes.
    """
    headers = {"range": f"bytes={start}-{stop - 1}", "accept-encoding": encoding or "identity"}
    answer = rest.fetch_once(url, what, headers=headers, extensions={_MOST: stop - start})
    found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    # A short object may be sent whole, where the beginning was asked for.
    begins = int(found["first"]) if answer.status_code == _PARTIAL and found else 0
    if begins != start:
        why = f"the answer begins at byte {begins:,}, where byte {start:,} was asked for"
        next_step = "Look at what is between this machine and Cloud Storage: it ignores ranges."
        raise CtuneError(what, why=why, next_step=next_step)
    return Part(
        answer.content,
        bool(answer.extensions.get(_CUT)),
        int(found["size"]) if found and found["size"] != "*" else None,
        answer.extensions.get(_ENCODING, ""),
    )


def keep_as_stored(response: httpx2.Response) -> None:
    """Hook of the client: takes the answers of `read_part` as they come."""
    most = response.request.extensions.get(_MOST)
    if most is None or response.status_code not in (_OK, _PARTIAL):
        return
    response.extensions[_ENCODING] = response.headers.pop("content-encoding", "")
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
            self._extensions[_CUT] = True

    def close(self) -> None:
        self._stream.close()
