"""Clients, and what users allowed them, in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from shared.errors import ClientExists, ClientNotFound
from shared.records import Client
from shared.store.postgres.database import Database
from shared.store.postgres.transaction import Parameters, Transaction
from shared.store.postgres.types import Row
from shared.store.tags import client_tag, consent_tag

_COLUMNS: Final = "client_id, secret_hash, disabled, epoch, created_at, metadata"
_OWN_COLUMNS = frozenset(_COLUMNS.split(", "))
_METADATA = [field.name for field in fields(Client) if field.name not in _OWN_COLUMNS]

FIND: Final = f"SELECT {_COLUMNS} FROM clients WHERE client_id = %(client_id)s"

_LIST: Final = f"SELECT {_COLUMNS} FROM clients WHERE client_id > %(after)s ORDER BY client_id LIMIT %(limit)s"

_INSERT: Final = f"""
INSERT INTO clients ({_COLUMNS})
VALUES (%(client_id)s, %(secret_hash)s, %(disabled)s, %(epoch)s, to_timestamp(%(created_at)s), %(metadata)s)
ON CONFLICT (client_id) DO NOTHING
"""

_UPDATE: Final = f"UPDATE clients SET metadata = %(metadata)s WHERE client_id = %(client_id)s RETURNING {_COLUMNS}"

_SET_SECRET: Final = (
    f"UPDATE clients SET secret_hash = %(secret_hash)s WHERE client_id = %(client_id)s RETURNING {_COLUMNS}"
)

# What was issued in an earlier epoch is dead: a client with a million families is disabled by changing one row.
_DISABLE: Final = f"""
UPDATE clients SET disabled = true, epoch = epoch + CASE WHEN disabled THEN 0 ELSE 1 END
WHERE client_id = %(client_id)s RETURNING {_COLUMNS}
"""

_ENABLE: Final = f"UPDATE clients SET disabled = false WHERE client_id = %(client_id)s RETURNING {_COLUMNS}"

_FIND_CONSENT: Final = "SELECT scopes FROM consents WHERE user_id = %(user_id)s AND client_id = %(client_id)s"

_GRANT_CONSENT: Final = """
INSERT INTO consents AS granted (user_id, client_id, scopes, granted_at)
VALUES (%(user_id)s, %(client_id)s, %(scopes)s::text[], to_timestamp(%(now)s))
ON CONFLICT (user_id, client_id) DO UPDATE
SET scopes = ARRAY(SELECT unnest(granted.scopes) UNION SELECT unnest(excluded.scopes)), granted_at = excluded.granted_at
"""


def epoch_of(client_id: LiteralString) -> LiteralString:
    """SQL for the present epoch of a client."""
    return f"coalesce((SELECT epoch FROM clients WHERE clients.client_id = {client_id}), 0)"


def good_epoch_of(client_id: LiteralString) -> LiteralString:
    """SQL for the epoch whose codes and families are good: the present one, and none while the client is disabled."""
    good = "CASE WHEN disabled THEN -1 ELSE epoch END"
    return f"coalesce((SELECT {good} FROM clients WHERE clients.client_id = {client_id}), 0)"


class PostgresClients:
    """`ClientStore` in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert_client(self, client: Client) -> None:
        def insert(transaction: Transaction) -> None:
            if not transaction.count(_INSERT, _values(client)):
                raise ClientExists("the client id is taken")
            transaction.invalidate(client_tag(client.client_id))  # Somebody may remember that there was none.

        self._database.transact(insert)

    def find_client(self, client_id: str) -> Client | None:
        row = self._database.one(FIND, {"client_id": client_id})
        return _client(row) if row else None

    def list_clients(self, after: str, limit: int) -> Sequence[Client]:
        return [_client(row) for row in self._database.all(_LIST, {"after": after, "limit": limit})]

    def update_client(self, client: Client) -> Client:
        return self._change(_UPDATE, _values(client))

    def set_client_secret(self, client_id: str, secret_hash: str) -> None:
        self._change(_SET_SECRET, {"client_id": client_id, "secret_hash": secret_hash})

    def disable_client(self, client_id: str, now: float) -> None:
        self._change(_DISABLE, {"client_id": client_id})

    def enable_client(self, client_id: str) -> None:
        self._change(_ENABLE, {"client_id": client_id})

    def _change(self, statement: LiteralString, values: Parameters) -> Client:
        def change(transaction: Transaction) -> Client:
            row = transaction.one(statement, values)
            if row is None:
                raise ClientNotFound("there is no client with this id")
            transaction.invalidate(client_tag(str(values["client_id"])))
            return _client(row)

        return self._database.transact(change)


class PostgresConsents:
    """`ConsentStore` in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_consent(self, user_id: str, client_id: str) -> frozenset[str]:
        row = self._database.one(_FIND_CONSENT, {"user_id": user_id, "client_id": client_id})
        return frozenset(row[0]) if row else frozenset()

    def grant_consent(self, user_id: str, client_id: str, scopes: frozenset[str], now: float) -> None:
        values = {"user_id": user_id, "client_id": client_id, "scopes": list(scopes), "now": now}

        def grant(transaction: Transaction) -> None:
            transaction.count(_GRANT_CONSENT, values)
            transaction.invalidate(consent_tag(user_id, client_id))

        self._database.transact(grant)


def _client(row: Row) -> Client:
    client_id, secret_hash, disabled, epoch, created_at, metadata = row
    # JSON has lists where the record has tuples.
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in metadata.items()
    }
    return Client(
        client_id=client_id,
        secret_hash=secret_hash,
        disabled=disabled,
        epoch=epoch,
        created_at=created_at,
        **settings,
    )


def _values(client: Client) -> Parameters:
    return {
        "client_id": client.client_id,
        "secret_hash": client.secret_hash,
        "disabled": client.disabled,
        "epoch": client.epoch,
        "created_at": client.created_at,
        "metadata": Jsonb({name: getattr(client, name) for name in _METADATA}),
    }
