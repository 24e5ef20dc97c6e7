"""What a sweeper does, for whoever looks."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class SweepState:
    """Written by the sweeper's thread alone; each field is replaced whole, so that there is no lock.

    Attributes:
        up: Whether the thread does its work; none while this process has no sweeper.
        restarts: How often the thread was begun anew.
        pending: Invalidations that wait to be logged.
        last_run, last_success: When a run began, and when one removed all it wanted; seconds since the epoch, 0 before.
        run_seconds: How long the last finished run took.
        rows: Removed rows by table.
        lag: By table, for how many seconds the oldest row is there that should be gone; 0 when there is none.
        batches: Statements that removed rows.
        pauses: How often requests were let pass.
        failures: What was not done, by what it was: "sweep" or "flush".
        flushed: Pending invalidations that the sweeper logged.
        flushed_at_end: Those among them that were logged after the service had stopped.
    """

    up: Callable[[], bool] | None = None
    restarts: Callable[[], int] = lambda: 0
    pending: Callable[[], int] = lambda: 0
    last_run: float = 0.0
    last_success: float = 0.0
    run_seconds: float = 0.0
    rows: Counter[str] = field(default_factory=Counter)
    lag: dict[str, float] = field(default_factory=dict)
    batches: int = 0
    pauses: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    flushed: int = 0
    flushed_at_end: int = 0

    def is_up(self) -> bool:
        """Whether the work is done; true where there is none to do."""
        return self.up is None or self.up()

    def facts(self) -> dict[str, Any]:
        """As JSON, for the page of the status."""
        if self.up is None:
            return {"up": None}
        return {
            "up": self.up(),
            "restarts": self.restarts(),
            "last_run": self.last_run,
            "last_success": self.last_success,
            "run_seconds": round(self.run_seconds, 4),
            "rows": dict(self.rows),
            "lag_seconds": {table: round(seconds, 3) for table, seconds in self.lag.items()},
            "batches": self.batches,
            "pauses": self.pauses,
            "failures": dict(self.failures),
            "pending": self.pending(),
            "flushed": self.flushed,
            "flushed_at_end": self.flushed_at_end,
        }
