"""`make bench-observed`: warm introspection with everything on beside everything off, and while it is scraped.

python -m load.observed [--seconds 2] [--rounds 4] [--processes 3]

Planes of three kinds run side by side and are asked in turn, so that whatever else the machine does hits all; several
of each, since two processes of the same code differ by a twentieth. "off" counts, times and logs nothing; "metrics" is
what is on by default, with one line in a hundred requests; "all" also traces one request in a hundred to a collector.
CPU is that of the plane's process.
"""

import argparse
import asyncio
import statistics
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import aiohttp
import grpc
import uvloop
from rich.console import Console
from rich.progress import track
from rich.table import Table

from authplane.token.v1 import token_pb2, token_pb2_grpc
from cli.top.scrape import scrape
from load.flow import Flow
from load.observed.closed_loop import Rate, measure
from load.plane import Plane, own_plane
from load.population import Population, population

_CONNECTIONS = 8
_TARGET = 0.10
_RENDERINGS = 20
_RENDER_TARGET_MS = 50


@dataclass(frozen=True)
class Subject:
    """A plane, and what it is asked again and again."""

    plane: Plane
    request: bytes
    question: token_pb2.IntrospectRequest


@dataclass(frozen=True)
class Round:
    """What came of asking for some seconds.

    Attributes:
        cpu: Seconds of the plane's CPU for each answer.
    """

    rate: Rate
    cpu: float


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="make bench-observed", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement (default: 2)")
    parser.add_argument("--rounds", type=int, default=4, help="measurements of each; the median is shown (default: 4)")
    parser.add_argument("--processes", type=int, default=3, help="of each kind (default: 3)")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        collector = stack.enter_context(_collector())
        kinds: dict[str, Callable[[], AbstractContextManager[Plane]]] = {
            "off": partial(own_plane, "load.observed.unobserved"),
            "metrics": own_plane,
            "all": partial(own_plane, trace="otlp", trace_endpoint=collector, trace_ratio="0.01"),
        }
        subjects = [
            (name, _subject(stack, stack.enter_context(kind()))) for name, kind in (*kinds.items(),) * chosen.processes
        ]  # fmt: skip - So that what is repeated shows.
        rounds: dict[tuple[str, str], list[Round]] = defaultdict(list)
        for _ in track(range(chosen.rounds), "measuring", transient=True):
            for name, subject in subjects:
                for path, ask in (("gateway", _over_http), ("RPC", _over_grpc)):
                    rounds[path, name].append(_round(subject, ask, chosen.seconds))
                if name == "metrics":
                    with _scraped(subject.plane):
                        rounds["gateway", "metrics, scraped"].append(_round(subject, _over_http, chosen.seconds))
        _show(rounds)
        _show_rendering(subjects[-1][1].plane)


def _subject(stack: ExitStack, plane: Plane) -> Subject:
    people = stack.enter_context(population(plane))
    token = asyncio.run(_token(plane, people))
    basic = aiohttp.encode_basic_auth(people.client_id, people.client_secret)
    body = f"token={token}"
    request = (
        f"POST /auth/introspect HTTP/1.1\r\nhost: x\r\nauthorization: {basic}\r\n"
        f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n{body}"
    )
    return Subject(plane, request.encode(), token_pb2.IntrospectRequest(token=token))


async def _token(plane: Plane, people: Population) -> str:
    async with Flow(plane, people) as flow:
        await flow.prime(1)
        return str(flow.access_tokens[0])


def _round(subject: Subject, ask: Callable[[Subject, float], Rate], seconds: float) -> Round:
    before = scrape(subject.plane.admin_url, "", 0.0).total("process_cpu_seconds_total")
    rate = ask(subject, seconds)
    spent = scrape(subject.plane.admin_url, "", 0.0).total("process_cpu_seconds_total") - before
    return Round(rate, spent / (rate.per_second * seconds))


def _over_http(subject: Subject, seconds: float) -> Rate:
    port = urlsplit(subject.plane.issuer).port or 80
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measure("127.0.0.1", port, subject.request, _CONNECTIONS, seconds))


def _over_grpc(subject: Subject, seconds: float) -> Rate:
    async def ask() -> Rate:
        async with grpc.aio.insecure_channel(subject.plane.token_target) as channel:
            stub = token_pb2_grpc.TokenServiceStub(channel)
            began = time.perf_counter()

            async def caller() -> list[float]:
                times = []
                while (at := time.perf_counter()) < began + seconds:
                    await stub.Introspect(subject.question)
                    times.append(time.perf_counter() - at)
                return times

            rounds = await asyncio.gather(*(caller() for _ in range(_CONNECTIONS)))
            times = sorted(each for one in rounds for each in one)
            took = time.perf_counter() - began
            return Rate(len(times) / took, times[len(times) // 2], times[int(len(times) * 0.99)])

    return asyncio.run(ask())


@contextmanager
def _scraped(plane: Plane) -> Iterator[None]:
    """Once a second, as by Prometheus."""
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(1.0):
            scrape(plane.admin_url, "", 0.0)

    thread = threading.Thread(target=go_on)
    thread.start()
    yield
    stop.set()
    thread.join()


@contextmanager
def _collector() -> Iterator[str]:
    """Takes traces and throws them away."""
    server = grpc.server(ThreadPoolExecutor(1))
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(lambda request, context: b"")
    service = "opentelemetry.proto.collector.trace.v1.TraceService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop(0).wait()


def _show(rounds: Mapping[tuple[str, str], list[Round]]) -> None:
    table = Table(title="Warm introspection; medians")
    for column in ("asked through", "observed", "answers/s", "p50 ms", "p99 ms", "CPU µs each", "CPU beside off"):
        table.add_column(column, justify="right")
    cpu = {key: statistics.median(each.cpu for each in found) for key, found in rounds.items()}
    for (path, name), found in sorted(rounds.items(), key=lambda item: (item[0][0], cpu[item[0]])):
        rates = [each.rate for each in found]
        table.add_row(
            path,
            name,
            f"{statistics.median(rate.per_second for rate in rates):,.0f}",
            f"{statistics.median(rate.p50 for rate in rates) * 1000:.2f}",
            f"{statistics.median(rate.p99 for rate in rates) * 1000:.2f}",
            f"{cpu[path, name] * 1e6:.0f}",
            f"{cpu[path, name] / cpu[path, 'off'] - 1:+.1%}",
        )
    Console().print(table)
    Console().print(f"target: {_TARGET:.0%} with all of it on")


def _show_rendering(plane: Plane) -> None:
    times = []
    for _ in range(_RENDERINGS):
        began = time.perf_counter()
        with urllib.request.urlopen(f"{plane.admin_url}/metrics", timeout=10) as answer:  # noqa: S310 - our own plane.
            size = len(answer.read())
        times.append((time.perf_counter() - began) * 1000)
    Console().print(
        f"/metrics: {size / 1000:.0f} kB, rendered in {statistics.median(times):.1f} ms, {max(times):.1f} at most "
        f"(target: {_RENDER_TARGET_MS})"
    )


if __name__ == "__main__":
    main()
