"""Client assertions: JWTs by which a client proves that it holds a private key (RFC 7523, OpenID Connect Core 9)."""

import json
from collections.abc import Collection
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from shared.clock import Clock
from shared.records import Client
from shared.store import AssertionStore
from shared.tokens.keyring import ALGORITHMS, MALFORMED, MAX_TOKEN_BYTES

_MAX_LIFETIME_SECONDS = 3660
_LEEWAY_SECONDS = 10  # For a client whose clock is ahead.
_MAX_JTI_LENGTH = 255


class ClientAssertionVerifier:
    """Checks client assertions and lets each be used once.

    Args:
        audiences: What `aud` may name: the issuer or the endpoint that is called.
    """

    def __init__(self, assertions: AssertionStore, audiences: Collection[str], clock: Clock) -> None:
        self._assertions = assertions
        self._audiences = frozenset(audiences)
        self._clock = clock

    def claimed_client_id(self, assertion: str) -> str:
        """The client that an assertion says it comes from, unverified; empty when it is none."""
        try:
            _limit(assertion)
            return str(_claims(extract_compact(assertion.encode()).payload).get("sub", ""))
        except MALFORMED:
            return ""

    def is_valid(self, client: Client, assertion: str) -> bool:
        """Whether the client signed this for us, recently, and it was not used before.

        Checks signature, `iss`, `sub`, `aud`, `exp`, `nbf` and `jti` (RFC 7523 section 3).
        """
        try:
            _limit(assertion)
            keys = KeySet.import_key_set({"keys": list(client.jwks.get("keys", ()))})
            claims = jwt.decode(assertion, keys, algorithms=list(ALGORITHMS)).claims
        except MALFORMED:
            return False
        return self._is_acceptable(client, claims) and self._is_first_use(client, claims)

    def _is_acceptable(self, client: Client, claims: dict[str, Any]) -> bool:
        now = self._clock.now()
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        expires_at, not_before, jti = claims.get("exp"), claims.get("nbf", 0), claims.get("jti")
        return (
            claims.get("iss") == client.client_id == claims.get("sub")
            and any(isinstance(name, str) and name in self._audiences for name in named)
            and isinstance(expires_at, int | float)
            and now < expires_at <= now + _MAX_LIFETIME_SECONDS
            and isinstance(not_before, int | float)
            and not_before <= now + _LEEWAY_SECONDS
            and isinstance(jti, str)
            and 0 < len(jti) <= _MAX_JTI_LENGTH
        )

    def _is_first_use(self, client: Client, claims: dict[str, Any]) -> bool:
        return self._assertions.use_assertion(client.client_id, claims["jti"], claims["exp"], self._clock.now())


def _limit(assertion: str) -> None:
    if len(assertion) > MAX_TOKEN_BYTES:
        raise ValueError("too long")


def _claims(payload: bytes | None) -> dict[str, Any]:
    claims = json.loads(payload or b"null")
    return claims if isinstance(claims, dict) else {}
