"""Whole datasets: what is known only of all lines, and what the report says."""

import dataclasses
from collections.abc import Iterator

import pytest

from pulumi_ctune.data import whole_dataset
from pulumi_ctune.data.check import Options, check_dataset
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.lines import LONGEST
from pulumi_ctune.data.problems import Listing
from pulumi_ctune.data.report import Report

from .examples import ANSWER, ASK, BETTER, IMAGE, WORSE, Line, distinct, encoded, turn


@dataclasses.dataclass
class Bytes:
    """A dataset in memory, read in pieces of a size that cuts lines anywhere."""

    content: bytes
    name: str = "train.jsonl"
    piece: int = 1000
    generation: str | None = None
    encoding: str = ""

    @property
    def size(self) -> int:
        return len(self.content)

    def pieces(self) -> Iterator[bytes]:
        for start in range(0, len(self.content), self.piece):
            yield self.content[start : start + self.piece]


def checked(content: bytes, validation: bytes | None = None, **options: object) -> Report:
    beside = None if validation is None else Bytes(validation, "val.jsonl")
    return check_dataset(Bytes(content), beside, Options(**options))  # type: ignore[arg-type]


def reported(report: Report) -> list[tuple[str, str, int | None]]:
    return [(problem.part, problem.rule, problem.line) for problem in report.problems]


def sft(question: str, answer: str) -> Line:
    return {"contents": [turn("user", question), turn("model", answer)]}


def test_right_dataset_has_no_problem() -> None:
    """Lines and examples are counted, and the band of tokens holds its estimate."""
    content = encoded(*distinct(150))

    report = checked(content)

    assert (report.ok, report.problems, report.method, report.method_from) == (True, (), "sft", "lines")
    assert (report.size, report.lines, report.examples) == (len(content), 150, 150)
    assert 0 < report.tokens.low <= report.tokens.estimate < report.tokens.high


@pytest.mark.parametrize("piece", [1, 7, 100, 10**6])
def test_lines_are_the_same_however_the_bytes_come(piece: int) -> None:
    """Pieces end anywhere: in a line, in a character, at a line feed."""
    content = encoded(sft("größe", "日本語"), "", sft("a", "b"), "{", sft("a", "b"), "[1]")[:-1]

    report = check_dataset(Bytes(content, piece=piece))

    found = [(problem.rule, problem.line, problem.byte) for problem in report.problems if problem.line]
    starts = [0, *(place + 1 for place, byte in enumerate(content) if byte == 10)]
    assert found == [
        ("blank-line", 2, starts[1]),
        ("not-json", 4, starts[3] + 1),
        ("duplicate-line", 5, starts[4]),
        ("not-an-object", 6, starts[5]),
    ]


@pytest.mark.parametrize(
    ("lines", "method"),
    [
        ([sft("a", "b")], "sft"),
        ([{"contents": [ASK], "references": {"a": "b"}}], "rft"),
        ([{"contents": [ASK], "completions": [BETTER, WORSE]}], "dpo"),
        (["{", sft("a", "b"), sft("c", "d"), {"contents": [ASK], "references": {}}], "sft"),
        ([{"messages": []}], "sft"),
        ([{"contents": [ASK, ANSWER, ASK]}], "rft"),
    ],
)
def test_method_is_known_from_the_lines(lines: list[Line | str], method: Method) -> None:
    """Without a method, the one that most of the first lines are for."""
    report = checked(encoded(*lines))

    assert (report.method, report.method_from) == (method, "lines")


def test_given_method_stands() -> None:
    """With a method, lines of another one are wrong."""
    report = checked(encoded(sft("a", "b")), method="rft")

    assert (report.method, report.method_from) == ("rft", "option")
    assert ("training", "last-turn", 1) in reported(report)


