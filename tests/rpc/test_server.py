"""The server: health, reflection, start and stop, over a real socket."""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from prometheus_client import CollectorRegistry

from authplane.token.v1 import token_pb2
from tests.rpc.scripted import SERVICE, Running, make_server, serving

ACTIVE = token_pb2.IntrospectResponse(active=True)
health: Any = health_pb2  # The stubs do not know the messages of List yet.
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def answer(request: object, context: object) -> token_pb2.IntrospectResponse:
    return ACTIVE


def health_of(running: Running, service: str) -> int:
    stub: Any = health_pb2_grpc.HealthStub(running.channel)
    return int(stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status)


def test_health_tells_liveness_and_readiness_apart() -> None:
    """The empty name is the process, the full name the service; anything else is NOT_FOUND."""
    with serving(answer) as running:
        assert health_of(running, "") == SERVING
        assert health_of(running, SERVICE) == SERVING
        with pytest.raises(grpc.RpcError) as failure:
            health_of(running, "nothing")
        assert failure.value.code() == grpc.StatusCode.NOT_FOUND


def test_health_lists_all_services() -> None:
    """Health.List of gRFC A90."""
    with serving(answer) as running:
        call: Any = running.channel.unary_unary(
            "/grpc.health.v1.Health/List",
            request_serializer=health.HealthListRequest.SerializeToString,
            response_deserializer=health.HealthListResponse.FromString,
        )
        listed = call(health.HealthListRequest(), timeout=5)
        assert {name: state.status for name, state in listed.statuses.items()} == {"": SERVING, SERVICE: SERVING}


def test_health_is_watched_through_a_shutdown() -> None:
    """A watcher sees SERVING, then NOT_SERVING before the server goes."""
    log, registry = io.StringIO(), CollectorRegistry()
    server = make_server(answer, log, registry)
    seen: list[int] = []
    with server, grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=20)
        seen.append(next(watch).status)
        stopper = threading.Thread(target=server.__exit__, args=(None, None, None))
        stopper.start()
        seen.append(next(watch).status)
        watch.cancel()
        stopper.join()
    assert seen == [SERVING, NOT_SERVING]


def test_whoever_watches_does_not_hold_up_the_end() -> None:
    """The stream ends with the news; calls under way have the time, and watchers need none."""
    server = make_server(answer, io.StringIO(), CollectorRegistry(), settings={"rpc_drain_seconds": 60})
    with server, grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=60)
        seen = [next(watch).status]
        began = time.monotonic()
        stopper = threading.Thread(target=server.__exit__, args=(None, None, None))
        stopper.start()
        seen += [each.status for each in watch]
        stopper.join()
    assert seen == [SERVING, NOT_SERVING]
    assert time.monotonic() - began < 30


def test_health_answers_while_every_worker_is_busy() -> None:
    """Check has a pool of its own."""
    release = threading.Event()

    def block(request: object, context: object) -> token_pb2.IntrospectResponse:
        release.wait(20)
        return ACTIVE

    with (
        serving(block, store_workers=2, store_queue=2, lane_share=1, lane_budget_ms=0) as running,
        ThreadPoolExecutor(4) as callers,
    ):
        waiting = [callers.submit(running.introspect, "", 20) for _ in range(4)]
        time.sleep(0.2)
        assert health_of(running, "") == SERVING
        assert health_of(running, SERVICE) == SERVING
        release.set()
        assert all(call.result().active for call in waiting)


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_reflection_lists_the_services(version: str) -> None:
    """Under the present and the old name."""
    with serving(answer) as running:
        call: Any = running.channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        (response,) = call(iter([reflection_pb2.ServerReflectionRequest(list_services="*")]), timeout=5)
        names = {service.name for service in response.list_services_response.service}
        assert {SERVICE, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"} <= names


def test_reflection_can_be_switched_off() -> None:
    """Then it is unimplemented."""
    with serving(answer, rpc_reflection=False) as running:
        call: Any = running.channel.stream_stream("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        with pytest.raises(grpc.RpcError) as failure:
            next(iter(call(iter([b""]), timeout=5)))
        assert failure.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_channelz_can_be_switched_on() -> None:
    """It is off by default."""
    for switch, code in ((False, grpc.StatusCode.UNIMPLEMENTED), (True, grpc.StatusCode.OK)):
        with serving(answer, rpc_channelz=switch) as running:
            call: Any = running.channel.unary_unary("/grpc.channelz.v1.Channelz/GetServers")
            try:
                call(b"", timeout=5)
            except grpc.RpcError as error:
                assert error.code() == code
            else:
                assert code == grpc.StatusCode.OK


def test_a_taken_port_is_an_error_that_names_it() -> None:
    """Two servers never share a port in silence."""
    with serving(answer) as running:
        taken = f"127.0.0.1:{running.server.port}"
        second = make_server(answer, io.StringIO(), CollectorRegistry(), taken)
        with pytest.raises(OSError, match=taken), second:
            pass


def test_a_stop_finishes_what_was_begun_and_leaves_no_thread() -> None:
    """A call under way gets its answer; afterwards no thread of the server is left."""
    begun = threading.Event()

    def slow(request: object, context: object) -> token_pb2.IntrospectResponse:
        begun.set()
        time.sleep(0.3)
        return ACTIVE

    before = set(threading.enumerate())
    server = make_server(slow, io.StringIO(), CollectorRegistry())
    with ThreadPoolExecutor(1) as caller:
        with server:
            channel = grpc.insecure_channel(f"127.0.0.1:{server.port}")
            running = Running(server, channel, CollectorRegistry(), io.StringIO())
            call = caller.submit(running.introspect)
            assert begun.wait(5)
        assert call.result(5).active
        channel.close()
    left = [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("scripted")]
    assert left == []


def test_a_server_is_ready_while_it_takes_traffic() -> None:
    """Not before it was entered, and not after it was left."""
    server = make_server(answer, io.StringIO(), CollectorRegistry())
    seen = [server.ready]
    with server:
        seen.append(server.ready)
    seen.append(server.ready)
    assert seen == [False, True, False]


def test_metadata_that_is_too_large_is_refused() -> None:
    """16 KiB is the limit, and a sharp one: gRPC's default refuses at random between two limits."""
    with serving(answer) as running:
        for size, refused in ((15_000, False), (17_000, True)) * 5:
            try:
                running.stub.Introspect(token_pb2.IntrospectRequest(), timeout=5, metadata=(("x-large", "x" * size),))
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
                assert refused
            else:
                assert not refused
