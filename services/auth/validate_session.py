"""Whether a session handle stands for a live session."""

from services.auth.session_handles import SessionHandles
from shared.clock import Clock
from shared.records import Session
from shared.store import SessionStore


class SessionValidator:
    """Finds the session of a browser.

    A session lives only as long as its user may log in: whoever disables a user ends the user's sessions with it.
    """

    def __init__(self, sessions: SessionStore, handles: SessionHandles, clock: Clock) -> None:
        self._sessions = sessions
        self._handles = handles
        self._clock = clock

    def validate(self, handle: str) -> Session | None:
        """The live session; nothing when it ended or expired, or when the handle is forged, malformed or empty."""
        session_id = self._handles.session_id(handle)
        return self._sessions.find_session(session_id, self._clock.now()) if session_id else None