def test_repeats_are_reported_with_the_line_that_they_repeat() -> None:
    """Equal lines, equal examples written otherwise, and prompts with two answers are three rules."""
    report = checked(
        encoded(*distinct(97), sft("Why?", "So."), sft("Why?", "So."), sft(" WHY?", "so.\n"), sft("Why?", "No."))
    )

    assert [(problem.rule, problem.line, problem.message) for problem in report.problems] == [
        ("duplicate-line", 99, "the line is that of line 98"),
        ("duplicate-example", 100, "the example is that of line 98, but for case or white space"),
        ("contradiction", 101, "the prompt is that of line 98, with another answer"),
    ]
    assert (report.errors, report.warnings, report.ok) == (0, 3, True)


def test_swapped_preference_is_a_contradiction() -> None:
    """Two pairs of one prompt may differ, but not prefer what the other rejects."""
    swapped = [{**BETTER, "score": 0}, {**WORSE, "score": 1}]
    lines: list[Line] = [
        {"contents": [ASK], "completions": pair} for pair in ([BETTER, WORSE], [WORSE, BETTER], swapped)
    ]

    report = checked(encoded(*lines))

    assert [(rule, line) for _, rule, line in reported(report) if line] == [
        ("duplicate-example", 2),
        ("contradiction", 3),
    ]


def test_prompt_in_both_datasets_is_leakage() -> None:
    """An evaluation on what was trained measures memory: an error, at the line of the validation set."""
    report = checked(encoded(*distinct(100)), encoded(sft("new", "a"), sft("what is 7? ", "It is seven.")))

    assert [(p.part, p.rule, p.line, p.message) for p in report.problems] == [
        ("validation", "leakage", 2, "the prompt is that of line 8 of the training set"),
    ]
    assert report.as_dict()["problems"][0]["dataset"] == "validation"


@pytest.mark.parametrize(
    ("method", "training", "validation", "severity"),
    [
        ("sft", 10, 5_001, "error"),
        ("sft", 3_000, 1_001, "error"),
        ("sft", 3_400, 1_001, None),
        ("rft", 2_000, 501, "warning"),
    ],
)
def test_size_of_validation_is_held_to_the_pages(
    method: Method, training: int, validation: int, severity: str | None
) -> None:
    """At most 5,000, and 30 % above 1,000; where Google's pages differ it is a warning that says so."""
    lines = distinct(training + validation)
    if method == "rft":
        lines = [{"contents": line["contents"][:1]} for line in lines]

    report = checked(encoded(*lines[:training]), encoded(*lines[training:]), method=method)

    found = [problem.severity for problem in report.problems if problem.rule == "validation-too-large"]
    assert found == ([severity] if severity else [])


def test_too_many_examples_for_reinforcement() -> None:
    """More prompts than the service takes are an error."""
    lines = [{"contents": line["contents"][:1]} for line in distinct(5_001)]

    assert reported(checked(encoded(*lines))) == [("training", "too-many-examples", None)]


@pytest.mark.parametrize(
    ("method", "line"),
    [
        ("sft", sft("a " * 131_072, "word " * 131_072)),
        ("sft", sft("あ" * 400_000, "b")),
        ("rft", {"contents": [turn("user", "word " * 32_768)]}),
    ],
    ids=["sft", "Japanese", "rft"],
)
def test_example_over_the_limit_is_a_warning(method: Method, line: Line) -> None:
    """The service drops such examples without a word; about how long they are is told."""
    report = checked(encoded(line, *distinct(0)), method=method)

    assert ("training", "too-long", 1) in reported(report)


def test_long_example_below_the_limit_is_right() -> None:
    """English has more than four characters a token: what is near the limit is weighed by its characters."""
    report = checked(encoded(sft("word " * 80_000, "b")))

    assert "too-long" not in {problem.rule for problem in report.problems}


def test_files_over_the_limit_are_a_warning() -> None:
    """The service drops an example with more than 30 images."""
    report = checked(
        encoded(
            {"contents": [turn("user", *[IMAGE] * 31), ANSWER]}, {"contents": [turn("user", *[IMAGE] * 30), ANSWER]}
        )
    )

    assert [problem.line for problem in report.problems if problem.rule == "media-limit"] == [1]
    assert "61 files are not counted" in report.tokens.how


