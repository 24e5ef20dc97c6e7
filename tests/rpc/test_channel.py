"""The caller's side: what a channel repeats by itself, and how a failure looks from threads and from an event loop."""

import asyncio
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import pytest
from google.protobuf import descriptor_pool
from prometheus_client import CollectorRegistry

from authplane.auth.v1 import auth_pb2  # noqa: F401 - puts the service into the descriptor pool.
from authplane.token.v1 import token_pb2, token_pb2_grpc
from shared.errors import AuthplaneError, Overloaded, Reason, StoreFull
from shared.rpc.channel import SERVICE_CONFIG, async_channel, sync_channel
from shared.rpc.failure import RpcFailure, failure_of
from tests.rpc.scripted import Running, make_server, trailing

ACTIVE = token_pb2.IntrospectResponse(active=True)


@contextmanager
def refusing(refusal: Callable[[], AuthplaneError], times: int) -> Iterator[tuple[Running, list[None]]]:
    """A server that refuses the first calls, a channel of ours to it, and an entry for each call."""
    calls: list[None] = []

    def script(request: object, context: object) -> token_pb2.IntrospectResponse:
        calls.append(None)
        if len(calls) <= times:
            raise refusal()
        return ACTIVE

    log, registry = io.StringIO(), CollectorRegistry()
    with make_server(script, log, registry) as server, sync_channel(f"127.0.0.1:{server.port}") as channel:
        yield Running(server, channel, registry, log), calls


def failure(running: Running, timeout: float) -> RpcFailure:
    with pytest.raises(grpc.RpcError) as raised:
        running.introspect(timeout=timeout)
    return failure_of(raised.value)


def test_a_read_is_repeated_after_the_time_the_server_asks_for() -> None:
    """Two refusals and an answer are an answer to the caller."""
    with refusing(lambda: Overloaded("full", 0.1), times=2) as (running, calls):
        began = time.monotonic()
        assert running.introspect().active
        assert len(calls) == 3
        assert time.monotonic() - began >= 0.2


def test_a_read_is_repeated_twice_and_no_more() -> None:
    """Then the last refusal is the answer."""
    with refusing(lambda: Overloaded("full", 0.01), times=9) as (running, calls):
        assert failure(running, timeout=5).reason is Reason.OVERLOADED
        assert len(calls) == 3


def test_no_time_for_another_try_is_told_at_once() -> None:
    """A pushback beyond the deadline would turn the reason into DEADLINE_EXCEEDED, and keep the caller waiting."""
    with refusing(lambda: StoreFull("full"), times=9) as (running, calls):
        began = time.monotonic()
        refused = failure(running, timeout=2)
        assert (refused.reason, refused.retry_after) == (Reason.STORE_FULL, 5.0)
        assert time.monotonic() - began < 1
        assert len(calls) == 1


def test_only_known_methods_that_may_be_repeated_are_repeated() -> None:
    """A misspelt name would be ignored in silence; what issues, redeems or rotates is never repeated."""
    (policy,) = json.loads(SERVICE_CONFIG)["methodConfig"]
    pool = descriptor_pool.Default()
    repeated = {
        pool.FindServiceByName(name["service"]).methods_by_name[name["method"]].full_name for name in policy["name"]
    }
    assert len(repeated) == len(policy["name"])
    once = {"Login", "Authorize", "RedeemCode", "RefreshToken", "ClientCredentials"}
    assert once & {name.rpartition(".")[2] for name in repeated} == set()


def test_an_event_loop_sees_the_same_failure() -> None:
    """Reason, text and delay arrive over grpc.aio too, and the pushback tells its channel to give up."""

    async def introspect(port: int) -> grpc.aio.AioRpcError:
        async with async_channel(f"127.0.0.1:{port}") as channel:
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await token_pb2_grpc.TokenServiceStub(channel).Introspect(token_pb2.IntrospectRequest(), timeout=3)
            return raised.value

    with refusing(lambda: StoreFull("full"), times=9) as (running, _):
        raised = asyncio.run(introspect(running.server.port))
    assert failure_of(raised) == RpcFailure(
        grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.STORE_FULL, "temporarily_unavailable", "full", 5.0
    )
    assert trailing(raised)["grpc-retry-pushback-ms"] == "-1"
