"""A dataset in Cloud Storage as a source of bytes: one generation, read piece by piece.

Each piece is a request for a range of the pinned generation, and is tried again by itself: a connection that is cut
costs one piece. Memory holds one of them. Answers are read whole by the session's client, so that Ctrl-C and time
limits hold for them as for everything else.

Source: https://cloud.google.com/storage/docs/json_api/v1/objects/get
"""

from collections.abc import Iterator
from urllib.parse import urlencode

from pulumi_ctune.core.errors import BadRequestError, CtuneError, NotFoundError, UnavailableError
from pulumi_ctune.vertex.rest import Rest
from pulumi_ctune.vertex.storage import object_url

PIECE = 8 * 1024 * 1024  # bytes; smaller ones cost time, larger ones memory


class StoredDataset:
    """The object at `name` (`gs://BUCKET/OBJECT`) as it was when this was made. A `data.dataset_source.Source`.

    Raises:
        ApiError: there is no such object, or it may not be read.
        CtuneError: it is stored in a form that cannot be read in pieces.
    """

    def __init__(self, rest: Rest, storage_url: str, name: str, piece: int = PIECE) -> None:
        self.name = name
        self._rest = rest
        self._piece = piece
        self._what = f"{name} could not be read"
        self._url = object_url(storage_url, name, self._what)
        document = rest.fetch(self._url, self._what)
        try:
            self.size = int(document["size"])
            self.generation = str(int(document["generation"]))
        except (KeyError, TypeError, ValueError):
            why = "the answer has no size or no generation"
            raise UnavailableError(self._what, why=why) from None
        if document.get("contentEncoding") not in (None, "", "identity"):
            raise CtuneError(
                self._what,
                why=f"it is stored with the content encoding {document['contentEncoding']}",
                next_step="Store it as it is: `gcloud storage cp` without --gzip-local.",
            )

    def pieces(self) -> Iterator[bytes]:
        """The content. Raises `CtuneError` where the generation is replaced in the meantime."""
        query = urlencode({"alt": "media", "generation": self.generation, "ifGenerationMatch": self.generation})
        for start in range(0, self.size, self._piece):
            stop = min(start + self._piece, self.size)
            try:
                content = self._rest.fetch_bytes(
                    f"{self._url}?{query}", self._what, headers={"range": f"bytes={start}-{stop - 1}"}
                )
            except (NotFoundError, BadRequestError) as error:
                if start == 0:
                    raise
                why = f"generation {self.generation} was replaced or deleted while it was read"
                raise CtuneError(self._what, why=why, next_step="Check it again.") from error
            if len(content) != stop - start:
                raise UnavailableError(
                    self._what, why=f"{len(content):,} bytes came where {stop - start:,} were asked for"
                )
            yield content
