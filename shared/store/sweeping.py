"""What the sweeper gets of a store, and what it tells of itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from shared.store.sweep_state import SweepState


class SweptTable(StrEnum):
    """What rows leave by themselves; the names are PostgreSQL's tables, and labels of metrics."""

    SESSIONS = "sessions"
    CODES = "auth_codes"
    FAMILIES = "refresh_tokens"
    ACCESS_TOKENS = "revoked_access_tokens"
    ASSERTIONS = "used_assertions"
    KEYS = "signing_keys"
    INVALIDATIONS = "invalidations"


class SweepStore(Protocol):
    """Removal of what has expired. What was ended or revoked expired then; an invalidation does when it is logged."""

    def sweep(self, table: SweptTable, now: float, limit: int) -> int:
        """Must remove rows that have expired at `now`, at most `limit`, the longest expired first, and return how many;
        must neither wait for rows that somebody else holds nor remove them.

        Of invalidations it must remove whole versions, though `limit` be exceeded by the rest of the last one, from the
        oldest without a gap, and never the newest: a follower that misses any of them must be able to tell.
        """

    def oldest_expired(self, table: SweptTable, now: float) -> float | None:
        """Must return when that expired which `sweep` would remove first; none when there is nothing to remove."""

    def current_time(self) -> float:
        """Must return the store's own time: a process whose clock runs ahead must not remove what lives."""


class OpenSweepStore(SweepStore, Protocol):
    """One that was opened for the sweeper alone."""

    def close(self) -> None:
        """Must end what is under way with `Unavailable` as far as that waits, and be harmless when called twice."""


@dataclass(frozen=True, slots=True)
class Pressure:
    """How requests have waited for the store.

    Attributes:
        waiting: Requests that wait for a connection now.
        requests: Those that wanted one since the start.
        waited_seconds: What they have waited for it, all together.
    """

    waiting: int
    requests: int
    waited_seconds: float


NO_PRESSURE = Pressure(0, 0, 0.0)
"""Where nobody ever waits for a connection."""


@dataclass(frozen=True, slots=True)
class Sweeping:
    """All that a sweeper needs of the store.

    Attributes:
        open: Gives the store on connections that are the sweeper's own.
        pressure: How requests of this process wait meanwhile.
        state: Where the sweeper says what it does; everybody may look.
    """

    open: Callable[[], OpenSweepStore]
    pressure: Callable[[], Pressure] = lambda: NO_PRESSURE
    state: SweepState = field(default_factory=SweepState)
