"""Domain errors as statuses."""

import math

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from shared.errors import AuthplaneError, CredentialsInvalid, InvalidClient, Kind, Overloaded, StoreFull
from shared.rpc.status import CODES, ErrorStatus, status_of


def decoded(status: ErrorStatus) -> status_pb2.Status:
    return status_pb2.Status.FromString(dict(status.trailing_metadata)["grpc-status-details-bin"])


def pushback(status: ErrorStatus) -> object:
    return dict(status.trailing_metadata).get("grpc-retry-pushback-ms")


def test_every_kind_has_its_status() -> None:
    """The one table."""
    by_number = {code.value[0]: code.name for code in grpc.StatusCode}
    assert {kind: by_number[code] for kind, code in CODES.items()} == {
        Kind.INVALID: "INVALID_ARGUMENT",
        Kind.UNAUTHENTICATED: "UNAUTHENTICATED",
        Kind.DENIED: "PERMISSION_DENIED",
        Kind.NOT_FOUND: "NOT_FOUND",
        Kind.CONFLICT: "ALREADY_EXISTS",
        Kind.PRECONDITION: "FAILED_PRECONDITION",
        Kind.EXHAUSTED: "RESOURCE_EXHAUSTED",
        Kind.TIMEOUT: "DEADLINE_EXCEEDED",
        Kind.UNAVAILABLE: "UNAVAILABLE",
        Kind.INTERNAL: "INTERNAL",
    }


@pytest.mark.parametrize(
    ("error", "metadata"),
    [(InvalidClient("unknown client"), {"oauth_error": "invalid_client"}), (CredentialsInvalid("no match"), {})],
)
def test_a_status_says_what_the_error_says(error: AuthplaneError, metadata: dict[str, str]) -> None:
    """ErrorInfo with domain and reason, and the OAuth error where there is one; no RetryInfo, no pushback."""
    status = status_of(error)
    (detail,) = decoded(status).details
    info = error_details_pb2.ErrorInfo()
    assert detail.Unpack(info)
    assert (status.code, status.details) == (grpc.StatusCode.UNAUTHENTICATED, error.message)
    assert (info.domain, info.reason, dict(info.metadata)) == ("authplane", error.reason, metadata)
    assert pushback(status) is None


def test_a_delay_is_told_to_people_and_to_channels() -> None:
    """RetryInfo and the pushback agree; a delay below a millisecond is not none."""
    for seconds, milliseconds in ((1.5, 1500), (0.0001, 1)):
        status = status_of(Overloaded("full", seconds))
        retry = error_details_pb2.RetryInfo()
        assert decoded(status).details[1].Unpack(retry)
        assert (retry.retry_delay.ToMilliseconds(), pushback(status)) == (milliseconds, str(milliseconds))


@pytest.mark.parametrize(("time_remaining", "expected"), [(math.inf, "5000"), (5.1, "5000"), (5.0, "-1"), (0.0, "-1")])
def test_a_channel_without_time_for_another_try_gives_up(time_remaining: float, expected: str) -> None:
    """A negative pushback means that (gRFC A6); the RetryInfo stays."""
    status = status_of(StoreFull("full"), time_remaining)
    assert pushback(status) == expected
    assert len(decoded(status).details) == 2
