"""The grant type client_credentials (RFC 6749 section 4.4)."""

from services.token.authenticate_client import ClientAuthentication, PresentedClient
from services.token.grant_types import parse_scope, require_grant_type, require_scopes
from services.token.issue import TokenIssuer, Tokens
from shared.errors import InvalidScope
from shared.tokens.user_claims import USER_SCOPES


class ClientCredentialsGranter:
    """Issues access tokens to clients that act for themselves."""

    def __init__(self, clients: ClientAuthentication, issuer: TokenIssuer) -> None:
        self._clients = clients
        self._issuer = issuer

    def grant(self, presented: PresentedClient, scope: str) -> Tokens:
        """An access token for what is asked for, or for all that the client may have.

        Raises:
            InvalidClient, UnauthorizedClient: See client authentication.
            InvalidScope: More is asked for than the client is registered for, or nothing is left. Scopes that mean a
                user, such as `openid`, are never given here.
        """
        client = self._clients.authenticate(presented)
        require_grant_type(client, "client_credentials")
        allowed = tuple(scope for scope in client.scopes if scope not in USER_SCOPES)
        scopes = parse_scope(scope) or allowed
        require_scopes(scopes, allowed)
        if not scopes:
            raise InvalidScope("the client is registered for no scope of its own")
        return self._issuer.for_client(client, scopes)
