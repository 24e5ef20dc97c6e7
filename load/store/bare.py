"""The hot statements on a bare connection: the floor that the library is measured against."""

from evidence.connection import Connection
from shared.store import CodeRedemption, Rotation
from shared.store.postgres import codes, families, sessions

# All of a revocation in one statement, which is a transaction and a commit of its own.
_REVOKE = """
WITH revoked AS (
    INSERT INTO revoked_access_tokens (jti, expires_at) VALUES (%(jti)s, now() + '1 hour')
), next AS (
    UPDATE store_version SET version = version + 1 RETURNING version
)
INSERT INTO invalidations (version, tag) SELECT version, 'jti:' || %(jti)s FROM next
"""


class BareStatements:
    """One connection and nothing between it and the caller; each result is a tuple as psycopg gives it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find_session(self, session_id: str) -> object:
        values = {"session_id": bytes.fromhex(session_id), "now": 0.0}
        return self._connection.execute(sessions.FIND, values).fetchone()

    def check_session(self, session_id: str) -> object:
        return self._connection.execute(sessions.CHECK, {"session_id": bytes.fromhex(session_id)}).fetchone()

    def rotate(self, rotation: Rotation) -> object:
        return self._connection.execute(families.ROTATE, families.rotation_values(rotation)).fetchone()

    def redeem(self, redemption: CodeRedemption) -> object:
        return self._connection.execute(codes.REDEEM, codes.redemption_values(redemption)).fetchone()

    def revoke(self, jti: str) -> object:
        return self._connection.execute(_REVOKE, {"jti": jti})
