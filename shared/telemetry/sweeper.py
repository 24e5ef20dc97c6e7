"""What the sweeper says of itself, as metrics."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.store.sweep_state import SweepState
from shared.store.sweeping import SweptTable


class SweeperCollector(Collector):
    """Reads the state when it is scraped. All series are there from the beginning, at zero."""

    def __init__(self, state: SweepState) -> None:
        self._state = state

    def collect(self) -> Iterable[Metric]:
        """Nothing while there is no sweeper."""
        state = self._state
        if state.up is None:
            return
        yield _gauge("up", "Whether the sweeper's thread does its work.", state.up())
        yield _gauge("last_run_timestamp_seconds", "When it last began to sweep; 0 for never.", state.last_run)
        yield _gauge("last_success_timestamp_seconds", "When all that had expired was gone.", state.last_success)
        yield _gauge("run_seconds", "How long the last run took.", state.run_seconds)
        yield _gauge("pending_invalidations", "Invalidations that wait to be logged.", state.pending())
        yield _gauge("flushed_at_end", "Invalidations that were logged after the last request.", state.flushed_at_end)
        yield _counter("flushed_invalidations", "Invalidations that waited and were logged.", state.flushed)
        yield _counter("restarts", "How often the thread failed and was begun anew.", state.restarts())
        yield _counter("batches", "Statements that removed rows.", state.batches)
        yield _counter("pauses", "How often it let requests pass that waited for a connection.", state.pauses)
        failures = CounterMetricFamily("authplane_sweeper_failures", "What failed, by what it was.", labels=("what",))
        for what in ("sweep", "flush"):
            failures.add_metric((what,), state.failures[what])
        yield failures
        yield from self._by_table()

    def _by_table(self) -> Iterable[Metric]:
        rows = CounterMetricFamily("authplane_sweeper_rows", "Rows that were removed.", labels=("table",))
        lag = GaugeMetricFamily(
            "authplane_sweeper_lag_seconds", "Since the oldest row should be gone; 0 when none.", labels=("table",)
        )
        for table in SweptTable:
            rows.add_metric((table,), self._state.rows[table])
            lag.add_metric((table,), self._state.lag.get(table, 0.0))
        return rows, lag


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"authplane_sweeper_{name}", meaning, value=value)


def _counter(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(f"authplane_sweeper_{name}", meaning, value=value)
