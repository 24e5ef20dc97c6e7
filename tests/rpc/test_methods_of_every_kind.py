"""The boundary surrounds every kind of method, on whatever pool it runs, and survives what looks handlers up."""

import io
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from authplane.token.v1 import token_pb2
from shared.clock import ManualClock
from shared.errors import InvalidGrant, Reason
from shared.rpc.failure import failure_of
from tests.rpc.scripted import SERVICE, Running, make_server, make_server_of, serving

Behaviour = Callable[[Any, grpc.ServicerContext], Any]
KINDS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")


@contextmanager
def serving_one(kind: str, behaviour: Behaviour) -> Iterator[Running]:
    """A server with one method, `/test.Kinds/Method`, that takes and gives bytes."""
    handler = getattr(grpc, f"{kind}_rpc_method_handler")(behaviour)
    handlers = grpc.method_handlers_generic_handler("test.Kinds", {"Method": handler})
    with serving_handlers(handlers) as running:
        yield running


@contextmanager
def serving_handlers(handlers: grpc.GenericRpcHandler) -> Iterator[Running]:
    log, registry = io.StringIO(), CollectorRegistry()
    with (
        make_server_of(lambda server: server.add_generic_rpc_handlers((handlers,)), log, registry) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        yield Running(server, channel, registry, log)


def call(running: Running, kind: str) -> list[bytes]:
    """Calls the method and reads all it answers."""
    request: Any = iter([b"request"]) if kind.startswith("stream") else b"request"
    answer: Any = getattr(running.channel, kind)("/test.Kinds/Method")(request, timeout=10)
    return list(answer) if kind.endswith("stream") else [answer]


def behaving(kind: str, outcome: Exception | None) -> Behaviour:
    """Answers once, and then raises the outcome if there is one."""

    def unary(request: Any, context: grpc.ServicerContext) -> bytes:
        if outcome:
            raise outcome
        return b"answer"

    def stream(request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        yield b"answer"
        if outcome:
            raise outcome

    return stream if kind.endswith("stream") else unary


def count(running: Running, kind: str, code: str) -> float | None:
    types = dict(zip(KINDS, ("unary", "server_stream", "client_stream", "bidi_stream"), strict=True))
    labels = {"grpc_type": types[kind], "grpc_service": "test.Kinds", "grpc_method": "Method", "grpc_code": code}
    return running.registry.get_sample_value("grpc_server_handled_total", labels)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_passes_through(kind: str) -> None:
    """And is counted as OK under the type of the method."""
    with serving_one(kind, behaving(kind, None)) as running:
        assert call(running, kind) == [b"answer"]
    assert count(running, kind, "OK") == 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_domain_error_becomes_a_status(kind: str) -> None:
    """Also in the middle of a stream."""
    with serving_one(kind, behaving(kind, InvalidGrant("no"))) as running:
        with pytest.raises(grpc.RpcError) as raised:
            call(running, kind)
        failure = failure_of(raised.value)
        assert (failure.reason, failure.message) == (Reason.INVALID_GRANT, "no")
    assert count(running, kind, "FailedPrecondition") == 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_internal_text_never_leaves(kind: str) -> None:
    """Row 29: the fixed text goes out, the cause into the log."""
    with serving_one(kind, behaving(kind, RuntimeError("hunter2"))) as running:
        with pytest.raises(grpc.RpcError) as raised:
            call(running, kind)
        assert raised.value.details() == "an internal error has occurred"
        assert "hunter2" not in str(raised.value)
    assert "hunter2" in json.loads(running.log.getvalue())["exception"]
    assert count(running, kind, "Internal") == 1.0


def test_an_abort_elsewhere_is_a_fault() -> None:
    """Only the boundary aborts; a text from anywhere else does not leave."""

    def aborting(request: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.NOT_FOUND, "hunter2")

    with serving_one("unary_unary", aborting) as running:
        with pytest.raises(grpc.RpcError) as raised:
            call(running, "unary_unary")
        assert (raised.value.code(), raised.value.details()) == (
            grpc.StatusCode.INTERNAL,
            "an internal error has occurred",
        )


def test_a_caller_that_hangs_up_in_the_middle_is_counted_as_canceled() -> None:
    """It is no fault, so nothing is logged."""

    def endless(request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        while True:
            time.sleep(0.01)
            yield b"again"

    with serving_one("unary_stream", endless) as running:
        method: Any = running.channel.unary_stream("/test.Kinds/Method")
        answers = method(b"", timeout=10)
        assert next(answers) == b"again"
        answers.cancel()
    assert count(running, "unary_stream", "Canceled") == 1.0
    assert running.log.getvalue() == ""


def test_a_caller_that_hangs_up_in_the_middle_of_its_requests_is_no_fault() -> None:
    """What gRPC raises then in the handler is not logged; where it shows the handler an end, that is OK."""
    begun = threading.Event()

    def listening(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        begun.set()
        yield from requests

    with serving_one("stream_stream", listening) as running:
        never = threading.Event()
        requests = (b"" for _ in iter(lambda: never.wait(10), True))
        method: Any = running.channel.stream_stream("/test.Kinds/Method")
        answers = method(requests, timeout=10)
        assert begun.wait(5)
        answers.cancel()
        never.set()
    assert {code: count(running, "stream_stream", code) for code in ("Internal", "Unknown")} == {
        "Internal": 0.0,
        "Unknown": 0.0,
    }
    assert sum(count(running, "stream_stream", code) or 0.0 for code in ("OK", "Canceled")) == 1.0
    assert running.log.getvalue() == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_method_stays_on_its_own_pool(kind: str) -> None:
    """`experimental_thread_pool` survives the wrapping, or health would wait behind everything else."""
    names: list[str] = []

    def behaviour(request: Any, context: grpc.ServicerContext) -> Any:
        names.append(threading.current_thread().name)
        return behaving(kind, None)(request, context)

    with ThreadPoolExecutor(1, "aside") as aside:
        behaviour.experimental_thread_pool = aside  # type: ignore[attr-defined]  # grpcio reads it from functions.
        with serving_one(kind, behaviour) as running:
            call(running, kind)
    assert names == ["aside_0"]


class Broken(grpc.GenericRpcHandler):
    """Cannot say what handles a method."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Mapping[str, Any]:  # type: ignore[override]
        raise RuntimeError("hunter2")


def test_a_look_up_that_fails_refuses_the_call_alone() -> None:
    """The polling thread survives: the next call and health still get answers."""
    with serving_handlers(Broken()) as running:
        for _ in range(2):
            with pytest.raises(grpc.RpcError) as raised:
                call(running, "unary_unary")
            assert (raised.value.code(), raised.value.details()) == (
                grpc.StatusCode.INTERNAL,
                "an internal error has occurred",
            )
    assert "hunter2" in running.log.getvalue()


def test_every_series_exists_before_the_first_call() -> None:
    """At zero, so that the first failure of a method shows as an increase."""
    with serving(lambda request, context: None) as running:  # type: ignore[arg-type,return-value]  # It is never called.
        for method in ("Introspect", "RedeemCode", "GetJwks"):
            labels = {"grpc_type": "unary", "grpc_service": SERVICE, "grpc_method": method}
            assert running.registry.get_sample_value("grpc_server_started_total", labels) == 0.0
            assert running.registry.get_sample_value("grpc_server_handling_seconds_count", labels) == 0.0
            codes = {**labels, "grpc_code": "ResourceExhausted"}
            assert running.registry.get_sample_value("grpc_server_handled_total", codes) == 0.0


def test_the_time_that_a_call_takes_is_the_clock_s() -> None:
    """Latency is observed in seconds."""
    clock, log, registry = ManualClock(1.0), io.StringIO(), CollectorRegistry()

    def slow(request: object, context: object) -> token_pb2.IntrospectResponse:
        clock.advance(0.25)
        return token_pb2.IntrospectResponse()

    with (
        make_server(slow, log, registry, clock=clock) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        Running(server, channel, registry, log).introspect()
    labels = {"grpc_type": "unary", "grpc_service": SERVICE, "grpc_method": "Introspect"}
    assert registry.get_sample_value("grpc_server_handling_seconds_sum", labels) == 0.25
