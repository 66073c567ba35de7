"""The part of Vertex AI's discovery document (v1beta1) that the emulator serves.

`aiplatform_v1beta1.json` is written by `tools/extract_discovery.py`: the schemas under Google's own ids, without
descriptions. The provider has an extract of its own: the two share no code and no file.
"""

import functools
import json
from pathlib import Path
from typing import Any


@functools.cache
def load() -> dict[str, Any]:
    """The extract, read once per process; treat it as read-only.

    Keys: `notice`, `revision`, `version`; `schemas` {id: schema in the discovery format}; `absentFromV1`
    {id: names of the fields that the API's v1 does not have, or `["*"]` for a message that it does not have at all}.
    """
    text = Path(__file__).with_name("aiplatform_v1beta1.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
