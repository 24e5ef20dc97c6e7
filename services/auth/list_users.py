"""Listing users, a page at a time (AIP-158)."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from services.auth.plain_text import is_plain
from shared.errors import InvalidRequest
from shared.records import User
from shared.store import UserStore

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class UserPage:
    """Some users, and what leads to the next ones: empty after the last page."""

    users: Sequence[User]
    next_page_token: str


class UserLister:
    """Lists users by their user names."""

    def __init__(self, users: UserStore) -> None:
        self._users = users

    def list(self, page_size: int, page_token: str) -> UserPage:
        """A page of at most `page_size` users, 0 for the default; larger pages than the maximum are cut.

        Raises:
            InvalidRequest: The size is negative, or the token is none that a page gave.
        """
        if page_size < 0:
            raise InvalidRequest("page_size must not be negative")
        size = min(page_size or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        # One more than the page holds tells whether there is a next one.
        users = self._users.list_users(_read(page_token), size + 1)
        page = users[:size]
        return UserPage(page, _page_token(page[-1].username.lower()) if len(users) > size else "")


def _page_token(after: str) -> str:
    return base64.urlsafe_b64encode(after.encode()).decode()


def _read(page_token: str) -> str:
    try:
        after = base64.b64decode(page_token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise InvalidRequest("page_token is not one that ListUsers gave") from None
    if not is_plain(after):
        raise InvalidRequest("page_token is not one that ListUsers gave")
    return after
