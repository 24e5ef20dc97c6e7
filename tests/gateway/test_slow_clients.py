"""Clients that hold connections and bring nothing: they lose, and nobody else notices."""

import itertools
import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from shared.errors import InvalidGrant
from tests.eventually import eventually
from tests.gateway.conftest import Gateway, run_gateway

HEAD = b"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SLOW = (b"", b"P", HEAD[:40], HEAD, HEAD + b"Content-Length: 50\r\n\r\ngrant_type=")
"""Beginnings of requests whose rest does not come."""


@pytest.fixture
def crowd() -> Iterator[None]:
    """Room for a thousand sockets on both sides in this process."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], min(before[1], 8192)), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def slow_clients(gateway: Gateway, count: int) -> Iterator[list[socket.socket]]:
    """So many connections, each with some beginning of a request; they drip a byte now and then."""
    with ExitStack() as stack:
        connections = list[socket.socket]()
        for _, beginning in zip(range(count), itertools.cycle(SLOW), strict=False):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port), timeout=5))
            connection.sendall(beginning)
            connections.append(connection)
        yield connections


running = contextmanager(run_gateway)


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(0.01)
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def connections(gateway: Gateway) -> float:
    return gateway.registry.get_sample_value("authplane_http_connections") or 0


def goodput(gateway: Gateway, seconds: float = 1.5) -> int:
    """How many requests are answered in so many seconds, on a few connections."""
    answered, stop = itertools.count(), threading.Event()

    def ask() -> None:
        with gateway.browser() as http:
            while not stop.is_set():
                form = {"grant_type": "refresh_token", "refresh_token": "apr_x", "client_id": "spa"}
                assert http.post("/auth/token", data=form).status_code == 400
                next(answered)

    callers = [threading.Thread(target=ask) for _ in range(4)]
    for caller in callers:
        caller.start()
    time.sleep(seconds)
    stop.set()
    for caller in callers:
        caller.join()
    return next(answered)


def test_a_thousand_slow_clients_hold_nobody_up(crowd: None) -> None:
    """Others are served as without them; measured in turn, since machines are noisy."""
    with running(request_timeout_seconds=60) as gateway:
        gateway.script.answers("RefreshToken", InvalidGrant("expired"))
        alone, beside = goodput(gateway), 0
        with slow_clients(gateway, 1000):
            eventually(lambda: connections(gateway) >= 1000)
            beside = goodput(gateway)
        alone = (alone + goodput(gateway)) // 2
        eventually(lambda: connections(gateway) == 0)
        assert beside >= 0.7 * alone


def test_beyond_the_bound_the_slowest_goes() -> None:
    """Who has waited longest for its own request is cut, and who is new is served."""
    with running(max_connections=20, request_timeout_seconds=60) as gateway:
        gateway.script.answers("RefreshToken", InvalidGrant("expired"))
        with slow_clients(gateway, 20) as slow:
            eventually(lambda: connections(gateway) == 20)
            assert goodput(gateway, 0.2) > 0
            eventually(lambda: connections(gateway) <= 20)
            closed = [is_closed(connection) for connection in slow]
            assert closed == [True] * closed.count(True) + [False] * closed.count(False)
            assert closed.count(True) >= 4


def test_a_connection_that_is_being_answered_is_not_cut() -> None:
    """However many come meanwhile."""
    with running(max_connections=20, request_timeout_seconds=60) as gateway:
        gateway.script.answers("RefreshToken", InvalidGrant("expired"))
        gateway.script.gate = threading.Event()
        statuses = list[int]()

        def ask() -> None:
            with gateway.browser() as http:
                form = {"grant_type": "refresh_token", "refresh_token": "apr_x", "client_id": "spa"}
                statuses.append(http.post("/auth/token", data=form).status_code)

        caller = threading.Thread(target=ask)
        caller.start()
        eventually(lambda: bool(gateway.script.questions))
        with slow_clients(gateway, 40):
            gateway.script.gate.set()
            caller.join()
        assert statuses == [400]
