"""`make bench-client`: what the Python client decides from its memory in a second, on one core.

python -m load.client [--seconds 2]

Beside a bare dictionary keyed by the token's SHA-256, which knows nothing of revocations.
"""

import argparse
import asyncio
import hashlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

from rich.console import Console
from rich.table import Table

from authplane_client import AsyncClient, Client
from load.flow import Flow
from load.plane import Plane, own_plane
from load.population import Population, population

_AT_ONCE = 1000
_WARM_SECONDS = 1.0
_TARGET = 100_000


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="make bench-client", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement (default: 2)")
    seconds = parser.parse_args().seconds
    with own_plane() as plane, population(plane) as people:
        rates = decisions(plane, people, seconds)
    table = Table(title=f"warm decisions a second, one thread; the target is {_TARGET:,}")
    table.add_column("decided by")
    table.add_column("a second", justify="right")
    table.add_column("microseconds", justify="right")
    for name, rate in rates.items():
        table.add_row(name, f"{rate:,.0f}", f"{1e6 / rate:.2f}")
    Console().print(table)


def decisions(plane: Plane, people: Population, seconds: float) -> dict[str, float]:
    """How many a second, by who decides: a dictionary first, then each way in which the client is asked."""
    handle, token = people.session_handles[0], asyncio.run(_access_token(plane, people))
    return {
        "a dictionary": _bare(handle, seconds),
        **_sync(plane, handle, token, seconds),
        **asyncio.run(_aio(plane, handle, seconds)),
    }


async def _access_token(plane: Plane, people: Population) -> str:
    async with Flow(plane, people) as flow:
        await flow.prime(1)
        return flow.access_tokens[0]


def _bare(credential: str, seconds: float) -> float:
    known = {hashlib.sha256(credential.encode()).hexdigest(): True}
    return _rate(lambda: known[hashlib.sha256(credential.encode()).hexdigest()], seconds)


def _sync(plane: Plane, handle: str, token: str, seconds: float) -> dict[str, float]:
    with Client(plane.token_target, plane.auth_target) as client:
        _until_warm(lambda: client.validate_session(handle))
        _until_warm(lambda: client.introspect(token))
        return {
            "validate_session()": _rate(lambda: client.validate_session(handle), seconds),
            "introspect()": _rate(lambda: client.introspect(token), seconds),
        }


async def _aio(plane: Plane, handle: str, seconds: float) -> dict[str, float]:
    async with AsyncClient(plane.token_target, plane.auth_target) as client:
        await client.validate_session(handle)
        await asyncio.sleep(_WARM_SECONDS)
        await client.validate_session(handle)
        return {"await validate_session()": await _async_rate(lambda: client.validate_session(handle), seconds)}


def _until_warm(ask: Callable[[], object]) -> None:
    ask()
    time.sleep(_WARM_SECONDS)
    ask()


def _rate(ask: Callable[[], object], seconds: float) -> float:
    asked, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for _ in range(_AT_ONCE):
            ask()
        asked += _AT_ONCE
    return asked / (time.perf_counter() - began)


async def _async_rate(ask: Callable[[], Coroutine[Any, Any, object]], seconds: float) -> float:
    asked, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for _ in range(_AT_ONCE):
            await ask()
        asked += _AT_ONCE
        await asyncio.sleep(0)  # Its feed needs the loop too.
    return asked / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
