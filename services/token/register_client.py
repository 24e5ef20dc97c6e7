"""Clients are registered here."""

import base64
from collections.abc import Callable
from dataclasses import replace

from services.token.client_settings import SECRET_METHODS, validate
from shared.clock import Clock
from shared.errors import InvalidRequest
from shared.handles import digest
from shared.records import Client
from shared.store import ClientStore
from shared.telemetry.events import SecurityEvents

MIN_SECRET_LENGTH = 32
MAX_SECRET_LENGTH = 1024
_SECRET_BYTES = 32


class ClientRegistrar:
    """Adds clients and gives them secrets."""

    def __init__(
        self,
        clients: ClientStore,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        events: SecurityEvents,
    ) -> None:
        self._clients = clients
        self._clock = clock
        self._random_bytes = random_bytes
        self._events = events

    def register(self, client: Client, secret: str) -> tuple[Client, str]:
        """Adds the client; returns it with its secret, if that was made here.

        Args:
            secret: The secret the client shall have; empty to have one made, where its authentication needs one.

        Raises:
            InvalidRequest: A setting is wrong.
            ClientExists: The id is taken.
        """
        validate(client)
        made = "" if secret else self._make_secret(client)
        stored = replace(
            client,
            secret_hash=_secret_hash(client, secret or made),
            disabled=False,
            epoch=0,
            created_at=self._clock.now(),
        )
        self._clients.insert_client(stored)
        self._events.client_registered(client_id=client.client_id)
        return stored, made

    def rotate_secret(self, client: Client) -> str:
        """Replaces the client's secret by a new one and returns it.

        Raises:
            InvalidRequest: The client authenticates without a secret.
            ClientNotFound: There is no such client.
        """
        secret = self._make_secret(client)
        if not secret:
            raise InvalidRequest("this client authenticates without a secret")
        self._clients.set_client_secret(client.client_id, digest(secret))
        self._events.client_secret_rotated(client_id=client.client_id)
        return secret

    def _make_secret(self, client: Client) -> str:
        if client.token_endpoint_auth_method not in SECRET_METHODS:
            return ""
        return base64.urlsafe_b64encode(self._random_bytes(_SECRET_BYTES)).rstrip(b"=").decode()


def _secret_hash(client: Client, secret: str) -> str:
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        if secret:
            raise InvalidRequest("client_secret is only for client_secret_basic and client_secret_post")
        return ""
    if not (MIN_SECRET_LENGTH <= len(secret) <= MAX_SECRET_LENGTH and secret.isascii() and secret.isprintable()):
        raise InvalidRequest("client_secret must have 32 to 1024 printable ASCII characters")
    return digest(secret)
