"""What was invalidated lately, by version of the store."""

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Position(NamedTuple):
    """A place in the store's log.

    Attributes:
        version: Counts invalidations; 0 before the first.
        stamp: Random, given by the store; another one at the same version tells that history was rewritten.
    """

    version: int
    stamp: str


BEGINNING = Position(0, "")

_YET_TO_COME = sys.maxsize
"""A version beyond any."""

_MOST_TAGS = 2000
"""Told at once: some 150 kB, where a message may have 256."""


class Invalidation(NamedTuple):
    """A version of the log: where it stands, and the tags of what ceased to hold."""

    position: Position
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What a feed brings.

    Attributes:
        restart: Whether the follower's position is none any more: it drops everything and begins at `position`.
        invalidations: What follows the follower's position, or `position` when restarting.
        position: Where the source is; when restarting, where to begin.
        complete: Whether nothing is left.
        age: Seconds since the source itself was known to be complete.
    """

    restart: bool
    invalidations: tuple[Invalidation, ...]
    position: Position
    complete: bool
    age: float


class TagLog:
    """The end of the store's log, as far back as its floor. Not thread-safe: the view's lock guards it.

    Bounded: when it holds more tags than it may, its oldest versions go and the floor rises to them. What was read
    before the floor is not reused, since nobody knows any more what has happened to it: more misses, never a wrong hit.

    Args:
        max_tags: Bound on the tags of all versions together, on those noted ahead, and on those refused.
    """

    def __init__(self, max_tags: int) -> None:
        self._max_tags = max_tags
        self._noted: dict[str, int] = {}
        self._refused: dict[str, None] = {}
        self.restart(BEGINNING)

    def __len__(self) -> int:
        return self._tags

    @property
    def refuses(self) -> bool:
        """Whether any tag is refused until it is logged."""
        return bool(self._refused)

    def restart(self, position: Position) -> None:
        """Forgets what was logged; the log goes on after this position. What was noted ahead of it stays refused."""
        self.position = self.floor = position
        self.newest = position.version
        self._versions: dict[int, Invalidation] = {}  # Without a gap, in order.
        self._tags = 0
        self._last: dict[str, int] = {}
        self._noted = {tag: version for tag, version in self._noted.items() if version > position.version}
        self.last_of_any = max(position.version, *self._noted.values(), 0)

    def append(self, invalidation: Invalidation) -> None:
        """Takes in the version after the newest."""
        position, tags = invalidation
        self._versions[position.version] = invalidation
        self._tags += len(tags)
        self.position = position
        self.newest = max(self.newest, position.version)
        for tag in tags:
            self._last[tag] = position.version
            self._refused.pop(tag, None)
            if self._noted.get(tag, math.inf) <= position.version:
                del self._noted[tag]
        if position.version >= self.last_of_any:
            self.last_of_any = position.version
            self._noted.clear()  # What is still there was noted in a history that was rewritten since.
        while self._tags > self._max_tags:
            self.forget_oldest()

    def note(self, version: int, tags: Iterable[str]) -> bool:
        """Takes in tags of a version that is yet to come; those before it may be missing.

        A version that should be known here, and is not with these tags, belongs to a history that was rewritten and is
        about to be heard of: the tags then count as invalidated just now.

        Returns:
            Whether there was room. If not, nothing that was noted is known any more until the log reaches `newest`.
        """
        self.newest = max(self.newest, version)
        unknown = [tag for tag in tags if self._last.get(tag, 0) < version]
        if unknown:
            counted = max(version, self.position.version + 1)
            self._noted.update({tag: max(counted, self._noted.get(tag, 0)) for tag in unknown})
            self.last_of_any = max(self.last_of_any, counted)
        if len(self._noted) <= self._max_tags:
            return True
        self._noted.clear()
        return False

    def refuse(self, tag: str) -> None:
        """Takes in a tag that will be logged at a version that nobody knows yet; until then it is invalidated.

        When there are too many the oldest is let go, which has long been sent off to the log.
        """
        self._refused[tag] = None
        if len(self._refused) > self._max_tags:
            del self._refused[next(iter(self._refused))]

    def last(self, tag: str) -> int:
        """The newest version that invalidated this tag; 0 when none after the floor did."""
        if tag in self._refused:
            return _YET_TO_COME
        return self._noted.get(tag) or self._last.get(tag, 0)

    def has(self, position: Position) -> bool:
        """Whether this is a place in the remembered part of this very history."""
        if position.version == self.floor.version:
            return position == self.floor
        known = self._versions.get(position.version)
        return known is not None and known.position == position

    def news(self, since: Position | None, limit: int, age: float) -> News:
        """What a follower has to be told that has applied `since`; at most `limit` versions, and one at least of those
        that have too many tags for one message.
        """
        restart = since is None or (since.version <= self.position.version and not self.has(since))
        begin = self.floor if since is None or restart else since
        invalidations, tags = list[Invalidation](), 0
        for version in range(begin.version + 1, min(self.position.version, begin.version + limit) + 1):
            following = self._versions[version]
            tags += len(following.tags)
            if invalidations and tags > _MOST_TAGS:
                break
            invalidations.append(following)
        complete = begin.version + len(invalidations) >= self.position.version
        return News(restart, tuple(invalidations), begin if restart else self.position, complete, age)

    def forget_oldest(self) -> None:
        """Drops the oldest version that is remembered; there must be one."""
        oldest = self._versions.pop(self.floor.version + 1)  # There is no gap.
        self._tags -= len(oldest.tags)
        self.floor = oldest.position
        for tag in oldest.tags:
            if self._last.get(tag) == oldest.position.version:
                del self._last[tag]
