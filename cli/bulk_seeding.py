"""Users, sessions and refresh tokens in any number, each made of its number alone."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from services.auth.passwords import ACR, AMR
from shared.handles import ID_BYTES, HandleCodec, HandleKind, digest
from shared.records import Family, Session, User
from shared.store.postgres.bulk_load import BulkLoad, Loadable

BATCH = 10_000
"""Rows of a transaction, and what has to be done again after an interruption at most."""
LIFETIME_SECONDS = 30 * 86_400.0
SCOPES = ("openid", "profile", "email", "offline_access")
Progress = Callable[[str, int, int], None]
"""Told what is added, how many are there, and how many there are to be."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many there are to be in the end."""

    users: int
    sessions: int
    tokens: int


class BulkSeeder:
    """Adds what is missing: the same command again goes on where it was interrupted.

    Sessions belong to the users in turn, and refresh tokens to the sessions. An id is the digest of a number and so no
    secret; what opens something is the MAC in the handle, made under the plane's own secret.

    Args:
        codec: Mints handles as the plane does.
        password_hash: Of every user.
        now: Seconds since the epoch, of all that is added.
    """

    def __init__(
        self, load: BulkLoad, codec: HandleCodec, password_hash: str, client_id: str, epoch: int, now: float
    ) -> None:
        self._load = load
        self._codec = codec
        self._password_hash = password_hash
        self._client_id = client_id
        self._epoch = epoch
        self._now = now

    def seed(self, wanted: Amounts, progress: Progress) -> None:
        """Adds users, then sessions, then tokens.

        Raises:
            AuthplaneError: The database refuses or is gone; what was added until then stays.
        """
        self._add("users", User, wanted.users, _user_id, self._user, progress)
        self._add("sessions", Session, wanted.sessions, self._session_id, self._session(wanted.users), progress)
        self._add("refresh tokens", Family, wanted.tokens, _family_id, self._family(wanted), progress)
        self._load.settle()

    def write_handles(self, wanted: Amounts, out: IO[str]) -> None:
        """One JSON object a line: `{"session_handle": …}` for each session, `{"refresh_token": …}` for each token."""
        for number in range(wanted.sessions):
            out.write(json.dumps({"session_handle": self._session_handle(number)}) + "\n")
        for number in range(wanted.tokens):
            out.write(json.dumps({"refresh_token": self._refresh_token(number)}) + "\n")

    def _add(
        self,
        name: str,
        kind: type[Loadable],
        count: int,
        key: Callable[[int], str],
        record: Callable[[int], Loadable],
        progress: Progress,
    ) -> None:
        present = self._load.present(kind, key, count)
        progress(name, present, count)
        for numbers in _batches(present, count):
            self._load.add([record(number) for number in numbers], self._epoch)
            progress(name, numbers[-1] + 1, count)

    def _user(self, number: int) -> User:
        name = username(number)
        claims = {"name": f"Load User {number}", "email": f"{name}@example.com", "email_verified": True}
        return User(_user_id(number), name, self._password_hash, claims, False, self._now, self._now)

    def _session(self, users: int) -> Callable[[int], Session]:
        ends = self._now + LIFETIME_SECONDS

        def session(number: int) -> Session:
            return Session(self._session_id(number), _user_id(number % users), self._now, ACR, AMR, self._now, ends)

        return session

    def _family(self, wanted: Amounts) -> Callable[[int], Family]:
        def family(number: int) -> Family:
            session = number % wanted.sessions
            return Family(
                family_id=_family_id(number),
                client_id=self._client_id,
                user_id=_user_id(session % wanted.users),
                session_id=self._session_id(session),
                scopes=SCOPES,
                nonce="",
                requested_claims={},
                auth_time=self._now,
                acr=ACR,
                amr=AMR,
                token_hash=digest(self._refresh_token(number)),
                generation=0,
                created_at=self._now,
                expires_at=self._now + LIFETIME_SECONDS,
            )

        return family

    def _session_handle(self, number: int) -> str:
        return self._codec.mint(HandleKind.SESSION, _id("session", number))

    def _session_id(self, number: int) -> str:
        return digest(self._session_handle(number))

    def _refresh_token(self, number: int) -> str:
        return self._codec.mint(HandleKind.REFRESH_TOKEN, _id("family", number), 0)


def username(number: int) -> str:
    """The login name of a user by number, from 0."""
    return f"load-user-{number:08}"


def _id(kind: str, number: int) -> bytes:
    return hashlib.sha256(f"load {kind} {number}".encode()).digest()[:ID_BYTES]


def _user_id(number: int) -> str:
    return _id("user", number).hex()


def _family_id(number: int) -> str:
    return hashlib.sha256(_id("family", number)).hexdigest()


def _batches(begin: int, end: int) -> Iterator[Sequence[int]]:
    for low in range(begin, end, BATCH):
        yield range(low, min(low + BATCH, end))
