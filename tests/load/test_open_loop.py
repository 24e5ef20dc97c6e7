"""The driver measures what a user would, and sums it up exactly."""

import asyncio

from load.figures import Samples, figures_of
from load.open_loop import Failed, OpenLoop


def test_a_stall_counts_for_all_that_were_due() -> None:
    """Requests that became due during a stall are measured from when they were due (no coordinated omission)."""
    gate = asyncio.Event()

    async def stalled() -> None:
        await gate.wait()

    async def run() -> OpenLoop:
        loop = OpenLoop({"stalled": stalled}, rate=100, duration=1, sent=lambda: None)
        asyncio.get_running_loop().call_later(1.4, gate.set)
        await loop.run()
        return loop

    latencies = asyncio.run(run()).samples["stalled"].latencies
    assert len(latencies) == 100
    assert max(latencies) > 1
    assert sorted(latencies)[50] > 0.5


def test_failures_are_counted_and_measured() -> None:
    """A failed request is a sample like any other, and its reason is counted."""

    async def refused() -> None:
        raise Failed("503")

    async def accepted() -> None:
        pass

    loop = OpenLoop({"refused": refused, "accepted": accepted}, rate=100, duration=1, sent=lambda: None)
    asyncio.run(loop.run())
    assert (len(loop.samples["refused"].latencies), loop.samples["refused"].failures) == (50, {"503": 50})
    assert (len(loop.samples["accepted"].latencies), loop.samples["accepted"].failures) == (50, {})


def test_figures() -> None:
    """Percentiles are by nearest rank, in milliseconds."""
    figures = figures_of("hundred", Samples([second / 1000 for second in range(100, 0, -1)]))
    assert (figures.requests, figures.p50_ms, figures.p95_ms, figures.p99_ms, figures.max_ms) == (100, 50, 95, 99, 100)
    assert figures.within_bounds


def test_bounds() -> None:
    """A slow tail or a single failure misses the bounds."""
    assert not figures_of("tail", Samples([0.001] * 90 + [0.15] * 10)).within_bounds
    failed = Samples([0.001])
    failed.failures["503"] += 1
    assert not figures_of("failed", failed).within_bounds
