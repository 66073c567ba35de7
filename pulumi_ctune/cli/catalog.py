"""`ctune estimate --catalog`: list prices of today, from Google's billing catalog.

What it does not tell is said, and then the price is that of the package's table.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pulumi_ctune.core.errors import CtuneError
from pulumi_ctune.data.catalog_prices import price_of
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.prices import Prices
from pulumi_ctune.vertex.client import VertexClient


class Catalog:
    """The catalog as it is when the first price is looked up."""

    def __init__(self, client: VertexClient) -> None:
        self._client = client
        self._skus: Sequence[Mapping[str, Any]] | None = None
        self._trouble = ""

    def over(self, prices: Prices, model: str, method: Method) -> tuple[Prices, tuple[str, ...]]:
        """The prices with the catalog's for this model and method, and what there is to say. Own prices stay."""
        if not model or prices.has_own(model, method):
            return prices, ()
        try:
            listed = price_of(self._read(), model, method, datetime.now(UTC).date())
        except CtuneError as error:
            why = error.why or error.what
        except ValueError as error:
            why = str(error)
        else:
            return prices.with_listed(model, method, listed), ()
        table = "the price is that of the package" if prices.of(model, method) else "the package has none either"
        return prices, (f"Google's billing catalog gives no price: {why}; {table}",)

    def _read(self) -> Sequence[Mapping[str, Any]]:
        if self._trouble:
            raise ValueError(self._trouble)
        if self._skus is None:
            try:
                self._skus = self._client.list_skus()
            except CtuneError as error:
                self._trouble = error.why or error.what
                raise
        return self._skus
