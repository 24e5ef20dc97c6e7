"""Token responses are made here: access tokens (RFC 9068) and ID tokens (OpenID Connect Core 2)."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.clock import Clock
from shared.records import Client, Family
from shared.store import UserStore
from shared.tokens import access_token, id_token
from shared.tokens.keyring import KeyRing
from shared.tokens.user_claims import select_claims


@dataclass(frozen=True, slots=True)
class Tokens:
    """A token response (RFC 6749 section 5.1).

    Attributes:
        expires_in: Lifetime of the access token in seconds.
        refresh_token: Empty when none is issued.
        id_token: Empty unless `openid` was granted.
    """

    access_token: str = field(repr=False)
    expires_in: int
    scopes: tuple[str, ...]
    refresh_token: str = field(default="", repr=False)
    id_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TokenLifetimes:
    """How long what is issued lives, in seconds."""

    access_token: int
    id_token: int
    refresh_token: int

    def of_grant(self, client: Client) -> int:
        """For what comes of a code: without refresh tokens it need not outlive the access token."""
        return self.refresh_token if "refresh_token" in client.grant_types else self.access_token


class TokenIssuer:
    """Signs tokens.

    Args:
        users: Asked only when claims about the user were requested for the ID token.
        random_bytes: Source of `jti`, 128 bits each.
    """

    def __init__(
        self,
        keyring: KeyRing,
        issuer: str,
        users: UserStore,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        lifetimes: TokenLifetimes,
    ) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self._users = users
        self._clock = clock
        self._random_bytes = random_bytes
        self._lifetimes = lifetimes

    def for_user(
        self, client: Client, family: Family, scopes: tuple[str, ...], refresh_token: str, nonce: str = ""
    ) -> Tokens:
        """Tokens on behalf of a user. The access token ends with its family at the latest."""
        now = self._clock.now()
        about_login = {
            "sub": family.user_id,
            "auth_time": int(family.auth_time),
            "acr": family.acr,
            "amr": list(family.amr),
            "sid": family.session_id,
        }
        expires_at = int(min(now + self._lifetimes.access_token, family.expires_at))
        access = self._access_token(client, scopes, now, expires_at, {**about_login, "family": family.family_id})
        identity = ""
        if "openid" in scopes:
            claims = {**self._requested(family), **about_login, **({"nonce": nonce} if nonce else {})}
            identity = self._id_token(client, now, claims, access)
        return Tokens(access, expires_at - int(now), scopes, refresh_token, identity)

    def for_client(self, client: Client, scopes: tuple[str, ...]) -> Tokens:
        """An access token for a client that acts for itself."""
        now = self._clock.now()
        expires_at = int(now) + self._lifetimes.access_token
        particulars = {"sub": client.client_id, "epoch": client.epoch}
        return Tokens(
            self._access_token(client, scopes, now, expires_at, particulars), self._lifetimes.access_token, scopes
        )

    def _access_token(
        self, client: Client, scopes: tuple[str, ...], now: float, expires_at: int, particulars: dict[str, Any]
    ) -> str:
        claims = {
            "iss": self._issuer,
            "aud": [self._issuer, *client.audiences] if client.audiences else self._issuer,
            "client_id": client.client_id,
            "scope": " ".join(scopes),
            "iat": int(now),
            "exp": expires_at,
            "jti": _base64url(self._random_bytes(16)),
            **particulars,
        }
        return self._keyring.sign(access_token.ALG, access_token.TYP, claims)

    def _id_token(self, client: Client, now: float, about_user: dict[str, Any], access: str) -> str:
        claims = {
            **about_user,
            "iss": self._issuer,
            "aud": client.client_id,
            "iat": int(now),
            "exp": int(now) + self._lifetimes.id_token,
            # OpenID Connect Core 3.1.3.6: the left half of the hash that the algorithm uses, SHA-256 for all of ours.
            "at_hash": _base64url(hashlib.sha256(access.encode()).digest()[:16]),
        }
        return self._keyring.sign(client.id_token_signed_response_alg, id_token.TYP, claims)

    def _requested(self, family: Family) -> dict[str, Any]:
        names = family.requested_claims.get("id_token", {}).keys()
        user = self._users.find_user(family.user_id) if names else None
        return select_claims(user, names) if user else {}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
