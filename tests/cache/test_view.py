"""What a process knows of the invalidations, and for how long."""

import math

import pytest

from shared.cache.log import BEGINNING, Invalidation, News, Position
from shared.cache.view import Miss, Stamp, View
from shared.clock import ManualClock
from tests.cache.scene import MAX_STALENESS, NOW, Scene, foreign


def verdict(scene: Scene, stamp: Stamp, *tags: str, at_least: int = 0) -> Stamp | Miss:
    return scene.view.check(stamp, tags, scene.clock.monotonic(), at_least)


def test_a_view_that_was_never_confirmed_is_stale() -> None:
    """It is infinitely old, and says so to whoever follows it."""
    view = View(10, MAX_STALENESS, ManualClock(NOW))
    assert not view.is_fresh()
    assert view.age() == math.inf
    assert view.news(None, 10).age == math.inf
    assert view.check(view.stamp(), (), NOW) is Miss.FEED_STALE


def test_a_view_is_fresh_from_the_moment_its_source_was_asked() -> None:
    """Not from when the answer came; and no longer than it may."""
    scene = Scene()
    asked_at, news = scene.clock.monotonic(), scene.read()
    scene.clock.advance(0.75)
    scene.follow(news, asked_at)
    assert scene.view.age() == 0.75
    scene.clock.advance(0.24)
    assert scene.view.is_fresh()
    scene.clock.advance(0.01)
    assert not scene.view.is_fresh()
    assert verdict(scene, scene.view.stamp()) is Miss.FEED_STALE


def test_only_complete_news_confirm() -> None:
    """What is still on its way may be what counts."""
    scene = Scene()
    for tag in ("a", "b"):
        scene.log.commit(tag)
    scene.clock.advance(0.5)
    scene.follow(scene.log.read(scene.view.position, limit=1), scene.clock.monotonic())
    assert (scene.view.position.version, scene.view.age()) == (1, 0.5)
    scene.poll()
    assert (scene.view.position.version, scene.view.age()) == (2, 0.0)


def test_a_question_is_judged_by_when_it_was_put() -> None:
    """A poll that begins afterwards makes it no better."""
    scene = Scene()
    stamp = scene.view.stamp()
    asked = scene.clock.monotonic() + MAX_STALENESS
    scene.clock.advance(5)
    assert scene.view.check(stamp, (), asked) is Miss.FEED_STALE


def test_what_was_invalidated_since_is_refused() -> None:
    """What is read afterwards, or depends on something else, is not."""
    scene = Scene()
    before = scene.view.stamp()
    scene.log.commit("a")
    scene.poll()
    assert verdict(scene, before, "b", "a") is Miss.INVALIDATED
    assert verdict(scene, before, "b") == scene.view.stamp()
    assert verdict(scene, scene.view.stamp(), "a") == scene.view.stamp()


def test_a_change_of_its_own_is_refused_at_once() -> None:
    """The position waits for the feed, since versions before it may be missing."""
    scene = Scene()
    stamp = scene.view.stamp()
    version = scene.log.commit("a")
    scene.view.note(version, ("a",))
    assert verdict(scene, stamp, "a") is Miss.INVALIDATED
    assert verdict(scene, stamp, "b") == stamp
    assert (scene.view.position, scene.view.newest) == (BEGINNING, 1)


def test_a_poll_that_began_before_a_change_does_not_undo_its_note() -> None:
    """Not even the first one, with which the view begins."""
    scene = Scene()
    stamp = scene.view.stamp()
    beginning = scene.log.read(None)
    scene.view.note(scene.log.commit("a"), ("a",))
    scene.follow(beginning, scene.clock.monotonic())
    assert verdict(scene, foreign(stamp.position), "a") is Miss.INVALIDATED


def test_notes_beyond_the_bound_stop_all_reuse_until_the_log_has_them() -> None:
    """A poll that does not reach as far confirms nothing."""
    scene = Scene(max_tags=3)
    stamp = scene.view.stamp()
    early = scene.read()
    for number in range(4):
        scene.view.note(scene.log.commit(f"tag {number}"), (f"tag {number}",))
    assert verdict(scene, stamp, "tag 0") is Miss.FEED_STALE
    scene.follow(early, scene.clock.monotonic())
    assert verdict(scene, stamp, "tag 0") is Miss.FEED_STALE
    scene.poll()
    assert verdict(scene, stamp, "tag 3") is Miss.TOO_OLD
    assert verdict(scene, scene.view.stamp(), "tag 0") == scene.view.stamp()


def test_before_the_floor_nothing_is_reused() -> None:
    """Whether it was invalidated is not known any more."""
    scene = Scene(max_tags=2)
    stamps = [scene.view.stamp()]
    for tag in "abcd":
        scene.log.commit(tag)
        scene.poll()
        stamps.append(scene.view.stamp())
    assert scene.view.floor == 2
    assert [verdict(scene, stamp, "unrelated") for stamp in stamps] == [Miss.TOO_OLD] * 2 + [stamps[-1]] * 3


