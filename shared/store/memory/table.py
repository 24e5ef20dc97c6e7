"""A bounded table whose rows expire."""

import heapq
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from shared.errors import StoreFull

Row = TypeVar("Row")
RECLAIMED_PER_INSERT = 8


class Table(Generic[Row]):
    """Rows by key, with a bound on their number. Not thread-safe: the store's lock guards it.

    What has expired makes room; what lives is never evicted. Every insert removes some of what has expired: more than
    it adds, so that a table of garbage shrinks, and few, so that nobody who waits for the lock waits long.

    Args:
        name: For the message of `StoreFull`.
        max_rows: How many rows there may be.
        removed: Called with every row that leaves, so that indexes follow.
    """

    def __init__(self, name: str, max_rows: int, removed: Callable[[Row], None] = lambda _: None) -> None:
        self._name = name
        self._max_rows = max_rows
        self._removed = removed
        self._rows: dict[str, Row] = {}
        self._expiry: dict[str, float] = {}
        # May hold outdated entries; an entry counts only if it agrees with _expiry.
        self._heap: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def insert(self, key: str, row: Row, expires_at: float, now: float) -> None:
        """Adds a row, in the place of one that has the same key. Raises `StoreFull`, and then added nothing."""
        self._reclaim(now)
        if key not in self._rows and len(self._rows) >= self._max_rows:
            raise StoreFull(f"the store holds its maximum of {self._max_rows} {self._name}")
        self.remove(key)
        self._rows[key] = row
        self._expiry[key] = expires_at
        if expires_at != float("inf"):
            heapq.heappush(self._heap, (expires_at, key))

    def replace(self, key: str, row: Row) -> None:
        """Changes a row in place; its expiry stays."""
        self._rows[key] = row

    def get(self, key: str) -> Row | None:
        """The row, expired or not."""
        return self._rows.get(key)

    def lives(self, key: str, now: float) -> bool:
        """Whether there is such a row and it has not expired."""
        return now < self.expires_at(key)

    def expires_at(self, key: str) -> float:
        """When the row expires; the remotest past if there is none."""
        return self._expiry.get(key, float("-inf"))

    def remove(self, key: str) -> None:
        """Removes a row, if there is one."""
        row = self._rows.pop(key, None)
        self._expiry.pop(key, None)
        if row is not None:
            self._removed(row)
        if len(self._heap) > 2 * len(self._rows) + 64:
            self._heap = [entry for entry in self._heap if self._expiry.get(entry[1]) == entry[0]]
            heapq.heapify(self._heap)

    def remove_expired(self, now: float, limit: int) -> int:
        """Removes what has expired, the longest expired first; returns how many rows."""
        removed = 0
        while removed < limit and (first := self.first_expiry()) is not None and first <= now:
            _, key = heapq.heappop(self._heap)
            self.remove(key)
            removed += 1
        return removed

    def first_expiry(self) -> float | None:
        """When the row expires that expires first; none when no row does."""
        while self._heap and self._expiry.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _reclaim(self, now: float) -> None:
        examined = 0
        while self._heap and self._heap[0][0] <= now:
            if examined >= RECLAIMED_PER_INSERT and len(self._rows) < self._max_rows:
                return
            expires_at, key = heapq.heappop(self._heap)
            if self._expiry.get(key) == expires_at:
                self.remove(key)
            examined += 1


class Index:
    """Keys of rows by something they share. Not thread-safe: the store's lock guards it."""

    def __init__(self) -> None:
        self._keys: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, shared: str, key: str) -> None:
        self._keys.setdefault(shared, set()).add(key)

    def discard(self, shared: str, key: str) -> None:
        keys = self._keys.get(shared, set())
        keys.discard(key)
        if not keys:
            self._keys.pop(shared, None)

    def get(self, shared: str) -> list[str]:
        return list(self._keys.get(shared, ()))
