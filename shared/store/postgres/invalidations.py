"""The log of what ceased to hold, and its version; written in the transaction of the change itself."""

from typing import Final

from shared.store.postgres.database import Transaction

# The row of the counter is locked last of all, so that nobody waits for anything while holding it.
NEXT_VERSION: Final = "UPDATE store_version SET version = version + 1"

_RECORD: Final = f"""
WITH next AS ({NEXT_VERSION} RETURNING version)
INSERT INTO invalidations (version, tag)
SELECT next.version, affected.tag FROM next, unnest(%(tags)s::text[]) AS affected (tag)
"""


def record(transaction: Transaction, *tags: str) -> None:
    """Takes the next version and logs these tags with it. Must be the last statement of the transaction."""
    transaction.count(_RECORD, {"tags": list(tags)})


def session_tag(session_id: str) -> str:
    return f"session:{session_id}"


def family_tag(family_id: str) -> str:
    return f"family:{family_id}"


def user_tag(user_id: str) -> str:
    return f"user:{user_id}"


def client_tag(client_id: str) -> str:
    return f"client:{client_id}"


def access_token_tag(jti: str) -> str:
    return f"jti:{jti}"
