"""What the beginning of a file tells: formats that have no lines of UTF-8, JSON over many lines, byte order marks."""

import codecs
from collections.abc import Sequence

import msgspec

from pulumi_ctune.data.problems import Finding

LENGTH = 8  # bytes that are looked at

_FORMATS = (
    (codecs.BOM_UTF32_LE, "UTF-32", "Save it as UTF-8: `iconv -f UTF-32 -t UTF-8`."),
    (codecs.BOM_UTF32_BE, "UTF-32", "Save it as UTF-8: `iconv -f UTF-32 -t UTF-8`."),
    (codecs.BOM_UTF16_LE, "UTF-16", "Save it as UTF-8: `iconv -f UTF-16 -t UTF-8`."),
    (codecs.BOM_UTF16_BE, "UTF-16", "Save it as UTF-8: `iconv -f UTF-16 -t UTF-8`."),
    (b"\x1f\x8b", "compressed with gzip", "Unpack it: `gunzip`."),
    (b"PK\x03\x04", "a zip archive", "Unpack it: `unzip`."),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it: `zstd -d`."),
    (b"BZh", "compressed with bzip2", "Unpack it: `bunzip2`."),
    (b"PAR1", "Parquet", "Write JSON Lines of it."),
    (b"{\0", "UTF-16", "Save it as UTF-8: `iconv -f UTF-16LE -t UTF-8`."),
    (b"\0{", "UTF-16", "Save it as UTF-8: `iconv -f UTF-16BE -t UTF-8`."),
)
_AFTER = {b"[": b"{", b"[{": b'"', b"{": b'"'}
"""The first line of JSON over many lines -> how the second one begins."""


def other_format(start: bytes) -> Finding | None:
    """The one finding for a file whose lines cannot be read at all."""
    for mark, what, fix in _FORMATS:
        if start.startswith(mark):
            return Finding("not-utf8", "", f"the file is {what}, not lines of UTF-8", fix)
    return None


def over_many_lines(lines: Sequence[bytes]) -> Finding | None:
    """The one finding for JSON of which no line is an example: a list, or objects that are printed for people."""
    first, second = [*[line.strip() for line in lines if line.strip()], b"", b""][:2]
    if not second.startswith(_AFTER.get(first, b"\0")):
        return None
    try:
        msgspec.json.decode(second)
    except (msgspec.DecodeError, RecursionError):
        what, command = ("a list", "jq -c '.[]'") if first.startswith(b"[") else ("an object", "jq -c .")
        message = f"the file is {what} over many lines, not one object a line"
        return Finding("not-json", "$", message, f"Write one example a line: `{command}` does it.")
    return None  # a line that is broken, before others that are not


def byte_order_mark(start: bytes) -> int:
    """How many bytes of a mark the file begins with."""
    return len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
