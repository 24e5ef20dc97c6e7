"""Signing keys in PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Final

from shared.records import SigningKey
from shared.store.postgres.database import Database
from shared.store.postgres.transaction import Transaction
from shared.store.tags import KEYS

_COLUMNS: Final = "kid, alg, sealed, created_at, activates_at, retires_at"

_LIST: Final = f"SELECT {_COLUMNS} FROM signing_keys ORDER BY created_at DESC"

_ADD: Final = f"""
INSERT INTO signing_keys ({_COLUMNS})
VALUES (%(kid)s, %(alg)s, %(sealed)s, to_timestamp(%(created_at)s), to_timestamp(%(activates_at)s),
    to_timestamp(%(retires_at)s))
ON CONFLICT (kid) DO NOTHING
"""

_RETIRE: Final = "UPDATE signing_keys SET retires_at = to_timestamp(%(retires_at)s) WHERE kid = %(kid)s"


class PostgresKeys:
    """`KeyStore` in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_signing_keys(self) -> Sequence[SigningKey]:
        return [SigningKey(*row) for row in self._database.all(_LIST, {})]

    def replace_signing_keys(self, added: Sequence[SigningKey], retired: Mapping[str, float]) -> None:
        def replace(transaction: Transaction) -> None:
            for kid, retires_at in retired.items():
                transaction.count(_RETIRE, {"kid": kid, "retires_at": retires_at})
            for key in added:
                transaction.count(_ADD, _values(key))
            transaction.invalidate(KEYS)

        self._database.transact(replace)


def _values(key: SigningKey) -> Mapping[str, object]:
    return {
        "kid": key.kid,
        "alg": key.alg,
        "sealed": key.sealed,
        "created_at": key.created_at,
        "activates_at": key.activates_at,
        "retires_at": key.retires_at,
    }
