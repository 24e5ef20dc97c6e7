"""A failed call as an error of the vocabulary: the one place."""

from shared import errors
from shared.errors import AuthplaneError, InternalError, Overloaded, RateLimited, Reason
from shared.rpc.failure import RpcFailure

_BY_REASON: dict[Reason, type[AuthplaneError]] = {
    error.reason: error
    for error in vars(errors).values()
    if isinstance(error, type) and issubclass(error, AuthplaneError) and hasattr(error, "reason")
}


def error_of(failure: RpcFailure) -> AuthplaneError:
    """The error that the service meant, or that its silence means."""
    kind = _BY_REASON.get(failure.reason, InternalError)
    if issubclass(kind, Overloaded | RateLimited):
        return kind(failure.message, failure.retry_after or 1.0)
    return kind(failure.message)
