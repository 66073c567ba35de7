"""A stream of gzip unpacked piece by piece, wherever its pieces begin and end.

Memory holds one piece, however much a piece unpacks to.

Source: https://www.rfc-editor.org/rfc/rfc1952
"""

import zlib
from collections.abc import Iterable, Iterator

_GZIP = 16 + zlib.MAX_WBITS  # the window's size, with a header and trailer of gzip
LONGEST = 256 * 1024
"""Bytes of a piece that comes out, at most."""


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content of all members, one after the other. Raises ValueError for what is no gzip, or ends too early.

    Zeros after a member are padding, as for `gunzip`.
    """
    member = zlib.decompressobj(_GZIP)
    is_begun, has_members = False, False
    for piece in pieces:
        rest = piece
        while rest:
            if has_members and not is_begun:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
            is_begun = True
            try:
                content = member.decompress(rest, LONGEST)
            except zlib.error as error:
                raise ValueError(str(error)) from None
            if content:
                yield content
            rest = member.unconsumed_tail
            if member.eof:
                rest, member = member.unused_data, zlib.decompressobj(_GZIP)
                is_begun, has_members = False, True
    if is_begun or not has_members:
        raise ValueError("it ends before its end")


def head(content: bytes) -> bytes:
    """What the first bytes of a stream unpack to, at most `LONGEST`; nothing where they are no gzip."""
    try:
        return zlib.decompressobj(_GZIP).decompress(content, LONGEST)
    except zlib.error:
        return b""
