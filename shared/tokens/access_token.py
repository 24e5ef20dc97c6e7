"""Access tokens: JWTs in the profile of RFC 9068, and whether they are still good."""

from dataclasses import dataclass
from typing import Any, Protocol

from shared.clock import Clock
from shared.errors import InvalidToken
from shared.records import Claims, Client, Family
from shared.tokens.keyring import InvalidJwt, KeyRing

TYP = "at+jwt"
ALG = "ES256"


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
    singly.
    """

    def __init__(self, keyring: KeyRing, issuer: str, state: TokenState, clock: Clock) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self._state = state
        self._clock = clock

    def verify(self, token: str) -> AccessToken:
        """Reads the token.

        Raises:
            InvalidToken: It is not an access token of this issuer, has expired, or was revoked (RFC 9068 section 4).
        """
        now = self._clock.now()
        claims = self._genuine(token)
        if claims["exp"] <= now or self._state.is_access_token_revoked(claims["jti"]):
            raise InvalidToken("the access token has expired or was revoked")
        if "family" in claims:
            return self._of_user(claims, now)
        return self._of_client(claims)

    def _genuine(self, token: str) -> dict[str, Any]:
        try:
            claims = self._keyring.verify(token, TYP)
        except InvalidJwt as error:
            raise InvalidToken("this is no access token of this issuer") from error
        if claims.get("iss") != self._issuer or self._issuer not in _audience(claims):
            raise InvalidToken("this is no access token of this issuer")
        return claims

    def _of_user(self, claims: dict[str, Any], now: float) -> AccessToken:
        family = self._state.find_family(claims["family"], now)
        if family is None:
            raise InvalidToken("the access token has expired or was revoked")
        return _access_token(claims, claims["sub"], family.requested_claims)

    def _of_client(self, claims: dict[str, Any]) -> AccessToken:
        client = self._state.find_client(claims["client_id"])
        if client is None or client.disabled or client.epoch != claims["epoch"]:
            raise InvalidToken("the access token has expired or was revoked")
        return _access_token(claims, "", {})


def _access_token(claims: dict[str, Any], user_id: str, requested_claims: Claims) -> AccessToken:
    return AccessToken(
        jti=claims["jti"],
        sub=claims["sub"],
        user_id=user_id,
        client_id=claims["client_id"],
        scopes=tuple(claims["scope"].split()),
        audience=_audience(claims),
        issued_at=claims["iat"],
        expires_at=claims["exp"],
        auth_time=claims.get("auth_time", 0),
        family_id=claims.get("family", ""),
        requested_claims=requested_claims,
    )


def _audience(claims: dict[str, Any]) -> tuple[str, ...]:
    audience = claims.get("aud", ())
    return (audience,) if isinstance(audience, str) else tuple(audience)
