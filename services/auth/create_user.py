"""Adding a user."""

from collections.abc import Callable, Mapping

from services.auth.passwords import PasswordHasher, checked_new_password
from services.auth.user_profile import checked_claims, checked_username
from shared.clock import Clock
from shared.records import User
from shared.store import UserStore
from shared.telemetry.events import SecurityEvents

_ID_BYTES = 16


class UserCreator:
    """Adds users."""

    def __init__(
        self,
        users: UserStore,
        passwords: PasswordHasher,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        events: SecurityEvents,
    ) -> None:
        self._users = users
        self._passwords = passwords
        self._clock = clock
        self._random_bytes = random_bytes
        self._events = events

    def create(self, username: str, password: str, claims: Mapping[str, object]) -> User:
        """Adds a user and returns what is stored.

        Raises:
            InvalidRequest: User name, password or a claim is not acceptable.
            UserExists: User name or e-mail address is taken, in whatever case.
            StoreFull: There is no room for another user.
        """
        checked_username(username)
        checked_new_password(password)
        profile = checked_claims(claims)
        now = self._clock.now()
        user = User(
            user_id=self._random_bytes(_ID_BYTES).hex(),
            username=username,
            password_hash=self._passwords.hash(password),
            claims=profile,
            disabled=False,
            created_at=now,
            updated_at=now,
        )
        self._users.insert_user(user)
        self._events.user_created(user.user_id)
        return user
