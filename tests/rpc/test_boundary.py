"""The boundary: errors, request ids and metrics over a real socket."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from authplane.token.v1 import token_pb2
from shared.errors import AuthplaneError, InvalidGrant, Overloaded, Reason, StoreFull, Unavailable
from shared.rpc.failure import failure_of
from tests.rpc.scripted import Running, serving, trailing

ACTIVE = token_pb2.IntrospectResponse(active=True)


def failed_call(running: Running) -> Any:
    with pytest.raises(grpc.RpcError) as failure:
        running.introspect()
    return failure.value


@pytest.mark.parametrize(
    ("error", "code", "oauth_error", "retry_after"),
    [
        (InvalidGrant("no"), grpc.StatusCode.FAILED_PRECONDITION, "invalid_grant", 0.0),
        (StoreFull("full"), grpc.StatusCode.RESOURCE_EXHAUSTED, "temporarily_unavailable", 5.0),
        (Overloaded("full", 0.25), grpc.StatusCode.RESOURCE_EXHAUSTED, "temporarily_unavailable", 0.25),
        (Unavailable("down"), grpc.StatusCode.UNAVAILABLE, "temporarily_unavailable", 1.0),
    ],
)
def test_a_domain_error_arrives_as_it_was(
    error: AuthplaneError, code: grpc.StatusCode, oauth_error: str, retry_after: float
) -> None:
    """Status, ErrorInfo, RetryInfo and pushback round trip."""

    def script(request: object, context: object) -> token_pb2.IntrospectResponse:
        raise error

    with serving(script) as running:
        raised = failed_call(running)
        failure = failure_of(raised)
        status = rpc_status.from_call(raised)
        assert (failure.code, failure.reason, failure.message) == (code, error.reason, error.message)
        assert (failure.oauth_error, failure.retry_after) == (oauth_error, retry_after)
        info = error_details_pb2.ErrorInfo()
        assert status is not None
        assert status.details[0].Unpack(info)
        assert info.domain == "authplane"
        pushback = trailing(raised).get("grpc-retry-pushback-ms")
        assert pushback == (str(int(retry_after * 1000)) if retry_after else None)


def test_internal_text_never_leaves() -> None:
    """Row 29: an unexpected exception becomes INTERNAL with a fixed text; the cause is in the log, under the id."""

    def script(request: object, context: object) -> token_pb2.IntrospectResponse:
        raise RuntimeError("dsn=postgres://user:hunter2@db")

    with serving(script) as running:
        raised = failed_call(running)
        assert raised.code() == grpc.StatusCode.INTERNAL
        assert raised.details() == "an internal error has occurred"
        assert "hunter2" not in str(raised)
        assert failure_of(raised).reason is Reason.INTERNAL
        line = json.loads(running.log.getvalue())
        assert "hunter2" in line["exception"]
        assert line["request_id"] == trailing(raised)["x-request-id"]


@pytest.mark.parametrize(
    ("sent", "kept"), [("abc-123", True), ("x" * 128, True), ("x" * 129, False), ("a b", False), ("", False)]
)
def test_a_sane_request_id_is_kept_and_echoed(sent: str, kept: bool) -> None:
    """Others are replaced, so that nobody writes into the log through it."""
    with serving(lambda request, context: ACTIVE) as running:
        _, call = running.stub.Introspect.with_call(
            token_pb2.IntrospectRequest(), metadata=(("x-request-id", sent),), timeout=10
        )
        echoed = trailing(call)["x-request-id"]
        assert (echoed == sent) == kept
        assert echoed


def test_calls_are_counted_by_camel_case_code() -> None:
    """Dashboards expect the spelling of the Go libraries; every series exists before it is needed."""
    answers: Iterator[token_pb2.IntrospectResponse | Exception] = iter(
        [ACTIVE, InvalidGrant("no"), StoreFull("full"), ValueError("bug")]
    )

    def script(request: object, context: object) -> token_pb2.IntrospectResponse:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with serving(script) as running:
        running.introspect()
        for _ in range(3):
            failed_call(running)
        assert [running.handled(code) for code in ("OK", "FailedPrecondition", "ResourceExhausted", "Internal")] == [
            1.0,
            1.0,
            1.0,
            1.0,
        ]
        labels = {"grpc_type": "unary", "grpc_service": "authplane.token.v1.TokenService", "grpc_method": "Introspect"}
        assert running.registry.get_sample_value("grpc_server_started_total", labels) == 4.0
        assert running.registry.get_sample_value("grpc_server_handling_seconds_count", labels) == 4.0


def test_calls_run_in_their_lane() -> None:
    """Threads are named after their server and lane; a method that names none belongs to the store's."""
    names: list[str] = []

    def script(request: object, context: object) -> token_pb2.IntrospectResponse:
        names.append(threading.current_thread().name)
        return ACTIVE

    with serving(script) as running:
        running.introspect()
    assert names[0].startswith("scripted-store")


def test_an_unknown_method_is_unimplemented() -> None:
    """And the boundary keeps nothing of it."""
    with serving(lambda request, context: ACTIVE) as running:
        call: Any = running.channel.unary_unary("/authplane.token.v1.TokenService/Nothing")
        with pytest.raises(grpc.RpcError) as failure:
            call(b"", timeout=10)
        assert failure.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_message_that_is_too_large_is_refused() -> None:
    """256 KiB is the limit; the server goes on."""
    with serving(lambda request, context: ACTIVE) as running:
        with pytest.raises(grpc.RpcError) as failure:
            running.introspect("x" * 270_000)
        assert failure.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert failure_of(failure.value).message == "the request is too large or the service is full"
        assert running.introspect("x" * 250_000).active


def test_a_message_that_is_none_is_refused() -> None:
    """Bytes that are no protobuf get an error without internals, and the server goes on."""
    with serving(lambda request, context: ACTIVE) as running:
        call: Any = running.channel.unary_unary("/authplane.token.v1.TokenService/Introspect")
        with pytest.raises(grpc.RpcError) as failure:
            call(b"\xff\xff\xff", timeout=10)
        assert "Traceback" not in str(failure.value.details())
        assert running.introspect().active


def test_a_server_that_is_not_there_is_a_failure_in_words() -> None:
    """The caller gets a reason and a delay, no socket error."""
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        call: Any = channel.unary_unary("/authplane.token.v1.TokenService/Introspect")
        with pytest.raises(grpc.RpcError) as raised:
            call(b"", timeout=5)
    failure = failure_of(raised.value)
    assert (failure.reason, failure.oauth_error) == (Reason.UNAVAILABLE, "temporarily_unavailable")
    assert "127.0.0.1" not in failure.message
