"""Requests one after the other on each of several kept connections: as many as the server can take."""

import asyncio
import time
from dataclasses import dataclass

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Rate:
    """What came of a round.

    Attributes:
        per_second: Answers.
        p50, p99: Seconds.
    """

    per_second: float
    p50: float
    p99: float


async def measure(host: str, port: int, request: bytes, connections: int, seconds: float) -> Rate:
    """Sends the same request for so long.

    Raises:
        RuntimeError: An answer is not 200.
    """
    until = time.perf_counter() + seconds
    began = time.perf_counter()
    rounds = await asyncio.gather(*(_connection(host, port, request, until) for _ in range(connections)))
    took = time.perf_counter() - began
    times = sorted(each for one in rounds for each in one)
    return Rate(len(times) / took, times[len(times) // 2], times[int(len(times) * 0.99)])


async def _connection(host: str, port: int, request: bytes, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    times = []
    try:
        while (began := time.perf_counter()) < until:
            writer.write(request)
            head = await reader.readuntil(_HEAD_END)
            if b" 200 " not in head[:16]:
                raise RuntimeError(head.decode())
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            times.append(time.perf_counter() - began)
    finally:
        writer.close()
    return times
