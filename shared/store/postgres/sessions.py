"""Login sessions in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from shared.records import Session
from shared.store.contract import SessionStatus
from shared.store.postgres.database import Database
from shared.store.postgres.endings import (
    end_everything_of_user,
    end_session,
    end_session_row,
    revoke_families_of_session,
)
from shared.store.postgres.group_commit import GroupCommit
from shared.store.postgres.transaction import Parameters, Statements, Transaction
from shared.store.postgres.types import key
from shared.store.tags import session_tag

_COLUMNS: Final = "session_id, user_id, auth_time, acr, amr, created_at, expires_at"

# The user's row is locked against changes until this is committed: a password change waits, and ends this session too.
INSERT: Final = f"""
WITH owner AS (
    SELECT user_id FROM users
    WHERE user_id = %(user_id)s AND NOT disabled AND password_hash = %(password_hash)s
    FOR SHARE
)
INSERT INTO sessions ({_COLUMNS}, status)
SELECT %(session_id)s, owner.user_id, to_timestamp(%(auth_time)s), %(acr)s, %(amr)s::text[],
    to_timestamp(%(created_at)s), to_timestamp(%(expires_at)s), 'active'
FROM owner
"""

FIND: Final = f"""
SELECT {_COLUMNS} FROM sessions
WHERE session_id = %(session_id)s AND status = 'active' AND expires_at > to_timestamp(%(now)s)
"""

# Asks for nothing but what the primary key covers, so the table itself is not read.
CHECK: Final = "SELECT user_id, expires_at, status FROM sessions WHERE session_id = %(session_id)s"

LIST_OF_USER: Final = f"""
SELECT {_COLUMNS} FROM sessions
WHERE user_id = %(user_id)s AND status = 'active' AND expires_at > to_timestamp(%(now)s)
ORDER BY created_at DESC
"""

# A login that is under way has locked its user: it is waited for, and its session ends too.
_WAIT_FOR_LOGINS: Final = "SELECT FROM users WHERE user_id = %(user_id)s FOR NO KEY UPDATE"

_HAND_OVER: Final = """
UPDATE refresh_tokens SET session_id = %(successor)s
WHERE user_id = %(user_id)s AND session_id = %(session_id)s AND revoked_at IS NULL
"""


class PostgresSessions:
    """`SessionStore` in PostgreSQL."""

    def __init__(self, database: Database, together: GroupCommit) -> None:
        self._database = database
        self._together = together

    def insert_session(self, session: Session, password_hash: str, previous_session_id: str) -> bool:
        values = _values(session, password_hash)
        if not previous_session_id:
            return _insert(self._database, values)

        def replace(transaction: Transaction) -> bool:
            if not _insert(transaction, values):
                return False
            _end_previous(transaction, previous_session_id, session)
            return True

        return self._database.transact(replace)

    def find_session(self, session_id: str, now: float) -> Session | None:
        row = self._database.one(FIND, {"session_id": key(session_id), "now": now})
        return Session(*row) if row else None

    def check_session(self, session_id: str, now: float) -> SessionStatus | None:
        row = self._database.one(CHECK, {"session_id": key(session_id)})
        if row is None:
            return None
        user_id, expires_at, status = row
        return SessionStatus(user_id, expires_at) if status == "active" and now < expires_at else None

    def list_sessions(self, user_id: str, now: float) -> Sequence[Session]:
        return [Session(*row) for row in self._database.all(LIST_OF_USER, {"user_id": user_id, "now": now})]

    def end_session(self, session_id: str, now: float) -> bool:
        return self._together.run(lambda transaction: end_session(transaction, session_id, now))

    def end_sessions_of_user(self, user_id: str, now: float) -> int:
        def end(transaction: Transaction) -> int:
            transaction.one(_WAIT_FOR_LOGINS, {"user_id": user_id})
            return end_everything_of_user(transaction, user_id, now)

        return self._database.transact(end)


def _values(session: Session, password_hash: str) -> Parameters:
    return {
        "session_id": bytes.fromhex(session.session_id),
        "user_id": session.user_id,
        "password_hash": password_hash,
        "auth_time": session.auth_time,
        "acr": session.acr,
        "amr": list(session.amr),
        "created_at": session.created_at,
        "expires_at": session.expires_at,
    }


def _insert(statements: Statements, values: Parameters) -> bool:
    return statements.count(INSERT, values) > 0


def _end_previous(transaction: Transaction, session_id: str, successor: Session) -> None:
    now = successor.created_at
    owner = end_session_row(transaction, session_id, now)
    if not owner:
        return
    if owner == successor.user_id:
        values = {"user_id": owner, "session_id": key(session_id), "successor": bytes.fromhex(successor.session_id)}
        transaction.count(_HAND_OVER, values)
    else:
        revoke_families_of_session(transaction, owner, session_id, now)
    transaction.invalidate(session_tag(session_id))
