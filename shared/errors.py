"""The one error vocabulary.

    AuthplaneError
    ├── InvalidRequest            the caller's: a parameter is missing, malformed, repeated or contradicts another
    ├── InvalidClient             the client's: unknown, disabled, or it did not prove who it is
    ├── InvalidGrant              the client's: code or refresh token unknown, expired, revoked or not its own
    │   ├── CodeAlreadyUsed       an authorization code came twice; what it gave is revoked
    │   └── RefreshTokenReused    a rotated refresh token came back too late; its family is revoked
    ├── UnauthorizedClient        the client's: not registered for this
    ├── UnsupportedGrantType      the client's
    ├── InvalidScope              the client's: a scope beyond what it may have
    ├── InvalidToken              the bearer's: access token malformed, expired, revoked, not meant for this
    ├── InsufficientScope         the bearer's
    ├── ClientUnknown             the client's, at the authorization endpoint, where nothing may be redirected then
    ├── RedirectUriMismatch       the client's, likewise
    ├── CredentialsInvalid        the user's: name and password do not match
    ├── UserNotFound, ClientNotFound, SessionNotFound
    ├── UserExists, ClientExists
    ├── StoreFull                 nobody's: the store is at its bound and evicts nothing that lives
    ├── Overloaded                nobody's: a bounded queue is full; try again after `retry_after`
    ├── RateLimited               the caller's: it did this too often; try again after `retry_after`
    ├── DeadlineExceeded          the caller's time was over
    ├── Unavailable               a part that is needed does not answer
    └── InternalError             ours; the cause goes to the log and never into the answer

The message of every error is public text. Which status and which HTTP answer a kind becomes is decided once, in
`shared.rpc.status` and in `gateway.problems`.
"""

from enum import Enum, StrEnum
from typing import ClassVar


class Kind(Enum):
    """How a failure is to be treated, whatever its reason."""

    INVALID = "the request is wrong and stays wrong"
    UNAUTHENTICATED = "the caller did not prove who it is"
    DENIED = "the caller is known and may not"
    NOT_FOUND = "it does not exist"
    CONFLICT = "it exists already"
    PRECONDITION = "the state does not allow it"
    EXHAUSTED = "not executed for lack of room; may be tried again later"
    TIMEOUT = "the caller's time was over"
    UNAVAILABLE = "a part does not answer"
    INTERNAL = "a fault of authplane"


