"""What one measurement of a path gave."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # It has no stubs.

_LOWEST_US, _HIGHEST_US, _DIGITS = 1, 60_000_000, 3


def histogram() -> HdrHistogram:
    """An empty one, of microseconds up to a minute, exact to three digits."""
    return HdrHistogram(_LOWEST_US, _HIGHEST_US, _DIGITS)


@dataclass(frozen=True)
class Measured:
    """Answers in so many seconds.

    Attributes:
        requests: All that were answered, well or not.
        failures: How many were not answered as they should, by reason.
        seconds: From the first question to the last answer.
        p50, p95, p99, longest: Milliseconds; in an open loop since the request was due.
        shares: Latencies for a plot: milliseconds, and the share of answers that took no longer, in percent.
        cpu_us: Microseconds of CPU that the processes asked took for each answer; 0 when nobody looked.
        found: What was looked for in the answers.
        timeline: By second, in an open loop since the first question was due: answers, and their p99 in milliseconds.
    """

    requests: int
    failures: Mapping[str, int]
    seconds: float
    p50: float
    p95: float
    p99: float
    longest: float
    shares: Sequence[tuple[float, float]] = ()
    cpu_us: float = 0.0
    found: Sequence[str] = field(default=(), repr=False)
    timeline: Sequence[tuple[float, float, float]] = ()

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return (self.requests - sum(self.failures.values())) / self.seconds


_SHOWN = (0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 100.0)


def measured(
    latencies: HdrHistogram,
    failures: Mapping[str, int],
    seconds: float,
    found: Sequence[str] = (),
    by_second: Mapping[int, HdrHistogram] = MappingProxyType({}),
) -> Measured:
    """Sums up."""
    timeline = [
        (float(second), float(each.get_total_count()), each.get_value_at_percentile(99.0) / 1000)
        for second, each in sorted(by_second.items())
    ]
    shares = [(latencies.get_value_at_percentile(share) / 1000, share) for share in _SHOWN]
    p50, p95, p99 = (latencies.get_value_at_percentile(share) / 1000 for share in (50.0, 95.0, 99.0))
    longest = latencies.get_max_value() / 1000
    return Measured(
        latencies.get_total_count(), failures, seconds, p50, p95, p99, longest, shares, 0.0, found, timeline
    )


def middle(rounds: Sequence[Measured]) -> Measured:
    """The round with the median rate."""
    ordered = sorted(rounds, key=lambda each: each.rate)
    return ordered[len(ordered) // 2]


def share_of(ours: Sequence[Measured], floor: Sequence[Measured]) -> float:
    """The median of our rounds beside the median of the floor's."""
    return statistics.median(each.rate for each in ours) / statistics.median(each.rate for each in floor)
