"""Tokens as a base model counts them: free of charge, and nothing is generated.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.publishers.models/countTokens
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_ctune.core import names
from pulumi_ctune.core.errors import UnavailableError
from pulumi_ctune.vertex.rest import Rest


def count_tokens(rest: Rest, project: str, location: str, model: str, contents: Sequence[Mapping[str, Any]]) -> int:
    """The tokens of all contents together. Raises `ApiError`."""
    name = f"{names.parent(project, location)}/publishers/google/models/{model}"
    answer = rest.ask(name, ":countTokens", {"contents": contents})
    try:
        return int(answer["totalTokens"])
    except (KeyError, TypeError, ValueError):
        what = f"the tokens were not counted by {model}"
        raise UnavailableError(what, why=f"the answer has no number: {answer}"[:200]) from None
