"""What a client is registered for."""

from shared.errors import InvalidScope, UnauthorizedClient
from shared.records import Client

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")


def require_grant_type(client: Client, grant_type: str) -> None:
    """Raises `UnauthorizedClient` unless the client is registered for the grant type."""
    if grant_type not in client.grant_types:
        raise UnauthorizedClient(f"the client is not registered for the grant type {grant_type}")


def parse_scope(scope: str) -> tuple[str, ...]:
    """The scopes of a `scope` parameter (RFC 6749 section 3.3), each once, in order."""
    return tuple(dict.fromkeys(scope.split()))


def require_scopes(requested: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    """Raises `InvalidScope` unless everything requested is allowed."""
    if not set(requested) <= set(allowed):
        raise InvalidScope("a requested scope is unknown or beyond what the client may have")
