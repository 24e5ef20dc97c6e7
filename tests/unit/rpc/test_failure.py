"""Failed calls as values, whatever is at the other end."""

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from shared.errors import InvalidScope, Overloaded, Reason
from shared.rpc.failure import RpcFailure, failure_of
from shared.rpc.status import status_of

CODES = {code.value[0]: code for code in grpc.StatusCode}


class FailedCall(grpc.RpcError):
    """What grpcio raises, with given contents."""

    def __init__(
        self, code: grpc.StatusCode, details: str, metadata: tuple[tuple[str, str | bytes], ...] | None
    ) -> None:
        self._code, self._details, self._metadata = code, details, metadata

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return self._details

    def trailing_metadata(self) -> tuple[tuple[str, str | bytes], ...] | None:  # type: ignore[override]
        return self._metadata


def failed(code: grpc.StatusCode, details: str = "hunter2", binary: bytes | None = None) -> FailedCall:
    metadata = None if binary is None else (("grpc-status-details-bin", binary),)
    return FailedCall(code, details, metadata)


def details_of(info: error_details_pb2.ErrorInfo, code: int = 3, message: str = "hunter2") -> bytes:
    packed = any_pb2.Any()
    packed.Pack(info)
    serialized: bytes = status_pb2.Status(code=code, message=message, details=[packed]).SerializeToString()
    return serialized


def test_a_status_of_ours_is_read_back() -> None:
    """Code, reason, OAuth error, text and delay."""
    status = status_of(Overloaded("too many", 1.5))
    raised = FailedCall(status.code, status.details, status.trailing_metadata)

    assert failure_of(raised) == RpcFailure(
        grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.OVERLOADED, "temporarily_unavailable", "too many", 1.5
    )


def test_no_delay_is_zero() -> None:
    """An error that stays says nothing of trying again."""
    status = status_of(InvalidScope("unknown scope"))

    assert failure_of(FailedCall(status.code, status.details, status.trailing_metadata)).retry_after == 0.0


@pytest.mark.parametrize(
    ("code", "reason", "oauth_error", "retries"),
    [
        (grpc.StatusCode.UNAVAILABLE, Reason.UNAVAILABLE, "temporarily_unavailable", True),
        (grpc.StatusCode.CANCELLED, Reason.UNAVAILABLE, "temporarily_unavailable", True),
        (grpc.StatusCode.DEADLINE_EXCEEDED, Reason.DEADLINE_EXCEEDED, "temporarily_unavailable", True),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.OVERLOADED, "temporarily_unavailable", True),
        (grpc.StatusCode.UNKNOWN, Reason.INTERNAL, "server_error", False),
        (grpc.StatusCode.INTERNAL, Reason.INTERNAL, "server_error", False),
        (grpc.StatusCode.UNIMPLEMENTED, Reason.INTERNAL, "server_error", False),
        (grpc.StatusCode.UNAUTHENTICATED, Reason.INTERNAL, "server_error", False),
    ],
)
def test_a_status_without_details_has_a_reason_and_a_text_of_ours(
    code: grpc.StatusCode, reason: Reason, oauth_error: str, retries: bool
) -> None:
    """Row 29: the text that came with it is not passed on."""
    failure = failure_of(failed(code))

    assert (failure.code, failure.reason, failure.oauth_error) == (code, reason, oauth_error)
    assert (failure.retry_after > 0) == retries
    assert "hunter2" not in failure.message


@pytest.mark.parametrize(
    "binary",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xff", id="no protobuf"),
        pytest.param(
            details_of(error_details_pb2.ErrorInfo(domain="example.com", reason="INVALID_SCOPE")), id="domain"
        ),
        pytest.param(details_of(error_details_pb2.ErrorInfo(domain="authplane", reason="NEW")), id="reason"),
        pytest.param(
            details_of(error_details_pb2.ErrorInfo(domain="authplane", reason="INVALID_SCOPE"), code=5), id="code"
        ),
        pytest.param(
            details_of(error_details_pb2.ErrorInfo(domain="authplane", reason="INVALID_SCOPE"), message="other"),
            id="message",
        ),
    ],
)
def test_details_that_are_not_ours_are_ignored(binary: bytes) -> None:
    """Foreign domains, unknown reasons, contradictions and garbage."""
    failure = failure_of(failed(grpc.StatusCode.INVALID_ARGUMENT, binary=binary))

    assert failure == RpcFailure(
        grpc.StatusCode.INVALID_ARGUMENT, Reason.INTERNAL, "server_error", "an internal error has occurred", 0.0
    )


def test_every_code_is_a_failure() -> None:
    """No status makes it raise."""
    for code in CODES.values():
        assert failure_of(failed(code)).code is code
