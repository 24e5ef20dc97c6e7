"""Removes what has expired; docs/sweeper.md says what, when and why."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from services.token.batch_size import BatchSize
from services.token.flush_pending import PendingFlusher
from services.token.right_of_way import RightOfWay
from shared.clock import Clock
from shared.errors import AuthplaneError
from shared.store import OpenSweepStore, Sweeping, SweepStore, SweptTable

_BATCHES_BETWEEN_LOOKS = 16
_REST = 4
"""How many times as long as a batch took it rests after it: the sweeper has a fifth of one processor at most."""

# Without these rows a no would become a yes, or a replay a mere mistake, for whoever's clock is behind.
_KEPT_LONGER = {SweptTable.CODES, SweptTable.ACCESS_TOKENS, SweptTable.ASSERTIONS}


@dataclass(frozen=True, slots=True)
class SweepSchedule:
    """When, in seconds.

    Attributes:
        interval: From one run to the next, give or take a tenth.
        statement: What one statement should take.
        margin: For which rows that make an answer a no are kept after they have expired.
        retention: For which invalidations are kept.
    """

    interval: float
    statement: float
    margin: float
    retention: float


class Sweeper:
    """The work of one thread.

    Args:
        chance: From 0 to 1, so that processes which began together do not sweep together.
    """

    def __init__(
        self,
        sweeping: Sweeping,
        flusher: PendingFlusher,
        schedule: SweepSchedule,
        clock: Clock,
        chance: Callable[[], float],
        logger: FilteringBoundLogger,
    ) -> None:
        self._open = sweeping.open
        self._flusher = flusher
        self._schedule = schedule
        self._clock = clock
        self._chance = chance
        self._logger = logger
        self._right_of_way = RightOfWay(sweeping.pressure)
        self._sizes = {table: BatchSize(schedule.statement) for table in SweptTable}
        self._state = sweeping.state
        self._store: OpenSweepStore | None = None

    def run(self, stop: threading.Event) -> None:
        """Sweeps and flushes until told to stop."""
        self._store = store = self._open()
        try:
            due = self._clock.monotonic() + self._schedule.interval * self._chance()
            while not stop.wait(self._flusher.seconds):
                self._flusher.flush(stop)
                if self._clock.monotonic() >= due:
                    self._sweep(store, stop)
                    due = self._clock.monotonic() + self._schedule.interval * (0.9 + 0.2 * self._chance())
        finally:
            self._store = None
            store.close()

    def interrupt(self) -> None:
        """Ends a wait for a connection; for when the work was told to stop."""
        store = self._store
        if store is not None:
            store.close()

    def _sweep(self, store: SweepStore, stop: threading.Event) -> None:
        state, begun = self._state, self._clock.monotonic()
        state.last_run = self._clock.now()
        failures = state.failures["sweep"]
        try:
            self._sweep_all(store, self._ends(store), stop)
        except AuthplaneError as error:
            self._failed(error, stop)
        state.run_seconds = self._clock.monotonic() - begun
        if failures == state.failures["sweep"] and not stop.is_set():
            state.last_success = self._clock.now()

    def _ends(self, store: SweepStore) -> dict[SweptTable, float]:
        """By table, when a row must have expired. Of two clocks the one that is behind counts."""
        theirs = store.current_time()
        now = min(self._clock.now(), theirs)
        ends = {table: now - self._schedule.margin * (table in _KEPT_LONGER) for table in SweptTable}
        return {**ends, SweptTable.INVALIDATIONS: theirs - self._schedule.retention}

    def _sweep_all(self, store: SweepStore, ends: dict[SweptTable, float], stop: threading.Event) -> None:
        """A batch of each table in turn, so that none waits for all of another."""
        for table, end in ends.items():
            self._look(store, table, end)
        batches = dict.fromkeys(ends, 0)
        while batches:
            for table in list(batches):
                if stop.is_set():
                    return
                is_done = self._batch(store, table, ends[table], stop)
                batches[table] += 1
                if is_done or batches[table] % _BATCHES_BETWEEN_LOOKS == 0:
                    self._look(store, table, ends[table])
                if is_done:
                    del batches[table]
                self._make_room(stop)

    def _batch(self, store: SweepStore, table: SweptTable, end: float, stop: threading.Event) -> bool:
        """Removes some rows, then rests. Whether all are gone, or the rest has to wait."""
        size, begun = self._sizes[table], self._clock.monotonic()
        wanted = size.rows
        try:
            removed = store.sweep(table, end, wanted)
        except AuthplaneError as error:
            size.failed()
            self._failed(error, stop, table=table)
            return True
        took = self._clock.monotonic() - begun
        size.took(took, is_full=removed >= wanted)
        if removed:
            self._state.rows[table] += removed
            self._state.batches += 1
            stop.wait(_REST * took)
        return removed < wanted

    def _make_room(self, stop: threading.Event) -> None:
        self._flusher.flush_when_due(stop)
        self._state.pauses += self._right_of_way.give(stop)
        self._flusher.flush_when_due(stop)

    def _look(self, store: SweepStore, table: SweptTable, end: float) -> None:
        oldest = store.oldest_expired(table, end)
        self._state.lag[table] = 0.0 if oldest is None else end - oldest

    def _failed(self, error: AuthplaneError, stop: threading.Event, **details: object) -> None:
        if stop.is_set():
            return  # It was interrupted.
        self._state.failures["sweep"] += 1
        self._logger.warning("sweep_failed", reason=error.reason, **details)
