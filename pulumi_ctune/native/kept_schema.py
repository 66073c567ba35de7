"""The schema as it is kept in the package, and names as it and as the core spell them."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = "ctune"
FILE = Path(__file__).with_name("schema.json")
Spec = dict[str, Any]


def camel(name: str) -> str:
    """`base_model` as `baseModel`."""
    first, *others = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def token(name: str) -> str:
    """`ContinuousTuningJob` as the type that a program names."""
    return f"{PACKAGE}:index:{name}"


@cache
def kept() -> Spec:
    """The schema as it is kept in the package."""
    schema: Spec = json.loads(FILE.read_text())
    return schema


def snake(name: str) -> str:
    """`baseModel` as `base_model`."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
