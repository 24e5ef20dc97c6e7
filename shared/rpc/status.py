"""Domain errors as gRPC statuses: the one table."""

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from shared.errors import AuthplaneError, Kind

DOMAIN = "authplane"
PUSHBACK = "grpc-retry-pushback-ms"

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


class RetryableStatus(grpc.Status):
    """A status as `ServicerContext.abort_with_status` takes it."""

    def __init__(self, status: grpc.Status, pushback_ms: int) -> None:
        self.code = status.code
        self.details = status.details
        pushback = ((PUSHBACK, str(pushback_ms)),) if pushback_ms else ()
        self.trailing_metadata = (*status.trailing_metadata, *pushback)


def code_of(error: AuthplaneError) -> int:
    """The number of the status code."""
    return CODES[error.kind]


def status_of(error: AuthplaneError) -> grpc.Status:
    """The status with ErrorInfo, and with RetryInfo and the retry pushback where trying again makes sense."""
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)
    if error.oauth_error:
        info.metadata["oauth_error"] = error.oauth_error
    details = [_packed(info)]
    if error.retry_after:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(int(error.retry_after * 1000))
        details.append(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    status = status_pb2.Status(code=code_of(error), message=error.message, details=details)
    return RetryableStatus(rpc_status.to_status(status), int(error.retry_after * 1000))


def _packed(detail: error_details_pb2.ErrorInfo | error_details_pb2.RetryInfo) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
