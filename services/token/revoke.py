"""Token revocation (RFC 7009)."""

from services.token.authenticate_client import PresentedClient
from services.token.callers import INTERNAL_CALLER, CallerIdentifier
from shared.clock import Clock
from shared.errors import InvalidRequest, InvalidToken, UnauthorizedClient
from shared.handles import Handle, HandleCodec, HandleKind, InvalidHandle
from shared.records import Client
from shared.store import AccessTokenStore, FamilyStore
from shared.telemetry.events import SecurityEvents
from shared.tokens.access_token import AccessTokenVerifier


class Revoker:
    """Revokes tokens, durably before it answers. What is not valid any more is revoked already."""

    def __init__(
        self,
        callers: CallerIdentifier,
        verifier: AccessTokenVerifier,
        access_tokens: AccessTokenStore,
        families: FamilyStore,
        handles: HandleCodec,
        clock: Clock,
        events: SecurityEvents,
    ) -> None:
        self._callers = callers
        self._verifier = verifier
        self._access_tokens = access_tokens
        self._families = families
        self._handles = handles
        self._clock = clock
        self._events = events

    def revoke(self, presented: PresentedClient, token: str) -> None:
        """Revokes a refresh token with its family, or a single access token.

        Raises:
            InvalidClient: The caller did not prove who it is.
            InvalidRequest: No token was given.
            UnauthorizedClient: The token was issued to another client.
        """
        caller = self._callers.identify(presented)
        if not token:
            raise InvalidRequest("token is missing")
        try:
            handle = self._handles.parse(HandleKind.REFRESH_TOKEN, token)
        except InvalidHandle:
            self._revoke_access_token(caller, token)
        else:
            self._revoke_family(caller, handle)

    def _revoke_family(self, caller: Client, handle: Handle) -> None:
        family = self._families.find_family(handle.id_digest, self._clock.now())
        if family is None:
            return
        _require_own(caller, family.client_id)
        self._families.revoke_family(family.family_id, self._clock.now())
        self._events.family_revoked(client_id=family.client_id, family_id=family.family_id)

    def _revoke_access_token(self, caller: Client, token: str) -> None:
        try:
            found = self._verifier.verify(token)
        except InvalidToken:
            return
        _require_own(caller, found.client_id)
        self._access_tokens.revoke_access_token(found.jti, found.expires_at, self._clock.now())
        self._events.access_token_revoked(client_id=found.client_id)


def _require_own(caller: Client, client_id: str) -> None:
    if caller is not INTERNAL_CALLER and caller.client_id != client_id:
        raise UnauthorizedClient("the token was issued to another client")
