"""`ctune validate` as a process."""

import dataclasses
import gzip
import io
import itertools
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pulumi_ctune.cli.dataset_formats import as_sarif
from pulumi_ctune.cli.read_progress import reading
from pulumi_ctune.data.check import check_dataset
from tests.data.examples import ANSWER, ASK, Line, distinct, encoded, turn
from tests.unit.storage_server import StoredObject, serving

COMMAND = [sys.executable, "-c", "from pulumi_ctune.cli import main; main()", "validate"]
PLAIN = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
WRONG: Line = {"contents": [ASK, turn("assistant", "Because.")]}


@dataclasses.dataclass
class Named:
    """A dataset of one wrong line, under any name."""

    name: str
    size: int | None = 2
    generation: str | None = None
    encoding: str = ""

    def pieces(self) -> Iterator[bytes]:
        yield b"[]"


def run(*options: object, stdin: bytes = b"") -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    command = [*COMMAND, *map(str, options)]
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60, env=PLAIN, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """100 right lines, and one with a role of another service."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(encoded(*distinct(100), WRONG))
    return path


def test_right_dataset_passes(tmp_path: Path) -> None:
    """No problem is exit code 0, and the summary says what was read."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(encoded(*distinct(100)))

    code, out, err = run(path)

    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == [
        f"{path}: supervised fine-tuning (told from the lines)",
        f"  100 examples in 100 lines, {path.stat().st_size // 1000} kB",
    ]
    assert out.splitlines()[-1] == "  no problems"


def test_problems_are_grouped_by_rule(dataset: Path) -> None:
    """An error is exit code 1; rule, line, path, reason and fix are told."""
    code, out, _ = run(dataset)

    assert code == 1
    assert out.split("\n\n")[1].splitlines() == [
        "error bad-role (1): A turn with a role that the service does not know.",
        "  line 101 $.contents[1].role: 'assistant' is not a role: 'user' and 'model' are. Write 'model'.",
    ]


def test_json_has_the_keys_of_the_contract(dataset: Path, tmp_path: Path) -> None:
    """Scripts read names that are fixed."""
    beside = tmp_path / "val.jsonl"
    beside.write_bytes(encoded(distinct(1)[0]))

    code, out, _ = run(dataset, "--validation", beside, "--format", "json", "--model", "gemini-3.5-flash")

    report: dict[str, Any] = json.loads(out)
    assert code == 1
    assert [*report] == [
        *("dataset", "generation", "sha256", "method", "model", "ok", "bytes", "lines", "examples", "tokens"),
        *("errors", "warnings", "problems", "more_problems"),
    ]
    assert [*report["tokens"]] == ["low", "estimate", "high", "how"]
    assert report["problems"][0] == {
        "severity": "error",
        "rule": "bad-role",
        "line": 101,
        "byte": len(encoded(*distinct(100))),
        "path": "$.contents[1].role",
        "message": "'assistant' is not a role: 'user' and 'model' are",
        "fix": "Write 'model'.",
    }
    assert (report["problems"][1]["rule"], report["problems"][1]["dataset"]) == ("leakage", "validation")
    assert len(report["sha256"]) == 64


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_result_that_cannot_be_printed_is_one_line(dataset: Path, form: str) -> None:
    """A full disk is no traceback, and no success."""
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, dataset, "--format", form], stdout=full, stderr=subprocess.PIPE, env=PLAIN)

    assert done.returncode == 1
    assert done.stderr == b"ctune: the result could not be printed: No space left on device\n"


def test_closed_stdout_is_no_error(dataset: Path) -> None:
    """Whoever closes it wants the exit code only."""
    command = " ".join(["exec", *map(shlex.quote, [*COMMAND, str(dataset), "--format", "json"]), ">&-"])
    done = subprocess.run(["sh", "-c", command], capture_output=True, env=PLAIN, check=False)

    assert (done.returncode, done.stderr) == (1, b"")


