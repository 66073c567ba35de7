"""CRC-32C, the checksum that Cloud Storage gives for each object: google-crc32c, of the extra `emulator`."""

import base64
from importlib.util import find_spec

_IS_THERE = find_spec("google_crc32c") is not None


def crc32c_base64(content: bytes) -> str | None:
    """The checksum as Cloud Storage writes it: four bytes, big-endian, in base64. None without google-crc32c."""
    if not _IS_THERE:
        return None
    import google_crc32c

    return base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode()
