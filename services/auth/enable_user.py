"""Letting a user log in again."""

from services.auth.get_user import UserFinder
from shared.store import UserStore
from shared.telemetry.events import SecurityEvents


class UserEnabler:
    """Undoes the disabling of users."""

    def __init__(self, users: UserStore, finder: UserFinder, events: SecurityEvents) -> None:
        self._users = users
        self._finder = finder
        self._events = events

    def enable(self, name: str) -> None:
        """Lets the user log in; sessions and tokens that ended stay ended.

        Raises:
            UserNotFound: Nobody has this name.
        """
        user_id = self._finder.find(name).user_id
        self._users.enable_user(user_id)
        self._events.user_enabled(user_id)