def test_model_without_known_limits_is_reported(tmp_path: Path) -> None:
    """Limits are those of the documented models: for another one that is a guess."""
    lines = encoded(*distinct(100))

    reported = [
        run("-", "--model", model, stdin=lines)[1].splitlines()[0] for model in ("gemini-3.5-flash", "gemini-9")
    ]

    assert reported == [
        "stdin: supervised fine-tuning (told from the lines), gemini-3.5-flash",
        "stdin: supervised fine-tuning (told from the lines), gemini-9, whose limits are not known: those of other "
        "Gemini models are used",
    ]


def test_annotations_of_stdin_name_no_file() -> None:
    """GitHub would look for a file of that name."""
    _, out, _ = run("-", "--format", "github", stdin=b"[]\n")

    assert out.startswith("::error title=not-an-object::the line is a list. ")


def test_stdin_is_read(dataset: Path) -> None:
    """A dash is stdin; listing stops where told."""
    code, out, _ = run("-", "--format", "json", "--max-problems", 2, stdin=encoded(*[WRONG] * 5))

    report = json.loads(out)
    assert (code, report["dataset"], report["errors"]) == (1, "-", 5)
    assert (len(report["problems"]), report["more_problems"]) == (2, 3)


def test_sarif_places_each_problem(dataset: Path) -> None:
    """Code scanning takes rule, level, file and line."""
    _, out, _ = run(dataset, "--format", "sarif")

    (sarif_run,) = json.loads(out)["runs"]
    (result,) = sarif_run["results"]
    assert sarif_run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "bad-role"
    (location,) = result["locations"]
    place = location["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (dataset.as_uri(), 101)
    assert location["logicalLocations"] == [{"fullyQualifiedName": "$.contents[1].role"}]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("gs://b/a b#c?.jsonl", "gs://b/a%20b%23c%3F.jsonl"),
        ("a:b%.jsonl", "a%3Ab%25.jsonl"),
        ("/tmp/ä.jsonl", "file:///tmp/%C3%A4.jsonl"),
        ("-", "stdin"),
        ("a\udcff.jsonl", "a%FF.jsonl"),
    ],
)
def test_sarif_has_uris(name: str, uri: str) -> None:
    """SARIF 2.1.0 wants a URI reference, whatever the file is called."""
    document = json.loads(as_sarif(check_dataset(Named(name))))

    (sarif_run,) = document["runs"]
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in sarif_run["results"]}
    assert (document["version"], uris) == ("2.1.0", {uri})


def test_github_gets_annotations(tmp_path: Path) -> None:
    """Each problem is a workflow command; what would end one is escaped."""
    path = tmp_path / "a,b.jsonl"
    path.write_bytes(encoded({"contents": [ASK, ANSWER], "50%\n::x": 1}, "{", "{"))

    _, out, _ = run(path, "--format", "github", "--max-problems", 1)

    assert out.splitlines() == [
        f'::error file={tmp_path}/a%2Cb.jsonl,line=1,title=unknown-field::$["50%25\\n::x"]: there is no field '
        "'50%25\\n::x' here. There are 'cachedContent', 'contents', 'generationConfig', 'labels', 'model', "
        "'modelArmorConfig', 'safetySettings', 'systemInstruction', 'toolConfig' or 'tools'.",
        "::notice title=ctune validate::2 more problems are not listed",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["none.jsonl"], "the dataset was not checked [none.jsonl]: it cannot be read: No such file or directory"),
        (["."], "the dataset was not checked [.]: it is a folder. Name the file in it."),
        (["-", "--validation", "-"], "[--validation -]: stdin is the dataset already"),
        (["-", "--head", "much"], "[--head much]: it is not a size. Give one such as 64MiB."),
        (["-", "--reward", "none.yaml"], "[--reward none.yaml]: it cannot be read: No such file or directory"),
        (["-", "--fix", "a.jsonl", "--head", "1MiB"], "[--fix]: with --head, lines would be lost"),
        (["-", "--fix", "-"], "[--fix -]: it is no file. Name a new file."),
        (["-", "--fix", "gs://data/a.jsonl"], "[--fix gs:/data/a.jsonl]: it is no file. Name a new file."),
        (
            ["a.jsonl", "--fix", "b.jsonl", "--validation", "-"],
            "with --fix it is read twice, and stdin only once. Name a file.",
        ),
    ],
)
def test_misuse_is_one_line(options: list[str], message: str, tmp_path: Path) -> None:
    """What cannot be read, or makes no sense, is exit code 2 and no traceback."""
    done = subprocess.run([*COMMAND, *options], input=b"", capture_output=True, cwd=tmp_path, env=PLAIN, check=False)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith("ctune validate: ")
    assert done.stderr.decode().endswith(f"{message}\n")


