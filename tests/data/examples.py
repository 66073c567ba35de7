"""Lines that are right: shapes of the samples on Google's tuning pages, and what the API's schema has beyond."""

import json
from typing import Any

from pulumi_ctune.data.limits import Method

Line = dict[str, Any]


def turn(role: str | None, *parts: str | Line) -> Line:
    made = [{"text": part} if isinstance(part, str) else part for part in parts]
    return {"role": role, "parts": made} if role else {"parts": made}


WEATHER = {
    "function_declarations": [
        {
            "name": "get_current_weather",
            "description": "Get the current weather",
            "parameters": {
                "type": "OBJECT",
                "properties": {"location": {"type": "STRING"}, "unit": {"type": "STRING", "enum": ["c", "f"]}},
                "required": ["location"],
            },
        }
    ]
}
CALL = {"functionCall": {"name": "get_current_weather", "args": {"location": "Boston"}}}
RESPONSE = {"functionResponse": {"name": "get_current_weather", "response": {"temperature": 38}}}
IMAGE = {"fileData": {"mimeType": "image/jpeg", "fileUri": "gs://b/a.jpg"}}
ASK, ANSWER = turn("user", "Why?"), turn("model", "Because.")
BETTER = {"score": 1, "completion": ANSWER}
WORSE = {"score": 0, "completion": turn("model", "No.")}

SFT: dict[str, Line] = {
    "one turn": {"contents": [ASK, ANSWER]},
    "chat": {"contents": [ASK, ANSWER, turn("user", "And?"), turn("model", "So.")]},
    "systemInstruction": {"systemInstruction": turn("system", "Be brief: now."), "contents": [ASK, ANSWER]},
    "system_instruction": {"system_instruction": turn(None, "Be brief."), "contents": [ASK, ANSWER]},
    "no role is the user": {"contents": [turn(None, "Why?"), ANSWER]},
    "answer alone": {"contents": [ANSWER]},
    "parts of a turn": {"contents": [turn("user", "a", "b"), turn("model", "c", "d")]},
    "parts without a list": {"contents": [{"role": "user", "parts": {"text": "Why?"}}, ANSWER]},
    "turn without a list": {"contents": ANSWER},
    "file that is null": {"contents": [turn("user", {"text": "Why?", "fileData": None}), ANSWER]},
    "null is absent": {"contents": [ASK, ANSWER], "systemInstruction": None, "tools": None},
    "empty text": {"contents": [turn("user", ""), ANSWER]},
    "image": {"contents": [turn("user", IMAGE, "What is it?"), ANSWER]},
    "image in snake_case": {
        "contents": [turn("user", {"file_data": {"mime_type": "image/png", "file_uri": "https://x.org/a.png"}}), ANSWER]
    },
    "pdf": {
        "contents": [turn("user", {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://b/a.pdf"}}), ANSWER]
    },
    "video metadata": {
        "contents": [
            turn(
                "user",
                {
                    "fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/a.mp4"},
                    "videoMetadata": {"startOffset": "5s", "endOffset": "25s"},
                },
            ),
            ANSWER,
        ]
    },
    "media resolution": {
        "contents": [turn("user", IMAGE), ANSWER],
        "generationConfig": {"mediaResolution": "MEDIA_RESOLUTION_LOW"},
    },
    "inline data": {"contents": [turn("user", {"inlineData": {"mimeType": "image/png", "data": "aGVq"}}), ANSWER]},
    "trained call": {"contents": [ASK, turn("model", CALL)], "tools": [WEATHER]},
    "call and response": {
        "contents": [ASK, turn("model", CALL), turn("function", RESPONSE), ANSWER],
        "tools": [WEATHER],
    },
    "response by the user": {
        "contents": [ASK, turn("model", CALL), turn("user", RESPONSE), ANSWER],
        "tools": [WEATHER],
    },
    "two calls, two turns of responses": {
        "contents": [ASK, turn("model", CALL, CALL), turn("function", RESPONSE), turn("function", RESPONSE), ANSWER],
        "tools": [WEATHER],
    },
    "thought": {"contents": [ASK, turn("model", {"text": "hm", "thought": True}, "Because.")]},
    "labels": {"contents": [ASK, ANSWER], "labels": {"team": "support"}},
    "large number in a response": {
        "contents": [
            ASK,
            turn("model", CALL),
            turn("user", {"functionResponse": {"name": "get_current_weather", "response": {"n": 10**30}}}),
            ANSWER,
        ],
        "tools": [WEATHER],
    },
}
RFT: dict[str, Line] = {
    "prompt and references": {"contents": [ASK], "references": {"answer": "42: the answer"}},
    "prompt alone": {"contents": [turn(None, "Why?")]},
    "chat": {"contents": [ASK, ANSWER, ASK], "systemInstruction": turn(None, "Be brief.")},
    "image": {"contents": [turn("user", IMAGE, "What is it?")], "references": {}},
    "tools": {
        "contents": [ASK, turn("model", CALL), turn("function", RESPONSE)],
        "tools": [WEATHER],
        "references": {"a": "b"},
    },
}
DPO: dict[str, Line] = {
    "pair": {"contents": [ASK], "completions": [BETTER, WORSE]},
    "worse first": {"contents": [ASK], "completions": [WORSE, BETTER]},
    "scores as floats": {"contents": [ASK], "completions": [{**BETTER, "score": 1.0}, {**WORSE, "score": 0.0}]},
    "no score is 0": {"contents": [ASK], "completions": [BETTER, {"completion": WORSE["completion"]}]},
    "system_instruction": {
        "system_instruction": turn("system", "Be brief."),
        "contents": [ASK, ANSWER, ASK],
        "completions": [BETTER, WORSE],
    },
    "parts of a completion": {
        "contents": [ASK],
        "completions": [BETTER, {"score": 0, "completion": turn("model", "a", "b")}],
    },
}
RIGHT: dict[Method, dict[str, Line]] = {"sft": SFT, "rft": RFT, "dpo": DPO}


def encoded(*lines: Line | str) -> bytes:
    """Lines as a file has them."""
    return b"".join(
        (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)).encode() + b"\n" for line in lines
    )


def distinct(number: int) -> list[Line]:
    """So many SFT lines, no two of them alike."""
    return [{"contents": [turn("user", f"What is {n}?"), turn("model", f"It is {n}.")]} for n in range(number)]
