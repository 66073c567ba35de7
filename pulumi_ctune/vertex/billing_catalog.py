"""Google's public price list: the SKUs of Vertex AI in the Cloud Billing Catalog, in US dollars.

Needs a sign-in, and the Cloud Billing API enabled in the project that is asked for. `data.catalog_prices` reads them.

Source: https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from pulumi_ctune.core.errors import UnavailableError
from pulumi_ctune.vertex.rest import Json, Rest

SERVICE = "C7E2-9256-1C43"
"""Vertex AI, as billing calls it."""

_PAGE_SIZE = 5_000
_MOST_PAGES = 100
_WHAT = "the billing catalog could not be read"


def list_skus(rest: Rest, base_url: str) -> Sequence[Json]:
    """All SKUs of Vertex AI. Raises `ApiError`."""
    query = {"pageSize": str(_PAGE_SIZE), "currencyCode": "USD"}
    found: list[Json] = []
    for _ in range(_MOST_PAGES):
        page = rest.fetch(f"{base_url}/v1/services/{SERVICE}/skus?{urlencode(query)}", _WHAT)
        skus = page.get("skus") or []
        if not isinstance(skus, list):
            raise UnavailableError(_WHAT, why="skus is not a list in the answer")
        found += [sku for sku in skus if isinstance(sku, dict)]
        if not (token := page.get("nextPageToken")):
            return found
        query["pageToken"] = str(token)
    raise UnavailableError(_WHAT, why="the list does not end")
