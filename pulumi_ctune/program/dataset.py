"""`get_dataset`: look a dataset in Cloud Storage up while the program runs.

What users call and read. Runs in the program's process, on the settings of its stack; the work is `dataset.lookup`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_ctune.core import printable
from pulumi_ctune.program import stack
from pulumi_ctune.program.lookups import Lookup, snake_case

if TYPE_CHECKING:
    from pulumi_ctune.core.api import Vertex
    from pulumi_ctune.dataset.lookup import FoundDataset


_LONGEST_WARNING = 2_000  # characters

MOCK_TOKEN = "ctune:index:getDataset"
"""The token that `Mocks.call` is asked for. Arguments: `uri`, and `method` if it was given. The answer has the names of
`Dataset`, as they are or in camelCase; what it leaves out is empty.
"""


@dataclass(frozen=True)
class TokenEstimate:
    """How many tokens the texts of a dataset have, as one epoch reads them: a band."""

    low: int
    """As few as they may be."""
    estimate: int
    """Four characters a token."""
    high: int
    """As many as they may be."""
    how: str
    """Where the band comes from, and what it leaves out."""


@dataclass(frozen=True)
class Dataset:
    """One generation of an object in Cloud Storage, as a dataset."""

    uri: str
    """`gs://BUCKET/OBJECT`, as it was asked for."""
    generation: str
    """The number of this content, as text: another content has another one. For `triggers`."""
    size_bytes: int
    """As it is stored: packed, if it is."""
    md5_hash: str | None
    """MD5 of what is stored, base64; None for composed objects, which have none."""
    example_count: int | None
    """Lines that are right for the method; None if they were not counted, see `get_dataset`."""
    token_estimate: TokenEstimate | None
    """Tokens of these examples; None if they were not counted."""
    update_time: str | None
    """When content or metadata last changed, RFC 3339."""


def get_dataset(uri: str, *, method: str | None = None, opts: pulumi.InvokeOptions | None = None) -> Dataset:
    """Return what lies at a URI of Cloud Storage, looked up now, in previews too: for `triggers` on data that the
    program does not manage.

    Examples and tokens are counted by reading all of the object each time, as a stream: about a second for each 150 MB,
    and outside Google Cloud you pay its egress. They are not counted, and None, with `ctune:dataChecks` `head` or
    `off`, and above 1 GiB. Lines that are wrong are a warning.

    Args:
        uri: `gs://BUCKET/OBJECT`.
        method: `sft`, `rft` or `dpo`: what makes a line right. Default: inferred from the lines.
        opts: `provider` or `parent` name a `gcp.Provider`; one with another identity or other settings than the stack's
            is refused, as it is for a resource.

    Raises:
        CtuneError: there is no such object, or it cannot be read, in a preview too. Uncaught it is one line in Pulumi's
            output.

    Source: https://docs.cloud.google.com/storage/docs/json_api/v1/objects
    """
    return LOOKUP.now({"uri": uri, "method": method}, opts)


def get_dataset_output(
    uri: pulumi.Input[str], *, method: pulumi.Input[str] | None = None, opts: pulumi.InvokeOptions | None = None
) -> pulumi.Output[Dataset]:
    """Return what `get_dataset` does, for URIs that are outputs, and for data that may not be there yet.

    Unknown as long as one of the arguments is, or the provider of `opts`; the lookup runs beside the program. In a
    preview it is unknown, with a warning, also where the object is missing or out of reach: the program itself may make
    it. In `up` that is an error.
    """
    return LOOKUP.later({"uri": uri, "method": method}, opts)


def _mocked(given: Mapping[str, Any], found: Mapping[str, Any]) -> Dataset:
    tokens = found.get("token_estimate")
    return Dataset(
        uri=found.get("uri", given["uri"]),
        generation=found.get("generation", ""),
        size_bytes=found.get("size_bytes", 0),
        md5_hash=found.get("md5_hash"),
        example_count=found.get("example_count"),
        token_estimate=TokenEstimate(**snake_case(tokens)) if tokens else None,
        update_time=found.get("update_time"),
    )


def _look_up(place: stack.Lookup, arguments: Mapping[str, Any]) -> Dataset:
    from pulumi_ctune.dataset import lookup  # with the client below: neither is for `import pulumi_ctune`
    from pulumi_ctune.vertex.client import VertexClient

    client = VertexClient(place.settings)
    try:
        vertex: Vertex = client
        uri = arguments["uri"]
        found = lookup.look_up(vertex, uri, arguments["method"], place.settings.spending)
        if found.report and found.report.errors:
            number = f"{found.report.errors:,} error{'s' if found.report.errors > 1 else ''}"
            what = f"{uri}: {number} in lines, which are not counted as examples"
            pulumi.log.warn(printable.one_line(f"{what}: `ctune validate {uri}` lists them", _LONGEST_WARNING))
        return _dataset(uri, found)
    finally:
        client.close()


def _dataset(uri: str, found: "FoundDataset") -> Dataset:
    from pulumi_ctune.core.values import timestamp

    stored, report = found.stored, found.report
    tokens = report.tokens if report else None
    return Dataset(
        uri=uri,
        generation=stored.generation,
        size_bytes=stored.size_bytes,
        md5_hash=stored.md5_hash or None,
        example_count=report.examples if report else None,
        token_estimate=TokenEstimate(tokens.low, tokens.estimate, tokens.high, tokens.how) if tokens else None,
        update_time=timestamp(stored.update_time),
    )


LOOKUP = Lookup(
    "the dataset could not be looked up",
    MOCK_TOKEN,
    "get_dataset_output",
    mocked=_mocked,
    look_up=_look_up,
    may_come=True,
)
