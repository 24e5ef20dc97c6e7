"""The log of what ceased to hold, in memory."""

from collections.abc import Collection

from shared.cache.log import News, Position
from shared.store.memory.state import State


class MemoryInvalidations:
    """`InvalidationStore` in memory. Followers in the same process need not read it: they are told of each change."""

    def __init__(self, state: State) -> None:
        self._state = state

    def record_invalidations(self, tags: Collection[str]) -> None:
        with self._state.lock:
            self._state.invalidate(*tags)

    def read_invalidations(self, since: Position | None, limit: int) -> News:
        with self._state.lock:
            return self._state.log.news(since, limit, age=0.0)

    def newest_version(self) -> int:
        with self._state.lock:
            return self._state.log.position.version
