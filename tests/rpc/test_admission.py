"""Lanes over a real socket: who is refused, how that looks, and that no place is ever lost."""

import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from prometheus_client import CollectorRegistry

from authplane.token.v1 import token_pb2
from shared.errors import Reason
from shared.rpc.client_address import CLIENT_ADDRESS
from shared.rpc.failure import RpcFailure, failure_of
from tests.eventually import eventually
from tests.rpc.scripted import SERVICE, Running, Script, serving, trailing

ACTIVE = token_pb2.IntrospectResponse(active=True)
SERVING = health_pb2.HealthCheckResponse.SERVING
ONE_PLACE_EACH: Mapping[str, object] = {"store_workers": 1, "store_queue": 1, "lane_budget_ms": 0, "lane_share": 1}


class Gate:
    """A handler that waits until it is opened."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Semaphore(0)
        self.peers = list[str]()

    def __call__(self, request: object, context: grpc.ServicerContext) -> token_pb2.IntrospectResponse:
        self.peers.append(context.peer())
        self.entered.release()
        assert self.open.wait(20)
        return ACTIVE


@contextmanager
def busy(
    calls: int, **settings: object
) -> Iterator[tuple[Running, Gate, ThreadPoolExecutor, list[Future[token_pb2.IntrospectResponse]]]]:
    """A server in which so many calls are under way."""
    gate = Gate()
    with serving(gate, **settings) as running, ThreadPoolExecutor(64) as callers:
        try:
            under_way = [callers.submit(running.introspect, "", 20) for _ in range(calls)]
            eventually(lambda: inside(running.registry) == calls)
            yield running, gate, callers, under_way
        finally:
            gate.open.set()
        eventually(lambda: inside(running.registry) == 0)


def inside(registry: CollectorRegistry) -> float:
    return sum(
        registry.get_sample_value("authplane_lane_calls", {"server": "scripted", "lane": "store", "state": state}) or 0
        for state in ("running", "queued")
    )


def refusals(registry: CollectorRegistry, reason: str) -> float:
    labels = {"server": "scripted", "lane": "store", "reason": reason}
    return registry.get_sample_value("authplane_lane_refused_total", labels) or 0


def refusal(running: Running, seconds: float = 5) -> tuple[RpcFailure, dict[str, str]]:
    with pytest.raises(grpc.RpcError) as failure:
        running.introspect("", seconds)
    return failure_of(failure.value), trailing(failure.value)


def test_one_beyond_the_places_is_refused_politely() -> None:
    """A thread and a place to wait; the third hears no at once, when to come back, and that nothing was done."""
    with busy(2, **ONE_PLACE_EACH) as (running, gate, _, under_way):
        failure, metadata = refusal(running)
        assert (failure.code, failure.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.OVERLOADED)
        assert failure.retry_after > 0
        assert int(metadata["grpc-retry-pushback-ms"]) == failure.retry_after * 1000
        assert "x-request-id" in metadata
        assert refusals(running.registry, "full") == running.handled("ResourceExhausted") == 1
        gate.open.set()
        assert all(call.result() == ACTIVE for call in under_way)
        assert running.introspect() == ACTIVE


def test_who_is_refused_hears_its_own_request_id() -> None:
    """And to give up, when its deadline is nearer than the time to come back: a channel would wait beyond it."""
    with busy(2, **ONE_PLACE_EACH) as (running, _, _, _under_way):
        with pytest.raises(grpc.RpcError) as failure:
            running.introspect("", 0.3, (("x-request-id", "mine"),))
        told = trailing(failure.value)
        assert (told["x-request-id"], told["grpc-retry-pushback-ms"]) == ("mine", "-1")


def test_nothing_is_read_of_who_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """To read a request takes as long as to refuse it."""
    read = list[str]()
    reading = grpc._server._receive_message  # type: ignore[attr-defined]  # What grpcio reads a request with.

    def counted(state: object, call: Any, deserializer: object) -> object:
        read.append(call.peer().decode())
        return reading(state, call, deserializer)

    with busy(2, **ONE_PLACE_EACH) as (running, gate, _, _under_way):
        monkeypatch.setattr(grpc._server, "_receive_message", counted)  # type: ignore[attr-defined]  # Likewise.
        assert refusal(running)[0].reason == Reason.OVERLOADED
        assert gate.peers.pop() not in read


def test_who_sends_no_request_has_no_thread() -> None:
    """The heads of many calls, and nothing after them: others are served, and nothing of them is left."""
    with serving(_at_once, **ONE_PLACE_EACH) as running:
        streamed: Any = running.channel.stream_unary(f"/{SERVICE}/Introspect")
        heads = [streamed.future(_never(), timeout=2) for _ in range(20)]
        assert [running.introspect() for _ in range(20)] == [ACTIVE] * 20
        assert {head.exception().code() for head in heads} == {grpc.StatusCode.DEADLINE_EXCEEDED}
        eventually(lambda: inside(running.registry) == 0)
        assert running.introspect() == ACTIVE


def test_a_call_without_a_request_is_told_so() -> None:
    """As grpcio does."""
    with serving(_at_once) as running:
        asked: Any = running.channel.stream_unary(f"/{SERVICE}/Introspect")
        with pytest.raises(grpc.RpcError) as failure:
            asked(iter(()), timeout=5)
        assert failure_of(failure.value).code is grpc.StatusCode.UNIMPLEMENTED
        assert running.introspect() == ACTIVE


def test_what_is_no_message_is_told_so() -> None:
    """Nothing waits for another one."""
    with serving(_at_once) as running:
        asked: Any = running.channel.unary_unary(f"/{SERVICE}/Introspect")
        with pytest.raises(grpc.RpcError) as failure:
            asked(b"\xff\xff", timeout=5)
        assert failure_of(failure.value).code in {grpc.StatusCode.INTERNAL, grpc.StatusCode.INVALID_ARGUMENT}
        assert [running.introspect() for _ in range(20)] == [ACTIVE] * 20
        eventually(lambda: inside(running.registry) == 0)


def test_a_lane_that_is_full_leaves_health_alone() -> None:
    """Refusing many takes nothing from whoever asks for health."""
    with busy(2, **ONE_PLACE_EACH) as (running, _, callers, _under_way):
        refused = [callers.submit(refusal, running) for _ in range(200)]
        assert running.health() == SERVING
        assert {call.result()[0].reason for call in refused} == {Reason.OVERLOADED}


def test_who_would_wait_beyond_the_deadline_is_refused_on_arrival() -> None:
    """It learns at once, and not when its time is over."""
    with serving(_slowly(0.2), **{**ONE_PLACE_EACH, "store_queue": 20}) as running, ThreadPoolExecutor(8) as callers:
        for _ in range(10):
            running.introspect()
        waiting = [callers.submit(running.introspect, "", 20) for _ in range(5)]
        eventually(lambda: inside(running.registry) == 5)
        failure, _ = refusal(running, 0.15)
        assert failure.reason == Reason.OVERLOADED
        assert refusals(running.registry, "late") == 1
        assert [call.result().active for call in waiting] == [True] * 5


def test_who_could_not_be_answered_within_the_deadline_is_refused_on_arrival() -> None:
    """Its turn would come in time, and its answer would not; to begin with it would be work for nobody."""
    with serving(_slowly(0.4), **{**ONE_PLACE_EACH, "store_queue": 20}) as running, ThreadPoolExecutor(8) as callers:
        for _ in range(10):
            running.introspect()
        waiting = callers.submit(running.introspect, "", 20)
        eventually(lambda: inside(running.registry) == 1)
        failure, _ = refusal(running, 0.3)
        assert failure.reason == Reason.OVERLOADED
        assert refusals(running.registry, "late") == 1
        assert waiting.result().active


def test_while_others_run_nobody_begins_what_cannot_end_in_time() -> None:
    """Though a thread is free. Who comes alone is tried, for only so it shows that things have become quicker."""
    with serving(_slowly(0.4), store_workers=2) as running, ThreadPoolExecutor(2) as callers:
        for _ in range(10):
            running.introspect()
        other = callers.submit(running.introspect)
        eventually(lambda: inside(running.registry) == 1)
        assert refusal(running, 0.2)[0].reason == Reason.OVERLOADED
        assert refusals(running.registry, "late") == 1
        assert other.result().active
        with pytest.raises(grpc.RpcError) as failure:
            running.introspect("", 0.2)
        assert failure_of(failure.value).code is grpc.StatusCode.DEADLINE_EXCEEDED


def test_who_has_waited_beyond_the_budget_is_dropped() -> None:
    """While the queue stands, nobody is answered who waited longer than the budget."""
    settings = {**ONE_PLACE_EACH, "store_queue": 20, "lane_budget_ms": 1}
    with busy(3, **settings) as (running, gate, _, under_way):
        time.sleep(0.2)
        gate.open.set()
        outcomes = [call.exception() for call in under_way]
        dropped = [failure_of(error) for error in outcomes if isinstance(error, grpc.RpcError)]
        assert [each.reason for each in dropped] == [Reason.OVERLOADED] * 2
        assert refusals(running.registry, "stale") == 2


def test_one_caller_leaves_room_for_others() -> None:
    """Of a lane in which calls wait, nobody has more than a share; whoever else comes gets in."""
    settings = {"store_workers": 1, "store_queue": 7, "lane_budget_ms": 0, "lane_share": 0.5}
    with busy(4, **settings) as (running, gate, callers, under_way):
        assert refusal(running)[0].reason == Reason.OVERLOADED
        assert refusals(running.registry, "share") == 1
        other = callers.submit(running.introspect, "", 20, ((CLIENT_ADDRESS, "203.0.113.7"),))
        eventually(lambda: inside(running.registry) == 5)
        gate.open.set()
        assert all(call.result() == ACTIVE for call in [*under_way, other])


def test_no_place_is_lost_whatever_becomes_of_callers() -> None:
    """Callers that hang up or run out of time, in the queue and while they are served; then everything fits again."""
    settings = {"store_workers": 2, "store_queue": 6, "lane_budget_ms": 0, "lane_share": 1}
    for round_ in range(20):
        with busy(2, **settings) as (running, _, callers, _under_way):
            hasty = [callers.submit(running.introspect, "", 0.02 * (number % 3 + 1)) for number in range(6)]
            assert all(call.exception() for call in hasty), round_
            cancelled = [running.introspect_later() for _ in range(4)]
            for call in cancelled:
                call.cancel()
        # `busy` has seen that nobody is left inside.


def test_a_handler_that_raises_does_not_end_the_server() -> None:
    """Whatever it raises; the next call is served."""
    faults = iter([True])

    def script(request: object, context: object) -> token_pb2.IntrospectResponse:
        if next(faults, False):
            raise MemoryError
        return ACTIVE

    with serving(script) as running:
        with pytest.raises(grpc.RpcError):
            running.introspect()
        assert running.introspect() == ACTIVE


def test_a_server_needs_no_further_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """When there are none to be had, all that it has go on: `submit` would raise, and end the server."""
    with serving(_at_once) as running:
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", _raises)
            assert [running.introspect() for _ in range(20)] == [ACTIVE] * 20
        assert running.introspect() == ACTIVE


def test_what_nobody_waited_for_is_counted() -> None:
    """A handler cannot be interrupted; that it ended in vain shows in a metric."""
    with serving(_slowly(0.3)) as running:
        with pytest.raises(grpc.RpcError):
            running.introspect("", 0.1)
        labels = {"server": "scripted", "lane": "store"}
        eventually(lambda: running.registry.get_sample_value("authplane_lane_wasted_total", labels) == 1)


def _at_once(request: object, context: object) -> token_pb2.IntrospectResponse:
    return ACTIVE


def _slowly(seconds: float) -> Script:
    def script(request: object, context: object) -> token_pb2.IntrospectResponse:
        time.sleep(seconds)
        return ACTIVE

    return script


def _never() -> Iterator[bytes]:
    threading.Event().wait(10)
    yield b""


def _raises(thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
