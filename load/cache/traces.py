"""What is asked of a cache, question by question, and how often it knows."""

import itertools
import random
from collections.abc import Callable, Iterator

from shared.cache.lru import SegmentedLru

ENTRIES = 10_000
"""Room in the caches that these traces are put to."""
PROTECTED = {"plain": 0.0, "segmented": 0.8}
"""The share that is kept apart for what was used twice; an LRU without any is a plain one."""

_HOT = 5_000
_WARM_UP = 20 * _HOT
_ASKED = 50_000

Trace = Callable[[random.Random], Iterator[tuple[str, bool]]]
"""Keys in the order in which they are asked for, each with whether its answer counts."""


def flooded(strangers: int) -> Trace:
    """A hot set of half the room, and so many keys that never come again for each question about it."""

    def trace(draws: random.Random) -> Iterator[tuple[str, bool]]:
        numbers = itertools.count()
        for asked in range(_WARM_UP + _ASKED):
            yield str(draws.randrange(_HOT)), asked >= _WARM_UP
            for _ in range(strangers if asked >= _WARM_UP else 0):
                yield f"stranger {next(numbers)}", False

    return trace


def after_a_burst(strangers: int) -> Trace:
    """The hot set, each key once, right after so many keys that never come again."""

    def trace(draws: random.Random) -> Iterator[tuple[str, bool]]:
        for _ in range(_WARM_UP):
            yield str(draws.randrange(_HOT)), False
        yield from ((f"stranger {number}", False) for number in range(strangers))
        yield from ((str(number), True) for number in range(_HOT))

    return trace


def skewed(keys: int) -> Trace:
    """So many keys, asked for as often as the inverse of their rank."""

    def trace(draws: random.Random) -> Iterator[tuple[str, bool]]:
        weights = list(itertools.accumulate(1 / rank for rank in range(1, keys + 1)))
        for asked, number in enumerate(draws.choices(range(keys), cum_weights=weights, k=4 * _WARM_UP)):
            yield str(number), asked >= 2 * _WARM_UP

    return trace


def moved(generations: int) -> Trace:
    """A hot set that is replaced by another one again and again; what counts is how fast the new one is known."""

    def trace(draws: random.Random) -> Iterator[tuple[str, bool]]:
        for generation in range(generations):
            for _ in range(4 * _HOT):
                yield f"{generation} {draws.randrange(_HOT)}", generation > 0

    return trace


TRACES: dict[str, Trace] = {
    "skewed, 100,000 keys": skewed(100_000),
    "hot set, no stranger": flooded(0),
    "hot set, 1 stranger each": flooded(1),
    "hot set, 4 strangers each": flooded(4),
    "hot set, 20 strangers each": flooded(20),
    "hot set after a burst of 100,000": after_a_burst(100_000),
    "hot set that moves": moved(10),
}


def hit_rate(trace: Trace, protected: float, seed: int = 1) -> float:
    """Share of the questions that count whose answer was kept."""
    entries: SegmentedLru[bool] = SegmentedLru(ENTRIES, ENTRIES, protected)
    counted = hits = 0
    for key, counts in trace(random.Random(seed)):
        found = entries.get(key)
        counted += counts
        hits += counts and found is not None
        if found is None:
            entries.put(key, True, 1)
    return hits / counted
