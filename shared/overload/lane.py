"""A lane: threads of their own for one class of work, a short queue before them, and an early no."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from shared.overload.admission import Refusal
from shared.overload.lane_limits import STANDING_SECONDS, LaneLimits
from shared.overload.threads import StartedThreads, under_way
from shared.telemetry.lanes import LaneMetrics

Result = TypeVar("Result")
Arguments = tuple[Any, ...]

_WEIGHT = 0.1


class Arrival(NamedTuple):
    """What is known of a call before anything is done for it.

    Attributes:
        caller: Who calls, as far as that can be told without work.
        deadline: Monotonic time; infinite when it has none.
        may_need_no_thread: Whether that shows when it is read.
    """

    caller: str
    deadline: float
    may_need_no_thread: bool = False


class Calls(Protocol):
    """What is submitted: knows what lies in the arguments of `submit`."""

    def arrival(self, arguments: Arguments) -> Arrival | None:
        """Who calls, and until when; none for what is no call, and cannot be refused."""

    def refuse(self, arguments: Arguments, refusal: Refusal) -> None:
        """Tells the caller, and waits for nobody."""

    def answer(self, arguments: Arguments) -> bool:
        """Answers what was read and needs no thread; whether it was that."""

    def read(self, arguments: Arguments, ready: Callable[[Arguments], None], gone: Callable[[], None]) -> None:
        """Calls `ready`, with what is to be submitted then, when all that a thread needs is there, now or later; or
        `gone` when the caller has gone before.
        """


class _Admitted(Enum):
    AT_ONCE = 1
    TO_WAIT = 2


class Lane(StartedThreads):
    """An executor that is never full: what it has no place for is refused where it is submitted, unread.

    Any other call is read. What needs no thread is answered there and then, and so is read even when there is no
    place: to answer it costs no more than to refuse it. All else counts from then until a thread is done with it, so
    that no way of ending can leak a place, and who sends nothing has none. `submit` never raises: an exception there
    would end the gRPC server's only polling thread.

    `_lock` guards the counts; nothing is called while it is held.

    Args:
        calls: Knows what is submitted.
    """

    def __init__(self, name: str, limits: LaneLimits, metrics: LaneMetrics, calls: Calls) -> None:
        super().__init__(limits.workers, name)
        self._limits = limits
        self._metrics = metrics
        self._submitted = calls
        self._lock = threading.Lock()
        self._inside = 0
        self._callers = Counter[str]()
        self._mean_seconds = 0.0
        self._without_queue_at = time.monotonic()
        metrics.watch(
            running=lambda: min(self._inside, limits.workers), queued=lambda: max(self._inside - limits.workers, 0)
        )

    def submit(self, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> "Future[Result]":
        arrival, future = self._submitted.arrival(arguments), under_way()
        call = partial(call, **named) if named else call
        if arrival is None:
            self.settle_later(future, call, *arguments)
            return future
        refusal = None if arrival.may_need_no_thread else self._refusal_now(arrival)
        if refusal is None:
            ready = partial(self._take, future, arrival, call)
            self._submitted.read(arguments, ready, partial(future.set_result, None))
        else:
            self._refuse(refusal, future, arguments)
        return future

    def _take(self, future: "Future[Any]", arrival: Arrival, call: Callable[..., Any], arguments: Arguments) -> None:
        """A call whose request is there."""
        if self._is_answered(arguments):
            future.set_result(None)
            return
        now = time.monotonic()
        admitted = self._enter(arrival, now)
        if isinstance(admitted, Refusal):
            self._refuse(admitted, future, arguments)
        else:
            self.settle_later(future, self._run, now, admitted, arrival, call, *arguments)

    def _is_answered(self, arguments: Arguments) -> bool:
        try:
            return self._submitted.answer(arguments)
        except Exception:  # noqa: BLE001 - It would end the thread that takes calls in. Another one meets it and tells.
            return False

    def _refuse(self, refusal: Refusal, future: "Future[Any]", arguments: Arguments) -> None:
        self._metrics.refused(refusal)
        try:
            self._submitted.refuse(arguments, refusal)
        except Exception as error:  # noqa: BLE001 - It would end the thread that takes calls in.
            future.set_exception(error)
        else:
            future.set_result(None)

    def _refusal_now(self, arrival: Arrival) -> Refusal | None:
        with self._lock:
            return self._refusal(arrival, time.monotonic())

    def _enter(self, arrival: Arrival, now: float) -> _Admitted | Refusal:
        with self._lock:
            refusal = self._refusal(arrival, now)
            if refusal is not None:
                return refusal
            self._inside += 1
            self._callers[arrival.caller] += 1
            return _Admitted.AT_ONCE if self._inside <= self._limits.workers else _Admitted.TO_WAIT

    def _refusal(self, arrival: Arrival, now: float) -> Refusal | None:
        limits = self._limits
        if self._inside < limits.workers:
            self._without_queue_at = now
            # One is always tried: how long it takes is known from those that were.
            is_late = self._inside > 0 and now + self._mean_seconds > arrival.deadline
        elif self._inside >= limits.places:
            return Refusal.FULL
        elif self._callers[arrival.caller] >= limits.places_of_one:
            return Refusal.SHARE
        else:
            wait = self._expected_wait()
            is_late = self._is_too_late(wait, now, now + wait, arrival)
        return Refusal.LATE if is_late else None

    def _leave(self, caller: str) -> None:
        with self._lock:
            self._inside -= 1
            self._callers[caller] -= 1
            if not self._callers[caller]:
                del self._callers[caller]

    def _run(
        self, came: float, admitted: _Admitted, arrival: Arrival, call: Callable[..., Result], *arguments: Any
    ) -> Result | None:
        began = time.monotonic()
        waited = began - came
        self._metrics.waited(waited)
        try:
            if admitted is _Admitted.TO_WAIT and self._is_too_late(waited, began, began, arrival):
                self._metrics.refused(Refusal.STALE)
                self._submitted.refuse(arguments, Refusal.STALE)
                return None
            try:
                return call(*arguments)
            finally:
                ended = time.monotonic()
                # An estimate, which a lost update hardly changes; so no lock is taken for it.
                self._mean_seconds += _WEIGHT * (ended - began - self._mean_seconds)
                if began < arrival.deadline < ended:
                    self._metrics.wasted()
        finally:
            self._leave(arrival.caller)

    def _is_too_late(self, wait: float, now: float, turn: float, arrival: Arrival) -> bool:
        return wait > self._patience(now) or turn + self._mean_seconds > arrival.deadline

    def _expected_wait(self) -> float:
        return (self._inside - self._limits.workers + 1) * self._mean_seconds / self._limits.workers

    def _patience(self, now: float) -> float:
        standing = now - self._without_queue_at > STANDING_SECONDS
        return self._limits.budget_seconds if standing else max(self._limits.budget_seconds, STANDING_SECONDS)
