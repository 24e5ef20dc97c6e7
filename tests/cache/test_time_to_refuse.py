"""How long what was revoked may have been believed, as each process measures it."""

import math

from shared.cache.delays import BOUNDS
from shared.cache.log import BEGINNING, Invalidation, News, Position
from shared.cache.view import View
from shared.clock import ManualClock


def test_what_comes_is_as_old_as_it_may_be() -> None:
    """It was committed after the view was last known to be complete; what its source lags counts too."""
    clock = ManualClock(0.0)
    view = View(100, 1.0, clock)
    view.follow(News(True, (), BEGINNING, True, 0.0), clock.monotonic())
    assert sum(view.time_to_refuse.counts) == 0

    clock.advance(0.3)
    view.follow(News(False, (), BEGINNING, True, 0.1), clock.monotonic())  # Complete as of 0.2.
    clock.advance(0.3)
    first, second = Position(1, "a"), Position(2, "b")
    news = News(False, (Invalidation(first, ("x",)), Invalidation(second, ("y",))), second, True, 0.0)
    view.follow(news, clock.monotonic())

    assert view.time_to_refuse.counts[BOUNDS.index(0.5)] == 2
    assert math.isclose(view.time_to_refuse.total, 0.8)


def test_what_was_before_its_time_is_not_counted() -> None:
    """A process that begins has believed nothing."""
    view = View(100, 1.0, ManualClock(0.0))
    position = Position(1, "a")
    view.follow(News(False, (Invalidation(position, ("x",)),), position, True, 0.0), 0.0)
    assert sum(view.time_to_refuse.counts) == 0
