"""What Read brings back, of whichever resource."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Found(NamedTuple):
    """The state as it is now, and the inputs that would describe it: where they differ from the program's, that is
    drift.
    """

    state: Mapping[str, Any]
    inputs: Mapping[str, Any]
