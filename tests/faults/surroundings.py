"""memcached is killed or frozen; a process has no descriptors left."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import grpc
import psutil

from tests.eventually import eventually
from tests.faults.asks import of_newcomers, of_the_gateways
from tests.faults.database import REFUSED_SECONDS
from tests.faults.fault import Fault, Figures, Lengths
from tests.faults.stage import Stage, service_health
from tests.faults.watch import Watch, longest, require_none, require_soon
from tests.staleness.fleet import Part
from tests.staleness.homes import Web

_SPARE = 8
_MORE = 32
"""So many connections are too many when `_SPARE` descriptors are left."""


def _memcached_killed(stage: Stage, lengths: Lengths) -> Figures:
    with _unnoticed(stage, lengths):
        stage.memcached.kill()
        time.sleep(lengths.brief)
        stage.memcached.start()
    return Figures()


def _memcached_frozen(stage: Stage, lengths: Lengths) -> Figures:
    with _unnoticed(stage, lengths):
        stage.memcached.freeze()
        time.sleep(lengths.frozen / 2)
        stage.memcached.resume()
    return Figures()


@contextmanager
def _unnoticed(stage: Stage, lengths: Lengths) -> Iterator[None]:
    with Watch(of_the_gateways(stage)) as web, Watch(of_newcomers(stage, stage.fleet.token)) as services:
        yield
        web.until_ok(time.monotonic())
    require_none([*web.failures(), *services.failures()])
    require_soon([*web.answers(), *services.answers()], REFUSED_SECONDS * lengths.slack)


def _no_descriptors(stage: Stage, lengths: Lengths) -> Figures:
    """Connections are opened until one process of each part cannot take one more; when they are closed it serves
    newcomers again. Who is connected already may be refused, as a new connection to the store cannot be had either.
    """
    parts = [stage.fleet.auth[0], stage.fleet.token[0], stage.fleet.gateway[0]]
    with Watch(of_the_gateways(stage)) as watch, ExitStack() as held, ExitStack() as limits:
        for part in parts:
            limits.enter_context(_descriptors(part, _SPARE))
            for _ in range(_MORE):
                held.enter_context(socket.create_connection(("127.0.0.1", part.port), timeout=5))
        eventually(lambda: all(_free(part) <= 0 for part in parts))
        time.sleep(lengths.brief)
        held.close()
        closed = time.monotonic()
        eventually(lambda: all(map(_serves_newcomers, parts)))
        back_in = time.monotonic() - closed
        limits.close()
        watch.until_ok(time.monotonic())
    failures = watch.failures()
    require_none([each for each in failures if each.said not in {"503", "0"}])
    return Figures(longest(failures), len(failures), back_in)


@contextmanager
def _descriptors(part: Part, spare: int) -> Iterator[None]:
    """The process may open only so many more while the context is open."""
    process = psutil.Process(part.process.pid)
    before = process.rlimit(psutil.RLIMIT_NOFILE)
    process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds() + spare, before[1]))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_NOFILE, before)


def _free(part: Part) -> int:
    process = psutil.Process(part.process.pid)
    return int(process.rlimit(psutil.RLIMIT_NOFILE)[0] - process.num_fds())


def _serves_newcomers(part: Part) -> bool:
    if part.kind == "gateway":
        web = Web(part)
        try:
            return web.get("/auth/jwks", {})[0] == 200
        except OSError:
            return False
        finally:
            web.close()
    with grpc.insecure_channel(part.target, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        return service_health(channel, part, "") == "SERVING"


SURROUNDING_FAULTS = [
    Fault("memcached killed", _memcached_killed),
    Fault("memcached frozen", _memcached_frozen),
    # Only Linux lets one process bound another.
    *([Fault("no descriptors left", _no_descriptors)] if sys.platform == "linux" else []),
]
