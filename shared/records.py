"""What the plane remembers: frozen values, the same for every store.

Times are seconds since the epoch. `…_id` of sessions and families and `…_hash` are SHA-256 digests in lower-case
hexadecimal, never the credential itself.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Claims = Mapping[str, Any]
"""JSON values by claim name."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who can log in.

    Attributes:
        user_id: 128 random bits in hexadecimal; the `sub` claim, never reused.
        username: Login name, unique in any case.
        password_hash: argon2id in PHC format.
        claims: Standard claims of OpenID Connect Core 5.1 without `sub` and `updated_at`. `email`, when present, is
            unique in any case and serves as a login name too.
        updated_at: When the claims last changed.
    """

    user_id: str
    username: str
    password_hash: str = field(repr=False)
    claims: Claims
    disabled: bool
    created_at: float
    updated_at: float

    @property
    def email(self) -> str:
        """The e-mail address; empty when there is none."""
        return str(self.claims.get("email", ""))


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth 2.0 client; metadata names of RFC 7591.

    Attributes:
        secret_hash: SHA-256 of the client secret in hexadecimal, which is enough for a secret of 256 random bits;
            empty when the client has none.
        jwks: The client's public keys (RFC 7517) for `private_key_jwt`.
        consent: "ask", or "skip" for first-party clients.
        introspect: "own", or "any" for a resource server that may see every token.
        audiences: Further members of `aud` in the client's access tokens.
        epoch: Counts how often the client was disabled; tokens of an earlier epoch are dead.
    """

    client_id: str
    client_name: str
    token_endpoint_auth_method: str
    secret_hash: str = field(repr=False)
    jwks: Mapping[str, Any]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    scopes: tuple[str, ...]
    id_token_signed_response_alg: str
    require_pkce: bool
    consent: str
    introspect: str
    audiences: tuple[str, ...]
    disabled: bool
    epoch: int
    created_at: float

    @property
    def is_public(self) -> bool:
        """Whether the client cannot keep a secret (RFC 6749 section 2.1)."""
        return self.token_endpoint_auth_method == "none"


@dataclass(frozen=True, slots=True)
class Session:
    """A login session of a browser.

    Attributes:
        session_id: Digest of the session handle; also the `sid` claim.
        auth_time: When the user last proved who they are.
        acr: Authentication context class reference.
        amr: Authentication method references (RFC 8176).
    """

    session_id: str
    user_id: str
    auth_time: float
    acr: str
    amr: tuple[str, ...]
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """What the user granted, waiting to be redeemed.

    Attributes:
        code_hash: Digest of the code.
        redirect_uri: As in the authorization request; empty when it had none.
        code_challenge: The S256 challenge; empty when there was none.
        requested_claims: The `claims` request parameter (OpenID Connect Core 5.5), reduced to what may be given.
        not_after: When what the code gives must end at the latest: the end of the session, or infinity for offline
            access.
    """

    code_hash: str
    client_id: str
    redirect_uri: str
    code_challenge: str
    user_id: str
    session_id: str
    scopes: tuple[str, ...]
    nonce: str
    requested_claims: Claims
    auth_time: float
    acr: str
    amr: tuple[str, ...]
    created_at: float
    expires_at: float
    not_after: float = math.inf


@dataclass(frozen=True, slots=True)
class Family:
    """All that was issued from one authorization code: the refresh tokens in their generations, and access tokens.

    Attributes:
        family_id: Digest of the random id that its refresh tokens carry.
        token_hash: Digest of the newest refresh token; empty when none is issued.
        generation: How often the refresh token was rotated.
        expires_at: When the family ends, however often it is rotated.
    """

    family_id: str
    client_id: str
    user_id: str
    session_id: str
    scopes: tuple[str, ...]
    nonce: str
    requested_claims: Claims
    auth_time: float
    acr: str
    amr: tuple[str, ...]
    token_hash: str
    generation: int
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs tokens.

    Attributes:
        kid: RFC 7638 thumbprint.
        alg: "ES256" or "RS256".
        sealed: The private JWK, encrypted (`shared.tokens.sealing`).
        activates_at: When it begins to sign; it is published before.
        retires_at: When it is no longer published; infinity while nothing replaces it.
    """

    kid: str
    alg: str
    sealed: str = field(repr=False)
    created_at: float
    activates_at: float
    retires_at: float = math.inf
