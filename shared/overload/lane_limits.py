"""Kinds of work, and how much of each there may be at once."""

from dataclasses import dataclass
from enum import StrEnum

STANDING_SECONDS = 0.1
"""A queue that has not been empty for so long stands: it does not absorb a burst, it only adds delay."""


class LaneName(StrEnum):
    """Kinds of work."""

    MEMORY = "memory"
    """Answered from memory as a rule."""
    STORE = "store"
    """Asks or changes the store."""
    HASH = "hash"
    """Hashes a password: tens of milliseconds of a core, and megabytes."""
    REVOCATION = "revocation"
    """Ends something. Nothing else takes its threads, so it is refused last."""


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """The bounds of a lane.

    Attributes:
        workers: Threads.
        queue: Calls that may wait for one.
        budget_seconds: Longest wait while the queue stands; a short burst may wait for `STANDING_SECONDS`. Infinite for
            no limit.
        share: Part of all places, threads and queue together, that one caller may have once anybody has to wait; it
            may always have all threads.
    """

    workers: int
    queue: int
    budget_seconds: float
    share: float

    @property
    def places(self) -> int:
        """Calls that may run or wait."""
        return self.workers + self.queue

    @property
    def places_of_one(self) -> float:
        """Calls of one caller that may run or wait once anybody has to."""
        return max(self.share * self.places, self.workers)
