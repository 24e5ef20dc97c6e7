"""Users in memory."""

from collections.abc import Sequence
from dataclasses import replace

from shared.errors import UserExists, UserNotFound
from shared.records import Claims, User
from shared.store.memory.state import State
from shared.store.tags import user_tag


class MemoryUsers:
    """`UserStore` in memory.

    User names and e-mail addresses share one name space. They are compared in lower case, as LOWER does in SQL;
    `str.casefold` would join names that LOWER keeps apart.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def insert_user(self, user: User) -> None:
        with self._state.lock:
            self._require_free(user, owner="")
            self._state.users.insert(user.user_id, user, float("inf"), user.created_at)
            self._state.logins.update(dict.fromkeys(_logins(user), user.user_id))
            self._state.invalidate(user_tag(user.user_id))

    def find_user(self, user_id: str) -> User | None:
        with self._state.lock:
            return self._state.users.get(user_id)

    def find_user_by_login(self, login: str) -> User | None:
        with self._state.lock:
            return self._state.users.get(self._state.logins.get(login.lower(), ""))

    def list_users(self, after: str, limit: int) -> Sequence[User]:
        with self._state.lock:
            following = [user for user in self._state.users if user.username.lower() > after.lower()]
        return sorted(following, key=lambda user: user.username.lower())[:limit]

    def update_claims(self, user_id: str, claims: Claims, now: float) -> User:
        with self._state.lock:
            user = self._existing_user(user_id)
            updated = replace(user, claims=claims, updated_at=now)
            self._require_free(updated, owner=user_id)
            for login in _logins(user):
                self._state.logins.pop(login, None)
            self._state.logins.update(dict.fromkeys(_logins(updated), user_id))
            self._state.users.replace(user_id, updated)
            self._state.invalidate(user_tag(user_id))
            return updated

    def set_password(self, user_id: str, password_hash: str, now: float) -> int:
        with self._state.lock:
            self._state.users.replace(user_id, replace(self._existing_user(user_id), password_hash=password_hash))
            ended = self._state.end_everything_of_user(user_id, now)
            self._state.invalidate(user_tag(user_id))
            return ended

    def upgrade_password_hash(self, user_id: str, password_hash: str, upgraded: str) -> bool:
        with self._state.lock:
            user = self._state.users.get(user_id)
            if user is None or user.password_hash != password_hash:
                return False
            self._state.users.replace(user_id, replace(user, password_hash=upgraded))
            self._state.invalidate(user_tag(user_id))
            return True

    def disable_user(self, user_id: str, now: float) -> int:
        with self._state.lock:
            self._state.users.replace(user_id, replace(self._existing_user(user_id), disabled=True))
            ended = self._state.end_everything_of_user(user_id, now)
            self._state.invalidate(user_tag(user_id))
            return ended

    def enable_user(self, user_id: str) -> None:
        with self._state.lock:
            self._state.users.replace(user_id, replace(self._existing_user(user_id), disabled=False))
            self._state.invalidate(user_tag(user_id))

    def _existing_user(self, user_id: str) -> User:
        user = self._state.users.get(user_id)
        if user is None:
            raise UserNotFound("there is no such user")
        return user

    def _require_free(self, user: User, owner: str) -> None:
        if any(self._state.logins.get(login, owner) != owner for login in _logins(user)):
            raise UserExists("the user name or e-mail address is taken")


def _logins(user: User) -> set[str]:
    return {login.lower() for login in (user.username, user.email) if login}
