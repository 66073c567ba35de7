"""Formats of other services and tools, told by the keys of a line: one problem that names the format, where there would
be one for each key that the API does not have.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_ctune.core.fields import snake_case
from pulumi_ctune.core.messages import any_of
from pulumi_ctune.data.limits import Method
from pulumi_ctune.data.problems import Finding
from pulumi_ctune.data.schema import child, fields_of_line

_CHAT = 'Write "contents" with the roles "user" and "model", and "systemInstruction"; --fix does it.'
_TURNS = (
    'Write "contents": [{"role": "user", "parts": [{"text": "..."}]}, {"role": "model", "parts": [{"text": "..."}]}].'
)
_PROMPT = 'Write "contents": [{"role": "user", "parts": [{"text": "..."}]}].'
_PAIR = 'Write the prompt as "contents", and two "completions", one with score 1 and one with score 0.'
_FORMATS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    # keys that are all there, name, what to do
    (("custom_id", "body"), "a request of OpenAI's batches", _TURNS),
    (("preferred_output", "non_preferred_output"), "a preference in OpenAI's format", _PAIR),
    (("chosen", "rejected"), "a preference as TRL has it", _PAIR),
    (("input_text", "candidate_0"), "a preference in PaLM's format", _PAIR),
    (("conversations",), "in ShareGPT's format", _TURNS),
    (("instruction", "output"), "in Alpaca's format", _TURNS),
    (("input_text",), "in the format of PaLM's tuning", _TURNS),
    (("text_input",), "in the format of the Gemini API's tuning", _TURNS),
    (("annotations", "data"), "an export of Label Studio", _TURNS),
    (("prompt", "completion"), "a prompt and its completion, as OpenAI and Together have it", _TURNS),
    (("request",), "a request of batch prediction", 'Write what is in "request" as the line.'),
    (("text",), "plain text", _TURNS),
)

_SHOWN = 8  # keys of an unknown format


def of_line(method: Method, document: Mapping[str, Any]) -> Finding | None:
    """The one problem of a line in another format; None where the line has turns, or is at least an attempt."""
    if "contents" in document:
        return None
    if "messages" in document:
        return Finding("openai-messages", "$.messages", "the line is in OpenAI's chat format", _CHAT)
    for keys, name, fix in _FORMATS:
        if all(key in document for key in keys):
            fix = _PROMPT if fix is _TURNS and method != "sft" else fix
            return Finding("unknown-field", child("$", keys[0]), f'the line is {name}: it has no "contents"', fix)
    fields = fields_of_line(method)
    if len(document) > 1 and not any(snake_case(key) in fields for key in document):
        named = any_of(list(document)[:_SHOWN]).replace(" or ", " and ")
        return Finding(
            "unknown-field",
            "$",
            f"the line has {named}, of which the API has none",
            _PROMPT if method != "sft" else _TURNS,
        )
    return None
