"""Entries in the order of their use, within bounds."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Weighed(Generic[Value]):
    """A value and about how many bytes it takes."""

    value: Value
    size: int


class SegmentedLru(Generic[Value]):
    """The values most recently used, with those used at least twice kept apart from those seen once.

    A flood of keys that never come again pushes out other newcomers and leaves what is in use alone. Not thread-safe:
    the cache's lock guards it.

    Args:
        max_entries: Bound on the entries of both segments together.
        max_bytes: Bound on their estimated size.
        protected: Share of either bound that may be kept apart, so that newcomers always find room.
    """

    def __init__(self, max_entries: int, max_bytes: int, protected: float = 0.8) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._max_protected = int(max_entries * protected)
        self._max_protected_size = int(max_bytes * protected)
        self._probation: OrderedDict[str, Weighed[Value]] = OrderedDict()
        self._protected: OrderedDict[str, Weighed[Value]] = OrderedDict()
        self._protected_size = 0
        self.size = 0

    def __len__(self) -> int:
        return len(self._probation) + len(self._protected)

    def get(self, key: str) -> Value | None:
        """The value, which counts as used."""
        entry = self._protected.get(key)
        if entry is not None:
            self._protected.move_to_end(key)
            return entry.value
        entry = self._probation.pop(key, None)
        if entry is None:
            return None
        self._protected[key] = entry
        self._protected_size += entry.size
        while len(self._protected) > self._max_protected or self._protected_size > self._max_protected_size:
            demoted, weighed = self._protected.popitem(last=False)
            self._probation[demoted] = weighed
            self._protected_size -= weighed.size
        return entry.value

    def put(self, key: str, value: Value, size: int) -> int:
        """Adds or replaces a value, and returns how many had to leave. One that is too large for all is not kept."""
        self.remove(key)
        if size > self._max_bytes:
            return 1
        self._probation[key] = Weighed(value, size)
        self.size += size
        evicted = 0
        while len(self) > self._max_entries or self.size > self._max_bytes:
            _, entry = self._probation.popitem(last=False)
            self.size -= entry.size
            evicted += 1
        return evicted

    def peek(self, key: str) -> Value | None:
        """The value, which does not count as used."""
        entry = self._protected.get(key) or self._probation.get(key)
        return entry.value if entry else None

    def remove(self, key: str) -> None:
        """Removes a value, if it is there."""
        entry = self._protected.pop(key, None)
        if entry is not None:
            self._protected_size -= entry.size
        else:
            entry = self._probation.pop(key, None)
        if entry is not None:
            self.size -= entry.size
