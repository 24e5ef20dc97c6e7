"""Replacing what is said of a user."""

from collections.abc import Mapping

from services.auth.get_user import UserFinder
from services.auth.user_profile import checked_claims
from shared.clock import Clock
from shared.records import User
from shared.store import UserStore
from shared.telemetry.events import SecurityEvents


class UserUpdater:
    """Replaces the claims of users."""

    def __init__(self, users: UserStore, finder: UserFinder, clock: Clock, events: SecurityEvents) -> None:
        self._users = users
        self._finder = finder
        self._clock = clock
        self._events = events

    def update(self, name: str, claims: Mapping[str, object]) -> User:
        """Replaces all claims; those not given are gone, the verification of a former e-mail address among them.

        Raises:
            InvalidRequest: A claim is not acceptable.
            UserNotFound: Nobody has this name.
            UserExists: The e-mail address is taken, in whatever case.
        """
        profile = checked_claims(claims)
        user = self._users.update_claims(self._finder.find(name).user_id, profile, self._clock.now())
        self._events.user_updated(user.user_id)
        return user
