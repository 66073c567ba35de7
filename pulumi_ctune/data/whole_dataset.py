"""What is known only once all lines were read, and of examples that are right: counts, sizes, limits, repeats."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pulumi_ctune.core.printable import count_of
from pulumi_ctune.data import lines, tokens
from pulumi_ctune.data.example import Example, billed_texts
from pulumi_ctune.data.limits import (
    ANY_SHARE_UP_TO,
    FEW_EXAMPLES,
    LIMITS,
    MOST_BYTES,
    MOST_BYTES_FOR_SURE,
    MOST_VALIDATION,
    MOST_VALIDATION_ON_OLD_PAGE,
    MOST_VALIDATION_SHARE,
    VIDEO_IN_REINFORCEMENT,
    Method,
)
from pulumi_ctune.data.lines import Block
from pulumi_ctune.data.problems import Finding, Listing, Part, Problem, severity_of
from pulumi_ctune.data.repeats import Repeat
from pulumi_ctune.data.text_bounds import token_bounds


@dataclass
class Seen:
    """What one dataset had. `expected` (bytes) and `encoding` are what its content says of itself."""

    name: str
    part: Part
    expected: int | None = None
    encoding: str = ""
    size: int = 0
    lines: int = 0
    examples: int = 0
    with_files: int = 0  # of the examples
    crlf: int = 0  # lines that end so
    unreadable: bool = False


def of_file(finding: Finding, part: Part, line: int | None = None) -> Problem:
    """What is wrong with all of it; `line` is where it shows."""
    severity = finding.severity or severity_of(finding.rule)
    byte = None if line is None else finding.at
    return Problem(finding.rule, severity, finding.message, finding.fix, line, byte, finding.path, part)


def of_repeat(repeat: Repeat) -> Problem:
    where = f"line {repeat.first:,}"
    message, fix = {
        "leakage": (f"the prompt is that of {where} of the training set", "Take it out of one of the two."),
        "duplicate-line": (f"the line is that of {where}", "Take one of them out."),
        "duplicate-example": (f"the example is that of {where}, but for case or white space", "Take one of them out."),
        "contradiction": (f"the prompt is that of {where}, with another answer", "Keep the right one."),
    }[repeat.rule]
    severity = severity_of(repeat.rule)
    return Problem(repeat.rule, severity, message, fix, repeat.line, repeat.start, "$", repeat.part)


def nearly(first: int) -> Finding:
    return Finding("near-duplicate", "$", f"the example is almost that of line {first:,}", "Keep one of them.")


def overlong(block: Block, *, is_cut: bool) -> Finding:
    """A line that is not read at all. `is_cut`: nor is its end looked for."""
    size = f"{block.overlong:,} bytes{' and more' if is_cut else ''}"
    start = block.lines[0].lstrip()
    if start[:1] == b"[":
        return Finding("not-an-object", "$", "the line is a list", "Write one object a line: `jq -c '.[]'`.")
    if start[:1] != b"{":
        return Finding("not-json", "$", f"the line has {size} and is no JSON", "Take it out.")
    message = f"the line has {size}; lines of more than {lines.LONGEST:,} are not looked at"
    return Finding("too-long", "$", message, "Write one example a line.")


def over_limits(method: Method, example: Example) -> Iterator[Finding]:
    """What the service would drop a right example for."""
    limits = LIMITS[method]
    if example.length > limits.tokens:  # no token has less than a character
        about = example.length // tokens.CHARACTERS_PER_TOKEN
        if about <= limits.tokens:  # near the limit, or in a language with fewer characters a token
            text = _text_of(method, example)
            about = max(about, tokens.of_text(text) * example.length // len(text))
        if about > limits.tokens:
            message = f"about {about:,} tokens; at most {limits.tokens:,} are taken ({limits.tokens_of})"
            yield Finding("too-long", "$", message, "Shorten it: the service drops it without a word.")
    for kind, number in Counter(example.media).items():
        most = limits.media.get(kind)
        if most is not None and number > most:
            message = f"{number} files of type {kind}; at most {most} are taken"
            yield Finding("media-limit", "$", message, "Take some out: the service drops the example without a word.")


def of_model(method: Method, model: str | None, example: Example) -> Iterator[Finding]:
    """What may be no example for this model."""
    name = (model or VIDEO_IN_REINFORCEMENT).rpartition("/")[2]
    if method == "rft" and name != VIDEO_IN_REINFORCEMENT and "video" in example.media:
        message = f"one of Google's pages takes video with {VIDEO_IN_REINFORCEMENT} only: whether {name} takes it is "
        yield Finding("media-type", "$", f"{message}not known", "Take the example out to be sure.", severity="warning")


def may_be_too_long(method: Method, example: Example) -> bool:
    """Whether the service may drop a right example that has about as many tokens as it takes."""
    most = LIMITS[method].tokens
    if (
        not most < example.length <= 1.5 * most
    ):  # hardly a text has fewer than two thirds of a token a character at most
        return example.length > most
    return sum(token_bounds(text)[1] for text in set(billed_texts(method, example))) > most


def _text_of(method: Method, example: Example) -> str:
    """The text that the limit on tokens is about, and some that it is not."""
    return example.prompt if method == "rft" else example.prompt + example.answer


def check_counts(training: Seen, validation: Seen | None, method: Method, listing: Listing, *, head: bool) -> None:
    """Sizes and numbers. Where only the `head` was read, what more lines could mend is not held against it."""
    for seen in (training, validation):
        if seen is None:
            continue
        for finding in _of_file(seen, listing, head=head):
            listing.add(of_file(finding, seen.part))
    for finding in _too_many(training, validation, method):
        listing.add(of_file(finding, "training" if finding.rule == "too-many-examples" else "validation"))
    if 0 < training.examples < FEW_EXAMPLES and not head:
        message = f"{count_of(training.examples, 'example')}; Google advises {FEW_EXAMPLES} to 500 and more"
        listing.add(of_file(Finding("few-examples", "", message, "Add examples."), "training"))


def _of_file(seen: Seen, listing: Listing, *, head: bool) -> Iterator[Finding]:
    size = max(seen.size, seen.expected or 0)
    if size > MOST_BYTES:
        message = f"the file has {size:,} bytes{' and more' if seen.expected is None and head else ''}; at most "
        yield Finding("file-too-large", "", f"{message}{MOST_BYTES:,} are taken", "Take examples out.")
    elif size > MOST_BYTES_FOR_SURE:
        message = f"the file has {size:,} bytes; at most 1 GB is taken, and whether that is {MOST_BYTES_FOR_SURE:,} or "
        message += f"{MOST_BYTES:,} bytes is not known"
        yield Finding("file-too-large", "", message, "Take examples out to be sure.", severity="warning")
    if not seen.examples and not seen.unreadable and not head and seen.part not in listing.wrong:
        yield Finding("no-examples", "", "there is no example", "Write one example a line.")
    if seen.crlf:
        message = f"{seen.crlf:,} lines end in CR LF"
        yield Finding("crlf", "", message, "Write LF: `dos2unix`, or --fix.")
    if seen.encoding:
        message = f"the object is stored as {seen.encoding}: whether the service unpacks it is not known"
        fix = "Store it as it is: `gcloud storage cp` without --gzip-local."
        yield Finding("not-utf8", "", message, fix, severity="warning")
    is_named = seen.expected is not None or seen.name.startswith("gs://")  # streams have no name that matters
    if is_named and not seen.name.endswith(".jsonl"):
        message = "the name does not end in .jsonl, and the service has refused such objects"
        yield Finding("not-jsonl-name", "", message, "Rename it.")


def _too_many(training: Seen, validation: Seen | None, method: Method) -> Iterator[Finding]:
    most, most_multimodal = LIMITS[method].examples, LIMITS[method].multimodal
    if training.examples > most:
        message = f"{training.examples:,} examples; at most {most:,} are taken"
        yield Finding("too-many-examples", "", message, "Take some out.")
    elif training.with_files > most_multimodal:
        message = f"{training.with_files:,} examples with files; at most {most_multimodal:,} are taken"
        yield Finding("too-many-examples", "", message, "Take some out.")
    elif training.with_files and training.examples > most_multimodal:
        message = f"{training.examples:,} examples, {training.with_files:,} of them with files; at most "
        message += f"{most_multimodal:,} with files or {most:,} without are taken: which of them holds for both "
        fix = "Take some out to be sure."
        yield Finding("too-many-examples", "", f"{message}together is not known", fix, severity="warning")
    if validation is None or not validation.examples:
        return
    number, share = validation.examples, validation.examples / max(training.examples, 1)
    if number > MOST_VALIDATION:
        message = f"{number:,} validation examples; at most {MOST_VALIDATION:,} are taken"
        yield Finding("validation-too-large", "", message, "Take some out.")
    elif number > ANY_SHARE_UP_TO and share > MOST_VALIDATION_SHARE:
        message = f"{number:,} validation examples are {share:.0%} of the training examples; above {ANY_SHARE_UP_TO:,} "
        message += f"at most {MOST_VALIDATION_SHARE:.0%} are taken"
        yield Finding("validation-too-large", "", message, "Take some out.")
    elif method == "rft" and number > MOST_VALIDATION_ON_OLD_PAGE:
        message = f"{number:,} validation examples; one of Google's pages takes {MOST_VALIDATION_ON_OLD_PAGE}, a newer "
        message += "one more: which of them holds is not known"
        yield Finding("validation-too-large", "", message, "Take some out to be sure.", severity="warning")
