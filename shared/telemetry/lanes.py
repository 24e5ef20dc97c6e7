"""Metrics of the lanes of a gRPC server."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.overload.admission import Refusal
from shared.telemetry.durations import Durations, DurationsByLabels


@dataclass(frozen=True, slots=True)
class LaneMetrics:
    """The series of one lane, bound once.

    Attributes:
        running, queued: Calls that are in it now.
        refusals: By reason.
        wait: Seconds.
        wasted_calls: Those that ended after their deadline, so that nobody had the answer.
    """

    running: Gauge
    queued: Gauge
    refusals: dict[Refusal, Counter]
    wait: Durations
    wasted_calls: Counter

    def watch(self, running: Callable[[], int], queued: Callable[[], int]) -> None:
        """Has the gauges ask these."""
        self.running.set_function(running)
        self.queued.set_function(queued)

    def refused(self, refusal: Refusal) -> None:
        """A call was told no."""
        self.refusals[refusal].inc()

    def waited(self, seconds: float) -> None:
        """A thread took a call so long after it had come."""
        self.wait.observe(seconds)

    def wasted(self) -> None:
        """An answer came when nobody waited for it any more."""
        self.wasted_calls.inc()


class LanesMetrics:
    """Calls in lanes, refused and wasted, and how long they waited, by server and lane."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("server", "lane")
        self._calls = Gauge("authplane_lane_calls", "Calls in a lane.", (*labels, "state"), registry=registry)
        self._refused = Counter("authplane_lane_refused", "Calls refused.", (*labels, "reason"), registry=registry)
        self._wait = DurationsByLabels(
            "authplane_lane_wait_seconds",
            "Seconds from the arrival of a call to the moment a thread took it.",
            labels,
            registry,
        )
        self._wasted = Counter(
            "authplane_lane_wasted", "Calls that ended after their deadline.", labels, registry=registry
        )

    def of_lane(self, server: str, lane: str) -> LaneMetrics:
        """The series of a lane; all of them exist from now on, at zero."""
        return LaneMetrics(
            running=self._calls.labels(server, lane, "running"),
            queued=self._calls.labels(server, lane, "queued"),
            refusals={refusal: self._refused.labels(server, lane, refusal) for refusal in Refusal},
            wait=self._wait.labels(server, lane),
            wasted_calls=self._wasted.labels(server, lane),
        )


def lane_facts(registry: CollectorRegistry) -> dict[str, Any]:
    """Calls that run and wait now, by server and lane; JSON values."""
    facts: dict[str, Any] = {}
    for metric in registry.restricted_registry(["authplane_lane_calls"]).collect():
        for sample in metric.samples:
            lane = facts.setdefault(f"{sample.labels['server']} {sample.labels['lane']}", {})
            lane[sample.labels["state"]] = int(sample.value)
    return facts
