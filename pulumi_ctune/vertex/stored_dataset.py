"""A dataset in Cloud Storage: one generation, read piece by piece and unpacked where it is stored as gzip.

Each piece is a request for a range of the pinned generation. A connection that is cut costs nothing: what came is kept,
and the next request begins where it ended; where little comes, less is asked for. Of an object that is stored packed
the ranges are of the packed bytes, the only ones that can be read on in the middle; sizes and places that a check tells
are of the content. Memory holds one piece. Each answer is read whole by the session's client, so that Ctrl-C and time
limits hold for it as for everything else.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/get
"""

from collections.abc import Iterator
from urllib.parse import urlencode

from pulumi_ctune.core.api import StorageObject
from pulumi_ctune.core.errors import ApiError, CtuneError, QuotaExceededError, UnavailableError
from pulumi_ctune.core.retry_policies import PART_OF_OBJECT
from pulumi_ctune.vertex import storage
from pulumi_ctune.vertex.gzip_stream import LONGEST, unpacked
from pulumi_ctune.vertex.object_parts import GZIP, Part, read_part
from pulumi_ctune.vertex.rest import Rest

PIECE = 4 * 1024 * 1024  # bytes; smaller ones cost time, larger ones memory
_FIRST = 1024 * 1024  # bytes of the first one: often no more than the beginning is wanted
_SHORTEST = 16 * 1024  # bytes that are asked for where little comes
_MOST_CUTS = 100  # in a row, of answers that are as short as they get
_LONGEST_PAUSE_S = 30.0  # that a server gets by asking for it
_NOT_SATISFIABLE = 416
_GONE = (404, 412)
_AGAIN = "Check it again."


class StoredDataset:
    """The object at `name` (`gs://BUCKET/OBJECT`): the generation that is `known`, or what it had when this was made.
    A `core.content.Content`.

    Raises:
        ApiError: there is no such object, or it may not be read.
        CtuneError: it is stored in a form that is not read here.
    """

    def __init__(
        self,
        rest: Rest,
        storage_url: str,
        name: str,
        known: StorageObject | None = None,
        *,
        longest_piece: int = PIECE,
    ) -> None:
        self.name = name
        self._rest = rest
        self._longest_piece = longest_piece
        self._what = storage.failed(name)
        found = known or storage.get_object(rest, storage_url, name)
        if not found.generation.isdecimal():
            raise UnavailableError(self._what, why="the answer has no generation")
        self.generation = found.generation
        self._stored_bytes = found.size_bytes
        self.encoding = "" if found.content_encoding == "identity" else found.content_encoding
        if self.encoding not in ("", GZIP):
            raise CtuneError(
                self._what,
                why=f"it is stored with the content encoding {self.encoding}",
                next_step="Store it as it is, or as gzip: `gcloud storage cp` without --gzip-local, or with it.",
            )
        query = urlencode({"alt": "media", "generation": self.generation, "ifGenerationMatch": self.generation})
        self._url = f"{storage.object_url(storage_url, name)}?{query}"

    @property
    def size(self) -> int | None:
        """Of the content: nobody knows it of an object that is stored packed."""
        return None if self.encoding else self._stored_bytes

    def pieces(self) -> Iterator[bytes]:
        """The content. Raises `CtuneError` where the generation is replaced in the meantime."""
        if not self.encoding:
            for piece in self._stored():
                # Shorter ones, as of a file: they are still in the processor's cache when their lines are looked at.
                yield from (piece[start : start + LONGEST] for start in range(0, len(piece), LONGEST))
            return
        try:
            yield from unpacked(self._stored())
        except ValueError as error:
            why = f"it is stored with the content encoding {GZIP}, which it does not have: {error}"
            raise CtuneError(self._what, why=why, next_step="Store it once more.") from None

    def _stored(self) -> Iterator[bytes]:
        """The bytes as they are stored."""
        start, longest = 0, min(_FIRST, self._longest_piece)
        failures, cuts = 0, 0  # answers in a row: without any byte, without the last one
        while start < self._stored_bytes:
            content, trouble = self._part(start, min(start + longest, self._stored_bytes), failures)
            start += len(content)
            if content:
                yield content
            if trouble is None:
                failures, cuts, longest = 0, 0, min(2 * longest, self._longest_piece)
                continue
            longest = max(longest // 4, _SHORTEST)
            failures, cuts = (0, cuts + 1) if content else (failures + 1, cuts)
            if failures >= PART_OF_OBJECT.tries or cuts >= _MOST_CUTS:
                raise trouble
            if not content:
                asked_for_s = min(trouble.retry_after_s or 0.0, _LONGEST_PAUSE_S)
                self._rest.pause(max(PART_OF_OBJECT.pause_s(failures), asked_for_s))

    def _part(self, start: int, stop: int, failures: int) -> tuple[bytes, ApiError | None]:
        """What came, and why it is not all, where that may pass by itself."""
        try:
            part = read_part(self._rest, self._url, self._what, start, stop, encoding=self.encoding)
        except (UnavailableError, QuotaExceededError) as error:
            return b"", error
        except ApiError as error:
            if error.is_unauthenticated and not failures:  # the session gets another token after one
                return b"", error
            raise self._explained(error) from error
        self._hold_to_size(part, start)
        if part.content and not part.cut:
            return part.content, None
        return part.content, UnavailableError(self._what, why=f"the connection was cut after byte {start:,}")

    def _explained(self, error: ApiError) -> CtuneError:
        if error.code in _GONE:
            why = f"generation {self.generation} was replaced or deleted while it was read"
            return CtuneError(self._what, why=why, next_step=_AGAIN)
        return self._of_another_size("fewer") if error.code == _NOT_SATISFIABLE else error

    def _hold_to_size(self, part: Part, start: int) -> None:
        size = part.size
        if size is None:
            size = max(self._stored_bytes, start + len(part.content))
        if size != self._stored_bytes:
            raise self._of_another_size(f"{size:,}")

    def _of_another_size(self, size: str) -> CtuneError:
        why = f"its metadata say {self._stored_bytes:,} bytes, and it has {size}"
        return CtuneError(self._what, why=why, next_step=_AGAIN)
