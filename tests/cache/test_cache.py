"""What a cache keeps, and why it does not say it again."""

import pytest

from shared.cache.cache import Bounds
from shared.cache.caches import Caches
from shared.cache.decision import Decision
from shared.cache.log import Position
from shared.cache.recording import current, recording
from shared.cache.statistics import Eviction
from shared.cache.view import Miss
from tests.cache.scene import MAX_STALENESS, NOW, Scene, evictions, foreign, misses, no, yes


def test_what_was_decided_once_is_said_again() -> None:
    """Without deciding it again."""
    scene = Scene()
    cache = scene.cache()
    asked: list[str] = []

    def load() -> Decision[str]:
        asked.append("k")
        return yes("a")

    assert [cache.get_or_load("k", load) for _ in range(3)] == ["yes"] * 3
    assert asked == ["k"]
    assert cache.state().statistics.hits == 2
    assert misses(cache) == {Miss.ABSENT: 1}
    assert round(cache.state().statistics.hit_rate, 3) == 0.667


def test_each_miss_has_its_reason() -> None:
    """All of them, one after the other, at one key."""
    scene = Scene(max_tags=2)
    cache = scene.cache()
    assert cache.get("k") is None
    scene.keep(cache, "k", yes("a", expires_at=NOW + 10))
    scene.log.commit("a")
    scene.poll()
    assert cache.get("k") is None
    scene.keep(cache, "k", yes("a", expires_at=NOW + 10))
    scene.clock.advance(MAX_STALENESS)
    assert cache.get("k") is None
    for _ in range(3):
        scene.log.commit("other")
    scene.poll()
    assert cache.get("k") is None
    scene.keep(cache, "k", yes("a", expires_at=NOW + 10))
    with recording() as caller:
        caller.at_least = 5
        assert cache.get("k") is None
    cache.put("k", yes("a"), foreign(Position(5, "of a replica that is ahead")), scene.clock.monotonic())
    assert cache.get("k") is None
    cache.put("k", yes("a", expires_at=scene.clock.now()), scene.view.stamp(), scene.clock.monotonic())
    assert cache.get("k") is None
    # Some were counted once more, by those who decided anew.
    assert misses(cache) == dict.fromkeys(Miss, 1) | {Miss.ABSENT: 4}
    assert evictions(cache) == {Eviction.DEAD: 3}


def test_the_dead_are_removed_and_the_doubtful_stay() -> None:
    """A stale view or one that is behind may recover, and the entry with it."""
    scene = Scene()
    cache = scene.cache()
    scene.keep(cache, "k", yes("a"))
    cache.put("ahead", yes("b"), foreign(Position(1, "stamp 0")), scene.clock.monotonic())
    scene.clock.advance(MAX_STALENESS)
    assert cache.get("k") is None
    scene.poll()
    assert cache.get("ahead") is None
    assert cache.state().entries == 2
    scene.log.commit("a")
    scene.poll()
    assert cache.get("ahead") is not None
    assert cache.get("k") is None
    assert cache.state().entries == 1


def test_a_hit_makes_an_entry_as_good_as_new() -> None:
    """What is used outlives the floor; what is not becomes too old."""
    scene = Scene(max_tags=3)
    cache = scene.cache()
    for key in ("used", "unused"):
        scene.keep(cache, key, yes("a"))
    for _ in range(5):
        scene.log.commit("b", "c")
        scene.poll()
        assert cache.get("used") is not None
    assert cache.get("unused") is None
    assert misses(cache)[Miss.TOO_OLD] == 1


def test_after_a_restart_of_the_log_nothing_is_reused() -> None:
    """What was read before it may be lost; also a part of something whose other parts are older."""
    scene = Scene()
    cache = scene.cache()
    scene.log.commit("x")
    scene.poll()
    scene.keep(cache, "before", yes("a"))

    def load() -> Decision[str]:
        scene.keep(cache, "old part", yes("b"))
        scene.log.commit("y")
        scene.poll()
        scene.keep(cache, "new part", yes("c"))
        return yes("d")

    cache.get_or_load("whole", load)
    scene.log.lose(1)
    scene.poll()
    assert [cache.get(key) for key in ("before", "old part", "new part", "whole")] == [None] * 4
    assert misses(cache)[Miss.TOO_OLD] == 4


