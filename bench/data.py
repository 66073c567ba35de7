"""How fast a dataset is checked, all rules on, and how much memory that takes, in processes of their own.

Too large for each run, and measured once (2026-11-30, two cores that others used too): 1 GB of these chats takes 94 MB
and 6.4 s of CPU from a file, 128 MB and 7.0 s from an object over HTTP, 140 MB and 10.6 s where that is stored as gzip.
"""

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.report import Line

RUNS = 3
SIZE = 60_000_000  # bytes
WALKED = 2_000_000  # the walk is so much slower that it gets the beginning only
SHORT_SIZE = 400_000_000  # of the shortest lines that there are: four times what is held of them in memory
BAD = 0.01  # share of lines with a role that is none

_READERS = {
    "ours": """
check_dataset(open_file(path))
""",
    "json": """
import json
with open(path, "rb") as file:
    for line in file:
        json.loads(line)
""",
    "pydantic": """
from typing import Literal
from pydantic import BaseModel, TypeAdapter
class Part(BaseModel, extra="forbid"):
    text: str
class Turn(BaseModel, extra="forbid"):
    role: Literal["user", "model"]
    parts: list[Part]
class Instruction(BaseModel, extra="forbid"):
    role: str | None = None
    parts: list[Part]
class Example(BaseModel, extra="forbid"):
    systemInstruction: Instruction | None = None
    contents: list[Turn]
validate = TypeAdapter(Example).validate_json
with open(path, "rb") as file:
    for line in file:
        validate(line)
""",
    "walk": """
from pulumi_ctune.data.slow_check import examine
with open(path, "rb") as file:
    for line in file:
        examine("sft", line)
""",
    "nothing": "",
}
_MEASURED = """
import resource, sys, time
from pulumi_ctune.data.check import check_dataset
from pulumi_ctune.data.dataset_source import open_file
path = sys.argv[1]
began = time.process_time()
{reader}
print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def data() -> list[Line]:
    """Of generated SFT lines of about 1.7 kB: chats of two to eight turns, a third not ASCII."""
    with tempfile.TemporaryDirectory(prefix="ctune-bench-") as folder:
        good = _written(Path(folder, "good.jsonl"), SIZE, _chats(0))
        bad = _written(Path(folder, "bad.jsonl"), SIZE, _chats(BAD))
        walked = _written(Path(folder, "walked.jsonl"), WALKED, _chats(0))
        lines = _speeds(good, bad, walked)
        for path in (good, bad, walked):
            path.unlink()
        short = _written(Path(folder, "short.jsonl"), SHORT_SIZE, _shortest())
        return [*lines, _memory("400 MB in four million lines", short)]


def _speeds(good: Path, bad: Path, walked: Path) -> list[Line]:
    seconds: dict[str, list[float]] = {name: [] for name in ("ours", "bad", "json", "pydantic", "walk")}
    for _ in range(RUNS):  # in turn, so that whatever else the machine does meets all of them
        for name, path in (("ours", good), ("json", good), ("pydantic", good), ("walk", walked)):
            seconds[name].append(_run(_READERS[name], path)[0])
        seconds["bad"].append(_run(_READERS["ours"], bad)[0])
    ours = SIZE / 1e6 / median(seconds["ours"])
    baselines = {
        "json.loads of each line, nothing checked": SIZE / 1e6 / median(seconds["json"]),
        "pydantic, types only": SIZE / 1e6 / median(seconds["pydantic"]),
        "walk along the API's schema for each line": WALKED / 1e6 / median(seconds["walk"]),
    }
    lines = [
        Line("dataset checked, for each CPU second", "MB", ours, number, what, f"median of {RUNS}; promised: 150 MB")
        for what, number in baselines.items()
    ]
    ratio = median(seconds["bad"]) / median(seconds["ours"])
    note = f"median of {RUNS}; ratio {ratio:.2f}, promised: 1.3"
    with_bad = Line(
        f"{SIZE / 1e6:.0f} MB with {BAD:.0%} bad lines: CPU",
        "s",
        median(seconds["bad"]),
        median(seconds["ours"]),
        "the same without bad lines",
        note,
    )
    return [*lines, with_bad, _memory(f"{SIZE / 1e6:.0f} MB", good)]


def _memory(what: str, path: Path) -> Line:
    ours, baseline = (_run(_READERS[name], path)[1] for name in ("ours", "nothing"))
    return Line(f"{what}: memory (RSS)", "MB", ours, baseline, "the same process without a dataset", "promised: 150 MB")


def _run(reader: str, path: Path) -> tuple[float, float]:
    """CPU seconds after the imports, and megabytes at most."""
    program = _MEASURED.format(reader=reader)
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    seconds, kibibytes = map(float, done.stdout.split())
    return seconds, kibibytes * 1024 / 1e6


def _written(path: Path, size: int, lines: Iterator[bytes]) -> Path:
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(next(lines))
    return path


def _chats(bad: float) -> Iterator[bytes]:
    draw = random.Random(20261130)
    words = ["".join(draw.choices("etaoinshrdlucm", k=draw.randint(2, 9))) for _ in range(3_000)]
    other = ["größe", "naïve", "日本語", "élève", "über", "Ω"]
    instruction = {"role": "system", "parts": [{"text": "You answer questions about our products: be brief."}]}

    def turn(role: str, shortest: int, longest: int) -> dict[str, object]:
        text = " ".join(draw.choices(words, k=draw.randint(shortest, longest)))
        if draw.random() < 1 / 3:
            text += f'\n\n"{draw.choice(other)}"'
        return {"role": role, "parts": [{"text": text}]}

    while True:
        answerer = "assistant" if draw.random() < bad else "model"
        pairs = draw.randint(1, 4)
        turns = [each for _ in range(pairs) for each in (turn("user", 10, 60), turn(answerer, 20, 80))]
        line = {"systemInstruction": instruction, "contents": turns}
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _shortest() -> Iterator[bytes]:
    number = 0
    while True:
        yield b"".join(
            b'{"contents":[{"role":"user","parts":[{"text":"%d"}]},{"role":"model","parts":[{"text":"b"}]}]}\n' % each
            for each in range(number, number + 10_000)
        )
        number += 10_000
