"""What a process made or was told of itself, before its feed brings it, and after a restore brought versions back."""

import pytest

from shared.cache.log import BEGINNING, Invalidation, News, Position
from shared.cache.view import Miss, View
from shared.clock import ManualClock


@pytest.fixture
def view() -> View:
    """At version 3, fresh; version 2 invalidated "a"."""
    made = View(100, 1.0, ManualClock(0))
    made.follow(News(True, (), BEGINNING, True, 0.0), 0)
    for version, tag in ((1, "x"), (2, "a"), (3, "y")):
        position = Position(version, str(version))
        made.follow(News(False, (Invalidation(position, (tag,)),), position, True, 0.0), 0)
    return made


def test_a_version_to_come_is_refused_at_once(view: View) -> None:
    """Whatever was decided before it, also what is decided now: the feed has not brought what came before it."""
    stamp = view.stamp()
    view.note(7, ["b"])
    assert view.check(stamp, ["b"], 0) is Miss.INVALIDATED
    assert view.check(view.stamp(), ["b"], 0) is Miss.INVALIDATED
    assert view.check(stamp, ["c"], 0) == stamp


def test_what_is_refused_is_so_until_it_is_logged(view: View) -> None:
    """Nobody knows yet at which version; what others log meanwhile changes nothing."""
    stamp = view.stamp()
    view.refuse("b")
    for version, tag in ((4, "other"), (5, "b")):
        assert view.check(stamp, ["b"], 0) is Miss.INVALIDATED
        assert view.check(view.stamp(), ["b"], 0) is Miss.INVALIDATED
        position = Position(version, str(version))
        view.follow(News(False, (Invalidation(position, (tag,)),), position, True, 0.0), 0)
    assert view.check(stamp, ["b"], 0) is Miss.INVALIDATED
    assert view.check(view.stamp(), ["b"], 0) == view.stamp()


def test_of_too_many_that_are_refused_the_oldest_is_let_go(view: View) -> None:
    """Memory is bounded; it was sent off to the log long before."""
    stamp = view.stamp()
    for number in range(101):
        view.refuse(str(number))
    assert view.check(stamp, ["0"], 0) == stamp
    assert view.check(stamp, ["1"], 0) is Miss.INVALIDATED


def test_one_that_the_feed_brought_first_costs_nothing(view: View) -> None:
    """The reply was slower than the feed: what was decided since is as good as before."""
    stamp = view.stamp()
    view.note(2, ["a"])
    assert view.check(stamp, ["a"], 0) == stamp


def test_one_that_should_be_known_and_is_not_counts_as_new(view: View) -> None:
    """The store was restored and gave version 2 again, to something else: it is refused before the feed finds out."""
    stamp = view.stamp()
    view.note(2, ["b"])
    assert view.check(stamp, ["b"], 0) is Miss.INVALIDATED
    assert view.check(stamp, ["a"], 0) == stamp
