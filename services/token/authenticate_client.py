"""Client authentication (RFC 6749 section 2.3, OpenID Connect Core 9)."""

import hmac
from dataclasses import dataclass, field
from typing import Protocol

from services.token.client_assertion import ClientAssertionVerifier
from shared.errors import InvalidClient
from shared.handles import digest
from shared.records import Client
from shared.store import ClientStore

INTERNAL_SERVICE = "internal"
"""Method of a caller inside the plane, which presents no client."""

_REFUSED = "client authentication failed: unknown client, wrong credentials, or another method than registered"


@dataclass(frozen=True, slots=True)
class PresentedClient:
    """What a caller presented to prove which client it is.

    Attributes:
        method: A `token_endpoint_auth_method`, or `INTERNAL_SERVICE`.
        proof: The secret or the assertion; empty for "none".
        address: From where.
    """

    client_id: str
    method: str
    proof: str = field(repr=False)
    address: str = ""


NOBODY = Client(
    client_id="",
    client_name="",
    token_endpoint_auth_method="",
    secret_hash="",
    jwks={"keys": []},
    redirect_uris=(),
    post_logout_redirect_uris=(),
    grant_types=(),
    scopes=(),
    id_token_signed_response_alg="",
    require_pkce=True,
    consent="ask",
    introspect="own",
    audiences=(),
    disabled=True,
    epoch=0,
    created_at=0.0,
)
"""Stands for an unknown client, so that one is checked exactly as a known one is."""


class ClientAuthentication(Protocol):
    """Finds out which client calls."""

    def authenticate(self, presented: PresentedClient) -> Client:
        """The client that presented this.

        Raises:
            InvalidClient: It is unknown or disabled, uses another method than it registered, or its proof is wrong.
        """


class ClientAuthenticator:
    """Finds out which client calls.

    The refusal never says what was wrong, and an unknown client takes the same way as a known one (ASVS 6.3.8). Secrets
    are random and long, hence a SHA-256 digest is enough and a comparison costs microseconds.
    """

    def __init__(self, clients: ClientStore, assertions: ClientAssertionVerifier) -> None:
        self._clients = clients
        self._assertions = assertions
        self._proven = {
            "none": self._is_public,
            "client_secret_basic": self._has_secret,
            "client_secret_post": self._has_secret,
            "private_key_jwt": self._assertions.is_valid,
        }

    def authenticate(self, presented: PresentedClient) -> Client:
        client_id = presented.client_id or self._assertions.claimed_client_id(presented.proof)
        client = self._clients.find_client(client_id) or NOBODY
        proven = presented.method in self._proven and self._proven[presented.method](client, presented.proof)
        if client.disabled or client.token_endpoint_auth_method != presented.method or not proven:
            raise InvalidClient(_REFUSED)
        return client

    @staticmethod
    def _is_public(client: Client, proof: str) -> bool:
        return client.is_public and not proof

    @staticmethod
    def _has_secret(client: Client, proof: str) -> bool:
        return hmac.compare_digest(client.secret_hash, digest(proof))
