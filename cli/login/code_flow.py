"""The code flow with PKCE (RFC 7636), state, nonce and `iss` (RFC 9207)."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cli.failures import CommandFailed
from cli.login.http import basic, bearer, fetch_json

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoginClient:
    """The client on whose behalf the user logs in.

    Attributes:
        client_secret: Empty for a public client.
        scope: What it asks for, separated by spaces.
    """

    client_id: str
    client_secret: str = field(repr=False)
    scope: str


@dataclass(frozen=True, slots=True)
class Bindings:
    """What binds the answers to this one login: 256 random bits each."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    code_verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


def s256(code_verifier: str) -> str:
    """The code challenge of a verifier (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")


def discover(issuer: str) -> Json:
    """The issuer's metadata (OpenID Connect Discovery 1.0 section 4).

    Raises:
        CommandFailed: There is none, or it is another issuer's.
    """
    metadata: Json = fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if metadata.get("issuer") != issuer:
        raise CommandFailed(f"{issuer} calls itself {metadata.get('issuer')}; name that as --issuer")
    return metadata


class CodeFlow:
    """The requests of one login; every one raises `CommandFailed` when it is refused.

    Args:
        metadata: The issuer's.
        redirect_uri: Where the authorization response comes.
    """

    def __init__(self, metadata: Json, client: LoginClient, bindings: Bindings, redirect_uri: str) -> None:
        self._metadata = metadata
        self._client = client
        self._bindings = bindings
        self._redirect_uri = redirect_uri

    def authorization_url(self) -> str:
        """Where the user has to go."""
        parameters = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._client.scope,
            "state": self._bindings.state,
            "nonce": self._bindings.nonce,
            "code_challenge": s256(self._bindings.code_verifier),
            "code_challenge_method": "S256",
        }
        return f"{self._metadata['authorization_endpoint']}?{urlencode(parameters)}"

    def redeem(self, response: Mapping[str, str]) -> Json:
        """Turns an authorization response, whose `state` was checked, into a token response."""
        if response.get("iss") != self._metadata["issuer"]:
            raise CommandFailed("the answer came from another issuer (RFC 9207) and was not used")
        if "error" in response:
            reason = response.get("error_description", "no reason was given")
            raise CommandFailed(f"not logged in: {response['error']}: {reason}")
        return self._request_tokens(
            {
                "grant_type": "authorization_code",
                "code": response.get("code", ""),
                "redirect_uri": self._redirect_uri,
                "code_verifier": self._bindings.code_verifier,
            }
        )

    def refresh(self, refresh_token: str) -> Json:
        """Rotates a refresh token."""
        return self._request_tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def userinfo(self, access_token: str) -> Json:
        """The user's claims (OpenID Connect Core 5.3)."""
        claims: Json = fetch_json(self._metadata["userinfo_endpoint"], bearer(access_token))
        return claims

    def jwks(self) -> Json:
        """The issuer's keys."""
        keys: Json = fetch_json(self._metadata["jwks_uri"])
        return keys

    def _request_tokens(self, grant: dict[str, str]) -> Json:
        client = self._client
        if client.client_secret:
            headers = basic(client.client_id, client.client_secret)
        else:
            headers, grant = {}, {**grant, "client_id": client.client_id}
        tokens: Json = fetch_json(self._metadata["token_endpoint"], headers, grant)
        return tokens
