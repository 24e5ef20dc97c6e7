"""Logging in with a password."""

from dataclasses import dataclass, field

from services.auth.get_user import LONGEST_NAME
from services.auth.nobody import NOBODY
from services.auth.passwords import ACR, AMR, LONGEST_PASSWORD, PasswordHasher
from services.auth.plain_text import plain_text
from services.auth.session_handles import SessionHandles
from shared.clock import Clock
from shared.errors import CredentialsInvalid
from shared.handles import digest
from shared.records import Session, User
from shared.store import SessionStore, UserStore
from shared.telemetry.events import SecurityEvents


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that has begun, and the credential for it, which is kept nowhere else."""

    handle: str = field(repr=False)
    session: Session


class PasswordLogin:
    """Begins sessions for users who know their passwords.

    Args:
        session_ttl: Seconds for which a session lives.
    """

    def __init__(
        self,
        users: UserStore,
        sessions: SessionStore,
        passwords: PasswordHasher,
        handles: SessionHandles,
        clock: Clock,
        events: SecurityEvents,
        session_ttl: float,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._passwords = passwords
        self._handles = handles
        self._clock = clock
        self._events = events
        self._session_ttl = session_ttl

    def log_in(self, username: str, password: str, previous_session_handle: str) -> NewSession:
        """Begins a session under a new id, and ends the one that the browser held (ASVS 7.2.4).

        A wrong password, a disabled user and a user who does not exist cost the same work and get the same answer, so
        that nobody learns who exists (ASVS 6.3.8).

        Raises:
            InvalidRequest: User name or password is empty, too long, or has control characters.
            CredentialsInvalid: They do not fit.
            StoreFull: There is no room for another session.
        """
        plain_text("username", username, LONGEST_NAME)
        plain_text("password", password, LONGEST_PASSWORD)
        user = self._users.find_user_by_login(username) or NOBODY
        matches = self._passwords.verify(user.password_hash, password)
        if user.disabled or not matches:
            raise self._refusal(user)
        # Hashed before the session begins, since there may be no room for it now.
        upgraded = self._passwords.hash(password) if self._passwords.needs_upgrade(user.password_hash) else ""
        begun = self._begin(user)
        previous = self._handles.session_id(previous_session_handle)
        if not self._sessions.insert_session(begun.session, user.password_hash, previous):
            raise self._refusal(user)
        if upgraded:
            self._users.upgrade_password_hash(user.user_id, user.password_hash, upgraded)
        self._events.login_succeeded(user_id=user.user_id)
        return begun

    def _begin(self, user: User) -> NewSession:
        handle = self._handles.mint()
        now = self._clock.now()
        session = Session(
            session_id=digest(handle),
            user_id=user.user_id,
            auth_time=now,
            acr=ACR,
            amr=AMR,
            created_at=now,
            expires_at=now + self._session_ttl,
        )
        return NewSession(handle, session)

    def _refusal(self, user: User) -> CredentialsInvalid:
        self._events.login_failed(user_id=user.user_id)
        return CredentialsInvalid("user name and password do not match")
