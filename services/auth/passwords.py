"""Passwords: argon2id."""

import unicodedata
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import argon2
from argon2.exceptions import VerifyMismatchError

from services.auth.plain_text import plain_text
from shared.deadline import current_deadline

ACR = "1"
"""The authentication context class of a password."""

AMR = ("pwd",)
"""The authentication method of a password (RFC 8176)."""

LONGEST_PASSWORD = 1024
_SHORTEST_NEW_PASSWORD = 8
_SALT_BYTES = 16


def checked_new_password(password: str) -> str:
    """A password that a user shall have from now on.

    Raises:
        InvalidRequest: It has fewer than 8 or more than 1024 characters, or control characters.
    """
    return plain_text("password", password, LONGEST_PASSWORD, _SHORTEST_NEW_PASSWORD)


class PasswordHasher:
    """Hashes passwords and checks them against hashes in PHC format.

    Hashing takes tens of milliseconds and megabytes, so whoever calls this belongs into the lane of its own, which
    bounds how much of it happens at once. Both methods raise `DeadlineExceeded` when the caller's time is over.

    Args:
        argon2id: The cost of new hashes.
        timed: Surrounds each time that a hash is computed.
    """

    def __init__(
        self,
        argon2id: argon2.PasswordHasher,
        random_bytes: Callable[[int], bytes],
        timed: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._argon2id = argon2id
        self._random_bytes = random_bytes
        self._timed = timed
        self._hash_of_nobody = argon2id.hash(random_bytes(_SALT_BYTES), salt=random_bytes(_SALT_BYTES))

    def hash(self, password: str) -> str:
        """The hash to store."""
        current_deadline().check()
        with self._timed():
            return self._argon2id.hash(_normalised(password), salt=self._random_bytes(_SALT_BYTES))

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether the password fits. An empty hash takes the same work, and nothing fits it."""
        current_deadline().check()
        try:
            with self._timed():
                return self._argon2id.verify(password_hash or self._hash_of_nobody, _normalised(password))
        except VerifyMismatchError:
            return False

    def needs_upgrade(self, password_hash: str) -> bool:
        """Whether new hashes have another cost."""
        return self._argon2id.check_needs_rehash(password_hash)


def _normalised(password: str) -> str:
    # Keyboards differ in how they compose letters (NIST SP 800-63B section 5.1.1.2).
    return unicodedata.normalize("NFKC", password)
