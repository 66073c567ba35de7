"""`ctune estimate --catalog`, with a loopback server in place of Google's billing catalog."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.data.examples import distinct, encoded
from tests.data.test_catalog_prices import sku
from tests.replay_server import ReplayServer, replaying

from .test_estimate_command import FLASH, run

SKUS = "services/C7E2-9256-1C43/skus"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_bytes(encoded(*distinct(3)))
    return path


def estimate(dataset: Path, catalog: ReplayServer, *options: object) -> dict[str, Any]:
    environ = {"CTUNE_API_ENDPOINT": catalog.url}
    code, out, err = run(dataset, *FLASH, "--epochs", 1, "--catalog", "--format", "json", *options, environ=environ)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_price_of_today_goes_before_the_table(dataset: Path) -> None:
    """All pages are read, in US dollars."""
    with replaying() as catalog:
        catalog.answer("GET", SKUS, 200, {"skus": [sku("Gemini 2.5 flash tuning")], "nextPageToken": "two"})
        catalog.answer("GET", SKUS, 200, {"skus": [sku("Gemini 3.5 flash tuning", 8)]})

        found = estimate(dataset, catalog)

    assert found["price"] == {
        "usd_per_million": 8,
        "as_of": datetime.now(UTC).date().isoformat(),
        "source": 'Google\'s billing catalog: SKU ABCD-1234, "Gemini 3.5 flash tuning"',
    }
    assert [request.query for request in catalog.received] == [
        {"pageSize": "5000", "currencyCode": "USD"},
        {"pageSize": "5000", "currencyCode": "USD", "pageToken": "two"},
    ]


@pytest.mark.parametrize(
    ("status", "answer", "why"),
    [
        (200, {"skus": []}, "it has no SKU for tuning gemini-3.5-flash by sft"),
        (403, {"error": {"code": 403, "message": "Cloud Billing API has not been used"}}, "Cloud Billing API has not"),
    ],
    ids=["no-sku", "refused"],
)
def test_table_that_stands_in_for_the_catalog_is_said(dataset: Path, status: int, answer: Any, why: str) -> None:
    """A price of the table never passes for one of today."""
    with replaying() as catalog:
        catalog.answer("GET", SKUS, status, answer)

        found = estimate(dataset, catalog)

    assert found["price"]["as_of"] == "2026-09-28"
    (reported,) = (
        text for text in found["assumptions"] if text.startswith("Google's billing catalog gives no price: ")
    )
    assert why in reported
    assert reported.endswith("; the price is that of the package")


def test_own_price_beside_the_catalog_is_misuse(dataset: Path) -> None:
    code, out, err = run(dataset, *FLASH, "--catalog", "--price", 5)

    assert (code, out) == (2, "")
    assert err == ("ctune estimate: nothing was estimated [--catalog]: --price is given, which goes before it\n")
