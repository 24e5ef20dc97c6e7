"""What is kept is answered where calls are taken in, and looks like any other answer."""

import io
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from authplane.token.v1 import token_pb2, token_pb2_grpc
from shared.rpc.failure import failure_of
from shared.rpc.server import RpcServer, RpcService
from shared.runtime import make_runtime
from shared.settings import CommonSettings
from shared.telemetry.logging import make_logger
from tests.rpc.scripted import SERVICE, SYSTEM_CLOCK, Running, Script, Scripted, trailing

KEPT, MADE = token_pb2.IntrospectResponse(client_id="kept"), token_pb2.IntrospectResponse(client_id="made")
ONE_PLACE: dict[str, Any] = {"store_workers": 1, "store_queue": 0, "lane_budget_ms": 0}


class Shelf:
    """A keeper that has a reply for one token."""

    def __init__(self) -> None:
        self.token = "kept"
        self.threads = list[str]()
        self.error: Exception | None = None

    def hit(self, request: bytes) -> bytes | None:
        self.threads.append(threading.current_thread().name)
        if self.error:
            raise self.error
        is_kept = token_pb2.IntrospectRequest.FromString(request).token == self.token
        return KEPT.SerializeToString() if is_kept else None

    def around(self, behaviour: Callable[..., Any], reading: Any) -> Callable[..., Any]:
        return lambda request, context: behaviour(reading(request), context).SerializeToString()


class ThreadNames(io.StringIO):
    """A log that knows who wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.names = list[str]()

    def write(self, text: str) -> int:
        self.names.append(threading.current_thread().name)
        return super().write(text)


@contextmanager
def keeping(
    shelf: Shelf, script: Script, log: io.StringIO | None = None, log_ratio: float = 0.0, **settings: object
) -> Iterator[Running]:
    """A server with that keeper, whose script decides the rest."""
    log, registry = log or io.StringIO(), CollectorRegistry()
    runtime = make_runtime(
        SYSTEM_CLOCK, os.urandom, registry, make_logger(log, "info", "json"), request_log_ratio=log_ratio
    )
    service = RpcService(
        SERVICE,
        lambda server: token_pb2_grpc.add_TokenServiceServicer_to_server(Scripted(script), server),  # type: ignore[abstract]  # The rest is unimplemented.
        keepers={"Introspect": shelf},
    )
    common = CommonSettings.model_validate({"secret": "s" * 32, **settings})
    with (
        RpcServer("scripted", "127.0.0.1:0", [service], runtime, common) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        yield Running(server, channel, registry, log)


def test_what_is_kept_needs_no_place() -> None:
    """While the only thread is taken; what is not kept is refused then."""
    taken, go_on = threading.Event(), threading.Event()

    def script(request: object, context: object) -> token_pb2.IntrospectResponse:
        taken.set()
        assert go_on.wait(20)
        return MADE

    with keeping(Shelf(), script, **ONE_PLACE) as running, ThreadPoolExecutor(1) as callers:
        slow = callers.submit(running.introspect, "another", 20)
        assert taken.wait(20)
        assert [running.introspect("kept") for _ in range(50)] == [KEPT] * 50
        with pytest.raises(grpc.RpcError) as failure:
            running.introspect("another")
        assert failure_of(failure.value).code is grpc.StatusCode.RESOURCE_EXHAUSTED
        go_on.set()
        assert slow.result() == MADE


def test_it_looks_like_any_other_answer() -> None:
    """The caller's request id or a new one, and the same counts."""
    shelf = Shelf()
    with keeping(shelf, lambda *_: MADE) as running:
        for token, reply in (("kept", KEPT), ("another", MADE)):
            before = running.handled("OK")
            response, call = running.stub.Introspect.with_call(
                token_pb2.IntrospectRequest(token=token), metadata=(("x-request-id", "mine"),)
            )
            assert (response, trailing(call)) == (reply, {"x-request-id": "mine"})
            _, call = running.stub.Introspect.with_call(token_pb2.IntrospectRequest(token=token))
            assert len(trailing(call)["x-request-id"]) == 32
            assert running.handled("OK") == before + 2
    assert not any("store" in name for name in shelf.threads)


def test_a_logged_call_has_a_thread() -> None:
    """A log that nobody reads must not hold up who takes calls in."""
    log = ThreadNames()
    with keeping(Shelf(), lambda *_: MADE, log, log_ratio=1.0) as running:
        assert running.introspect("kept") == MADE
    assert '"event":"rpc"' in log.getvalue()
    assert all(name.startswith("scripted-store") for name in log.names if "readiness" not in name)


def test_a_keeper_that_fails_does_not_end_the_server() -> None:
    """A thread does what it would have done."""
    shelf = Shelf()
    shelf.error = RuntimeError("broken")
    with keeping(shelf, lambda *_: MADE) as running:
        assert [running.introspect("kept") for _ in range(3)] == [MADE] * 3
        shelf.error = None
        assert running.introspect("kept") == KEPT
