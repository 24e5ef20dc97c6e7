"""The grant type refresh_token (RFC 6749 section 6), with rotation (RFC 9700 section 4.14.2)."""

from services.token.authenticate_client import ClientAuthentication, PresentedClient
from services.token.counted_rotations import Rotations
from services.token.grant_types import parse_scope, require_grant_type
from services.token.issue import TokenIssuer, Tokens
from shared.clock import Clock
from shared.errors import InvalidGrant, RefreshTokenReused
from shared.handles import Handle, HandleCodec, HandleKind, InvalidHandle, digest
from shared.records import Family
from shared.store import Rotation
from shared.telemetry.events import SecurityEvents


class RefreshTokenRotator:
    """Exchanges a refresh token for its successor and an access token.

    The successor is derived from the family and its generation. So a retry, or a second tab, inside the grace window
    gets the same one, nobody is logged out by a lost answer, and one token lives at the end. Outside the window a
    rotated token is proof of theft, and the family dies.

    Args:
        grace: Seconds after a rotation in which the rotated token is answered with the same successor.
    """

    def __init__(
        self,
        clients: ClientAuthentication,
        families: Rotations,
        handles: HandleCodec,
        issuer: TokenIssuer,
        grace: float,
        clock: Clock,
        events: SecurityEvents,
    ) -> None:
        self._clients = clients
        self._families = families
        self._handles = handles
        self._issuer = issuer
        self._grace = grace
        self._clock = clock
        self._events = events

    def rotate(self, presented: PresentedClient, refresh_token: str, scope: str) -> Tokens:
        """New tokens for the refresh token.

        Raises:
            InvalidClient, UnauthorizedClient: See client authentication.
            InvalidGrant: The token is unknown, expired, revoked, or another client's.
            InvalidScope: More is asked for than was granted.
            RefreshTokenReused: The token was rotated before; its family is revoked now.
        """
        client = self._clients.authenticate(presented)
        require_grant_type(client, "refresh_token")
        handle = self._parse(refresh_token)
        successor = self._handles.mint(HandleKind.REFRESH_TOKEN, handle.id, handle.generation + 1)
        scopes, successor_hash = parse_scope(scope), digest(successor)
        family = self._rotate(
            Rotation(
                family_id=handle.id_digest,
                token_hash=digest(refresh_token),
                generation=handle.generation,
                client_id=client.client_id,
                scopes=scopes,
                successor_hash=successor_hash,
                grace=self._grace,
                now=self._clock.now(),
            )
        )
        if family.token_hash != successor_hash:
            successor = self._spelt_as_stored(family, handle)
        return self._issuer.for_user(client, family, scopes or family.scopes, successor)

    def _rotate(self, rotation: Rotation) -> Family:
        try:
            return self._families.rotate_refresh_token(rotation).family
        except RefreshTokenReused:
            self._events.refresh_token_reused(client_id=rotation.client_id, family_id=rotation.family_id)
            raise

    def _spelt_as_stored(self, family: Family, handle: Handle) -> str:
        # A retry may follow a change of the handle key: the successor is then the one that the old key made.
        candidates = self._handles.mint_with_each_key(HandleKind.REFRESH_TOKEN, handle.id, handle.generation + 1)
        for candidate in candidates:
            if digest(candidate) == family.token_hash:
                return candidate
        raise InvalidGrant("the refresh token is not valid any more")

    def _parse(self, refresh_token: str) -> Handle:
        try:
            return self._handles.parse(HandleKind.REFRESH_TOKEN, refresh_token)
        except InvalidHandle as error:
            raise InvalidGrant("the refresh token is not valid") from error
