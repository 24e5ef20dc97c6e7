"""Clients, what users allowed them, and the assertions they used, in memory."""

from collections.abc import Sequence
from dataclasses import replace

from shared.errors import ClientExists, ClientNotFound
from shared.records import Client
from shared.store.memory.state import State
from shared.store.tags import client_tag, consent_tag


class MemoryClients:
    """`ClientStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def insert_client(self, client: Client) -> None:
        with self._state.lock:
            if self._state.clients.get(client.client_id) is not None:
                raise ClientExists("the client id is taken")
            self._state.clients.insert(client.client_id, client, float("inf"), client.created_at)
            self._state.invalidate(client_tag(client.client_id))

    def find_client(self, client_id: str) -> Client | None:
        with self._state.lock:
            return self._state.clients.get(client_id)

    def list_clients(self, after: str, limit: int) -> Sequence[Client]:
        with self._state.lock:
            following = [client for client in self._state.clients if client.client_id > after]
        return sorted(following, key=lambda client: client.client_id)[:limit]

    def update_client(self, client: Client) -> Client:
        with self._state.lock:
            known = self._existing_client(client.client_id)
            updated = replace(
                client,
                secret_hash=known.secret_hash,
                disabled=known.disabled,
                epoch=known.epoch,
                created_at=known.created_at,
            )
            self._state.clients.replace(client.client_id, updated)
            self._state.invalidate(client_tag(client.client_id))
            return updated

    def set_client_secret(self, client_id: str, secret_hash: str) -> None:
        with self._state.lock:
            self._state.clients.replace(client_id, replace(self._existing_client(client_id), secret_hash=secret_hash))
            self._state.invalidate(client_tag(client_id))

    def disable_client(self, client_id: str, now: float) -> None:
        with self._state.lock:
            client = self._existing_client(client_id)
            if client.disabled:
                return
            self._state.clients.replace(client_id, replace(client, disabled=True, epoch=client.epoch + 1))
            for family_id in self._state.families_of_client.get(client_id):
                self._state.revoke_family(family_id, now)
            for row in self._state.codes:
                if row.code.client_id == client_id:
                    self._state.codes.remove(row.code.code_hash)
            self._state.invalidate(client_tag(client_id))

    def enable_client(self, client_id: str) -> None:
        with self._state.lock:
            self._state.clients.replace(client_id, replace(self._existing_client(client_id), disabled=False))
            self._state.invalidate(client_tag(client_id))

    def _existing_client(self, client_id: str) -> Client:
        client = self._state.clients.get(client_id)
        if client is None:
            raise ClientNotFound("there is no client with this id")
        return client


class MemoryConsents:
    """`ConsentStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def find_consent(self, user_id: str, client_id: str) -> frozenset[str]:
        with self._state.lock:
            return self._state.consents.get(_key(user_id, client_id)) or frozenset()

    def grant_consent(self, user_id: str, client_id: str, scopes: frozenset[str], now: float) -> None:
        key = _key(user_id, client_id)
        with self._state.lock:
            granted = self._state.consents.get(key)
            if granted is None:
                self._state.consents.insert(key, scopes, float("inf"), now)
            else:
                self._state.consents.replace(key, granted | scopes)
            self._state.invalidate(consent_tag(user_id, client_id))


class MemoryAssertions:
    """`AssertionStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def use_assertion(self, client_id: str, jti: str, expires_at: float, now: float) -> bool:
        key = _key(client_id, jti)
        with self._state.lock:
            if self._state.assertions.lives(key, now):
                return False
            self._state.assertions.insert(key, key, expires_at, now)
            return True


def _key(left: str, right: str) -> str:
    # A separator that neither a client id nor a user id can hold keeps two pairs apart.
    return f"{left}\0{right}"
