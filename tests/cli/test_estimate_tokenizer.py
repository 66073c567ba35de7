"""`ctune estimate` with Google's local tokenizer: that of google-genai, with a small vocabulary from loopback."""

import contextlib
import hashlib
import io
import json
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
from google.genai import _local_tokenizer_loader as loader

from pulumi_ctune.cli import app
from pulumi_ctune.config import ENVIRONMENT
from tests.data.examples import distinct, encoded

GEMMA = "gemini-2.5-flash"
CACHED = (loader.load_model_proto, loader.get_sentencepiece)


@pytest.fixture(scope="module")
def vocabulary() -> bytes:
    """A vocabulary of some dozens of pieces, in the form of Google's."""
    texts = [json.dumps(example) for example in distinct(50)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=model, vocab_size=60, hard_vocab_limit=False, minloglevel=2
    )
    return model.getvalue()


@pytest.fixture
def fetched(vocabulary: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Google's table names a loopback server for the one vocabulary that it has: the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(vocabulary)))
            self.end_headers()
            self.wfile.write(vocabulary)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}/gemma3.model"
    config = loader._TokenizerConfig(model_url=url, model_hash=hashlib.sha256(vocabulary).hexdigest())
    monkeypatch.setattr(loader, "_TOKENIZERS", {"gemma3": config})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    forget()
    try:
        yield asked
    finally:
        forget()
        server.shutdown()
        server.server_close()
        thread.join()


def forget() -> None:
    """As in a new process."""
    for each in CACHED:
        each.cache_clear()


@pytest.fixture(autouse=True)
def _no_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for variables in ENVIRONMENT.values():
        for variable in variables:
            monkeypatch.delenv(variable, raising=False)


def estimate(path: Path, model: str = GEMMA) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    options = ["estimate", str(path), "--model", model, "--epochs", "1", "--format", "json"]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        app(options, standalone_mode=False)
    assert err.getvalue() == ""
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def written(tmp_path: Path, number: int) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_bytes(encoded(*distinct(number)))
    return path


def by_hand(vocabulary: bytes, number: int) -> int:
    """The tokens of each text by itself: turns add none."""
    processor = sentencepiece.SentencePieceProcessor()
    processor.LoadFromSerializedProto(vocabulary)
    texts = [part["text"] for line in distinct(number) for turn in line["contents"] for part in turn["parts"]]
    return sum(map(len, processor.encode(texts)))


def test_dataset_is_counted_on_this_machine(fetched: list[str], vocabulary: bytes, tmp_path: Path) -> None:
    """Without a project and a sign-in; who has counted is said, why it was not the service, and that it may differ."""
    found = estimate(written(tmp_path, 20))

    tokens = found["dataset_tokens"]
    assert tokens["low"] < tokens["estimate"] == by_hand(vocabulary, 20) < tokens["high"]
    assert tokens["how"].startswith(
        "every line counted by Google's tokenizer on this machine: the service may count 2% more or less"
    )
    assert "the service counted no sample: GOOGLE_PROJECT is not set" in found["assumptions"]


def test_large_dataset_is_known_from_a_sample(fetched: list[str], vocabulary: bytes, tmp_path: Path) -> None:
    tokens = estimate(written(tmp_path, 1_000))["dataset_tokens"]

    assert tokens["how"].startswith("200 of 1,000 lines counted by Google's tokenizer on this machine")
    assert tokens["low"] <= by_hand(vocabulary, 1_000) <= tokens["high"]


def test_vocabulary_is_fetched_once(fetched: list[str], tmp_path: Path) -> None:
    """A machine without a network can be given the file beforehand."""
    first = estimate(written(tmp_path, 20))
    forget()

    second = estimate(written(tmp_path, 20))

    assert first == second
    assert fetched == ["/gemma3.model"]


def test_model_that_the_tokenizer_does_not_know_is_known_from_characters(fetched: list[str], tmp_path: Path) -> None:
    """Nothing is fetched for it, neither a vocabulary nor a library."""
    found = estimate(written(tmp_path, 20), "gemini-3.5-flash")

    assert found["dataset_tokens"]["how"].endswith("not counted by the service")
    assert (
        "Google's tokenizer on this machine counted no sample: it does not know gemini-3.5-flash"
        in (found["assumptions"])
    )
    assert fetched == []


def test_vocabulary_of_another_content_is_refused(
    fetched: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = loader._TOKENIZERS["gemma3"]
    monkeypatch.setitem(loader._TOKENIZERS, "gemma3", loader._TokenizerConfig(config.model_url, "0" * 64))

    found = estimate(written(tmp_path, 20))

    (reported,) = (text for text in found["assumptions"] if text.startswith("Google's tokenizer on this machine"))
    assert "its vocabulary could not be fetched: Downloaded model file is corrupted" in reported
