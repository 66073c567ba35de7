"""The part of Vertex AI's discovery document (v1beta1) that inputs and datasets go by: a tuning job and a
line of each kind of dataset, with what they are made of.

`tuning_job_v1beta1.json` is written by `tools/extract_discovery.py`: the schemas under Google's own ids, without
descriptions. The emulator has an extract of its own: the two share no code and no file.
"""

import functools
import json
from pathlib import Path
from typing import Any


@functools.cache
def load() -> dict[str, Any]:
    """The extract, read once per process; treat it as read-only.

    Keys: `notice`, `revision`, `version`; `schemas` {id: schema in the discovery format}.
    """
    text = Path(__file__).with_name("tuning_job_v1beta1.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
