"""What a connection may cost: streams, pings, idleness and age, seen frame by frame."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest

import shared.rpc.server
from authplane.token.v1 import token_pb2
from tests.eventually import eventually
from tests.rpc.scripted import serving
from tests.rpc.test_admission import SERVING, Gate, inside

ACTIVE = token_pb2.IntrospectResponse(active=True)
SETTINGS, PING, GOAWAY = 4, 6, 7
ENHANCE_YOUR_CALM = 11


def answer(request: object, context: object) -> token_pb2.IntrospectResponse:
    return ACTIVE


class Http2Peer:
    """A connection that speaks just enough HTTP/2 (RFC 9113) to be kept."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self._frame(SETTINGS))

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """What the server sends, by type, until it hangs up; its settings are acknowledged."""
        while head := self._read(9):
            length, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            payload = self._read(length)
            if kind == SETTINGS and not flags & 1:
                self._socket.sendall(self._frame(SETTINGS, flags=1))
            yield kind, payload

    def ping(self) -> None:
        self._socket.sendall(self._frame(PING, payload=b"12345678"))

    def close(self) -> None:
        self._socket.close()

    @staticmethod
    def _frame(kind: int, flags: int = 0, payload: bytes = b"") -> bytes:
        return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + bytes(4) + payload

    def _read(self, length: int) -> bytes:
        parts = b""
        while len(parts) < length:
            part = self._socket.recv(length - len(parts))
            if not part:
                return b""
            parts += part
        return parts


@contextmanager
def options(monkeypatch: pytest.MonkeyPatch, **changed: int) -> Iterator[None]:
    wanted = {**dict(shared.rpc.server.OPTIONS), **{f"grpc.{name}": value for name, value in changed.items()}}
    with monkeypatch.context() as patch:
        patch.setattr(shared.rpc.server, "OPTIONS", tuple(wanted.items()))
        yield


@pytest.mark.parametrize("limit", ["max_connection_idle_ms", "max_connection_age_ms"])
def test_a_connection_does_not_last_for_ever(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """One that idles, and one that is old, is told to go: GOAWAY, and then the end."""
    with options(monkeypatch, **{limit: 300}), serving(answer) as running:
        peer = Http2Peer(running.server.port)
        assert any(kind == GOAWAY for kind, _ in peer.frames())
        peer.close()
        assert running.introspect() == ACTIVE


def test_who_pings_too_often_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection without calls may ask for life every ten seconds; more costs it the connection."""
    with serving(answer) as running:
        peer, stop = Http2Peer(running.server.port), threading.Event()

        def pester() -> None:
            while not stop.wait(0.02):
                try:
                    peer.ping()
                except OSError:
                    return

        pinging = threading.Thread(target=pester)
        pinging.start()
        goaways = [payload for kind, payload in peer.frames() if kind == GOAWAY]
        stop.set()
        pinging.join()
        peer.close()
        assert struct.unpack(">I", goaways[0][4:8])[0] == ENHANCE_YOUR_CALM
        assert running.introspect() == ACTIVE


def test_a_connection_has_so_many_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others of its calls wait at the caller; another connection is served meanwhile."""
    gate = Gate()
    settings = {"store_workers": 64, "store_queue": 64, "lane_share": 1, "lane_budget_ms": 0}
    with (
        options(monkeypatch, max_concurrent_streams=10),
        serving(gate, **settings) as running,
        ThreadPoolExecutor(20) as callers,
    ):
        assert running.health() == SERVING  # The caller has heard of the limit.
        calls = [callers.submit(running.introspect, "", 30) for _ in range(20)]
        eventually(lambda: inside(running.registry) == 10)
        time.sleep(0.3)
        assert inside(running.registry) == 10
        peer = Http2Peer(running.server.port)
        assert next(peer.frames())[0] == SETTINGS
        peer.close()
        gate.open.set()
        # A stream that comes in the moment in which another ends may be refused (REFUSED_STREAM); it was not executed.
        outcomes = [call.exception() for call in calls]
        assert {error.code() for error in outcomes if isinstance(error, grpc.RpcError)} <= {grpc.StatusCode.UNAVAILABLE}
        assert outcomes.count(None) >= 10
