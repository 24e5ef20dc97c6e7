"""The log of what ceased to hold: every change in it, in order, and nobody misled about where they left off."""

from contextlib import suppress

import pytest

from shared.cache.log import News, Position
from shared.cache.recording import recording
from shared.errors import AuthplaneError
from shared.store import Store
from tests.contract.changes import CHANGES


def end_of_log(store: Store) -> Position:
    """Where the log stands now."""
    news = store.read_invalidations(None, 1000)
    return news.invalidations[-1].position if news.invalidations else news.position


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_the_next_version(store: Store, name: str) -> None:
    """It is logged with its one tag, and whoever made it is told, also when the call itself is refused."""
    change, tag = CHANGES[name](store)
    before = end_of_log(store)
    with recording() as made, suppress(AuthplaneError):
        change()
    news = store.read_invalidations(before, 10)
    assert not news.restart
    assert [each.tags for each in news.invalidations] == [(tag,)]
    assert news.invalidations[0].position.version == before.version + 1 == made.store_version == store.newest_version()
    assert made.invalidated == (tag,)


@pytest.fixture
def logged(store: Store) -> tuple[Store, Position, list[Position]]:
    """A store, where it stood, and five versions since."""
    before = end_of_log(store)
    for number in range(5):
        store.record_invalidations([f"token:{number}", f"token:{number}0"])
    positions = [each.position for each in store.read_invalidations(before, 10).invalidations]
    return store, before, positions


def test_the_log_is_read_in_order_and_in_parts(logged: tuple[Store, Position, list[Position]]) -> None:
    """Two versions at once and then the rest; what is complete says so."""
    store, before, positions = logged
    first = store.read_invalidations(before, 2)
    rest = store.read_invalidations(positions[1], 10)
    assert [each.position for each in (*first.invalidations, *rest.invalidations)] == positions
    assert (first.complete, rest.complete) == (False, True)
    assert rest.invalidations[0].tags == ("token:2", "token:20")
    assert store.read_invalidations(positions[4], 10) == News(False, (), positions[4], True, 0.0)


def test_each_version_has_a_stamp_of_its_own(logged: tuple[Store, Position, list[Position]]) -> None:
    """By which a follower knows that it is still in the same history."""
    _, _, positions = logged
    assert len({position.stamp for position in positions}) == 5


def test_who_was_somewhere_else_begins_anew(logged: tuple[Store, Position, list[Position]]) -> None:
    """With another stamp, or at a version that is no place in the log."""
    store, _, positions = logged
    another = Position(positions[2].version, "another")
    for since in (another, None):
        news = store.read_invalidations(since, 1000)
        assert news.restart
        assert end_of_log(store) == positions[4]
