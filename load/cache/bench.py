"""A cache under a view that is fresh, and what is done to it."""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from load.cache.bare import BareLru
from shared.cache.cache import Bounds, Cache
from shared.cache.decision import Decision
from shared.cache.log import BEGINNING, Invalidation, News, Position
from shared.cache.recording import recording
from shared.cache.view import View
from shared.clock import SystemClock

_ENTRIES = 10_000
_LOG_TAGS = 100_000
_TAGS = ("session:s", "user:u", "client:c")
_FOREVER = 1e9

Act = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that is done to a cache, given the number of the time; and the same to what has no rule, if it can."""

    name: str
    act: Act
    bare_lru: Act | None = None
    bare_dict: Act | None = None


class Bench:
    """A full cache, a full LRU and a dictionary."""

    def __init__(self) -> None:
        clock = SystemClock()
        self._view = View(_LOG_TAGS, _FOREVER, clock)
        self._view.follow(News(True, (), BEGINNING, complete=True, age=0.0), clock.monotonic())
        self._cache: Cache[str] = Cache("bench", self._view, clock, Bounds(_ENTRIES, 10**9, _FOREVER))
        self._lru = BareLru(_ENTRIES)
        self._dict: dict[str, object] = {}
        self._versions = itertools.count(1)
        self._asked_at = clock.monotonic()
        self._decision = Decision("value", _TAGS, math.inf)
        self._keys = [f"key {number}" for number in range(_ENTRIES)]
        for number in range(_ENTRIES):
            self._hit(number)
            self._lru.put(self._keys[number], "value")
            self._dict[self._keys[number]] = "value"

    def operations(self) -> Iterator[Operation]:
        """What is measured, in this order."""
        yield Operation("hit", self._hit, self._hit_lru, self._hit_dict)
        yield Operation("hit, recorded", self._hit_recorded)
        yield Operation("miss and put", self._miss, self._miss_lru, self._miss_dict)
        yield Operation("invalidate, noted", self._note)
        yield Operation("invalidate, applied", self._apply)
        yield Operation("applied, then hit", self._hit_after_news)

    def _load(self) -> Decision[str]:
        return self._decision

    def _hit(self, number: int) -> object:
        return self._cache.get_or_load(self._keys[number % _ENTRIES], self._load)

    def _hit_lru(self, number: int) -> object:
        return self._lru.get(self._keys[number % _ENTRIES])

    def _hit_dict(self, number: int) -> object:
        return self._dict.get(self._keys[number % _ENTRIES])

    def _hit_recorded(self, number: int) -> object:
        with recording():
            return self._hit(number)

    def _hit_after_news(self, number: int) -> object:
        self._apply(number)
        return self._hit(number)

    def _miss(self, number: int) -> object:
        return self._cache.get_or_load(f"new {number}", self._load)

    def _miss_lru(self, number: int) -> None:
        key = f"new {number}"
        if self._lru.get(key) is None:
            self._lru.put(key, "value")

    def _miss_dict(self, number: int) -> None:
        key = f"new {number}"
        if self._dict.get(key) is None:
            self._dict[key] = "value"

    def _note(self, number: int) -> None:
        self._view.note(self._view.position.version + 1, (f"session:{number % 1000}",))

    def _apply(self, number: int) -> object:
        position = Position(next(self._versions), "stamp")
        news = News(False, (Invalidation(position, (f"family:{number}",)),), position, complete=True, age=0.0)
        return self._view.follow(news, self._asked_at)
