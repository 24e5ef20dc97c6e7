"""Finding a user by any of the user's names."""

from services.auth.plain_text import plain_text
from shared.errors import UserNotFound
from shared.records import User
from shared.store import UserStore

LONGEST_NAME = 320
"""Characters of the longest name that a user can have: an e-mail address."""


class UserFinder:
    """Finds users for those who administer them."""

    def __init__(self, users: UserStore) -> None:
        self._users = users

    def find(self, name: str, parameter: str = "user") -> User:
        """The user with this `sub`, user name or e-mail address.

        Raises:
            InvalidRequest: This can be no name; the message names the parameter.
            UserNotFound: Nobody has it.
        """
        plain_text(parameter, name, LONGEST_NAME)
        user = self._users.find_user(name) or self._users.find_user_by_login(name)
        if user is None:
            raise UserNotFound("there is no such user")
        return user
