"""What a shared second level says is judged like everything else."""

import math

from shared.cache.cache import Cache
from shared.cache.decision import Decision
from shared.cache.log import Position
from shared.cache.second_level import Kept
from tests.cache.scene import Scene, foreign, misses, no, yes


class Shelf:
    """A second level that keeps everything, and may be made to bring back what it had before."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept[str]] = {}

    def get(self, key: str) -> Kept[str] | None:
        kept = self.kept.get(key)
        return kept and Kept(kept.decision, foreign(kept.stamp.position))

    def put(self, key: str, kept: Kept[str]) -> None:
        self.kept[key] = kept


def ask(cache: Cache[str], answer: Decision[str]) -> str:
    return cache.get_or_load("k", lambda: answer)


def test_one_process_reads_for_the_others() -> None:
    """What it read is taken without asking the store, if nothing happened since."""
    shelf, scene = Shelf(), Scene()
    one, two = scene.cache(second_level=shelf), Scene(log=scene.log).cache(second_level=shelf)
    assert [ask(one, yes("a")), ask(two, no("a")), ask(two, no("a"))] == ["yes"] * 3
    assert (one.state().statistics.second_level_hits, two.state().statistics.second_level_hits) == (0, 1)


def test_what_comes_back_late_is_a_miss() -> None:
    """A write that was delayed, or a node that was away: it was read before the revocation."""
    shelf, scene = Shelf(), Scene()
    ask(scene.cache(second_level=shelf), yes("a"))
    late = shelf.kept["k"]
    scene.log.commit("a")
    scene.poll()
    cache = scene.cache(second_level=shelf)
    assert ask(cache, no("a")) == "no"
    shelf.kept["k"] = late
    cache = scene.cache(second_level=shelf)
    assert ask(cache, no("a")) == "no"
    assert cache.state().statistics.second_level_hits == 0


def test_what_expired_is_a_miss() -> None:
    """Though it is still there."""
    shelf, scene = Shelf(), Scene()
    ask(scene.cache(second_level=shelf), yes("a", expires_at=scene.clock.now() + 5))
    scene.clock.advance(5)
    scene.poll()
    assert ask(scene.cache(second_level=shelf), no("a")) == "no"


def test_while_the_view_is_stale_it_is_not_believed() -> None:
    """Except a no that stays a no."""
    shelf, scene = Shelf(), Scene()
    shelf.put("k", Kept(yes("a"), scene.view.stamp()))
    scene.clock.advance(10)
    assert ask(scene.cache(), no("a")) == "no"
    shelf.put("k", Kept(no("a"), scene.view.stamp()))
    assert ask(scene.cache(second_level=shelf), yes("a")) == "no"


def test_a_lie_about_the_future_or_another_history_is_a_miss() -> None:
    """Only what is known here can be judged."""
    scene = Scene()
    for version, stamp in ((0, "elsewhere"), (7, "stamp 7")):
        shelf = Shelf()
        shelf.put("k", Kept(yes("a"), foreign(Position(version, stamp))))
        assert ask(scene.cache(second_level=shelf), no("a")) == "no"


def test_it_says_as_of_when_the_read_began() -> None:
    """Not as of when it was put."""
    shelf, scene = Shelf(), Scene()
    began = scene.view.position

    def load() -> Decision[str]:
        scene.log.commit("a")
        scene.poll()
        return yes("a")

    cache = scene.cache(second_level=shelf)
    cache.get_or_load("k", load)
    assert shelf.kept["k"].stamp.position == began
    assert misses(cache).keys() == {"absent"}


def test_it_does_not_replace_what_was_read_meanwhile() -> None:
    """What this process has read itself knows better."""
    scene = Scene()

    class Slow(Shelf):
        def get(self, key: str) -> Kept[str] | None:
            cache.put("k", Decision("own", ("a",), math.inf), scene.view.stamp(), scene.clock.monotonic())
            return super().get(key)

    shelf = Slow()
    shelf.put("k", Kept(yes("a"), scene.view.stamp()))
    cache = scene.cache(second_level=shelf)
    ask(cache, yes("a"))
    found = cache.get("k")
    assert found is not None
    assert found.value == "own"
