"""Ending sessions from outside the browser that holds them."""

from services.auth.get_user import UserFinder
from services.auth.plain_text import plain_text
from shared.clock import Clock
from shared.errors import SessionNotFound
from shared.store import SessionStore
from shared.telemetry.events import SecurityEvents

_LONGEST_SESSION_ID = 64


class SessionEnder:
    """Ends sessions, with all that was issued from them."""

    def __init__(self, sessions: SessionStore, finder: UserFinder, clock: Clock, events: SecurityEvents) -> None:
        self._sessions = sessions
        self._finder = finder
        self._clock = clock
        self._events = events

    def end(self, session_id: str) -> int:
        """Ends one session; returns how many were live, which is 1.

        Raises:
            InvalidRequest: This can be no session id.
            SessionNotFound: It is not live.
        """
        plain_text("session_id", session_id, _LONGEST_SESSION_ID)
        if not self._sessions.end_session(session_id, self._clock.now()):
            raise SessionNotFound("there is no such live session")
        self._events.session_ended(session_id)
        return 1

    def end_all_of(self, user_id: str) -> int:
        """Ends all sessions of a user; returns how many were live.

        Raises:
            InvalidRequest: This can be no user id.
            UserNotFound: There is no such user.
        """
        user = self._finder.find(user_id, "user_id")
        ended = self._sessions.end_sessions_of_user(user.user_id, self._clock.now())
        self._events.sessions_ended(cause="administration", user_id=user.user_id, ended=ended)
        return ended
