"""Login sessions in memory."""

from collections.abc import Sequence

from shared.records import Session
from shared.store.contract import SessionStatus
from shared.store.memory.state import State
from shared.store.tags import session_tag, user_tag


class MemorySessions:
    """`SessionStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def insert_session(self, session: Session, password_hash: str, previous_session_id: str) -> bool:
        state, now = self._state, session.created_at
        with state.lock:
            user = state.users.get(session.user_id)
            if user is None or user.disabled or user.password_hash != password_hash:
                return False
            previous = state.live_session(previous_session_id, now)
            if previous is not None and previous.user_id == session.user_id:
                state.hand_over_families(previous, session)
            ended = state.end_session(previous_session_id, now)
            state.add_session(session, now)
            if ended:
                state.invalidate(session_tag(previous_session_id))
            return True

    def find_session(self, session_id: str, now: float) -> Session | None:
        with self._state.lock:
            return self._state.live_session(session_id, now)

    def check_session(self, session_id: str, now: float) -> SessionStatus | None:
        session = self.find_session(session_id, now)
        return SessionStatus(session.user_id, session.expires_at) if session else None

    def list_sessions(self, user_id: str, now: float) -> Sequence[Session]:
        with self._state.lock:
            ids = self._state.sessions_of_user.get(user_id)
            found = [self._state.live_session(session_id, now) for session_id in ids]
        live = [session for session in found if session is not None]
        return sorted(live, key=lambda session: session.created_at, reverse=True)

    def end_session(self, session_id: str, now: float) -> bool:
        with self._state.lock:
            lived = self._state.end_session(session_id, now)
            if lived:
                self._state.invalidate(session_tag(session_id))
            return lived

    def end_sessions_of_user(self, user_id: str, now: float) -> int:
        with self._state.lock:
            ended = self._state.end_everything_of_user(user_id, now)
            self._state.invalidate(user_tag(user_id))
            return ended