def test_a_stranger_may_not_be_ahead() -> None:
    """What it knows has not come here; once it has, its decision is good."""
    scene = Scene()
    scene.log.commit("a")
    stamp = foreign(scene.log.position)
    assert verdict(scene, stamp, "b") is Miss.AHEAD
    scene.poll()
    assert verdict(scene, stamp, "b") == scene.view.stamp()
    assert verdict(scene, foreign(Position(1, "of another history")), "b") is Miss.TOO_OLD


def test_a_caller_may_ask_for_a_version() -> None:
    """Until it was applied here nothing is reused, whatever was noted."""
    scene = Scene()
    stamp = scene.view.stamp()
    scene.view.note(scene.log.commit("a"), ("a",))
    assert verdict(scene, stamp, "b", at_least=1) is Miss.BEHIND
    scene.poll()
    assert verdict(scene, stamp, "b", at_least=1) == scene.view.stamp()


def test_out_of_touch_it_says_nothing_of_versions() -> None:
    """While the source does not answer it may be replaced by an older one, in which versions mean something else."""
    scene = Scene()
    scene.log.commit("user:ada")
    scene.poll()
    stamp, version = scene.view.stamp(), scene.view.position.version
    assert verdict(scene, stamp, "user:grace", at_least=version) == stamp
    scene.view.lose_touch()
    assert verdict(scene, stamp, "user:grace") == stamp
    assert verdict(scene, stamp, "user:grace", at_least=version) is Miss.BEHIND
    assert not scene.view.wait_for(version, 0.0)
    scene.poll()
    assert verdict(scene, stamp, "user:grace", at_least=version) == stamp
    assert scene.view.wait_for(version, 0.0)


def test_in_doubt_nothing_is_reused() -> None:
    """The store turned out to be another one: what was decided before is not good even when the view is fresh again."""
    scene = Scene()
    scene.poll()
    stamp = scene.view.stamp()
    scene.view.doubt()
    assert verdict(scene, stamp) is Miss.FEED_STALE
    scene.poll()
    assert verdict(scene, stamp) is Miss.TOO_OLD
    assert verdict(scene, scene.view.stamp()) == scene.view.stamp()


def test_history_that_was_rewritten_is_noticed() -> None:
    """Even when the counter has caught up. What was read here may be lost, wherever the read began; what others have
    decided is good if they did so before.
    """
    scene = Scene()
    scene.log.commit("a")
    scene.poll()
    common = scene.view.stamp()
    scene.log.commit("b")
    scene.poll()
    lost = scene.view.stamp()
    scene.log.lose(1)
    scene.log.commit("c")
    scene.poll()
    assert scene.view.stamp().history == lost.history + 1
    assert verdict(scene, lost, "unrelated") is Miss.TOO_OLD
    assert verdict(scene, common, "unrelated") is Miss.TOO_OLD
    assert verdict(scene, foreign(common.position), "c") is Miss.INVALIDATED
    assert verdict(scene, foreign(common.position), "b") == scene.view.stamp()
    assert verdict(scene, foreign(lost.position), "unrelated") is Miss.TOO_OLD


def test_a_follower_that_the_store_has_swept_past_begins_anew() -> None:
    """What it had is too old."""
    scene = Scene()
    scene.log.commit("a")
    scene.poll()
    stamp = scene.view.stamp()
    for tag in "bcd":
        scene.log.commit(tag)
    scene.log.sweep(keep=1)
    scene.poll()
    assert (scene.view.floor, scene.view.position) == (3, scene.log.position)
    assert verdict(scene, stamp, "unrelated") is Miss.TOO_OLD


@pytest.mark.parametrize("version", [1, 3, 9])
def test_news_with_a_gap_do_not_fit(version: int) -> None:
    """They confirm nothing, and the next question begins anew."""
    scene = Scene()
    scene.log.commit("a")
    scene.poll()
    scene.clock.advance(0.5)
    news = News(False, (Invalidation(Position(version, "?"), ("b",)),), Position(9, "?"), complete=True, age=0.0)
    assert not scene.view.follow(news, scene.clock.monotonic())
    assert scene.view.age() == 0.5
    assert scene.view.position.version == 1


def test_whoever_listens_is_told_of_each_advance() -> None:
    """Not of news without any."""
    scene = Scene()
    heard: list[int] = []
    scene.view.listen(lambda: heard.append(scene.view.position.version))
    scene.poll()
    scene.log.commit("a")
    scene.log.commit("b")
    scene.poll()
    scene.poll()
    assert heard == [2]


def test_waiting_for_a_version_ends_either_way() -> None:
    """At once when it is there, and after a while when it does not come."""
    scene = Scene()
    scene.log.commit("a")
    scene.poll()
    assert scene.view.wait_for(1, 0.0)
    assert not scene.view.wait_for(2, 0.01)
