"""Parts of an object's content as they are stored: ranges of bytes, neither unpacked nor longer than asked for.

An HTTP client unpacks what a server calls gzip. Of an object that is stored so, ranges are ranges of the packed bytes
(and only where the request takes gzip: otherwise Cloud Storage unpacks it and sends all of it, whatever the range).
Unpacked, a part would be lost that begins in the middle. So the answers of these requests stay as they are; and what
came before a connection was cut counts too.

Sources: https://docs.cloud.google.com/storage/docs/transcoding
https://docs.cloud.google.com/storage/docs/json_api/v1/objects/get
"""

import re
from typing import TYPE_CHECKING, NamedTuple

from pulumi_ctune.core.errors import CtuneError

if TYPE_CHECKING:
    from pulumi_ctune.vertex.rest import Rest

GZIP = "gzip"
MOST = "ctune_most_bytes"  # marks a request: its answer stays as it is, and no more of it is read
CUT = "ctune_cut"
ENCODING = "ctune_encoding"
PARTIAL = 206
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
    answer = rest.fetch_once(url, what, headers=headers, extensions={MOST: stop - start})
    found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
    # A short object may be sent whole, where the beginning was asked for.
    begins = int(found["first"]) if answer.status_code == PARTIAL and found else 0
    if begins != start:
        why = f"the answer begins at byte {begins:,}, where byte {start:,} was asked for"
        next_step = "Look at what is between this machine and Cloud Storage: it ignores ranges."
        raise CtuneError(what, why=why, next_step=next_step)
    return Part(
        answer.content,
        bool(answer.extensions.get(CUT)),
        int(found["size"]) if found and found["size"] != "*" else None,
        answer.extensions.get(ENCODING, ""),
    )
