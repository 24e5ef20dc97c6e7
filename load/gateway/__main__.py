"""`make bench-gateway`: warm introspection and userinfo beside the least that a gateway can do.

python -m load.gateway [--seconds 3] [--rounds 3]

All servers run side by side and are asked in turn, so that whatever else the machine does hits all of them. "call" is a
gateway that makes one gRPC call to a server that does nothing; "constant" reads the request and answers.
"""

import argparse
import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import aiohttp
import uvloop
from rich.console import Console
from rich.table import Table

from load.flow import Flow
from load.gateway.closed_loop import Rate, measure
from load.plane import Plane, own_plane
from load.population import Population, population

_CONNECTIONS = (1, 16, 64)
_OF_CONSTANT, _OF_CALL = 0.85, 4.0


@dataclass(frozen=True)
class Asked:
    """A server, and the request that it is asked again and again."""

    port: int
    request: bytes


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="make bench-gateway", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement (default: 3)")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each; the median is shown (default: 3)")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        plane = stack.enter_context(own_plane())
        people = stack.enter_context(population(plane))
        introspection, userinfo = asyncio.run(_requests(plane, people))
        gateway = stack.enter_context(_gateway(plane))
        servers = {
            "constant": Asked(stack.enter_context(_floor("constant")), introspection),
            "call": Asked(stack.enter_context(_floor("call")), introspection),
            "introspect, warm": Asked(gateway, introspection),
            "userinfo, warm": Asked(gateway, userinfo),
        }
        _show(_measured(servers, chosen.rounds, chosen.seconds))


async def _requests(plane: Plane, people: Population) -> tuple[bytes, bytes]:
    async with Flow(plane, people) as flow:
        await flow.prime(1)
        token = flow.access_tokens[0]
    basic = aiohttp.encode_basic_auth(people.client_id, people.client_secret)
    body = f"token={token}"
    introspection = (
        f"POST /auth/introspect HTTP/1.1\r\nhost: x\r\nauthorization: {basic}\r\n"
        f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n{body}"
    )
    userinfo = f"GET /auth/userinfo HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n"
    return introspection.encode(), userinfo.encode()


@contextmanager
def _gateway(plane: Plane) -> Iterator[int]:
    """A gateway in a process of its own, as in production, before the services of the plane."""
    settings = {
        "AUTHPLANE_ISSUER": plane.issuer,
        "AUTHPLANE_SECRET": secrets.token_urlsafe(32),
        "AUTHPLANE_AUTH_TARGET": plane.auth_target,
        "AUTHPLANE_TOKEN_TARGET": plane.token_target,
    }
    command = [sys.executable, "-m", "cli", "serve", "gateway", "--gateway-port", "0", "--admin-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **settings}) as process:
        try:
            lines = (json.loads(line) for line in process.stdout or ())
            yield next(int(line["port"]) for line in lines if line["event"] == "serving")
        finally:
            process.terminate()


@contextmanager
def _floor(kind: str) -> Iterator[int]:
    command = [sys.executable, "-m", "load.gateway.floors", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline() if process.stdout else 0)
        finally:
            process.kill()


def _measured(servers: Mapping[str, Asked], rounds: int, seconds: float) -> Mapping[tuple[str, int], list[Rate]]:
    rates = defaultdict[tuple[str, int], list[Rate]](list)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _ in range(rounds):
            for connections in _CONNECTIONS:
                for name, asked in servers.items():
                    measuring = measure("127.0.0.1", asked.port, asked.request, connections, seconds)
                    rates[name, connections].append(runner.run(measuring))
    return rates


def _show(rates: Mapping[tuple[str, int], list[Rate]]) -> None:
    table = Table(title="Requests per second through a gateway; p99 in ms")
    for column in ("answered by", *(f"{each} connections" for each in _CONNECTIONS), "of constant", "times call"):
        table.add_column(column, justify="right")
    middle = {key: statistics.median(rate.per_second for rate in found) for key, found in rates.items()}
    slowest = {key: statistics.median(rate.p99 for rate in found) for key, found in rates.items()}
    for name in dict.fromkeys(name for name, _ in rates):
        cells = [f"{middle[name, each]:,.0f}  {slowest[name, each] * 1000:.1f}" for each in _CONNECTIONS]
        most = {
            each: max(middle[each, connections] for connections in _CONNECTIONS) for each in (name, "constant", "call")
        }
        table.add_row(name, *cells, f"{most[name] / most['constant']:.0%}", f"{most[name] / most['call']:.1f}")
    Console().print(table)
    Console().print(f"targets: {_OF_CONSTANT:.0%} of constant, {_OF_CALL:g} times call")


if __name__ == "__main__":
    main()