def test_closed_stdin_is_one_line() -> None:
    """A process may have no stdin at all."""
    command = " ".join(["exec", *map(shlex.quote, [*COMMAND, "-"]), "<&-"])
    done = subprocess.run(["sh", "-c", command], capture_output=True, env=PLAIN, check=False)

    assert done.returncode == 2
    assert done.stderr == b"ctune validate: the dataset was not checked [-]: stdin is closed\n"


def test_strict_fails_on_warnings() -> None:
    """With --strict a warning is exit code 1."""
    assert [run("-", *strict, stdin=encoded(*distinct(3)))[0] for strict in ([], ["--strict"])] == [0, 1]


def test_fix_writes_a_right_file(dataset: Path, tmp_path: Path) -> None:
    """The repaired lines go to a new file, and its problems decide on the exit code."""
    fixed = tmp_path / "fixed.jsonl"

    code, out, _ = run(dataset, "--fix", fixed)

    assert (code, out.splitlines()[-1]) == (0, f"The repaired lines are in {fixed}: 0 errors left, 0 warnings.")
    assert fixed.read_bytes() == encoded(*distinct(100), {"contents": [ASK, ANSWER]})
    assert dataset.read_bytes() == encoded(*distinct(100), WRONG)


def test_fix_leaves_what_it_cannot_repair(tmp_path: Path) -> None:
    """A line that cannot be repaired stays as it is, and the exit code is 1."""
    fixed = tmp_path / "fixed.jsonl"

    code, _, _ = run("-", "--fix", fixed, stdin=b'\xef\xbb\xbf{"contents": [\r\n\r\n' + encoded(WRONG))

    assert (code, fixed.read_bytes()) == (1, b'{"contents": [\n' + encoded({"contents": [ASK, ANSWER]}))


def test_fix_takes_every_name_that_a_file_may_have(dataset: Path, tmp_path: Path) -> None:
    """The longest that there is too, and nothing else is left in the folder."""
    fixed = tmp_path / "fixed" / ("n" * 249 + ".jsonl")
    fixed.parent.mkdir()

    code, _, _ = run(dataset, "--fix", fixed)

    assert (code, [*fixed.parent.iterdir()]) == (0, [fixed])


@pytest.mark.parametrize("link", [False, True])
def test_fix_never_writes_over_a_file(dataset: Path, link: bool) -> None:
    """Neither the dataset itself, nor anything else that is there."""
    target = dataset
    if link:
        target = dataset.with_name("link.jsonl")
        target.symlink_to(dataset)

    code, _, err = run(dataset, "--fix", target)

    assert code == 2
    assert err.endswith(": there is something already. Name a file that is not there yet.\n")
    assert dataset.read_bytes() == encoded(*distinct(100), WRONG)


@pytest.mark.parametrize(
    "config",
    [
        '{"reward_name": "a", "string_match_reward_scorer": {"x": "{{references.answer}} {{references.unit}}"}}',
        "weighted_reward_configs:\n- reward_config:\n    x: '{{ references.unit }}'\n",
    ],
    ids=["JSON", "YAML"],
)
def test_references_of_a_reward_have_to_be_there(tmp_path: Path, config: str) -> None:
    """Every line needs each reference that the reward reads."""
    reward = tmp_path / "reward"
    reward.write_text(config)
    line = {"contents": [ASK], "references": {"answer": "42"}}

    _, out, _ = run("-", "--reward", reward, "--format", "json", stdin=encoded(line))

    found = [problem["message"] for problem in json.loads(out)["problems"] if problem["rule"] == "reference-missing"]
    assert found == ["the reward reads the reference 'unit', which this line does not have"]


