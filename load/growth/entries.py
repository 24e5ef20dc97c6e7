"""One hit in a cache that keeps fewer decisions and more."""

import math
import random
import statistics
import time
from collections.abc import Callable, Sequence

from shared.cache.cache import Bounds, Cache
from shared.cache.decision import Decision
from shared.cache.log import BEGINNING, News
from shared.cache.view import View
from shared.clock import SystemClock

_FOREVER = 1e9
_ASKED = 100_000


def hits(sizes: Sequence[int], rounds: int, done: Callable[[], object]) -> dict[int, float]:
    """Nanoseconds of CPU for one hit, by the number of entries; which one is asked for is left to chance."""
    caches = {size: _full(size) for size in sizes}
    samples: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(rounds):
        for size, cache in caches.items():
            keys = random.choices([f"key {number}" for number in range(size)], k=_ASKED)
            began = time.thread_time_ns()  # What others do on this machine does not count.
            for key in keys:
                cache.get(key)
            samples[size].append((time.thread_time_ns() - began) / len(keys))
            done()
    return {size: statistics.median(each) for size, each in samples.items()}


def _full(size: int) -> Cache[str]:
    clock = SystemClock()
    view = View(1000, _FOREVER, clock)
    view.follow(News(True, (), BEGINNING, complete=True, age=0.0), clock.monotonic())
    cache: Cache[str] = Cache("growth", view, clock, Bounds(size, 10**12, _FOREVER))
    decision = Decision("value", ("session:s", "user:u", "client:c"), math.inf)
    for number in range(size):
        cache.put(f"key {number}", decision, view.stamp(), clock.monotonic())
    return cache
