"""An error as the engine takes it: a google.rpc.Status in a trailer, and in it the state of an operation that failed.

The engine's gRPC (Go) takes the error from the trailer if its code is the answer's own (2, UNKNOWN). Packed into its
details, an `ErrorResourceInitFailed` makes the engine save id and properties and fail the step: the next `pulumi up`
calls update with them.

The Status is encoded by hand: `pulumi.runtime.proto.status_pb2` and Google's `google.rpc.status_pb2` cannot live in one
process (duplicate symbol), and Google's libraries may want theirs.

Size: Go takes 16 MB of metadata, base64 included, and refuses the answer beyond. Texts are to be cut at `LONGEST_TEXT`;
outputs never, since half a state is worse than none. Above `LARGEST_DETAILS` the partial state is left out, which is
the same as an interruption without one. Status:
https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
"""

import traceback
from pathlib import Path

from pulumi.runtime.proto import provider_pb2

TRAILER = "grpc-status-details-bin"
UNKNOWN_CODE = 2
LONGEST_TEXT = 4_000  # characters
LARGEST_DETAILS = 8_000_000  # bytes; base64 makes four bytes of three
_MOST_FRAMES = 6


def encoded(line: str, failed: provider_pb2.ErrorResourceInitFailed | None = None) -> bytes:
    """The Status with this text, and with what is to be kept of the resource."""
    status = _varint(1, UNKNOWN_CODE) + _delimited(2, line.encode())
    if failed is not None:
        kept = _any(failed)
        if len(kept) <= LARGEST_DETAILS:
            status += _delimited(3, kept)
    return status


def fault(verb: str, error: Exception) -> str:
    """A fault of ours in one line, with the places in the code, innermost first."""
    frames = reversed(traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:])
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{verb or 'the operation'} met a fault of pulumi-ctune itself: {type(error).__name__} at {places}: {error}"


def _any(message: provider_pb2.ErrorResourceInitFailed) -> bytes:
    # google.protobuf.Any: type URL and the message's bytes.
    url = f"type.googleapis.com/{message.DESCRIPTOR.full_name}"
    return _delimited(1, url.encode()) + _delimited(2, message.SerializeToString())


def _varint(field: int, number: int) -> bytes:
    return bytes([field << 3]) + _base128(number)


def _delimited(field: int, content: bytes) -> bytes:
    return bytes([field << 3 | 2]) + _base128(len(content)) + content


def _base128(number: int) -> bytes:
    # https://protobuf.dev/programming-guides/encoding/#varints
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
