"""A lane: threads of their own for one class of work, a short queue before them, and an early no."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from shared.overload.admission import Refusal, refused
from shared.overload.lane_limits import STANDING_SECONDS, LaneLimits
from shared.overload.threads import StartedThreads
from shared.telemetry.lanes import LaneMetrics

Result = TypeVar("Result")

_WEIGHT = 0.1


class Arrival(NamedTuple):
    """What is known of a call before anything is done for it.

    Attributes:
        caller: Who calls, as far as that can be told without work.
        seconds_left: Until its deadline; infinite when it has none.
    """

    caller: str
    seconds_left: float


class _Admitted(Enum):
    AT_ONCE = 1
    TO_WAIT = 2


class Lane(StartedThreads):
    """An executor that is never full: what it has no place for runs on `refusals`, where it finds that it was refused.

    A call counts from `submit` until a thread is done with it, so that no way of ending can leak a place. `submit`
    never raises: an exception there would end the gRPC server's only polling thread.

    `_lock` guards the counts; nothing is called while it is held.

    Args:
        refusals: Runs calls that were refused; they must not wait for those that were not.
        arrival: Reads an `Arrival` from the arguments of `submit`.
        unread: Those arguments for a call that is refused, which needs nothing of what it brings.
    """

    def __init__(
        self,
        name: str,
        limits: LaneLimits,
        metrics: LaneMetrics,
        refusals: StartedThreads,
        arrival: Callable[[tuple[Any, ...]], Arrival],
        unread: Callable[[tuple[Any, ...]], tuple[Any, ...]],
    ) -> None:
        super().__init__(limits.workers, name)
        self._limits = limits
        self._metrics = metrics
        self._refusals = refusals
        self._arrival = arrival
        self._unread = unread
        self._lock = threading.Lock()
        self._inside = 0
        self._callers = Counter[str]()
        self._mean_seconds = 0.0
        self._without_queue_at = time.monotonic()
        metrics.watch(
            running=lambda: min(self._inside, limits.workers), queued=lambda: max(self._inside - limits.workers, 0)
        )

    def submit(self, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> "Future[Result]":
        arrival, now = self._arrival(arguments), time.monotonic()
        admitted = self._enter(arrival, now)
        if isinstance(admitted, Refusal):
            self._metrics.refused(admitted)
            return self._refusals.submit(refused, admitted, call, *self._unread(arguments), **named)
        return super().submit(self._run, now, admitted, arrival, call, *arguments, **named)

    def _enter(self, arrival: Arrival, now: float) -> _Admitted | Refusal:
        limits = self._limits
        with self._lock:
            admitted = _Admitted.AT_ONCE if self._inside < limits.workers else _Admitted.TO_WAIT
            if admitted is _Admitted.AT_ONCE:
                self._without_queue_at = now
                # One is always tried: how long it takes is known from those that were.
                if self._inside and self._mean_seconds > arrival.seconds_left:
                    return Refusal.LATE
            elif self._inside >= limits.places:
                return Refusal.FULL
            elif self._callers[arrival.caller] >= limits.places_of_one:
                return Refusal.SHARE
            elif self._comes_too_late(self._expected_wait(), arrival, now):
                return Refusal.LATE
            self._inside += 1
            self._callers[arrival.caller] += 1
        return admitted

    def _leave(self, caller: str) -> None:
        with self._lock:
            self._inside -= 1
            self._callers[caller] -= 1
            if not self._callers[caller]:
                del self._callers[caller]

    def _run(
        self, came: float, admitted: _Admitted, arrival: Arrival, call: Callable[..., Result], *arguments: Any
    ) -> Result:
        began = time.monotonic()
        waited = began - came
        self._metrics.waited(waited)
        try:
            if admitted is _Admitted.TO_WAIT and self._comes_too_late(waited, arrival, began):
                self._metrics.refused(Refusal.STALE)
                return refused(Refusal.STALE, call, *self._unread(arguments))
            try:
                return call(*arguments)
            finally:
                seconds = time.monotonic() - began
                # An estimate, which a lost update hardly changes; so no lock is taken for it.
                self._mean_seconds += _WEIGHT * (seconds - self._mean_seconds)
                if waited < arrival.seconds_left < waited + seconds:
                    self._metrics.wasted()
        finally:
            self._leave(arrival.caller)

    def _comes_too_late(self, wait: float, arrival: Arrival, now: float) -> bool:
        return wait > min(self._patience(now), arrival.seconds_left - self._mean_seconds)

    def _expected_wait(self) -> float:
        return (self._inside - self._limits.workers + 1) * self._mean_seconds / self._limits.workers

    def _patience(self, now: float) -> float:
        standing = now - self._without_queue_at > STANDING_SECONDS
        return self._limits.budget_seconds if standing else max(self._limits.budget_seconds, STANDING_SECONDS)
