"""Barring a user."""

from services.auth.get_user import UserFinder
from shared.clock import Clock
from shared.store import UserStore
from shared.telemetry.events import SecurityEvents


class UserDisabler:
    """Bars users from logging in."""

    def __init__(self, users: UserStore, finder: UserFinder, clock: Clock, events: SecurityEvents) -> None:
        self._users = users
        self._finder = finder
        self._clock = clock
        self._events = events

    def disable(self, name: str) -> int:
        """Disables the user, ends the user's sessions and all that was issued from them; returns how many were live.

        Raises:
            UserNotFound: Nobody has this name.
        """
        user_id = self._finder.find(name).user_id
        ended = self._users.disable_user(user_id, self._clock.now())
        self._events.user_disabled(user_id=user_id, sessions_ended=ended)
        return ended
