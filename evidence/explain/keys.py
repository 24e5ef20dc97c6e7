"""Keys and other values of the rows that `evidence.explain.load` makes, by the number of the row."""

import hashlib
from random import Random

NOW = 1_800_000_000
"""Seconds since the epoch: the moment at which the rows are as they are; statements ask about this moment."""

CLIENTS = 300
SCOPES = ("openid", "profile", "offline_access")
REDIRECT_URI = "https://app.example.com/callback"
BUSY_USER = 0
"""The user with one session of every hundred."""


def owners(rows: int) -> int:
    """How many users have sessions, besides the busy one; its last digit makes those of one user differ in theirs."""
    return rows // 4 + 1


def digest(kind: str, number: int) -> bytes:
    """The key of a row: its session, family, token or code."""
    return hashlib.sha256(f"{kind} {number}".encode()).digest()


def user_id(number: int) -> str:
    return hashlib.md5(f"user {number}".encode(), usedforsecurity=False).hexdigest()


def jti(number: int) -> str:
    return hashlib.md5(f"jti {number}".encode(), usedforsecurity=False).hexdigest()


def client_id(number: int) -> str:
    return f"client-{number % CLIENTS}"


def password_hash(number: int) -> str:
    salt = hashlib.md5(f"salt {number}".encode(), usedforsecurity=False).hexdigest()[:22]
    return f"$argon2id$v=19$m=19456,t=2,p=1${salt}${digest('password', number).hex()[:43]}"


def code_challenge(number: int) -> str:
    return digest("verifier", number).hex()[:43]


class Keys:
    """Random numbers of rows, by what became of the row.

    Args:
        rows: As loaded; at least 100.
        random: Where the choice comes from.
    """

    def __init__(self, rows: int, random: Random) -> None:
        self._rows = rows
        self._random = random

    def live(self) -> int:
        """A session that is active and a family that lives."""
        return self._with_digit(3, 8)

    def open_code(self) -> int:
        """A code that can be redeemed, of an active session."""
        return self._with_digit(3, 4)

    def user(self) -> int:
        """A user who is enabled and has an e-mail address."""
        return self._with_digit(2, 9)

    def owner(self) -> int:
        """A user who has four sessions, of which one at least is active."""
        return self._random.randrange(1, owners(self._rows))

    def used(self) -> int:
        """An access token that is revoked, an assertion that is used."""
        return self._random.randrange(self._rows // 10)

    def new(self) -> int:
        """A number that no row has."""
        return self._rows + self._random.getrandbits(60)

    def _with_digit(self, low: int, high: int) -> int:
        return self._random.randrange(self._rows // 10) * 10 + self._random.randint(low, high)
