"""Users, sessions and refresh tokens in any number, each made of its number alone."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from services.auth.passwords import ACR, AMR
from shared.errors import InvalidRequest
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

    Sessions belong to the users in turn, and refresh tokens to the sessions. The ids of both follow from a number and
    the plane's secret: under another secret none of them would open anything, and others are added.

    Args:
        codec: Mints handles as the plane does.
        key: Of the ids.
        password_hash: Of every user.
        now: Seconds since the epoch, of all that is added.
    """

    def __init__(
        self,
        load: BulkLoad,
        codec: HandleCodec,
        key: bytes,
        password_hash: str,
        client_id: str,
        epoch: int,
        now: float,
    ) -> None:
        self._load = load
        self._codec = codec
        self._key = key
        self._password_hash = password_hash
        self._client_id = client_id
        self._epoch = epoch
        self._now = now

    def seed(self, wanted: Amounts, progress: Progress) -> None:
        """Adds users, then sessions, then tokens.

        Raises:
            AuthplaneError: The database refuses or is gone; what was added until then stays.
        """
        self._add("users", User, wanted.users, _user_id, self._users, progress)
        self._add("sessions", Session, wanted.sessions, self._session_id, self._sessions(wanted.users), progress)
        self._add("refresh tokens", Family, wanted.tokens, self._family_id, self._families(wanted.sessions), progress)
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
        records: Callable[[Sequence[int]], Sequence[Loadable]],
        progress: Progress,
    ) -> None:
        present = self._load.present(kind, key, count)
        progress(name, present, count)
        for numbers in _batches(present, count):
            self._load.add(records(numbers), self._epoch)
            progress(name, numbers[-1] + 1, count)

    def _users(self, numbers: Sequence[int]) -> list[User]:
        return [self._user(number) for number in numbers]

    def _user(self, number: int) -> User:
        name = username(number)
        claims = {"name": f"Load User {number}", "email": f"{name}@example.com", "email_verified": True}
        return User(_user_id(number), name, self._password_hash, claims, False, self._now, self._now)

    def _sessions(self, users: int) -> Callable[[Sequence[int]], list[Session]]:
        now, ends = self._now, self._now + LIFETIME_SECONDS

        def sessions(numbers: Sequence[int]) -> list[Session]:
            return [
                Session(self._session_id(number), _user_id(number % users), now, ACR, AMR, now, ends)
                for number in numbers
            ]

        return sessions

    def _families(self, sessions: int) -> Callable[[Sequence[int]], list[Family]]:
        def families(numbers: Sequence[int]) -> list[Family]:
            session_ids = [self._session_id(number % sessions) for number in numbers]
            # Of the session as it is there: it may be from a time when there were fewer users.
            owners = self._load.owners(session_ids)
            if not owners.keys() >= set(session_ids):
                raise InvalidRequest("some of the sessions have ended and were swept; fill another database")
            return [
                self._family(number, session_id, owners[session_id])
                for number, session_id in zip(numbers, session_ids, strict=True)
            ]

        return families

    def _family(self, number: int, session_id: str, user_id: str) -> Family:
        return Family(
            family_id=self._family_id(number),
            client_id=self._client_id,
            user_id=user_id,
            session_id=session_id,
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

    def _session_handle(self, number: int) -> str:
        return self._codec.mint(HandleKind.SESSION, self._id("session", number))

    def _session_id(self, number: int) -> str:
        return digest(self._session_handle(number))

    def _refresh_token(self, number: int) -> str:
        return self._codec.mint(HandleKind.REFRESH_TOKEN, self._id("family", number), 0)

    def _family_id(self, number: int) -> str:
        return hashlib.sha256(self._id("family", number)).hexdigest()

    def _id(self, kind: str, number: int) -> bytes:
        return hmac.digest(self._key, f"load {kind} {number}".encode(), "sha256")[:ID_BYTES]


def username(number: int) -> str:
    """The login name of a user by number, from 0."""
    return f"load-user-{number:08}"


def _user_id(number: int) -> str:
    return hashlib.sha256(f"load user {number}".encode()).digest()[:ID_BYTES].hex()


def _batches(begin: int, end: int) -> Iterator[Sequence[int]]:
    for low in range(begin, end, BATCH):
        yield range(low, min(low + BATCH, end))
