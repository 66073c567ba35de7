"""Nothing of anybody is left in what a run writes, and what the API says is still there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_ctune.conformance import page
from pulumi_ctune.conformance.journal import Journal
from pulumi_ctune.conformance.scrubber import Scrubber, is_plain, words
from pulumi_ctune.conformance.workload import Plan
from tests.conformance.rig import LOCATION, PROJECT, Rig

ASCII, EVERYWHERE = "abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyzäöüßéñłшžд東京"
LETTERS = st.text(ASCII, min_size=5, max_size=14).filter(lambda word: not is_plain(word))
NAMES = st.one_of(
    LETTERS,
    LETTERS.map(str.capitalize),
    LETTERS.map(str.upper),
    st.text(EVERYWHERE, min_size=5, max_size=12).filter(lambda word: not word.isascii()),
)
NUMBERS = st.integers(10_000, 10**18).map(str)
TOKENS = st.text(f"{ASCII}{ASCII.upper()}0123456789", min_size=20, max_size=60).filter(
    lambda token: re.search(r"\d", token) and re.search(r"[a-z]", token)
)
ADDRESSES = st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str).filter(lambda text: len(text) > 12))
SECRETS = st.one_of(NAMES, NUMBERS, TOKENS.map(lambda token: f"ya29.{token}"), ADDRESSES)
MAIL = st.tuples(LETTERS, LETTERS).map(lambda parts: f"{parts[0]}@{parts[1]}.com")
PLACES = (
    "{}",
    "The caller {} lacks the permission aiplatform.tuningJobs.create",
    "projects/{}/locations/us-central1/models/1@2",
    "gs://{}/train.jsonl",
    "serviceAccount:{}@example.com",
    "user '{}' of <{}>, {}-{}",
    "Permission denied for ({}).",
)


@given(secret=SECRETS, place=st.sampled_from(PLACES))
@settings(max_examples=200, deadline=None)
def test_no_value_outlives_the_scrubber(secret: str, place: str) -> None:
    """Whatever stands around it, and whatever it is."""
    found = Scrubber().value({"error": {"message": place.replace("{}", secret)}, "labels": {secret: secret}})

    assert secret not in json.dumps(found, ensure_ascii=False)


@given(mail=MAIL)
@settings(deadline=None)
def test_no_part_of_a_mail_address_outlives_it(mail: str) -> None:
    """Neither the person nor the company."""
    found = Scrubber().text(f"as {mail}:")

    assert [part for part in re.split(r"[@.]", mail)[:2] if part in found] == []


@given(number=st.integers(10_000, 2**63))
@settings(deadline=None)
def test_numbers_are_no_way_out(number: int) -> None:
    """A number that names something may come as a number, too."""
    assert str(number) not in json.dumps(Scrubber().value({"projectNumber": number}))


@given(values=st.lists(st.one_of(NAMES, NUMBERS), min_size=2, max_size=12, unique=True))
@settings(deadline=None)
def test_same_value_has_the_same_placeholder_and_another_one_another(values: list[str]) -> None:
    """So what refers to each other still does."""
    scrubber = Scrubber()
    placeholders = [scrubber.text(value) for value in values]

    assert [scrubber.text(f"see {value}") for value in values] == [f"see {each}" for each in placeholders]
    assert len(set(placeholders)) == len(values)


@pytest.mark.parametrize(
    "text",
    [
        "JOB_STATE_SUCCEEDED",
        "2026-11-01T00:01:03.219111Z",
        "type.googleapis.com/google.cloud.aiplatform.v1beta1.DeployModelOperationMetadata",
        "us-central1",
        "gemini-3.1-flash-lite",
        "The Endpoint has deployed models. Undeploy them before deleting it.",
        "Permission 'aiplatform.endpoints.get' denied",
    ],
)
def test_words_of_the_api_stay(text: str) -> None:
    """Or nobody could read a recording."""
    assert Scrubber().text(text) == text


def test_words_that_stay_are_no_names() -> None:
    """First names that tests and samples are full of."""
    assert words() & {"alice", "bob", "maja", "john", "jane", "acme", "smith", "müller"} == set()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig.start(tmp_path_factory.mktemp("finished")) as rig:
        rig.run()
        yield rig


PERSONAL = (
    *("Grzegorz", "grzegorz.brzezinski", "BRZEZINSKI", "brzęczyszczykiewicz", "4915112345678", "203.0.113.77"),
    *("2001:db8:85a3::8a2e:370:7334", "ya29.a0AfB8yC3xQ9zK7mN2pR5tV8wX1yZ4bD6fH", "zyxomma-holding"),
)


def test_nothing_personal_is_in_the_files(finished: Rig, tmp_path: Path) -> None:
    """Planted in every text of every answer, in fields that nobody knows, and in what others have in the project."""
    secret = " ".join(PERSONAL)

    def planted(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            found = {name: planted(item, name) for name, item in value.items()}
            return {**found, "ownerContact": secret, "labels": {**found.get("labels", {}), "made-by": PERSONAL[1]}}
        if isinstance(value, list):
            return [*(planted(item) for item in value), *([{"name": secret, "displayName": secret}] if value else [])]
        return (
            f"{value} {secret}"
            if isinstance(value, str) and key in ("displayName", "description", "message")
            else value
        )

    journal = Journal.begin(tmp_path, finished.plan.as_dict(), finished.journal.run_id)
    journal.entries.update(finished.journal.entries)
    for entry in journal.entries.values():
        entry.why = f"refused to {secret} in {PROJECT}"
    for exchange in finished.journal.exchanges():
        journal.append({**exchange, "response": planted(exchange["response"])})
    journal.append({**exchange, "response": {}, "response_text": f"<html>{secret}</html>", "status": 403})

    page.write(journal, Plan(PROJECT, LOCATION), "0.1.0", "Google", [f"a model: {secret}"])

    shown = {path: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()}
    public = {path: text for path, text in shown.items() if "private" not in path.parts}
    assert len(public) > 20
    for value in (*PERSONAL, "grzegorz", "Brzezinski", "zyxomma", PROJECT, "maja", journal.run_id):
        assert [path.name for path, text in public.items() if value.lower() in text.lower()] == []


def test_log_has_no_token(finished: Rig) -> None:
    """Not even the private one: headers are never looked at."""
    log = finished.journal.log.read_text(encoding="utf-8").lower()

    assert "authorization" not in log
    assert "bearer" not in log


def test_real_names_lie_where_only_the_user_reads(finished: Rig) -> None:
    """And Git passes them over."""
    assert (finished.folder / "private").stat().st_mode & 0o077 == 0
    assert (finished.folder / ".gitignore").read_text() == "private/\n"
