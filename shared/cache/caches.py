"""All caches of a process."""

from typing import TypeVar

from shared.cache.cache import Bounds, Cache
from shared.cache.second_level import SecondLevel
from shared.cache.statistics import CacheState
from shared.cache.view import View
from shared.clock import Clock

Value = TypeVar("Value")


class Caches:
    """Makes caches under one view, and knows them.

    Args:
        bounds: Of each of them.
        no_seconds: How long a no is kept. Longer than the view may be stale, so that a process which has said no does
            not say yes again before every other one says no too.
    """

    def __init__(self, view: View, clock: Clock, bounds: Bounds, no_seconds: float) -> None:
        self.view = view
        self.clock = clock
        self.no_seconds = no_seconds
        self._bounds = bounds
        self._caches: dict[str, Cache[object]] = {}

    def make(self, name: str, second_level: SecondLevel[Value] | None = None) -> Cache[Value]:
        """A new cache; the name is for metrics and the debug page."""
        cache = Cache[Value](name, self.view, self.clock, self._bounds, second_level)
        self._caches[name] = cache  # type: ignore[assignment]  # Only its state is asked for here.
        return cache

    def end_of_no(self) -> float:
        """When a no that is said now may be thought over, in seconds since the epoch."""
        return self.clock.now() + self.no_seconds

    def states(self) -> list[CacheState]:
        """The state of each, by name."""
        return [cache.state() for _, cache in sorted(self._caches.items())]
