"""The sweeper's thread, put together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from structlog.typing import FilteringBoundLogger

from services.token.flush_pending import Pending, PendingFlusher
from services.token.settings import TokenSettings
from services.token.sweeper import Sweeper, SweepSchedule
from shared.background import BackgroundThread
from shared.clock import Clock
from shared.store import Sweeping


@contextmanager
def running_sweeper(
    settings: TokenSettings,
    sweeping: Sweeping,
    pending: Pending,
    clock: Clock,
    random_bytes: Callable[[int], bytes],
    logger: FilteringBoundLogger,
) -> Iterator[None]:
    """Sweeps and flushes beside the requests while the context is open, and flushes at its end, which must come after
    the last request.
    """

    def chance() -> float:
        return int.from_bytes(random_bytes(4)) / 2**32

    state = sweeping.state
    schedule = SweepSchedule(
        settings.sweep_interval_seconds,
        settings.sweep_statement_ms / 1000,
        settings.sweep_margin_seconds,
        settings.invalidation_retention_seconds,
    )
    flusher = PendingFlusher(pending, settings.flush_interval_seconds, state, clock, logger)
    sweeper = Sweeper(sweeping, flusher, schedule, clock, chance, logger)
    try:
        with BackgroundThread("sweeper", sweeper.run, logger, sweeper.interrupt) as thread:
            state.up = lambda: thread.healthy
            state.restarts = lambda: thread.failures
            yield
    finally:
        flusher.finish()
