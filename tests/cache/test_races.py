"""Reads that race a revocation, and each other, along a schedule."""

from shared.cache.cache import Cache
from shared.cache.decision import Decision
from shared.cache.log import Position
from shared.cache.view import FOREIGN, Miss, Stamp
from tests.cache.scene import Scene, foreign, misses, no, yes


def revoke(scene: Scene, *, here: bool, heard: bool) -> None:
    """Somebody ends what the tag stands for: this process or another one, of whom the feed may have told."""
    version = scene.log.commit("subject")
    if here:
        scene.view.note(version, ("subject",))
    if heard:
        scene.poll()


def test_a_slow_read_that_a_revocation_overtook_is_never_a_hit() -> None:
    """It saw the subject alive, and is stored after the revocation was applied."""
    scene = Scene()
    cache = scene.cache()

    def load() -> Decision[str]:
        seen = yes("subject")
        revoke(scene, here=False, heard=True)
        return seen

    assert cache.get_or_load("k", load) == "yes"
    assert cache.get("k") is None
    assert misses(cache)[Miss.INVALIDATED] == 1


def test_a_slow_read_ends_with_the_poll_that_tells_of_the_revocation() -> None:
    """Until then it is within the bound; once this process said no itself, not even that."""
    for here in (False, True):
        scene = Scene()
        cache = scene.cache()

        def load(scene: Scene = scene, here: bool = here) -> Decision[str]:
            seen = yes("subject")
            revoke(scene, here=here, heard=False)
            return seen

        cache.get_or_load("k", load)
        assert (cache.get("k") is None) is here
        scene.poll()
        assert cache.get("k") is None


def test_a_read_that_began_after_the_revocation_is_kept() -> None:
    """What it saw is what there is."""
    scene = Scene()
    cache = scene.cache()
    revoke(scene, here=False, heard=True)
    scene.keep(cache, "k", yes("subject"))
    assert cache.get("k") is not None


def test_the_late_answer_of_a_lagging_replica_is_never_a_hit() -> None:
    """It was decided before the revocation that is known here by now; stamped by whoever decided, it shows."""
    scene = Scene()
    lagging, cache = Scene(log=scene.log), scene.cache()
    decided_at = lagging.view.stamp().position
    revoke(scene, here=False, heard=True)
    cache.put("k", yes("subject"), foreign(decided_at), scene.clock.monotonic())
    assert cache.get("k") is None
    assert misses(cache) == {Miss.INVALIDATED: 1}


def test_the_answer_of_a_replica_that_is_ahead_waits_for_the_view() -> None:
    """Nobody knows here what happened up to then."""
    scene = Scene()
    cache = scene.cache()
    scene.log.commit("other")
    cache.put("k", yes("subject"), foreign(scene.log.position), scene.clock.monotonic())
    assert cache.get("k") is None
    revoke(scene, here=False, heard=True)
    assert cache.get("k") is None
    assert misses(cache) == {Miss.AHEAD: 1, Miss.INVALIDATED: 1}


def overtaken(scene: Scene, cache: Cache[str], early: Decision[str], late: Decision[str]) -> Decision[str] | None:
    """What is kept when a read that began earlier ends after one that began later."""

    def load() -> Decision[str]:
        scene.clock.advance(0.01)
        cache.put("k", late, Stamp(FOREIGN, scene.view.position), scene.clock.monotonic())
        scene.clock.advance(0.01)
        return early

    cache.get_or_load("k", load)
    return cache.get("k")


def test_what_was_read_later_wins() -> None:
    """Over what was read earlier and took its time."""
    for early, late in ((yes("a"), no("a")), (yes("a", size=1), yes("a", size=2)), (no("a"), no("a"))):
        scene = Scene()
        found = overtaken(scene, scene.cache(), early, late)
        assert found is late


def test_a_no_comes_in_whenever_it_was_read() -> None:
    """A yes that was asked for later may rest on what was read earlier; a no is never wrong for long."""
    scene = Scene()
    early = no("a")
    assert overtaken(scene, scene.cache(), early, yes("a")) is early


def test_a_no_is_not_replaced_by_a_yes() -> None:
    """Which somebody else decided who does not know yet; not before the no has ended."""
    scene = Scene()
    cache = scene.cache()
    scene.keep(cache, "k", no("a", expires_at=scene.clock.now() + 2))
    for _ in range(3):
        cache.put("k", yes("a"), scene.view.stamp(), scene.clock.monotonic())
        found = cache.get("k")
        assert found is not None
        assert found.value == "no"
        scene.clock.advance(0.5)
    scene.clock.advance(0.5)
    scene.poll()
    cache.put("k", yes("a"), scene.view.stamp(), scene.clock.monotonic())
    found = cache.get("k")
    assert found is not None
    assert found.value == "yes"


def test_a_no_that_was_undone_makes_room() -> None:
    """Its tag was invalidated, so the next question removes it."""
    scene = Scene()
    cache = scene.cache()
    scene.keep(cache, "k", no("a"))
    scene.log.commit("a")
    scene.poll()
    assert cache.get_or_load("k", lambda: yes("a")) == "yes"
    assert cache.get("k") is not None


def test_a_position_of_another_history_is_no_position() -> None:
    """The version alone would do; its stamp does not."""
    scene = Scene()
    cache = scene.cache()
    scene.log.commit("other")
    scene.poll()
    cache.put("k", yes("a"), foreign(Position(1, "of a history that was lost")), scene.clock.monotonic())
    assert cache.get("k") is None
    assert misses(cache) == {Miss.TOO_OLD: 1}
