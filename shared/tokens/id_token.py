"""ID tokens that come back as hints (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 1.0)."""

from dataclasses import dataclass

from shared.errors import InvalidRequest
from shared.tokens.keyring import InvalidJwt, KeyRing

TYP = "JWT"


@dataclass(frozen=True, slots=True)
class IdTokenHint:
    """Who was told about whom, and in which session."""

    sub: str
    client_id: str
    session_id: str


class IdTokenHintVerifier:
    """Reads ID tokens of this issuer; they may have expired, as hints usually have."""

    def __init__(self, keyring: KeyRing, issuer: str) -> None:
        self._keyring = keyring
        self._issuer = issuer

    def verify(self, token: str) -> IdTokenHint:
        """Reads the hint.

        Raises:
            InvalidRequest: It is not an ID token of this issuer.
        """
        try:
            claims = self._keyring.verify(token, TYP)
        except InvalidJwt as error:
            raise InvalidRequest("id_token_hint is no ID token of this issuer") from error
        if claims.get("iss") != self._issuer:
            raise InvalidRequest("id_token_hint is no ID token of this issuer")
        return IdTokenHint(sub=claims["sub"], client_id=claims["aud"], session_id=claims.get("sid", ""))
