"""A path, and the least that it can do."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psutil

from load.bench.measured import Measured, middle, share_of

Measure = Callable[[float], Measured]
"""Asks for so many seconds."""


@dataclass(frozen=True)
class Line:
    """What is measured.

    Attributes:
        floor_name: What it stands beside.
        target: The share of the floor's rate that it should reach.
        pids: The processes whose CPU counts.
        answers: Decisions in one answer.
        again: The same in an open loop of so many questions a second, for so many seconds; none where nobody can.
    """

    name: str
    floor_name: str
    target: float
    ours: Measure
    floor: Measure
    pids: Sequence[int] = ()
    answers: int = 1
    again: Callable[[float, float], Measured] | None = None


@dataclass(frozen=True)
class Compared:
    """What came of it."""

    line: Line
    ours: Measured
    floor: Measured
    share: float

    @property
    def met(self) -> bool:
        """Whether the target was reached, and every answer was good."""
        return self.share >= self.line.target and not self.ours.failures


def compare(line: Line, rounds: int, seconds: float, done: Callable[[], object]) -> Compared:
    """Measures both in turn, so that whatever else the machine does hits both; medians count."""
    floors, ours = list[Measured](), list[Measured]()
    for _ in range(rounds):
        floors.append(line.floor(seconds))
        done()
        with _cpu(line.pids) as used:
            answer = line.ours(seconds)
        ours.append(replace(answer, cpu_us=used() * 1e6 / max(answer.requests, 1)))
        done()
    return Compared(line, middle(ours), middle(floors), share_of(ours, floors) * line.answers)


@contextmanager
def _cpu(pids: Sequence[int]) -> Iterator[Callable[[], float]]:
    """Seconds of CPU that these processes, and those that they have started, took while the context was open."""
    before = _seconds(pids)
    after = before

    def used() -> float:
        return after - before

    yield used
    after = _seconds(pids)


def _seconds(pids: Sequence[int]) -> float:
    total = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            times = each.cpu_times()
            total += times.user + times.system
    return total


def warm_up(measure: Measure) -> None:
    """What comes first takes longer."""
    measure(0.5)
    time.sleep(0.2)
