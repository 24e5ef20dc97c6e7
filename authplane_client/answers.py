"""What the services say, as plain values."""

from dataclasses import dataclass

from authplane.auth.v1.auth_pb2 import ValidateSessionResponse
from authplane.token.v1.token_pb2 import IntrospectResponse


@dataclass(frozen=True, slots=True)
class Introspection:
    """The answer about a token (RFC 7662 section 2.2). When it is not active, nothing else is said.

    Attributes:
        scopes: What the token allows.
        username: The user's login name; empty for a client's own token.
        token_type: "Bearer" for an access token; empty for a refresh token.
        exp, iat, auth_time: Seconds since the epoch; `auth_time` is 0 for a client's own token.
        sub: The user, or the client for a client's own token.
    """

    active: bool
    scopes: tuple[str, ...] = ()
    client_id: str = ""
    username: str = ""
    token_type: str = ""
    exp: int = 0
    iat: int = 0
    sub: str = ""
    aud: tuple[str, ...] = ()
    iss: str = ""
    jti: str = ""
    auth_time: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A live login session.

    Attributes:
        session_id: Digest of the handle; also the `sid` claim.
        auth_time, created_at, expires_at: Seconds since the epoch.
        acr: Authentication context class; "1" for a password.
        amr: Authentication methods (RFC 8176).
    """

    session_id: str
    user_id: str
    auth_time: float
    acr: str
    amr: tuple[str, ...]
    created_at: float
    expires_at: float


def introspection_of(message: IntrospectResponse) -> Introspection:
    return Introspection(
        active=message.active,
        scopes=tuple(message.scope.split()),
        client_id=message.client_id,
        username=message.username,
        token_type=message.token_type,
        exp=message.exp,
        iat=message.iat,
        sub=message.sub,
        aud=tuple(message.aud),
        iss=message.iss,
        jti=message.jti,
        auth_time=message.auth_time,
    )


def session_of(message: ValidateSessionResponse) -> Session | None:
    """The session; none when the handle stands for no live one."""
    if not message.active:
        return None
    session = message.session
    return Session(
        session_id=session.session_id,
        user_id=session.user_id,
        auth_time=session.auth_time,
        acr=session.acr,
        amr=tuple(session.amr),
        created_at=session.created_at,
        expires_at=session.expires_at,
    )
