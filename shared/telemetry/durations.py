"""Histograms of durations for what is counted with every request: half of what the library's cost (0.3 µs)."""

import threading
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar

from shared.telemetry.buckets import BUCKETS

_BOUNDS = (*(str(float(bound)) for bound in BUCKETS), "+Inf")


class Durations:
    """One series. `_lock` guards its numbers."""

    __slots__ = ("_counts", "_exemplars", "_lock", "_sum")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * len(_BOUNDS)
        self._sum = 0.0
        self._exemplars: dict[int, Exemplar] = {}

    def observe(self, seconds: float, exemplar: Mapping[str, str] | None = None) -> None:
        """Counts one that took so long.

        Args:
            exemplar: Of which trace it was, if of any.
        """
        place = bisect_left(BUCKETS, seconds)
        with self._lock:
            self._counts[place] += 1
            self._sum += seconds
            if exemplar:
                self._exemplars[place] = Exemplar(dict(exemplar), seconds, time.time())

    @property
    def count(self) -> int:
        """How many there were."""
        with self._lock:
            return sum(self._counts)

    def add_to(self, family: HistogramMetricFamily, labels: Sequence[str]) -> None:
        """Shows them as the series with these labels."""
        with self._lock:
            counts, seconds, exemplars = [*self._counts], self._sum, dict(self._exemplars)
        buckets, below = [], 0
        for place, bound in enumerate(_BOUNDS):
            below += counts[place]
            buckets.append((bound, below, exemplars.get(place)))
        family.add_metric(labels, buckets, seconds)  # type: ignore[arg-type]  # It takes None for no exemplar.


class DurationsByLabels(Collector):
    """A metric of several series.

    Args:
        name, documentation: As whoever reads the metrics sees them.

    Attributes:
        label_names: In the order of their values.
    """

    def __init__(self, name: str, documentation: str, labels: Sequence[str], registry: CollectorRegistry) -> None:
        self.label_names = labels
        self._about = name, documentation
        self._lock = threading.Lock()  # Guards the series.
        self._series: dict[tuple[str, ...], Durations] = {}
        registry.register(self)

    def labels(self, *values: str) -> Durations:
        """The series with these values; it exists from now on."""
        with self._lock:
            return self._series.setdefault(values, Durations())

    def counts(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """How many there were, by the values of the labels."""
        with self._lock:
            series = [*self._series.items()]
        return ((values, each.count) for values, each in series)

    def describe(self) -> Iterator[HistogramMetricFamily]:
        """For the registry, which knows metrics by their names."""
        name, documentation = self._about
        yield HistogramMetricFamily(name, documentation, labels=self.label_names)

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """For the registry, when somebody looks."""
        with self._lock:
            series = [*self._series.items()]
        for family in self.describe():
            for values, each in series:
                each.add_to(family, values)
            yield family


class CountsOf(Collector):
    """A counter that need not be counted, since durations with the same labels are.

    Args:
        name, documentation: As whoever reads the metrics sees them.
    """

    def __init__(
        self, durations: DurationsByLabels, name: str, documentation: str, registry: CollectorRegistry
    ) -> None:
        self._durations = durations
        self._about = name, documentation
        self._expected: dict[tuple[str, ...], int] = {}
        registry.register(self)

    def expect(self, *values: str) -> None:
        """Shows zero for these labels from the beginning."""
        self._expected[values] = 0

    def describe(self) -> Iterator[CounterMetricFamily]:
        """For the registry, which knows metrics by their names."""
        name, documentation = self._about
        yield CounterMetricFamily(name, documentation, labels=self._durations.label_names)

    def collect(self) -> Iterator[CounterMetricFamily]:
        """For the registry, when somebody looks."""
        for family in self.describe():
            for values, count in {**self._expected, **dict(self._durations.counts())}.items():
                family.add_metric(values, count)
            yield family
