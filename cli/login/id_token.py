"""Validation of ID tokens (OpenID Connect Core 3.1.3.7)."""

import base64
import hashlib
from typing import Any

from cli.failures import CommandFailed
from cli.jwt import Jwt, verify_jwt

_LEEWAY_SECONDS = 30


class IdTokenVerifier:
    """Verifies what an issuer says about a user to a client.

    Args:
        issuer: What `iss` must be.
        client_id: What `aud` must hold.
        jwks: The issuer's keys.
    """

    def __init__(self, issuer: str, client_id: str, jwks: dict[str, Any]) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._jwks = jwks

    def verify(self, id_token: str, access_token: str, expected: dict[str, Any], now: float) -> Jwt:
        """Checks signature, `iss`, `aud`, `exp`, `at_hash`, and the claims that are expected.

        Args:
            access_token: The one that came with it.
            expected: For example the `nonce` that was sent, or the `sub` of before.
            now: Seconds since the epoch.

        Raises:
            CommandFailed: One of them is wrong; the message names it.
        """
        jwt = verify_jwt(id_token, self._jwks)
        claims = jwt.claims
        audience = claims.get("aud")
        at_hash = _left_half(access_token)
        checks = {
            "iss": claims.get("iss") == self._issuer,
            "aud": self._client_id in (audience if isinstance(audience, list) else [audience]),
            "exp": isinstance(claims.get("exp"), int | float) and claims["exp"] > now - _LEEWAY_SECONDS,
            "at_hash": claims.get("at_hash", at_hash) == at_hash,
            **{name: claims.get(name) == value for name, value in expected.items()},
        }
        wrong = [name for name, right in checks.items() if not right]
        if wrong:
            raise CommandFailed(f"the ID token is not to be trusted: wrong {', '.join(wrong)}")
        return jwt


def _left_half(access_token: str) -> str:
    """The `at_hash` of an access token (OpenID Connect Core 3.1.3.6), for the SHA-256 algorithms."""
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).decode().rstrip("=")
