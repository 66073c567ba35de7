"""What a tuned version has learnt: the examples of its chain. The one nearest to a prompt gives the answer.

So held-out text decides how well a version does, more data makes it better, and the base model does badly. Nearest is
the example whose prompt shares most words, rare ones above all; of equally near ones the latest counts. Knows nothing
of jobs and datasets: it gets pairs of texts. Of a job the first 5,000 examples are kept.
"""

import hashlib
import json
import math
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from vertex_emulator.store import Transaction

Lessons = Sequence[Mapping[str, Any]]
"""Of a version, from the oldest job to its own: `{"examples": key, "weight": float, "share": float}`, with `epochs` in
the place of `share` where the checkpoint decides. The weight is against examples of other jobs.
"""

_MOST_EXAMPLES = 5_000
_LONGEST_PROMPT, _LONGEST_ANSWER = 2_000, 8_000  # characters
_NEAR = 0.25  # as the cosine of weighted words; below that, nothing was learnt about a prompt
_DRAWN_FROM = 3  # another seed may take another of the nearest ones
_PARTS, _STEP = 8, 5  # examples are learnt in eighths, spread over the dataset
_FIRST_HALF = 0.5  # of the examples are known before the first epoch ends
_MOST_REMEMBERED = 32
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class _Examples:
    """The examples of one job, with an index of the words of their prompts."""

    answers: Sequence[str]
    lengths: Sequence[float]
    places: Mapping[str, Sequence[int]]

    def near(self, words: frozenset[str], share: float) -> Iterator[tuple[float, int]]:
        """(nearness, place) of the examples that share words with a prompt, among those that have been learnt.

        Rare words count more. Words that no example has count nothing, so that a longer prompt is not farther away.
        """
        learnt = round(share * _PARTS)
        weights = {word: self.weight(word) for word in words if word in self.places}
        length = math.sqrt(sum(weight**2 for weight in weights.values()))
        common: defaultdict[int, float] = defaultdict(float)
        for word, weight in weights.items():
            for place in self.places[word]:
                common[place] += weight**2
        for place, product in common.items():
            if place * _STEP % _PARTS < learnt:
                yield product / (length * self.lengths[place]), place

    def weight(self, word: str) -> float:
        return math.log(1 + len(self.answers) / len(self.places[word]))


_remembered: dict[str, _Examples] = {}  # by key, which says the content: the same for every store


def put(tx: Transaction, pairs: Iterable[tuple[str, str]]) -> str:
    """Keep the examples of a job, (prompt, answer) each, and return their key."""
    kept = [[prompt[:_LONGEST_PROMPT], answer[:_LONGEST_ANSWER]] for prompt, answer in islice(pairs, _MOST_EXAMPLES)]
    content = json.dumps(kept).encode()
    key = f"lessons/{hashlib.sha256(content).hexdigest()}"
    tx.put_blob(key, zlib.compress(content))
    return key


def learnt(version: Mapping[str, Any], checkpoint_id: str | None) -> list[dict[str, Any]]:
    """What a checkpoint of a stored version has learnt: each lesson with its `share`."""
    checkpoints = version.get("checkpoints") or []
    epoch = next((int(item.get("epoch", 0)) for item in checkpoints if item["checkpointId"] == checkpoint_id), None)
    return [
        {key: value for key, value in lesson.items() if key != "epochs"} | {"share": _share(lesson, epoch)}
        for lesson in version.get("lessons") or []
    ]


def answer(tx: Transaction, lessons: Lessons, prompt: str, *, seed: int | None = None) -> str | None:
    """The answer of the nearest example, None where none is near."""
    words = frozenset(_WORD.findall(prompt.lower()))
    found = []
    for age, lesson in enumerate(lessons):
        if examples := _examples(tx, lesson["examples"]):
            weight = lesson.get("weight", 1.0)
            near = examples.near(words, lesson["share"])
            found += [(weight * nearness, age, place, examples) for nearness, place in near if nearness >= _NEAR]
    found.sort(key=lambda item: item[:3], reverse=True)
    if not found:
        return None
    _, _, place, examples = found[0 if seed is None else seed % min(_DRAWN_FROM, len(found))]
    return examples.answers[place]


def _share(lesson: Mapping[str, Any], epoch: int | None) -> float:
    if "share" in lesson:
        return float(lesson["share"])
    return 1.0 if epoch is None else min(1.0, _FIRST_HALF + (1 - _FIRST_HALF) * epoch / lesson["epochs"])


def _examples(tx: Transaction, key: str) -> _Examples | None:
    if found := _remembered.get(key):
        return found
    content = tx.get_blob(key)
    if content is None:
        return None
    pairs = json.loads(zlib.decompress(content))
    texts = [frozenset(_WORD.findall(prompt.lower())) for prompt, _ in pairs]
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, words in enumerate(texts):
        for word in words:
            places[word].append(place)
    weights = {word: math.log(1 + len(pairs) / len(found)) for word, found in places.items()}
    lengths = [math.sqrt(sum(weights[word] ** 2 for word in words)) for words in texts]
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.clear()
    _remembered[key] = found = _Examples([answer for _, answer in pairs], lengths, places)
    return found
