"""A store's log, a view that follows it, and caches under that view; nothing moves unless a test moves it."""

import itertools
import math

from shared.cache.cache import Bounds, Cache
from shared.cache.decision import Decision
from shared.cache.log import BEGINNING, Invalidation, News, Position
from shared.cache.second_level import SecondLevel
from shared.cache.statistics import Eviction
from shared.cache.view import FOREIGN, Miss, Stamp, View
from shared.clock import ManualClock

NOW = 1_700_000_000.0
MAX_STALENESS = 1.0


class SteppedClock(ManualClock):
    """Its wall clock may be stepped to and fro; its monotonic time only moves forward."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self._stepped = 0.0

    def now(self) -> float:
        return super().now() + self._stepped

    def monotonic(self) -> float:
        return super().now()

    def step(self, seconds: float) -> None:
        self._stepped += seconds


class StoreLog:
    """The log as a store keeps it, written down plainly.

    Attributes:
        lost: The places of the history that was lost last.
    """

    def __init__(self) -> None:
        self.lost: list[Position] = []
        self._rows: list[Invalidation] = []
        self._floor = BEGINNING
        self._stamps = itertools.count()

    @property
    def position(self) -> Position:
        return self._rows[-1].position if self._rows else self._floor

    @property
    def places(self) -> list[Position]:
        """Whatever a follower may have come to, from the floor on."""
        return [self._floor, *(row.position for row in self._rows)]

    def commit(self, *tags: str) -> int:
        """Takes the next version for what ceases to hold."""
        position = Position(self.position.version + 1, f"stamp {next(self._stamps)}")
        self._rows.append(Invalidation(position, tags))
        return position.version

    def lose(self, versions: int) -> None:
        """A restore of an older state; the versions are taken again by what comes next."""
        self.lost = self.places
        del self._rows[-versions:]

    def sweep(self, keep: int) -> None:
        """Removes all but so many of the newest versions."""
        self._floor = self._rows[-keep - 1].position
        self._rows = self._rows[-keep:]

    def read(self, since: Position | None, limit: int = 1000) -> News:
        """What follows a position, as a feed brings it."""
        places = self.places
        restart = since not in places
        begin = 0 if since is None or restart else places.index(since)
        rows = tuple(self._rows[begin : begin + limit])
        complete = begin + len(rows) == len(self._rows)
        return News(restart, rows, places[begin] if restart else self.position, complete, age=0.0)


class Scene:
    """A store's log, and one process that follows it."""

    def __init__(self, max_tags: int = 100, log: StoreLog | None = None, clock: SteppedClock | None = None) -> None:
        self.clock = clock or SteppedClock()
        self.log = log or StoreLog()
        self.view = View(max_tags, MAX_STALENESS, self.clock)
        self._fits = False
        self.poll()

    def poll(self) -> None:
        """Asks the log and takes in what it says, in no time."""
        self.follow(self.read(), self.clock.monotonic())

    def read(self, limit: int = 1000) -> News:
        """The first half of a poll."""
        return self.log.read(self.view.position if self._fits else None, limit)

    def follow(self, news: News, asked_at: float) -> None:
        """The second half of a poll."""
        self._fits = self.view.follow(news, asked_at)

    def cache(
        self,
        max_entries: int = 100,
        max_bytes: int = 1_000_000,
        max_seconds: float = math.inf,
        second_level: SecondLevel[str] | None = None,
    ) -> Cache[str]:
        bounds = Bounds(max_entries, max_bytes, max_seconds, max_wait_seconds=10.0)
        return Cache("decisions", self.view, self.clock, bounds, second_level)

    def keep(self, cache: Cache[str], key: str, decision: Decision[str]) -> None:
        """Has a cache make this decision now."""
        assert cache.get_or_load(key, lambda: decision) == decision.value


def yes(*tags: str, expires_at: float = math.inf, size: int = 0) -> Decision[str]:
    return Decision("yes", tags, expires_at, size)


def no(*tags: str, expires_at: float = math.inf) -> Decision[str]:
    return Decision("no", tags, expires_at, final=True)


def foreign(position: Position) -> Stamp:
    """As another process gives it."""
    return Stamp(FOREIGN, position)


def misses(cache: Cache[str]) -> dict[Miss, int]:
    """The misses that were counted, by reason."""
    return {reason: count for reason, count in cache.state().statistics.misses.items() if count}


def evictions(cache: Cache[str]) -> dict[Eviction, int]:
    """The evictions that were counted, by reason."""
    return {reason: count for reason, count in cache.state().statistics.evictions.items() if count}
