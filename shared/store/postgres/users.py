"""Users in PostgreSQL."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, LiteralString

from psycopg.types.json import Jsonb

from shared.errors import UserExists, UserNotFound
from shared.records import Claims, User
from shared.store.postgres.database import Database
from shared.store.postgres.endings import end_everything_of_user
from shared.store.postgres.transaction import Parameters, Transaction
from shared.store.postgres.types import Row
from shared.store.tags import user_tag

_COLUMNS: Final = "user_id, username, password_hash, claims, disabled, created_at, updated_at"

FIND: Final = f"SELECT {_COLUMNS} FROM users WHERE user_id = %(user_id)s"

# The e-mail address is tried first; the other index is looked at only if it is nobody's.
FIND_BY_LOGIN: Final = f"""
SELECT {_COLUMNS} FROM users WHERE lower(email) = lower(%(login)s)
UNION ALL
SELECT {_COLUMNS} FROM users WHERE username_lower = %(login)s
LIMIT 1
"""

_LIST: Final = f"SELECT {_COLUMNS} FROM users WHERE username_lower > %(after)s ORDER BY username_lower LIMIT %(limit)s"

# User names and e-mail addresses share one name space, which no unique index of two columns can say. Whoever adds or
# changes a name takes turns; people are added rarely.
_TAKE_TURNS: Final = "SELECT pg_advisory_xact_lock(hashtext('authplane logins'))"

_IS_TAKEN: Final = """
SELECT 1 FROM users
WHERE (username_lower = ANY(%(logins)s::text[]) OR lower(email) = ANY(%(logins)s::text[])) AND user_id <> %(user_id)s
"""

_INSERT: Final = f"""
INSERT INTO users ({_COLUMNS}, username_lower, email)
VALUES (%(user_id)s, %(username)s, %(password_hash)s, %(claims)s, %(disabled)s, to_timestamp(%(created_at)s),
    to_timestamp(%(updated_at)s), %(username_lower)s, %(email)s)
"""

_UPDATE_CLAIMS: Final = """
UPDATE users SET claims = %(claims)s, email = %(email)s, updated_at = to_timestamp(%(updated_at)s)
WHERE user_id = %(user_id)s
"""

_SET_PASSWORD: Final = "UPDATE users SET password_hash = %(password_hash)s WHERE user_id = %(user_id)s"

_UPGRADE_PASSWORD_HASH: Final = """
UPDATE users SET password_hash = %(upgraded)s WHERE user_id = %(user_id)s AND password_hash = %(password_hash)s
"""

_SET_DISABLED: Final = "UPDATE users SET disabled = %(disabled)s WHERE user_id = %(user_id)s"


class PostgresUsers:
    """`UserStore` in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert_user(self, user: User) -> None:
        def insert(transaction: Transaction) -> None:
            _require_free(transaction, "", (user.username, user.email))
            transaction.count(_INSERT, _values(user))
            transaction.invalidate(user_tag(user.user_id))  # Somebody may remember that there was none.

        self._database.transact(insert)

    def find_user(self, user_id: str) -> User | None:
        return _user(self._database.one(FIND, {"user_id": user_id}))

    def find_user_by_login(self, login: str) -> User | None:
        return _user(self._database.one(FIND_BY_LOGIN, {"login": login.lower()}))

    def list_users(self, after: str, limit: int) -> Sequence[User]:
        return [User(*row) for row in self._database.all(_LIST, {"after": after.lower(), "limit": limit})]

    def update_claims(self, user_id: str, claims: Claims, now: float) -> User:
        def update(transaction: Transaction) -> User:
            user = _user(transaction.one(FIND, {"user_id": user_id}))
            if user is None:
                raise UserNotFound("there is no such user")
            updated = replace(user, claims=claims, updated_at=now)
            _require_free(transaction, user_id, (updated.username, updated.email))
            transaction.count(_UPDATE_CLAIMS, _values(updated))
            transaction.invalidate(user_tag(user_id))
            return updated

        return self._database.transact(update)

    def set_password(self, user_id: str, password_hash: str, now: float) -> int:
        return self._end_after(_SET_PASSWORD, {"user_id": user_id, "password_hash": password_hash}, now)

    def upgrade_password_hash(self, user_id: str, password_hash: str, upgraded: str) -> bool:
        values = {"user_id": user_id, "password_hash": password_hash, "upgraded": upgraded}

        def upgrade(transaction: Transaction) -> bool:
            if not transaction.count(_UPGRADE_PASSWORD_HASH, values):
                return False
            transaction.invalidate(user_tag(user_id))
            return True

        return self._database.transact(upgrade)

    def disable_user(self, user_id: str, now: float) -> int:
        return self._end_after(_SET_DISABLED, {"user_id": user_id, "disabled": True}, now)

    def enable_user(self, user_id: str) -> None:
        def enable(transaction: Transaction) -> None:
            _require_change(transaction, _SET_DISABLED, {"user_id": user_id, "disabled": False})
            transaction.invalidate(user_tag(user_id))

        self._database.transact(enable)

    def _end_after(self, change: LiteralString, values: Parameters, now: float) -> int:
        user_id = str(values["user_id"])

        def work(transaction: Transaction) -> int:
            # The user's row is locked first: a login that is under way has either begun its session by now, which ends
            # here, or it sees this change.
            _require_change(transaction, change, values)
            return end_everything_of_user(transaction, user_id, now)

        return self._database.transact(work)


def _user(row: Row | None) -> User | None:
    return User(*row) if row else None


def _values(user: User) -> Parameters:
    return {
        "user_id": user.user_id,
        "username": user.username,
        "username_lower": user.username.lower(),
        "email": user.email.lower() or None,
        "password_hash": user.password_hash,
        "claims": Jsonb(dict(user.claims)),
        "disabled": user.disabled,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }


def _require_free(transaction: Transaction, owner: str, names: Iterable[str]) -> None:
    transaction.one(_TAKE_TURNS, {})
    logins = [name.lower() for name in names if name]
    if transaction.one(_IS_TAKEN, {"logins": logins, "user_id": owner}):
        raise UserExists("the user name or e-mail address is taken")


def _require_change(transaction: Transaction, change: LiteralString, values: Parameters) -> None:
    if not transaction.count(change, values):
        raise UserNotFound("there is no such user")
