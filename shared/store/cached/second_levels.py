"""The shared second level of the store's caches: which records it holds, and in which form."""

import random
from typing import Generic, TypeVar

from shared.cache.decision import Decision
from shared.cache.log import Position
from shared.cache.second_level import Kept, NoSecondLevel, SecondLevel
from shared.cache.view import FOREIGN, Stamp
from shared.clock import Clock
from shared.memcached.contract import NoSharedCache, SharedCache
from shared.records import Client, Family, Session
from shared.store.cached.codec import RecordCodec, from_bytes, to_bytes
from shared.store.cached.weights import weight

Record = TypeVar("Record")

_JITTER = 0.1
_MALFORMED = (ValueError, TypeError, KeyError)


class RecordSecondLevel(Generic[Record]):
    """`SecondLevel` of records in a shared cache. Noes are not kept there: they are short-lived.

    Its entries end at different moments, so that processes do not all miss at once.
    """

    def __init__(self, name: str, type_: type[Record], shared: SharedCache, clock: Clock, max_seconds: float) -> None:
        self._name = name
        self._codec = RecordCodec(type_)
        self._shared = shared
        self._clock = clock
        self._max_seconds = max_seconds

    def get(self, key: str) -> Kept[Record | None] | None:
        data = self._shared.get(f"{self._name} {key}")
        if data is None:
            return None
        try:
            version, stamp, expires_at, tags, values = from_bytes(data)
            record = self._codec.decode(values)
            kept: Decision[Record | None] = Decision(record, tuple(tags), float(expires_at), weight(record))
            return Kept(kept, Stamp(FOREIGN, Position(int(version), str(stamp))))
        except _MALFORMED:
            return None

    def put(self, key: str, kept: Kept[Record | None]) -> None:
        record, (version, stamp) = kept.decision.value, kept.stamp.position
        if record is None:
            return
        expires_at = kept.decision.expires_at
        left = min(expires_at - self._clock.now(), self._max_seconds) * (1 - _JITTER * random.random())  # noqa: S311 - not a secret.
        values = [version, stamp, expires_at, list(kept.decision.tags), self._codec.encode(record)]
        self._shared.set(f"{self._name} {key}", to_bytes(values), left)


class SecondLevels:
    """Makes the second level of each cache.

    Users stay out of it, since their records hold password hashes; keys, since there are few.
    """

    def __init__(self, shared: SharedCache, clock: Clock, max_seconds: float) -> None:
        self._shared = shared
        self._clock = clock
        self._max_seconds = max_seconds

    def of_sessions(self) -> SecondLevel[Session | None]:
        return self._of("session", Session)

    def of_families(self) -> SecondLevel[Family | None]:
        return self._of("family", Family)

    def of_clients(self) -> SecondLevel[Client | None]:
        return self._of("client", Client)

    def _of(self, name: str, type_: type[Record]) -> SecondLevel[Record | None]:
        if isinstance(self._shared, NoSharedCache):
            return NoSecondLevel()
        return RecordSecondLevel(name, type_, self._shared, self._clock, self._max_seconds)
