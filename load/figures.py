"""What a scenario measured, and what is asked of it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

P95_BOUND_MS = 100.0
P99_BOUND_MS = 200.0


@dataclass
class Samples:
    """Every request of a scenario while it runs; failed ones are measured like the others."""

    latencies: list[float] = field(default_factory=list)  # In seconds.
    failures: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Figures:
    """A scenario in numbers; latencies in milliseconds, exact, by nearest rank.

    Args:
        failures: Number of failed requests by reason.
    """

    scenario: str
    requests: int
    failures: dict[str, int]
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @property
    def within_bounds(self) -> bool:
        """Whether every request succeeded within the bounds."""
        return not self.failures and self.p95_ms < P95_BOUND_MS and self.p99_ms < P99_BOUND_MS


def figures_of(scenario: str, samples: Samples) -> Figures:
    """Sums a scenario up; it must have at least one sample."""
    latencies = sorted(round(1000 * latency, 3) for latency in samples.latencies)
    return Figures(
        scenario,
        len(latencies),
        dict(samples.failures),
        p50_ms=percentile(latencies, 50),
        p95_ms=percentile(latencies, 95),
        p99_ms=percentile(latencies, 99),
        max_ms=latencies[-1],
    )


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many of a hundred do not exceed; not a number when there are none."""
    ordered = sorted(values)
    return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else math.nan
