"""A failed call as a value, on the caller's side."""

from dataclasses import dataclass

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from shared.errors import Reason
from shared.rpc.status import DOMAIN

_WITHOUT_DETAILS: dict[grpc.StatusCode, tuple[Reason, str, str, float]] = {
    grpc.StatusCode.UNAVAILABLE: (
        Reason.UNAVAILABLE,
        "temporarily_unavailable",
        "the service does not answer; try again shortly",
        1.0,
    ),
    grpc.StatusCode.CANCELLED: (
        Reason.UNAVAILABLE,
        "temporarily_unavailable",
        "the service is restarting; try again shortly",
        1.0,
    ),
    grpc.StatusCode.DEADLINE_EXCEEDED: (
        Reason.DEADLINE_EXCEEDED,
        "temporarily_unavailable",
        "the answer took too long; try again shortly",
        1.0,
    ),
    grpc.StatusCode.RESOURCE_EXHAUSTED: (
        Reason.OVERLOADED,
        "temporarily_unavailable",
        "the request is too large or the service is full",
        1.0,
    ),
}
_FAULT = (Reason.INTERNAL, "server_error", "an internal error has occurred", 0.0)


@dataclass(frozen=True, slots=True)
class RpcFailure:
    """Why a call failed.

    Attributes:
        oauth_error: The `error` of OAuth 2.0; empty when there is none.
        message: Public text.
        retry_after: Seconds after which to try again; 0 when that makes no sense.
        store_version: The version of the store that the call has made all the same; 0 when it changed nothing.
        invalidated: The tags of that.
    """

    code: grpc.StatusCode
    reason: Reason
    oauth_error: str
    message: str
    retry_after: float
    store_version: int = 0
    invalidated: tuple[str, ...] = ()


def failure_of(error: grpc.RpcError) -> RpcFailure:
    """Reads what the server said. Texts that are not authplane's own are never passed on."""
    status = _status_of(error)
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for detail in status.details:
        if not detail.Unpack(info):
            detail.Unpack(retry)
    if info.domain != DOMAIN or info.reason not in Reason.__members__:
        return RpcFailure(error.code(), *_WITHOUT_DETAILS.get(error.code(), _FAULT))
    return RpcFailure(
        code=error.code(),
        reason=Reason(info.reason),
        oauth_error=info.metadata.get("oauth_error", ""),
        message=status.message,
        retry_after=retry.retry_delay.ToMilliseconds() / 1000,
        store_version=int(info.metadata.get("store_version", "0")),
        invalidated=tuple(info.metadata.get("invalidated", "").split()),
    )


def _status_of(error: grpc.RpcError) -> status_pb2.Status:
    """The status with its details; an empty one when there are none, or none that can be read."""
    try:
        return rpc_status.from_call(error) or status_pb2.Status()  # type: ignore[arg-type]  # It is a call too.
    except (ValueError, DecodeError):
        return status_pb2.Status()
