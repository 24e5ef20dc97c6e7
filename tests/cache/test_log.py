"""The end of the log that a process remembers."""

import pytest

from shared.cache.log import BEGINNING, Invalidation, Position, TagLog


def log_of(*versions: tuple[str, ...], max_tags: int = 100) -> TagLog:
    log = TagLog(max_tags)
    for version, tags in enumerate(versions, start=1):
        log.append(Invalidation(at(version), tags))
    return log


def at(version: int, history: str = "here") -> Position:
    return Position(version, f"{history} {version}")


def test_the_newest_version_of_a_tag_counts() -> None:
    """A tag that was never invalidated is as old as the beginning."""
    log = log_of(("a",), ("b",), ("a", "c"))
    assert [log.last(tag) for tag in "abcd"] == [3, 2, 3, 0]
    assert (log.position, log.newest, log.floor, len(log)) == (at(3), 3, BEGINNING, 4)


def test_an_overflow_raises_the_floor() -> None:
    """The oldest versions go until the tags have room; what a later version says again stays known."""
    log = log_of(("a", "b"), ("a",), ("c",), max_tags=3)
    assert (log.floor, len(log)) == (at(1), 2)
    assert [log.last(tag) for tag in "abc"] == [2, 0, 3]


def test_a_version_larger_than_the_log_leaves_nothing_but_the_floor() -> None:
    """Nothing that was read before it is reused."""
    log = log_of(("a",), ("b", "c", "d"), max_tags=2)
    assert (log.floor, log.position, len(log)) == (at(2), at(2), 0)
    assert log.has(at(2))
    assert not log.has(at(1))


def test_a_place_is_known_by_its_version_and_its_stamp() -> None:
    """Another stamp at the same version is another history; before the floor nothing is known."""
    log = log_of(("a",), ("b",), ("c",), max_tags=2)
    assert [log.has(at(version)) for version in range(5)] == [False, True, True, True, False]
    assert not log.has(at(2, "elsewhere"))
    assert not log.has(at(1, "elsewhere"))


def test_what_is_noted_counts_before_the_log_has_it() -> None:
    """It counts as what the log says once that has come as far."""
    log = log_of(("a",))
    assert log.note(3, ("a", "b"))
    assert [log.last(tag) for tag in "ab"] == [3, 3]
    assert (log.position.version, log.newest) == (1, 3)
    log.append(Invalidation(at(2), ("a",)))
    assert log.last("a") == 3
    log.append(Invalidation(at(3), ("a", "b")))
    log.append(Invalidation(at(4), ("a",)))
    assert [log.last(tag) for tag in "ab"] == [4, 3]


def test_what_the_log_has_already_need_not_be_noted() -> None:
    """A feed may be faster than the answer to a change."""
    log = log_of(("a",), ("b",))
    assert log.note(1, ("a",))
    assert [log.last(tag) for tag in "ab"] == [1, 2]


def test_notes_are_bounded() -> None:
    """Beyond the bound they are given up, which is told."""
    log = TagLog(max_tags=2)
    assert log.note(1, ("a", "b"))
    assert not log.note(2, ("c",))
    assert [log.last(tag) for tag in "abc"] == [0, 0, 0]


def test_what_was_noted_outlives_a_restart() -> None:
    """A log that was read before the change was made does not know of it."""
    log = TagLog(max_tags=10)
    log.note(1, ("a",))
    log.note(3, ("b",))
    log.restart(at(1))
    assert [log.last(tag) for tag in "ab"] == [0, 3]
    assert (log.newest, log.last_of_any) == (1, 3)


def test_what_was_noted_in_a_lost_history_ends_with_its_version() -> None:
    """Until then its tags are refused in vain; afterwards only the log counts."""
    log = log_of(("a",))
    log.note(3, ("a",))
    log.restart(at(1, "restored"))
    log.append(Invalidation(at(2, "restored"), ("b",)))
    assert log.last("a") == 3
    log.append(Invalidation(at(3, "restored"), ("b",)))
    assert [log.last(tag) for tag in "ab"] == [0, 3]


def test_a_restart_forgets_what_was_logged() -> None:
    """The log goes on from there."""
    log = log_of(("a",), ("b",))
    log.restart(at(7, "restored"))
    log.append(Invalidation(at(8, "restored"), ("c",)))
    assert [log.last(tag) for tag in "abc"] == [0, 0, 8]
    assert (log.floor, len(log)) == (at(7, "restored"), 1)


def test_a_follower_is_told_what_follows_its_position() -> None:
    """In as many parts as it takes; only the last one is complete."""
    log = log_of(("a",), ("b",), ("c",))
    first = log.news(at(1), limit=1, age=0.5)
    assert ([each.tags for each in first.invalidations], first.complete, first.restart) == ([("b",)], False, False)
    last = log.news(at(2), limit=1, age=0.5)
    assert ([each.tags for each in last.invalidations], last.complete, last.position) == ([("c",)], True, at(3))
    nothing = log.news(at(3), limit=1, age=0.5)
    assert (nothing.invalidations, nothing.complete, nothing.age) == ((), True, 0.5)


def test_a_follower_is_told_no_more_than_fits_into_a_message() -> None:
    """Of versions with many tags few; of one with too many that one, or it would never get on."""
    many, too_many = tuple(map(str, range(1500))), tuple(map(str, range(5000)))
    log = log_of(("a",), ("b",), many, many, too_many, max_tags=10_000)
    told = [log.news(at(since), limit=100, age=0.0) for since in (1, 3, 4)]
    assert [[each.position.version for each in news.invalidations] for news in told] == [[2, 3], [4], [5]]
    assert [news.complete for news in told] == [False, False, True]


@pytest.mark.parametrize("since", [None, at(0), at(2, "elsewhere"), BEGINNING])
def test_a_follower_whose_place_is_not_known_begins_anew(since: Position | None) -> None:
    """Whoever has none, fell behind the floor or comes from another history."""
    log = log_of(("a",), ("b",), ("c",), max_tags=2)
    news = log.news(since, limit=100, age=0.0)
    assert (news.restart, news.position) == (True, at(1))
    assert [each.position for each in news.invalidations] == [at(2), at(3)]


def test_a_follower_that_is_ahead_is_told_nothing() -> None:
    """It may have asked somebody faster before; it sees how far this one is."""
    news = log_of(("a",)).news(at(5), limit=100, age=0.0)
    assert (news.restart, news.invalidations, news.position, news.complete) == (False, (), at(1), True)
