"""The report of `ctune validate` for programs: JSON, SARIF 2.1.0, and annotations of GitHub's workflows.

Sources: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pulumi_ctune.cli.json_output import json_text
from pulumi_ctune.core.printable import visible
from pulumi_ctune.data.problems import RULES, Problem, severity_of
from pulumi_ctune.data.report import Report

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(report: Report) -> str:
    return _text(report.as_dict())


def as_sarif(report: Report) -> str:
    """One run; results name their rule, and the place of their line."""
    rules = [
        {"id": rule, "shortDescription": {"text": about}, "defaultConfiguration": {"level": severity_of(rule)}}
        for rule, about in RULES.items()
    ]
    driver = {"name": "ctune validate", "version": version("pulumi-ctune"), "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report, problem) for problem in report.problems],
        "properties": {"moreProblems": report.as_dict()["more_problems"]},
    }
    return _text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(report: Report, problem: Problem) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(_file(report, problem))}}
    if problem.line is not None:
        location["region"] = {"startLine": problem.line, "byteOffset": problem.byte}
    place: dict[str, Any] = {"physicalLocation": location}
    if problem.path:
        place["logicalLocations"] = [{"fullyQualifiedName": visible(problem.path)}]
    return {
        "ruleId": problem.rule,
        "ruleIndex": [*RULES].index(problem.rule),
        "level": problem.severity,
        "message": {"text": _sentence(problem)},
        "locations": [place],
    }


def as_github(report: Report) -> str:
    """One workflow command a problem, and a notice for those that are not listed."""
    lines = []
    for problem in report.problems:
        name = _file(report, problem)
        place = f"file={_property(name)}," if name != "-" else ""  # GitHub has no lines of stdin
        if place and problem.line is not None:
            place += f"line={problem.line},"
        command = f"::{problem.severity} {place}title={problem.rule}::{_data(_sentence(problem))}"
        lines.append(command)
    if more := report.as_dict()["more_problems"]:
        lines.append(f"::notice title=ctune validate::{more:,} more problems are not listed")
    return "".join(f"{line}\n" for line in lines)


def _file(report: Report, problem: Problem) -> str:
    return report.validation.dataset if problem.part == "validation" and report.validation else report.dataset


def _uri(name: str) -> str:
    scheme, separator, rest = name.partition("://")
    if separator:
        return f"{scheme}://{quote(rest)}"
    path = Path("stdin" if name == "-" else name)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))  # names are bytes


def _sentence(problem: Problem) -> str:
    path = f"{problem.path}: " if problem.path not in ("", "$") else ""
    return visible(f"{path}{problem.message}. {problem.fix}".rstrip())


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")


def _text(document: dict[str, Any]) -> str:
    return json_text(document, indent=2) + "\n"