def test_oddities_of_the_file_are_warnings() -> None:
    """A byte order mark, CR LF, blank lines and another name do no certain harm."""
    content = b"\xef\xbb\xbf" + encoded(*distinct(2), "").replace(b"\n", b"\r\n")

    report = check_dataset(Bytes(content, name="train.json"))

    assert report.examples == 2
    assert {(problem.severity, problem.rule, problem.line) for problem in report.problems} == {
        ("warning", "byte-order-mark", 1),
        ("warning", "blank-line", 3),
        ("warning", "crlf", None),
        ("warning", "not-jsonl-name", None),
        ("warning", "few-examples", None),
    }


@pytest.mark.parametrize("content", [b"", b"\n \n"], ids=["empty", "blank"])
def test_nothing_to_train_on_is_an_error(content: bytes) -> None:
    """A dataset without an example is wrong."""
    report = checked(content)

    assert ("training", "no-examples", None) in reported(report)
    assert not report.ok


def test_nothing_to_train_on_is_reported_beside_errors_of_the_validation_set() -> None:
    """Whoever mends only what is told must not meet it afterwards."""
    report = checked(b"", encoded("{"))

    assert {("training", "no-examples", None), ("validation", "not-json", 1)} <= {*reported(report)}


@pytest.mark.parametrize(
    "content",
    [encoded(*distinct(3)).decode().encode(code) for code in ("utf-16", "utf-16-le", "utf-32")]
    + [b"\x1f\x8b\x08\0\0\0\0\0\n\n\n", b"PK\x03\x04\n\n\n\n\n"],
    ids=["UTF-16", "UTF-16 without a mark", "UTF-32", "gzip", "zip"],
)
def test_file_in_another_format_is_one_error(content: bytes) -> None:
    """What has no lines of UTF-8 is told once, and not line by line."""
    report = checked(content)

    assert [(rule, line) for _, rule, line in reported(report) if rule != "few-examples"] == [("not-utf8", None)]


@pytest.mark.parametrize(
    ("start", "rule"), [(b'{"contents": "', "too-long"), (b"[{", "not-an-object"), (b"\0", "not-json")]
)
def test_endless_line_is_not_held(start: bytes, rule: str) -> None:
    """A line that is longer than any example is one problem, and the lines after it are read."""
    content = start + b" " * (LONGEST + 1) + b"\n" + encoded(*distinct(1))

    report = check_dataset(Bytes(content, piece=1 << 20))

    assert ("training", rule, 1) in reported(report)
    assert (report.lines, report.examples) == (2, 1)


def test_listing_stops_and_counting_goes_on() -> None:
    """The first problems are listed, each rule among them, and all are counted."""
    report = checked(encoded(*["{"] * 300, sft("a", "b"), "[]"), most_problems=10)

    assert (len(report.problems), report.errors, report.as_dict()["more_problems"]) == (10, 301, 292)
    assert [problem.line for problem in report.problems if problem.line] == [1, 2, 3, 4, 5, 6, 7, 8, 302]


def test_head_reads_no_further() -> None:
    """With a head, only whole lines before its end count, and few lines are no warning."""
    content = encoded(*distinct(50), "{")

    report = checked(content, head=len(encoded(*distinct(20))) + 5)

    assert (report.lines, report.examples, report.read_all, report.problems) == (20, 20, False, ())
    assert report.tokens == checked(encoded(*distinct(20))).tokens


def test_head_without_a_whole_line_is_no_error() -> None:
    """What was not read is not held against the dataset."""
    assert checked(encoded(*distinct(5)), head=10).problems == ()


def test_head_that_ends_in_a_line_too_long_tells_of_it() -> None:
    """Nothing that follows makes it right: a preview would say nothing of a file without line feeds."""
    report = checked(b"x" * (LONGEST + 200_000), head=LONGEST + 100_000)

    (problem,) = report.problems
    assert (problem.rule, problem.line) == ("not-json", 1)
    assert problem.message == f"the line has {LONGEST + 100_000:,} bytes and more and is no JSON"


def test_strict_counts_warnings() -> None:
    """With strict, a warning is enough not to be ok."""
    content = encoded(*distinct(5))

    assert [checked(content, strict=strict).ok for strict in (False, True)] == [True, False]


