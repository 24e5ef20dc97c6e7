"""The figures as a table for people and as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE
from rich.table import Table

from load.figures import P95_BOUND_MS, P99_BOUND_MS, Figures


def table(rate: int, duration: int, figures: Sequence[Figures], lateness: Figures) -> Table:
    """One row for each scenario, the bounds in the headings."""
    result = Table(
        title=f"{rate} requests/s for {duration} s, latency in milliseconds",
        caption=f"HTTP requests were sent up to {lateness.max_ms:.1f} ms late (p99 {lateness.p99_ms:.1f} ms), "
        "which is part of their latency.",
        box=SIMPLE,
        pad_edge=False,
        collapse_padding=True,
    )
    result.add_column("scenario", no_wrap=True)
    for heading in ("requests", "failed", "p50", f"p95 < {P95_BOUND_MS:.0f}", f"p99 < {P99_BOUND_MS:.0f}", "max"):
        result.add_column(heading, justify="right", no_wrap=True)
    for row in figures:
        latencies = (f"{value:.1f}" for value in (row.p50_ms, row.p95_ms, row.p99_ms, row.max_ms))
        result.add_row(row.scenario, str(row.requests), str(sum(row.failures.values())), *latencies)
    return result


def verdict(figures: Sequence[Figures]) -> list[str]:
    """What is wrong, a line each; or that nothing is."""
    failed = [f"{row.scenario}: {count} x {why}" for row in figures for why, count in row.failures.items()]
    missed = [f"{row.scenario}: missed the bounds" for row in figures if not row.failures and not row.within_bounds]
    return failed + missed or ["Every request succeeded, and every scenario held the bounds."]


def write(path: Path, rate: int, duration: int, figures: Sequence[Figures], lateness: Figures) -> None:
    """Writes everything that was measured."""
    report = {
        "rate_per_second": rate,
        "duration_seconds": duration,
        "bounds_ms": {"p95": P95_BOUND_MS, "p99": P99_BOUND_MS},
        "scenarios": [asdict(row) | {"within_bounds": row.within_bounds} for row in figures],
        "driver_lateness_ms": {"p99": lateness.p99_ms, "max": lateness.max_ms},
    }
    path.write_text(json.dumps(report, indent=2) + "\n")
