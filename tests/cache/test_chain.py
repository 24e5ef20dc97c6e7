"""A view that follows another one, which follows the log."""

from shared.cache.log import BEGINNING
from shared.cache.view import Miss, View
from tests.cache.scene import MAX_STALENESS, Scene, SteppedClock, foreign


class Follower:
    """The view of a process that asks others; its clock is its own."""

    def __init__(self, max_tags: int = 100) -> None:
        self.clock = SteppedClock()
        self.clock.advance(12_345.0)
        self.view = View(max_tags, MAX_STALENESS, self.clock)
        self._fits = False

    def sync(self, source: View, limit: int = 1000, seconds: float = 0.0) -> None:
        """One question and its answer, which takes so long to arrive."""
        asked_at = self.clock.monotonic()
        news = source.news(self.view.position if self._fits else None, limit)
        self.clock.advance(seconds)
        self._fits = self.view.follow(news, asked_at)


def test_ages_add_up_along_the_chain() -> None:
    """The source's age when it answered, and the time since it was asked."""
    scene, follower = Scene(), Follower()
    scene.clock.advance(0.5)
    follower.sync(scene.view, seconds=0.25)
    assert follower.view.age() == 0.75
    follower.clock.advance(0.25)
    assert not follower.view.is_fresh()


def test_a_stale_source_confirms_nothing() -> None:
    """It tells what it knows all the same."""
    scene, follower = Scene(), Follower()
    scene.log.commit("a")
    scene.poll()
    scene.clock.advance(MAX_STALENESS)
    follower.sync(scene.view)
    assert follower.view.position == scene.view.position
    assert not follower.view.is_fresh()


def test_an_older_answer_takes_no_freshness_away() -> None:
    """What was known to be complete then is complete still."""
    near, far, follower = Scene(), Scene(), Follower()
    far.clock.advance(0.75)
    follower.sync(near.view)
    follower.sync(far.view)
    assert follower.view.age() == 0.0


def test_a_source_that_is_behind_confirms_nothing() -> None:
    """However fresh it says it is: it may lack what is known here. Once it is level its freshness counts."""
    scene = Scene()
    lagging, follower = Scene(log=scene.log), Follower()
    scene.log.commit("a")
    scene.poll()
    follower.sync(scene.view)
    follower.clock.advance(0.5)
    follower.sync(lagging.view)
    assert (follower.view.position.version, follower.view.age()) == (1, 0.5)
    lagging.poll()
    follower.sync(lagging.view)
    assert follower.view.age() == 0.0


def test_a_long_way_is_gone_in_steps() -> None:
    """Only the last one confirms."""
    scene, follower = Scene(), Follower()
    follower.sync(scene.view)
    for tag in "abc":
        scene.log.commit(tag)
    scene.poll()
    follower.clock.advance(0.5)
    seen = []
    for _ in range(3):
        follower.sync(scene.view, limit=1)
        seen.append((follower.view.position.version, follower.view.age()))
    assert seen == [(1, 0.5), (2, 0.5), (3, 0.0)]


def test_whoever_falls_behind_the_source_s_floor_begins_anew() -> None:
    """With what the source remembers, which is fresh; what was decided before that is too old."""
    scene, follower = Scene(max_tags=2), Follower()
    follower.sync(scene.view)
    early = foreign(scene.view.position)
    for tag in "abcd":
        scene.log.commit(tag)
    scene.poll()
    follower.sync(scene.view)
    assert (follower.view.position, follower.view.floor) == (scene.view.position, 2)
    assert follower.view.check(early, ("e",), follower.clock.monotonic()) is Miss.TOO_OLD


def test_a_restore_passes_through_the_chain() -> None:
    """Though the version is the same as before."""
    scene, follower = Scene(), Follower()
    scene.log.commit("a")
    scene.poll()
    follower.sync(scene.view)
    decided_at = foreign(scene.view.position)
    scene.log.lose(1)
    scene.log.commit("b")
    scene.poll()
    follower.sync(scene.view)
    assert follower.view.position == scene.log.position
    assert follower.view.check(decided_at, ("c",), follower.clock.monotonic()) is Miss.TOO_OLD


def test_a_source_that_was_restored_to_before_is_not_followed() -> None:
    """It is behind, in another history or not; when it has come as far, it is found out."""
    scene, follower = Scene(), Follower()
    for tag in "ab":
        scene.log.commit(tag)
    scene.poll()
    follower.sync(scene.view)
    scene.log.lose(2)
    scene.log.commit("c")
    scene.poll()
    follower.clock.advance(MAX_STALENESS)
    follower.sync(scene.view)
    assert not follower.view.is_fresh()
    scene.log.commit("d")
    scene.poll()
    follower.sync(scene.view)
    assert (follower.view.position, follower.view.floor) == (scene.log.position, BEGINNING.version)
    assert follower.view.is_fresh()
