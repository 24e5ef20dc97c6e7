"""What ends together with what, inside a transaction.

Each statement sees what was committed when it began. So the row that decides is locked by a statement of its own, and
what hangs on it is ended by the next one, which also sees what was added while the first one waited for the lock.

What has ended expires too, so that the sweeper finds it by the same index as what grew old.
"""

from typing import Final

from shared.store.postgres.transaction import Transaction
from shared.store.postgres.types import key
from shared.store.tags import session_tag, user_tag

_END_SESSION: Final = """
UPDATE sessions SET status = 'ended', expires_at = least(expires_at, to_timestamp(%(now)s))
WHERE session_id = %(session_id)s AND status = 'active' AND expires_at > to_timestamp(%(now)s)
RETURNING user_id
"""

_REVOKE_OF_SESSION: Final = """
UPDATE refresh_tokens
SET revoked_at = to_timestamp(%(now)s), expires_at = least(expires_at, to_timestamp(%(now)s))
WHERE user_id = %(user_id)s AND session_id = %(session_id)s AND revoked_at IS NULL
"""

# What the row was before is read by the statement's snapshot: nothing but an ending changes when a session expires.
_END_OF_USER: Final = """
UPDATE sessions SET status = 'ended', expires_at = least(expires_at, to_timestamp(%(now)s))
WHERE user_id = %(user_id)s AND status = 'active'
RETURNING (SELECT before.expires_at FROM sessions AS before WHERE before.session_id = sessions.session_id)
    > to_timestamp(%(now)s)
"""

_REVOKE_OF_USER: Final = """
UPDATE refresh_tokens
SET revoked_at = to_timestamp(%(now)s), expires_at = least(expires_at, to_timestamp(%(now)s))
WHERE user_id = %(user_id)s AND revoked_at IS NULL
"""


def end_session_row(transaction: Transaction, session_id: str, now: float) -> str:
    """Ends a live session and nothing else; gives its user, or nothing when it was not live. Locks its row."""
    row = transaction.one(_END_SESSION, {"session_id": key(session_id), "now": now})
    return str(row[0]) if row else ""


def revoke_families_of_session(transaction: Transaction, user_id: str, session_id: str, now: float) -> None:
    """Revokes what was issued from a session."""
    transaction.count(_REVOKE_OF_SESSION, {"user_id": user_id, "session_id": key(session_id), "now": now})


def end_session(transaction: Transaction, session_id: str, now: float) -> bool:
    """Ends a session and what was issued from it, and logs that; whether it was live."""
    user_id = end_session_row(transaction, session_id, now)
    if not user_id:
        return False
    revoke_families_of_session(transaction, user_id, session_id, now)
    transaction.invalidate(session_tag(session_id))
    return True


def end_everything_of_user(transaction: Transaction, user_id: str, now: float) -> int:
    """Ends all sessions of a user and all that was issued from any, and logs that; how many lived."""
    ended = transaction.all(_END_OF_USER, {"user_id": user_id, "now": now})
    transaction.count(_REVOKE_OF_USER, {"user_id": user_id, "now": now})
    transaction.invalidate(user_tag(user_id))
    return sum(live for (live,) in ended)
