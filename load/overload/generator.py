"""Makes calls on a fixed schedule, in a process of its own: reads a job from standard input, writes what became of it.

An open loop: a call is made when it is due, whatever became of those before it, and its latency counts from then.
"""

import asyncio
import json
import os
import sys
from collections import Counter, deque
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
import uvloop

from load.open_loop import HEAD_START_SECONDS, arrivals, now
from load.overload.calls import Call, call_of
from load.overload.subjects import Subjects

_CHANNELS = 8
_REFUSED = grpc.StatusCode.RESOURCE_EXHAUSTED
_LATE = grpc.StatusCode.DEADLINE_EXCEEDED


@dataclass
class Job:
    """What is to be done.

    Attributes:
        rate: Calls a second; 0 for a closed loop of `callers` instead.
        deadline: Seconds that each call has, from the moment it was due.
        tells_deadline: Whether the plane is told of it.
        core: On which core to run, where the system lets one choose; -1 for any.
    """

    kind: str
    target: str
    rate: float
    callers: int
    seconds: float
    deadline: float
    tells_deadline: bool
    core: int


@dataclass
class Outcome:
    """What became of it; seconds.

    Attributes:
        good: Latencies of calls that were answered in time.
        refused: Of those that were refused.
        late: How many were not answered in time.
        failed: Others, by code.
        lateness: How late the generator was to make each call.
        good_at: When good answers came, since the first call was due.
    """

    good: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    late: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    lateness: list[float] = field(default_factory=list)
    good_at: list[float] = field(default_factory=list)


async def run(job: Job, subjects: Subjects) -> Outcome:
    """Does the job."""
    async with AsyncExitStack() as stack:
        channels = [
            await stack.enter_async_context(grpc.aio.insecure_channel(job.target, options=_options(number)))
            for number in range(_CHANNELS)
        ]
        await asyncio.gather(*(channel.channel_ready() for channel in channels))
        call, outcome = call_of(job.kind, channels, subjects), Outcome()
        if job.rate:
            await _open_loop(job, call, outcome)
        else:
            await _closed_loop(job, call, outcome)
        return outcome


async def _open_loop(job: Job, call: Call, outcome: Outcome) -> None:
    start = now() + HEAD_START_SECONDS
    async with asyncio.TaskGroup() as calls:
        async for due in arrivals(start, job.rate, int(job.rate * job.seconds)):
            outcome.lateness.append(max(now() - due, 0.0))
            calls.create_task(_measured(job, call, outcome, due, start))


async def _closed_loop(job: Job, call: Call, outcome: Outcome) -> None:
    start = now()

    async def caller() -> None:
        while now() < start + job.seconds:
            await _measured(job, call, outcome, now(), start)

    await asyncio.gather(*(caller() for _ in range(job.callers)))


async def _measured(job: Job, call: Call, outcome: Outcome, due: float, start: float) -> None:
    left = max(due + job.deadline - now(), 0.001)
    try:
        async with asyncio.timeout(left):
            await call(left if job.tells_deadline else job.deadline * 100)
    except TimeoutError:
        outcome.late += 1
    except IndexError:  # All subjects are in use by calls that are under way.
        outcome.failed["NO SUBJECT"] += 1
    except grpc.RpcError as error:
        code = error.code()
        if code is _REFUSED:
            outcome.refused.append(now() - due)
        elif code is _LATE:
            outcome.late += 1
        else:
            outcome.failed[code.name] += 1
    else:
        outcome.good.append(now() - due)
        outcome.good_at.append(now() - start)


def _options(number: int) -> list[tuple[str, Any]]:
    # Nothing is tried again: what is measured is what the first try gets.
    return [("grpc.enable_retries", 0), ("grpc.enable_http_proxy", 0), ("load.number", number)]


def main() -> None:
    """Reads, does, writes."""
    told: Mapping[str, Any] = json.load(sys.stdin)
    job = Job(**told["job"])
    subjects = Subjects(**{**told["subjects"], "refresh_tokens": deque(told["subjects"]["refresh_tokens"])})
    if job.core >= 0 and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {job.core})
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(run(job, subjects))
    json.dump({"outcome": vars(outcome), "refresh_tokens": list(subjects.refresh_tokens)}, sys.stdout)


if __name__ == "__main__":
    main()
