"""Replacements for the public sample datasets in `gs://cloud-samples-data`, which most tutorials of tuning name.

The lines are made here, not copied: a few dozen questions about a small shop, enough for a job to run.
"""

import json
import re

BUCKET = "cloud-samples-data"
_SAMPLE = re.compile(r"ai-platform/generative_ai/.+/sft_(?P<part>train|validation)_data\.jsonl")
_GOODS = ("kettle", "toaster", "desk lamp", "garden hose", "rain jacket", "bicycle bell", "notebook", "coffee grinder")
_QUESTIONS = {
    "train": (
        ("Can I send back the {good} that I bought last week?", "Yes. Returns of a {good} are free within 30 days."),
        ("How long does the {good} take to arrive?", "A {good} leaves our store within a day and arrives in three."),
        ("The {good} came broken. What now?", "We are sorry. Send us a photo and a new {good} is on its way today."),
        ("Do you have the {good} in another colour?", "The {good} comes in black, white and green."),
    ),
    "validation": (("Is there a warranty on the {good}?", "Each {good} has a warranty of two years."),),
}


def content(bucket: str, name: str) -> bytes | None:
    """JSON Lines for a public sample dataset of supervised tuning; None for any other object."""
    match = _SAMPLE.fullmatch(name)
    if match is None or bucket != BUCKET:
        return None
    pairs = ((q.format(good=good), a.format(good=good)) for q, a in _QUESTIONS[match["part"]] for good in _GOODS)
    lines = [
        {
            "systemInstruction": {"role": "system", "parts": [{"text": "You answer customers of a small shop."}]},
            "contents": [
                {"role": "user", "parts": [{"text": question}]},
                {"role": "model", "parts": [{"text": answer}]},
            ],
        }
        for question, answer in pairs
    ]
    return "\n".join(json.dumps(line) for line in lines).encode()