def test_a_final_no_outlives_a_stale_view() -> None:
    """A yes does not."""
    scene = Scene()
    cache = scene.cache()
    scene.keep(cache, "no", no("a"))
    scene.keep(cache, "yes", yes("a"))
    scene.clock.advance(3600)
    found = cache.get("no")
    assert found is not None
    assert found.value == "no"
    assert cache.get("yes") is None


@pytest.mark.parametrize("fresh", [True, False])
def test_a_final_no_does_not_outlive_an_invalidation(fresh: bool) -> None:
    """Nor its own end, however fresh the view."""
    scene = Scene()
    cache = scene.cache()
    scene.keep(cache, "k", no("a"))
    scene.keep(cache, "short", no("b", expires_at=NOW + 2))
    scene.view.note(scene.log.commit("a"), ("a",))
    scene.clock.advance(2)
    if fresh:
        scene.poll()
    assert cache.get("k") is None
    assert cache.get("short") is None
    assert misses(cache)[Miss.EXPIRED] == 1


def test_what_is_read_through_a_cache_is_rested_on() -> None:
    """Whether it was kept or not; a decision made of parts goes with any of them."""
    scene = Scene()
    users, sessions, answers = scene.cache(), scene.cache(), scene.cache()

    def session() -> Decision[str]:
        users.get_or_load("ada", lambda: yes("user"))
        return yes("session", expires_at=NOW + 100)

    def answer() -> Decision[str]:
        sessions.get_or_load("s", session)
        return yes("client")

    with recording() as made:
        answers.get_or_load("a", answer)
    with recording() as again:
        answers.get_or_load("a", answer)
    assert made.basis is not None
    assert made.basis.expires_at == NOW + 100
    assert set(made.basis.tags) == {"user", "session", "client"}
    assert again.basis == made.basis
    scene.log.commit("user")
    scene.poll()
    assert [cache.get(key) for cache, key in ((answers, "a"), (sessions, "s"), (users, "ada"))] == [None] * 3


def test_a_part_that_is_old_makes_the_whole_old() -> None:
    """What was read outside of a cache counts from when that began."""
    scene = Scene()
    cache = scene.cache()
    before = scene.view.stamp()
    scene.log.commit("part")
    scene.poll()

    def load() -> Decision[str]:
        current().rest_on(before, ("part",), NOW + 100)
        return yes("whole")

    assert cache.get_or_load("k", load) == "yes"
    assert cache.get("k") is None
    assert misses(cache)[Miss.INVALIDATED] == 1


def test_what_used_something_up_is_not_kept() -> None:
    """Nor what rests on two histories."""
    scene = Scene()
    cache = scene.cache()

    def use_up() -> Decision[str]:
        current().forgo()
        return yes("a")

    def restart_meanwhile() -> Decision[str]:
        scene.follow(scene.log.read(None), scene.clock.monotonic())
        scene.cache().get_or_load("part", lambda: yes("b"))
        return yes("a")

    for load in (use_up, restart_meanwhile):
        assert cache.get_or_load("k", load) == "yes"
        assert cache.get("k") is None
    assert cache.state().entries == 0


def test_entries_and_bytes_are_bounded() -> None:
    """Which of them was exceeded is counted."""
    scene = Scene()
    few, small = scene.cache(max_entries=10), scene.cache(max_bytes=50_000)
    for number in range(100):
        scene.keep(few, str(number), yes("a"))
        scene.keep(small, str(number), yes("a", size=9_000))
    assert (few.state().entries, evictions(few)) == (10, {Eviction.ENTRIES: 90})
    assert small.state().size <= 50_000
    assert (small.state().entries, evictions(small)) == (5, {Eviction.BYTES: 95})


def test_the_caches_of_a_process_are_known_by_name() -> None:
    """A no is kept for its own time."""
    scene = Scene()
    caches = Caches(scene.view, scene.clock, Bounds(10, 1000, 60.0), no_seconds=5.0)
    caches.make("b")
    caches.make("a")
    assert [state.name for state in caches.states()] == ["a", "b"]
    assert caches.end_of_no() == NOW + 5
