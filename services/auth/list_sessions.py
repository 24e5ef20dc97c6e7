"""Listing the sessions of a user."""

from collections.abc import Sequence

from services.auth.get_user import UserFinder
from shared.clock import Clock
from shared.records import Session
from shared.store import SessionStore


class SessionLister:
    """Lists where a user is logged in."""

    def __init__(self, sessions: SessionStore, finder: UserFinder, clock: Clock) -> None:
        self._sessions = sessions
        self._finder = finder
        self._clock = clock

    def list(self, user_id: str) -> Sequence[Session]:
        """The user's live sessions, newest first.

        Raises:
            UserNotFound: There is no such user.
        """
        user = self._finder.find(user_id, "user_id")
        return self._sessions.list_sessions(user.user_id, self._clock.now())
