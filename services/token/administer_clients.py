"""Clients are shown, changed, disabled and enabled here."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.token.client_settings import SECRET_METHODS, validate
from shared.clock import Clock
from shared.errors import ClientNotFound, InvalidRequest
from shared.records import Client
from shared.store import ClientStore
from shared.telemetry.events import SecurityEvents

DEFAULT_PAGE = 100
MAX_PAGE = 1000


@dataclass(frozen=True, slots=True)
class ClientPage:
    """Some clients, and where the next page begins; empty on the last."""

    clients: Sequence[Client]
    next_page_token: str


class ClientAdministrator:
    """Reads and changes registered clients."""

    def __init__(self, clients: ClientStore, clock: Clock, events: SecurityEvents) -> None:
        self._clients = clients
        self._clock = clock
        self._events = events

    def get(self, client_id: str) -> Client:
        """Raises `ClientNotFound`."""
        client = self._clients.find_client(client_id)
        if client is None:
            raise ClientNotFound("there is no client with this id")
        return client

    def page(self, after: str, size: int) -> ClientPage:
        """At most `size` clients (0: 100, never more than 1000) whose ids follow `after`, in the order of their ids.

        Raises:
            InvalidRequest: `size` is negative.
        """
        if size < 0:
            raise InvalidRequest("page_size must not be negative")
        limit = min(size or DEFAULT_PAGE, MAX_PAGE)
        clients = self._clients.list_clients(after, limit)
        return ClientPage(clients, clients[-1].client_id if len(clients) == limit else "")

    def update(self, client: Client) -> Client:
        """Replaces the settings; the secret stays.

        Raises:
            InvalidRequest: A setting is wrong, or a client without a secret is to authenticate with one.
            ClientNotFound: There is no such client.
        """
        validate(client)
        known = self.get(client.client_id)
        if client.token_endpoint_auth_method in SECRET_METHODS and not known.secret_hash:
            raise InvalidRequest("this client has no secret; register a new one that authenticates with a secret")
        updated = self._clients.update_client(client)
        self._events.client_updated(client_id=client.client_id)
        return updated

    def disable(self, client_id: str) -> None:
        """Bars the client and revokes all that was issued to it. Raises `ClientNotFound`."""
        self._clients.disable_client(client_id, self._clock.now())
        self._events.client_disabled(client_id=client_id)

    def enable(self, client_id: str) -> None:
        """Lets the client in again. Raises `ClientNotFound`."""
        self._clients.enable_client(client_id)
        self._events.client_enabled(client_id=client_id)
