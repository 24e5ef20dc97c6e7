"""Questions that are asked again and again, each by a thread of its own, and how each was answered."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import grpc

from shared.rpc.failure import failure_of
from tests.eventually import eventually

OK = "OK"
REFUSALS = frozenset({"UNAVAILABLE", "OVERLOADED", "DEADLINE_EXCEEDED"})
"""What a caller may be told while something is broken; with each of them it makes sense to try again."""

_PAUSE_SECONDS = 0.02

Ask = Callable[[], str]
"""Gives "OK" or the reason why not."""


@dataclass(frozen=True)
class Answer:
    """Who was asked, when that was and when it was answered, in monotonic seconds, and what came back."""

    name: str
    began: float
    ended: float
    said: str

    @property
    def seconds(self) -> float:
        """That it took."""
        return self.ended - self.began


class Watch:
    """Asks while its context is open.

    Args:
        asks: By name.
    """

    def __init__(self, asks: Mapping[str, Ask]) -> None:
        self._asks = asks
        self._stop = threading.Event()
        self._answers: dict[str, list[Answer]] = {name: [] for name in asks}
        self._broken = list[BaseException]()
        self._threads = [threading.Thread(target=self._run, args=(name,)) for name in asks]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        eventually(lambda: all(self._first_ok(name, 0.0) for name in self._asks))
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert self._broken == []

    def answers(self, name: str = "", since: float = 0.0) -> list[Answer]:
        """Those whose question was asked since then; of all, if no name is given."""
        names = [name] if name else list(self._answers)
        return [answer for each in names for answer in tuple(self._answers[each]) if answer.began >= since]

    def failures(self, name: str = "", since: float = 0.0) -> list[Answer]:
        """Likewise, without those that are OK."""
        return [answer for answer in self.answers(name, since) if answer.said != OK]

    def until_ok(self, since: float, seconds: float = 60.0) -> float:
        """Waits until every question that was asked since then has had its first OK; seconds from then to the last of
        these.
        """
        eventually(lambda: all(self._first_ok(name, since) for name in self._asks), seconds)
        return max(answer.ended for name in self._asks for answer in self._first_ok(name, since)) - since

    def first_failures(self, since: float) -> float:
        """Seconds from then until the last of the questions had its first failure.

        Raises:
            AssertionError: One of them had none.
        """
        failed = [self.failures(name, since)[:1] for name in self._asks]
        assert all(failed), "not every question has failed"
        return max(answer.ended for each in failed for answer in each) - since

    def _first_ok(self, name: str, since: float) -> Sequence[Answer]:
        return [answer for answer in self.answers(name, since) if answer.said == OK][:1]

    def _run(self, name: str) -> None:
        try:
            while not self._stop.is_set():
                began = time.monotonic()
                said = self._asks[name]()
                self._answers[name].append(Answer(name, began, time.monotonic(), said))
                time.sleep(_PAUSE_SECONDS)
        except BaseException as error:  # noqa: BLE001 - Whatever it is, it is told when the context is left.
            self._broken.append(error)


def require_none(failures: Sequence[Answer]) -> None:
    """Raises AssertionError that says which there were."""
    assert not failures, f"{len(failures)} failures: {sorted({each.said for each in failures})}"


def require_soon(answers: Sequence[Answer], seconds: float) -> None:
    """Raises AssertionError when one took as long as that."""
    late = [f"{each.name}: {each.said} after {each.seconds:.3f} s" for each in answers if each.seconds >= seconds]
    assert not late, f"later than {seconds:g} s: {late}"


def longest(answers: Sequence[Answer]) -> float:
    """Seconds that the slowest took."""
    return max((answer.seconds for answer in answers), default=0.0)


def over_grpc(call: Callable[[], Any]) -> Ask:
    """Asks a service."""

    def ask() -> str:
        try:
            call()
        except grpc.RpcError as error:
            return failure_of(error).reason.value
        return OK

    return ask
