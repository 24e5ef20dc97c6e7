"""A bounded cache of decisions, all of them under the one rule."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.cache.decision import Decision
from shared.cache.lru import SegmentedLru
from shared.cache.recording import Basis, current, recording
from shared.cache.second_level import Kept, NoSecondLevel, SecondLevel
from shared.cache.statistics import CacheState, Eviction, Statistics
from shared.cache.view import Miss, Stamp, View
from shared.clock import Clock
from shared.deadline import current_deadline
from shared.span_names import CACHE_MISS_REASON, CACHE_NAME, CACHE_OUTCOME
from shared.spans import Span, span

Value = TypeVar("Value")

_ENTRY_BYTES = 500
"""About what an entry takes beside its value, key and tags (measured with tracemalloc on CPython 3.11)."""

_LONG_AGO = -math.inf
_DEAD = frozenset({Miss.EXPIRED, Miss.INVALIDATED, Miss.TOO_OLD})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a cache may hold, and for how long.

    Attributes:
        max_bytes: By an estimate.
        max_seconds: Longest life of an entry, whatever it says itself.
        max_wait_seconds: Longest wait for another thread that makes the same decision.
    """

    max_entries: int
    max_bytes: int
    max_seconds: float
    max_wait_seconds: float = 1.0


class _Entry(Generic[Value]):
    # There are hundreds of thousands of them, so the basis is not kept as an object of its own.
    __slots__ = ("deadline", "decision", "expires_at", "read_at", "stamp", "tags")

    def __init__(self, decision: Decision[Value], basis: Basis, read_at: float, deadline: float) -> None:
        self.decision = decision
        self.stamp, self.tags, self.expires_at = basis
        self.read_at = read_at
        self.deadline = deadline


