"""Letting a user log in again."""

from services.auth.get_user import UserFinder
from shared.store import UserStore


class UserEnabler:
    """Undoes the disabling of users."""

    def __init__(self, users: UserStore, finder: UserFinder) -> None:
        self._users = users
        self._finder = finder

    def enable(self, name: str) -> None:
        """Lets the user log in; sessions and tokens that ended stay ended.

        Raises:
            UserNotFound: Nobody has this name.
        """
        self._users.enable_user(self._finder.find(name).user_id)
