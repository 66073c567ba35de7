"""What the first bytes of a file tell: encodings and formats that have no lines of UTF-8, and byte order marks."""

import codecs

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


def other_format(start: bytes) -> Finding | None:
    """The one finding for a file whose lines cannot be read at all."""
    for mark, what, fix in _FORMATS:
        if start.startswith(mark):
            return Finding("not-utf8", "", f"the file is {what}, not lines of UTF-8", fix)
    return None


def byte_order_mark(start: bytes) -> int:
    """How many bytes of a mark the file begins with."""
    return len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