def test_near_duplicates_are_opt_in() -> None:
    """Texts that differ in a few words are told when asked for; equal ones have their own rule."""
    text = " ".join(f"word{n}" for n in range(60))
    content = encoded(
        sft(text, "a b c d e"), sft(f"{text} more", "a b c d e"), sft(" ".join(reversed(text.split())), "x")
    )

    rules = [reported(checked(content, near_duplicates=asked)) for asked in (False, True)]

    assert ("training", "near-duplicate", 2) not in rules[0]
    assert [line for _, rule, line in rules[1] if rule == "near-duplicate"] == [2]


def test_file_over_the_limit_is_an_error() -> None:
    """A file of more than 1 GiB is too large, however much of it is read."""

    class Large(Bytes):
        @property
        def size(self) -> int:
            return 2**30 + 1

    report = check_dataset(Large(encoded(*distinct(3))), options=Options(head=100))

    assert reported(report) == [("training", "file-too-large", None)]


def test_file_between_both_meanings_of_the_limit_is_a_warning() -> None:
    """The pages say 1 GB, and not which one."""

    class Large(Bytes):
        @property
        def size(self) -> int:
            return 10**9 + 1

    (problem,) = check_dataset(Large(encoded(*distinct(3))), options=Options(head=100)).problems

    assert (problem.rule, problem.severity) == ("file-too-large", "warning")
    assert "whether that is 1,000,000,000 or 1,073,741,824 bytes is not known" in problem.message


ZEROS = bytes(1 << 24)


def test_source_that_never_ends_is_left() -> None:
    """What has no size is read up to twice the limit, and is too large then."""

    class Endless(Bytes):
        size = None  # type: ignore[assignment]

        def pieces(self) -> Iterator[bytes]:
            while True:
                yield ZEROS

    report = check_dataset(Endless(b""))

    assert reported(report) == [("training", "file-too-large", None), ("training", "not-json", 1)]
    assert report.problems[0].message.startswith("the file has 2,147,483,648 bytes and more; at most")


@pytest.mark.parametrize(
    ("examples", "with_files", "severity"),
    [(300_000, 300_000, None), (300_001, 300_001, "error"), (300_001, 1, "warning"), (300_001, 0, None)],
)
def test_multimodal_dataset_may_have_fewer_examples(examples: int, with_files: int, severity: str | None) -> None:
    """10 million of text, 300,000 with files; what holds for a mixed one is not known."""
    listing = Listing(10)
    seen = whole_dataset.Seen("train.jsonl", "training", 0, examples=examples, with_files=with_files)

    whole_dataset.check_counts(seen, None, "sft", listing, head=False)

    found = [problem.severity for problem in listing.listed() if problem.rule == "too-many-examples"]
    assert found == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("model", "rules"),
    [
        (None, set()),
        ("gemini-3.5-flash", set()),
        ("publishers/google/models/gemini-3.5-flash", set()),
        ("gemini-3.5-flash-lite", {("warning", "media-type")}),
    ],
)
def test_video_of_reinforcement_may_be_for_one_model_only(model: str | None, rules: set[tuple[str, str]]) -> None:
    """One page says so: a warning for any other model."""
    video = {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/a.mp4"}}
    report = checked(encoded({"contents": [turn("user", video, "What?")]}), method="rft", model=model)

    assert {each for each in report.counts if each[1] != "few-examples"} == rules


def test_packed_object_is_a_warning() -> None:
    """Nobody says whether the service unpacks what is stored as gzip."""
    report = check_dataset(Bytes(encoded(*distinct(100)), encoding="gzip"))

    (problem,) = report.problems
    assert (problem.rule, problem.severity) == ("not-utf8", "warning")
    assert problem.message.endswith("whether the service unpacks it is not known")


def test_method_that_no_line_shows_is_reported_as_a_guess() -> None:
    """A report of supervised tuning for a file of nothing would look as if somebody had meant it."""
    assert [checked(content).method_from for content in (b"", b"{}\n", b"\0\n")] == ["default"] * 3
