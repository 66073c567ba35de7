"""CRC-32C (Castagnoli), the checksum that Cloud Storage gives for each object.

Plain Python, two bytes a step through one table of 65,536 entries, which is made when first needed.
Polynomial and check value: https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
"""

import base64
import sys
from array import array
from functools import cache

_POLYNOMIAL = 0x82F63B78  # 0x1EDC6F41 with its bits reversed


def crc32c(content: bytes) -> int:
    """The checksum as a number."""
    table = _table()
    crc = 0xFFFFFFFF
    pairs = array("H", content[: len(content) & ~1])
    if sys.byteorder == "big":
        pairs.byteswap()
    for pair in pairs:
        crc = table[(crc ^ pair) & 0xFFFF] ^ (crc >> 16)
    if len(content) & 1:
        crc = _one_byte((crc ^ content[-1]) & 0xFF) ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def crc32c_base64(content: bytes) -> str:
    """The checksum as Cloud Storage writes it: four bytes, big-endian, in base64."""
    return base64.b64encode(crc32c(content).to_bytes(4, "big")).decode()


@cache
def _table() -> list[int]:
    byte_table = [_one_byte(index) for index in range(256)]
    first = [byte_table[pair & 0xFF] ^ (pair >> 8) for pair in range(65536)]
    return [byte_table[crc & 0xFF] ^ (crc >> 8) for crc in first]


def _one_byte(crc: int) -> int:
    for _ in range(8):
        crc = (crc >> 1) ^ _POLYNOMIAL if crc & 1 else crc >> 1
    return crc
