"""Access tokens: JWTs in the profile of RFC 9068, and whether they are still good."""

from dataclasses import dataclass
from typing import Any, Protocol

from shared.cache.cache import Cache
from shared.cache.caches import Caches
from shared.cache.decision import Decision
from shared.errors import InvalidToken
from shared.handles import digest
from shared.records import Claims, Client, Family
from shared.store import tags
from shared.tokens.keyring import InvalidJwt, KeyRing

TYP = "at+jwt"
ALG = "ES256"

_BYTES = 1000
"""About what a verified token takes beside its text."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a live access token says.

    Attributes:
        sub: The user, or the client for a client's own token.
        user_id: The user; empty for a client's own token.
        auth_time: When the user last proved who they are; 0 for a client's own token.
        requested_claims: The `claims` request parameter of the authorization it came from.
    """

    jti: str
    sub: str
    user_id: str
    client_id: str
    scopes: tuple[str, ...]
    audience: tuple[str, ...]
    issued_at: int
    expires_at: int
    auth_time: int
    family_id: str
    requested_claims: Claims


class TokenState(Protocol):
    """What is remembered about tokens; the store knows it."""

    def find_family(self, family_id: str, now: float) -> Family | None: ...

    def find_client(self, client_id: str) -> Client | None: ...

    def is_access_token_revoked(self, jti: str) -> bool: ...


class AccessTokenVerifier:
    """Says what a live access token allows.

    A user's token lives as long as its family, a client's own as long as the client's epoch; either may be revoked
    singly. A genuine token is verified once: from then on it is looked up by its digest, under the rule of the cache.

    Args:
        caches: Where verified tokens are kept, and for how long those that are dead.
    """

    def __init__(self, keyring: KeyRing, issuer: str, state: TokenState, caches: Caches) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self._state = state
        self._caches = caches
        self._verified: Cache[AccessToken | None] = caches.make("access_tokens")

    def verify(self, token: str) -> AccessToken:
        """Reads the token.

        Raises:
            InvalidToken: It is not an access token of this issuer, has expired, or was revoked (RFC 9068 section 4).
        """
        found = self._verified.get_or_load(digest(token), lambda: self._decide(token))
        if found is None:
            raise InvalidToken("the access token has expired or was revoked")
        return found

    def _decide(self, token: str) -> Decision[AccessToken | None]:
        claims, now = self._genuine(token), self._caches.clock.now()
        dead: Decision[AccessToken | None] = Decision(None, _tags(claims, None), self._caches.end_of_no(), final=True)
        if claims["exp"] <= now or self._state.is_access_token_revoked(claims["jti"]):
            return dead
        family = self._state.find_family(claims["family"], now) if "family" in claims else None
        if family is None and not self._is_of_client(claims):
            return dead
        return Decision(_access_token(claims, family), _tags(claims, family), claims["exp"], _BYTES + len(token))

    def _genuine(self, token: str) -> dict[str, Any]:
        try:
            claims = self._keyring.verify(token, TYP)
        except InvalidJwt as error:
            raise InvalidToken("this is no access token of this issuer") from error
        if claims.get("iss") != self._issuer or self._issuer not in _audience(claims):
            raise InvalidToken("this is no access token of this issuer")
        return claims

    def _is_of_client(self, claims: dict[str, Any]) -> bool:
        if "family" in claims:
            return False
        client = self._state.find_client(claims["client_id"])
        return client is not None and not client.disabled and client.epoch == claims["epoch"]


def _tags(claims: dict[str, Any], family: Family | None) -> tuple[str, ...]:
    own = (tags.KEYS, tags.access_token_tag(claims["jti"]), tags.client_tag(claims["client_id"]))
    if family is None:
        return own
    return (
        *own,
        tags.family_tag(family.family_id),
        tags.session_tag(family.session_id),
        tags.user_tag(family.user_id),
    )


def _access_token(claims: dict[str, Any], family: Family | None) -> AccessToken:
    return AccessToken(
        jti=claims["jti"],
        sub=claims["sub"],
        user_id=family.user_id if family else "",
        client_id=claims["client_id"],
        scopes=tuple(claims["scope"].split()),
        audience=_audience(claims),
        issued_at=claims["iat"],
        expires_at=claims["exp"],
        auth_time=claims.get("auth_time", 0),
        family_id=claims.get("family", ""),
        requested_claims=family.requested_claims if family else {},
    )


def _audience(claims: dict[str, Any]) -> tuple[str, ...]:
    audience = claims.get("aud", ())
    return (audience,) if isinstance(audience, str) else tuple(audience)