class Reason(StrEnum):
    """Every stable reason; the values of `authplane.errors.v1.ErrorReason` without their prefix."""

    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_CLIENT = "INVALID_CLIENT"
    INVALID_GRANT = "INVALID_GRANT"
    CODE_ALREADY_USED = "CODE_ALREADY_USED"
    REFRESH_TOKEN_REUSED = "REFRESH_TOKEN_REUSED"
    UNAUTHORIZED_CLIENT = "UNAUTHORIZED_CLIENT"
    UNSUPPORTED_GRANT_TYPE = "UNSUPPORTED_GRANT_TYPE"
    INVALID_SCOPE = "INVALID_SCOPE"
    INVALID_TOKEN = "INVALID_TOKEN"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
    CLIENT_UNKNOWN = "CLIENT_UNKNOWN"
    REDIRECT_URI_MISMATCH = "REDIRECT_URI_MISMATCH"
    CREDENTIALS_INVALID = "CREDENTIALS_INVALID"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    USER_EXISTS = "USER_EXISTS"
    CLIENT_NOT_FOUND = "CLIENT_NOT_FOUND"
    CLIENT_EXISTS = "CLIENT_EXISTS"
    SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
    STORE_FULL = "STORE_FULL"
    OVERLOADED = "OVERLOADED"
    RATE_LIMITED = "RATE_LIMITED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class AuthplaneError(Exception):
    """Root of the vocabulary; only its subclasses are raised.

    Args:
        message: Public text for the caller: what is wrong and what to do about it.
    """

    kind: ClassVar[Kind]
    reason: ClassVar[Reason]
    oauth_error: ClassVar[str] = ""
    """The `error` of RFC 6749 section 5.2, RFC 6750 section 3.1 or OpenID Connect Core; empty when there is none."""

    retry_after: float = 0.0
    """Seconds after which trying again makes sense; 0 when it does not."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidRequest(AuthplaneError):
    kind, reason, oauth_error = Kind.INVALID, Reason.INVALID_REQUEST, "invalid_request"


class InvalidClient(AuthplaneError):
    kind, reason, oauth_error = Kind.UNAUTHENTICATED, Reason.INVALID_CLIENT, "invalid_client"


class InvalidGrant(AuthplaneError):
    kind, reason, oauth_error = Kind.PRECONDITION, Reason.INVALID_GRANT, "invalid_grant"


class CodeAlreadyUsed(InvalidGrant):
    reason = Reason.CODE_ALREADY_USED


class RefreshTokenReused(InvalidGrant):
    reason = Reason.REFRESH_TOKEN_REUSED


class UnauthorizedClient(AuthplaneError):
    kind, reason, oauth_error = Kind.DENIED, Reason.UNAUTHORIZED_CLIENT, "unauthorized_client"


class UnsupportedGrantType(AuthplaneError):
    kind, reason, oauth_error = Kind.INVALID, Reason.UNSUPPORTED_GRANT_TYPE, "unsupported_grant_type"


class InvalidScope(AuthplaneError):
    kind, reason, oauth_error = Kind.INVALID, Reason.INVALID_SCOPE, "invalid_scope"


class InvalidToken(AuthplaneError):
    kind, reason, oauth_error = Kind.UNAUTHENTICATED, Reason.INVALID_TOKEN, "invalid_token"


class InsufficientScope(AuthplaneError):
    kind, reason, oauth_error = Kind.DENIED, Reason.INSUFFICIENT_SCOPE, "insufficient_scope"


class ClientUnknown(AuthplaneError):
    kind, reason, oauth_error = Kind.INVALID, Reason.CLIENT_UNKNOWN, "invalid_request"


class RedirectUriMismatch(AuthplaneError):
    kind, reason, oauth_error = Kind.INVALID, Reason.REDIRECT_URI_MISMATCH, "invalid_request"


class CredentialsInvalid(AuthplaneError):
    kind, reason = Kind.UNAUTHENTICATED, Reason.CREDENTIALS_INVALID


class UserNotFound(AuthplaneError):
    kind, reason = Kind.NOT_FOUND, Reason.USER_NOT_FOUND


class UserExists(AuthplaneError):
    kind, reason = Kind.CONFLICT, Reason.USER_EXISTS


class ClientNotFound(AuthplaneError):
    kind, reason = Kind.NOT_FOUND, Reason.CLIENT_NOT_FOUND


class ClientExists(AuthplaneError):
    kind, reason = Kind.CONFLICT, Reason.CLIENT_EXISTS


class SessionNotFound(AuthplaneError):
    kind, reason = Kind.NOT_FOUND, Reason.SESSION_NOT_FOUND


class StoreFull(AuthplaneError):
    kind, reason, oauth_error = Kind.EXHAUSTED, Reason.STORE_FULL, "temporarily_unavailable"
    retry_after = 5.0


class Overloaded(AuthplaneError):
    kind, reason, oauth_error = Kind.EXHAUSTED, Reason.OVERLOADED, "temporarily_unavailable"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RefreshTokenRaced(Overloaded):
    """Others rotated the same refresh token again and again."""


class RateLimited(AuthplaneError):
    kind, reason, oauth_error = Kind.EXHAUSTED, Reason.RATE_LIMITED, "too_many_requests"

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DeadlineExceeded(AuthplaneError):
    kind, reason, oauth_error = Kind.TIMEOUT, Reason.DEADLINE_EXCEEDED, "temporarily_unavailable"


class Unavailable(AuthplaneError):
    kind, reason, oauth_error = Kind.UNAVAILABLE, Reason.UNAVAILABLE, "temporarily_unavailable"
    retry_after = 1.0


class InternalError(AuthplaneError):
    kind, reason, oauth_error = Kind.INTERNAL, Reason.INTERNAL, "server_error"
