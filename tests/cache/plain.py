"""What may be said again, told plainly: with the whole history at hand, and as slowly as it likes."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from tests.cache.scene import MAX_STALENESS

_ROUNDING = 1e-6
"""What wall clock times are exact to."""

ELSEWHERE = -1


class Row(NamedTuple):
    """A version of the log.

    Attributes:
        moment: Counts all that ever happened to the store, restores included.
        at: Monotonic time.
    """

    moment: int
    at: float
    tags: frozenset[str]


History = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read once.

    Attributes:
        as_of: The log as it was known to whoever read, when they began.
        saw: The last moment that it can have seen.
        deadline: Monotonic time at which it ends.
        final: Whether it is a no that stays a no.
        rewrites: How often the process had found history rewritten by then; `ELSEWHERE` if another one has read.
        parts: What it was put together from.
    """

    tags: frozenset[str]
    as_of: History
    saw: int
    deadline: float
    final: bool = False
    rewrites: int = 0
    parts: "tuple[Reading, ...]" = ()

    def is_hit_by(self, row: Row) -> bool:
        """Whether it does not hold any more by this version of the log."""
        return row.moment > self.saw and bool(row.tags & self.tags)


class PlainModel:
    """A store, and a process that follows it.

    Attributes:
        history: The log of the store.
        lost: Logs that were true before a restore.
        applied: The log as far as the process was told.
        noted: What the process ended itself, or was told of.
        refused: The tags of what the process ended itself and has yet to log.
        rewrites: How often it found that what it had been told is not true any more.
    """

    def __init__(self) -> None:
        self.history: History = ()
        self.lost: list[History] = []
        self.moment = 0
        self.begin()

    def begin(self) -> None:
        """The process begins, and knows nothing."""
        self.applied: History = ()
        self.noted: list[Row] = []
        self.refused: frozenset[str] = frozenset()
        self.rewrites = 0
        self._confirmed_at = -math.inf

    def commit(self, tags: frozenset[str], now: float) -> None:
        """The store's log grows."""
        self.moment += 1
        self.history = (*self.history, Row(self.moment, now, tags))

    def lose(self, versions: int) -> None:
        """The store is restored."""
        self.moment += 1
        self.lost.append(self.history)
        self.history = self.history[:-versions]
        self.noted = [row for row in self.noted if row in self.history]

    def follow(self, told: History, asked_at: float, complete: bool) -> None:
        """The process is told of the log up to there."""
        goes_on = told[: len(self.applied)] == self.applied
        self.rewrites += not goes_on
        self.refused = self.refused.difference(*(row.tags for row in told[len(self.applied) * goes_on :]))
        self.applied = told
        if complete:
            self._confirmed_at = max(self._confirmed_at, asked_at)

    def why_not(self, reading: Reading, now: float, floor: int, at_least: int = 0) -> str:
        """Why it must not be said again; nothing if it may.

        Args:
            floor: Up to which version the process need not remember what it was told.
        """
        if now >= reading.deadline + _ROUNDING:
            return "expired"
        for part in reading.parts:
            why_not = self.why_not(replace(part, final=False, deadline=reading.deadline), now, floor, at_least)
            if why_not:
                return f"a part is {why_not}"
        same_history = self.applied[: len(reading.as_of)] == reading.as_of
        if reading.final:
            # A version of another history says nothing; then it is repeated until it ends by itself.
            told = self.applied[floor:] if reading.rewrites == self.rewrites else ()
            return "no longer a no" if any(map(reading.is_hit_by, told)) else ""
        if now - self._confirmed_at >= MAX_STALENESS:
            return "stale"
        if len(self.applied) < at_least:
            return "older than asked for"
        if not same_history or reading.rewrites not in {ELSEWHERE, self.rewrites}:
            return "of a history that is not known"
        if any(map(reading.is_hit_by, self.applied)):
            return "invalidated"
        if any(map(reading.is_hit_by, self.noted)) or reading.tags & self.refused:
            return "ended by the process itself"
        late = (row for row in self.history if row.at + MAX_STALENESS + _ROUNDING <= now)
        return "past the bound" if any(map(reading.is_hit_by, late)) else ""
