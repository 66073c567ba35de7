"""examples/go/sft-then-rft: the chain of two jobs by a generated SDK. Each step is linked anew, so there are two."""

from .promises import Promises
from .surroundings import chain_in


class TestGoSftThenRft(Promises):
    example = chain_in("go", more_epochs=False)
