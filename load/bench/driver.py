"""Asks one address over HTTP or gRPC, in a process of its own: reads a job from its input, writes what it measured.

python -m load.bench.driver

In a closed loop each caller asks again as soon as it has its answer. In an open loop questions are asked when they are
due, whatever became of those before, and latency counts from then. Questions that work once are asked once.
"""

import asyncio
import json
import math
import re
import sys
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Any

import grpc
import grpc.aio
import uvloop
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # It has no stubs.

from load.bench.measured import Measured, histogram, measured
from load.open_loop import HEAD_START_SECONDS, arrivals, now

_HEAD_END = b"\r\n\r\n"
_CONNECTIONS_OPEN_LOOP = 32
Ask = Callable[[bytes], Awaitable[bytes]]


@dataclass(frozen=True)
class Job:
    """What to ask, and how.

    Attributes:
        address: "host:port".
        method: Path of the gRPC method; empty for HTTP.
        questions: Whole HTTP requests, or messages, as hexadecimal digits.
        once: Whether each is asked once; otherwise they are asked in turn.
        callers: Of a closed loop.
        rate: Questions a second of an open loop; 0 for a closed one.
        looked_for: A pattern whose first group is collected from the answers; empty for none.
    """

    address: str
    method: str
    questions: list[str]
    once: bool
    callers: int
    seconds: float
    rate: float = 0.0
    looked_for: str = ""


class NotGood(Exception):
    """An answer is not what it should be; the text is short and the same for the same cause."""


class _Http:
    """One kept connection, and another one when the server has closed it."""

    def __init__(self, address: str) -> None:
        self._host, _, self._port = address.rpartition(":")
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __call__(self, question: bytes) -> bytes:
        if self._streams is None or self._streams[1].is_closing():
            self._streams = await asyncio.open_connection(self._host, int(self._port))
        reader, writer = self._streams
        writer.write(question)
        head = await reader.readuntil(_HEAD_END)
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1])) if length else b""
        if head[9:12] not in (b"200", b"302", b"303"):
            raise NotGood(head[9:12].decode())
        return head + body


async def _asks(stack: AsyncExitStack, job: Job, count: int) -> list[Ask]:
    if not job.method:
        return [_Http(job.address) for _ in range(count)]
    asks = list[Ask]()
    for number in range(count):
        options = [("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0), ("load.number", number)]
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(job.address, options=options))
        asks.append(_over_grpc(channel.unary_unary(job.method)))
    return asks


def _over_grpc(method: Any) -> Ask:
    async def ask(question: bytes) -> bytes:
        try:
            return bytes(await method(question, timeout=10))
        except grpc.RpcError as error:
            raise NotGood(error.code().name) from error

    return ask


class _Run:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._questions = deque(map(bytes.fromhex, job.questions))
        self._pattern = re.compile(job.looked_for.encode()) if job.looked_for else None
        self.latencies = histogram()
        self.by_second = defaultdict[int, HdrHistogram](histogram)
        self.began = math.inf
        self.failures = Counter[str]()
        self.found = list[str]()

    def next(self) -> bytes | None:
        """The next question; none when there is none left."""
        if not self._questions:
            return None
        if self._job.once:
            return self._questions.popleft()
        self._questions.rotate(-1)
        return self._questions[0]

    async def one(self, ask: Ask, question: bytes, since: float) -> None:
        """Asks, and notes what came of it."""
        try:
            answer = await ask(question)
            found = self._pattern.search(answer) if self._pattern else None
            if found:
                self.found.append(found[1].decode())
        except NotGood as reason:
            self.failures[str(reason)] += 1
        except (OSError, asyncio.IncompleteReadError) as error:
            self.failures[type(error).__name__] += 1
        ended = now()
        microseconds = max(int((ended - since) * 1e6), 1)
        self.latencies.record_value(microseconds)
        if ended >= self.began:
            self.by_second[int(ended - self.began)].record_value(microseconds)


async def run(job: Job) -> Measured:
    """Does the job."""
    made = _Run(job)
    async with AsyncExitStack() as stack:
        began = now()
        if job.rate:
            await _open_loop(made, job, await _asks(stack, job, _CONNECTIONS_OPEN_LOOP))
        else:
            await _closed_loop(made, job, await _asks(stack, job, job.callers))
        return measured(made.latencies, dict(made.failures), now() - began, made.found, made.by_second)


async def _closed_loop(made: _Run, job: Job, asks: list[Ask]) -> None:
    until = now() + job.seconds

    async def caller(ask: Ask) -> None:
        while now() < until and (question := made.next()) is not None:
            await made.one(ask, question, now())

    await asyncio.gather(*map(caller, asks))


async def _open_loop(made: _Run, job: Job, asks: list[Ask]) -> None:
    idle: asyncio.LifoQueue[Ask] = asyncio.LifoQueue()
    for ask in asks:
        idle.put_nowait(ask)

    async def one(question: bytes, due: float) -> None:
        ask = await idle.get()
        await made.one(ask, question, due)
        idle.put_nowait(ask)

    made.began = start = now() + HEAD_START_SECONDS
    async with asyncio.TaskGroup() as answers:
        async for due in arrivals(start, job.rate, int(job.rate * job.seconds)):
            question = made.next()
            if question is None:
                return
            answers.create_task(one(question, due))


def main() -> None:
    """Reads, does, writes."""
    job = Job(**json.load(sys.stdin))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        json.dump(asdict(runner.run(run(job))), sys.stdout)


if __name__ == "__main__":
    main()
