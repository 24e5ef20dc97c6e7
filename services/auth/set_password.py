"""Replacing a password."""

from services.auth.get_user import UserFinder
from services.auth.passwords import PasswordHasher, checked_new_password
from shared.clock import Clock
from shared.store import UserStore
from shared.telemetry.events import SecurityEvents


class PasswordSetter:
    """Replaces passwords."""

    def __init__(
        self,
        users: UserStore,
        finder: UserFinder,
        passwords: PasswordHasher,
        clock: Clock,
        events: SecurityEvents,
    ) -> None:
        self._users = users
        self._finder = finder
        self._passwords = passwords
        self._clock = clock
        self._events = events

    def set(self, name: str, password: str) -> int:
        """Sets the password, ends the user's sessions and all that was issued from them; returns how many were live.

        Raises:
            InvalidRequest: The password is too short or too long.
            UserNotFound: Nobody has this name.
        """
        checked_new_password(password)
        user_id = self._finder.find(name).user_id
        ended = self._users.set_password(user_id, self._passwords.hash(password), self._clock.now())
        self._events.password_set(user_id=user_id, sessions_ended=ended)
        return ended
