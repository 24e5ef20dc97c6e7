"""What a call rests on and what it changes, recorded while it runs.

Whoever reads through a cache need not hand the basis of each answer from floor to floor: whatever is read while a
recording is open is added to it, and to those around it.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from shared.cache.view import Stamp

_CURRENT: ContextVar["Recording | None"] = ContextVar("authplane recording", default=None)


class Basis(NamedTuple):
    """What a decision rests on.

    Attributes:
        stamp: As of when it was decided: the oldest of its parts.
        tags: All that it depends on.
        expires_at: Seconds since the epoch at which it ends whatever happens.
    """

    stamp: Stamp
    tags: tuple[str, ...]
    expires_at: float


class Recording:
    """Collects what was read and what was changed. Belongs to one thread or task.

    Attributes:
        at_least: The version of the store that the call has to be answered at or past.
        store_version: The newest version that the call has made or met; 0 when none.
        invalidated: The tags of all its changes.
    """

    def __init__(self, at_least: int = 0) -> None:
        self.at_least = at_least
        self._stamps: set[Stamp] = set()
        self._tags: dict[str, None] = {}
        self._expires_at = math.inf
        self._may_be_kept = True
        self.store_version = 0
        self.invalidated: tuple[str, ...] = ()

    @property
    def basis(self) -> Basis | None:
        """What the decision rests on; none when it must not be kept, or rests on nothing that is known."""
        one_history = len({stamp.history for stamp in self._stamps}) == 1
        if not self._may_be_kept or not one_history:
            return None
        oldest = min(self._stamps, key=lambda stamp: stamp.position.version)
        return Basis(oldest, tuple(self._tags), self._expires_at)

    @property
    def has_read(self) -> bool:
        """Whether anything was read."""
        return bool(self._stamps)

    def rest_on(self, stamp: Stamp, tags: tuple[str, ...], expires_at: float) -> None:
        """Adds something that was read: the parts of its basis."""
        self._stamps.add(stamp)
        self._tags.update(dict.fromkeys(tags))
        self._expires_at = min(self._expires_at, expires_at)

    def add(self, other: "Recording") -> None:
        """Adds all of another recording."""
        self._stamps |= other._stamps
        self._tags |= other._tags
        self._expires_at = min(self._expires_at, other._expires_at)
        self._may_be_kept &= other._may_be_kept
        self.change(other.store_version, other.invalidated)

    def change(self, version: int, tags: Iterable[str]) -> None:
        """Adds a change that was made durable."""
        self.store_version = max(self.store_version, version)
        self.invalidated = (*self.invalidated, *tags)

    def end_at(self, expires_at: float) -> None:
        """The decision ends then at the latest, in seconds since the epoch."""
        self._expires_at = min(self._expires_at, expires_at)

    def forgo(self) -> None:
        """The decision must not be kept: it used something up, or rests on what no tag stands for."""
        self._may_be_kept = False


@contextmanager
def recording() -> Iterator[Recording]:
    """Records until the context is left; what is around it then gets everything too, also after an error."""
    around = _CURRENT.get()
    made = Recording(around.at_least if around else 0)
    token = _CURRENT.set(made)
    try:
        yield made
    finally:
        _CURRENT.reset(token)
        if around is not None:
            around.add(made)


def record() -> None:
    """Records for as long as the context variables live that it is called among, which for a call is its end."""
    _CURRENT.set(Recording())


class _Unheard(Recording):
    """What records when nobody listens."""

    def rest_on(self, stamp: Stamp, tags: tuple[str, ...], expires_at: float) -> None: ...

    def change(self, version: int, tags: Iterable[str]) -> None: ...

    def forgo(self) -> None: ...


NOTHING_RECORDED: Recording = _Unheard()
"""For where nobody looks."""


def current() -> Recording:
    """The innermost recording that is open; when there is none, one that nobody looks at."""
    return _CURRENT.get() or NOTHING_RECORDED
