"""Two ways of doing the same, in turns, with the same number of threads."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Sample:
    """What so many threads got done.

    Attributes:
        rate: Operations a second.
        p50, p99: Milliseconds.
    """

    rate: float
    p50: float
    p99: float


def run(act: Callable[[Any], object], items: Iterator[Any], threads: int, seconds: float) -> Sample:
    """Does it to one item after the other until the time is over or the items are."""
    lock, latencies = threading.Lock(), list[float]()
    barrier = threading.Barrier(threads + 1)
    failures: list[Exception] = []

    def take() -> Any:
        with lock:
            return next(items, None)

    def work() -> None:
        mine = []
        barrier.wait()
        end = time.perf_counter() + seconds
        try:
            while (item := take()) is not None and (begun := time.perf_counter()) < end:
                act(item)
                mine.append(time.perf_counter() - begun)
        except Exception as failure:  # noqa: BLE001 - told to whoever measures, in its own thread.
            failures.append(failure)
        latencies.extend(mine)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    begun = time.perf_counter()
    for worker in workers:
        worker.join()
    elapsed = time.perf_counter() - begun
    if failures:
        raise failures[0]
    cuts = quantiles(latencies, n=100)
    return Sample(len(latencies) / elapsed, median(latencies) * 1e3, cuts[98] * 1e3)


def middle(samples: list[Sample]) -> Sample:
    """The sample with the median rate."""
    return sorted(samples, key=lambda sample: sample.rate)[len(samples) // 2]