SNIPPET = 'def evaluate(example, response):\n    return float(response == example["references"]["unit"])\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reward.py", SNIPPET),
        ("reward.json", json.dumps({"code_execution_reward_scorer": {"python_code_snippet": SNIPPET}})),
    ],
)
def test_reference_that_a_snippet_looks_up_is_a_warning(tmp_path: Path, name: str, text: str) -> None:
    """It may cope without; the line is an example all the same."""
    reward = tmp_path / name
    reward.write_text(text)
    lines = [{"contents": [ASK], "references": {"unit": "m"}}, {"contents": [ASK], "references": {"answer": "42"}}]

    code, out, _ = run("-", "--reward", reward, "--format", "json", stdin=encoded(*lines))

    report = json.loads(out)
    found = [(each["severity"], each["line"]) for each in report["problems"] if each["rule"] == "reference-missing"]
    assert (code, report["examples"], found) == (0, 2, [("warning", 2)])


def test_bar_comes_after_a_second() -> None:
    """On a terminal, what takes longer than a second shows how far it is; without one nothing is drawn."""
    drawn = []
    for is_terminal, seconds in ((True, 0.5), (True, 2.0), (False, 2.0)):
        times = itertools.chain([0.0], itertools.repeat(seconds))
        console = Console(file=io.StringIO(), force_terminal=is_terminal, width=100)
        with reading(console, 100_000_000, clock=times.__next__) as advance:
            advance(50_000_000)
        drawn.append("50.0/100.0 MB" in console.file.getvalue())  # type: ignore[attr-defined]

    assert drawn == [False, True, False]


def test_object_is_read_with_the_settings_of_the_environment(tmp_path: Path) -> None:
    """A gs:// dataset is that of the service which the environment names; the report has its generation."""
    bucket = tmp_path / "state" / "buckets" / "data"
    bucket.mkdir(parents=True)
    (bucket / "train.jsonl").write_bytes(encoded(*distinct(100)))
    environ = {**PLAIN, "CTUNE_API_ENDPOINT": f"embedded:{tmp_path / 'state'}"}

    done = subprocess.run(
        [*COMMAND, "gs://data/train.jsonl", "--format", "json"], capture_output=True, env=environ, check=False
    )

    report = json.loads(done.stdout)
    assert (done.returncode, report["dataset"], report["examples"]) == (0, "gs://data/train.jsonl", 100)
    assert report["generation"].isdigit()


def test_object_is_read_whole_though_connections_are_cut(dataset: Path, tmp_path: Path) -> None:
    """Packed or not: the same report, and places are those of the content."""
    reports = []
    content = dataset.read_bytes()
    for stored, encoding in ((content, None), (gzip.compress(content), "gzip")):
        served = StoredObject(stored, {"contentEncoding": encoding}, cuts={*range(100, len(stored), len(stored) // 4)})
        with serving(served) as url:
            environ = {**PLAIN, "STORAGE_EMULATOR_HOST": url}
            command = [*COMMAND, "gs://data/train.jsonl", "--format", "json"]
            done = subprocess.run(command, capture_output=True, env=environ, check=False)
        assert served.cuts == set()
        reports.append(json.loads(done.stdout))

    plain, packed = reports
    (problem,) = plain["problems"]
    place = (problem["rule"], problem["line"], problem["byte"])
    assert (plain["generation"], place) == ("17", ("bad-role", 101, len(encoded(*distinct(100)))))
    assert [each["rule"] for each in packed["problems"]] == ["not-utf8", "bad-role"]
    same = ("sha256", "bytes", "lines", "examples", "tokens", "errors")
    assert [packed[key] for key in same] == [plain[key] for key in same]
    assert problem in packed["problems"]


def test_object_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """A missing object is exit code 2, as a missing file is."""
    environ = {**PLAIN, "CTUNE_API_ENDPOINT": f"embedded:{tmp_path / 'state'}"}

    done = subprocess.run([*COMMAND, "gs://data/none.jsonl"], capture_output=True, env=environ, check=False)

    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert done.stderr.startswith(b"ctune validate: gs://data/none.jsonl could not be read: ")
