"""What a process knows of the invalidations, and how fresh that knowledge is."""

import math
import threading
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from shared.cache.delays import Delays
from shared.cache.log import News, Position, TagLog
from shared.clock import Clock

FOREIGN = 0
"""The history of a stamp that another process gave."""


class Miss(StrEnum):
    """Why a decision may not be reused."""

    ABSENT = "absent"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"
    FEED_STALE = "feed_stale"
    TOO_OLD = "too_old"
    """Decided before the log's floor, or in a history that was rewritten since."""
    AHEAD = "ahead"
    """Decided by another process at a version that has not come here yet."""
    BEHIND = "behind"
    """The caller has seen a version that has not come here yet."""


class Stamp(NamedTuple):
    """As of when something was decided.

    Attributes:
        history: Counts how often this process had to begin anew; `FOREIGN` for what another process decided.
    """

    history: int
    position: Position


class View:
    """The end of the invalidation log, and the moment as of which it is known to be complete.

    `_lock` is the one lock here, and `_changed` waits on it. It is held for a few dictionary look-ups, and never while
    anything else is called.

    Args:
        max_tags: Bound on the tags that are remembered.
        max_staleness: Seconds after which a view that was not confirmed is stale. Whatever was committed is refused
            here that much later at the latest.
        clock: Its monotonic time is the only one used: no wall clock of another machine is compared.

    Attributes:
        time_to_refuse: Of each invalidation that came, how long after its commit at most it was refused here.
    """

    def __init__(self, max_tags: int, max_staleness: float, clock: Clock) -> None:
        self.max_staleness = max_staleness
        self._clock = clock
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._log = TagLog(max_tags)
        self._history = FOREIGN + 1
        self._present = Stamp(self._history, self._log.position)
        self._confirmed_at = -math.inf
        self._in_touch = False
        self._catch_up_to = 0
        self._listeners: tuple[Callable[[], None], ...] = ()
        self.time_to_refuse = Delays()

    @property
    def position(self) -> Position:
        """The newest position that was applied."""
        return self._log.position

    @property
    def newest(self) -> int:
        """The newest version that this process has heard of, applied or not."""
        return self._log.newest

    @property
    def in_touch(self) -> bool:
        """Whether the source has answered when it was last asked; while not, it may be replaced by an older one."""
        return self._in_touch

    @property
    def floor(self) -> int:
        """The version before which nothing is reused."""
        return self._log.floor.version

    @property
    def tags(self) -> int:
        """How many tags are remembered."""
        return len(self._log)

    def stamp(self) -> Stamp:
        """The stamp of a read that begins now."""
        with self._lock:
            return self._stamp()

    def check(self, stamp: Stamp, tags: Iterable[str], now: float, at_least: int = 0) -> Stamp | Miss:
        """The rule: whether what was decided then, and depends on these tags, may be reused.

        Args:
            now: Monotonic time at which the question was put.
            at_least: The version that the answer has to be at or past.

        Returns:
            As of when it is good, which is what this process has applied; or why it may not be reused.
        """
        log, (history, position) = self._log, stamp
        with self._lock:
            if now - self._confirmed_at >= self.max_staleness:
                return Miss.FEED_STALE
            if at_least and not self._has_reached(at_least):
                return Miss.BEHIND
            if history != self._history:
                if history != FOREIGN:
                    return Miss.TOO_OLD  # What was read then may have been lost, wherever the read began.
                if position.version > log.position.version:
                    return Miss.AHEAD
                if not log.has(position):
                    return Miss.TOO_OLD
            if position.version < log.floor.version:
                return Miss.TOO_OLD
            may_be_invalidated = log.refuses or position.version < log.last_of_any
            if may_be_invalidated and any(log.last(tag) > position.version for tag in tags):
                return Miss.INVALIDATED
            return self._stamp()

    def is_invalidated(self, stamp: Stamp, tags: Iterable[str]) -> bool:
        """Whether any of the tags is known to have been invalidated after the stamp, fresh or not."""
        with self._lock:
            return any(self._log.last(tag) > stamp.position.version for tag in tags)

    def follow(self, news: News, asked_at: float) -> bool:
        """Takes in what a feed has brought.

        Args:
            asked_at: Monotonic time before the feed's source was asked.

        Returns:
            Whether it fits what is known. If not, history was rewritten: the next question has to begin anew.
        """
        with self._lock:
            before, was_in_touch, complete_at = self._log.position, self._in_touch, self._confirmed_at
            fits = self._take(news)
            if fits and news.complete and self._is_level_with(news):
                self._confirmed_at = max(self._confirmed_at, asked_at - news.age)
            self._in_touch = fits and news.complete
            advanced = self._log.position != before
            if advanced or self._in_touch != was_in_touch:
                self._changed.notify_all()
        if advanced and complete_at > -math.inf:
            # What has come was committed after that moment, so it was believed for no longer.
            self.time_to_refuse.add(self._clock.monotonic() - complete_at, len(news.invalidations))
        if advanced:
            for listener in self._listeners:
                listener()
        return fits

    def lose_touch(self) -> None:
        """The source does not answer. What is known stays good until the view is stale.

        But it says nothing of versions that somebody else has seen: the source may come back with another history, in
        which they stand for something else.
        """
        with self._lock:
            self._in_touch = False

    def doubt(self) -> None:
        """The store has another history than this view; nothing that was decided here is good until that is known."""
        with self._lock:
            self._in_touch = False
            self._history += 1
            self._confirmed_at = -math.inf

    def note(self, version: int, tags: Iterable[str]) -> None:
        """Takes in a change that this process made or was told of, which it refuses from now on.

        The feed brings it too. Versions before it may be missing until then, so the position stays.
        """
        with self._lock:
            if not self._log.note(version, tags):
                self._catch_up_to = self._log.newest
                self._confirmed_at = -math.inf

    def refuse(self, tag: str) -> None:
        """Takes in what this process has made and will log in a moment, which it refuses from now until then."""
        with self._lock:
            self._log.refuse(tag)

    def news(self, since: Position | None, limit: int) -> News:
        """What a follower of this view has to be told.

        Args:
            since: The position it has applied; none when it begins.
            limit: At most so many versions at once.
        """
        with self._lock:
            return self._log.news(since, limit, max(self._clock.monotonic() - self._confirmed_at, 0.0))

    def wait_for(self, version: int, seconds: float) -> bool:
        """Waits until a version was applied; whether it was, in so many seconds of real time."""
        with self._lock:
            return self._changed.wait_for(lambda: self._has_reached(version), seconds)

    def age(self) -> float:
        """Seconds since the view was last known to be complete; infinite before the first time."""
        return max(self._clock.monotonic() - self._confirmed_at, 0.0)

    def is_fresh(self) -> bool:
        """Whether cached decisions may be used at all."""
        return self.age() < self.max_staleness

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls this after each advance, on the thread of the feed; it must not block."""
        self._listeners = (*self._listeners, listener)

    def _stamp(self) -> Stamp:
        # Made once for as long as nothing changes, which is for thousands of questions.
        if self._present.position is not self._log.position or self._present.history != self._history:
            self._present = Stamp(self._history, self._log.position)
        return self._present

    def _has_reached(self, version: int) -> bool:
        return self._in_touch and self._log.position.version >= version

    def _is_level_with(self, news: News) -> bool:
        # A source that is behind may lack what is known here, so its freshness says nothing.
        applied = self._log.position.version
        return (news.restart or news.position.version >= applied) and applied >= self._catch_up_to

    def _take(self, news: News) -> bool:
        if news.restart:
            self._log.restart(news.position)
            self._history += 1
            self._confirmed_at = -math.inf
            self._catch_up_to = 0
        elif news.position.version <= self._log.position.version and not self._log.has(news.position):
            return False
        for invalidation in news.invalidations:
            if invalidation.position.version != self._log.position.version + 1:
                return False
            self._log.append(invalidation)
        return True
