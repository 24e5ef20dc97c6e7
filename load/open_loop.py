"""Requests that arrive when they are due, whatever became of those before them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from itertools import cycle

from load.figures import Samples

HEAD_START_SECONDS = 0.3
"""Before the first request, so that it is not late by what comes before it."""

now = time.monotonic
"""Event loops may count whole milliseconds only."""

Request = Callable[[], Awaitable[None]]


class Failed(Exception):
    """A request did not get the answer it should; the text names the reason, the same for the same cause."""


class OpenLoop:
    """Sends `rate` requests a second for `duration` seconds, each kind in turn.

    The schedule is fixed beforehand, and latency counts from the moment a request was due: when the plane, or this
    process, falls behind, the wait is part of what is measured (no coordinated omission).

    Args:
        kinds: What to send, by name; a request raises `Failed` when it does not succeed.
        sent: Called after each answer.
    """

    def __init__(self, kinds: Mapping[str, Request], rate: int, duration: int, sent: Callable[[], None]) -> None:
        self._kinds = kinds
        self._rate = rate
        self._total = rate * duration
        self._sent = sent
        self.samples = {name: Samples() for name in kinds}
        self.lateness = Samples()

    async def run(self) -> None:
        """Sends everything and waits for every answer."""
        start = now() + HEAD_START_SECONDS
        names = cycle(self._kinds)
        async with asyncio.TaskGroup() as answers:
            async for due in arrivals(start, self._rate, self._total):
                self.lateness.latencies.append(now() - due)
                answers.create_task(self._measure(next(names), due))

    async def _measure(self, name: str, due: float) -> None:
        samples = self.samples[name]
        try:
            await self._kinds[name]()
        except Failed as failure:
            samples.failures[str(failure)] += 1
        samples.latencies.append(now() - due)
        self._sent()


async def arrivals(start: float, rate: float, total: int) -> AsyncIterator[float]:
    """The times at which `total` requests are due, `rate` a second, each when it has come; at once when it is past."""
    for number in range(total):
        due = start + number / rate
        if due > now():
            await asyncio.sleep(due - now())
        yield due