class _Flight(Generic[Value]):
    """A decision that is being made, for all who wait for it."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.entry: _Entry[Value] | None = None


class Cache(Generic[Value]):
    """Decisions by key; a key must cover every input of its decision.

    `_lock` guards the entries, the flights and the counts. It is never held while anything is loaded or waited for, and
    only the view's lock is taken inside it.

    Args:
        name: For metrics and the debug page.
        view: What is known of invalidations.
        second_level: Only for decisions that rest on nothing but what they say themselves.
    """

    def __init__(
        self,
        name: str,
        view: View,
        clock: Clock,
        bounds: Bounds,
        second_level: SecondLevel[Value] | None = None,
    ) -> None:
        self.name = name
        self._view = view
        self._clock = clock
        self._bounds = bounds
        self._second_level = second_level or NoSecondLevel[Value]()
        self._lock = threading.Lock()
        self._entries: SegmentedLru[_Entry[Value]] = SegmentedLru(bounds.max_entries, bounds.max_bytes)
        self._flights: dict[str, _Flight[Value]] = {}
        self._statistics = Statistics()

    def get_or_load(self, key: str, load: Callable[[], Decision[Value]]) -> Value:
        """The decision that is kept under this key, or else a new one.

        Of several threads that miss the same key one loads; the others wait for it, and take its decision only if the
        rule allows it at that moment. Whatever `load` raises is raised, and nothing is kept. What `load` reads through
        other caches becomes part of what the decision rests on.
        """
        found = self._find(key)
        if not isinstance(found, Miss):
            return found.decision.value
        with span(f"cache {self.name}") as missed:
            missed.set({CACHE_NAME: self.name, CACHE_OUTCOME: "miss", CACHE_MISS_REASON: found.value})
            return self._load_once(key, load, missed)

    def _load_once(self, key: str, load: Callable[[], Decision[Value]], missed: Span) -> Value:
        with self._lock:
            ahead = self._flights.get(key)
            flight = self._flights.setdefault(key, _Flight())
        if ahead is None:
            return self._lead(key, flight, load, missed)
        flight.landed.wait(current_deadline().bound(self._bounds.max_wait_seconds))
        entry = flight.entry
        if entry is not None and not isinstance(self._check(entry, self._clock.monotonic()), Miss):
            return entry.decision.value
        # What the other one read is out of date by now, it failed, or it takes too long.
        return self._load(key, load, missed).decision.value

    def get(self, key: str) -> Decision[Value] | None:
        """The decision that is kept under this key, if the rule allows it; it is counted as a hit or a miss."""
        found = self._find(key)
        return None if isinstance(found, Miss) else found.decision

    def get_kept(self, key: str) -> Kept[Value] | None:
        """The same with the stamp as of which it is known to be good still, for whoever passes it on."""
        found = self._find(key)
        return None if isinstance(found, Miss) else Kept(found.decision, found.stamp)

    def hit(self, key: str) -> Kept[Value] | None:
        """The same for whoever asks again when there is none: a miss is counted only then."""
        now = self._clock.monotonic()
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or isinstance(self._check(entry, now), Miss):
                return None
            self._statistics.hits += 1
        return Kept(entry.decision, entry.stamp)

    def _find(self, key: str) -> _Entry[Value] | Miss:
        now = self._clock.monotonic()
        with self._lock:
            entry = self._entries.get(key)
            verdict = Miss.ABSENT if entry is None else self._check(entry, now)
            if entry is not None and not isinstance(verdict, Miss):
                self._statistics.hits += 1
                return entry
            reason = Miss(verdict)  # type: ignore[arg-type]  # A stamp was a hit.
            self._statistics.misses[reason] += 1
            if verdict in _DEAD:
                self._entries.remove(key)
                self._statistics.evictions[Eviction.DEAD] += 1
        return reason

    def put(self, key: str, decision: Decision[Value], stamp: Stamp, began: float) -> None:
        """Keeps a decision that was made elsewhere, unless one is kept that was asked for later.

        Args:
            stamp: As of when it was made, in the words of whoever made it.
            began: Monotonic time before it was asked for.
        """
        self._keep(key, self._entry(decision, Basis(stamp, decision.tags, decision.expires_at), began))

    def state(self) -> CacheState:
        """Sizes, bounds and counts."""
        with self._lock:
            return CacheState(
                self.name,
                len(self._entries),
                self._bounds.max_entries,
                self._entries.size,
                self._bounds.max_bytes,
                self._statistics.copy(),
            )

    def _check(self, entry: _Entry[Value], now: float) -> Stamp | Miss:
        if now >= entry.deadline:
            return Miss.EXPIRED
        tags, record = entry.tags, current()
        verdict = self._view.check(entry.stamp, tags, now, record.at_least)
        if not isinstance(verdict, Miss):
            entry.stamp = verdict  # Nothing has happened to it since, so it is as good as decided now.
        elif not entry.decision.final or self._view.is_invalidated(entry.stamp, tags):
            return verdict
        record.rest_on(entry.stamp, tags, entry.expires_at)
        return entry.stamp

    def _lead(self, key: str, flight: _Flight[Value], load: Callable[[], Decision[Value]], missed: Span) -> Value:
        try:
            flight.entry = self._load(key, load, missed)
            return flight.entry.decision.value
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()

    def _load(self, key: str, load: Callable[[], Decision[Value]], missed: Span) -> _Entry[Value]:
        began, stamp = self._clock.monotonic(), self._view.stamp()
        kept = self._second_level.get(key)
        if kept is not None:
            entry = self._entry(kept.decision, Basis(kept.stamp, kept.decision.tags, kept.decision.expires_at), began)
            entry.read_at = _LONG_AGO
            if not isinstance(self._check(entry, began), Miss):
                self._keep(key, entry)
                missed.set({CACHE_OUTCOME: "shared"})
                with self._lock:
                    self._statistics.second_level_hits += 1
                return entry
        with recording() as made:
            decision = load()
            made.rest_on(stamp, decision.tags, decision.expires_at)
        if made.basis is None:
            # For whoever asked, and nobody else: those who wait find it expired.
            return self._entry(decision, Basis(stamp, decision.tags, -math.inf), began)
        entry = self._entry(decision, made.basis, began)
        self._keep(key, entry)
        self._second_level.put(key, Kept(decision, stamp))
        return entry

    def _entry(self, decision: Decision[Value], basis: Basis, began: float) -> _Entry[Value]:
        # From here on only the monotonic clock counts, so that a step of the wall clock revives nothing.
        left = min(basis.expires_at - self._clock.now(), self._bounds.max_seconds)
        return _Entry(decision, basis, began, began + left)

    def _keep(self, key: str, entry: _Entry[Value]) -> None:
        now = self._clock.monotonic()
        size = _ENTRY_BYTES + len(key) + sum(map(len, entry.tags)) + entry.decision.size
        with self._lock:
            other = self._entries.peek(key)
            if other is not None and _outranks(other, entry, now):
                return
            crowded = len(self._entries) >= self._bounds.max_entries
            evicted = self._entries.put(key, entry, size)
            self._statistics.evictions[Eviction.ENTRIES if crowded else Eviction.BYTES] += evicted


def _outranks(kept: _Entry[Any], made: _Entry[Any], now: float) -> bool:
    if kept.decision.final != made.decision.final:
        # A no stays a no, and comes in whenever it was asked for: a yes that was asked for later may rest on what was
        # read earlier, or have been got from somebody who does not know yet.
        return kept.decision.final and now < kept.deadline
    return kept.read_at > made.read_at  # What was read later knows better.
