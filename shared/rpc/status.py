"""Domain errors as gRPC statuses: the one table."""

import math

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from shared.cache.recording import NOTHING_RECORDED, Recording
from shared.errors import AuthplaneError, Kind

DOMAIN = "authplane"
PUSHBACK = "grpc-retry-pushback-ms"
_GIVE_UP = "-1"

CODES: dict[Kind, int] = {
    Kind.INVALID: code_pb2.INVALID_ARGUMENT,
    Kind.UNAUTHENTICATED: code_pb2.UNAUTHENTICATED,
    Kind.DENIED: code_pb2.PERMISSION_DENIED,
    Kind.NOT_FOUND: code_pb2.NOT_FOUND,
    Kind.CONFLICT: code_pb2.ALREADY_EXISTS,
    Kind.PRECONDITION: code_pb2.FAILED_PRECONDITION,
    Kind.EXHAUSTED: code_pb2.RESOURCE_EXHAUSTED,
    Kind.TIMEOUT: code_pb2.DEADLINE_EXCEEDED,
    Kind.UNAVAILABLE: code_pb2.UNAVAILABLE,
    Kind.INTERNAL: code_pb2.INTERNAL,
}


def code_of(error: AuthplaneError) -> int:
    """The number of the status code."""
    return CODES[error.kind]


class ErrorStatus(grpc.Status):
    """A status as `ServicerContext.abort_with_status` takes it."""

    def __init__(self, status: grpc.Status, trailing_metadata: tuple[tuple[str, str], ...]) -> None:
        self.code = status.code
        self.details = status.details
        self.trailing_metadata = (*status.trailing_metadata, *trailing_metadata)


def status_of(
    error: AuthplaneError, time_remaining: float = math.inf, made: Recording = NOTHING_RECORDED
) -> ErrorStatus:
    """The status with ErrorInfo, and where trying again makes sense with RetryInfo and the retry pushback (gRFC A6).

    Args:
        time_remaining: Seconds until the caller's deadline. A channel obeys the pushback even beyond its deadline and
            would report that instead of this error, so it is told to give up when there is no time for another try.
        made: What the call has changed all the same, such as the family of a refresh token that was reused.
    """
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)
    if error.oauth_error:
        info.metadata["oauth_error"] = error.oauth_error
    if made.store_version:
        info.metadata["store_version"] = str(made.store_version)
        info.metadata["invalidated"] = " ".join(made.invalidated)
    details, trailing = [_packed(info)], tuple[tuple[str, str], ...]()
    if error.retry_after > 0:
        milliseconds = math.ceil(error.retry_after * 1000)
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(milliseconds)
        details.append(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
        trailing = ((PUSHBACK, str(milliseconds) if error.retry_after < time_remaining else _GIVE_UP),)
    status = status_pb2.Status(code=code_of(error), message=error.message, details=details)
    return ErrorStatus(rpc_status.to_status(status), trailing)


def _packed(detail: error_details_pb2.ErrorInfo | error_details_pb2.RetryInfo) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
