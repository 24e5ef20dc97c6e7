"""Access tokens that were revoked one by one, and client assertions that were used, in PostgreSQL."""

import hashlib
from typing import Final

from shared.store.postgres.database import Database
from shared.store.postgres.group_commit import GroupCommit
from shared.store.postgres.transaction import Transaction
from shared.store.tags import access_token_tag

REVOKE: Final = """
INSERT INTO revoked_access_tokens (jti, expires_at) VALUES (%(jti)s, to_timestamp(%(expires_at)s))
ON CONFLICT (jti) DO UPDATE SET expires_at = greatest(revoked_access_tokens.expires_at, excluded.expires_at)
"""

IS_REVOKED: Final = "SELECT true FROM revoked_access_tokens WHERE jti = %(jti)s"

# True for whoever adds the row, or finds that the one there has expired.
USE_ASSERTION: Final = """
INSERT INTO used_assertions AS used (assertion, expires_at) VALUES (%(assertion)s, to_timestamp(%(expires_at)s))
ON CONFLICT (assertion) DO UPDATE SET expires_at = excluded.expires_at WHERE used.expires_at <= to_timestamp(%(now)s)
"""


class PostgresAccessTokens:
    """`AccessTokenStore` in PostgreSQL."""

    def __init__(self, database: Database, together: GroupCommit) -> None:
        self._database = database
        self._together = together

    def revoke_access_token(self, jti: str, expires_at: float, now: float) -> None:
        def revoke(transaction: Transaction) -> None:
            transaction.count(REVOKE, {"jti": jti, "expires_at": expires_at})
            transaction.invalidate(access_token_tag(jti))

        self._together.run(revoke)

    def is_access_token_revoked(self, jti: str) -> bool:
        return self._database.one(IS_REVOKED, {"jti": jti}) is not None


class PostgresAssertions:
    """`AssertionStore` in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def use_assertion(self, client_id: str, jti: str, expires_at: float, now: float) -> bool:
        # The length keeps two pairs apart that read the same when joined.
        assertion = hashlib.sha256(f"{len(client_id)} {client_id} {jti}".encode()).digest()
        values = {"assertion": assertion, "expires_at": expires_at, "now": now}
        return self._database.count(USE_ASSERTION, values) > 0
