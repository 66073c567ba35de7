"""examples/typescript/sft-then-rft: the chain of two jobs by a generated SDK, and what trains again."""

from .promises import Promises
from .surroundings import chain_in


class TestTypescriptSftThenRft(Promises):
    example = chain_in("typescript")
