"""Gzip unpacked piece by piece."""

import gzip

import pytest

from pulumi_ctune.vertex.gzip_stream import LONGEST, head, unpacked

FIRST, SECOND = "größe\n".encode() * 30, b"second\n" * 20
PACKED = gzip.compress(FIRST, mtime=0) + gzip.compress(SECOND, mtime=0)


def in_pieces(packed: bytes, size: int) -> bytes:
    return b"".join(unpacked(packed[start : start + size] for start in range(0, len(packed), size)))


def test_pieces_may_begin_anywhere() -> None:
    """Each byte of header, content and trailer may be the first of a piece; members follow each other."""
    assert {in_pieces(PACKED, size) for size in range(1, len(PACKED) + 1)} == {FIRST + SECOND}


def test_zeros_after_a_member_are_padding() -> None:
    """Archives are padded to whole blocks."""
    assert {in_pieces(PACKED + b"\0" * 100, size) for size in (1, 7, 1_000)} == {FIRST + SECOND}


@pytest.mark.parametrize(
    ("packed", "why"),
    [
        (PACKED[:-1], "it ends before its end"),
        (PACKED[: len(gzip.compress(FIRST)) + 4], "it ends before its end"),
        (b"", "it ends before its end"),
        (b"\0" * 20, "incorrect header check"),
        (b'{"contents": []}\n', "incorrect header check"),
        (PACKED + b"more", "incorrect header check"),
        (PACKED[:40] + b"\0\0\0\0" + PACKED[44:], "invalid|incorrect"),
    ],
    ids=["trailer", "second member", "nothing", "zeros", "plain", "rest", "damaged"],
)
def test_what_is_no_gzip_is_an_error(packed: bytes, why: str) -> None:
    """Lines that are missing must not go unnoticed."""
    with pytest.raises(ValueError, match=why):
        in_pieces(packed, 16)


def test_memory_holds_one_piece_of_what_unpacks_to_much() -> None:
    """A few kilobytes may be gigabytes."""
    pieces = [len(piece) for piece in unpacked([gzip.compress(b"\0" * 10_000_000)])]

    assert (max(pieces), sum(pieces)) == (LONGEST, 10_000_000)


def test_head_needs_no_end() -> None:
    """The beginning is enough for the first line."""
    begun = head(PACKED[:-10])

    assert (begun[:50], head(b"{")) == (FIRST[:50], b"")
