"""Rows to work on, as `evidence.explain.load` makes them: each live one in turn."""

import itertools
import secrets
from collections.abc import Iterator

from evidence.explain.keys import NOW, REDIRECT_URI, client_id, code_challenge, digest
from evidence.explain.load import Progress, load_table
from shared.store import CodeRedemption, Rotation
from shared.store.postgres.scratch import ScratchDatabase

LIFETIME = 86_400.0


def fill(scratch: ScratchDatabase, rows: int, progress: Progress) -> None:
    """Fills the tables that are worked on with so many rows each."""
    with scratch.connect() as source, scratch.connect() as target:
        for name in ("sessions", "refresh_tokens", "auth_codes"):
            load_table(source, target, name, rows, progress)


def session_ids(rows: int) -> Iterator[str]:
    """Active sessions; each any number of times."""
    while True:
        yield from (digest("session", number).hex() for number in _with_digit(rows, 3, 8))


def token_ids() -> Iterator[str]:
    """Ids of access tokens that nobody has revoked yet."""
    return (secrets.token_urlsafe(16) for _ in itertools.repeat(None))


def rotations(rows: int) -> Iterator[Rotation]:
    """A rotation of each family that lives."""
    for number in _with_digit(rows, 3, 8):
        yield Rotation(
            family_id=digest("family", number).hex(),
            token_hash=digest("token", number).hex(),
            generation=number % 20,
            client_id=client_id(number),
            scopes=("openid",),
            successor_hash=digest("successor", number).hex(),
            grace=10.0,
            now=NOW,
        )


def redemptions(rows: int) -> Iterator[CodeRedemption]:
    """A redemption of each code that is open."""
    for number in _with_digit(rows, 3, 4):
        yield CodeRedemption(
            code_hash=digest("code", number).hex(),
            client_id=client_id(number),
            redirect_uri=REDIRECT_URI,
            code_challenge=code_challenge(number),
            family_id=digest("new family", number).hex(),
            token_hash=digest("new token", number).hex(),
            lifetime=LIFETIME,
            now=NOW,
        )


def _with_digit(rows: int, low: int, high: int) -> Iterator[int]:
    # The last digit of a row's number decides what became of it.
    return (number for number in range(rows) if low <= number % 10 <= high)
